"""Contributions: what each room adds to the whole (derivations, watch queries, search, panels), filled at start-up."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, TypeVar

from doorstep.wiring.figures import FigureSource
from doorstep.wiring.homes import ResidentAct, ResidentLeaf, ResidentPanel

T = TypeVar("T")


class Registry(Generic[T]):
    """An ordered list of named contributions. A name is added once; adding it again replaces it."""

    def __init__(self, what: str) -> None:
        self.what = what
        self._items: dict[str, tuple[int, T]] = {}

    def add(self, name: str, item: T, *, order: int = 100) -> None:
        self._items[name] = (order, item)

    def __iter__(self) -> Iterator[T]:
        return iter(item for _, item in sorted(self._items.values(), key=lambda pair: pair[0]))

    def names(self) -> list[str]:
        return [name for name, _ in sorted(self._items.items(), key=lambda pair: pair[1][0])]

    def get(self, name: str) -> T:
        return self._items[name][1]


@dataclass(frozen=True)
class WatchRow:
    """One row of the watch list: what is wrong with whom, since when, who must act, what comes next.

    `level` is 1 (look), 2 (act) or 3 (act at once); `url` leads to the page where it is mended. `count` is above 1
    where one row stands for many doors of an area.
    """

    what: str
    since: datetime
    who_acts: str
    next_step: str
    subject: str
    url: str = ""
    level: int = 2
    area_id: int | None = None
    door_id: int | None = None
    due: datetime | None = None
    count: int = 1


@dataclass(frozen=True)
class Watch:
    """One invariant: `rows(incident, at)` must return nothing. `number` is that of the list of invariants."""

    number: int
    code: str
    title: Any
    rows: Callable[[Any, datetime], list[WatchRow]]


@dataclass(frozen=True)
class SearchHit:
    """One answer of the search box."""

    kind: str
    title: str
    detail: str
    url: str
    rank: int = 50


@dataclass(frozen=True)
class Search:
    """`find(words, member, incident)` returns what this member may find."""

    code: str
    find: Callable[[str, Any, Any], list[SearchHit]]


@dataclass(frozen=True)
class BoardPanel:
    """A partial of the board: `context(incident, at, member)` feeds `template`."""

    code: str
    title: Any
    side: str  # "hard" | "warm" | "both"
    template: str
    context: Callable[[Any, datetime, Any], dict[str, Any]]


@dataclass(frozen=True)
class NavItem:
    """An entry of the main navigation, shown to members with the right `act`."""

    code: str
    title: Any
    url_name: str
    act: str
    icon: str = ""


@dataclass(frozen=True)
class VisitLine:
    """One thing that a room wants handed over or asked at a door by a time. A knock confirms it as `kind:ref`.

    `title` is {zh, en}; it may hold no more of a person than the carrier needs.
    """

    code: str
    kind: str
    title: dict[str, str]
    due_at: datetime
    kg: float = 0.0
    priority: int = 0
    ref: str = ""

    @property
    def confirms(self) -> str:
        return f"{self.kind}:{self.ref}" if self.ref else self.kind


@dataclass(frozen=True)
class VisitItem:
    """What a room brings to a visit: `items(incident, door_ids, start, end)` gives what is open at some doors, by door.

    A source answers in a known number of queries. What was handed over stands in the visit (VisitRecorded).
    """

    code: str
    items: Callable[[Any, list[int], datetime, datetime], dict[int, list[VisitLine]]]


@dataclass(frozen=True)
class Told:
    """What a source says of the people behind a door, and when: how many (`persons`), that nobody lives there any more
    (`left`), or that somebody does (`lives`). `of` says what the number counts: who is "home", or all "registered"."""

    at: datetime
    persons: int | None = None
    of: str = "home"
    left: bool = False
    lives: bool = False
    person_ids: tuple[int, ...] = ()
    text: str = ""


@dataclass(frozen=True)
class CountSource:
    """One count beside the register's (S43): `told(incident, doors, at)` gives what was said of some doors.

    `doors` is a queryset of doors; a source answers in a known number of queries.
    """

    code: str
    title: Any
    told: Callable[[Any, Any, datetime], dict[int, Told]]


@dataclass(frozen=True)
class OnDuty:
    """Work of one person in a window, with the task of the protocol's protection rules: gate, door, sampling …

    `key` names it as kind:id; `zone` is that of its area ("" where it has none), `here` whether it runs now.
    """

    key: str
    work: str
    title: str
    starts_at: datetime
    ends_at: datetime
    member_id: int | None = None
    member_name: str = ""
    area_id: int | None = None
    zone: str = ""
    here: bool = False
    url: str = ""


@dataclass(frozen=True)
class DutySource:
    """A room's duties: `duties(incident, start, end)` gives those that touch the window, in a known number of queries."""

    code: str
    duties: Callable[[Any, datetime, datetime], list[OnDuty]]


@dataclass
class Contributions:
    """All registries. `derivations` are functions (incident, {door: area}) -> (door, owed line) pairs;
    `place_notes` say in a sentence what stairs without a position mean: (how many, of how many) -> text;
    `owed` counts by kind what some doors and areas are owed from an instant on, written anew (for a look that is rolled back);
    `first_acts` say when something first happened: (incident, codes of targets, at) -> {code: instant};
    `duty_checks` say what speaks against duties before they are planned: (incident, duties, at) -> text, empty for nothing."""

    derivations: Registry[Callable[..., Any]] = field(default_factory=lambda: Registry("derivations"))
    watches: Registry[Watch] = field(default_factory=lambda: Registry("watches"))
    searches: Registry[Search] = field(default_factory=lambda: Registry("searches"))
    panels: Registry[BoardPanel] = field(default_factory=lambda: Registry("panels"))
    nav: Registry[NavItem] = field(default_factory=lambda: Registry("nav"))
    visit_items: Registry[VisitItem] = field(default_factory=lambda: Registry("visit_items"))
    place_notes: Registry[Callable[[int, int], str]] = field(default_factory=lambda: Registry("place_notes"))
    figures: Registry[FigureSource] = field(default_factory=lambda: Registry("figures"))
    counts: Registry[CountSource] = field(default_factory=lambda: Registry("counts"))
    duties: Registry[DutySource] = field(default_factory=lambda: Registry("duties"))
    owed: Registry[Callable[..., dict[str, int]]] = field(default_factory=lambda: Registry("owed"))
    duty_checks: Registry[Callable[[Any, Sequence[OnDuty], datetime], str]] = field(
        default_factory=lambda: Registry("duty_checks")
    )
    first_acts: Registry[Callable[[Any, Any, datetime], dict[str, datetime]]] = field(
        default_factory=lambda: Registry("first_acts")
    )
    resident_panels: Registry[ResidentPanel] = field(default_factory=lambda: Registry("resident_panels"))
    resident_acts: Registry[ResidentAct] = field(default_factory=lambda: Registry("resident_acts"))
    resident_leaves: Registry[ResidentLeaf] = field(default_factory=lambda: Registry("resident_leaves"))


contributions = Contributions()
