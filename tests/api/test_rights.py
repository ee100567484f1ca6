"""Who may ask what: every endpoint, read from the same document that the reference shows."""

from __future__ import annotations

import pytest

from doorstep.command.rights import roles
from doorstep.web.api import schema

pytestmark = pytest.mark.django_db(transaction=True)
OPERATIONS = sorted(
    (method.upper(), path.removeprefix("/api/v1"), details["x-right"])
    for path, methods in schema()["paths"].items()
    for method, details in methods.items()
)
MISSING = {"{pk}": "999999", "{number}": "999999", "{code}": "no-such-rules"}


def address(path: str) -> str:
    for mark, value in MISSING.items():
        path = path.replace(mark, value)
    return path


def test_there_is_an_endpoint_for_each_part_of_the_work():
    paths = " ".join(path for _, path, _ in OPERATIONS)
    for part in ("incidents", "areas", "protocols", "households", "imports", "promises", "plans", "visits", "tasks"):
        assert part in paths
    assert len(OPERATIONS) > 50


@pytest.mark.parametrize(("method", "path", "act"), OPERATIONS)
def test_nobody_gets_anything_without_signing(caller, method, path, act):
    answer = caller().ask(method, address(path))
    assert answer.status_code == 401
    assert set(answer.json()) == {"message", "field", "mend"}
    assert answer.json()["mend"]


@pytest.mark.parametrize("role", ["carrier", "press", "gate"])
def test_a_duty_opens_what_it_gives_and_nothing_else(caller, role):
    one = caller(role)
    for method, path, act in OPERATIONS:
        answer = one.ask(method, address(path))
        allowed = not act or act in roles()[role].acts
        assert (answer.status_code == 403) is not allowed, f"{role}: {method} {path} → {answer.status_code}"
        assert answer.status_code < 500


def test_each_right_of_the_document_is_one_of_the_roles():
    given = {act for role in roles().values() for act in role.acts}
    assert {act for _, _, act in OPERATIONS if act} <= given


def test_a_duty_in_one_area_ends_at_its_border(caller, area):
    from builders import a_compound, a_household, a_sealed_area

    other = a_sealed_area(area.incident, a_compound())
    home = a_household(other.area_doors.first().door)
    here = caller("coordinator", scope=area)
    assert here.get(f"/areas/{other.pk}").status_code == 403
    assert here.get(f"/board/areas/{other.pk}/elevation").status_code == 403
    assert here.get(f"/register/households/{home.pk}").status_code == 404
    assert here.ask("PATCH", f"/register/households/{home.pk}", {"kind": "door"}).status_code == 404
    assert here.get(f"/board/doors/{home.door_id}").status_code == 404
    assert here.get(f"/promises/door/{home.door_id}").status_code == 404
    assert [line["id"] for line in here.get("/areas").json()] == [area.pk]
    plan = {"areas": [other.pk], "starts_at": "2021-12-07T23:00:00+08:00", "ends_at": "2021-12-08T12:00:00+08:00"}
    assert here.post("/rounds/plans", {**plan, "carriers": [{"name": "Lin Xi"}]}).status_code == 403


def test_names_are_masked_for_whom_they_are_not_needed(caller, area):
    full = caller("coordinator").get("/register/households").json()["items"][1]
    masked = caller("commander").get("/register/households").json()["items"][1]
    assert (full["head"], masked["head"]) == ("柳青", "柳某")
    assert masked["persons"][0]["name"] == "柳某"
    assert caller("commander").get("/register/households", q="柳青").json()["total"] == 0
    assert caller("coordinator").get("/register/households", q="柳青").json()["total"] == 16
