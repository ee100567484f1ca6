"""What the desk puts on the watch list, what a list does when its owner leaves, and that nothing is ever without owner or alarm."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from uuid import uuid4

import pytest
from builders import NIGHT, a_compound, a_household, a_member, a_sealed_area, an_incident
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from doorstep import protocol
from doorstep.command.models import Task
from doorstep.command.people import save_member
from doorstep.crew import actions as crew
from doorstep.crew.models import Post, Shift
from doorstep.desk import emergencies, handing, merging, messages, objects, requests, watches
from doorstep.desk.escalation import climb
from doorstep.desk.lists import WAITING, burden_of
from doorstep.desk.models import Merge, Message, Request
from doorstep.errors import UserError
from doorstep.rounds.visits import VisitReport, record_visit, undo_visit

pytestmark = pytest.mark.django_db
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


class Desk:
    """A sealed area and two desk workers; nobody above them."""

    def __init__(self):
        self.area = a_sealed_area(compound=a_compound("梧桐院", stairs=1, floors=3))
        self.incident = self.area.incident
        self.me, self.other = (a_member("desk", incident=self.incident) for _ in range(2))
        self.door = self.area.area_doors.select_related("door__stair__building").order_by("pk").first().door
        self.home = a_household(self.door, persons=2)

    def ask(self, need="food", text="米快没了", *, at=NIGHT, owner=None):
        asked = requests.Asked(need, text, door=self.door)
        return requests.open_request(self.incident, asked, at=at, by=self.me, owner=owner)

    def rows(self, at):
        return [(row.what, row.level) for row in watches.requests_waiting(self.incident, at)]

    def a_shift(self, member):
        post = Post.objects.create(incident=self.incident, name=f"岗{uuid4().hex[:6]}", starts_at=NIGHT)
        return Shift.objects.create(
            post=post, member=member, starts_at=NIGHT, ends_at=NIGHT + 6 * HOUR, state="on_duty", checked_in_at=NIGHT
        )


@pytest.fixture
def desk():
    return Desk()


def test_nobody_owns_it_in_time(desk):
    desk.ask("medicine", "降压药")
    desk.ask("comfort", "书")
    assert desk.rows(NIGHT + 14 * MINUTE) == []
    assert desk.rows(NIGHT + 15 * MINUTE) == [("nobody owns it", 3)]
    assert desk.rows(NIGHT + 120 * MINUTE) == [("nobody owns it", 3), ("nobody owns it", 2)]


def test_late_declined_untold_an_appeal_and_a_yes_that_nobody_asked_for(desk):
    given = {"by": desk.me, "at": NIGHT}
    requests.take(desk.ask(), **given)
    no = desk.ask("comfort", "活鸡")
    requests.decline(no, reason="活禽不能进院", **given)
    done = desk.ask("pet", "猫粮")
    requests.finish(done, "已送", **given)
    assert desk.rows(NIGHT + HOUR) == []
    assert desk.rows(NIGHT + 1.1 * HOUR) == [("declined, and the resident does not know why", 2)]
    requests.tell(no, **given)
    requests.appeal(no, "老人过寿", **given)
    found = desk.rows(NIGHT + 24.1 * HOUR)
    assert ("past its due time", 2) in found
    assert ("an appeal without an answer", 2) in found
    assert ("done, and nobody has asked the resident", 1) in found


def test_danger_to_life_stands_at_once_at_the_highest_level(desk):
    request = desk.ask("medical_emergency", "喘不上气")
    row = watches.requests_waiting(desk.incident, NIGHT)[0]
    assert row.level == 3
    assert row.door_id == desk.door.pk
    requests.take(request, by=desk.me, at=NIGHT)
    assert desk.rows(NIGHT) == [("danger to life", 3)]
    requests.finish(request, "120接走", by=desk.me, at=NIGHT)
    assert desk.rows(NIGHT) == []


def test_a_message_nobody_has_taken_is_an_alarm_and_signs_of_danger_sooner(desk):
    messages.receive(desk.incident, messages.Said("chat", "要米", NIGHT), at=NIGHT, by=None)
    grave, _new = messages.receive(desk.incident, messages.Said("chat", "喘", NIGHT, urgent=True), at=NIGHT, by=None)
    assert desk.rows(NIGHT + MINUTE) == []
    assert desk.rows(NIGHT + 2 * MINUTE) == [("signs of danger to life in a message nobody has taken", 3)]
    messages.take(grave, by=desk.me, at=NIGHT)
    assert desk.rows(NIGHT + 15 * MINUTE) == [("a message nobody has taken", 2)]


def test_many_are_counted_and_none_is_lost(desk, monkeypatch):
    monkeypatch.setattr(watches, "MOST", 5)
    for number in range(9):
        desk.ask("medicine", f"药{number}")
    rows = watches.requests_waiting(desk.incident, NIGHT + HOUR)
    assert len(rows) == 6
    assert sum(row.count for row in rows) == 9


def test_an_object_without_a_holder_is_on_the_watch_list(desk):
    given = objects.Given("key", desk.door, "一把")
    thing = objects.take_in(desk.incident, given, holder=desk.me, at=NIGHT, by=desk.me)
    assert watches.objects_without_holder(desk.incident, NIGHT) == []
    desk.me.health = "quarantine"
    desk.me.save()
    assert "its holder is away" in watches.objects_without_holder(desk.incident, NIGHT)[0].what
    type(thing).objects.update(holder=None)
    assert watches.objects_without_holder(desk.incident, NIGHT)[0].what == "nobody holds it"


def test_a_shift_does_not_end_while_something_is_in_ones_hands(desk):
    requests.take(desk.ask(), by=desk.me, at=NIGHT)
    shift = desk.a_shift(desk.me)
    with pytest.raises(UserError, match="1 thing is still in your hands"):
        crew.hand_over(shift, "一切正常", at=NIGHT + HOUR, by=desk.me)
    assert Shift.objects.get(pk=shift.pk).state == "on_duty"
    done = handing.hand_all(desk.me, desk.other, at=NIGHT + HOUR, by=desk.me, incident=desk.incident)
    assert (done.requests, burden_of(desk.me).total) == (1, 0)
    crew.hand_over(Shift.objects.get(pk=shift.pk), "一切正常", at=NIGHT + HOUR, by=desk.me)
    assert Shift.objects.get(pk=shift.pk).state == "done"


def test_nobody_hands_a_list_to_somebody_who_is_away(desk):
    requests.take(desk.ask(), by=desk.me, at=NIGHT)
    desk.other.available = False
    desk.other.save()
    with pytest.raises(UserError, match="not available"):
        handing.hand_all(desk.me, desk.other, at=NIGHT, by=desk.me)


def test_into_quarantine_the_list_is_empty_in_the_same_act(desk):
    requests.take(desk.ask(), by=desk.me, at=NIGHT)
    thing = objects.take_in(desk.incident, objects.Given("card", desk.door), holder=desk.me, at=NIGHT, by=desk.me)
    word, _new = messages.receive(desk.incident, messages.Said("chat", "要米", NIGHT), at=NIGHT, by=None)
    messages.take(word, by=desk.me, at=NIGHT)
    lead = a_member("coordinator", incident=desk.incident)
    task = Task.objects.create(incident=desk.incident, title="查门", owner=desk.me, opened_at=NIGHT)
    running = desk.a_shift(desk.me)
    later = Shift.objects.create(
        post=running.post, member=desk.me, starts_at=NIGHT + 24 * HOUR, ends_at=NIGHT + 30 * HOUR
    )
    save_member(desk.me, incident=desk.incident, at=NIGHT, by=lead, health="quarantine")
    assert burden_of(desk.me).total == 0
    assert Request.objects.get().owner == desk.other
    thing.refresh_from_db()
    assert thing.holder == lead
    assert Message.objects.get().state == "new"
    assert Task.objects.get(pk=task.pk).owner == lead
    assert [Shift.objects.get(pk=one.pk).state for one in (running, later)] == ["done", "dropped"]


def test_when_nobody_is_left_it_is_an_alarm_without_waiting_for_a_clock(desk):
    request = desk.ask("comfort", "书", owner=desk.me)
    for member in (desk.other, desk.me):
        save_member(member, incident=desk.incident, at=NIGHT, by=None, available=False)
    request.refresh_from_db()
    assert (request.owner, request.lost_owner) == (None, True)
    assert desk.rows(NIGHT) == [("nobody owns it", 2)]


def test_a_ladder_climbed_twice_adds_nothing_and_whoever_comes_later_gets_what_nobody_could_take(desk):
    for member in (desk.me, desk.other):
        save_member(member, incident=desk.incident, at=NIGHT, by=None, available=False)
    request = desk.ask("medicine", "降压药")
    at = NIGHT + 30 * HOUR
    assert len(climb(desk.incident, at=at)) == 3
    assert climb(desk.incident, at=at) == []
    save_member(desk.other, incident=desk.incident, at=at, by=None, available=True)
    assert [step.became_owner for step in climb(desk.incident, at=at)] == [True]
    assert climb(desk.incident, at=at) == []
    request.refresh_from_db()
    assert request.owner == desk.other


def test_serious_answers_of_a_knock_come_to_the_desk_and_its_follow_up_is_taken_over(desk):
    carrier = a_member("carrier", incident=desk.incident)
    said = {"food": "short", "worry": "none", "medicine": "days"}
    report = VisitReport(uuid4(), desk.door.pk, "opened", NIGHT, welfare=said, note="老人说手抖")
    visit = record_visit(desk.incident, report, by=carrier, at=NIGHT + MINUTE)
    message = Message.objects.get()
    assert (message.channel, message.door, message.recorded_by) == ("visit", desk.door, carrier)
    assert [line["need"] for line in message.suggested] == ["food", "medicine"]
    assert "老人说手抖" in message.text
    task = Task.objects.get(key=f"visit:{visit.pk}:welfare")
    messages.take(message, by=desk.me, at=NIGHT + 2 * MINUTE)
    task.refresh_from_db()
    assert task.state == "done"


def test_a_knock_with_nothing_serious_says_nothing_to_the_desk_and_one_taken_back_takes_its_message_along(desk):
    carrier = a_member("carrier", incident=desk.incident)
    report = VisitReport(uuid4(), desk.door.pk, "opened", NIGHT, welfare={"food": "enough"})
    record_visit(desk.incident, report, by=carrier, at=NIGHT)
    assert not Message.objects.exists()
    report = VisitReport(uuid4(), desk.door.pk, "opened", NIGHT, welfare={"food": "short"})
    visit = record_visit(desk.incident, report, by=carrier, at=NIGHT)
    undo_visit(visit, by=carrier, at=NIGHT)
    assert Message.objects.get().state == "done"


def test_bad_breath_in_a_cloud_is_an_emergency_without_anybody_taking_the_message():
    incident = an_incident("chemical-shelter")
    area = a_sealed_area(incident, zone="shelter")
    commander = a_member("commander", incident=incident)
    door = area.area_doors.first().door
    a_household(door)
    report = VisitReport(uuid4(), door.pk, "through_door", NIGHT, welfare={"breathing": "badly"})
    record_visit(incident, report, by=None, at=NIGHT)
    request = Request.objects.get()
    assert (request.level, request.owner) == ("emergency", commander)


ACTS = ("ask", "ask_urgent", "emergency", "take", "accept", "decline", "tell", "appeal", "answer", "done", "confirm",
        "reopen", "hand", "hand_all", "end_shift", "quarantine", "away", "back", "merge", "unmerge", "climb", "calm")  # fmt: skip


class TestNoRequestIsEverWithoutOwnerOrAlarm(TestCase):
    """Random sequences of acts, shift ends and quarantines, at random instants."""

    @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
    @given(
        st.lists(
            st.tuples(st.sampled_from(ACTS), st.integers(0, 5), st.integers(0, 3), st.integers(0, 400)),
            min_size=4,
            max_size=30,
        )
    )
    def test_over_any_sequence_of_acts(self, steps):
        world = World()
        for act, which, who, minutes in steps:
            world.at += minutes * MINUTE
            world.step(act, which, who)
            world.check()
        world.at += 5 * HOUR
        world.check()


class World:
    """Two desk workers, a coordinator, a commander, and what they do."""

    def __init__(self):
        self.desk = Desk()
        self.incident, self.at = self.desk.incident, NIGHT
        self.people = [
            self.desk.me,
            self.desk.other,
            a_member("coordinator", incident=self.incident),
            a_member("commander", incident=self.incident),
        ]

    def step(self, act, which, who):
        rows = list(Request.objects.order_by("number"))
        request = rows[which % len(rows)] if rows else None
        self.people = [type(one).objects.get(pk=one.pk) for one in self.people]
        member = self.people[who]
        given = {"by": member, "at": self.at}
        plain = {
            "ask": lambda: self.desk.ask("food", f"米{which}", at=self.at),
            "ask_urgent": lambda: self.desk.ask("medicine", f"药{which}", at=self.at, owner=member if who else None),
            "climb": lambda: climb(self.incident, at=self.at),
            "hand_all": lambda: handing.hand_all(member, self.people[which % 4], at=self.at, by=member),
            "end_shift": lambda: self.end_shift(member, self.people[which % 4]),
            "quarantine": lambda: self.status(member, health="quarantine"),
            "away": lambda: self.status(member, available=False),
            "back": lambda: self.status(member, health="fit", available=True),
            "unmerge": lambda: [merging.unmerge(one, **given) for one in Merge.objects.filter(undone_at=None)[:1]],
        }
        of_one = {
            "emergency": lambda: emergencies.promote(request, **given),
            "calm": lambda: emergencies.calm(request, "normal", "没事了", **given),
            "take": lambda: requests.take(request, **given),
            "accept": lambda: requests.accept(request, **given),
            "decline": lambda: requests.decline(request, reason="没有", **given),
            "tell": lambda: requests.tell(request, **given),
            "appeal": lambda: requests.appeal(request, "不同意", **given),
            "answer": lambda: requests.answer_appeal(request, "复核", granted=bool(which % 2), **given),
            "done": lambda: requests.finish(request, "已办", **given),
            "confirm": lambda: requests.confirm(request, **given),
            "reopen": lambda: requests.reopen(request, "还差", **given),
            "hand": lambda: requests.give(request, self.people[which % 4], **given),
            "merge": lambda: merging.merge(rows[0], request, **given),
        }
        doing = plain.get(act) or (of_one[act] if request else None)
        if doing is None:
            return
        with suppress(UserError):  # refused with a reason: nothing has changed
            doing()

    def end_shift(self, member, to):
        shift = self.desk.a_shift(member)
        try:
            crew.hand_over(shift, "正常", at=self.at, by=member)
        except UserError:
            handing.hand_all(member, to, at=self.at, by=member)
            crew.hand_over(Shift.objects.get(pk=shift.pk), "正常", at=self.at, by=member)
        assert burden_of(member).requests == 0

    def status(self, member, **facts):
        save_member(member, incident=self.incident, at=self.at, by=None, **facts)
        if not (member.available and member.health == "fit"):
            assert burden_of(member).requests == 0

    def check(self):
        """Each request that is not over has an owner who is at hand, stands on the watch list, or its protocol's clock
        runs, at whose end it stands there."""
        urls = {row.url for row in watches.requests_waiting(self.incident, self.at)}
        for request in Request.objects.filter(WAITING).select_related("owner"):
            if request.owner and request.owner.available and request.owner.health == "fit":
                continue
            url = f"/desk/request/{request.pk}/"
            if url in urls:
                continue
            assert request.owner is None, (request.number, request.state)
            assert not request.events.filter(act="lose").exists()  # what lost its owner does not wait for a clock
            end = protocol.owned_by(self.incident.protocol, request.level, request.unowned_since)
            assert self.at < end
            assert url in {row.url for row in watches.requests_waiting(self.incident, end)}
