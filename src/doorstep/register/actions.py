"""What can be done to the register: places made sure of, lists previewed, applied and undone, facts corrected."""

from __future__ import annotations

import hashlib
import io
import json
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Any, Literal

from django.core.files.base import ContentFile
from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.db.models import Max, ProtectedError

from doorstep.errors import UserError
from doorstep.register import importing, lists
from doorstep.register.events import RegisterChanged
from doorstep.register.importing import Comparison, Difference, DoorKey
from doorstep.register.models import (
    Building,
    Compound,
    Door,
    Household,
    ImportChange,
    ListImport,
    Person,
    SavedMapping,
    Stair,
    Territory,
    new_code,
)
from doorstep.storage.bulk import bulk_load, in_batches
from doorstep.wiring.events import publish

SUBJECTS: dict[str, Any] = {"person": Person, "household": Household}


def ensure_territory(path: Iterable[tuple[str, str]]) -> Territory:
    """The last of a path of (kind, name) from the district down, made where it is missing."""
    node: Territory | None = None
    for kind, name in path:
        node, _ = Territory.objects.get_or_create(parent=node, name=name, defaults={"kind": kind})
    if node is None:
        raise UserError("A territory needs at least one level.", field="territory", mend="Name the district.")
    return node


def ensure_compound(name: str, **facts: Any) -> Compound:
    """The compound of that name, made where it is missing."""
    if not name.strip():
        raise UserError("The compound has no name.", field="compound", mend="Name the compound.")
    return Compound.objects.get_or_create(name=name.strip(), defaults=facts)[0]


def ensure_building(compound: Compound, name: str, **facts: Any) -> Building:
    """The building of that name, made where it is missing; given facts are stored."""
    return Building.objects.update_or_create(compound=compound, name=name, defaults=facts)[0]


def ensure_stair(building: Building, name: str, **facts: Any) -> Stair:
    """The stair of that name, made where it is missing; given facts are stored."""
    return Stair.objects.update_or_create(building=building, name=name, defaults=facts)[0]


@transaction.atomic
def preview_list(
    data: bytes,
    filename: str,
    *,
    at: datetime,
    compound: Compound | None = None,
    by: str = "",
    mapping: dict[int, str] | None = None,
) -> ListImport:
    """Read a list and say what it would change. The register stays as it is; the file and its bad rows are kept."""
    sheet, layout, reading = _read(data, filename, compound, at, mapping)
    if mapping:
        SavedMapping.objects.update_or_create(
            signature=layout.signature,
            defaults={"mapping": {str(c): f for c, f in mapping.items()}, "updated_at": at},
        )
    comparison = importing.compare(importing.gather(reading.good))
    preview = ListImport(
        compound=compound,
        filename=filename,
        sha256=hashlib.sha256(data).hexdigest(),
        mapping={"headings": list(layout.headings), "columns": {str(c): f for c, f in layout.mapping.items()}},
        counts=_counts(reading, comparison),
        created_at=at,
        by=by,
    )
    preview.file.save(filename, ContentFile(data), save=False)
    if reading.bad:
        out = io.BytesIO()
        lists.bad_rows_file(sheet, layout, reading.bad, out)
        preview.bad_file.save(f"{filename}-to-mend.xlsx", ContentFile(out.getvalue()), save=False)
    preview.save()
    return preview


def difference_of(preview: ListImport) -> tuple[Comparison, lists.Reading]:
    """What a previewed list would change now, field by field, and what its rows said."""
    preview.file.open("rb")
    data = preview.file.read()
    preview.file.close()
    columns = {int(column): name for column, name in preview.mapping["columns"].items()}
    _, _, reading = _read(data, preview.filename, preview.compound, preview.created_at, columns)
    return importing.compare(importing.gather(reading.good)), reading


@transaction.atomic
def apply_import(
    preview: ListImport, *, at: datetime, accept: Literal["all"] | set[str] | None = None, by: str = ""
) -> dict[str, int]:
    """Bring a previewed list in, in one transaction. The same file again changes nothing.

    `accept` None takes every difference but those on what somebody saw at the door; "all" takes those too;
    a set of codes takes just these.
    """
    if preview.state != ListImport.State.PREVIEW:
        raise UserError(
            "This list has been dealt with.", field="state", mend="Bring the file in again to see what differs."
        )
    comparison, reading = difference_of(preview)
    _create(comparison, preview, at)
    chosen = [d for d in comparison.differences if _accepted(d, accept)]
    _change(chosen, preview, at)
    changed = bool(comparison.new_doors or comparison.new_households or comparison.new_persons or chosen)
    preview.state = ListImport.State.DONE if changed else ListImport.State.EMPTY
    preview.done_at = at
    preview.counts = {**_counts(reading, comparison), "accepted": len(chosen)}
    preview.save()
    if changed:
        counts = {name: count for name, count in preview.counts.items() if count}
        publish(RegisterChanged("import", preview.filename, at, data={"by": by, **counts}))
    return preview.counts


