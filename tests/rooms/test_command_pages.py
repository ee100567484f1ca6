"""Command's pages: incidents and their clock."""

from __future__ import annotations

from datetime import timedelta

import pytest
from builders import NIGHT, a_member, a_sealed_area, an_incident, sign_in

from doorstep.command import actions, clock
from doorstep.command.models import Incident, JournalEntry, RoleGrant
from doorstep.exercise.load import load_once

pytestmark = pytest.mark.django_db

OPEN = {
    "name": "鼓楼封控",
    "trigger_at": "2021-12-07T23:00",
    "time_zone": "Asia/Shanghai",
    "protocol_id": "cn-covid-2021-09",
    "clock": "real",
}


def test_an_incident_is_opened_at_its_exact_local_trigger_and_its_opener_commands_it(client):
    first = an_incident()
    member = sign_in(client, "commander", first)
    assert (
        "State Council joint prevention and control mechanism" in client.get("/command/incidents/new/").content.decode()
    )
    client.post("/command/incidents/new/", OPEN)
    client.post("/command/incidents/new/", OPEN)
    made = Incident.objects.exclude(pk=first.pk).get()
    assert made.trigger_at == NIGHT
    assert made.clock_kind == Incident.ClockKind.REAL
    assert RoleGrant.objects.get(member=member, incident=made).role == "commander"
    assert client.session["incident"] == made.pk


def test_what_is_wrong_with_a_new_incident_stands_at_its_field_and_nothing_is_lost(client):
    sign_in(client, "commander", an_incident())
    answer = client.post("/command/incidents/new/", {**OPEN, "trigger_at": "2099-01-01T00:00"})
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "The trigger lies in the future" in page
    assert "鼓楼封控" in page
    answer = client.post("/command/incidents/new/", {**OPEN, "protocol_id": "made-up"})
    assert answer.status_code == 422
    assert Incident.objects.count() == 1


def test_the_current_incident_is_one_in_which_the_member_has_a_duty(client):
    older, newer = an_incident(name="旧"), an_incident(name="新", at=NIGHT + timedelta(days=9))
    sign_in(client, "commander", older)
    assert "旧" in client.get("/board/").content.decode()
    assert client.post(f"/command/incidents/{newer.pk}/choose/").status_code == 404
    RoleGrant.objects.create(member=RoleGrant.objects.get().member, role="commander", incident=newer)
    client.post(f"/command/incidents/{newer.pk}/choose/")
    assert client.session["incident"] == newer.pk


def test_an_incident_is_not_closed_while_an_area_is_in_force_and_can_be_opened_again(client):
    area = a_sealed_area()
    incident = area.incident
    sign_in(client, "commander", incident)
    answer = client.post(f"/command/incidents/{incident.pk}/close/")
    assert answer.status_code == 422
    assert "Areas are still in force" in answer.content.decode()
    actions.lift(area, at=NIGHT)
    client.post(f"/command/incidents/{incident.pk}/close/")
    assert Incident.objects.get().state == Incident.State.CLOSED
    client.post(f"/command/incidents/{incident.pk}/close/", {"open": "1"})
    assert Incident.objects.get().state == Incident.State.OPEN


def test_who_may_not_open_incidents_is_told_so_and_has_no_clock(client):
    incident = an_incident()
    sign_in(client, "coordinator", incident)
    assert client.post("/command/incidents/new/", OPEN).status_code == 403
    assert client.post(f"/command/incidents/{incident.pk}/close/").status_code == 403
    assert client.post("/command/clock/", {"turn": "60", "seen": clock.stamp_of(incident)}).status_code == 403
    assert "/command/clock/" not in client.get("/board/").content.decode()


def test_the_clock_of_an_exercise_steps_once_for_each_page_that_was_seen(client):
    incident = an_incident()
    sign_in(client, "commander", incident)
    assert "/command/clock/" in client.get("/board/").content.decode()
    order = {"turn": "60", "seen": clock.stamp_of(incident), "next": "/board/"}
    assert client.post("/command/clock/", order).headers["Location"] == "/board/"
    client.post("/command/clock/", order)
    incident.refresh_from_db()
    assert incident.now() == NIGHT + timedelta(hours=1)
    assert client.post("/command/clock/", {**order, "next": "//elsewhere.example/"}).headers["Location"] == "/"


@pytest.mark.parametrize(("turn", "hours"), [("15", 0.25), ("360", 6), ("morning", 10)])
def test_the_clock_goes_on_by_a_quarter_six_hours_or_to_the_next_local_nine(turn, hours):
    incident = an_incident()
    clock.turn_clock(incident, turn, seen=clock.stamp_of(incident), real=NIGHT)
    assert Incident.objects.get().clock.now(NIGHT) == NIGHT + timedelta(hours=hours)


def test_the_clock_runs_at_a_rate_and_stands_again():
    incident = an_incident()
    incident = clock.turn_clock(incident, "minute", seen=clock.stamp_of(incident), real=NIGHT)
    incident.refresh_from_db()
    later = NIGHT + timedelta(minutes=2)
    assert incident.clock.now(later) == NIGHT + timedelta(hours=2)
    clock.turn_clock(incident, "stand", seen=clock.stamp_of(incident), real=later)
    incident.refresh_from_db()
    assert incident.clock.now(later + timedelta(days=1)) == NIGHT + timedelta(hours=2)


def test_a_real_clock_is_never_moved(client):
    incident = actions.open_incident("真的", "heat", NIGHT, at=NIGHT)
    sign_in(client, "commander", incident)
    answer = client.post("/command/clock/", {"turn": "60", "seen": clock.stamp_of(incident)})
    assert answer.status_code == 422
    assert "Only the clock of an exercise can be moved" in answer.content.decode()
    assert "/command/clock/" not in client.get("/board/").content.decode()


@pytest.mark.django_db(transaction=True)
def test_moving_the_clock_of_a_described_exercise_plays_its_timeline_once():
    load_once("gulou-2021")
    incident = Incident.objects.get()
    before = JournalEntry.objects.filter(act="diagnosis").count()
    clock.turn_clock(incident, "morning", seen=clock.stamp_of(incident), real=incident.clock_anchor_real)
    incident.refresh_from_db()
    clock.turn_clock(incident, "15", seen=clock.stamp_of(incident), real=incident.clock_anchor_real)
    assert before == 0
    assert JournalEntry.objects.filter(act="diagnosis").count() == 1
    assert JournalEntry.objects.filter(act="activate").count() == 1


def test_a_commander_of_nothing_else_stays_the_last_one():
    incident = actions.open_incident("真的", "heat", NIGHT, at=NIGHT, by=a_member())
    assert incident.grants.get().role == "commander"
