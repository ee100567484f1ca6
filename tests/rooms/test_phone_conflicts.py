"""Two truths of one door: none is lost, a coordinator sees both and says what counts."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from builders import a_member, sign_in
from phones import MORNING, Phone, a_morning, planned

from doorstep.command.models import JournalEntry, Task
from doorstep.errors import UserError
from doorstep.promises.models import Promise
from doorstep.rounds.changes import move_stop
from doorstep.rounds.conflicts import settle_conflict
from doorstep.rounds.models import PhoneAct, Round, Stop, Visit, VisitConflict
from doorstep.rounds.visits import VisitReport, record_visit
from doorstep.supplies.models import Coverage

pytestmark = pytest.mark.django_db


@pytest.fixture
def area():
    return a_morning(stairs=1)


@pytest.fixture
def phones(client, area):
    """Two carriers, each with a phone, and a member who is neither."""
    north, south = (a_member("carrier", incident=area.incident) for _ in range(2))
    planned(area, north, south)
    return Phone(client, area.incident, north), Phone(client, area.incident, south)


def given_away(phone, other):
    """A stop that the phone still has while the coordinator gave it to the other carrier."""
    stop = phone.stops()[0]
    to = Round.objects.get(carrier=other.kept.carrier)
    move_stop(Stop.objects.get(pk=stop["id"]), to=to, at=MORNING)
    return stop


def by_page(area, stop, outcome="opened", at=MORNING, by=None):
    report = VisitReport(uuid4(), stop["door"], outcome, at, stop_id=stop["id"])
    return record_visit(area.incident, report, by=by, at=at)


def test_a_knock_at_a_stop_that_was_given_away_counts_and_is_told(phones):
    north, south = phones
    stop = given_away(north, south)
    act = north.knock(stop, "opened", "kit:living")
    assert north.says(act)[0]["status"] == "conflict"
    conflict = VisitConflict.objects.get()
    assert (conflict.kind, conflict.first.outcome, conflict.act.kind) == ("stop_gone", "opened", "visit")
    assert Promise.objects.filter(proof_id=str(conflict.first_id)).count() == 2
    assert north.says(act)[0]["status"] == "conflict"
    assert VisitConflict.objects.count() == 1
    seen = next(one for one in south.stops() if one["id"] == stop["id"])
    assert (seen["visit"]["outcome"], seen["visit"]["mine"]) == ("opened", False)


def test_a_stop_of_a_plan_that_was_made_anew_is_the_stop_of_the_new_round(phones, area):
    north, _ = phones
    stop = north.stops()[0]
    planned(area, north.kept.carrier)
    assert north.says(north.knock(stop, "opened"))[0]["status"] == "done"
    visit = Visit.objects.get()
    assert visit.stop_id != stop["id"]
    assert visit.stop.round.plan.state == "ready"
    assert not VisitConflict.objects.exists()


def test_a_stop_of_a_round_that_was_taken_out_is_told(phones, area):
    north, south = phones
    stop = north.stops()[0]
    planned(area, south.kept.carrier)
    Round.objects.filter(carrier=north.kept.carrier).update(out=True)
    assert north.says(north.knock(stop, "no_answer"))[0]["status"] == "conflict"
    assert VisitConflict.objects.get().kind == "stop_gone"


def test_two_people_at_one_door_within_a_while_are_both_kept_and_told(phones, area):
    north, south = phones
    stop = given_away(north, south)
    assert (
        south.says(south.knock(stop, "opened", "kit:living", at=MORNING - timedelta(minutes=5)))[0]["status"] == "done"
    )
    act = north.knock(stop, "refused", at=MORNING - timedelta(minutes=20))
    assert north.says(act)[0]["status"] == "conflict"
    twice = VisitConflict.objects.get(kind="two_visits")
    assert (twice.first.outcome, twice.second.outcome) == ("opened", "refused")
    assert str(twice.act.client_id) == act["id"]
    assert VisitConflict.objects.filter(kind="stop_gone").count() == 1


def test_a_knock_written_on_a_page_and_one_from_a_phone_meet_too(phones, area):
    north, _ = phones
    stop = north.stops()[0]
    by_page(area, stop, by=a_member("coordinator", incident=area.incident))
    assert north.says(north.knock(stop, "opened"))[0]["status"] == "conflict"


@pytest.mark.parametrize(
    ("minutes", "outcome", "told"), [(5, "no_answer", True), (30, "no_answer", False), (300, "opened", False)]
)
def test_a_knock_because_of_the_earlier_one_or_long_after_it_is_no_conflict(phones, area, minutes, outcome, told):
    north, _ = phones
    stop = north.stops()[0]
    by_page(area, stop, outcome, at=MORNING - timedelta(minutes=minutes), by=a_member(incident=area.incident))
    north.says(north.knock(stop, "opened"))
    assert VisitConflict.objects.filter(kind="two_visits").exists() is told


def test_a_follow_up_that_names_its_task_is_no_conflict_however_soon(phones, area):
    north, _ = phones
    stop = north.stops()[0]
    by_page(area, stop, "no_answer", at=MORNING - timedelta(minutes=2), by=a_member(incident=area.incident))
    task = Task.objects.get(kind="follow_up").pk
    assert north.says(north.knock(stop, "opened", task=task))[0]["status"] == "done"
    assert not VisitConflict.objects.exists()


def test_the_same_carrier_may_knock_twice(phones):
    north, _ = phones
    stop = north.stops()[0]
    north.says(north.knock(stop, "refused"), north.knock(stop, "opened"))
    assert not VisitConflict.objects.exists()


def test_a_knock_taken_back_late_is_taken_back_and_told_where_others_have_built_on_it(phones, area):
    north, _ = phones
    stop = north.stops()[0]
    act = north.knock(stop, "opened", at=MORNING - timedelta(hours=5))
    north.says(act)
    later = by_page(area, stop, by=a_member(incident=area.incident))
    assert north.says(north.undo(act))[0]["status"] == "conflict"
    conflict = VisitConflict.objects.get(kind="undo_late")
    assert (conflict.first.undone_at, conflict.second) == (MORNING, later)


def test_nobody_takes_back_the_knock_of_another(phones):
    north, south = phones
    act = north.knock(north.stops()[0], "opened")
    north.says(act)
    answer = south.says(south.undo(act))[0]
    assert (answer["status"], answer["problem"]["field"]) == ("aside", "visit")
    assert Visit.objects.get().undone_at is None


def test_a_helper_takes_back_a_knock_of_the_same_batch_and_of_an_earlier_one(client, area):
    planned(area, "江北", "江南")
    north = Phone(client, area.incident, "江北")
    south = Phone(client, area.incident, "江南")
    first, second = north.stops()[:2]
    moved = Stop.objects.get(pk=second["id"])
    move_stop(moved, to=Round.objects.get(carrier_name="江南", plan__state="ready"), at=MORNING)
    one, two = north.knock(first, "opened"), north.knock(second, "opened")
    answers = north.says(one, two, north.undo(two))
    assert [answer["status"] for answer in answers] == ["done", "conflict", "done"]
    assert south.says(south.undo(one))[0]["status"] == "aside"
    assert north.says(north.undo(one))[0]["status"] == "done"
    assert not Visit.objects.filter(undone_at=None).exists()


def two_truths(phones, area) -> VisitConflict:
    north, south = phones
    stop = given_away(north, south)
    south.says(south.knock(stop, "opened", "kit:living", note="孩子开的门"))
    north.says(north.knock(stop, "refused", at=MORNING - timedelta(minutes=20)))
    VisitConflict.objects.exclude(kind="two_visits").delete()
    return VisitConflict.objects.get()


def test_the_first_counts_takes_the_second_back_with_all_that_it_did(phones, area):
    conflict = two_truths(phones, area)
    by = a_member("coordinator", incident=area.incident)
    settled = settle_conflict(conflict, "second", note="门卫看见", by=by, at=MORNING)
    assert settled.settled_by == by
    assert Visit.objects.get(pk=conflict.first_id).undone_at == MORNING
    assert Visit.objects.get(pk=conflict.second_id).undone_at is None
    assert not Promise.objects.filter(proof_kind="visit").exists()
    assert not Coverage.objects.filter(household__door=conflict.door).exists()
    entry = JournalEntry.objects.filter(act="settle_visit_conflict").get()
    assert entry.data["decision"] == "second"
    again = settle_conflict(settled, "first", note="", by=by, at=MORNING + timedelta(hours=1))
    assert (again.decision, again.settled_at) == ("second", MORNING)


def test_a_decision_that_means_nothing_here_is_refused(phones, area):
    conflict = two_truths(phones, area)
    with pytest.raises(UserError) as refused:
        settle_conflict(conflict, "perhaps", note="", by=None, at=MORNING)
    assert refused.value.field == "decision"
    conflict.second = None
    with pytest.raises(UserError) as refused:
        settle_conflict(conflict, "first", note="", by=None, at=MORNING)
    assert refused.value.field == "decision"


def test_the_page_shows_both_truths_and_settles(client, phones, area):
    conflict = two_truths(phones, area)
    sign_in(client, "coordinator", area.incident)
    assert 'is-risk">1<' in client.get("/rounds/").content.decode()
    text = client.get("/rounds/conflicts/").content.decode()
    for words in (
        phones[0].kept.carrier_name,
        phones[1].kept.carrier_name,
        "孩子开的门",
        "refused",
        "The first counts",
    ):
        assert words in text
    assert client.get("/rounds/conflicts/?format=xlsx").status_code == 200
    answer = client.post(f"/rounds/conflicts/{conflict.pk}/settle/", {"decision": "both", "note": "同时到"})
    assert answer.status_code == 302
    assert "Nothing is in conflict" in client.get("/rounds/conflicts/").content.decode()
    settled = client.get("/rounds/conflicts/?settled=1").content.decode()
    assert "同时到" in settled
    client.post(f"/rounds/conflicts/{conflict.pk}/reopen/")
    conflict.refresh_from_db()
    assert conflict.settled_at is None


def test_what_was_set_aside_is_shown_with_what_was_said(client, phones, area):
    north, _ = phones
    north.says(north.knock(north.stops()[0], "no_answer", "kit:living", note="放门口"))
    sign_in(client, "coordinator", area.incident)
    text = client.get("/rounds/conflicts/").content.decode()
    assert "放门口" in text
    assert "物资必须当面交付" in text  # in the language of the phone that said it
    conflict = VisitConflict.objects.get()
    client.post(f"/rounds/conflicts/{conflict.pk}/settle/", {"decision": "seen"})
    conflict.refresh_from_db()
    assert conflict.decision == "seen"
    assert PhoneAct.objects.get().state == "aside"


def test_a_coordinator_of_another_area_sees_none_of_it(client, phones, area):
    conflict = two_truths(phones, area)
    other = a_morning(stairs=1)
    other.incident = area.incident
    other.save()
    sign_in(client, "coordinator", area.incident, area=other)
    assert "Nothing is in conflict" in client.get("/rounds/conflicts/").content.decode()
    assert client.post(f"/rounds/conflicts/{conflict.pk}/settle/", {"decision": "both"}).status_code == 404