@transaction.atomic
def undo_import(done: ListImport, *, at: datetime, by: str = "") -> list[str]:
    """Put the register back to before a list. Returns what stays, since somebody changed or used it meanwhile."""
    if done.state != ListImport.State.DONE:
        raise UserError("Only a list that went in can be taken back.", field="state", mend="See the list of imports.")
    stays = _change_back(done)
    Person.objects.filter(created_by_import=done).delete()
    for household in Household.objects.filter(created_by_import=done, persons__isnull=False).distinct():
        stays.append(f"household {household.pk}")
    Household.objects.filter(created_by_import=done, persons__isnull=True).delete()
    for batch in in_batches(Door.objects.filter(created_by_import=done, households=None).values_list("pk", flat=True)):
        try:
            with transaction.atomic():
                Door.objects.filter(pk__in=batch).delete()
        except ProtectedError as error:
            stays.append(f"doors in use: {len(error.protected_objects)}")
    done.state = ListImport.State.UNDONE
    done.save(update_fields=["state"])
    publish(RegisterChanged("undo_import", done.filename, at, data={"by": by, "stays": len(stays)}))
    return stays


@transaction.atomic
def correct(subject: Person | Household, *, kind: str, at: datetime, by: str = "", **facts: Any) -> list[str]:
    """Store what somebody saw (`kind` "door") or knows ("manual"); each field keeps its source and time."""
    changed = [name for name, value in facts.items() if getattr(subject, name) != value]
    for name in changed:
        setattr(subject, name, facts[name])
        subject.sources[name] = {"kind": kind, "at": at.isoformat(), "by": by}
    if changed:
        subject.save(update_fields=[*changed, "sources"])
        household = subject.household if isinstance(subject, Person) else subject
        label = f"{type(subject).__name__.lower()} {subject.pk}"
        publish(RegisterChanged("correct", label, at, door_ids=(household.door_id,), data={"fields": changed}))
    return changed


def _read(
    data: bytes, filename: str, compound: Compound | None, at: datetime, mapping: dict[int, str] | None
) -> tuple[lists.Sheet, lists.Layout, lists.Reading]:
    digest = hashlib.sha256(data).hexdigest()
    first = ListImport.objects.filter(sha256=digest).order_by("created_at").values_list("created_at", flat=True).first()
    written = (first or at).date()  # an age in a file counts from the day on which the file first came
    remembered = {
        saved.signature: {int(column): name for column, name in saved.mapping.items()}
        for saved in SavedMapping.objects.all()
    }
    last: UserError | None = None
    for sheet in lists.open_table(data, filename):
        try:
            layout = lists.guess_layout(sheet, mapping, remembered)
        except UserError as error:
            last = error
            continue
        name = compound.name if compound else ""
        reading = lists.read_rows(sheet, layout, compound=name, today=written)
        if any(not row.compound for row in reading.good):
            raise UserError(
                "The list does not say which compound it is of.",
                field="compound",
                mend="Name the compound beside the file.",
            )
        return sheet, layout, reading
    raise last or UserError(f"{filename} holds no list.", field=filename, mend="Choose the file with the list.")


def _counts(reading: lists.Reading, comparison: Comparison) -> dict[str, int]:
    rows = {"rows": reading.seen, "good": len(reading.good), "bad": len(reading.bad), "blank": reading.blank}
    return {**rows, **comparison.counts()}


def _accepted(difference: Difference, accept: Literal["all"] | set[str] | None) -> bool:
    if accept is None:
        return not difference.protected
    return accept == "all" or difference.code in accept


def _plain(value: Any) -> Any:
    return json.loads(json.dumps(value, cls=DjangoJSONEncoder))


def _change(differences: list[Difference], preview: ListImport, at: datetime) -> None:
    """Store the accepted differences in sets, and what stood before for the undo."""
    for name, model in SUBJECTS.items():
        by_subject: dict[int, list[Difference]] = defaultdict(list)
        for difference in differences:
            if difference.model == name:
                by_subject[difference.pk].append(difference)
        for batch in in_batches(by_subject):
            subjects = list(model.objects.filter(pk__in=batch))
            for subject in subjects:
                subject.source_at = at
                for difference in by_subject[subject.pk]:
                    setattr(subject, difference.field, difference.after)
                    subject.sources.pop(difference.field, None)
            fields = {difference.field for pk in batch for difference in by_subject[pk]}
            model.objects.bulk_update(subjects, [*sorted(fields), "sources", "source_at"], batch_size=200)
    columns = ["listimport_id", "model", "object_id", "field", "before", "after"]
    rows = ((preview.pk, d.model, d.pk, d.field, _plain(d.before), _plain(d.after)) for d in differences)
    bulk_load(ImportChange, columns, rows)


