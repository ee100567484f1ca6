"""The room's own data files: receipt checks, time limits, which items make up a level of protection."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import yaml

from doorstep.supplies.models import Item
from doorstep.wiring.texts import in_language

HERE = Path(__file__).parent


@cache
def _file(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((HERE / name).read_text("utf-8"))
    return loaded


def defaults() -> dict[str, Any]:
    """defaults.yaml."""
    return _file("defaults.yaml")


def protection() -> dict[str, Any]:
    """ppe.yaml: the levels of the protocol as items."""
    return _file("ppe.yaml")


def questions_for(item: Item) -> dict[str, str]:
    """The questions of the receipt check for an item, in the language of the page."""
    found = {}
    for code, question in _file("checks.yaml")["questions"].items():
        if question.get("dated") and item.shelf_days is None:
            continue
        if item.keep not in question.get("keep", [item.keep]) or item.kind not in question.get("kind", [item.kind]):
            continue
        found[code] = in_language(question)
    return found


def every_question() -> dict[str, str]:
    """All questions, for lots whose item asks only some."""
    return {code: in_language(question) for code, question in _file("checks.yaml")["questions"].items()}


def kit_items() -> dict[str, Any]:
    """kit_items.yaml: the lines of a protocol's kits as items."""
    return _file("kit_items.yaml")
