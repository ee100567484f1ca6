"""The gate's page that works without a network: its files, what it must know, and the crossings that it brings back."""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any
from uuid import UUID

from django.contrib.staticfiles import finders
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_POST, require_safe

from doorstep.command.models import Incident
from doorstep.errors import UserError
from doorstep.gate import checking, crossings, permits, tokens
from doorstep.gate.app_words import words
from doorstep.gate.models import Crossing, Permit
from doorstep.gate.queries import valid_permits
from doorstep.gate.rules import areas_of, gates_of, ways_in
from doorstep.gate.views import incident_of
from doorstep.gate.words import bearer_label
from doorstep.register.models import Gate
from doorstep.wiring.access import needs
from doorstep.wiring.texts import in_both

FOLDER = "gate/app"
TEMPLATE = "gate/app.html"
WORKER = "worker.js"
TYPES = {".js": "text/javascript", ".css": "text/css"}
MOST = 500
OLDEST = timedelta(days=7)


@lru_cache(maxsize=2)
def _read(found: tuple[tuple[Path, int], ...]) -> tuple[str, dict[str, bytes]]:
    files = {path.name: path.read_bytes() for path, _when in found}
    digest = hashlib.sha256(json.dumps(words(), sort_keys=True).encode())
    digest.update(_page("", files).encode())
    for name, content in files.items():
        digest.update(name.encode() + content)
    return digest.hexdigest()[:12], files


def shell() -> tuple[str, dict[str, bytes]]:
    """The version and the files of the page, as they stand on the disk."""
    folder = Path(str(finders.find(FOLDER)))
    found = sorted(path for path in folder.iterdir() if path.suffix in TYPES)
    return _read(tuple((path, path.stat().st_mtime_ns) for path in found))


def _page(version: str, files: dict[str, bytes]) -> str:
    modules = [name for name in files if name.endswith(".js") and name != WORKER]
    return render_to_string(TEMPLATE, {"version": version or "0", "modules": modules})


@require_safe
@cache_control(no_cache=True)
@gzip_page
def page(request: HttpRequest) -> HttpResponse:
    """The shell: the same for everybody, so that a device may keep it."""
    return HttpResponse(_page(*shell()))


@require_safe
@cache_control(max_age=31_536_000, public=True, immutable=True)
@gzip_page
def file(request: HttpRequest, version: str, name: str) -> HttpResponse:
    """One file of the shell under its version."""
    now, files = shell()
    if version != now or name not in files:
        raise Http404
    return HttpResponse(files[name], content_type=TYPES[Path(name).suffix])


@require_safe
@cache_control(no_cache=True)
def worker(request: HttpRequest) -> HttpResponse:
    """The service worker with the list of what it keeps."""
    version, files = shell()
    urls = [reverse("gate:app_file", args=[version, name]) for name in files if name != WORKER]
    kept = [reverse("gate:app"), reverse("gate:app_words"), *urls]
    facts = {"VERSION": version, "ROOT": reverse("gate:app"), "FILES": kept}
    head = "".join(f"const {name} = {json.dumps(value)};\n" for name, value in facts.items())
    return HttpResponse(head.encode() + files[WORKER], content_type="text/javascript")


@require_safe
@cache_control(no_cache=True)
@gzip_page
def words_json(request: HttpRequest) -> HttpResponse:
    """Every sentence of the page in both languages."""
    return JsonResponse(words())


@needs("keep_gate")
@never_cache
@require_safe
def list_json(request: Any) -> HttpResponse:
    """What a device keeps: the permits of its areas, those that do not hold any more, the key, the clock."""
    incident = incident_of(request)
    return JsonResponse({**_known(request, incident), "csrf": get_token(request)})


@needs("keep_gate")
@never_cache
@require_POST
def sync(request: Any) -> HttpResponse:
    """Take in what a device wrote down, each act once; answer with the list as it is now."""
    incident = incident_of(request)
    try:
        acts = json.loads(request.body)["acts"]
        assert isinstance(acts, list)
    except (ValueError, KeyError, TypeError, AssertionError) as error:
        raise UserError(_("This cannot be read."), field="acts", mend=_("Load the page again.")) from error
    gates = {gate.pk: gate for gate, _area in gates_of(areas_of(incident, request.rights, "keep_gate"))}
    done = [one for act in acts[:MOST] if (one := _take_in(request, incident, act, gates))]
    return JsonResponse({"done": done, "list": _known(request, incident)})


def _take_in(request: Any, incident: Incident, act: Any, gates: dict[int, Gate]) -> str:
    """Store one act of a device: its id, or "" where it cannot be read. What happened is never refused."""
    at = incident.now()
    try:
        client_id, way = UUID(str(act["id"])), str(act["way"])
        when = parse_datetime(str(act["at"]))
    except (KeyError, TypeError, ValueError):
        return ""
    occurred_at = when if when is not None and when.tzinfo is not None and at - OLDEST < when <= at else at
    gate = gates.get(act.get("gate")) if isinstance(act.get("gate"), int) else None
    if way == "life":
        crossings.open_for_life(incident, gate, client_id, at=at, by=request.member, occurred_at=occurred_at)
        return str(client_id)
    if way not in ("in", "out"):
        return ""
    said = str(act.get("said", ""))[:600]
    permit, _forged = checking.find(incident, said)
    seen = crossings.Seen(
        client_id,
        way,
        Crossing.Permission.PERMIT,
        occurred_at,
        gate,
        Crossing.What.VEHICLE if permit and permit.bearer == Permit.Bearer.VEHICLE else Crossing.What.PERSON,
        permit,
        permission_ref="" if permit else said[:20],
        happened=True,
    )
    crossings.record(incident, seen, at=at, by=request.member)
    return str(client_id)


def _known(request: Any, incident: Incident) -> dict[str, Any]:
    at = incident.now()
    areas = areas_of(incident, request.rights, "keep_gate")
    offset = at.astimezone(incident.tz).utcoffset() or timedelta()
    return {
        "incident": {"id": incident.pk, "name": incident.name, "exercise": incident.clock_kind == "exercise"},
        "clock": {"at": at.isoformat(), "rate": incident.clock_rate if incident.clock_kind == "exercise" else 1.0},
        "utc_offset_minutes": int(offset.total_seconds() // 60),
        "fresh_minutes": incident.protocol.gate.list_minutes,
        "key": tokens.public_key(),
        "kinds": incident.protocol.exit_kinds,
        "areas": [area.pk for area in areas],
        "gates": [
            {"id": gate.pk, "name": str(gate), "areas": [area.pk for area in into]} for gate, into in ways_in(areas)
        ],
        "permits": _entries(list(valid_permits(areas, at))),
        "states": in_both(lambda: {state.value: str(state.label) for state in Permit.State}),
    }


def _entries(known: list[Permit]) -> list[dict[str, Any]]:
    """The permits as a device reads them. One query for all their crossings."""
    gone = permits.legs_of(known)
    return [_entry(permit, gone.get(permit.pk, [])) for permit in known]


def _entry(permit: Permit, legs: list[Crossing]) -> dict[str, Any]:
    return {
        "number": permit.number,
        "state": permit.state,
        "kind": permit.kind,
        "label": bearer_label(permit),
        "from": int(permit.starts_at.timestamp() // 60),
        "until": int(permit.ends_at.timestamp() // 60),
        "area": permit.area_id,
        "way": permit.way,
        "many": permit.many,
        "gates": [gate.pk for gate in permit.gates.all()],
        "trips": permits.trips_in(permit, legs),
        "away": permits.away_in(permit, legs),
    }
