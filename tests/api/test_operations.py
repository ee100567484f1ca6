"""What the operator sees: figures, and logs that tell who asked what without telling anything of a resident."""

from __future__ import annotations

import io
import json
import logging

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from doorstep.register.models import Person
from doorstep.web.logs import formatter

pytestmark = pytest.mark.django_db


def figures(text: str) -> dict[str, float]:
    lines = [line.rsplit(" ", 1) for line in text.splitlines() if line and not line.startswith("#")]
    return {name: float(value) for name, value in lines}


def test_the_figures_tell_requests_jobs_and_promises(caller, area):
    caller("coordinator").get("/areas")
    told = figures(Client().get("/metrics").content.decode())
    assert told['doorstep_requests_total{method="GET",status="200",view="api-1:areas"}'] >= 1
    assert told['doorstep_jobs{state="waiting"}'] == 0
    looks = {name: count for name, count in told.items() if name.startswith("doorstep_promises")}
    assert set(looks) == {
        f'doorstep_promises{{incident="{area.incident_id}",look="{look}"}}'
        for look in ("broken", "risk", "open", "kept", "waived")
    }
    assert sum(looks.values()) > 16


def test_the_figures_are_for_this_machine_and_for_who_manages(caller):
    assert Client().get("/metrics", REMOTE_ADDR="203.0.113.9").status_code == 404
    assert Client().get("/metrics", headers={"X-Forwarded-For": "203.0.113.9"}).status_code == 404
    far = {"REMOTE_ADDR": "203.0.113.9"}
    assert caller("commander").client.get("/metrics", **far).status_code == 200
    assert caller("carrier").client.get("/metrics", **far).status_code == 404


@pytest.fixture
def logged():
    """Every log line of a test, as it would be written."""
    out = io.StringIO()
    handler = logging.StreamHandler(out)
    handler.setFormatter(formatter())
    root = logging.getLogger()
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield lambda: out.getvalue()
    root.removeHandler(handler)
    root.setLevel(before)


def test_a_request_is_one_line_with_its_id_and_its_member(caller, logged):
    desk = caller("coordinator")
    answer = desk.client.get("/api/v1/areas?page=1", headers={"X-Request-ID": "night-0001"})
    line = next(json.loads(line) for line in logged().splitlines() if '"event": "request"' in line)
    assert answer.headers["X-Request-ID"] == line["request_id"] == "night-0001"
    assert (line["method"], line["path"], line["status"], line["member"]) == (
        "GET",
        "/api/v1/areas",
        200,
        desk.member.pk,
    )
    assert len(Client().get("/healthz", headers={"X-Request-ID": "a b\n"}).headers["X-Request-ID"]) == 32


def test_no_log_line_holds_a_residents_name(caller, area, logged):
    desk = caller("coordinator")
    person = Person.objects.filter(name="柳青").first()
    for path in ("/search/?q=柳青", "/board/", f"/board/doors/{person.household.door_id}/", "/search/?q=柳青&all=1"):
        desk.client.get(path)
    desk.get("/register/households", q="柳青")
    desk.ask("PATCH", f"/register/persons/{person.pk}", {"kind": "door", "name": "柳翠"})
    desk.ask("PATCH", f"/register/persons/{person.pk}", {"kind": "柳翠", "name": "柳翠" * 100})
    file = SimpleUploadedFile("a.csv", "楼栋,室号,姓名\n1号楼,101,柳橙\n1号楼,五楼东,柳灰\n".encode())
    desk.client.post("/api/v1/register/imports", {"file": file, "compound": "柳树院"})
    desk.post("/rounds/visits", {"client_id": "柳青", "door": 0, "outcome": "柳青"})
    Client().post("/login/", {"username": "柳青", "password": "柳青"})
    text = logged()
    assert text.count('"event": "request"') >= 9
    assert "柳" not in text
    assert "\\u67f3" not in text
    assert "%E6%9F%B3" not in text
