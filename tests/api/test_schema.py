"""The document and the program agree: a snapshot of every endpoint, and invented requests to each of them."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import schemathesis
from builders import NIGHT, a_compound, a_household, a_member, a_sealed_area
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.utils import timezone
from hypothesis import HealthCheck, settings
from ninja import Schema
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from doorstep.command.models import JournalEntry, Notice, RoleGrant, Task, Team
from doorstep.promises.actions import derive
from doorstep.promises.models import Promise
from doorstep.register import actions as register
from doorstep.register.models import Compound, Door, Household, Person
from doorstep.rounds.models import Round, RoundPlan, Stop
from doorstep.rounds.visits import VisitReport, record_visit
from doorstep.supplies import keeping, lots, moves, orders, parcels
from doorstep.supplies.models import Item, Supplier
from doorstep.web import tokens
from doorstep.web.api import _fields, schema
from doorstep.web.wsgi import application

SNAPSHOT = Path(__file__).parent / "endpoints.txt"
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
EXAMPLES = int(os.environ.get("DOORSTEP_EXAMPLES", "3"))
live = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", application)


def outline() -> str:
    """Every endpoint in four lines: who, with what, gets what."""
    document, lines = schema(), []
    for path, methods in sorted(document["paths"].items()):
        for method, details in sorted(methods.items()):
            lines.append(f"{method.upper()} {path}  [{details['x-right'] or 'any member'}]")
            names = [one["name"] + ("*" if one.get("required") else "") for one in details["parameters"]]
            lines.append("  asks   " + ", ".join(sorted(names)))
            for kind, body in details.get("requestBody", {}).get("content", {}).items():
                lines.append(f"  sends  {kind}: " + _line(document, body["schema"]))
            for code, answer in details["responses"].items():
                if int(code) < 300:
                    content = next(iter(answer.get("content", {}).items()), ("", {"schema": {}}))
                    lines.append(f"  gets   {code} {content[0]}: " + _line(document, content[1]["schema"]))
    return "\n".join(lines) + "\n"


def _line(document: dict[str, Any], part: dict[str, Any]) -> str:
    return ", ".join(f"{name}{'*' if needed else ''}: {kind}" for name, kind, needed in _fields(document, part))


def test_no_two_rooms_call_different_things_by_one_name():
    """The document holds one shape a name: a second of the same name would silently replace the first."""
    names = [found.__name__ for found in _all_below(Schema) if found.__module__.startswith("doorstep.")]
    assert len(names) == len(set(names))


def _all_below(parent: type) -> list[type]:
    return [kind for child in parent.__subclasses__() for kind in (child, *_all_below(child))]


def test_the_endpoints_are_those_that_were_agreed():
    """Programs of others rest on these names: a change here is a change for them (DOORSTEP_SNAPSHOT=write)."""
    if os.environ.get("DOORSTEP_SNAPSHOT") == "write":
        SNAPSHOT.write_text(outline(), "utf-8")
    assert outline() == SNAPSHOT.read_text("utf-8")


@pytest.mark.django_db
def test_the_reference_shows_every_endpoint_without_any_script(client):
    page = client.get("/api/v1/").content.decode()
    for methods in schema()["paths"].values():
        for details in methods.values():
            assert f'id="{details["operationId"]}"' in page
    assert page.count("<script") == 1  # htmx of the base page
    assert "cdn" not in page


@pytest.fixture
def one_connection():
    """A whole request ends with its connection closed; within a test's transaction it must stay, as in Django's client."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def there(one_connection) -> dict[str, Any]:
    """Something of each kind, and a token with every right."""
    area = a_sealed_area(compound=a_compound(floors=2, doors_per_floor=1))
    for line in area.area_doors.select_related("door"):
        a_household(line.door, alone=True)
    derive(area.incident, at=NIGHT)
    member = a_member("administrator", incident=area.incident, login="examples")
    RoleGrant.objects.create(member=member, role="coordinator", incident=area.incident)
    _, secret = tokens.issue(member, "examples", days=30, at=timezone.now(), incident=area.incident)
    hours = {"starts_at": NIGHT, "ends_at": NIGHT + timedelta(hours=8)}
    plan = RoundPlan.objects.create(incident=area.incident, requested_at=NIGHT, state="ready", **hours)
    plan.areas.set([area])
    walk = Round.objects.create(plan=plan, carrier=member, carrier_name=member.name, number=1, **hours)
    doors = Door.objects.order_by("pk")
    stops = [Stop.objects.create(round=walk, door=door, order=n, arrives_at=NIGHT) for n, door in enumerate(doors)]
    stop = stops[0]
    client_id = "5d2f0f2e-0000-4000-8000-000000000001"
    visit = record_visit(area.incident, VisitReport(client_id, stop.door_id, "opened", NIGHT), by=member, at=NIGHT)
    task = Task.objects.create(incident=area.incident, title="call", opened_at=NIGHT)
    compound = Compound.objects.first()
    preview = register.preview_list(
        "楼栋,室号,姓名\n9号楼,501,柳青\n9号楼,x,柳青\n".encode(), "a.csv", compound=compound, at=NIGHT
    )
    pks = {
        "areas": area.pk,
        "tasks": task.pk,
        "compounds": compound.pk,
        "households": Household.objects.first().pk,
        "persons": Person.objects.first().pk,
        "imports": preview.pk,
        "promises": Promise.objects.first().pk,
        "door": stop.door_id,
        "doors": stop.door_id,
        "plans": plan.pk,
        "rounds": Round.objects.first().pk,
        "stops": stop.pk,
        "visits": visit.pk,
        "watch": 5,
        **supplies_there(area, stop.door),
    }
    extra = {"team": Team.objects.first().pk, "letter": Notice.objects.first().pk}
    return {"headers": {"Authorization": f"Bearer {secret}", "Accept-Language": "en"}, "pks": pks, **extra}


