"""From the ledger to rounds, from knocks to kept promises."""

from __future__ import annotations

import random
from datetime import timedelta
from uuid import uuid4

import pytest
from builders import NIGHT, a_compound, a_household, a_member, a_sealed_area
from django.utils import translation

from doorstep.command.models import Task
from doorstep.errors import UserError
from doorstep.promises.actions import derive, settle
from doorstep.promises.models import Promise
from doorstep.register.models import Door, Gate, Household, Person, Stair
from doorstep.rounds.actions import request_plan, run_plan
from doorstep.rounds.changes import lock_round, move_stop, replan, take_out_carrier
from doorstep.rounds.demand import CarrierLine, demand_of
from doorstep.rounds.models import RoundPlan, Stop, Visit
from doorstep.rounds.visits import VisitReport, record_visit, undo_visit
from doorstep.rounds.watches import cupboards_empty, doors_on_no_list
from doorstep.supplies.models import Coverage

pytestmark = pytest.mark.django_db
MORNING = NIGHT + timedelta(hours=6)


@pytest.fixture
def area():
    area = a_sealed_area(compound=a_compound(stairs=2))
    for number, line in enumerate(area.area_doors.select_related("door").order_by("door__stair", "door__floor", "pk")):
        a_household(line.door, alone=number == 0, persons=number % 4 + 1)
    derive(area.incident, at=NIGHT)
    return area


def planned(area, *names: str, hours: float = 8) -> RoundPlan:
    ends = MORNING + timedelta(hours=hours)
    lines = [CarrierLine(None, name, MORNING, ends) for name in names or ("江北", "江南")]
    plan = request_plan(area.incident, [area], MORNING, ends, carriers=lines, at=MORNING)
    run_plan(plan.pk)
    plan.refresh_from_db()
    return plan


def knock(area, door, outcome="opened", *handed, at=MORNING, **facts) -> Visit:
    report = VisitReport(uuid4(), door.pk, outcome, at, handed=handed, **facts)
    return record_visit(area.incident, report, by=None, at=at)


def test_everything_due_at_a_door_is_one_visit_and_every_door_is_served_once(area):
    plan = planned(area)
    assert plan.state == RoundPlan.State.READY
    stops = Stop.objects.filter(round__plan=plan)
    doors = Door.objects.filter(area_doors__area=area)
    assert sorted(stops.values_list("door_id", flat=True)) == sorted(doors.values_list("pk", flat=True))
    assert plan.unserved == []
    kinds = {item["kind"] for item in stops.first().items}
    assert kinds == {"kit:living", "kit:epidemic", "kit:breakfast", "letter", "contact"}
    assert plan.lower_bound_s <= plan.cost_s <= plan.by_hand_cost_s + 1e-6


def test_a_plan_over_two_compounds_keeps_each_around_its_own_gate(area):
    other = a_sealed_area(incident=area.incident)
    a_household(other.area_doors.first().door)
    derive(area.incident, at=NIGHT)
    Gate.objects.filter(compound__name=other.name).update(x_m=7)
    found = demand_of(area.incident, [area, other], MORNING, MORNING + timedelta(hours=8), [])
    compound_of = {str(pk): compound for pk, compound in Stair.objects.values_list("pk", "building__compound_id")}
    assert [len({compound_of[stair.id] for stair in site.stairs}) for site in found.sites] == [1, 1]
    assert {site.gate_x_m for site in found.sites} == {0, 7}
    assert len(found.doors) == area.area_doors.count() + 1


def test_the_promises_know_when_somebody_comes(area):
    plan = planned(area)
    stop = Stop.objects.filter(round__plan=plan).first()
    assert set(stop.promises.values_list("planned_at", flat=True)) == {stop.arrives_at}
    assert doors_on_no_list(area.incident, MORNING) == []


def test_a_door_that_no_list_contains_is_on_the_watch(area):
    rows = doors_on_no_list(area.incident, MORNING)
    assert {row.door_id for row in rows} == set(area.area_doors.values_list("door_id", flat=True))


