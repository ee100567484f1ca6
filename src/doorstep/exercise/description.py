"""An exercise as data: incident.yaml and its lists, checked by shape."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from doorstep.errors import UserError

FOLDER = Path(__file__).parent
Text = dict[str, str]


class Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Named(Part):
    name: str
    x_m: float | None = None
    y_m: float | None = None


class GateLine(Named):
    reload_point: bool = False


class BuildingLine(Named):
    address: str = ""
    floors: int | None = None
    has_lift: bool = False
    stairs: tuple[Named, ...] = ()


class CompoundLine(Part):
    name: str
    community: str
    list: str
    gates: tuple[GateLine, ...] = ()
    buildings: tuple[BuildingLine, ...] = ()


class MemberLine(Part):
    login: str
    name: str
    role: str
    organisation: str


class Department(Part):
    name: str
    workstreams: tuple[str, ...] = ()


class Contact(Part):
    """Who answers for an organisation (S25)."""

    head: str
    deputy: str
    phone: str


class AreaLine(Part):
    name: str
    zone: str
    compounds: tuple[str, ...]


class TeamLine(Part):
    name: str
    leader: str
    members: tuple[str, ...] = ()


class WorkerLine(Part):
    """Somebody of a team who has no account."""

    name: str
    organisation: str


class GateTeam(Part):
    """The temporary team that stands at the gates (S62–S64): members with an account, and workers without."""

    name: str
    nature: str
    leader: str
    members: tuple[str, ...] = ()
    workers: tuple[WorkerLine, ...] = ()


class RosterLine(Part):
    """Who is put on one shift of one post."""

    post: str
    starts: datetime
    names: tuple[str, ...]


class BarrierLine(Part):
    """A barrier that the crew puts up, and the seconds in which it opens; `post` opens it."""

    name: str
    kind: str
    gate: str
    post: str
    phone: str = ""
    seconds: float = 10


class TentLine(Part):
    """What the crew puts up at a gate (S68)."""

    name: str
    kind: str
    gate: str
    equipment: str = ""


class CrossLine(Part):
    """What crosses a gate; `way` out ends the crossing in of the same label."""

    gate: str
    way: Literal["in", "out", "buffer_in", "buffer_out"]
    right: Literal["duty", "visitor", "order", "parcel"]
    label: str
    what: Literal["person", "goods", "vehicle", "waste"] = "person"
    role: str = ""
    count: int = 1
    reason: str = ""


Doing = Literal["rounds", "roster", "fill", "supply", "receive", "ask", "review", "gates", "look", "checklist"]


class Work(Part):
    """What the crew does by itself while the clock is played, unless somebody has done it already.

    `rounds` plans an area (empty: all in force) and walks it, handing over `hands` (empty: everything) and finding the
    doors `shut` closed; `roster` puts names on shifts; `fill` fills what is still empty in the next `hours`; `supply`
    takes in what comes and orders what is missing; `review` keeps areas whose review is near; `gates` puts up barriers
    and tents and writes crossings down; `look` opens every barrier once; `checklist` closes the lines of the checklists
    that somebody owns and that are due within `hours`, but none that measures something.
    """

    at: datetime
    do: Doing
    area: str = ""
    starts: datetime | None = None
    ends: datetime | None = None
    carriers: tuple[str, ...] = ()
    hands: tuple[str, ...] = ()
    shut: tuple[str, ...] = ()
    roster: tuple[RosterLine, ...] = ()
    barriers: tuple[BarrierLine, ...] = ()
    tents: tuple[TentLine, ...] = ()
    crossings: tuple[CrossLine, ...] = ()
    hours: float = 24


class Routine(Part):
    """A piece of work of every day since a date, at a local time."""

    since: date
    at: time
    do: Doing
    starts: time | None = None
    ends: time | None = None
    carriers: tuple[str, ...] = ()
    hours: float = 24

    def on(self, day: date, tz: ZoneInfo) -> Work:
        """The work of one day."""
        starts, ends = (None if at is None else datetime.combine(day, at, tz) for at in (self.starts, self.ends))
        at = datetime.combine(day, self.at, tz)
        return Work(at=at, do=self.do, starts=starts, ends=ends, carriers=self.carriers, hours=self.hours)


class Event(Part):
    """One thing that happens at an instant of the exercise's clock.

    `activate` fills the posts and calls out; `call` calls the members `who`; `answer` and `arrive` are what they say;
    `done` closes the line `item` of the checklist of a `workstream`, with what was `measured`.
    """

    at: datetime
    act: Literal["note", "seal", "task", "activate", "call", "answer", "arrive", "done", "notice", "question", "rumour"]
    who: tuple[str, ...] = ()
    minutes: int | None = None
    place: str = ""
    workstream: str = ""
    item: str = ""
    measured: float | None = None
    text: Text = {}
    journal: str = ""
    area: str = ""
    first_delivery: datetime | None = None
    title: Text = {}
    owner: str = ""
    urgency: int = 2
    hours: float = 24
    texts: dict[str, Text] = {}  # of a public notice
    source: str = "other"  # where a question comes from
    heard: str = ""


class SupplierLine(Part):
    """Who sells or gives goods: groups of the catalogue, kinds or single codes, and how long an order takes."""

    name: str
    brings: tuple[str, ...]
    lead_hours: float = 24
    phone: str = ""
    licence: str = ""
    donor: bool = False


class PlaceLine(Part):
    name: str
    kind: Literal["store", "staging", "gate"]


class Stores(Part):
    """stores.yaml: what supplies the exercise; its lots (stock.csv) and kits (kits.csv) lie beside it.

    `goods` are those that the starter catalogue lacks; `treat` is one of them that the first kit brings along.
    """

    suppliers: tuple[SupplierLine, ...]
    places: tuple[PlaceLine, ...]
    goods: dict[str, dict[str, Any]] = {}
    least_packs: dict[str, int] = {}
    treat: str = ""


class DecisionLine(Part):
    """One decision of the meeting: `owner` is a member's name."""

    key: str
    stream: str
    text: str
    owner: str
    due: datetime
    resource: str = ""


