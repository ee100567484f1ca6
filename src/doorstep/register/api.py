"""The register for machines: compounds, households, what was seen at a door, lists brought in and taken back."""

from __future__ import annotations

import json
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any, Literal

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import File, Form, Schema, UploadedFile
from pydantic import Field

from doorstep.errors import UserError
from doorstep.register import actions, directory, lists
from doorstep.register.importing import Difference
from doorstep.register.models import Building, Household, ListImport, Person, masked
from doorstep.wiring.api import Key, Line, Paged, PageNumber, Room, Text, file_answer, paged, whole
from doorstep.wiring.events import publish
from doorstep.wiring.pages import XLSX, Exported, download, page_of

room = Room(tags=["register"])
SHOWN = 2000
Words = Annotated[list[Annotated[Line, Field(max_length=40)]], Field(max_length=40)]


class CompoundOut(Schema):
    """A compound with what it holds."""

    id: int
    name: str
    aliases: list[str]
    doors: int
    households: int


class StairOut(Schema):
    """A stair; no position means a stated default walk."""

    id: int
    name: str
    x_m: float | None
    y_m: float | None


class BuildingOut(Schema):
    """A building with its stairs."""

    id: int
    name: str
    address: str
    floors: int | None
    has_lift: bool
    stairs: list[StairOut]


class PlacesOut(Schema):
    """A compound as it stands."""

    id: int
    name: str
    buildings: list[BuildingOut]


class PersonOut(Schema):
    """A person; name and phone in full only for a duty that needs them."""

    id: int
    name: str
    phone: str
    sex: str
    birth_date: date | None
    relation: str
    classes: list[str]
    conditions: list[str]
    present: str


class HouseholdOut(Schema):
    """A household behind a door."""

    id: int
    door: int
    label: str
    compound: str
    head: str
    phone: str
    size_stated: int | None
    tenancy: str
    languages: list[str]
    diets: list[str]
    allergies: list[str]
    pets: list[str]
    channel: str
    sources: dict[str, Any]
    persons: list[PersonOut]


class HouseholdFix(Schema):
    """What somebody saw at the door, or knows. Only what is given changes; each field keeps its source and time."""

    kind: Literal["door", "manual"]
    head: Annotated[Line, Field(max_length=80)] | None = None
    phone: Annotated[Line, Field(max_length=40)] | None = None
    size_stated: Annotated[int, Field(ge=0, le=60)] | None = None
    tenancy: Literal["", "tenant", "owner"] | None = None
    languages: Words | None = None
    diets: Words | None = None
    allergies: Words | None = None
    pets: Words | None = None
    channel: Literal["", "app", "phone", "paper", "neighbour", "knock"] | None = None
    note: Text | None = None


class PersonFix(Schema):
    """What somebody saw at the door, or knows, of one person."""

    kind: Literal["door", "manual"]
    name: Annotated[Line, Field(max_length=80)] | None = None
    phone: Annotated[Line, Field(max_length=40)] | None = None
    sex: Literal["", "m", "f"] | None = None
    birth_date: date | None = None
    relation: Annotated[Line, Field(max_length=20)] | None = None
    classes: Words | None = None
    conditions: Words | None = None
    present: Literal["home", "quarantine", "hospital", "away", "deceased"] | None = None
    note: Text | None = None


class ListIn(Schema):
    """`compound` names it where the list does not; `mapping` corrects the guess: JSON of column (from 0) to field."""

    compound: Line = ""
    mapping: Text = ""


class ImportOut(Schema):
    """A list brought in: what it would change (preview) or changed."""

    id: int
    compound: int | None
    filename: str
    state: str
    created_at: datetime
    done_at: datetime | None
    headings: list[str]
    columns: dict[str, str]
    counts: dict[str, int]
    has_bad_rows: bool


class DifferenceOut(Schema):
    """One field on which list and register disagree; `protected`: somebody saw the other value at the door."""

    code: str
    door: str
    field: str
    before: Any
    after: Any
    protected: bool


class BadRowOut(Schema):
    """A row that cannot go in: where, why, what to do."""

    row: int
    column: str
    value: str
    reason: dict[str, str]
    mend: dict[str, str]


class PreviewOut(ImportOut):
    """A list with its differences and bad rows (the first 2,000 of each)."""

    differences: list[DifferenceOut]
    bad_rows: list[BadRowOut]


class ApplyIn(Schema):
    """Which differences to take: null = all but those seen otherwise at the door, "all", or these codes."""

    accept: Literal["all"] | Annotated[list[Line], Field(max_length=100_000)] | None = None


class UndoneOut(Schema):
    """A list taken back, and what stays since somebody changed or used it meanwhile."""

    state: str
    stays: list[str]


