"""Plans that change while they are walked, the form, and the questions at the door: on pages and for programs."""

from __future__ import annotations

import json
from datetime import timedelta
from uuid import uuid4

import pytest
from builders import NIGHT, a_compound, a_household, a_member, a_sealed_area, sign_in
from django.urls import reverse

from doorstep.command.models import Organisation
from doorstep.promises.actions import derive
from doorstep.rounds.models import RoundPlan, Stop, Visit

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def area():
    area = a_sealed_area(compound=a_compound(stairs=2, floors=4))
    for number, line in enumerate(area.area_doors.select_related("door").order_by("pk")):
        a_household(line.door, alone=number == 0, persons=number % 4 + 3)
    derive(area.incident, at=NIGHT)
    return area


def ask(client, area, **changed):
    data = {
        "areas": [str(area.pk)],
        "starts": "2021-12-08T06:00",
        "hours": "8",
        "helpers": "Lin Xi\nLin Lan",
        "shifts": "",
        "climbing": "",
    }
    return client.post("/rounds/new/", {**data, **changed}, follow=True)


def newest():
    return RoundPlan.objects.order_by("-pk").first()


def test_the_form_shows_from_where_a_carrier_comes_and_what_they_know(client, area):
    sign_in(client, "coordinator", area.incident)
    carrier = a_member("carrier", incident=area.incident)
    carrier.organisation = Organisation.objects.create(name="区城市管理局")
    carrier.skills = ["sampling"]
    carrier.save()
    assert f"{carrier.name} · 区城市管理局 · sampling" in client.get("/rounds/").content.decode()


def test_shifts_limits_and_packing_times_of_the_form_reach_the_plan(client, area):
    sign_in(client, "coordinator", area.incident)
    page = ask(
        client,
        area,
        shifts="Lin Xi 06:00-09:00",
        climbing="Lin Lan 150 kg",
        ready_breakfast="2021-12-08T06:30",
    ).content.decode()
    plan = newest()
    xi, lan = plan.carriers
    assert xi["ends_at"].startswith("2021-12-08T09:00")
    assert lan["budget_kg_storeys"] == 150
    assert all(walk.climb_kg_storeys <= 150 for walk in plan.rounds.filter(carrier_name="Lin Lan"))
    assert plan.unserved == []
    assert Stop.objects.filter(round__plan=plan).order_by("arrives_at").first().arrives_at >= NIGHT + timedelta(
        hours=7.5
    )
    assert "kg × storeys" in page


@pytest.mark.parametrize(
    ("field", "text", "said"),
    [
        ("climbing", "Lin Xi", "names no limit"),
        ("climbing", "Nobody 300", "not among the carriers"),
        ("shifts", "Nobody 08:00-09:00", "not among the carriers"),
        ("shifts", "Lin Xi 25:00-26:00", "no time of day"),
        ("ready_breakfast", "soon", "valid date"),
    ],
)
def test_what_cannot_be_stands_at_its_field_and_nothing_is_lost(client, area, field, text, said):
    sign_in(client, "coordinator", area.incident)
    answer = ask(client, area, **{field: text})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert said in page
    assert "Lin Lan" in page
    assert "<details open>" in page
    assert not RoundPlan.objects.exists()


def test_the_form_says_beforehand_which_doors_are_on_rounds_already(client, area):
    sign_in(client, "coordinator", area.incident)
    ask(client, area)
    page = client.get("/rounds/").content.decode()
    assert "16 doors are already on rounds." in page


def test_a_carrier_is_taken_out_and_brought_back_and_each_move_is_named(client, area):
    sign_in(client, "coordinator", area.incident)
    ask(client, area)
    first = newest()
    out = first.rounds.order_by("number").first()
    page = client.post(f"/rounds/round/{out.pk}/out/", follow=True).content.decode()
    assert f"from {out.carrier_name} to" in page
    assert "its carrier is out" in page
    second = newest()
    page = client.post(f"/rounds/plan/{second.pk}/back/", {"name": out.carrier_name}, follow=True).content.decode()
    assert newest().pk != second.pk
    assert f"{out.carrier_name} is back" in page
    stops = Stop.objects.filter(round__plan=newest(), round__carrier_name=out.carrier_name)
    assert set(stops.values_list("door_id", flat=True)) == set(out.stops.values_list("door_id", flat=True))


def test_goods_run_short_and_an_area_joins_on_the_page(client, area):
    sign_in(client, "coordinator", area.incident)
    ask(client, area)
    assert client.post(f"/rounds/plan/{newest().pk}/short/", {"kind": "kit:living", "count": "many"}).status_code == 422
    page = client.post(
        f"/rounds/plan/{newest().pk}/short/", {"kind": "kit:living", "count": "15"}, follow=True
    ).content.decode()
    assert "1 door does not get all of its goods" in page
    joining = a_sealed_area(incident=area.incident, compound=a_compound(floors=1))
    a_household(joining.area_doors.first().door)
    derive(area.incident, at=NIGHT)
    assert joining.name in client.get(f"/rounds/plan/{newest().pk}/").content.decode()
    client.post(f"/rounds/plan/{newest().pk}/join/", {"areas": [joining.pk]})
    assert set(newest().areas.all()) == {area, joining}
    assert Stop.objects.filter(round__plan=newest(), door__area_doors__area=joining).exists()


def test_a_plan_leaves_as_json_with_its_moves_and_as_a_table_with_its_conflicts(client, area):
    sign_in(client, "coordinator", area.incident)
    ask(client, area)
    out = newest().rounds.order_by("number").first()
    client.post(f"/rounds/round/{out.pk}/out/")
    data = json.loads(client.get(f"/rounds/plan/{newest().pk}/?format=json").content)
    assert {line["from"] for line in data["moved"]} == {out.carrier_name}
    assert data["out"] == [out.carrier_name]
    assert data["rounds"][0]["kg_storeys"] > 0
    table = client.get(f"/rounds/plan/{newest().pk}/?format=csv").content.decode("utf-8-sig")
    assert "moved_from" in table.splitlines()[0]
    assert out.carrier_name in table


def test_several_answers_to_one_question_are_kept_and_shown_at_the_door(client, area):
    carrier = sign_in(client, "coordinator", area.incident)
    ask(client, area)
    stop = Stop.objects.filter(round__plan=newest()).first()
    url = f"/rounds/work/stop/{stop.pk}/"
    asked = client.post(url, {"client_id": str(uuid4()), "outcome": "opened", "handed": ["letter"]}).content.decode()
    assert 'type="checkbox" name="q-who"' in asked
    said = {"client_id": str(uuid4()), "outcome": "opened", "handed": ["letter"], "asked": "1"}
    client.post(url, {**said, "q-who": ["alone", "pet"], "q-food": "short", "q-well": "fine"})
    visit = Visit.objects.get()
    assert visit.member == carrier
    assert visit.welfare == {"who": "alone+pet", "food": "short", "well": "fine"}
    page = client.get(reverse("board:door", args=[stop.door_id])).content.decode()
    assert "lives alone, a pet" in page
    assert "not enough" in page


def test_all_is_well_says_nothing_of_who_lives_there(client, area):
    sign_in(client, "coordinator", area.incident)
    ask(client, area)
    stop = Stop.objects.filter(round__plan=newest()).first()
    said = {"client_id": str(uuid4()), "outcome": "opened", "asked": "1", "well": "1"}
    client.post(f"/rounds/work/stop/{stop.pk}/", said)
    welfare = Visit.objects.get().welfare
    assert "who" not in welfare
    assert welfare["fever"] == "none"
