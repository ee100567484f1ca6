"""What a plan tells beside its rounds: rules it could not hold to, doors of other plans, what was moved, short or left."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from doorstep.protocol.visiting import CODES as VISIT_CODES
from doorstep.register.models import Door
from doorstep.rounds.follow import door_label
from doorstep.rounds.models import Round, RoundPlan, Stop
from doorstep.rounds.words import conflict_mend, conflict_words, item_title


@dataclass(frozen=True)
class Broken:
    """A rule of visits that a plan could not hold to: where, and what would mend it."""

    code: str
    words: str
    mend: str
    doors: tuple[str, ...]


@dataclass(frozen=True)
class Already:
    """A door that is on the round of another plan."""

    door: int
    label: str
    plan: int
    round: int
    carrier: str
    at: datetime


@dataclass(frozen=True)
class Move:
    """A stop that another carrier has now."""

    door: int
    label: str
    before: str
    now: str
    why: str


@dataclass(frozen=True)
class Lacking:
    """Something that is owed at a door and that this plan does not bring."""

    door: int
    label: str
    kind: str
    title: str


@dataclass(frozen=True)
class Told:
    """All that a plan tells beside its rounds."""

    broken: tuple[Broken, ...]
    already: tuple[Already, ...]
    moved: tuple[Move, ...]
    short: tuple[Lacking, ...]
    later: tuple[Lacking, ...]
    out: tuple[str, ...]

    @property
    def as_data(self) -> dict[str, Any]:
        """As JSON has it."""
        return {
            "conflicts": [{"code": one.code, "rule": one.words, "doors": list(one.doors)} for one in self.broken],
            "already": [
                {"door": one.label, "plan": one.plan, "round": one.round, "carrier": one.carrier, "at": one.at}
                for one in self.already
            ],
            "moved": [{"door": one.label, "from": one.before, "to": one.now, "reason": one.why} for one in self.moved],
            "short": [{"door": one.label, "kind": one.kind} for one in self.short],
            "later": [{"door": one.label, "kind": one.kind} for one in self.later],
            "out": list(self.out),
        }


def told_of(plan: RoundPlan, stops: Iterable[Stop], doors: Mapping[int, Door]) -> Told:
    """What a plan tells. `stops` are those of its rounds, `doors` those that its notes name. No query of its own."""
    notes: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for note in plan.notes:
        if note.get("door") in doors:
            notes[note.get("kind", "")].append(note)
    broken: dict[str, list[str]] = defaultdict(list)
    for stop in stops:
        for code in stop.conflicts:
            broken[code].append(door_label(stop.door))
    return Told(
        tuple(
            Broken(code, conflict_words(code), conflict_mend(code), tuple(broken[code]))
            for code in VISIT_CODES
            if code in broken and code != "late"
        ),
        tuple(
            Already(
                note["door"],
                door_label(doors[note["door"]]),
                note["plan"],
                note["round"],
                note["carrier"],
                datetime.fromisoformat(note["at"]),
            )
            for note in notes["already"]
        ),
        tuple(
            Move(note["door"], door_label(doors[note["door"]]), note["from"], note["to"], why_moved(note["why"]))
            for note in notes["moved"]
        ),
        tuple(_lacking(plan, note, doors) for note in notes["short"]),
        tuple(_lacking(plan, note, doors) for note in notes["later"]),
        tuple(line["name"] for line in (plan.options.get("again") or {}).get("gone_lines", [])),
    )


def _lacking(plan: RoundPlan, note: dict[str, Any], doors: Mapping[int, Door]) -> Lacking:
    kind = note["what"]
    return Lacking(note["door"], door_label(doors[note["door"]]), kind, item_title(plan.incident, kind))


def why_moved(code: str) -> str:
    """Why a stop has another carrier, in words."""
    said = {
        "carrier_gone": _("its carrier is out"),
        "left_over": _("it was left over from a trip"),
        "changed": _("what is due there has changed"),
        "no_time": _("its carrier has no time left"),
        "late": _("it would have been late"),
        "makes_room": _("it makes room for another door"),
    }
    return said.get(code, code)


def suit_minutes(walk: Round) -> int:
    """Minutes of a round in a suit: without the rests at the gate."""
    rests = [(datetime.fromisoformat(one["starts_at"]), datetime.fromisoformat(one["ends_at"])) for one in walk.rests]
    rested = sum((min(end, walk.ends_at) - max(start, walk.starts_at)).total_seconds() for start, end in rests)
    return round(((walk.ends_at - walk.starts_at).total_seconds() - max(0.0, rested)) / 60)


def rests_of(walk: Round) -> list[tuple[datetime, datetime]]:
    """The rests of a round."""
    return [(datetime.fromisoformat(one["starts_at"]), datetime.fromisoformat(one["ends_at"])) for one in walk.rests]
