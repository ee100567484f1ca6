"""Requests: one owner from the word to the resident's yes, decisions that are told, clocks of the protocol, the ledger."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from builders import NIGHT, a_compound, a_household, a_member, a_sealed_area

from doorstep.command.models import JournalEntry, Task
from doorstep.desk import emergencies, merging, messages, requests
from doorstep.desk.escalation import climb
from doorstep.desk.models import EscalationStep, Message, Request
from doorstep.errors import UserError
from doorstep.promises.actions import derive, settle
from doorstep.promises.models import Promise

pytestmark = pytest.mark.django_db
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


class Desk:
    """A sealed area, one household, a desk worker, a coordinator, a commander."""

    def __init__(self):
        self.area = a_sealed_area(compound=a_compound("梧桐院", stairs=1, floors=3))
        self.incident = self.area.incident
        self.worker = a_member("desk", incident=self.incident)
        self.coordinator = a_member("coordinator", incident=self.incident)
        self.commander = a_member("commander", incident=self.incident)
        self.door = self.area.area_doors.select_related("door__stair__building").order_by("pk").first().door
        self.home = a_household(self.door, persons=2, classes=["insulin"])

    def ask(self, need="food", text="米快没了", *, at=NIGHT, owner=None, **facts):
        asked = requests.Asked(need, text, door=facts.pop("door", self.door), **facts)
        return requests.open_request(self.incident, asked, at=at, by=self.worker, owner=owner)

    def by(self, at=NIGHT, who=None):
        return {"by": who or self.worker, "at": at}


@pytest.fixture
def desk():
    return Desk()


def promise_of(request):
    return Promise.objects.get(kind="answer", subject_id=request.pk)


def test_a_request_has_a_short_number_its_household_and_a_due_time_of_the_protocol(desk):
    first, second = desk.ask("medicine", "胰岛素"), desk.ask("comfort", "想要一本书")
    assert (first.number, second.number) == (1, 2)
    assert (first.household, first.area) == (desk.home, desk.area)
    assert (first.level, first.due_at) == ("urgent", NIGHT + 6 * HOUR)
    assert (second.level, second.due_at) == ("low", NIGHT + 72 * HOUR)
    assert first.facts["classes"] == ["insulin"]


def test_what_ends_sooner_is_due_sooner(desk):
    request = desk.ask("medicine", "只剩一点", days_left=0.1)
    assert request.due_at == NIGHT + timedelta(days=0.1)


def test_asking_twice_with_one_id_opens_one(desk):
    key = uuid4()
    assert desk.ask(client_id=key) == desk.ask(client_id=key)
    assert Request.objects.count() == 1


def test_the_clock_starts_when_it_is_said_not_when_it_is_written_down(desk):
    request = desk.ask("medicine", "昨天中午就说了", at=NIGHT + 5 * HOUR, said_at=NIGHT)
    assert (request.said_at, request.due_at) == (NIGHT, NIGHT + 6 * HOUR)


def test_from_acceptance_to_the_residents_yes_it_has_one_owner(desk):
    request = desk.ask()
    requests.accept(request, **desk.by())
    assert (request.state, request.owner) == ("accepted", desk.worker)
    requests.work(request, "已联系超市", **desk.by(NIGHT + MINUTE))
    requests.finish(request, "米面已送到", **desk.by(NIGHT + HOUR))
    assert (request.state, request.owner) == ("done", desk.worker)
    requests.confirm(request, **desk.by(NIGHT + 2 * HOUR))
    assert request.state == "confirmed"
    acts = list(request.events.values_list("act", flat=True))
    assert acts == ["open", "accept", "note", "done", "confirm"]
    assert JournalEntry.objects.filter(act="request_confirm").count() == 1
    assert not [entry for entry in JournalEntry.objects.all() if "米面" in str(entry.data) + entry.subject_label]


def test_nothing_is_confirmed_before_it_is_done(desk):
    with pytest.raises(UserError):
        requests.confirm(desk.ask(), **desk.by())


def test_a_no_needs_a_reason_that_is_told_and_can_be_appealed_to_somebody_above(desk):
    request = desk.ask("comfort", "想要一只活鸡")
    with pytest.raises(UserError) as refused:
        requests.decline(request, reason=" ", **desk.by())
    assert refused.value.field == "reason"
    requests.decline(request, reason="活禽不能进院", **desk.by())
    assert (request.state, request.told_at) == ("declined", None)
    requests.tell(request, **desk.by(NIGHT + MINUTE))
    assert request.told_at == NIGHT + MINUTE
    requests.appeal(request, "老人过寿", **desk.by(NIGHT + HOUR))
    assert request.owner in (desk.coordinator, desk.commander)
    with pytest.raises(UserError):
        requests.answer_appeal(request, "不行", granted=False, **desk.by())
    requests.answer_appeal(request, "可以买白条鸡", granted=True, **desk.by(NIGHT + 2 * HOUR, desk.coordinator))
    assert (request.state, request.decision, request.told_at) == ("accepted", "accepted", None)


def test_in_part_says_which_part(desk):
    request = desk.ask()
    with pytest.raises(UserError) as refused:
        requests.accept(request, in_part=True, **desk.by())
    assert refused.value.field == "part"
    requests.accept(request, part="有米，没有面", in_part=True, **desk.by())
    assert (request.decision, request.state) == ("part", "accepted")


def test_a_complaint_goes_above_the_team(desk):
    team = desk.area.supply_team
    team.leader = desk.coordinator
    team.save()
    request = desk.ask("complaint", "没人接电话", owner=desk.worker)
    assert request.owner == desk.commander


def test_danger_to_life_goes_to_command_in_the_same_act_and_nobody_is_asked(desk):
    request = desk.ask("medical_emergency", "胸口疼，喘不上气")
    task = Task.objects.get()
    assert (task.owner, task.urgency, task.door) == (desk.commander, 3, desk.door)
    assert task.due_at == NIGHT + 2 * MINUTE
    assert (request.emergency_task, request.owner, request.level) == (task, desk.commander, "emergency")
    with pytest.raises(UserError):
        requests.decline(request, reason="不是急症", **desk.by())
    requests.finish(request, "120已接走", **desk.by(NIGHT + 20 * MINUTE))
    task.refresh_from_db()
    assert task.state == "done"


def test_an_emergency_that_nobody_answers_goes_on_to_the_next_after_two_minutes(desk):
    nurse = a_member("health", incident=desk.incident)
    request = desk.ask("medical_emergency", "喘不上气")
    assert climb(desk.incident, at=NIGHT + MINUTE) == []
    assert [step.to for step in climb(desk.incident, at=NIGHT + 2 * MINUTE)] == [desk.coordinator]
    assert climb(desk.incident, at=NIGHT + 6 * MINUTE) == []
    assert [step.to for step in climb(desk.incident, at=NIGHT + 7 * MINUTE)] == [nurse]
    request.refresh_from_db()
    assert request.owner == desk.commander
    other = desk.ask("rescue", "电梯里出不来", at=NIGHT + 8 * MINUTE)
    requests.accept(other, **desk.by(NIGHT + 9 * MINUTE, desk.commander))
    assert climb(desk.incident, at=NIGHT + 11 * MINUTE) == []


def test_a_request_becomes_an_emergency_with_one_act_and_calm_again_with_a_reason(desk):
    request = desk.ask("medical_care", "有点头晕")
    emergencies.promote(request, **desk.by(NIGHT + HOUR))
    emergencies.promote(request, **desk.by(NIGHT + HOUR))
    assert Task.objects.count() == 1
    assert (request.level, request.due_at) == ("emergency", NIGHT + 1.5 * HOUR)
    emergencies.calm(request, "urgent", "本人说没事了", **desk.by(NIGHT + 1.2 * HOUR))
    assert (request.level, request.due_at) == ("urgent", NIGHT + 6 * HOUR)
    assert Task.objects.get().state == "done"


def test_a_request_is_a_promise_of_the_ledger(desk):
    derive(desk.incident, at=NIGHT)
    request = desk.ask()
    promise = promise_of(request)
    assert (promise.state, promise.door, promise.area) == ("open", desk.door, desk.area)
    assert (promise.due_at, promise.at_risk_from) == (request.due_at, NIGHT + 2 * HOUR)
    derive(desk.incident, at=NIGHT)
    assert promise_of(request).state == "open"
    settle(desk.incident, at=NIGHT + 25 * HOUR)
    assert promise_of(request).state == "broken"
    requests.finish(request, "已送到", **desk.by(NIGHT + 26 * HOUR))
    promise = promise_of(request)
    assert (promise.state, promise.late, promise.proof_kind) == ("kept", True, "request")
    requests.reopen(request, "少了一袋", **desk.by(NIGHT + 27 * HOUR))
    assert promise_of(request).state == "open"
    assert request.due_at == NIGHT + 51 * HOUR


def test_nobody_owns_it_in_time_and_the_ladder_names_somebody(desk):
    urgent, other = desk.ask("medicine", "降压药"), desk.ask("comfort", "书")
    assert climb(desk.incident, at=NIGHT + 14 * MINUTE) == []
    steps = climb(desk.incident, at=NIGHT + 15 * MINUTE)
    assert [(step.request, step.to, step.became_owner) for step in steps] == [(urgent, desk.worker, True)]
    assert climb(desk.incident, at=NIGHT + 15 * MINUTE) == []
    assert climb(desk.incident, at=NIGHT + 119 * MINUTE) == []
    assert climb(desk.incident, at=NIGHT + 120 * MINUTE)[0].request == other


def test_what_is_late_is_told_to_one_duty_after_the_other_and_keeps_its_owner(desk):
    request = desk.ask(owner=desk.worker)
    assert climb(desk.incident, at=NIGHT + 24 * HOUR) == []
    for minutes in (1, 15, 30):
        climb(desk.incident, at=NIGHT + 24 * HOUR + minutes * MINUTE)
    steps = EscalationStep.objects.filter(request=request)
    assert [(step.duty, step.to, step.why) for step in steps] == [
        ("desk", desk.worker, "late"),
        ("coordinator", desk.coordinator, "late"),
        ("commander", desk.commander, "late"),
    ]
    request.refresh_from_db()
    assert request.owner == desk.worker


def test_a_message_counts_once_and_two_people_do_not_take_it(desk):
    said = messages.Said("sms", "要两袋米", NIGHT, external_id="gw-1")
    first, is_new = messages.receive(desk.incident, said, at=NIGHT, by=None)
    again, is_new_again = messages.receive(desk.incident, said, at=NIGHT + MINUTE, by=None)
    assert (first, is_new, is_new_again) == (again, True, False)
    messages.take(first, by=desk.worker, at=NIGHT)
    messages.take(first, by=desk.worker, at=NIGHT)
    with pytest.raises(UserError, match=desk.worker.name):
        messages.take(first, by=desk.coordinator, at=NIGHT)
    assert Message.objects.get().taken_by == desk.worker


def test_duplicates_are_proposed_joined_with_both_texts_and_taken_apart(desk):
    first = desk.ask("medicine", "胰岛素快没了", at=NIGHT, owner=desk.worker)
    second = desk.ask("medicine", "家里胰岛素只剩一天", at=NIGHT + HOUR, days_left=0.2)
    desk.ask("pet", "狗粮")
    pair = merging.alike(second)
    assert [(one.older, one.newer) for one in pair] == [(first, second)]
    made = merging.merge(first, second, **desk.by(NIGHT + HOUR))
    first.refresh_from_db()
    second.refresh_from_db()
    assert (second.state, second.merged_into, second.text) == ("merged", first, "家里胰岛素只剩一天")
    assert first.due_at == NIGHT + HOUR + timedelta(days=0.2)
    assert merging.alike(first) == []
    assert promise_of(second).state == "waived"
    merging.unmerge(made, **desk.by(NIGHT + 2 * HOUR))
    first.refresh_from_db()
    second.refresh_from_db()
    assert (second.state, second.merged_into, first.due_at) == ("new", None, NIGHT + 6 * HOUR)
    assert promise_of(second).state == "open"
    merging.keep_apart(first, second, **desk.by())
    assert merging.alike(first) == []