def test_what_fits_no_shift_is_named_and_stays_on_the_watch(area):
    plan = planned(area, "江北", hours=0.3)
    served = set(Stop.objects.filter(round__plan=plan).values_list("door_id", flat=True))
    lost = {line["door"] for line in plan.unserved}
    assert lost
    assert served | lost == set(area.area_doors.values_list("door_id", flat=True))
    assert not served & lost
    assert {row.door_id for row in doors_on_no_list(area.incident, MORNING)} == lost


def test_a_plan_needs_carriers_and_an_area_in_force(area):
    with pytest.raises(UserError, match="Nobody"):
        request_plan(area.incident, [area], MORNING, MORNING + timedelta(hours=1), carriers=[], at=MORNING)
    with pytest.raises(UserError, match="areas"):
        request_plan(area.incident, [], MORNING, MORNING, carriers=[], at=MORNING)


def test_a_visit_keeps_what_it_proves_and_saying_it_twice_changes_nothing(area):
    door = area.area_doors.first().door
    report = VisitReport(uuid4(), door.pk, "opened", MORNING, handed=("kit:living", "letter"))
    first = record_visit(area.incident, report, by=a_member(), at=MORNING)
    again = record_visit(area.incident, report, by=a_member(), at=MORNING)
    assert first == again
    assert Visit.objects.count() == 1
    kept = set(Promise.objects.filter(door=door, state="kept").values_list("kind", flat=True))
    assert kept == {"kit:living", "letter", "contact"}
    assert Promise.objects.get(door=door, kind="letter").late


def test_food_handed_over_covers_the_household_until_a_stated_instant(area):
    door = area.area_doors.first().door
    knock(area, door, "opened", "kit:living")
    cover = Coverage.objects.get(household__door=door)
    assert cover.covered_until == MORNING + timedelta(days=2.5)
    assert door.pk not in {row.door_id for row in cupboards_empty(area.incident, MORNING)}
    near = cover.covered_until - timedelta(hours=5)
    what = {row.door_id: row.what for row in cupboards_empty(area.incident, near)}
    assert what.pop(door.pk) == "food ends, and no kit is planned"
    assert set(what.values()) == {"no food has come yet, and none is planned"}


def test_a_kit_is_never_left_where_nobody_answers(area):
    with pytest.raises(UserError, match="never left"):
        knock(area, area.area_doors.first().door, "no_answer", "kit:living")
    assert not Visit.objects.exists()


def test_nobody_answers_once_then_twice_then_somebody_does(area):
    door = area.area_doors.order_by("pk").first().door
    Person.objects.filter(household__door=door).update(classes=["alone_elder"])
    knock(area, door, "no_answer")
    task = Task.objects.get()
    assert (task.urgency, task.due_at) == (2, MORNING + timedelta(hours=1))
    knock(area, door, "no_answer", at=MORNING + timedelta(hours=1))
    assert Task.objects.get(state="open").urgency == 3
    assert Task.objects.filter(urgency=3).get().due_at == MORNING + timedelta(hours=1, minutes=15)
    knock(area, door, "through_door", at=MORNING + timedelta(hours=2))
    assert not Task.objects.filter(state="open").exists()


def test_a_serious_answer_opens_a_task_with_an_owner(area):
    leader = a_member()
    area.supply_team.leader = leader
    area.supply_team.save()
    knock(area, area.area_doors.first().door, "opened", welfare={"fever": "some", "food": "enough"})
    task = Task.objects.get()
    assert (task.kind, task.owner, task.urgency) == ("welfare", leader, 3)
    assert "fever" in str(task)
    with translation.override("zh-hans"):
        assert "发烧" in str(task)


def test_a_visit_can_be_taken_back(area):
    door = area.area_doors.first().door
    visit = knock(area, door, "opened", "kit:living", "letter", welfare={"fever": "some"})
    undo_visit(visit, by=None, at=MORNING)
    assert not Promise.objects.filter(door=door, state="kept").exists()
    assert not Coverage.objects.exists()
    assert Task.objects.get().state == Task.State.DROPPED
    settle(area.incident, at=MORNING)
    assert Promise.objects.get(door=door, kind="letter").state == "broken"


