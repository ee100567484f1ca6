"""A round as it goes: the times of the doors to come follow each knock, and what is at risk shows while it can be saved."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from builders import NIGHT, a_compound, a_household, a_member, a_sealed_area, sign_in
from django.db import transaction

from doorstep.promises.actions import derive
from doorstep.promises.jobs import keep_ledger
from doorstep.promises.models import Promise
from doorstep.promises.queries import with_look
from doorstep.rounds import live
from doorstep.rounds.changes import move_stop
from doorstep.rounds.due import VISITED
from doorstep.rounds.models import Round, RoundPlan, Stop
from doorstep.rounds.progress import counts_by_plan, plan_progress
from doorstep.rounds.visits import VisitReport, record_visit, undo_visit

pytestmark = pytest.mark.django_db(transaction=True)
MORNING = NIGHT + timedelta(hours=10)


def minutes(n: float) -> timedelta:
    return timedelta(minutes=n)


def a_round(area, carrier=None, *, doors: int = 6, every: int = 5, number: int = 1, plan=None) -> Round:
    """A round in force from MORNING on, a door every few minutes, with every household promise that a visit keeps."""
    plan = plan or RoundPlan.objects.create(
        incident=area.incident,
        starts_at=MORNING,
        ends_at=MORNING + timedelta(hours=6),
        requested_at=NIGHT,
        state=RoundPlan.State.READY,
    )
    plan.areas.set([area])
    walk = Round.objects.create(
        plan=plan,
        carrier=carrier,
        carrier_name=carrier.name if carrier else "Lin Xi",
        number=number,
        starts_at=MORNING,
        ends_at=MORNING + minutes(every * doors),
    )
    taken = Stop.objects.filter(round__plan=plan).values("door")
    found = area.area_doors.exclude(door__in=taken).select_related("door").order_by("pk")[:doors]
    for order, line in enumerate(found, start=1):
        rows = Promise.objects.filter(door=line.door, subject_kind="household", state="open")
        owed = [promise for promise in rows if promise.kind.startswith(VISITED)]
        items = [{"promise": p.pk, "kind": p.kind, "persons": 2, "kg": 8.0} for p in owed if p.kind != "contact"]
        when = MORNING + minutes(every * order)
        stop = Stop.objects.create(
            round=walk, door=line.door, order=order, arrives_at=when, items=items, weight_kg=8.0 * len(items)
        )
        stop.promises.set(owed)
        Promise.objects.filter(pk__in=[p.pk for p in owed]).update(planned_at=when, due_at=MORNING + timedelta(hours=5))
    return walk


@pytest.fixture
def area():
    area = a_sealed_area(compound=a_compound(stairs=2, floors=4))
    for line in area.area_doors.select_related("door").order_by("pk"):
        a_household(line.door)
    derive(area.incident, at=NIGHT, until=MORNING + timedelta(hours=1))
    return area


def knock(stop: Stop, at, outcome: str = "opened", by=None):
    handed = tuple(item["kind"] for item in stop.items) if outcome == "opened" else ()
    report = VisitReport(uuid4(), stop.door_id, outcome, at, handed=handed, stop_id=stop.pk)
    return record_visit(stop.round.plan.incident, report, by=by, at=at)


def times(walk: Round) -> list[float]:
    return [
        (when - MORNING).total_seconds() / 60
        for when in live.open_stops(MORNING).filter(round=walk).order_by("order").values_list("coming_at", flat=True)
    ]


def looks(stop: Stop, at) -> set[str]:
    return set(with_look(Promise.objects.filter(stops=stop), at).values_list("look", flat=True))


def test_a_late_knock_moves_every_door_after_it_and_its_promises(area):
    walk = a_round(area)
    first, second, *_, last = walk.stops.all()
    Promise.objects.filter(stops=last).update(due_at=MORNING + minutes(45), at_risk_from=MORNING + minutes(45))
    assert looks(last, MORNING) == {"open"}
    knock(first, MORNING + minutes(25))
    assert times(walk) == [30, 35, 40, 45, 50]
    assert set(Promise.objects.filter(stops=second).values_list("planned_at", flat=True)) == {MORNING + minutes(30)}
    assert looks(last, MORNING + minutes(25)) == {"risk"}


def test_a_knock_taken_back_gives_the_doors_their_times_again(area):
    walk = a_round(area)
    first = walk.stops.first()
    visit = knock(first, MORNING + minutes(25))
    undo_visit(visit, by=None, at=MORNING + minutes(26))
    assert times(walk) == pytest.approx([26, 31, 36, 41, 46, 51], abs=1)
    assert Promise.objects.filter(stops=first, planned_at__isnull=True).count() == 0


def test_where_nobody_answered_nothing_is_planned_any_more(area):
    walk = a_round(area)
    first = walk.stops.first()
    visit = knock(first, MORNING + minutes(5), "no_answer")
    assert set(Promise.objects.filter(stops=first).values_list("planned_at", flat=True)) == {None}
    undo_visit(visit, by=None, at=MORNING + minutes(6))
    assert None not in set(Promise.objects.filter(stops=first).values_list("planned_at", flat=True))


def test_a_door_given_to_a_carrier_who_is_late_is_expected_late_there(area):
    walk = a_round(area)
    other = a_round(area, plan=walk.plan, number=2, doors=3)
    knock(walk.stops.first(), MORNING + minutes(25))
    stop = walk.stops.last()
    assert times(walk)[-1] == 50
    knock(other.stops.first(), MORNING + minutes(45))
    move_stop(stop, to=other, at=MORNING + minutes(45))
    assert times(other) == [50, 55, 65]
    assert times(walk) == [45, 50, 55, 60]
    assert set(Promise.objects.filter(stops=stop).values_list("planned_at", flat=True)) == {MORNING + minutes(65)}


def test_less_than_a_minute_is_not_written(area):
    walk = a_round(area)
    knock(walk.stops.first(), MORNING + minutes(5) + timedelta(seconds=50))
    assert not Stop.objects.filter(expected_at__isnull=False).exists()


def test_a_round_that_has_not_begun_runs_late_by_the_tick(area):
    walk = a_round(area)
    keep_ledger(NIGHT)
    assert times(walk)[0] == 5
    area.incident.clock_anchor_incident = MORNING + minutes(40)
    area.incident.save()
    keep_ledger(NIGHT)
    assert times(walk) == [40, 45, 50, 55, 60, 65]


def test_another_round_and_an_older_plan_are_left_alone(area):
    walk = a_round(area)
    other = a_round(area, plan=walk.plan, number=2)
    old = a_round(area)
    RoundPlan.objects.filter(pk=old.plan_id).update(state="replaced")
    knock(walk.stops.first(), MORNING + minutes(25))
    assert not Stop.objects.filter(round__in=[other, old], expected_at__isnull=False).exists()


def test_a_knock_costs_the_same_for_a_long_round_as_for_a_short_one(area, django_assert_num_queries):
    walk = a_round(area, doors=14)
    knock(walk.stops.first(), MORNING + minutes(25))
    with transaction.atomic(), django_assert_num_queries(10):  # five, and two savepoints
        live.correct([walk.pk], at=MORNING + minutes(60))
    with transaction.atomic(), django_assert_num_queries(2):
        live.correct([walk.pk], at=MORNING + minutes(60))


def test_knocks_of_a_phone_that_was_offline_correct_the_round_once(area):
    walk = a_round(area)
    stops = list(walk.stops.all())
    now = MORNING + minutes(60)
    with transaction.atomic(), live.together(now):
        for n, stop in enumerate(stops[:3]):
            report = VisitReport(uuid4(), stop.door_id, "opened", MORNING + minutes(8 * (n + 1)), stop_id=stop.pk)
            record_visit(area.incident, report, by=None, at=now)
        assert not Stop.objects.filter(expected_at__isnull=False).exists()
    assert times(walk) == [60, 65, 70]


def test_the_pages_show_how_far_behind_a_round_is_and_offer_to_plan_the_rest_anew(client, area):
    walk = a_round(area)
    sign_in(client, "coordinator", area.incident)
    stops = list(walk.stops.all())
    knock(stops[0], MORNING + minutes(25))
    Promise.objects.filter(stops=stops[-1], kind="contact").update(due_at=MORNING + minutes(45))
    now(area, MORNING + minutes(25))
    plan = client.get(f"/rounds/plan/{walk.plan_id}/").content.decode()
    assert "20 min behind" in plan
    assert "1 door will be reached too late" in plan
    assert "shares the 5 open doors" in plan
    page = client.get(f"/rounds/round/{walk.pk}/").content.decode()
    assert "20 min behind" in page
    assert "contact · due" in page
    assert client.get("/rounds/").content.decode().count("is-risk") == 1


def test_a_page_asks_again_only_while_a_round_runs_and_gets_only_what_moved(client, area):
    walk = a_round(area)
    sign_in(client, "coordinator", area.incident)
    now(area, NIGHT)
    assert "every 60s" in client.get(f"/rounds/round/{walk.pk}/").content.decode()
    now(area, MORNING)
    page = client.get(f"/rounds/round/{walk.pk}/").content.decode()
    assert "every 5s" in page
    again = page.split('hx-get="')[1].split('"')[0]
    assert client.get(again).status_code == 204
    stop = walk.stops.first()
    knock(stop, MORNING + minutes(20))
    moved = client.get(again)
    assert f'id="stop-{stop.pk}" hx-swap-oob="true"' in moved.content.decode()
    assert "<select" not in moved.content.decode()
    for stop in walk.stops.all()[1:]:
        knock(stop, MORNING + minutes(21))
    assert "hx-get" not in client.get(f"/rounds/round/{walk.pk}/live/").content.decode()
    assert "hx-get" not in client.get(f"/rounds/plan/{walk.plan_id}/live/").content.decode()


def test_how_a_plan_goes_is_asked_in_four_questions(area, django_assert_num_queries):
    walk = a_round(area)
    knock(walk.stops.first(), MORNING + minutes(5))
    with django_assert_num_queries(4):
        live = plan_progress(walk.plan, MORNING)
    assert live.counts == {"kept": 1, "missed": 0, "open": 5, "risk": 0}
    with django_assert_num_queries(4):
        assert counts_by_plan([walk.plan], MORNING) == {walk.plan_id: live.counts}


def now(area, at) -> None:
    area.incident.clock_anchor_incident = at
    area.incident.save(update_fields=["clock_anchor_incident"])


def test_a_household_reads_by_its_code_who_comes_next_and_nobodys_name(client, area):
    carrier = a_member("carrier", incident=area.incident)
    walk = a_round(area, carrier)
    first, second = walk.stops.all()[:2]
    knock(first, MORNING + minutes(25))
    now(area, MORNING + minutes(25))
    home = second.door.households.get()
    page = client.get(f"/door/{home.private_code.lower()}/", headers={"Accept-Language": "en"})
    text = page.content.decode()
    assert "Dec 8, 09:20 – 09:50" in text  # expected 09:30; give or take 20 minutes, and no earlier than now
    assert "A carrier of" in text
    assert area.supply_team.name in text
    assert area.emergency_phone in text
    assert "no-store" in page.headers["Cache-Control"]
    assert "noindex" in page.headers["X-Robots-Tag"]
    for name in (carrier.name, home.head, home.persons.first().name):
        assert name not in text
    fed = client.get(f"/door/{first.door.households.get().private_code}/", headers={"Accept-Language": "zh"})
    assert "没有排上门" in fed.content.decode()


def test_the_elevation_and_the_door_say_when_somebody_is_expected(client, area):
    walk = a_round(area)
    stop = walk.stops.last()
    sign_in(client, "coordinator", area.incident)
    now(area, MORNING)
    assert "expected 09:30" in client.get(f"/board/area/{area.pk}/").content.decode()
    door = client.get(f"/board/door/{stop.door_id}/").content.decode()
    assert "expected Dec 8, 09:30" in door
    assert "09:10 – 09:50" in door


def test_an_elevation_on_which_nothing_moved_is_not_drawn_again(client, area):
    walk = a_round(area)
    sign_in(client, "coordinator", area.incident)
    now(area, MORNING)
    page = client.get(f"/board/area/{area.pk}/").content.decode()
    seen = page.split('name="seen" value="')[1].split('"')[0]
    again = {"headers": {"HX-Request": "true"}}
    assert client.get(f"/board/area/{area.pk}/?seen={seen}", **again).headers["HX-Reswap"] == "none"
    knock(walk.stops.first(), MORNING)
    assert "HX-Reswap" not in client.get(f"/board/area/{area.pk}/?seen={seen}", **again).headers