@room.reads("/compounds", list[CompoundOut], act="see_register")
def compounds(request: Any) -> list[Any]:
    """The compounds in which this member sees the register."""
    return whole(directory.compounds(request.rights), _compound)


@room.reads("/compounds/{pk}", PlacesOut, act="see_register")
def places(request: Any, pk: Key) -> PlacesOut:
    """A compound with its buildings and stairs."""
    compound = get_object_or_404(directory.compounds(request.rights), pk=pk)
    buildings = [_building(building) for building in directory.places(compound)]
    return PlacesOut(id=compound.pk, name=compound.name, buildings=buildings)


@room.reads("/households", Paged[HouseholdOut], act="see_register")
def households(request: Any, compound: Key | None = None, q: Line = "", page: PageNumber = 1) -> dict[str, Any]:
    """Households in the order of their doors."""
    found = page_of(request, directory.households(request.rights, compound=compound, words=q.strip()))
    lines = [_household(view) for view in directory.views(found, request.rights)]
    return {"items": lines, "page": found.number, "pages": found.paginator.num_pages, "total": found.paginator.count}


@room.reads("/households/{pk}", HouseholdOut, act="see_register")
def one_household(request: Any, pk: Key) -> HouseholdOut:
    """One household."""
    found = directory.views(directory.households(request.rights).filter(pk=pk), request.rights)
    if not found:
        raise Http404
    return _household(found[0])


@room.does("/households/{pk}", HouseholdOut, act="edit_register", method="PATCH")
def correct_household(request: Any, pk: Key, body: HouseholdFix) -> HouseholdOut:
    """Correct a household: what is seen at the door wins over the next list."""
    household = _to_edit(request, Household.objects.filter(pk=pk))
    actions.correct(household, **_facts(request, body))
    return _household(directory.views(Household.objects.filter(pk=household.pk), request.rights)[0])


@room.does("/persons/{pk}", PersonOut, act="edit_register", method="PATCH")
def correct_person(request: Any, pk: Key, body: PersonFix) -> PersonOut:
    """Correct a person."""
    household = _to_edit(request, Household.objects.filter(persons__pk=pk))
    person = get_object_or_404(Person, pk=pk, active=True)
    facts = _facts(request, body)
    if body.birth_date:
        facts["birth_precision"] = "day"
    actions.correct(person, **facts)
    view = directory.views(Household.objects.filter(pk=household.pk), request.rights)[0]
    return next(_person(one) for one in view.persons if one.person.pk == pk)


@room.reads("/imports", Paged[ImportOut], act="import_lists")
def imports(request: Any, page: PageNumber = 1) -> dict[str, Any]:
    """The lists brought in, the newest first."""
    return paged(request, ListImport.objects.order_by("-created_at", "-pk"), _import)


@room.does("/imports", PreviewOut, act="import_lists")
def preview(request: Any, file: File[UploadedFile], form: Form[ListIn]) -> PreviewOut:
    """Bring a list: it is read and previewed.

    The register stays as it is until the preview is applied.
    """
    if file.size and file.size > lists.Limits().max_bytes:
        raise UserError(_("The file is too large."), field="file", mend=_("Cut it into several lists."))
    place = actions.ensure_compound(form.compound) if form.compound.strip() else None
    made = actions.preview_list(
        file.read(),
        Path((file.name or "list").replace("\x00", "")).name[:120],
        at=timezone.now(),
        compound=place,
        by=_name(request),
        mapping=_mapping(form.mapping),
    )
    return _preview(made, request.rights)


@room.reads("/imports/{pk}", PreviewOut, act="import_lists")
def one_import(request: Any, pk: Key) -> PreviewOut:
    """One list; while it is a preview, with what it would change now."""
    return _preview(get_object_or_404(ListImport, pk=pk), request.rights)


@room.does("/imports/{pk}/apply", ImportOut, act="import_lists")
def apply(request: Any, pk: Key, body: ApplyIn) -> ImportOut:
    """Bring a previewed list in, in one transaction."""
    found = get_object_or_404(ListImport, pk=pk)
    accept = set(body.accept) if isinstance(body.accept, list) else body.accept
    actions.apply_import(found, at=timezone.now(), accept=accept, by=_name(request))
    return _import(found)


@room.does("/imports/{pk}/undo", UndoneOut, act="import_lists")
def undo(request: Any, pk: Key) -> UndoneOut:
    """Put the register back to before a list."""
    found = get_object_or_404(ListImport, pk=pk)
    stays = actions.undo_import(found, at=timezone.now(), by=_name(request))
    return UndoneOut(state=found.state, stays=stays)