def supplies_there(area: Any, door: Door) -> dict[str, int]:
    """A lot in a store with some of it kept back, an order for more, a parcel at the gate."""
    incident = area.incident
    supplier = Supplier.objects.create(incident=incident, name="城北粮店")
    store = moves.place_of(incident, "store", "街道仓库")
    item = Item.objects.create(code="heat", names={"zh": "大米", "en": "rice"}, lead_hours=24)
    receipt = lots.Receipt(uuid4(), item, 50, "A1", supplier, NIGHT + timedelta(days=90), {})
    lot = lots.receive(incident, receipt, store=store, at=NIGHT)
    given = {"place": store, "purpose": ("other", "spare"), "client_id": uuid4(), "at": NIGHT, "by": None}
    kept = keeping.keep_for(item, 3, **given)
    order = orders.propose(incident, [orders.Wanted(item, 5)], need_by=NIGHT, at=NIGHT, supplier=supplier)
    brought = parcels.Brought(uuid4(), door, sender="林溪")
    parcel = parcels.register(incident, brought, at=NIGHT, by=None)
    return {
        "places": store.pk,
        "lots": lot.pk,
        "moves": lot.moves.get().pk,
        "reservations": kept[0].pk,
        "orders": order.pk,
        "parcels": parcel.pk,
    }


@pytest.mark.django_db
@live.parametrize()
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
def test_invented_requests_get_answers_as_the_document_says(case, there):
    parts = case.path.strip("/").split("/")
    for name, value in (case.path_parameters or {}).items():
        mark = parts[parts.index(f"{{{name}}}") - 1]
        if mark in there["pks"] and (not isinstance(value, int) or value % 4):
            case.path_parameters[name] = there["pks"][mark]
        if name == "code" and len(str(value)) % 2:
            case.path_parameters[name] = "heat"
    if case.query:
        case.query.pop("incident", None)
    entries = JournalEntry.objects.count()
    case.call_and_validate(headers=there["headers"], checks=CHECKS)
    assert JournalEntry.objects.count() >= entries