class MeetingLine(Part):
    """The meeting that divides the work; `there` and `chair` are logins."""

    at: datetime
    ends: datetime
    title: str
    place: str = ""
    chair: str
    there: tuple[str, ...]
    others: tuple[str, ...] = ()
    agenda: tuple[str, ...] = ()
    decisions: tuple[DecisionLine, ...]


class LogLine(Part):
    """One act on the log: an entry (`kind`), or that one (`of`) was read or done, or the task of a decision (`of`) was finished. `to` holds codes, login:x for a member."""

    at: datetime
    key: str
    by: str
    do: Literal["write", "read", "done", "finish"] = "write"
    kind: str = ""
    text: str = ""
    to: tuple[str, ...] = ()
    answers: str = ""
    of: str = ""
    due: datetime | None = None
    report: bool = False


class CommandLine(Part):
    """The command room of an exercise: its first period, its meeting, when the plan is signed, its log."""

    starts: datetime
    ends: datetime
    objectives: tuple[str, ...] = ()
    safety: str = ""
    signed: datetime
    without_owner: str = ""
    meeting: MeetingLine
    log: tuple[LogLine, ...] = ()


class Exercise(Part):
    """A whole exercise. Times carry their zone; lists lie beside the file."""

    name: Text
    protocol: str
    time_zone: str
    trigger: datetime
    trigger_text: Text
    password: str
    territory: tuple[tuple[str, str], ...]
    communities: tuple[str, ...]
    departments: tuple[Department, ...]
    hospitals: tuple[str, ...] = ()
    advisers: tuple[str, ...] = ()  # organisations that advise
    contacts: dict[str, Contact] = {}
    members: tuple[MemberLine, ...]
    people: tuple[WorkerLine, ...] = ()  # of offices, with a part in the command and without an account
    standing: dict[str, tuple[str, ...]] = {}  # post -> names, the first one first
    carriers: tuple[str, ...]
    compounds: tuple[CompoundLine, ...]
    areas: tuple[AreaLine, ...]
    supply_team: TeamLine
    gate_team: GateTeam | None = None
    emergency_phone: str
    ends_when: Text = {}
    letter: dict[str, Text] = {}  # the text of the protocol where it says nothing
    loaded_until: datetime
    command: CommandLine | None = None
    timeline: tuple[Event, ...]
    work: tuple[Work, ...] = ()
    routine: tuple[Routine, ...] = ()
    handover: Text = {}
    done: Text = {}  # what the crew writes when it closes a line of a checklist
    go_on: Text = {}  # why an area stays closed after its review

    def work_in(self, after: datetime, until: datetime) -> list[Work]:
        """What the crew starts in (after, until]: what is written down for once, and what comes every day."""
        tz = ZoneInfo(self.time_zone)
        first, last = (at.astimezone(tz).date() for at in (after, until))
        days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
        daily = [line.on(day, tz) for day in days for line in self.routine if day >= line.since]
        return [line for line in (*self.work, *daily) if after < line.at <= until]


def exercises() -> list[str]:
    """The exercises that come with Doorstep, as they are typed: gulou-2021."""
    return sorted(path.parent.name.replace("_", "-") for path in FOLDER.glob("*/incident.yaml"))


def folder_of(name: str) -> Path:
    """Where an exercise lies. Raises UserError with the names there are."""
    if name not in exercises():
        raise UserError(
            f"No exercise is called {name!r}.", field="exercise", mend=f"There is {', '.join(exercises())}."
        )
    return FOLDER / name.replace("-", "_")


@cache
def read_exercise(name: str) -> Exercise:
    """An exercise by its name. Raises UserError naming the file, the key and what is wrong."""
    path = folder_of(name) / "incident.yaml"
    try:
        return Exercise.model_validate(yaml.safe_load(path.read_text("utf-8")))
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(map(str, first["loc"]))
        raise UserError(
            f"{path.name}: {key}: {first['msg']}", field=key, mend="Change it as the sentence says."
        ) from error
