"""What can be done to the register: places made sure of, lists previewed, applied and undone, facts corrected."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime
from typing import Any, Literal

from django.core.files.base import ContentFile
from django.db import transaction
from django.db.models import ProtectedError
from django.utils.translation import gettext as _

from doorstep.errors import UserError
from doorstep.register import importing, lists
from doorstep.register.corrections import correct as correct
from doorstep.register.differences import all_of, change, chosen_of, keep_differences, put_back
from doorstep.register.events import RegisterChanged
from doorstep.register.importing import Comparison
from doorstep.register.models import (
    Building,
    Compound,
    Correction,
    Door,
    Household,
    ImportChange,
    ListImport,
    Person,
    SavedMapping,
    Stair,
    Territory,
)
from doorstep.register.newcomers import create
from doorstep.storage.bulk import in_batches
from doorstep.wiring.events import publish
from doorstep.wiring.texts import in_language

BAD_SHOWN = 200  # bad rows on the page; all are in the file
STAYS_SHOWN = 200


def ensure_territory(path: Iterable[tuple[str, str]]) -> Territory:
    """The last of a path of (kind, name) from the district down, made where it is missing."""
    node: Territory | None = None
    for kind, name in path:
        node = Territory.objects.get_or_create(parent=node, name=name, defaults={"kind": kind})[0]
    if node is None:
        raise UserError(_("A territory needs at least one level."), field="territory", mend=_("Name the district."))
    return node


def ensure_compound(name: str, **facts: Any) -> Compound:
    """The compound of that name, made where it is missing."""
    if not name.strip():
        raise UserError(_("The compound has no name."), field="compound", mend=_("Name the compound."))
    return Compound.objects.get_or_create(name=name.strip(), defaults=facts)[0]


@transaction.atomic
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
    compound_name: str = "",
    by: str = "",
    by_id: int | None = None,
    mapping: dict[int, str] | None = None,
    ask_columns: bool = False,
) -> ListImport:
    """Read a list and say what it would change. The register stays as it is; the file and its bad rows are kept.

    `compound_name` is of a compound that may not be there yet: it is made when the list goes in. `ask_columns` keeps a
    list without a heading, for a person to say what its columns hold, in place of refusing it.
    """
    preview = receive_list(
        data, filename, at=at, compound=compound, compound_name=compound_name, by=by, by_id=by_id, keep=False
    )
    fill_preview(preview, data, mapping=mapping, ask_columns=ask_columns)
    preview.file.save(filename, ContentFile(data), save=True)
    return preview


def receive_list(
    data: bytes,
    filename: str,
    *,
    at: datetime,
    compound: Compound | None = None,
    compound_name: str = "",
    by: str = "",
    by_id: int | None = None,
    keep: bool = True,
) -> ListImport:
    """A file as it came, not read yet; `keep` stores it for the job runner."""
    preview = ListImport(
        compound=compound,
        compound_name=compound.name if compound else compound_name.strip(),
        filename=filename[:240],
        sha256=hashlib.sha256(data).hexdigest(),
        state=ListImport.State.QUEUED,
        created_at=at,
        by=by,
        by_member=by_id,
    )
    if keep:
        preview.file.save(filename, ContentFile(data), save=True)
    return preview


@transaction.atomic
def fill_preview(
    preview: ListImport, data: bytes, *, mapping: dict[int, str] | None = None, ask_columns: bool = False
) -> ListImport:
    """Read the file of a preview and keep what it would change, row by row and field by field."""
    preview.error = {}
    try:
        sheet, layout, reading = _read(data, preview.filename, preview.compound_name, preview.created_at, mapping)
    except lists.NoHeadingError as error:
        if not ask_columns:
            raise
        sheet = lists.open_table(data, preview.filename)[0]
        layout, reading = lists.unread_layout(sheet), lists.Reading()
        preview.error = error_kept(error)
    if mapping:
        SavedMapping.objects.update_or_create(
            signature=layout.signature,
            defaults={"mapping": {str(c): f for c, f in mapping.items()}, "updated_at": preview.created_at},
        )
    comparison = importing.compare(importing.gather(importing.under_present_names(reading.good)))
    preview.mapping = importing.as_read(sheet, layout, reading, comparison)
    preview.counts = _counts(reading, comparison)
    preview.bad_rows = [asdict(row) for row in reading.bad[:BAD_SHOWN]]
    if preview.bad_file:
        preview.bad_file.delete(save=False)
    if reading.bad:
        out = io.BytesIO()
        lists.bad_rows_file(sheet, layout, reading.bad, out)
        preview.bad_file.save(f"{preview.filename}-to-mend.xlsx", ContentFile(out.getvalue()), save=False)
    preview.state, preview.progress = ListImport.State.PREVIEW, 1.0
    preview.save()
    keep_differences(preview, comparison, {})
    return preview


@transaction.atomic
def read_again(preview: ListImport, mapping: dict[int, str]) -> ListImport:
    """Read a previewed list with the columns as a person corrected them; they are kept for the next such list."""
    check_mapping(preview, mapping)
    preview.file.open("rb")
    with preview.file as handle:
        data = handle.read()
    return fill_preview(preview, data, mapping=mapping)


def error_kept(error: UserError) -> dict[str, Any]:
    """An error as it is kept beside a list, to be said later in the language of the page."""
    return {"message": error.pattern, "mend": error.mend, "facts": error.facts}


def check_mapping(preview: ListImport, mapping: dict[int, str]) -> None:
    """Refuse columns that cannot be: no door, or one thing in two columns."""
    if preview.state != ListImport.State.PREVIEW:
        raise _dealt_with()
    named = list(mapping.values())
    if not {"room", "address"} & set(named):
        raise UserError(
            _("No column says which door a row is of."),
            field="columns",
            mend=_("Choose “room” or “address” for one of them."),
        )
    twice = next((name for name in named if name != "note" and named.count(name) > 1), None)
    if twice:
        title = in_language(lists.fields()[twice])
        raise UserError(
            _("Two columns are “%(field)s”.") % {"field": title}, field="columns", mend=_("Choose one of them.")
        )


def difference_of(preview: ListImport) -> tuple[Comparison, lists.Reading]:
    """What a previewed list would change now, field by field, and what its rows said."""
    preview.file.open("rb")
    with preview.file as handle:
        data = handle.read()
    columns = {int(column): name for column, name in preview.mapping["columns"].items()}
    _sheet, _layout, reading = _read(data, preview.filename, preview.compound_name, preview.created_at, columns)
    return importing.compare(importing.gather(importing.under_present_names(reading.good))), reading


@transaction.atomic
def choose(preview: ListImport, shown: Iterable[int], ticked: Iterable[int]) -> int:
    """Of the differences shown, take the list's value where ticked and keep the register's elsewhere."""
    if preview.state != ListImport.State.PREVIEW:
        raise _dealt_with()
    taken, every = set(ticked), set(shown)
    of_this = ImportChange.objects.filter(listimport=preview)
    changed = of_this.filter(pk__in=every & taken, accepted=False).update(accepted=True)
    return changed + of_this.filter(pk__in=every - taken, accepted=True).update(accepted=False)


@transaction.atomic
def apply_import(
    preview: ListImport,
    *,
    at: datetime,
    accept: Literal["all"] | set[str] | None = None,
    by: str = "",
    by_id: int | None = None,
) -> dict[str, int]:
    """Bring a previewed list in, in one transaction. The same file again changes nothing.

    `accept` None takes what was chosen at the preview (by default every difference but those on what somebody saw
    at the door); "all" takes those too; a set of codes takes just these. Nobody leaves because a list forgot them,
    unless that was chosen by name.
    """
    if preview.state != ListImport.State.PREVIEW:
        raise _dealt_with()
    comparison, reading = difference_of(preview)
    chosen = chosen_of(preview, comparison, accept)
    create(comparison, preview, at)
    keep_differences(preview, comparison, {d.code: d.code in chosen for d in all_of(comparison)})
    change([d for d in all_of(comparison) if d.code in chosen], at)
    changed = bool(comparison.new_doors or comparison.new_households or comparison.new_persons or chosen)
    preview.state = ListImport.State.DONE if changed else ListImport.State.EMPTY
    preview.done_at = at
    preview.counts = {**_counts(reading, comparison), "accepted": len(chosen)}
    if preview.compound is None and preview.compound_name:
        preview.compound = Compound.objects.filter(name=preview.compound_name).first()
    preview.save()
    if changed:
        counts = {name: count for name, count in preview.counts.items() if count}
        publish(RegisterChanged("import", preview.filename, at, by_id=by_id, data={"by": by, **counts}))
    return preview.counts


def mark_waiting(preview: ListImport, state: str) -> None:
    """A list that the job runner is about to take, or has taken."""
    preview.state, preview.progress, preview.error = ListImport.State(state), 0.0, {}
    preview.save(update_fields=["state", "progress", "error"])


def forget_preview(preview: ListImport) -> None:
    """Throw away a list that was only looked at, with its files."""
    if preview.state not in (ListImport.State.PREVIEW, ListImport.State.FAILED, ListImport.State.EMPTY):
        raise _dealt_with()
    for kept in (preview.file, preview.bad_file):
        if kept:
            kept.delete(save=False)
    preview.delete()


@transaction.atomic
def undo_import(done: ListImport, *, at: datetime, by: str = "", by_id: int | None = None) -> list[str]:
    """Put the register back to before a list. Returns what stays, since somebody changed or used it meanwhile."""
    if done.state != ListImport.State.DONE:
        raise UserError(
            _("Only a list that went in can be taken back."), field="state", mend=_("See the list of imports.")
        )
    stays = put_back(done)
    seen = Correction.objects.filter(model="person", undone_at=None, field__in=("present", "active", "name"))
    made = Person.objects.filter(created_by_import=done)
    known = set(made.filter(pk__in=seen.values("object_id")).values_list("pk", flat=True))
    stays += [_("person %(key)s: corrected since") % {"key": pk} for pk in sorted(known)]
    made.exclude(pk__in=known).delete()
    for household in Household.objects.filter(created_by_import=done, persons__isnull=False).distinct():
        stays.append(_("household %(key)s: people live there") % {"key": household.pk})
    Household.objects.filter(created_by_import=done, persons__isnull=True).delete()
    for batch in in_batches(Door.objects.filter(created_by_import=done, households=None).values_list("pk", flat=True)):
        try:
            with transaction.atomic():
                Door.objects.filter(pk__in=batch).delete()
        except ProtectedError as error:
            stays.append(_("doors in use: %(n)s") % {"n": len(error.protected_objects)})
    done.state, done.stays = ListImport.State.UNDONE, stays[:STAYS_SHOWN]
    done.save(update_fields=["state", "stays"])
    publish(RegisterChanged("undo_import", done.filename, at, by_id=by_id, data={"by": by, "stays": len(stays)}))
    return stays


def _dealt_with() -> UserError:
    return UserError(
        _("This list has been dealt with."), field="state", mend=_("Bring the file in again to see what differs.")
    )


def _read(
    data: bytes, filename: str, compound: str, at: datetime, mapping: dict[int, str] | None
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
        reading = lists.read_rows(sheet, layout, compound=compound, today=written)
        if any(not row.compound for row in reading.good):
            raise UserError(
                _("The list does not say which compound it is of."),
                field="compound",
                mend=_("Name the compound beside the file."),
            )
        return sheet, layout, reading
    raise last or UserError(
        _("%(file)s holds no list.") % {"file": filename}, field="file", mend=_("Choose the file with the list.")
    )


def _counts(reading: lists.Reading, comparison: Comparison) -> dict[str, int]:
    rows = {"rows": reading.seen, "good": len(reading.good), "bad": len(reading.bad), "blank": reading.blank}
    return {**rows, **comparison.counts()}
