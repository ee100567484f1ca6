"""How the places of a compound are changed: what differs is stored, kept with what stood before, told, and undone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Protocol

from django.db import IntegrityError, transaction
from django.db.models import ProtectedError
from django.db.models.fields.files import FieldFile
from django.utils.translation import gettext as _

from doorstep.errors import UserError
from doorstep.register.events import PlacesChanged
from doorstep.register.models import Building, Compound, Door, Gate, PlaceChange, Stair
from doorstep.storage.bulk import bulk_change
from doorstep.wiring.events import publish

MODELS: dict[str, Any] = {"compound": Compound, "building": Building, "stair": Stair, "door": Door, "gate": Gate}
Wanted = Iterable[tuple[Any, Mapping[str, Any]]]


class Hand(Protocol):
    """Who does it: a member of the rooms above."""

    @property
    def pk(self) -> int | None: ...

    @property
    def name(self) -> str: ...


@transaction.atomic
def change(
    compound: Compound, act: str, label: str, wanted: Wanted, *, at: datetime, by: Hand | None = None
) -> PlaceChange | None:
    """Store what differs from what stands, in one act that can be taken back. None where nothing differs."""
    Compound.objects.select_for_update().get(pk=compound.pk)
    changes, touched = [], []
    for subject, facts in wanted:
        different = {name: value for name, value in facts.items() if getattr(subject, name) != value}
        for name, value in different.items():
            changes.append(_line(subject, name, getattr(subject, name), value))
            setattr(subject, name, value)
        if different:
            touched.append((subject, list(different)))
    if not changes:
        return None
    _store(touched)
    return _keep(compound, act, label, changes, at=at, by=by)


@transaction.atomic
def add(compound: Compound, act: str, made: Any, *, at: datetime, by: Hand | None = None) -> PlaceChange:
    """Store a new building, stair or gate, in one act that can be taken back."""
    made.save()
    return _keep(compound, act, str(made), [_line(made, "", None, str(made))], at=at, by=by)


@transaction.atomic
def undo(done: PlaceChange, *, at: datetime, by: Hand | None = None) -> list[str]:
    """Take an act back. What somebody changed since stays as it is; returns what stayed. Undoing twice does nothing."""
    locked = Compound.objects.select_for_update().get(pk=done.compound_id)
    done.refresh_from_db()
    if done.undone_at:
        return []
    stays: list[str] = []
    back: dict[tuple[str, int], list[str]] = {}
    subjects = _subjects(done.changes)
    for line in reversed(done.changes):
        key = (line["model"], line["pk"])
        subject = subjects.get(key)
        if subject is None:
            continue
        if not line["field"]:
            _remove(subject, stays)
        elif _plain(getattr(subject, line["field"])) != line["after"]:
            stays.append(str(subject))
        else:
            setattr(subject, line["field"], line["before"])
            back.setdefault(key, []).append(line["field"])
    try:
        with transaction.atomic():
            _store([(subjects[key], fields) for key, fields in back.items()])
    except IntegrityError as error:
        raise UserError(
            _("“%(act)s” cannot be taken back: its old name or number is in use again.") % {"act": done.label},
            field="change",
            mend=_("Change the other one first."),
        ) from error
    done.undone_at = at
    done.save(update_fields=["undone_at"])
    _tell(locked, "undo_places", done.label, done.changes, at=at, by=by)
    return list(dict.fromkeys(stays))


def _store(touched: list[tuple[Any, list[str]]]) -> None:
    """Rows of one kind with the same fields are stored together."""
    groups: dict[tuple[Any, tuple[str, ...]], list[Any]] = {}
    for subject, names in touched:
        groups.setdefault((type(subject), tuple(sorted(names))), []).append(subject)
    for (model, fields), subjects in groups.items():
        bulk_change(model, fields, ((s.pk, [getattr(s, name) for name in fields]) for s in subjects))


def _subjects(lines: list[dict[str, Any]]) -> dict[tuple[str, int], Any]:
    found: dict[tuple[str, int], Any] = {}
    for name, model in MODELS.items():
        keys = {line["pk"] for line in lines if line["model"] == name}
        found |= {(name, pk): subject for pk, subject in model.objects.in_bulk(keys).items()}
    return found


def _remove(subject: Any, stays: list[str]) -> None:
    """A row that was made by the act goes, unless something stands on it now."""
    used = isinstance(subject, Building) and subject.stairs.exists()
    used = used or (isinstance(subject, Stair) and subject.doors.exists())
    try:
        if not used:
            subject.delete()
    except ProtectedError:
        used = True
    if used:
        stays.append(str(subject))


def _line(subject: Any, field: str, before: Any, after: Any) -> dict[str, Any]:
    facts = {"field": field, "before": _plain(before), "after": _plain(after)}
    return {"model": subject._meta.model_name, "pk": subject.pk, **facts}


def _plain(value: Any) -> Any:
    """A file is known by its name."""
    return (value.name or None) if isinstance(value, FieldFile) else value


def _keep(
    compound: Compound, act: str, label: str, changes: list[dict[str, Any]], *, at: datetime, by: Hand | None
) -> PlaceChange:
    name = getattr(by, "name", "")
    kept = PlaceChange.objects.create(compound=compound, act=act, label=label[:240], changes=changes, at=at, by=name)
    _tell(compound, act, label, changes, at=at, by=by)
    return kept


def _tell(
    compound: Compound, act: str, label: str, changes: list[dict[str, Any]], *, at: datetime, by: Hand | None
) -> None:
    """One event an act. The journal gets counts and, of a short act, each field; the whole stands in PlaceChange."""
    moved = tuple(sorted({line["pk"] for line in changes if line["field"] == "stair_id"}))
    data: dict[str, Any] = {"compound": compound.name, "fields": len(changes)}
    if len(changes) <= 12:
        data["changes"] = changes
    publish(PlacesChanged(act, label, at, compound.pk, getattr(by, "pk", None), moved, data))