@room.reads(
    "/imports/{pk}/bad-rows", None, act="import_lists", openapi_extra=file_answer(XLSX, "The rows to mend, as XLSX")
)
def bad_rows(request: Any, pk: Key) -> HttpResponse:
    """The rows that could not go in, with reason and mend beside them. Needs the right to export."""
    request.rights.require("export")
    found = get_object_or_404(ListImport, pk=pk)
    if not found.bad_file:
        raise Http404
    with found.bad_file.open("rb") as file:
        content = file.read()
    incident = getattr(request.incident, "pk", None)
    rows = found.counts.get("bad", 0)
    publish(Exported(f"bad-rows-{pk}", rows, incident, getattr(request.member, "pk", None)))
    return download(content, XLSX, f"{found.filename}-to-mend.xlsx")


def _name(request: Any) -> str:
    return request.member.name if request.member else request.user.get_username()


def _facts(request: Any, body: HouseholdFix | PersonFix) -> dict[str, Any]:
    given = body.dict(exclude_none=True)
    at = request.incident.now() if request.incident else timezone.now()
    return {**given, "at": at, "by": _name(request)}


def _to_edit(request: Any, found: Any) -> Household:
    household: Household = get_object_or_404(found)
    if not directory.may_edit(household, request.rights):
        raise Http404
    return household


def _mapping(text: str) -> dict[int, str] | None:
    if not text.strip():
        return None
    try:
        given = {int(column): str(name) for column, name in json.loads(text).items()}
    except (ValueError, AttributeError, TypeError) as error:
        raise UserError(
            _("The mapping cannot be read."), field="mapping", mend=_('Write it like {"0": "building", "1": "room"}.')
        ) from error
    unknown = sorted(set(given.values()) - set(lists.fields()))
    if unknown or any(not 0 <= column < 200 for column in given):
        mend = _("Known fields: %(names)s.") % {"names": ", ".join(lists.fields())}
        raise UserError(_("The mapping names an unknown field or column."), field="mapping", mend=mend)
    return given


def _compound(found: Any) -> CompoundOut:
    return CompoundOut(
        id=found.pk, name=found.name, aliases=found.aliases, doors=found.doors, households=found.households
    )


def _building(building: Building) -> BuildingOut:
    stairs = [StairOut(id=s.pk, name=s.name, x_m=s.x_m, y_m=s.y_m) for s in building.stairs.all()]
    return BuildingOut(
        id=building.pk,
        name=building.name,
        address=building.address,
        floors=building.floors,
        has_lift=building.has_lift,
        stairs=stairs,
    )


def _person(view: directory.PersonView) -> PersonOut:
    plain = ("sex", "birth_date", "relation", "classes", "conditions", "present")
    facts = {name: getattr(view.person, name) for name in plain}
    return PersonOut(id=view.person.pk, name=view.name, phone=view.phone, **facts)


def _household(view: directory.HouseholdView) -> HouseholdOut:
    plain = ("size_stated", "tenancy", "languages", "diets", "allergies", "pets", "channel", "sources")
    facts = {name: getattr(view.household, name) for name in plain}
    return HouseholdOut(
        id=view.household.pk,
        door=view.household.door_id,
        label=view.label,
        compound=view.compound,
        head=view.head,
        phone=view.phone,
        persons=[_person(one) for one in view.persons],
        **facts,
    )


def _import_facts(found: ListImport) -> dict[str, Any]:
    return {
        "id": found.pk,
        "compound": found.compound_id,
        "filename": found.filename,
        "state": found.state,
        "created_at": found.created_at,
        "done_at": found.done_at,
        "headings": [str(heading) for heading in found.mapping.get("headings", [])],
        "columns": found.mapping.get("columns", {}),
        "counts": found.counts,
        "has_bad_rows": bool(found.bad_file),
    }


def _import(found: ListImport) -> ImportOut:
    return ImportOut(**_import_facts(found))


def _preview(found: ListImport, rights: Any) -> PreviewOut:
    differences: list[DifferenceOut] = []
    bad: list[BadRowOut] = []
    if found.state == ListImport.State.PREVIEW:
        comparison, reading = actions.difference_of(found)
        full = rights.full_names_in is None
        differences = [_difference(one, full) for one in comparison.differences[:SHOWN]]
        bad = [BadRowOut(row=b.row, column=b.column, value=b.value, reason=b.reason, mend=b.mend) for b in reading.bad]
    return PreviewOut(**_import_facts(found), differences=differences, bad_rows=bad[:SHOWN])


def _difference(one: Difference, full: bool) -> DifferenceOut:
    before, after = one.before, one.after
    if not full and one.field in ("head", "phone", "note"):
        before, after = (masked(str(value or "")) if one.field == "head" else "—" for value in (before, after))
    return DifferenceOut(
        code=one.code, door=one.label, field=one.field, before=before, after=after, protected=one.protected
    )
