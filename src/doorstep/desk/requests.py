"""What is done with a request, from the word to the resident's "yes, thank you". Each act is one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from doorstep import protocol
from doorstep.command.models import Area, Incident, Member
from doorstep.command.queries import bound_area_of
from doorstep.desk import owed
from doorstep.desk.models import Message, Request
from doorstep.desk.notes import locked, note
from doorstep.desk.staff import above_the_team
from doorstep.errors import UserError
from doorstep.register.models import Door, Household, Person

COMPLAINT = "complaint"
LATER_ON = (Request.State.MERGED, Request.State.CONFIRMED)


@dataclass(frozen=True)
class Asked:
    """One thing that somebody needs. `client_id` is made once for each request by whoever writes it down."""

    need: str
    text: str
    level: str = ""
    persons: int = 1
    door: Door | None = None
    household: Household | None = None
    person: Person | None = None
    contact: str = ""
    days_left: float | None = None
    said_at: datetime | None = None
    client_id: UUID | None = None


@transaction.atomic
def open_request(
    incident: Incident,
    asked: Asked,
    *,
    at: datetime,
    by: Member | None,
    messages: Sequence[Message] = (),
    owner: Member | None = None,
) -> Request:
    """Open a request under the next number. Asking with the same `client_id` again gives the one there is.

    A complaint goes to somebody above the team. Danger to life goes to the emergency path in the same act.
    """
    if asked.client_id and (there := Request.objects.filter(client_id=asked.client_id).first()) is not None:
        return there
    rules = incident.protocol
    need = protocol.need_of(rules, asked.need)
    if need is None:
        raise UserError(_("No need is chosen."), field="need", mend=_("Say what is needed."))
    if not asked.text.strip():
        raise UserError(_("Nothing is written down."), field="text", mend=_("Write what was said."))
    said_at = min(asked.said_at or at, at)
    level = protocol.level_of(rules, asked.level or need.level).code
    home = asked.household or (asked.person.household if asked.person else None)
    door = asked.door or (home.door if home else None)
    if home is None and door is not None:
        home = door.households.filter(active=True).order_by("pk").first()
    area = bound_area_of(incident, door.pk) if door else None
    if asked.need == COMPLAINT:
        owner = above_the_team(incident, area, at) or owner
    request = Request.objects.create(
        incident=incident,
        number=next_number(incident),
        door=door,
        household=home,
        person=asked.person,
        area=area,
        contact=asked.contact.strip()[:120],
        persons=max(1, asked.persons),
        need=asked.need,
        level=level,
        text=asked.text.strip(),
        days_left=asked.days_left,
        facts={"classes": _classes(home, asked.person)},
        client_id=asked.client_id,
        said_at=said_at,
        recorded_at=at,
        due_at=_due(incident, level, asked.need, said_at, asked.days_left),
        owner=owner,
        unowned_since=None if owner else at,
    )
    request.messages.set(messages)
    note(request, "open", at=at, by=by, words=request.text, for_resident=True, level=level, need=asked.need)
    if protocol.is_emergency(rules, level):
        from doorstep.desk.emergencies import alarm

        return alarm(request, at=at, by=by)
    owed.settle(request, at=at)
    return request


@transaction.atomic
def take(request: Request, *, by: Member, at: datetime) -> Request:
    """Make it mine: I answer for it from now on."""
    return give(request, by, by=by, at=at)


@transaction.atomic
def give(request: Request, to: Member, *, by: Member | None, at: datetime, words: str = "") -> Request:
    """One person answers for a request from now on. Giving it to who has it changes nothing."""
    locked(request)
    if request.state in LATER_ON:
        raise UserError(_("This request is closed."), field="request", mend=_("Open it again first."))
    if request.owner_id == to.pk:
        return request
    before = request.owner_id
    _own(request, to)
    request.save()
    note(request, "give", at=at, by=by, words=words, before=before, to=to.pk)
    owed.settle(request, at=at)
    return request


@transaction.atomic
def accept(
    request: Request, *, by: Member, at: datetime, part: str = "", words: str = "", in_part: bool = False
) -> Request:
    """Say yes, or (with what is not possible in `part`) yes in part; the resident is told. Whoever accepts owns it."""
    locked(request)
    _open(request)
    if in_part and not part.strip():
        raise UserError(
            _("It is not said which part."), field="part", mend=_("Say what is possible and what is not, and why.")
        )
    decision = Request.Decision.PART if part.strip() else Request.Decision.ACCEPTED
    if request.decision == decision and request.reason == part.strip()[:480]:
        return request
    request.decision, request.reason = decision, part.strip()[:480]
    request.state = Request.State.ACCEPTED if request.state == Request.State.NEW else request.state
    request.decided_by, request.decided_at = by, at
    request.told_at = None
    if request.owner is None:
        _own(request, by)
    request.save()
    said = " ".join(filter(None, (part.strip(), words.strip())))
    note(request, "accept_part" if part.strip() else "accept", at=at, by=by, words=said, for_resident=True)
    owed.settle(request, at=at)
    return request


@transaction.atomic
def decline(request: Request, *, reason: str, by: Member, at: datetime) -> Request:
    """Say no, with the reason that the resident is told, and the way to appeal (S81)."""
    locked(request)
    if request.state == Request.State.DECLINED and request.reason == reason.strip()[:480]:
        return request
    _open(request)
    if not reason.strip():
        raise UserError(_("A reason is missing."), field="reason", mend=_("Say why: the resident is told."))
    if protocol.is_emergency(request.incident.protocol, request.level):
        raise UserError(
            _("Danger to life is never declined."),
            field="reason",
            mend=_("Change how urgent it is first, if it is not."),
        )
    request.state, request.decision = Request.State.DECLINED, Request.Decision.DECLINED
    request.reason, request.decided_by, request.decided_at = reason.strip()[:480], by, at
    request.told_at, request.appealed_at, request.appeal_answered_at = None, None, None
    request.appeal = request.appeal_answer = ""
    if request.owner is None:
        _own(request, by)
    request.save()
    note(request, "decline", at=at, by=by, words=request.reason, for_resident=True)
    owed.settle(request, at=at)
    return request


@transaction.atomic
def tell(request: Request, *, by: Member | None, at: datetime, words: str = "") -> Request:
    """The resident was told how it stands, by phone, at the door or on their page."""
    locked(request)
    untold = request.events.filter(for_resident=True, told_at=None)
    if request.told_at is None or untold.exists():
        request.told_at = at
        request.save(update_fields=["told_at"])
        untold.update(told_at=at)
        note(request, "tell", at=at, by=by, words=words)
    return request


@transaction.atomic
def work(request: Request, words: str, *, by: Member, at: datetime, for_resident: bool = False) -> Request:
    """A note of what is being done. It begins the work if nobody has."""
    if not words.strip():
        raise UserError(_("The note is empty."), field="words", mend=_("Write what you have done."))
    locked(request)
    if request.state in (Request.State.NEW, Request.State.ACCEPTED):
        if not request.decision:
            request.decision, request.decided_by, request.decided_at = Request.Decision.ACCEPTED, by, at
        request.state = Request.State.WORKING
        if request.owner is None:
            _own(request, by)
        request.save()
        owed.settle(request, at=at)
    note(request, "note", at=at, by=by, words=words, for_resident=for_resident)
    return request


@transaction.atomic
def finish(request: Request, result: str, *, by: Member | None, at: datetime) -> Request:
    """It is done; it stays with its owner until the resident confirms. Saying it twice changes nothing."""
    locked(request)
    if request.state in (Request.State.DONE, Request.State.CONFIRMED):
        return request
    _open(request)
    if not result.strip():
        raise UserError(_("Nothing is said of what came of it."), field="result", mend=_("Write a few words."))
    request.state, request.done_at, request.result = Request.State.DONE, at, result.strip()[:480]
    if request.owner is None and by is not None:
        _own(request, by)
    request.save()
    note(request, "done", at=at, by=by, words=request.result, for_resident=True)
    owed.settle(request, at=at)
    _end_emergency(request, at=at, by=by)
    return request


@transaction.atomic
def confirm(request: Request, *, by: Member | None, at: datetime, words: str = "") -> Request:
    """The resident says that it is done. Only then does its owner answer for it no more."""
    locked(request)
    if request.state == Request.State.CONFIRMED:
        return request
    if request.state != Request.State.DONE:
        raise UserError(_("It is not done yet."), field="request", mend=_("Write down first what came of it."))
    request.state, request.confirmed_at = Request.State.CONFIRMED, at
    request.save(update_fields=["state", "confirmed_at"])
    note(request, "confirm", at=at, by=by, words=words)
    return request


@transaction.atomic
def reopen(request: Request, reason: str, *, by: Member | None, at: datetime) -> Request:
    """It is not done after all, or a closing is taken back: open again with the owner that it had, due anew."""
    locked(request)
    if request.is_open:
        return request
    if request.state == Request.State.MERGED:
        raise UserError(_("It is joined with another."), field="request", mend=_("Take the joining back."))
    if not reason.strip():
        raise UserError(_("A reason is missing."), field="reason", mend=_("Say what is still missing."))
    was = request.state
    request.state = Request.State.WORKING if request.owner_id else Request.State.NEW
    request.done_at = request.confirmed_at = None
    request.result = ""
    if was == Request.State.DECLINED:
        request.decision, request.reason, request.told_at = "", "", None
    request.due_at = max(request.due_at, _due(request.incident, request.level, request.need, at, None))
    request.rung = -1
    if request.owner is None:
        request.unowned_since, request.lost_owner = at, True
    request.save()
    note(request, "reopen", at=at, by=by, words=reason, for_resident=True)
    owed.settle(request, at=at)
    return request


@transaction.atomic
def appeal(request: Request, words: str, *, by: Member | None, at: datetime) -> Request:
    """The resident does not agree with a "no" or "in part": somebody above who decided looks at it again."""
    locked(request)
    if request.decision not in (Request.Decision.DECLINED, Request.Decision.PART):
        raise UserError(_("There is nothing to appeal against."), field="appeal", mend=_("Write a note instead."))
    if request.has_appeal:
        return request
    if not words.strip():
        raise UserError(_("The appeal is empty."), field="appeal", mend=_("Write what the resident says."))
    request.appeal, request.appealed_at = words.strip(), at
    request.appeal_answer, request.appeal_answered_at = "", None
    without = [request.decided_by_id] if request.decided_by_id else []
    above = above_the_team(request.incident, request.area, at, without)
    if above is not None:
        _own(request, above)
    request.save()
    note(request, "appeal", at=at, by=by, words=words, for_resident=True, to=above.pk if above else None)
    return request


@transaction.atomic
def answer_appeal(request: Request, words: str, *, granted: bool, by: Member, at: datetime) -> Request:
    """Answer an appeal: the decision stays, or the request is open again. The resident is told either way."""
    locked(request)
    if not request.has_appeal:
        return request
    if not words.strip():
        raise UserError(_("The answer is empty."), field="answer", mend=_("Say why: the resident is told."))
    if by.pk == request.decided_by_id:
        raise UserError(
            _("Whoever decided does not answer the appeal."), field="answer", mend=_("Hand it to somebody above.")
        )
    request.appeal_answer, request.appeal_answered_at, request.told_at = words.strip(), at, None
    if granted:
        request.decision, request.reason = Request.Decision.ACCEPTED, ""
        request.decided_by, request.decided_at = by, at
        if request.state == Request.State.DECLINED:
            request.state, request.rung = Request.State.ACCEPTED, -1
            request.due_at = _due(request.incident, request.level, request.need, at, None)
    if request.owner is None:
        _own(request, by)
    request.save()
    note(request, "answer_appeal", at=at, by=by, words=words, for_resident=True, granted=granted)
    owed.settle(request, at=at)
    return request


@transaction.atomic
def change(request: Request, *, by: Member | None, at: datetime, **facts: Any) -> Request:
    """Correct what is asked: need, level, persons, days left, text, door. The due time follows; the clock does not start anew."""
    locked(request)
    _open(request)
    rules = request.incident.protocol
    if "need" in facts and protocol.need_of(rules, facts["need"]) is None:
        raise UserError(_("No need is chosen."), field="need", mend=_("Say what is needed."))
    before = {name: getattr(request, name) for name in facts}
    changed = {name: value for name, value in facts.items() if before[name] != value}
    if not changed:
        return request
    for name, value in changed.items():
        setattr(request, name, value)
    if "door" in changed or "household" in changed:
        _place(request)
    request.facts = {**request.facts, "classes": _classes(request.household, request.person)}
    request.due_at = _due(request.incident, request.level, request.need, request.said_at, request.days_left)
    request.rung = -1
    request.save()
    kept = {name: value for name, value in before.items() if name in changed and isinstance(value, str | int | float)}
    note(request, "change", at=at, by=by, before={name: kept[name] for name in kept if name != "text"})
    if "level" in changed and protocol.is_emergency(rules, request.level):
        from doorstep.desk.emergencies import alarm

        return alarm(request, at=at, by=by)
    owed.settle(request, at=at)
    return request


def next_number(incident: Incident) -> int:
    """The next short number of an incident. Whoever asks at the same time waits for this transaction."""
    Incident.objects.select_for_update().filter(pk=incident.pk).first()
    last = Request.objects.filter(incident=incident).aggregate(last=Max("number"))["last"]
    return (last or 0) + 1


def area_of(incident: Incident, door: Door | None) -> Area | None:
    """The area in force that binds a door."""
    return bound_area_of(incident, door.pk) if door else None


def _place(request: Request) -> None:
    if request.household is not None and request.household.door_id != request.door_id:
        request.household = None
    if request.household is None and request.door is not None:
        request.household = request.door.households.filter(active=True).order_by("pk").first()
    if request.person is not None and request.person.household_id != request.household_id:
        request.person = None
    request.area = area_of(request.incident, request.door)


def _own(request: Request, to: Member) -> None:
    request.owner, request.unowned_since, request.lost_owner, request.rung = to, None, False, -1


def _open(request: Request) -> None:
    if not request.is_open:
        raise UserError(_("This request is closed."), field="request", mend=_("Open it again first."))


def _due(incident: Incident, level: str, need: str, said_at: datetime, days_left: float | None) -> datetime:
    needed_by = owed.needed_by(days_left, said_at)
    return protocol.request_due(incident.protocol, level=level, need=need, said_at=said_at, needed_by=needed_by)


def _classes(home: Household | None, person: Person | None) -> list[str]:
    if person is not None:
        return sorted(person.classes)
    if home is None:
        return []
    rows = home.persons.filter(active=True, present="home").values_list("classes", flat=True)
    return sorted({code for classes in rows for code in classes})


def _end_emergency(request: Request, *, at: datetime, by: Member | None) -> None:
    from doorstep.desk.emergencies import end

    end(request, at=at, by=by)
