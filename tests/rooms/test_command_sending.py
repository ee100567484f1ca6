"""Telling people by their channels: tried again, shown, kept secret; an exercise never sends outward."""

from __future__ import annotations

import json
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest
from builders import NIGHT, a_member, an_incident, sign_in
from django.core import mail
from django.utils import timezone

from doorstep.command.calling import acts
from doorstep.command.events import Tell, TimePassed
from doorstep.command.models import Channel, Delivery, Incident, JournalEntry, Organisation, Telling
from doorstep.command.posts import activating, holding
from doorstep.command.sending import channels, jobs, telling, transports
from doorstep.command.sending.telling import Words
from doorstep.errors import UserError
from doorstep.wiring.events import publish

pytestmark = pytest.mark.django_db
ADDRESS = "wecombot://very-secret-key"


@pytest.fixture
def drill():
    return an_incident()


@pytest.fixture
def real():
    incident = an_incident()
    incident.clock_kind = Incident.ClockKind.REAL
    incident.save()
    return incident


@pytest.fixture
def outside(monkeypatch):
    """Every way out, watched: what is sent stands in the list."""
    sent = []
    for way in ("_apprise", "_email", "_webhook", "_console"):
        monkeypatch.setattr(transports, way, lambda facts, note, way=way: sent.append((way, note)))
    return sent


@pytest.fixture
def queued(monkeypatch):
    """What the job runner would be given."""
    given = []
    monkeypatch.setattr(telling, "queue", given.append)
    return given


def reached(kind="email", address="a@b.cn", **facts):
    member = a_member()
    facts = {"label": "mail", "at": NIGHT, "by": None, **facts}
    return member, channels.add_channel(member, kind, address, **facts)


def told(incident, member, key="k", urgency=2):
    publish(Tell(incident.pk, (member.pk,), "Come", "to the gate", key, NIGHT, urgency, "/board/"))
    return Telling.objects.get(member=member, key=key)


def test_an_exercise_sends_nothing_outward_by_any_way(drill, outside, queued, client):
    by = a_member("commander", incident=drill)
    ways = [
        reached(),
        reached("webhook", "https://a.cn/x", secret="s" * 20),
        reached("console", ""),
        reached("apprise", ADDRESS),
    ]
    people = [member for member, _channel in ways]
    holding.keep_standing("commander", people, at=NIGHT, by=None)
    activating.activate(drill, at=NIGHT, by=by)
    wanted = [acts.Wanted(one.name, "", one) for one in people]
    callout = acts.call_out(drill, "Gate", wanted, key="g", at=NIGHT, by=by, way="all")
    told(drill, people[0], urgency=3)
    publish(TimePassed(drill.pk, NIGHT + timedelta(hours=3)))
    acts.call_off(callout, at=NIGHT)
    assert Telling.objects.count() > 8
    assert set(Delivery.objects.values_list("state", flat=True)) == {"loopback"}
    assert jobs.retry(timezone.now() + timedelta(days=9)) == 0
    assert outside == queued == []


def test_even_a_waiting_delivery_of_an_exercise_ends_in_the_loopback(real, outside, queued):
    member, channel = reached()
    delivery = told(real, member).deliveries.get()
    real.clock_kind = Incident.ClockKind.EXERCISE
    real.save()
    assert jobs.deliver(delivery.pk) == "loopback"
    with pytest.raises(transports.ExerciseError):
        transports.send(channel, transports.Note("a", "", "", 1), real)
    assert channels.try_channel(channel, incident=real, at=NIGHT, by=None) == "loopback"
    assert outside == []


def test_a_real_message_is_sent_once(real, outside, queued):
    member, _channel = reached()
    for _again in range(2):
        delivery = told(real, member).deliveries.get()
    assert queued == [delivery.pk]
    assert [jobs.deliver(delivery.pk) for _again in range(2)] == ["sent", ""]
    ((way, note),) = outside
    assert (way, note.title, note.body) == ("_email", "Come", "to the gate")


def test_what_is_not_taken_is_tried_again_later_and_fails_with_its_reason(real, monkeypatch, queued):
    def refuse(_facts, _note):
        raise UserError("The other side did not answer.", mend="Check the address.")

    monkeypatch.setattr(transports, "_email", refuse)
    member, _channel = reached()
    delivery = told(real, member).deliveries.get()
    now = timezone.now()
    for wait in jobs.WAITS:
        assert jobs.retry(now) == 1
        assert jobs.retry(now) == 0
        now += timedelta(minutes=wait)
    jobs.retry(now)
    delivery.refresh_from_db()
    assert (delivery.state, delivery.attempts) == ("failed", len(jobs.WAITS) + 1)
    assert "did not answer" in delivery.error


def test_who_has_no_channel_is_to_be_telephoned_and_an_office_reaches_its_people(real, outside, queued):
    assert told(real, a_member()).deliveries.get().state == "nowhere"
    office = Organisation.objects.create(name="商务局")
    channels.add_channel(office, "email", "o@b.cn", label="office", at=NIGHT, by=None, least_urgency=2)
    member = a_member()
    member.organisation = office
    member.save()
    assert told(real, member, "loud", 2).deliveries.get().label == "office"
    assert told(real, member, "quiet", 1).deliveries.get().state == "nowhere"


