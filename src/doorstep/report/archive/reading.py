"""An archive brought in: checked whole before anything is stored, its keys mapped to free ones, once for each incident."""

from __future__ import annotations

import hashlib
import json
import re
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Any, NoReturn
from uuid import UUID

from django.db import IntegrityError, connection, models, transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from doorstep import protocol
from doorstep.command import journal
from doorstep.command.models import Incident, JournalEntry, Member
from doorstep.errors import UserError
from doorstep.report.archive.tables import KEY_KINDS, NATURAL, SHARED, SOFT, fields_of, foreign_keys, known, label
from doorstep.report.archive.writing import FORMAT, VERSION
from doorstep.report.models import Origin
from doorstep.report.rules import defaults
from doorstep.storage.bulk import bulk_load
from doorstep.storage.pictures import place_of

JOURNAL = "command.journalentry"


@dataclass(frozen=True)
class Brought:
    """What came of an archive: its incident, whether it is new here, and how many rows were stored."""

    incident: Incident
    is_new: bool
    rows: int


@contextmanager
def opened(path: Path) -> Iterator[tuple[zipfile.ZipFile, dict[str, Any]]]:
    """The archive with its manifest, both looked over. Raises UserError that says what is wrong with it."""
    try:
        with zipfile.ZipFile(path) as bundle:
            if sum(info.file_size for info in bundle.infolist()) > defaults()["archive"]["most_bytes"]:
                _bad(_("it holds more than this installation takes"), _("Ask the operator to raise the limit."))
            try:
                manifest = json.loads(bundle.read("manifest.json"))
                if manifest["format"] != FORMAT:
                    raise ValueError(manifest["format"])
                version, names = int(manifest["version"]), bool(manifest["written"]["names"])
                UUID(manifest["identity"])
            except (KeyError, ValueError, TypeError, UnicodeDecodeError):
                _bad(_("its manifest is missing or cannot be read"))
            if version > VERSION:
                _bad(_("it was written by a newer Doorstep"), _("Bring this installation up to date first."))
            if not names:
                _bad(_("it was written for study, without names"), _("Ask for the whole incident."))
            yield bundle, manifest
    except (zipfile.BadZipFile, OSError, EOFError, NotImplementedError, RuntimeError) as error:
        raise _error(_("it is no ZIP file, or it is cut off")) from error


def bring_in(
    path: Path, *, at: datetime, by: Member | None, purpose: str = "", told: Callable[[float], None] = lambda done: None
) -> Brought:
    """Bring the incident of an archive into this installation. One that is here already is left as it is."""
    with opened(path) as (bundle, manifest):
        there = Origin.objects.filter(identity=manifest["identity"]).select_related("incident").first()
        if there is not None:
            return Brought(there.incident, False, 0)
        rows = {name: _lines(bundle, name, manifest) for name in _tables(manifest)}
        _check_protocol(manifest)
        _check_chain(bundle, manifest, rows.get(JOURNAL, []))
        told(0.2)
        try:
            with transaction.atomic():
                return _store(bundle, manifest, rows, path, at=at, by=by, purpose=purpose, told=told)
        except IntegrityError as error:
            raise _error(_("a number in it is taken here by something else")) from error


def _tables(manifest: dict[str, Any]) -> list[str]:
    named = manifest.get("tables", {})
    strange = [name for name in named if name not in known()]
    if strange:
        _bad(_("it holds a table that is unknown here: %(name)s") % {"name": strange[0]}, _("Update Doorstep first."))
    if "command.incident" not in named:
        _bad(_("it holds no incident"))
    for name, table in named.items():
        ours = {field.attname for field in fields_of(known()[name])}
        more = [field for field in table.get("fields", []) if field not in ours]
        if more:
            said = _("it holds a field that is unknown here: %(name)s") % {"name": f"{name}.{more[0]}"}
            _bad(said, _("Update Doorstep first."))
    return list(named)


def _lines(bundle: zipfile.ZipFile, name: str, manifest: dict[str, Any]) -> list[dict[str, Any]]:
    """A table's rows by field, checked against the manifest."""
    table = manifest["tables"][name]
    try:
        data = bundle.read(f"tables/{name}.jsonl")
        if hashlib.sha256(data).hexdigest() != table["sha256"]:
            raise ValueError(name)
        rows = [dict(zip(table["fields"], json.loads(line), strict=True)) for line in data.splitlines()]
    except (KeyError, ValueError, TypeError, zipfile.BadZipFile):
        _bad(_("the table %(name)s is missing or was changed") % {"name": name})
    if any(not isinstance(row.get("id"), int) for row in rows):
        _bad(_("the table %(name)s is missing or was changed") % {"name": name})
    return rows


