"""One visit for everything due at a door: whose, in which order, with which proof; plans that change while they are walked."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from builders import NIGHT, a_compound, a_household, a_member, a_sealed_area
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from doorstep.command.models import Task
from doorstep.errors import UserError
from doorstep.promises.actions import derive
from doorstep.promises.models import Promise
from doorstep.register.models import Door, Household, Person, Stair
from doorstep.rounds import changes
from doorstep.rounds.actions import request_plan, run_plan
from doorstep.rounds.demand import CarrierLine
from doorstep.rounds.due import Due, Window, due_at_doors, share_short
from doorstep.rounds.events import WelfareAnswered
from doorstep.rounds.follow import hand_on
from doorstep.rounds.models import RoundPlan, Stop
from doorstep.rounds.queries import plan_as_data, plan_page
from doorstep.rounds.running import running_in
from doorstep.rounds.visits import VisitReport, record_visit
from doorstep.rounds.watches import doors_on_no_list
from doorstep.wiring import events
from doorstep.wiring.contributions import VisitItem, VisitLine, contributions

pytestmark = pytest.mark.django_db
MORNING = NIGHT + timedelta(hours=7)  # 06:00 local
NOON = MORNING + timedelta(hours=6)


@pytest.fixture
def area():
    area = a_sealed_area(compound=a_compound(stairs=2, floors=5))
    for number, line in enumerate(area.area_doors.select_related("door").order_by("door__stair", "door__floor", "pk")):
        a_household(line.door, alone=number == 0, persons=number % 3 + 1)
    derive(area.incident, at=NIGHT)
    return area


def planned(area, *names, areas=None, hours=8.0, at=MORNING, skills=(), asked=None, **facts):
    ends = at + timedelta(hours=hours)
    lines = [CarrierLine(None, name, at, ends, skills=skills) for name in names or ("江北", "江南")]
    plan = request_plan(area.incident, areas or [area], at, ends, carriers=lines, at=asked or at, **facts)
    return made(plan)


def made(plan):
    run_plan(plan.pk)
    plan.refresh_from_db()
    assert plan.state == RoundPlan.State.READY
    return plan


def knock(area, door, outcome="opened", *handed, at=MORNING, **facts):
    report = VisitReport(uuid4(), door.pk, outcome, at, handed=handed, **facts)
    return record_visit(area.incident, report, by=facts.get("by"), at=at)


def with_tests(area, persons=1):
    """A door whose persons are owed tests on the local day of the plan."""
    door = next(d for d in Door.objects.filter(area_doors__area=area) if d.households.get().persons.count() >= persons)
    promises = []
    for person in Person.objects.filter(household__door=door).order_by("pk")[:persons]:
        promises.append(
            Promise.objects.create(
                incident=area.incident,
                area=area,
                kind="test",
                subject_kind="person",
                subject_id=person.pk,
                sequence=1,
                door=door,
                window_start=NIGHT,
                due_at=MORNING + timedelta(hours=7.5),
                at_risk_from=NIGHT,
                priority=5,
            )
        )
    return door, promises


def items_of(plan, door):
    return {item["kind"]: item for stop in Stop.objects.filter(round__plan=plan, door=door) for item in stop.items}


# One visit


def test_persons_tests_are_in_the_same_visit_each_by_itself(area):
    door, promises = with_tests(area, 2)
    items = items_of(planned(area), door)
    tests = sorted(kind for kind in items if kind.startswith("test"))
    assert tests == [f"test:{promise.subject_id}" for promise in promises]
    assert {"kit:living", "kit:breakfast", "letter", "contact"} <= set(items)
    one, other = promises
    knock(area, door, "opened", f"test:{one.subject_id}", at=MORNING + timedelta(hours=1))
    one.refresh_from_db()
    other.refresh_from_db()
    assert (one.state, other.state) == ("kept", "open")


def test_a_test_is_kept_only_when_it_is_confirmed_and_a_contact_by_speaking(area):
    door, (promise,) = with_tests(area)
    knock(area, door, "opened", "letter")
    promise.refresh_from_db()
    assert promise.state == "open"
    assert set(Promise.objects.filter(door=door, state="kept").values_list("kind", flat=True)) == {"letter", "contact"}


def test_the_stop_says_the_tightest_due_time_its_priority_and_who_lacks_the_skill(area):
    door, _ = with_tests(area)
    plan = planned(area)
    stop = Stop.objects.get(round__plan=plan, door=door)
    assert stop.due_at == MORNING + timedelta(hours=2)  # the hot breakfast
    assert stop.priority >= 5
    assert "no_skill" in stop.conflicts
    assert "no_skill" not in Stop.objects.get(round__plan=planned(area, skills=("sampling",)), door=door).conflicts


def test_another_room_brings_its_things_to_the_same_visit(area):
    door = area.area_doors.first().door
    line = VisitLine("desk", "medicine", {"zh": "胰岛素", "en": "insulin"}, MORNING + timedelta(hours=1), 0.2, 90, "7")
    asked = []

    def items(incident, doors, start, end):
        asked.append((start, end))
        return {door.pk: [line]} if door.pk in doors else {}

    contributions.visit_items.add("desk", VisitItem("desk", items))
    try:
        plan = planned(area)
    finally:
        contributions.visit_items._items.pop("desk")
    assert asked == [(MORNING, MORNING + timedelta(hours=8))]
    stop = Stop.objects.get(round__plan=plan, door=door)
    item = items_of(plan, door)["medicine:7"]
    assert (item["title"]["en"], item["promise"], stop.due_at, stop.priority) == ("insulin", None, line.due_at, 90)
    visit = knock(area, door, "opened", "medicine:7", stop_id=stop.pk)
    assert visit.handed == ["medicine:7"]
    with pytest.raises(UserError, match="with a person"):
        knock(area, door, "no_answer", "medicine:7")


def test_refuse_that_comes_early_because_the_visit_was_made_for_it_is_not_owed_again(area):
    plan = planned(area, hours=24)
    stop = Stop.objects.filter(round__plan=plan).first()
    assert "waste" in items_of(plan, stop.door)
    knock(area, stop.door, "opened", "waste", stop_id=stop.pk)
    assert Promise.objects.filter(door=stop.door, kind="waste", state="kept").count() == 1


def test_what_opens_after_something_else_is_due_is_named_for_a_later_plan(area):
    door, (promise,) = with_tests(area)
    Promise.objects.filter(pk=promise.pk).update(window_start=NOON, due_at=NOON + timedelta(hours=1), kind="check")
    plan = planned(area)
    assert "check" not in items_of(plan, door)
    assert [(one.door, one.kind) for one in plan_page(plan).told.later] == [(door.pk, "check")]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(hours=st.floats(1, 60), start=st.integers(0, 30), persons=st.integers(0, 2))
def test_merging_loses_no_promise_and_no_door_is_visited_twice(area, hours, start, persons):
    Promise.objects.filter(kind="test").delete()
    if persons:
        with_tests(area, persons)
    begins = NIGHT + timedelta(hours=start)
    window = Window(begins, begins + timedelta(hours=hours))
    found = due_at_doors(area.incident, [area], window)
    held = [promise for lines in found.visits.values() for line in lines for promise in line.promises]
    assert len(held) == len(set(held))
    must = Promise.objects.filter(area=area, due_at__lte=window.ends_at, window_start__lte=window.ends_at)
    must = must.filter(door__isnull=False, state__in=["open", "broken"]).exclude(kind="medicine_ask")  # the desk's
    later = set(found.later)
    lost = [p for p in must if p.pk not in held and (p.door_id, p.kind) not in later]
    assert lost == []
    assert all("/" not in visit for visit in found.visits)


def test_a_kind_that_is_not_combined_has_a_visit_of_its_own(area, monkeypatch):
    door, _ = with_tests(area)
    rules = area.incident.protocol
    alone = rules.model_copy(update={"visits": rules.visits.model_copy(update={"alone": ("test",)})})
    monkeypatch.setattr(type(area.incident), "protocol", alone)
    plan = planned(area)
    stops = Stop.objects.filter(round__plan=plan, door=door)
    assert sorted(len([item for item in stop.items if item["kind"] == "test"]) for stop in stops) == [0, 1]
    again = made(changes.replan(plan, at=MORNING))
    assert Stop.objects.filter(round__plan=again, door=door).count() == 2


# The rules of visits


def test_hot_food_that_is_packed_late_waits_for_it_and_is_due_later(area):
    ready = MORNING + timedelta(hours=1)
    plan = planned(area, ready={"kit:breakfast": ready})
    stops = Stop.objects.filter(round__plan=plan)
    assert min(stops.values_list("arrives_at", flat=True)) >= ready
    assert not [stop for stop in stops if "hot_late" in stop.conflicts]


def test_an_infected_stair_comes_last_and_is_named_where_it_does_not(area):
    stair = Stair.objects.filter(doors__area_doors__area=area).first()
    Stair.objects.filter(pk=stair.pk).update(infected=True)
    plan = planned(area, "江北")
    order = list(Stop.objects.filter(round__plan=plan).order_by("order").values_list("door__stair_id", flat=True))
    assert order.index(stair.pk) == len([one for one in order if one != stair.pk])
    assert not [stop for stop in Stop.objects.filter(round__plan=plan) if "infected_first" in stop.conflicts]


def test_the_page_tells_the_conflicts_and_so_does_json(area):
    with_tests(area)
    page = plan_page(planned(area))
    assert [(one.code, len(one.doors)) for one in page.told.broken if one.code == "no_skill"] == [("no_skill", 1)]
    data = plan_as_data(page)
    assert data["conflicts"][-1]["code"] == "no_skill"
    assert {"moved", "already", "short", "later"} <= set(data)


# Plans side by side


def test_a_door_on_a_round_of_another_plan_is_not_planned_twice_and_is_named(area):
    wide = a_sealed_area(incident=area.incident)
    a_household(wide.area_doors.first().door)
    derive(area.incident, at=NIGHT)
    first = planned(area, areas=[area, wide])
    second = planned(area, "江东", areas=[area])
    first.refresh_from_db()
    assert first.state == RoundPlan.State.READY
    assert not Stop.objects.filter(round__plan=second).exists()
    told = plan_page(second).told.already
    assert {one.plan for one in told} == {first.pk}
    assert len(told) == area.area_doors.count()
    assert doors_on_no_list(area.incident, MORNING) == []
    (one,) = [line for line in running_in(area.incident, [area], MORNING) if line.plan == first]
    assert (one.open, one.replaced) == (area.area_doors.count() + 1, False)


def test_a_plan_of_the_same_areas_takes_the_place_of_the_older_for_what_nobody_visited(area):
    first = planned(area)
    stop = Stop.objects.filter(round__plan=first).first()
    kinds = [item["kind"] for item in stop.items]
    knock(area, stop.door, "opened", *kinds, stop_id=stop.pk)
    second = planned(area, "江东", at=MORNING + timedelta(minutes=20))
    first.refresh_from_db()
    assert first.state == RoundPlan.State.REPLACED
    assert Stop.objects.filter(round__plan=second).count() == area.area_doors.count() - 1


def test_the_next_days_plan_leaves_out_what_today_brings(area):
    today = planned(area)
    tomorrow = planned(area, at=MORNING + timedelta(hours=20), hours=40, asked=MORNING)
    held = set(Promise.objects.filter(stops__round__plan=today).values_list("pk", flat=True))
    assert held.isdisjoint(Promise.objects.filter(stops__round__plan=tomorrow).values_list("pk", flat=True))
    assert Stop.objects.filter(round__plan=tomorrow).exists()


# A plan that is being walked


def owners(plan):
    return {
        stop.door_id: stop.round.carrier_name for stop in Stop.objects.filter(round__plan=plan).select_related("round")
    }


def test_a_carrier_falls_ill_and_only_that_ones_doors_move(area):
    plan = planned(area, "江北", "江南", "江东")
    before = owners(plan)
    out = plan.rounds.first()
    new = made(changes.take_out_carrier(out, at=MORNING))
    after = owners(new)
    assert set(after) == set(before)
    changed = {door for door in after if after[door] != before[door]}
    assert changed == {door for door, name in before.items() if name == out.carrier_name}
    stops = Stop.objects.filter(round__plan=new)
    assert {stop.door_id for stop in stops if stop.moved_from} == changed
    told = plan_page(new).told
    assert {one.door for one in told.moved} == changed
    assert {one.before for one in told.moved} == {out.carrier_name}
    assert told.out == (out.carrier_name,)
    assert doors_on_no_list(area.incident, MORNING) == []


def test_a_carrier_is_brought_back_to_the_same_doors(area):
    plan = planned(area)
    before = owners(plan)
    out = plan.rounds.first()
    new = made(changes.take_out_carrier(out, at=MORNING))
    back = made(changes.bring_back(new, out.carrier_name, at=MORNING))
    assert owners(back) == before
    with pytest.raises(UserError, match="out of this plan"):
        changes.bring_back(back, out.carrier_name, at=MORNING)


def test_a_carrier_who_is_out_stays_out_when_something_else_changes(area):
    plan = planned(area)
    out = plan.rounds.first()
    new = made(changes.take_out_carrier(out, at=MORNING))
    again = made(changes.replan(new, at=MORNING))
    assert out.carrier_name not in owners(again).values()
    assert plan_page(again).told.out == (out.carrier_name,)
    assert owners(again) == owners(new)


def test_goods_that_are_short_go_to_who_comes_first_and_stay_owed_to_the_others(area):
    plan = planned(area)
    first = Stop.objects.filter(round__plan=plan).order_by("-priority").first()
    new = made(changes.short_of(plan, "kit:living", 2, at=MORNING))
    having = [s for s in Stop.objects.filter(round__plan=new) if "kit:living" in {i["kind"] for i in s.items}]
    assert len(having) == 2
    assert first.door_id in {stop.door_id for stop in having}
    short = plan_page(new).told.short
    assert len(short) == area.area_doors.count() - 2
    waiting = Promise.objects.filter(kind="kit:living", door__in=[one.door for one in short], sequence=0)
    assert set(waiting.values_list("state", "planned_at")) == {("open", None)}
    with pytest.raises(UserError, match="none of these"):
        changes.short_of(new, "kit:gold", 1, at=MORNING)


def test_an_area_sealed_meanwhile_joins_without_moving_the_others(area):
    plan = planned(area)
    before = owners(plan)
    new_area = a_sealed_area(incident=area.incident, compound=a_compound(floors=2))
    for line in new_area.area_doors.all():
        a_household(line.door)
    derive(area.incident, at=MORNING)
    new = made(changes.join_areas(plan, [new_area], at=MORNING))
    after = owners(new)
    assert {door: after.get(door) for door in before} == before
    assert len(after) + len(new.unserved) == len(before) + new_area.area_doors.count()
    assert not plan_page(new).told.moved


def test_a_door_that_was_given_by_hand_keeps_its_carrier(area):
    plan = planned(area)
    one, two = plan.rounds.all()
    stop = one.stops.first()
    changes.move_stop(stop, to=two, at=MORNING)
    again = made(changes.replan(plan, at=MORNING))
    kept = Stop.objects.get(round__plan=again, door=stop.door)
    assert (kept.round.carrier_name, kept.locked, kept.moved_from) == (two.carrier_name, True, "")


def test_hot_food_of_a_new_area_leaves_even_when_others_have_left_before(area):
    plan = planned(area)
    stop = Stop.objects.filter(round__plan=plan).order_by("arrives_at").first()
    knock(area, stop.door, "opened", *[item["kind"] for item in stop.items], stop_id=stop.pk)
    new_area = a_sealed_area(incident=area.incident, compound=a_compound(floors=1))
    a_household(new_area.area_doors.first().door)
    derive(area.incident, at=MORNING)
    new = made(changes.join_areas(plan, [new_area], at=MORNING + timedelta(hours=1)))
    assert new.unserved == []


def test_of_visits_with_a_short_kind_exactly_the_count_keep_it():
    def due(kind, priority):
        return Due(kind, (), 1, 1.0, MORNING, priority)

    visits = {str(n): [due("kit:a", n % 3), due("letter", 0)] for n in range(9)} | {"9": [due("kit:a", 9)]}
    kept, lost = share_short(visits, {"kit:a": 4})
    assert sum(line.kind == "kit:a" for lines in kept.values() for line in lines) == 4
    assert len(lost) == 6
    assert "9" in kept
    gone, _ = share_short(visits, {"kit:a": 0})
    assert "9" not in gone


# Proof and what follows


@pytest.mark.parametrize("outcome", ["no_answer", "refused", "moved"])
def test_a_kit_is_never_left_whatever_happened_instead_of_speaking(area, outcome):
    door = area.area_doors.first().door
    with pytest.raises(UserError, match="never left"):
        knock(area, door, outcome, "kit:living")
    knock(area, door, outcome, "letter", "waste")
    assert Promise.objects.get(door=door, kind="letter").state == "kept"


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_each_thing_that_is_confirmed_keeps_its_promise_and_no_other(area, data):
    Promise.objects.update(state="open", proof_id="", kept_at=None)
    door = data.draw(st.sampled_from(list(Door.objects.filter(area_doors__area=area).order_by("pk"))))
    kinds = list(
        Promise.objects.filter(door=door, window_start__lte=NOON).exclude(kind="contact").values_list("kind", flat=True)
    )
    handed = data.draw(st.lists(st.sampled_from(sorted(set(kinds))), unique=True))
    knock(area, door, "opened", *handed, at=NOON)
    kept = set(Promise.objects.filter(state="kept").values_list("door_id", "kind"))
    assert kept == {(door.pk, kind) for kind in [*handed, "contact"]}


def with_owners(area):
    """Leader, a second of the team, a coordinator, a commander."""
    leader, second = a_member(), a_member()
    coordinator = a_member("coordinator", incident=area.incident)
    commander = a_member("commander", incident=area.incident)
    area.supply_team.leader = leader
    area.supply_team.save()
    area.supply_team.members.add(leader, second)
    return [leader, second, coordinator, commander]


def test_two_misses_name_somebody_at_once_and_the_next_when_nobody_goes(area):
    chain = with_owners(area)
    door = area.area_doors.first().door
    knock(area, door, "no_answer", at=MORNING)
    knock(area, door, "no_answer", at=MORNING + timedelta(hours=1))
    task = Task.objects.get(state="open")
    assert (task.urgency, task.owner) == (3, chain[0])
    at = task.due_at
    assert hand_on(area.incident, at=at - timedelta(seconds=1)) == []
    for expected in [chain[1], chain[2], chain[3]]:
        (moved,) = hand_on(area.incident, at=at)
        assert (moved.owner, moved.escalated_at) == (expected, at)
        assert hand_on(area.incident, at=at + timedelta(minutes=14)) == []
        at += timedelta(minutes=15)
    assert hand_on(area.incident, at=at) == []
    assert Task.objects.get(state="open").owner == chain[3]


def test_nobody_is_named_who_is_not_available(area):
    leader, second, *_ = with_owners(area)
    leader.available = False
    leader.save()
    door = area.area_doors.first().door
    knock(area, door, "no_answer")
    assert Task.objects.get().owner == second


def test_refused_stays_owed_and_is_told_to_the_coordinator(area):
    _, _, coordinator, _ = with_owners(area)
    area.supply_team.members.clear()
    door = area.area_doors.first().door
    knock(area, door, "refused")
    task = Task.objects.get()
    assert (task.kind, task.owner) == ("refused", coordinator)
    assert not Promise.objects.filter(door=door, state="kept").exists()
    knock(area, door, "opened", at=MORNING + timedelta(hours=1))
    task.refresh_from_db()
    assert task.state == Task.State.DONE


def test_moved_opens_a_check_of_the_register_with_the_count(area):
    door = Household.objects.filter(persons__isnull=False).last().door
    count = Person.objects.filter(household__door=door).count()
    knock(area, door, "no_answer")
    knock(area, door, "moved", at=MORNING + timedelta(hours=1))
    task = Task.objects.get(state="open")
    assert task.kind == "moved"
    assert f"{count} person" in task.titles["en"]


def test_a_word_at_the_door_forgets_the_earlier_misses(area):
    door = area.area_doors.first().door
    knock(area, door, "no_answer", at=MORNING)
    knock(area, door, "refused", at=MORNING + timedelta(hours=1))
    knock(area, door, "no_answer", at=MORNING + timedelta(hours=3))
    assert Task.objects.get(state="open", kind="follow_up").urgency == 2


# Questions


def test_answers_are_kept_and_told_with_what_is_serious(area):
    heard = []
    events.subscribe(WelfareAnswered, heard.append)
    try:
        door = area.area_doors.first().door
        visit = knock(area, door, "opened", welfare={"who": "alone+pet", "fever": "some", "persons": "2"})
    finally:
        events._handlers[WelfareAnswered].remove(heard.append)
    (event,) = heard
    assert dict(event.answers) == {"who": "alone+pet", "fever": "some"}
    assert (event.visit_id, event.door_id, event.serious) == (visit.pk, door.pk, ("fever",))


def test_carriers_of_other_organisations_climb_no_more_than_they_may(area):
    ends = MORNING + timedelta(hours=8)
    lines = [CarrierLine(None, "江北", MORNING, ends, budget_kg_storeys=20.0), CarrierLine(None, "江南", MORNING, ends)]
    plan = made(request_plan(area.incident, [area], MORNING, ends, carriers=lines, at=MORNING))
    climbed = dict(plan.rounds.values_list("carrier_name", "climb_kg_storeys"))
    assert climbed.get("江北", 0.0) <= 20.0
    assert plan.unserved == []