def _change_back(done: ListImport) -> list[str]:
    """Put every changed field back to what stood before, in sets. Returns those that somebody changed since."""
    stays = []
    for name, model in SUBJECTS.items():
        by_subject: dict[int, list[ImportChange]] = defaultdict(list)
        for change in ImportChange.objects.filter(listimport=done, model=name):
            by_subject[change.object_id].append(change)
        for batch in in_batches(by_subject):
            subjects, fields = list(model.objects.filter(pk__in=batch)), set()
            for subject in subjects:
                for change in by_subject[subject.pk]:
                    if _plain(getattr(subject, change.field)) != change.after:
                        stays.append(f"{name} {subject.pk}: {change.field}")
                        continue
                    setattr(subject, change.field, model._meta.get_field(change.field).to_python(change.before))
                    fields.add(change.field)
            if fields:
                model.objects.bulk_update(subjects, sorted(fields), batch_size=200)
    return stays


def _create(comparison: Comparison, preview: ListImport, at: datetime) -> None:
    """New doors, households and persons, each kind in one load."""
    doors = _create_doors(comparison, preview)
    new = [(doors[key], key, name) for key, name in comparison.new_households]
    bulk_load(
        Household,
        [
            *("door_id", "key", "head", "size_stated", "diets", "pets", "tenancy"),
            *("private_code", "source_at", "created_by_import_id"),
        ],
        (
            (
                door,
                name,
                facts.get("head", ""),
                facts.get("size_stated"),
                facts.get("diets", []),
                facts.get("pets", []),
                facts.get("tenancy", ""),
                new_code(),
                at,
                preview.pk,
            )
            for door, key, name in new
            for facts in (comparison.doors[key].households[name].facts,)
        ),
    )
    wanted = {key for key, _, _ in comparison.new_persons}
    households: dict[tuple[int, str], int] = {}
    for batch in in_batches({doors[key] for key in wanted}):
        rows = Household.objects.filter(door_id__in=batch).values_list("door_id", "key", "pk")
        households |= {(door, name): pk for door, name, pk in rows}
    names = (
        "name",
        "sex",
        "birth_date",
        "birth_precision",
        "relation",
        "phone",
        "classes",
        "conditions",
        "present",
        "note",
    )
    blank: dict[str, Any] = {"birth_date": None, "classes": [], "conditions": [], "present": "home"}
    bulk_load(
        Person,
        ["household_id", "key", *names, "source_at", "created_by_import_id"],
        (
            (households[doors[key], home], person, *(facts.get(n, blank.get(n, "")) for n in names), at, preview.pk)
            for key, home, person in comparison.new_persons
            for facts in (comparison.doors[key].households[home].persons[person].facts,)
        ),
    )


def _create_doors(comparison: Comparison, preview: ListImport) -> dict[DoorKey, int]:
    by_compound: dict[str, list[DoorKey]] = {}
    for key in comparison.new_doors:
        by_compound.setdefault(key[0], []).append(key)
    for name, keys in by_compound.items():
        compound = ensure_compound(name)
        buildings, stairs = importing.places_of(compound)
        _create_places(compound, [(key, comparison.doors[key].building) for key in keys], buildings, stairs)
        rows = []
        for key in keys:
            line = comparison.doors[key]
            stair = stairs[buildings[key[1]].pk, key[2]]
            rows.append((stair.pk, key[3], line.floor or 1, line.floor is not None, preview.pk))
        bulk_load(
            Door,
            ["stair_id", "number", "floor", "floor_confirmed", "created_by_import_id"],
            ((stair, number, floor, False, made_by) for stair, number, floor, _, made_by in rows),
        )
        _raise_floors(compound)
    return importing.known_doors({key[0] for key in comparison.doors})


def _create_places(
    compound: Compound,
    named: list[tuple[DoorKey, str]],
    buildings: dict[str, Building],
    stairs: dict[tuple[int, str], Stair],
) -> None:
    """Make the buildings and stairs that some doors need and that are not there, each kind in one act."""
    missing = {key[1]: name for key, name in reversed(named) if key[1] not in buildings}
    made = Building.objects.bulk_create(Building(compound=compound, name=name) for name in missing.values())
    buildings.update(zip(missing, made, strict=True))
    wanted = dict.fromkeys((buildings[key[1]].pk, key[2]) for key, _ in named)
    new = [place for place in wanted if place not in stairs]
    stairs.update(zip(new, Stair.objects.bulk_create(Stair(building_id=b, name=n) for b, n in new), strict=True))


def _raise_floors(compound: Compound) -> None:
    """A building has at least as many floors as its highest door, until somebody confirms the number."""
    raised = []
    for building in compound.buildings.filter(floors_confirmed=False).annotate(top=Max("stairs__doors__floor")):
        if building.top and building.top > (building.floors or 0):
            building.floors = building.top
            raised.append(building)
    Building.objects.bulk_update(raised, ["floors"], batch_size=200)
