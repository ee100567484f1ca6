"""The gate's pages and papers: what each duty sees, what one press does, what a device knows."""

from __future__ import annotations

import io
import json
from datetime import timedelta
from uuid import uuid4

import pytest
from builders import NIGHT, a_compound, a_household, a_sealed_area, sign_in
from pypdf import PdfReader

from doorstep.gate import permits
from doorstep.gate.models import Barrier, Crossing, Facility, Permit
from doorstep.register.models import Gate
from doorstep.wiring.contributions import contributions

pytestmark = pytest.mark.django_db(transaction=True)

H = timedelta(hours=1)


@pytest.fixture
def area():
    return a_sealed_area(compound=a_compound("梧桐院"))


@pytest.fixture
def permit(area):
    home = a_household(area.area_doors.first().door)
    person = home.persons.first()
    asked = permits.Asked(area, "medical_planned", NIGHT, NIGHT + 4 * H, door=home.door, person=person, reason="透析")
    return permits.grant(permits.ask(area.incident, asked, at=NIGHT), at=NIGHT, by=None)


def page(client, url, **more):
    return client.get(url, **more).content.decode()


def test_one_press_opens_for_life_and_asks_nothing(client, area):
    sign_in(client, "gate", area.incident)
    ident = str(uuid4())
    for _again in range(2):
        client.post("/gate/life/", {"client_id": ident})
    assert Crossing.objects.get().direction == "open"
    assert client.post("/gate/life/", {"client_id": "nonsense", "gate": "x"}).status_code == 302
    home = page(client, "/gate/")
    assert "Opened for life: what was it for?" in home
    first = Crossing.objects.order_by("pk").first()
    client.post(f"/gate/crossing/{first.pk}/", {"do": "why", "reason": "120"})
    first.refresh_from_db()
    assert first.reason == "120"


def test_a_number_is_checked_the_bearer_passes_and_the_page_counts_them(client, area, permit):
    sign_in(client, "gate", area.incident)
    green = page(client, f"/gate/pass/?n={permit.number}")
    assert "May go out." in green
    assert permit.person.name not in green
    client.post("/gate/pass/go/", {"n": permit.number, "way": "out", "client_id": str(uuid4())})
    home = page(client, "/gate/")
    assert "Is back" in home
    assert client.post("/gate/pass/go/", {"n": permit.number, "way": "out"}).status_code == 422
    crossing = Crossing.objects.get()
    client.post(f"/gate/crossing/{crossing.pk}/", {"do": "in"})
    permit.refresh_from_db()
    assert permit.state == Permit.State.USED
    client.post(f"/gate/crossing/{Crossing.objects.first().pk}/", {"do": "undo"})
    permit.refresh_from_db()
    assert permit.state == Permit.State.GRANTED


def test_a_visitor_without_a_task_stays_outside_and_the_form_keeps_what_was_typed(client, area):
    sign_in(client, "gate", area.incident)
    facts = {"what": "person", "client_id": str(uuid4()), "gate": Gate.objects.get().pk, "direction": "in", "count": 1}
    facts |= {"permission": "visitor", "role": "press", "label": "晚报记者"}
    refused = client.post("/gate/new/", facts)
    assert refused.status_code == 422
    assert "晚报记者" in refused.content.decode()
    assert "Who enters has a task or a right" in refused.content.decode()
    client.post("/gate/new/", facts | {"reason": "采访", "do": "refuse"})
    assert Crossing.objects.get().refused
    assert "does not know it" in page(client, "/gate/")
    for what in ("person", "goods", "vehicle", "waste"):
        assert client.get(f"/gate/new/?what={what}&direction=out").status_code == 200
    assert client.get("/gate/new/?what=ghost").status_code == 404


def test_the_desk_gives_refuses_and_prints_and_the_gate_does_not(client, area, permit):
    sign_in(client, "desk", area.incident)
    assert permit.person.name in page(client, "/gate/permits/?show=all"), "the desk needs the name"
    made = client.get(f"/gate/permit/{permit.pk}/slip.pdf")
    assert str(permit) in PdfReader(io.BytesIO(made.content)).pages[0].extract_text()
    assert client.post(f"/gate/permit/{permit.pk}/decide/", {"do": "withdraw", "reason": ""}).status_code == 422
    client.post(f"/gate/permit/{permit.pk}/decide/", {"do": "withdraw", "reason": "取消"})
    assert client.get(f"/gate/permit/{permit.pk}/slip.pdf").status_code == 404
    facts = {"client_id": str(uuid4()), "bearer": "household", "persons": 2, "area": area.pk, "kind": "other"}
    facts |= {"way": "out", "starts_at": "2021-12-08T08:00", "ends_at": "2021-12-08T07:00", "reason": "搬家"}
    door = area.area_doors.first().door
    facts["door"] = f"{door.stair.building.name}-{door.stair.name}-{door.number}"
    assert "It ends before it begins." in client.post("/gate/permits/new/", facts).content.decode()
    client.post("/gate/permits/new/", facts | {"ends_at": "2021-12-08T09:00", "do": "give"})
    given = Permit.objects.get(kind="other")
    assert given.state == Permit.State.GRANTED
    assert given.starts_at.astimezone(area.incident.tz).hour == 8
    sign_in(client, "gate", area.incident)
    assert client.get(f"/gate/permit/{permit.pk}/").status_code == 403
    assert client.get("/gate/permits/").status_code == 403
    listed = PdfReader(io.BytesIO(client.get("/gate/permits/gates.pdf").content)).pages[0].extract_text()
    assert str(permit) in listed, "what was withdrawn stands on the list to be stopped"


