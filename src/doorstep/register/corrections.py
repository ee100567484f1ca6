"""Facts corrected by people: what somebody saw at the door or knows, who moved in or out, each taken back as one act."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction
from django.utils.translation import gettext as _

from doorstep.errors import UserError
from doorstep.register.differences import MODELS, plain
from doorstep.register.events import RegisterChanged
from doorstep.register.models import Correction, Door, Household, Person
from doorstep.storage.bulk import bulk_load
from doorstep.wiring.events import publish

Subject = Person | Household


@dataclass(frozen=True)
class Word:
    """Who says it, when, and how they know: `kind` is "door" (seen or told there) or "manual" (papers, a call)."""

    kind: str
    at: datetime
    by: str = ""
    by_id: int | None = None


def correct(
    subject: Subject, *, kind: str, at: datetime, by: str = "", by_id: int | None = None, **facts: Any
) -> list[str]:
    """Store what somebody saw or knows; each field keeps its source and time. Saying it again changes nothing."""
    return set_facts({subject: facts}, Word(kind, at, by, by_id))


@transaction.atomic
def set_facts(facts: Mapping[Subject, Mapping[str, Any]], word: Word, *, act: str = "correct") -> list[str]:
    """Set fields of some persons and households of one door in one act. Returns the names of those that changed."""
    batch, rows, changed, door = uuid4(), [], [], None
    for subject, values in facts.items():
        model = "person" if isinstance(subject, Person) else "household"
        differing = [name for name, value in values.items() if getattr(subject, name) != value]
        for name in differing:
            rows.append(
                (model, subject.pk, name, plain(getattr(subject, name)), plain(values[name]), subject.sources.get(name))
            )
            setattr(subject, name, values[name])
            subject.sources[name] = {"kind": word.kind, "at": word.at.isoformat(), "by": word.by}
        if differing:
            subject.save(update_fields=[*differing, "sources"])
            door = (subject.household if isinstance(subject, Person) else subject).door
            changed += differing
    if door is not None:
        _write_down(rows, batch, word)
        publish(_told(act, door, word, fields=changed))
    return changed


@transaction.atomic
def move_in(household: Household, facts: Mapping[str, Any], word: Word) -> Person:
    """A person who came to live here and is on no list. The same name again is the same person, back."""
    name = str(facts.get("name", "")).strip()
    if not name:
        raise UserError(_("The person has no name."), field="name", mend=_("A surname is enough."))
    person = household.persons.filter(key=name[:60]).first()
    if person is not None and person.active:
        raise UserError(
            _("Somebody of this name lives here already."), field="name", mend=_("Add a word that tells them apart.")
        )
    if not household.active:
        set_facts({household: {"active": True}}, word, act="move_in")
    if person is None:
        source = {"kind": word.kind, "at": word.at.isoformat(), "by": word.by}
        person = Person(household=household, key=name[:60], source_kind=word.kind, source_at=word.at, active=False)
        for field, value in facts.items():
            setattr(person, field, value)
            person.sources[field] = source
        person.save()
        set_facts({person: {"active": True}}, word, act="move_in")
    else:
        set_facts({person: {**facts, "active": True}}, word, act="move_in")
    return person


@transaction.atomic
def confirm(subject: Subject, field: str, word: Word) -> None:
    """Somebody looked and the register is right: the value stays, its source is who looked, and when."""
    model = "person" if isinstance(subject, Person) else "household"
    stands, before = plain(getattr(subject, field)), subject.sources.get(field)
    subject.sources[field] = {"kind": word.kind, "at": word.at.isoformat(), "by": word.by}
    subject.save(update_fields=["sources"])
    _write_down([(model, subject.pk, field, stands, stands, before)], uuid4(), word)
    door = (subject.household if isinstance(subject, Person) else subject).door
    publish(_told("confirm", door, word, fields=[field]))


@transaction.atomic
def settle(door: Door, word: Word) -> Household:
    """Somebody lives behind a door of which the register knew nobody: a household whose people are still to be named."""
    known = door.households.filter(active=True).first()
    if known is not None:
        return known
    taken = set(door.households.values_list("key", flat=True))
    key = next(str(number) for number in range(1, len(taken) + 2) if str(number) not in taken)
    household = Household(door=door, key=key, active=False, source_kind=word.kind, source_at=word.at)
    household.save()
    set_facts({household: {"active": True}}, word, act="move_in")
    return household


def move_out(person: Person, word: Word) -> list[str]:
    """A person lives here no more. (Away for a time is a place where they are, not this.)"""
    return set_facts({person: {"active": False}}, word, act="move_out")


def household_left(household: Household, word: Word) -> list[str]:
    """Nobody of a household lives here any more: the household and each of its people, in one act."""
    people = household.persons.filter(active=True).select_related("household__door__stair__building")
    return set_facts(
        {**{person: {"active": False} for person in people}, household: {"active": False}}, word, act="move_out"
    )


@transaction.atomic
def take_back(batch: UUID, *, at: datetime, by: str = "", by_id: int | None = None) -> list[str]:
    """Put back what one act set, as long as nobody changed it since. Taking back twice changes nothing."""
    rows = list(Correction.objects.select_for_update().filter(batch=batch, undone_at=None).order_by("-pk"))
    subjects = {(row.model, row.object_id): MODELS[row.model].objects.filter(pk=row.object_id).first() for row in rows}
    fields: dict[tuple[str, int], list[str]] = {}
    for row in rows:
        key = (row.model, row.object_id)
        subject = subjects[key]
        if subject is None:
            continue
        if plain(getattr(subject, row.field)) != row.after:
            raise UserError(
                _("This was changed again afterwards."), field=row.field, mend=_("Take the later change back first.")
            )
        setattr(subject, row.field, subject._meta.get_field(row.field).to_python(row.before))
        subject.sources.pop(row.field, None)
        if row.before_source:
            subject.sources[row.field] = row.before_source
        fields.setdefault(key, []).append(row.field)
    for key, names in fields.items():
        subjects[key].save(update_fields=[*names, "sources"])
    Correction.objects.filter(batch=batch, undone_at=None).update(undone_at=at)
    if fields:
        last = subjects[next(iter(fields))]
        door = (last.household if isinstance(last, Person) else last).door
        names = sorted({name for names in fields.values() for name in names})
        publish(_told("take_back", door, Word("manual", at, by, by_id), fields=names))
    return sorted({name for names in fields.values() for name in names})


def _write_down(rows: Iterable[tuple[Any, ...]], batch: UUID, word: Word) -> None:
    fields = ["model", "object_id", "field", "before", "after", "before_source", "kind", "batch", "at", "by"]
    bulk_load(Correction, fields, ((*row, word.kind, batch, word.at, word.by) for row in rows))


def _told(act: str, door: Any, word: Word, **data: Any) -> RegisterChanged:
    label = f"{door.stair.building.name}-{door.stair.name}-{door.number}"
    return RegisterChanged(act, label, word.at, by_id=word.by_id, door_ids=(door.pk,), data={"by": word.by, **data})
