"""The room's own data file: kinds of offers, what a welfare answer asks for, limits of its pages."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import yaml

from doorstep import protocol
from doorstep.command.models import Incident
from doorstep.wiring.texts import in_language


@cache
def defaults() -> dict[str, Any]:
    """defaults.yaml."""
    loaded: dict[str, Any] = yaml.safe_load((Path(__file__).parent / "defaults.yaml").read_text("utf-8"))
    return loaded


def offer_kinds() -> dict[str, str]:
    """The kinds of offers in the language of the page."""
    return {code: in_language(body["title"]) for code, body in defaults()["offers"].items()}


def answered_by(kind: str) -> frozenset[str]:
    """The needs that a kind of offer answers."""
    return frozenset(defaults()["offers"].get(kind, {}).get("needs", ()))


def need_titles(incident: Incident) -> dict[str, str]:
    """The needs in the language of the page."""
    return {need.code: in_language(need.title) for need in protocol.request_rules(incident.protocol).needs}


def level_titles(incident: Incident) -> dict[str, str]:
    """How urgent, in the language of the page, the gravest first."""
    return {level.code: in_language(level.title) for level in protocol.request_rules(incident.protocol).levels}
