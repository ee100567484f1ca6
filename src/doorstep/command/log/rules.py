"""The numbers of the log, from rules.yaml."""

from __future__ import annotations

from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

import yaml


@cache
def rules() -> dict[str, Any]:
    """The file, read once."""
    loaded: dict[str, Any] = yaml.safe_load((Path(__file__).parent / "rules.yaml").read_text("utf-8"))
    return loaded


def unread_limits() -> dict[str, timedelta]:
    """Kind → how long it may stay unread."""
    return {kind: timedelta(minutes=minutes) for kind, minutes in rules()["unread_minutes"].items()}


def urgency_of(kind: str, needs_report: bool) -> int:
    """How loudly the addressees are told (3 asks for an acknowledgement)."""
    return int(rules()["urgency_with_report"] if needs_report else rules()["urgency"][kind])