def test_another_areas_gate_is_nobodys_here(client, area, permit):
    other = a_sealed_area(area.incident, a_compound("松院"))
    sign_in(client, "gate", area.incident, area=other)
    assert "another area" in page(client, f"/gate/pass/?n={permit.number}")
    assert client.post("/gate/pass/go/", {"n": permit.number, "way": "out"}).status_code == 403
    known = client.get("/gate/check/list.json").json()
    assert known["permits"] == []
    assert [gate["areas"] for gate in known["gates"]] == [[other.pk]]


def test_barriers_are_put_up_looked_at_and_drawn_for_the_fire_service(client, area):
    sign_in(client, "gate", area.incident)
    gate = Gate.objects.get()
    facts = {"client_id": str(uuid4()), "name": "大门", "kind": "outside_lock", "area": area.pk, "gate": gate.pk}
    facts |= {"opener": "post", "opener_name": "大门值守岗", "phone": "025-0000-0131"}
    refused = client.post("/gate/barriers/new/", facts)
    assert "must get out at any time" in refused.content.decode()
    client.post("/gate/barriers/new/", facts | {"kind": "gate"})
    barrier = Barrier.objects.get()
    look = {"client_id": str(uuid4()), "seconds": "7", "do": "opens"}
    assert "its exits are checked" not in client.post(f"/gate/barrier/{barrier.pk}/look/", look).content.decode()
    area.incident.clock_anchor_incident = NIGHT + H
    area.incident.save()
    done = client.post(f"/gate/barrier/{barrier.pk}/look/", look | {"client_id": str(uuid4())}, follow=True)
    assert "its exits are checked" in done.content.decode()
    area.refresh_from_db()
    assert area.exits_checked_at == NIGHT + H
    drawn = page(client, f"/gate/fire/{gate.compound_id}/")
    assert "<svg" in drawn
    assert "025-0000-0131" in drawn
    assert "119" in drawn
    tent = {
        "client_id": str(uuid4()),
        "gate": gate.pk,
        "kind": "duty",
        "name": "值守帐篷",
        "state": "lacks",
        "note": "缺取暖器",
    }
    client.post("/gate/barriers/facility/", tent)
    assert "缺取暖器" in page(client, "/gate/barriers/")
    client.post("/gate/barriers/facility/", tent | {"state": "ready", "note": ""})
    assert Facility.objects.get().state == "ready"


def test_lists_leave_as_files_only_with_the_right_and_say_no_full_name(client, area, permit):
    sign_in(client, "gate", area.incident)
    assert client.get("/gate/crossings/?format=csv").status_code == 403
    client.post("/gate/pass/go/", {"n": permit.number, "way": "out"})
    sign_in(client, "coordinator", area.incident)
    listed = page(client, "/gate/crossings/?format=csv")
    assert permit.number in listed
    assert permit.person.name not in listed
    assert permit.person.name not in page(client, "/gate/permits/?show=all&format=csv")


def test_a_device_brings_back_each_act_once_and_what_cannot_be_read_is_left(client, area, permit):
    member = sign_in(client, "gate", area.incident)
    known = client.get("/gate/check/list.json").json()
    assert [one["number"] for one in known["permits"]] == [permit.number]
    assert permit.person.name not in json.dumps(known, ensure_ascii=False)
    ident = str(uuid4())
    acts = [
        {"id": ident, "way": "out", "at": NIGHT.isoformat(), "gate": Gate.objects.get().pk, "said": permit.number},
        {"id": str(uuid4()), "way": "life", "at": NIGHT.isoformat(), "gate": None, "said": ""},
        {"id": "x", "way": "out"},
        {"id": str(uuid4()), "way": "sideways", "at": "", "said": ""},
    ]
    for _again in range(2):
        answer = client.post("/gate/check/sync", json.dumps({"acts": acts}), "application/json").json()
        assert answer["done"] == [acts[0]["id"], acts[1]["id"]]
    assert answer["list"]["permits"][0]["away"]
    assert Crossing.objects.count() == 2
    made = Crossing.objects.get(client_id=ident)
    assert (made.by, made.offline, made.permit) == (member, True, permit)
    assert client.post("/gate/check/sync", "nonsense", "application/json").status_code == 422


def test_the_shell_is_the_same_for_everybody_and_its_files_are_there(client, area):
    worker = page(client, "/gate/check/sw.js")
    files = json.loads(next(line for line in worker.splitlines() if line.startswith("const FILES"))[14:-1])
    for path in files:
        answer = client.get(path)
        assert answer.status_code == 200, path
        assert not answer.cookies
    assert client.get("/gate/check/app/000000000000/app.js").status_code == 404
    assert client.get("/gate/check/list.json").status_code == 302


def test_the_household_sees_its_permit_the_board_its_gates_and_the_search_its_number(client, area, permit):
    from doorstep.wiring.homes import AtHome

    panel = contributions.resident_panels.get("permit")
    home = AtHome(permit.person.household, area.incident, area, NIGHT)
    (line,) = panel.context(home)["permits"]
    assert line["permit"] == permit
    assert "<svg" in line["square"]
    other = a_household(area.area_doors.last().door)
    assert panel.context(AtHome(other, area.incident, area, NIGHT)) is None
    sign_in(client, "commander", area.incident)
    assert "crossings today" in page(client, "/board/")
    assert client.get(f"/search/?q={permit.number}").headers["Location"] == f"/gate/permit/{permit.pk}/"
    sign_in(client, "carrier", area.incident)
    assert str(permit) not in page(client, f"/search/?q={permit.number}")