def _check_protocol(manifest: dict[str, Any]) -> None:
    wanted = str(manifest["incident"]["protocol"])
    if wanted not in protocol.shipped_ids():
        said = _("its protocol %(name)s is unknown here") % {"name": wanted}
        _bad(said, _("Add the file in its folder “protocol” to your protocols first."))


def _check_chain(bundle: zipfile.ZipFile, manifest: dict[str, Any], rows: list[dict[str, Any]]) -> None:
    """Follow the journal's chain as it was where the archive was written: no entry changed, none left out."""
    if not rows:
        return
    said = _("entry %(n)s of its journal was changed")
    links: dict[int, tuple[str, str]] = {}
    try:
        previous = None
        for line in bundle.read("journal/links.jsonl").splitlines():
            number, before, own = json.loads(line)
            if previous is not None and before != previous:
                _bad(said % {"n": number})
            links[number], previous = (before, own), own
    except (KeyError, ValueError, TypeError):
        _bad(_("the chain of its journal is missing"))
    if len(rows) != manifest["journal"].get("entries"):
        _bad(_("entries of its journal are missing"))
    for row in rows:
        entry = _row_of(JournalEntry, row, {})
        if links.get(entry.sequence) != (entry.previous_hash, entry.hash) or journal.entry_hash(entry) != entry.hash:
            _bad(said % {"n": entry.sequence})


def _row_of(model: type[models.Model], row: dict[str, Any], changed: dict[str, Any]) -> Any:
    """A row as an object of its model, with values of the right kinds."""
    values = {}
    for field in fields_of(model):
        if field.attname in row:
            value = changed.get(field.attname, row[field.attname])
            target = field.target_field if field.is_relation else field
            values[field.attname] = value if isinstance(field, models.JSONField) else target.to_python(value)
    return model(**values)


def _store(
    bundle: zipfile.ZipFile,
    manifest: dict[str, Any],
    rows: dict[str, list[dict[str, Any]]],
    path: Path,
    *,
    at: datetime,
    by: Member | None,
    purpose: str,
    told: Callable[[float], None],
) -> Brought:
    keys: dict[str, dict[int, int]] = {}
    count = 0
    shared = [name for name in SHARED if name in rows]
    rest = [name for name in rows if name not in SHARED]
    for name in rest:
        keys[name] = _free_keys(known()[name], [row["id"] for row in rows[name]])
    for name in shared:
        count += _store_shared(name, rows[name], keys)
    for number, name in enumerate(rest):
        if name != JOURNAL:
            count += _store_table(name, rows[name], keys)
        told(0.2 + 0.7 * number / len(rest))
    (new,) = keys["command.incident"].values()
    incident = Incident.objects.get(pk=new)
    count += _store_journal(rows.get(JOURNAL, []), keys)
    _set_sequences(rows)
    for name, digest in manifest.get("files", {}).items():
        _store_file(bundle, name, digest)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    last = manifest["journal"].get("last_hash", "")
    Origin.objects.create(
        incident=incident, identity=manifest["identity"], archive=digest, last_hash=last, brought_at=at
    )
    facts = {"archive": digest, "last_hash": last, "rows": count, "purpose": purpose, "from": manifest["written"]["by"]}
    journal.record(
        "import_incident", incident=incident, subject=incident, by=by, occurred_at=at, label=incident.name, **facts
    )
    return Brought(incident, True, count)


def _free_keys(model: type[models.Model], old: list[int]) -> dict[int, int]:
    """Old key → new key: the same where they are all free, else moved behind those that there are."""
    if not old:
        return {}
    highest = model._base_manager.aggregate(n=Max("pk"))["n"] or 0
    shift = 0 if highest < min(old) else highest + 1 - min(old)
    return {key: key + shift for key in old}


def _store_shared(name: str, rows: list[dict[str, Any]], keys: dict[str, dict[int, int]]) -> int:
    """Places, people and goods: who is here already by name is the same one, and stays as it is here."""
    model = known()[name]
    unique = NATURAL.get(name) or _natural(model)
    mapped = keys.setdefault(name, {})
    parents = [field.attname for field in foreign_keys(model) if field.related_model is model]
    waiting = rows
    stored = 0
    while waiting:
        ready = [row for row in waiting if all(row.get(key) is None or row[key] in mapped for key in parents)]
        if not ready:
            _bad(_("the table %(name)s is missing or was changed") % {"name": name})
        fresh = []
        names = [_attname(model, part) for part in unique]
        there = {tuple(line[1:]): line[0] for line in model._base_manager.values_list("pk", *names)} if names else {}
        for row in ready:
            moved = _moved(model, row, keys)
            key = tuple(moved[part] for part in names)
            if names and key in there:
                mapped[row["id"]] = there[key]
            else:
                fresh.append(row)
        mapped |= _free_keys(model, [row["id"] for row in fresh])
        stored += _store_table(name, fresh, keys)
        done = {row["id"] for row in ready}
        waiting = [row for row in waiting if row["id"] not in done]
    return stored


