"""Papers: a typst template and data in, a PDF out. Chinese type comes from the system (fonts-noto-cjk)."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from datetime import datetime
from functools import cache, partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from doorstep.errors import FaultError

CHINESE = ("Noto Sans CJK SC", "Source Han Sans SC", "WenQuanYi Zen Hei", "Microsoft YaHei", "PingFang SC")


@cache
def chinese_type() -> str:
    """The Chinese type face of this machine. Raises FaultError where there is none."""
    import typst

    there = set(typst.Fonts().families())
    for name in CHINESE:
        if name in there:
            return name
    raise FaultError("No Chinese type is installed for the PDF papers (Debian: apt-get install fonts-noto-cjk).")


def pdf(template: Path, data: dict[str, Any], *, at: datetime) -> bytes:
    """Typeset `template` (its file reads sys.inputs.data as JSON) into a PDF dated `at`.

    The data never becomes source text, so nothing in a name can run. Raises FaultError where typst cannot.
    """
    import typst

    inputs = {"data": json.dumps({**data, "type_face": chinese_type()}, ensure_ascii=False, default=str)}
    try:
        made = typst.compile(
            str(template), root=str(template.parent), format="pdf", sys_inputs=inputs, timestamp=int(at.timestamp())
        )
    except typst.TypstError as error:
        raise FaultError(f"{template.name} could not be typeset: {error}") from error
    return bytes(made)


def pdfs(template: Path, parts: Sequence[dict[str, Any]], *, at: datetime) -> list[bytes]:
    """Typeset several papers. Typst keeps what it has made, so many are set in processes that end and give it back."""
    if len(parts) == 1:
        return [pdf(template, parts[0], at=at)]
    workers = min(os.cpu_count() or 1, len(parts))
    with get_context("spawn").Pool(workers, maxtasksperchild=2) as pool:
        return pool.map(partial(pdf, template, at=at), parts, chunksize=1)
