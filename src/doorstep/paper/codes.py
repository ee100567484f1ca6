"""Codes to scan, as drawings for paper."""

from __future__ import annotations

import io

import segno


def qr_svg(address: str) -> str:
    """An address as a code to scan, as SVG."""
    out = io.BytesIO()
    segno.make(address, error="m").save(out, kind="svg", border=0, xmldecl=False)
    return out.getvalue().decode()
