"""What the rounds bring to a household's own page: who comes next, and when."""

from __future__ import annotations

from typing import Any

from doorstep.rounds.coming import next_visit
from doorstep.wiring.homes import AtHome


def coming(home: AtHome) -> dict[str, Any] | None:
    """The next visit of a plan in force; a sentence where none is planned."""
    if home.area is None:
        return None
    return {"next": next_visit(home.incident, home.household.door, home.at)}