def _natural(model: type[models.Model]) -> tuple[str, ...]:
    """The fields of the first constraint that makes a row the only one."""
    for rule in model._meta.constraints:
        if isinstance(rule, models.UniqueConstraint) and rule.fields:
            return tuple(rule.fields)
    return tuple(f.name for f in model._meta.concrete_fields if f.unique and not f.primary_key and not f.is_relation)[
        :1
    ]


def _attname(model: type[models.Model], name: str) -> str:
    return str(model._meta.get_field(name).attname)  # type: ignore[union-attr]


def _moved(model: type[models.Model], row: dict[str, Any], keys: dict[str, dict[int, int]]) -> dict[str, Any]:
    """The row with the keys that it names mapped; a key that did not come along is empty where it may be."""
    moved = dict(row)
    for field in foreign_keys(model):
        if field.attname in row and row[field.attname] is not None:
            moved[field.attname] = keys.get(label(field.related_model), {}).get(row[field.attname])
    for name, (which, kinds) in SOFT.get(label(model), {}).items():
        table = kinds.get(str(row.get(which, "")) if which else "")
        if table is not None and str(row.get(name) or "").isdecimal():
            new = keys.get(table, {}).get(int(row[name]))
            moved[name] = row[name] if new is None else type(row[name])(new)
    if label(model) == "command.task" and row.get("key"):
        moved["key"] = _task_key(str(row["key"]), keys)
    return moved


def _task_key(key: str, keys: dict[str, dict[int, int]]) -> str:
    """A task's key names what asked for it: visit:12:… becomes the visit's new number."""
    found = re.match(r"([a-z]+):(\d+)(.*)", key)
    if found is None or found[1] not in KEY_KINDS:
        return key
    new = keys.get(KEY_KINDS[found[1]], {}).get(int(found[2]))
    return key if new is None else f"{found[1]}:{new}{found[3]}"


def _store_table(name: str, rows: list[dict[str, Any]], keys: dict[str, dict[int, int]]) -> int:
    model = known()[name]
    if not rows:
        return 0
    fields = [field for field in fields_of(model) if field.attname in rows[0]]
    names = [field.attname for field in fields]

    def values() -> Iterator[list[Any]]:
        for row in rows:
            moved = {**_moved(model, row, keys), "id": keys[name][row["id"]]}
            thing = _row_of(model, moved, {})
            yield [getattr(thing, attname) for attname in names]

    return bulk_load(model, names, values())


def _store_journal(rows: list[dict[str, Any]], keys: dict[str, dict[int, int]]) -> int:
    """The entries with their own times behind those that there are, chained anew."""
    entries = []
    tables = {table.partition(".")[2]: table for table in known()}
    for row in sorted(rows, key=lambda line: line["sequence"]):
        moved = _moved(JournalEntry, row, keys)
        table = tables.get(row["subject_kind"])
        if table is not None and str(row["subject_id"]).isdecimal():
            moved["subject_id"] = str(keys.get(table, {}).get(int(row["subject_id"]), row["subject_id"]))
        entry = _row_of(JournalEntry, moved, {})
        entry.pk = None
        entries.append(entry)
    journal.take_over(entries)
    return len(entries)


def _set_sequences(rows: dict[str, list[dict[str, Any]]]) -> None:
    """PostgreSQL counts on from the highest key that was brought in; SQLite does so by itself."""
    from django.core.management.color import no_style

    tables = [known()[name] for name in rows]
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), tables):
            cursor.execute(statement)


def _store_file(bundle: zipfile.ZipFile, name: str, digest: str) -> None:
    """A photo or drawing under its own name, inside the uploads and nowhere else."""
    path = PurePosixPath(name)
    place = place_of(name)
    if path.is_absolute() or ".." in path.parts or "\\" in name or not path.suffix:
        _bad(_("it names a file outside its folder"))
    try:
        data = bundle.read(f"files/{name}")
    except KeyError:
        _bad(_("the file %(name)s is missing") % {"name": name})
    if hashlib.sha256(data).hexdigest() != digest:
        _bad(_("the file %(name)s is missing") % {"name": name})
    if not place.exists():
        place.parent.mkdir(parents=True, exist_ok=True)
        half = place.with_suffix(".part")
        half.write_bytes(data)
        half.rename(place)


def _error(why: str, mend: str = "") -> UserError:
    said = _("This archive cannot be brought in: %(why)s.") % {"why": why}
    return UserError(said, field="file", mend=mend or _("Fetch it again from where it was written."))


def _bad(why: str, mend: str = "") -> NoReturn:
    raise _error(why, mend)
