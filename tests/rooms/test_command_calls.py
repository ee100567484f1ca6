"""Call-outs: acknowledged, followed by the next person, by a link without an account; the time to the arrival is kept."""

from __future__ import annotations

from datetime import timedelta

import pytest
from builders import NIGHT, a_member, an_incident, sign_in
from django.core import signing
from django.utils import timezone

from doorstep.command.calling import acts
from doorstep.command.calling.offices import heads_of
from doorstep.command.calling.tokens import answer_url
from doorstep.command.events import TimePassed
from doorstep.command.models import Call, CallOut, JournalEntry, Organisation, Team, Telling
from doorstep.errors import UserError
from doorstep.wiring.events import publish

pytestmark = pytest.mark.django_db
THREE = NIGHT + timedelta(hours=4)


def minute(n):
    return THREE + timedelta(minutes=n)


@pytest.fixture
def night():
    return an_incident()


def called(night, members, way="first", key="squad"):
    wanted = [acts.Wanted(one.name, one.phone, one) for one in members]
    return acts.call_out(night, "Squad to the gate", wanted, key=key, at=THREE, by=None, way=way, place="East gate")


def states(callout):
    return list(callout.calls.values_list("answer", flat=True))


def test_one_after_the_other_until_somebody_comes(night):
    callout = called(night, [a_member(), a_member(), a_member()])
    assert called(night, [a_member()]).pk == callout.pk
    first, second, third = callout.calls.all()
    assert (first.asked_at, second.asked_at) == (THREE, None)
    publish(TimePassed(night.pk, minute(9)))
    assert states(callout) == ["", "", ""]
    publish(TimePassed(night.pk, minute(10)))
    publish(TimePassed(night.pk, minute(10)))
    second.refresh_from_db()
    assert (states(callout), second.asked_at, second.times) == (["silent", "", ""], minute(10), 1)
    acts.answer(second, "coming", at=minute(12), via="phone", eta_at=minute(40))
    callout.refresh_from_db()
    assert callout.state == "answered"
    publish(TimePassed(night.pk, minute(300)))
    third.refresh_from_db()
    assert third.asked_at is None


def test_a_clock_that_leaps_calls_everybody_at_the_minute_at_which_it_was_their_turn(night):
    callout = called(night, [a_member(), a_member(), a_member()])
    publish(TimePassed(night.pk, minute(120)))
    assert list(callout.calls.values_list("asked_at", flat=True)) == [minute(0), minute(10), minute(20)]
    assert set(states(callout)) == {"silent"}
    callout.refresh_from_db()
    assert callout.state == "nobody"
    acts.answer(callout.calls.first(), "coming", at=minute(121), via="page")
    callout.refresh_from_db()
    assert callout.state == "answered"


def test_everybody_of_a_team_is_asked_at_once_and_the_silent_again(night):
    leader, other = a_member(), a_member()
    team = Team.objects.create(incident=night, name="城管中队", leader=leader)
    team.members.set([leader, other])
    callout = called(night, [leader, other], way="all")
    first, second = callout.calls.all()
    acts.answer(first, "coming", at=minute(1), via="page")
    publish(TimePassed(night.pk, minute(11)))
    second.refresh_from_db()
    assert second.times == 2
    publish(TimePassed(night.pk, minute(25)))
    callout.refresh_from_db()
    assert (states(callout), callout.state) == (["coming", "silent"], "answered")
    assert Telling.objects.filter(member=other).count() == 2


def test_the_time_from_call_to_arrival_is_kept_once(night):
    callout = called(night, [a_member()])
    call = callout.calls.get()
    acts.answer(call, "coming", at=minute(3), via="page", eta_at=minute(60))
    acts.arrive(call, at=minute(75))
    acts.arrive(call, at=minute(90))
    call.refresh_from_db()
    assert call.arrived_at - call.asked_at == timedelta(minutes=75)
    assert JournalEntry.objects.filter(act="arrive").count() == 1


