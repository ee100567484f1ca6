"""An incident into a ZIP: a table is a JSON Lines file and a CSV, the manifest says what is in it and who asked for it."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import yaml
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from doorstep import __version__
from doorstep.command.models import Incident, JournalEntry
from doorstep.report.archive.study import blank
from doorstep.report.archive.tables import FILES, SHARED, Named, fields_of, known, label, owned, owned_rows
from doorstep.report.models import Origin
from doorstep.storage.pictures import place_of
from doorstep.storage.tables import safe_text

FORMAT, VERSION = "doorstep-incident", 1
CHUNK = 2_000


@dataclass(frozen=True)
class Asked:
    """Who asked for the archive, when, what for, and whether it holds names (F21)."""

    by: str
    at: datetime
    purpose: str
    names: bool


def write_archive(
    incident: Incident, target: Path, asked: Asked, *, told: Callable[[float], None] = lambda done: None
) -> dict[str, Any]:
    """Write the whole incident into `target`; returns the manifest. `told` hears how far it is, from 0 to 1."""
    origin, _new = Origin.objects.get_or_create(incident=incident)
    named, tables = Named(), {}
    total = len(known())
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as bundle:
        for number, name in enumerate(sorted(owned())):
            rows = owned_rows(name, incident)
            tables[name] = _table(bundle, name, [rows], origin, asked, named)
            told(0.8 * number / total)
        named.close(incident)
        for number, name in enumerate(SHARED):
            tables[name] = _table(bundle, name, named.rows(name), origin, asked, None)
            told(0.8 * (total - len(SHARED) + number) / total)
        files = _files(bundle, incident, named) if asked.names else {}
        manifest = {
            "format": FORMAT,
            "version": VERSION,
            "identity": str(origin.identity),
            "incident": {
                "name": incident.name,
                "protocol": incident.protocol_id,
                "trigger": incident.trigger_at.isoformat(),
                "time_zone": incident.time_zone,
            },
            "written": {"by": asked.by, "at": asked.at.isoformat(), "purpose": asked.purpose, "names": asked.names},
            "doorstep": __version__,
            "schema": _schema(),
            "tables": tables,
            "journal": _links(bundle, incident),
            "files": files,
        }
        rules = yaml.safe_dump(incident.protocol.model_dump(mode="json"), allow_unicode=True, sort_keys=False)
        bundle.writestr(f"protocol/{incident.protocol_id}.yaml", rules)
        bundle.writestr("READ-ME.txt", _read_me(manifest))
        bundle.writestr("manifest.json", json.dumps(manifest, ensure_ascii=False, indent=1))
    told(1.0)
    return manifest


def _table(
    bundle: zipfile.ZipFile,
    name: str,
    parts: Iterable[Any],
    origin: Origin,
    asked: Asked,
    named: Named | None,
) -> dict[str, Any]:
    """One table twice: JSON Lines to bring in elsewhere, CSV to look at. Shared rows that it names are noted."""
    fields = fields_of(known()[name])
    clean = None if asked.names else blank(name, fields, str(origin.identity))
    keys = [(number, label(field.related_model)) for number, field in enumerate(fields) if field.is_relation]
    digest, count = hashlib.sha256(), 0
    with tempfile.TemporaryFile("w+", encoding="utf-8", newline="") as sheet:
        writer = csv.writer(sheet)
        writer.writerow([field.attname for field in fields])
        with bundle.open(f"tables/{name}.jsonl", "w", force_zip64=True) as out:
            for row in _rows(parts, [field.attname for field in fields]):
                for number, above in keys if named is not None else ():
                    named.note(above, row[number])  # type: ignore[union-attr]
                plain = [_plain(value) for value in (clean(row) if clean else row)]
                line = json.dumps(plain, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
                digest.update(line)
                out.write(line)
                writer.writerow([_cell(value) for value in plain])
                count += 1
        sheet.seek(0)
        with bundle.open(f"csv/{name}.csv", "w", force_zip64=True) as out:
            out.write(b"\xef\xbb\xbf")
            while block := sheet.read(1 << 20):
                out.write(block.encode())
    return {"rows": count, "sha256": digest.hexdigest(), "fields": [field.attname for field in fields]}


def _rows(parts: Iterable[Any], names: list[str]) -> Iterator[list[Any]]:
    for part in parts:
        for row in part.values_list(*names).iterator(chunk_size=CHUNK):
            yield list(row)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value) if isinstance(value, UUID) else value


def _cell(value: Any) -> Any:
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False)
    return safe_text(value) if isinstance(value, str) else value


def _links(bundle: zipfile.ZipFile, incident: Incident) -> dict[str, Any]:
    """The chain from the incident's first entry to its last, so that it can be followed elsewhere. Two queries."""
    own = JournalEntry.objects.filter(incident=incident).order_by("sequence").values_list("sequence", flat=True)
    first, last = own.first(), own.last()
    if first is None or last is None:
        return {"entries": 0}
    chain = JournalEntry.objects.filter(sequence__gte=first, sequence__lte=last).order_by("sequence")
    end = ""
    with bundle.open("journal/links.jsonl", "w", force_zip64=True) as out:
        for link in chain.values_list("sequence", "previous_hash", "hash").iterator(chunk_size=CHUNK):
            out.write(json.dumps(link).encode() + b"\n")
            end = link[2]
    return {"entries": own.count(), "first": first, "last": last, "last_hash": end}


def _files(bundle: zipfile.ZipFile, incident: Incident, named: Named) -> dict[str, str]:
    """Photos and drawings that rows name."""
    found = {}
    for table, field in FILES.items():
        parts = [owned_rows(table, incident)] if table in owned() else named.rows(table)
        for part in parts:
            for name in part.exclude(**{field: ""}).exclude(**{field: None}).values_list(field, flat=True):
                place = place_of(str(name))
                if place.is_file():
                    data = place.read_bytes()
                    found[str(name)] = hashlib.sha256(data).hexdigest()
                    bundle.writestr(f"files/{name}", data)
    return found


def _schema() -> dict[str, str]:
    """The newest migration of each room, as this database has it."""
    newest: dict[str, str] = {}
    for app, name in sorted(MigrationRecorder(connection).applied_migrations()):
        newest[app] = name
    return {app: name for app, name in newest.items() if app in {table.partition(".")[0] for table in known()}}


def _read_me(manifest: dict[str, Any]) -> str:
    told = io.StringIO()
    written = manifest["written"]
    names = ("含姓名", "with names") if written["names"] else ("不含姓名，供研究", "without names, for study")
    told.write(f"Doorstep 到户 · {manifest['incident']['name']}\n\n")
    told.write(f"由 {written['by']} 于 {written['at']} 导出，{names[0]}。用途：{written['purpose']}\n")
    told.write("请只用于上述用途，不转交他人，用后删除。\n\n")
    told.write(f"Exported by {written['by']} at {written['at']}, {names[1]}. For: {written['purpose']}\n")
    told.write("Use it for this only, pass it to nobody, delete it afterwards.\n\n")
    told.write(
        "tables/*.jsonl: rows, fields as in manifest.json · csv/*.csv: the same to look at · protocol/: the rules\n"
    )
    return told.getvalue()
