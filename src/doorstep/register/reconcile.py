"""The register's count held against what visits, kits and lists say, each difference named and explained (S43)."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Count, QuerySet
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from doorstep.register.models import Door, Household, Person
from doorstep.register.queries import natural
from doorstep.register.sight import Sight, shown_name
from doorstep.wiring.contributions import CountSource, Told, contributions


@dataclass(frozen=True)
class Difference:
    """A door at which a source says otherwise than the register: what, since when, why, and what mends it.

    `mend` is "left" (the household left), "settle" (somebody lives here), "gone" (these people), or "look".
    """

    door_id: int
    household_id: int | None
    label: str
    source: str
    register_says: str
    source_says: str
    why: str
    at: datetime
    mend: str
    people: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True)
class SourceCount:
    """How much of a place a source speaks of: doors, its persons there and the register's on the same doors."""

    title: str
    doors: int
    persons: int
    register_persons: int
    differences: int


@dataclass(frozen=True)
class Account:
    """The count of one place, source beside source."""

    doors: int
    households: int
    registered: int
    home: int
    elsewhere: tuple[tuple[str, int], ...]
    unknown_doors: int
    sources: tuple[SourceCount, ...]
    differences: tuple[Difference, ...]

    @property
    def told(self) -> bool:
        """Whether any other source has spoken of these doors."""
        return any(source.doors for source in self.sources)


@dataclass
class _Door:
    label: str
    order: tuple[Any, ...]
    households: list[int] = field(default_factory=list)
    looked_at: datetime | None = None
    placed_at: datetime | None = None
    registered: int = 0
    home: int = 0
    places: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def looked(self, sources: dict[str, Any]) -> None:
        """When somebody last corrected or confirmed who lives here, and where they are."""
        said = [parse_datetime((sources.get(name) or {}).get("at", "")) for name in ("active", "present")]
        self.looked_at = max((at for at in (said[0], self.looked_at) if at), default=None)
        self.placed_at = max((at for at in (said[1], self.placed_at) if at), default=None)

    def settled(self, said: Told) -> bool:
        """Whether somebody looked after this was said. Who is home is settled by where people are, too."""
        if self.looked_at is not None and self.looked_at >= said.at:
            return True
        counts_home = said.persons is not None and said.of == "home"
        return counts_home and self.placed_at is not None and self.placed_at >= said.at


def reconcile(doors: QuerySet[Door], sight: Sight, incident: Any, at: datetime) -> Account:
    """Hold every source against the register. Four queries, those of the sources, and two where names are shown."""
    known = _register(doors)
    labels = {str(code): str(label) for code, label in Person.Present.choices}
    counts, differences = [], []
    for source in contributions.counts:
        told = {door: said for door, said in source.told(incident, doors, at).items() if door in known}
        found = [line for door, said in told.items() if (line := _hold(door, known[door], said, source, labels))]
        numbered = {door: said for door, said in told.items() if said.persons is not None}
        counts.append(
            SourceCount(
                str(source.title),
                len(told),
                sum(said.persons or 0 for said in numbered.values()),
                sum(
                    known[door].home if said.of == "home" else known[door].registered for door, said in numbered.items()
                ),
                len(found),
            )
        )
        differences += found
    differences.sort(key=lambda line: known[line.door_id].order)
    elsewhere: dict[str, int] = defaultdict(int)
    for one in known.values():
        for code, count in one.places.items():
            if code != Person.Present.HOME:
                elsewhere[code] += count
    return Account(
        len(known),
        sum(len(one.households) for one in known.values()),
        sum(one.registered for one in known.values()),
        sum(one.home for one in known.values()),
        tuple((labels[code], count) for code, count in sorted(elsewhere.items())),
        sum(not one.registered for one in known.values()),
        tuple(counts),
        tuple(_with_names(differences, sight)),
    )


def _register(doors: QuerySet[Door]) -> dict[int, _Door]:
    columns = ("pk", "stair__building__compound__name", "stair__building__name", "stair__name", "floor", "number")
    found = {
        pk: _Door(
            f"{building}-{stair}-{number}",
            (natural(compound), natural(building), natural(stair), floor, natural(number)),
        )
        for pk, compound, building, stair, floor, number in doors.values_list(*columns).iterator(chunk_size=5000)
    }
    homes = Household.objects.filter(door__in=doors.values("pk"), active=True).values_list("pk", "door_id", "sources")
    for pk, door, sources in homes.iterator(chunk_size=5000):
        one = found[door]
        one.households.append(pk)
        one.looked(sources)
    people = Person.objects.filter(household__door__in=doors.values("pk"), household__active=True, active=True)
    for door, sources in people.exclude(sources={}).values_list("household__door_id", "sources").iterator():
        found[door].looked(sources)
    rows = people.values_list("household__door_id", "present").annotate(Count("pk")).order_by()
    for door, present, count in rows.iterator(chunk_size=5000):
        one = found[door]
        one.places[present] += count
        one.registered += count
        one.home += count if present == Person.Present.HOME else 0
    return found


def _hold(door: int, have: _Door, said: Told, source: CountSource, labels: dict[str, str]) -> Difference | None:
    """One source against one door; nothing where they agree, or where somebody looked after it was said."""
    if have.settled(said):
        return None
    explained = _where(have, labels)
    if said.left and have.households:
        why, mend = _("they moved away after the list was written, or will be back"), "left"
    elif said.lives and not have.households:
        why, mend = _("they are on no list: perhaps tenants or newcomers"), "settle"
    elif said.person_ids:
        why, mend = _("the list may be right, or may have forgotten them"), "gone"
    elif said.persons is not None and said.persons != (have.home if said.of == "home" else have.registered):
        missing = said.persons - (have.home if said.of == "home" else have.registered)
        if missing > 0:
            why = ngettext("%(n)d person is not in the register", "%(n)d persons are not in the register", missing)
        else:
            why = ngettext("%(n)d person is not counted there", "%(n)d persons are not counted there", -missing)
        why, mend = why % {"n": abs(missing)}, "look"
    else:
        return None
    return Difference(
        door,
        have.households[0] if have.households else None,
        have.label,
        str(source.title),
        explained,
        said.text,
        why,
        said.at,
        mend,
        tuple((pk, "") for pk in said.person_ids),
    )


def _where(have: _Door, labels: dict[str, str]) -> str:
    if not have.households:
        return _("nobody is known")
    if not have.registered:
        return _("a household, nobody named")
    return _(", ").join(f"{count} {labels[code]}" for code, count in sorted(have.places.items()))


def _with_names(differences: list[Difference], sight: Sight) -> list[Difference]:
    keys = [pk for line in differences for pk, _name in line.people]
    if not keys:
        return differences
    people = Person.objects.select_related("household").in_bulk(keys)
    named = sight.named({person.household.door_id for person in people.values()})
    return [
        Difference(
            **{
                **line.__dict__,
                "people": tuple(
                    (pk, shown_name(people[pk].name, people[pk].household.door_id in named))
                    for pk, _name in line.people
                ),
            }
        )
        if line.people
        else line
        for line in differences
    ]