def test_what_is_at_once_goes_on_to_the_deputy_then_to_the_commander(drill):
    first, deputy, head = a_member(), a_member(), a_member()
    holding.keep_standing("press", [first, deputy], at=NIGHT, by=None)
    holding.keep_standing("commander", [head], at=NIGHT, by=None)
    activating.activate(drill, at=NIGHT, by=None)
    mine = told(drill, first, "danger", 3)
    for minutes in (9, 10, 10, 20):
        publish(TimePassed(drill.pk, NIGHT + timedelta(minutes=minutes)))
    assert set(Telling.objects.filter(key="danger").values_list("member", flat=True)) == {first.pk, deputy.pk, head.pk}
    last = Telling.objects.get(key="danger", member=head)
    telling.acknowledge(last, at=NIGHT + timedelta(minutes=21), by=head)
    publish(TimePassed(drill.pk, NIGHT + timedelta(hours=2)))
    assert Telling.objects.filter(key="danger").count() == 3
    mine.refresh_from_db()
    assert mine.passed_on_at is not None


def test_an_address_stands_nowhere_but_in_its_seal(client, real):
    sign_in(client, "commander", real)
    member = a_member()
    given = {
        "member": member.pk,
        "kind": "apprise",
        "label": "group",
        "address": ADDRESS,
        "least_urgency": "1",
    }
    assert client.post("/command/channels/", given).status_code == 302
    channel = Channel.objects.get()
    secret = ADDRESS.partition("//")[2]
    page = client.get("/command/channels/").content.decode()
    kept = json.dumps([*JournalEntry.objects.values_list("data", "subject_label")], ensure_ascii=False)
    assert secret not in page + kept + channel.sealed
    assert secret not in client.get("/command/sent/?format=csv").content.decode()
    refused = client.post("/command/channels/", {**given, "label": ""})
    assert refused.status_code == 422
    assert secret not in refused.content.decode()
    assert client.post(f"/command/channels/{channel.pk}/", {"do": "remove"}).status_code == 302
    assert not Channel.objects.exists()


@pytest.mark.parametrize(
    ("kind", "address", "secret", "field"),
    [
        ("email", "not an address", "", "address"),
        ("webhook", "http://a.cn", "s" * 20, "address"),
        ("webhook", "https://a.cn", "short", "secret"),
        ("apprise", "syslog://", "", "address"),
        ("apprise", "nothing", "", "address"),
        ("pigeon", "x", "", "kind"),
    ],
)
def test_a_channel_that_cannot_work_is_refused_at_its_field(kind, address, secret, field):
    with pytest.raises(UserError) as refused:
        reached(kind, address, secret=secret)
    assert refused.value.field == field
    assert not Channel.objects.exists()


def test_without_apprise_it_is_said_what_to_install(monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "apprise", None)
    with pytest.raises(UserError, match="not installed"):
        reached("apprise", ADDRESS)


def test_a_new_key_of_the_installation_is_told_in_words(settings, real):
    _member, channel = reached()
    settings.SECRET_KEY = "another"
    with pytest.raises(UserError, match="cannot be read"):
        channels.try_channel(channel, incident=real, at=NIGHT, by=None)
    channel.refresh_from_db()
    assert "cannot be read" in channel.test_error


def test_mail_leaves_by_the_mail_server_and_a_missing_one_is_told(settings, real):
    _member, channel = reached()
    settings.EMAIL_HOST = ""
    with pytest.raises(UserError, match="No mail server"):
        channels.try_channel(channel, incident=real, at=NIGHT, by=None)
    settings.EMAIL_HOST = "mail.test"
    assert channels.try_channel(channel, incident=real, at=NIGHT, by=None) == "sent"
    assert mail.outbox[0].to == ["a@b.cn"]


def test_a_webhook_is_signed_and_follows_no_redirect():
    heard = []

    class Other(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            heard.append((self.path, self.headers["X-Doorstep-Signature"], body))
            self.send_response(302 if self.path == "/away" else 200)
            self.send_header("Location", "/elsewhere")
            self.end_headers()

        def log_message(self, *_words):
            pass

    server = HTTPServer(("127.0.0.1", 0), Other)
    Thread(target=server.serve_forever, daemon=True).start()
    site = f"http://127.0.0.1:{server.server_port}"
    note = transports.Note("Come", "now", "", 3)
    try:
        transports._webhook({"address": f"{site}/in", "secret": "s" * 20}, note)
        with pytest.raises(UserError, match="answered 302"):
            transports._webhook({"address": f"{site}/away", "secret": "s" * 20}, note)
    finally:
        server.shutdown()
        server.server_close()
    path, signed, body = heard[0]
    stamp, given = (part.partition("=")[2] for part in signed.split(","))
    assert given == transports.signature("s" * 20, stamp, body)
    assert json.loads(body)["title"] == "Come"
    assert [line[0] for line in heard] == ["/in", "/away"]
    assert path == "/in"


def test_everybody_sees_only_what_they_were_told_and_says_so(client, drill):
    me = sign_in(client, "carrier", drill)
    mine, other = told(drill, me), told(drill, a_member(), "other")
    page = client.get("/command/told/").content.decode()
    assert page.count("to the gate") == 1
    assert client.post("/command/told/", {"told": other.pk}).status_code == 404
    for _again in range(2):
        assert client.post("/command/told/", {"told": mine.pk}).status_code == 302
    mine.refresh_from_db()
    assert mine.acknowledged_at is not None
    assert JournalEntry.objects.filter(act="acknowledge").count() == 1


def test_the_page_of_what_was_sent_is_narrowed_by_state(client, real, queued):
    sign_in(client, "commander", real)
    told(real, a_member(), "one")
    member, _channel = reached()
    telling.tell(real, [member], Words("Second"), key="two", at=NIGHT)
    page = client.get("/command/sent/?show=nowhere").content.decode()
    assert "no channel: telephone" in page
    assert "Second" not in page
    assert "Second" in client.get("/command/sent/?show=waiting").content.decode()
    assert "Second" in client.get(f"/command/sent/?q={member.name}").content.decode()
