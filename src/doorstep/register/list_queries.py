"""What the import pages read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from doorstep.register import words
from doorstep.register.models import Household, ImportChange, ListImport, Person
from doorstep.register.sight import Sight, shown_name
from doorstep.wiring.texts import in_language

HIDDEN = "···"
SHOWS = {
    "all": (_("All differences"), Q()),
    "list": (_("The list is taken"), Q(protected=False)),
    "seen": (_("Seen otherwise at the door"), Q(protected=True) & ~Q(field="active", after=False)),
    "gone": (_("On the list no more"), Q(field="active", after=False)),
}


@dataclass(frozen=True)
class ChangeLine:
    """One field: who, what the register says and since when it does, what the list says, and which is taken."""

    pk: int
    household_id: int | None
    door: str
    who: str
    field: str
    before: str
    after: str
    source: str
    source_at: datetime | None
    seen: bool
    accepted: bool


@dataclass(frozen=True)
class BadLine:
    """A row that cannot go in."""

    row: int
    column: str
    value: str
    reason: str
    mend: str


@dataclass(frozen=True)
class ReadLine:
    """One of the first rows, as it was read."""

    row: int
    door: str
    floor: int | None
    names: tuple[str, ...]
    born: int | None
    classes: tuple[str, ...]
    present: str


@dataclass(frozen=True)
class Tab:
    """A part of the differences with how many there are."""

    code: str
    title: str
    count: int


def imports_of(sight: Sight, member_id: int | None) -> QuerySet[ListImport]:
    """The lists of the member's compounds and those they brought, newest first."""
    rows = ListImport.objects.select_related("compound")
    if sight.scope is None:
        return rows
    return rows.filter(Q(compound__in=sight.compounds()) | Q(by_member=member_id, by_member__isnull=False))


def nothing_new(preview: ListImport) -> bool:
    """Whether bringing the list in would change nothing at all."""
    counts = preview.counts
    return not any(
        counts.get(name)
        for name in ("new_doors", "new_households", "new_persons", "differences", "seen_otherwise", "gone_from_list")
    )


def figures(preview: ListImport) -> list[tuple[str, str, int]]:
    """The counts in words."""
    return [(code, str(title), preview.counts.get(code, 0)) for code, title in words.COUNTS.items()]


def tabs_of(preview: ListImport) -> list[Tab]:
    """The parts of the differences that hold any. Four queries."""
    rows = ImportChange.objects.filter(listimport=preview)
    if preview.state != ListImport.State.PREVIEW:
        rows = rows.filter(accepted=True)
    counted = [Tab(code, str(title), rows.filter(which).count()) for code, (title, which) in SHOWS.items()]
    return [tab for tab in counted if tab.count or tab.code == "all"]


def changes_of(preview: ListImport, show: str) -> QuerySet[ImportChange]:
    """The differences of a preview, or what an import changed: one part of them."""
    rows = ImportChange.objects.filter(listimport=preview).filter(SHOWS.get(show, SHOWS["all"])[1]).order_by("pk")
    return rows if preview.state == ListImport.State.PREVIEW else rows.filter(accepted=True)


def change_lines(
    rows: Iterable[ImportChange], sight: Sight, incident: Any, *, preview: bool = True
) -> list[ChangeLine]:
    """A page of differences with who they are about. Three queries. After the import (no `preview`) the time of an
    older list is known no more."""
    page = list(rows)
    place = "door__stair__building"
    people = Person.objects.select_related(f"household__{place}").in_bulk(
        [row.object_id for row in page if row.model == "person"]
    )
    homes = Household.objects.select_related(place).in_bulk([row.object_id for row in page if row.model == "household"])
    doors = {person.household.door_id for person in people.values()} | {home.door_id for home in homes.values()}
    named = sight.named(doors)
    return [_line(row, people, homes, named, incident, preview) for row in page]


def _line(
    row: ImportChange,
    people: dict[int, Person],
    homes: dict[int, Household],
    named: set[int],
    incident: Any,
    preview: bool,
) -> ChangeLine:
    subject = people.get(row.object_id) if row.model == "person" else homes.get(row.object_id)
    home = subject.household if isinstance(subject, Person) else subject
    full = home is not None and home.door_id in named
    private = not full and row.field in ("note", "phone", "head", "name")
    before, after = (
        HIDDEN if private and said else words.value(row.field, said, incident) for said in (row.before, row.after)
    )
    source, since = words.source(
        row.before_source,
        subject.source_at if subject and preview else None,
        subject.source_kind if subject else "list",
    )
    return ChangeLine(
        row.pk,
        home.pk if home else None,
        door_text(home),
        shown_name(subject.name, full) if isinstance(subject, Person) else str(_("household")),
        str(words.FIELDS.get(row.field, row.field)),
        before,
        after,
        source,
        since,
        row.protected and row.before_source is not None,
        row.accepted,
    )


def door_text(home: Household | None) -> str:
    """Building-stair-number, as people say it."""
    if home is None:
        return "—"
    return f"{home.door.stair.building.name}-{home.door.stair.name}-{home.door.number}"


def bad_lines(preview: ListImport, full: bool) -> list[BadLine]:
    """The first rows to mend, in the language of the page."""
    return [
        BadLine(
            row["row"],
            row["column"],
            row["value"] if full else HIDDEN,
            in_language(row["reason"]),
            in_language(row["mend"]),
        )
        for row in preview.bad_rows
    ]


def first_rows(preview: ListImport, full: bool, incident: Any) -> list[ReadLine]:
    """The first rows as they were read; names in full only for who may see them everywhere."""
    return [
        ReadLine(
            row["row"],
            row["door"],
            row["floor"],
            tuple(shown_name(name, full) for name in row["names"]),
            row["born"],
            tuple(words.titles("classes", row["classes"], incident)),
            words.value("present", row["present"]),
        )
        for row in preview.mapping.get("read", [])
    ]
