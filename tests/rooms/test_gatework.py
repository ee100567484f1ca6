"""Goods at the gate: out, at doors, back, and a difference that somebody explains or that stays red."""

from __future__ import annotations

from datetime import timedelta

import pytest
from builders import NIGHT, a_compound, a_household, a_member, a_sealed_area, sign_in
from rooms.test_rounds_live import MORNING, a_round, knock, minutes, now

from doorstep.command.models import JournalEntry
from doorstep.errors import UserError
from doorstep.promises.actions import derive
from doorstep.rounds.gatework import count_back, count_out, goods_of, totals
from doorstep.rounds.models import GateCount, Stop

pytestmark = pytest.mark.django_db


@pytest.fixture
def area(db):
    area = a_sealed_area(compound=a_compound(stairs=2, floors=4))
    for line in area.area_doors.select_related("door").order_by("pk"):
        a_household(line.door)
    derive(area.incident, at=NIGHT, until=MORNING + timedelta(hours=1))
    return area


@pytest.fixture
def walk(area):
    """Six doors, two trips of three; each door gets a letter and a living kit of 8 kg."""
    walk = a_round(area, a_member("carrier", incident=area.incident))
    for n, stop in enumerate(walk.stops.all()):
        kit, letter = {"kind": "kit:living", "persons": 2, "kg": 8.0}, {"kind": "letter", "persons": 2, "kg": 0.0}
        Stop.objects.filter(pk=stop.pk).update(trip=1 + n // 3, items=[kit, letter], weight_kg=8.0)
    return walk


@pytest.fixture
def guard(area):
    return a_member("gate", incident=area.incident)


def line(walk, kind="kit:living", trip=1):
    (goods,) = goods_of(walk.plan.incident, [walk])
    return next(one for one in goods.trips[trip - 1].goods if one.kind == kind)


def test_the_load_list_says_what_a_trip_carries_and_in_which_order_it_is_loaded(walk):
    (goods,) = goods_of(walk.plan.incident, [walk])
    assert [trip.number for trip in goods.trips] == [1, 2]
    assert [(one.kind, one.planned, one.kg) for one in goods.trips[0].goods] == [
        ("kit:living", 3, 24),
        ("letter", 3, 0),
    ]
    doors = [stop.door.number for stop in walk.stops.filter(trip=1)]
    assert [label.split("-")[-1] for label, _, _ in goods.trips[0].loading] == doors[::-1]


def test_what_is_neither_at_a_door_nor_back_is_a_difference_until_somebody_explains_it(walk, guard):
    count_out(walk, 1, {"kit:living": 3, "letter": 3}, by=guard, at=MORNING)
    for stop in walk.stops.filter(trip=1)[:1]:
        knock(stop, MORNING + minutes(5))
    assert line(walk).left == 2
    assert line(walk).look == ""
    count_back(walk, 1, {"kit:living": 1, "letter": 2}, {}, by=guard, at=MORNING + minutes(40))
    assert (line(walk).missing, line(walk).look) == (1, "broken")
    assert (line(walk, "letter").missing, line(walk, "letter").look) == (0, "kept")
    note = {"kit:living": "one torn, thrown away"}
    count_back(walk, 1, {"kit:living": 1, "letter": 2}, note, by=guard, at=MORNING + minutes(45))
    assert line(walk).look == "risk"
    assert line(walk).by == guard.name
    assert totals(goods_of(walk.plan.incident, [walk]))[0].missing == 1


def test_the_same_count_twice_changes_nothing_and_another_corrects_it(walk, guard):
    assert count_out(walk, 1, {"kit:living": 3, "letter": 3}, by=guard, at=MORNING)
    assert not count_out(walk, 1, {"kit:living": 3, "letter": 3}, by=guard, at=MORNING + minutes(1))
    assert JournalEntry.objects.filter(act="count_goods").count() == 1
    assert count_out(walk, 1, {"kit:living": 2, "letter": 3}, by=guard, at=MORNING + minutes(2))
    assert GateCount.objects.get(kind="kit:living").count == 2
    assert JournalEntry.objects.filter(act="count_goods").last().data["counts"] == {"kit:living": [3, 2]}


@pytest.mark.parametrize(
    ("counts", "field", "says"),
    [
        ({"kit:living": 4}, "kit:living", "4 came back and 3 went out"),
        ({"kit:gold": 1}, "kit:gold", "no such thing"),
        ({"kit:living": -1}, "kit:living", "cannot be"),
    ],
)
def test_a_count_that_cannot_be_names_its_field_and_the_mend(walk, guard, counts, field, says):
    count_out(walk, 1, {"kit:living": 3}, by=guard, at=MORNING)
    with pytest.raises(UserError, match=says) as caught:
        count_back(walk, 1, counts, {}, by=guard, at=MORNING)
    assert caught.value.field == field
    assert caught.value.mend


def test_nothing_comes_back_from_a_trip_that_never_left_or_is_none(walk, guard):
    with pytest.raises(UserError, match="not been counted out"):
        count_back(walk, 1, {"kit:living": 1}, {}, by=guard, at=MORNING)
    with pytest.raises(UserError, match="no such trip"):
        count_out(walk, 9, {"kit:living": 1}, by=guard, at=MORNING)


def test_many_rounds_are_asked_in_three_questions(area, walk, django_assert_num_queries):
    other = a_round(area, plan=walk.plan, number=2)
    with django_assert_num_queries(3):
        assert len(goods_of(area.incident, [walk, other])) == 2


def test_the_gate_counts_on_a_page_and_what_was_typed_is_not_lost(client, area, walk):
    sign_in(client, "gate", area.incident)
    now(area, MORNING)
    assert walk.carrier_name in client.get("/rounds/gate/").content.decode()
    page = client.get(f"/rounds/round/{walk.pk}/gate/").content.decode()
    assert "Order of loading" in page
    url = f"/rounds/round/{walk.pk}/gate/count/"
    out = {"trip": "1", "way": "out", "n-kit:living": "3", "n-letter": "3"}
    assert "Trip 1 is counted out" in client.post(url, out, follow=True).content.decode()
    back = {"trip": "1", "way": "back", "n-kit:living": "7", "n-letter": "0", "why-letter": "given at the gate"}
    answer = client.post(url, back)
    assert answer.status_code == 422
    assert "7 came back and 3 went out" in answer.content.decode()
    assert "given at the gate" in answer.content.decode()
    done = client.post(url, back | {"n-kit:living": "2"}, follow=True).content.decode()
    assert "not explained" in done
    assert "given at the gate" in done
    assert client.post(url, back | {"n-letter": ""}).status_code == 422


def test_all_carriers_of_a_plan_leave_as_a_table(client, area, walk, guard):
    count_out(walk, 1, {"kit:living": 3, "letter": 3}, by=guard, at=MORNING)
    sign_in(client, "coordinator", area.incident)
    assert "Carrier by carrier" in client.get(f"/rounds/plan/{walk.plan_id}/gate/").content.decode()
    rows = client.get(f"/rounds/plan/{walk.plan_id}/gate/?format=csv").content.decode("utf-8-sig").splitlines()
    assert len(rows) == 5
    assert client.get(f"/rounds/plan/{walk.plan_id}/gate/?format=xlsx").content[:2] == b"PK"


@pytest.mark.parametrize("role", ["carrier", "desk", "press"])
def test_who_does_not_count_goods_sees_no_gate(client, area, walk, role):
    sign_in(client, role, area.incident)
    assert client.get(f"/rounds/round/{walk.pk}/gate/").status_code == 403
    assert client.get("/rounds/gate/").status_code == 403


def test_a_guard_of_another_area_sees_no_trolley_of_this_one(client, area, walk):
    sign_in(client, "gate", area.incident, area=a_sealed_area(area.incident))
    assert client.get(f"/rounds/round/{walk.pk}/gate/").status_code == 403
    assert walk.carrier_name not in client.get("/rounds/gate/").content.decode()