def test_the_link_opens_one_call_without_an_account(client, night):
    callout = called(night, [a_member(), a_member()])
    first, second = callout.calls.all()
    url = answer_url(first)
    page = client.get(url, HTTP_ACCEPT_LANGUAGE="en")
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert "East gate" in page.content.decode()
    assert second.name not in page.content.decode()
    assert client.post(url, {"answer": "coming", "minutes": "x"}).status_code == 422
    assert client.post(url, {"answer": "maybe"}).status_code == 422
    for _again in range(2):
        assert client.post(url, {"answer": "coming", "minutes": "30"}).status_code == 302
    first.refresh_from_db()
    assert (first.answer, first.via, first.eta_at) == ("coming", "link", night.now() + timedelta(minutes=30))
    assert JournalEntry.objects.filter(act="answer_call").count() == 1
    client.post(url, {"answer": "there"})
    first.refresh_from_db()
    assert first.arrived_at is not None


@pytest.mark.parametrize(
    "token", ["x", "1:2:3", signing.dumps(1, salt="another")], ids=["short", "made up", "of another page"]
)
def test_a_wrong_link_opens_nothing(client, night, token):
    assert client.get(f"/command/call/{token}/").status_code == 404
    assert client.post(f"/command/call/{token}/", {"answer": "coming"}).status_code == 404


def test_a_link_is_dead_after_a_week(client, night, monkeypatch):
    url = answer_url(called(night, [a_member()]).calls.get())
    later = (timezone.now() + timedelta(days=8)).timestamp()
    monkeypatch.setattr("django.core.signing.time.time", lambda: later)
    assert client.get(url).status_code == 404


def test_the_leader_writes_down_what_was_said_on_the_phone(client, night):
    sign_in(client, "commander", night)
    office = Organisation.objects.create(name="商务局", head="任远", deputy="尹川", phone="025-0000-1012")
    assert [one.name for one in heads_of(office)] == ["任远", "尹川"]
    given = {"title": "Trucks", "organisation": office.pk, "way": "first", "asking": "a"}
    for _again in range(2):
        assert client.post("/command/calls/new/", given).status_code == 302
    callout = CallOut.objects.get()
    page = client.get(f"/command/calls/{callout.pk}/").content.decode()
    assert "tel:025-0000-1012" in page
    head, deputy = callout.calls.all()
    client.post(f"/command/calls/{callout.pk}/", {"do": "cannot", "call": head.pk, "note": "in Suzhou"})
    deputy.refresh_from_db()
    assert deputy.asked_at is not None
    client.post(f"/command/calls/{callout.pk}/", {"do": "coming", "call": deputy.pk, "minutes": "20"})
    client.post(f"/command/calls/{callout.pk}/", {"do": "there", "call": deputy.pk})
    deputy.refresh_from_db()
    assert (deputy.answer, deputy.via, bool(deputy.arrived_at)) == ("coming", "phone", True)
    bad = client.post(f"/command/calls/{callout.pk}/", {"do": "coming", "call": head.pk, "minutes": "soon"})
    assert bad.status_code == 422
    assert client.post("/command/calls/new/", {"title": "Nobody", "way": "all", "asking": "b"}).status_code == 422


def test_what_is_called_off_asks_nobody_any_more(night):
    callout = called(night, [a_member(), a_member()])
    acts.call_off(callout, at=minute(1))
    acts.call_off(callout, at=minute(2))
    publish(TimePassed(night.pk, minute(60)))
    assert Call.objects.filter(asked_at__isnull=False).count() == 1
    assert Telling.objects.filter(key__startswith="off:").count() == 1
    with pytest.raises(UserError, match="called off"):
        acts.answer(callout.calls.first(), "coming", at=minute(61), via="page")


def test_somebody_answers_only_their_own_call(client, night):
    callout = called(night, [a_member()])
    mine = sign_in(client, "desk", night)
    other = callout.calls.get()
    assert client.post(f"/command/calls/{callout.pk}/", {"do": "coming", "call": other.pk}).status_code == 403
    own = called(night, [mine], key="own")
    call = own.calls.get()
    assert client.post(f"/command/calls/{own.pk}/", {"do": "coming", "call": call.pk}).status_code == 302
    assert client.post(f"/command/calls/{own.pk}/", {"do": "off", "call": call.pk}).status_code == 403