def test_taking_back_a_knock_opens_the_follow_up_again_that_it_had_answered(area):
    door = area.area_doors.first().door
    knock(area, door, "no_answer")
    spoken = knock(area, door, "opened", at=MORNING + timedelta(hours=1))
    assert Task.objects.get().state == Task.State.DONE
    undo_visit(spoken, by=None, at=MORNING + timedelta(hours=1))
    assert Task.objects.get().state == Task.State.OPEN
    again = knock(area, door, "no_answer", at=MORNING + timedelta(hours=1))
    undo_visit(again, by=None, at=MORNING + timedelta(hours=1))
    assert [task.urgency for task in Task.objects.filter(state="open")] == [2]


def test_a_carrier_falls_out_and_the_rest_is_planned_for_those_who_are_left(area):
    plan = planned(area)
    out = plan.rounds.first()
    visited = out.stops.first()
    kinds = tuple(item["kind"] for item in visited.items if item["kind"] != "contact")
    knock(area, visited.door, "opened", *kinds)
    new = take_out_carrier(out, at=MORNING + timedelta(minutes=30))
    run_plan(new.pk)
    new.refresh_from_db()
    plan.refresh_from_db()
    assert plan.state == RoundPlan.State.REPLACED
    assert {walk.carrier_name for walk in new.rounds.all()} == {"江南" if out.carrier_name == "江北" else "江北"}
    assert not Stop.objects.filter(round__plan=new, door=visited.door).exists()
    assert Stop.objects.filter(round__plan=new).count() == area.area_doors.count() - 1


def test_the_last_free_carrier_falls_out_while_the_other_round_is_locked(area):
    plan = planned(area)
    locked, free = plan.rounds.all()
    lock_round(locked, True, at=MORNING)
    again = replan(plan, at=MORNING)
    run_plan(again.pk)
    kept = Stop.objects.filter(round=locked).count()
    out = again.rounds.get(carrier_name=free.carrier_name)
    last = take_out_carrier(out, at=MORNING)
    run_plan(last.pk)
    last.refresh_from_db()
    assert Stop.objects.filter(round__plan=last).count() == kept
    assert {line["reason"] for line in last.unserved} == {"no_carrier"}
    assert len(last.unserved) == area.area_doors.count() - kept


def test_a_stop_is_moved_by_hand(area):
    plan = planned(area)
    one, two = plan.rounds.all()
    stop = one.stops.first()
    move_stop(stop, to=two, at=MORNING)
    assert two.stops.order_by("-order").first() == stop
    assert set(stop.promises.values_list("planned_at", flat=True)) == {stop.arrives_at}
    knock(area, stop.door, "opened", stop_id=stop.pk)
    with pytest.raises(UserError, match="visited"):
        move_stop(stop, to=one, at=MORNING)


@pytest.mark.parametrize("seed", range(5))
def test_every_door_of_a_sealed_area_is_on_a_list_or_in_the_watch(area, seed):
    luck = random.Random(seed)
    for household in luck.sample(list(Household.objects.all()), 4):
        household.persons.update(present="away")
    derive(area.incident, at=NIGHT)
    planned(area, *("江北", "江南")[: luck.randint(1, 2)], hours=luck.choice([0.5, 1, 4]))
    at = MORNING + timedelta(hours=luck.uniform(0, 30))
    waiting = Promise.objects.filter(
        state__in=["open", "broken"], door__isnull=False, at_risk_from__lte=at, window_start__lte=at
    )
    owed = set(waiting.values_list("door_id", flat=True))
    listed = set(
        Stop.objects.filter(round__plan__state="ready", round__plan__ends_at__gte=at).values_list("door_id", flat=True)
    )
    watched = {row.door_id for row in doors_on_no_list(area.incident, at)}
    assert owed
    assert owed - listed == watched
    assert not listed & watched
