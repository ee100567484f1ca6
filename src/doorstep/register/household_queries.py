"""What the page of one household reads: each fact with its source, its time and what stood before."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from doorstep.register import words
from doorstep.register.differences import plain
from doorstep.register.forms import HOUSEHOLD, PERSON, PRIVATE
from doorstep.register.list_queries import HIDDEN, door_text
from doorstep.register.models import Correction, Household, ImportChange, ListImport, Person
from doorstep.register.sight import Sight, shown_name


@dataclass(frozen=True)
class Fact:
    """A field as it stands, how it is known and since when."""

    field: str
    title: str
    value: str
    source: str
    since: datetime | None
    own: bool  # not simply that of the whole record


@dataclass(frozen=True)
class Past:
    """One change of a field: by a person (who can take it back while it stands) or by a list."""

    at: datetime | None
    who: str
    field: str
    before: str
    after: str
    source: str
    batch: UUID | None
    undone: bool


@dataclass(frozen=True)
class PersonView:
    """A person with what is known of them, what is not, and the source of all that has none of its own."""

    person: Person
    name: str
    place: Fact
    known: tuple[Fact, ...]
    unknown: str
    rest: tuple[str, datetime | None]


@dataclass(frozen=True)
class HouseholdPage:
    """A household as a member may see it. `full`: names and conditions are shown, because the duty needs them."""

    household: Household
    label: str
    full: bool
    known: tuple[Fact, ...]
    unknown: str
    rest: tuple[str, datetime | None]
    people: tuple[PersonView, ...]
    left: tuple[PersonView, ...]
    history: tuple[Past, ...]

    @property
    def home(self) -> int:
        return sum(view.person.present == Person.Present.HOME for view in self.people)


def household_page(pk: int, sight: Sight, incident: Any) -> HouseholdPage | None:
    """One household, or None where it is not within the duty. Five queries."""
    homes = sight.households().select_related("door__stair__building__compound")
    household = homes.filter(pk=pk).first()
    if household is None:
        return None
    full = household.door_id in sight.named([household.door_id])
    people = list(household.persons.order_by("pk"))
    views = [_person(person, full, incident) for person in people]
    return HouseholdPage(
        household,
        door_text(household),
        full,
        *_facts(household, HOUSEHOLD, full, incident),
        tuple(view for view in views if view.person.active),
        tuple(view for view in views if not view.person.active),
        tuple(_history(household, people, full, incident)),
    )


def _person(person: Person, full: bool, incident: Any) -> PersonView:
    return PersonView(
        person,
        shown_name(person.name, full),
        _fact(person, "present", full, incident),
        *_facts(person, tuple(name for name in PERSON if name != "name"), full, incident),
    )


def _facts(
    subject: Person | Household, names: tuple[str, ...], full: bool, incident: Any
) -> tuple[tuple[Fact, ...], str, tuple[str, datetime | None]]:
    facts = [_fact(subject, name, full, incident) for name in names]
    rest = words.source(None, subject.source_at, subject.source_kind)
    known = tuple(fact for fact in facts if fact.value != "—" or fact.own)
    return known, _(", ").join(fact.title for fact in facts if fact not in known), rest


def _fact(subject: Person | Household, name: str, full: bool, incident: Any) -> Fact:
    given = getattr(subject, name)
    shown = words.value(name, plain(given), incident)
    if name == "birth_date" and given and getattr(subject, "birth_precision", "") == "year":
        shown = str(given.year)
    if name in PRIVATE and not full and shown != "—":
        shown = HIDDEN
    source, since = words.source(subject.sources.get(name), subject.source_at, subject.source_kind)
    return Fact(name, str(words.FIELDS[name]), shown, source, since, name in subject.sources)


def _history(household: Household, people: list[Person], full: bool, incident: Any) -> list[Past]:
    subjects: dict[tuple[str, int], Person | Household] = {("household", household.pk): household}
    subjects |= {("person", person.pk): person for person in people}
    keys = {"household": [household.pk], "person": [person.pk for person in people]}
    corrections: list[Correction] = []
    changes: list[ImportChange] = []
    for model, wanted in keys.items():
        corrections += Correction.objects.filter(model=model, object_id__in=wanted)
        done = ImportChange.objects.filter(model=model, object_id__in=wanted, accepted=True)
        changes += done.filter(listimport__state=ListImport.State.DONE).select_related("listimport")
    past = []
    for row in corrections:
        if row.field == "birth_precision":
            continue
        subject = subjects[row.model, row.object_id]
        stands = row.undone_at is None and plain(getattr(subject, row.field)) == row.after
        source = words.source({"kind": row.kind, "at": row.at.isoformat(), "by": row.by}, None)[0]
        past.append(_past(row, subject, full, incident, row.at, source, row.batch if stands else None, row.undone_at))
    for change in changes:
        subject = subjects[change.model, change.object_id]
        at, source = change.listimport.done_at, change.listimport.filename
        past.append(_past(change, subject, full, incident, at, source, None, None))
    past.sort(key=lambda line: line.at.timestamp() if line.at else 0.0, reverse=True)
    return past


def _past(
    row: Correction | ImportChange,
    subject: Person | Household,
    full: bool,
    incident: Any,
    at: datetime | None,
    source: str,
    batch: UUID | None,
    undone_at: datetime | None,
) -> Past:
    hidden = row.field in PRIVATE and not full
    before, after = (HIDDEN if hidden else words.value(row.field, said, incident) for said in (row.before, row.after))
    who = shown_name(subject.name, full) if isinstance(subject, Person) else ""
    title = str(words.FIELDS.get(row.field, row.field))
    return Past(at, who, title, before, after, source, batch, undone_at is not None)
