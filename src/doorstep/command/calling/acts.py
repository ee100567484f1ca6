"""Call people out: ask, hear the answer, go on to the next person, write down who arrived when (S56, S57)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from doorstep.command import journal
from doorstep.command.calling.tokens import answer_url
from doorstep.command.events import CallAnswered
from doorstep.command.models import Call, CallOut, CommandPost, Incident, Member, Organisation, Team
from doorstep.command.sending.telling import Words, answer_time, tell
from doorstep.errors import UserError
from doorstep.wiring.events import publish

ASK_TIMES = 2


@dataclass(frozen=True)
class Wanted:
    """One who may be called: a member, or only a name and a number of whom no record is kept."""

    name: str
    phone: str = ""
    member: Member | None = None


@transaction.atomic
def call_out(
    incident: Incident,
    title: str,
    wanted: Sequence[Wanted],
    *,
    key: str,
    at: datetime,
    by: Member | None,
    way: str = CallOut.Way.FIRST,
    text: str = "",
    place: str = "",
    post: CommandPost | None = None,
    team: Team | None = None,
    organisation: Organisation | None = None,
) -> CallOut:
    """Ask people to come, in this order. The same `key` asks once."""
    if (there := CallOut.objects.filter(key=key).first()) is not None:
        return there
    if not wanted:
        raise UserError(_("Nobody is there to be called."), field="to", mend=_("Choose somebody who has a name here."))
    if not title.strip():
        raise UserError(_("The call says nothing."), field="title", mend=_("Say in a few words what people come for."))
    rules = incident.protocol.activation
    made = CallOut.objects.create(
        incident=incident,
        key=key,
        title=title.strip()[:160],
        text=text.strip(),
        place=place.strip()[:160],
        way=way,
        post=post,
        team=team,
        organisation=organisation,
        answer_minutes=answer_time(incident).total_seconds() / 60,
        rounds=rules.ask_times if rules else ASK_TIMES,
        by=by,
        called_at=at,
    )
    Call.objects.bulk_create(
        Call(callout=made, order=number, member=one.member, name=one.name[:80], phone=one.phone[:40])
        for number, one in enumerate(wanted, 1)
    )
    journal.record(
        "call_out", incident=incident, subject=made, by=by, occurred_at=at, label=made.title, people=len(wanted)
    )
    calls = list(made.calls.select_related("member"))
    for call in calls if way == CallOut.Way.ALL else calls[:1]:
        ask(call, at=at)
    return made


def ask(call: Call, *, at: datetime) -> None:
    """Ask one person, or ask again. Without a channel the page shows the number to ring."""
    callout = call.callout
    call.times += 1
    call.asked_at = call.asked_at or at
    call.asked_again_at = at if call.times > 1 else None
    call.save(update_fields=["times", "asked_at", "asked_again_at"])
    if call.member is not None:
        lines = [callout.text, callout.place and _("Come to: %(place)s") % {"place": callout.place}]
        body = "\n".join(filter(None, lines))
        words = Words(callout.title, body, answer_url(call), callout.urgency)
        tell(callout.incident, [call.member], words, key=f"call:{call.pk}:{call.times}", at=at)


@transaction.atomic
def answer(
    call: Call,
    said: str,
    *,
    at: datetime,
    via: str,
    by: Member | None = None,
    eta_at: datetime | None = None,
    note: str = "",
) -> Call:
    """Write down what the one who was called says. "Cannot" calls the next person in the same act.

    A later answer replaces an earlier one; the same answer twice changes nothing.
    """
    callout = _held(CallOut.objects.filter(pk=call.callout_id)).get()
    call = Call.objects.select_related("member").get(pk=call.pk)
    call.callout = callout
    if said not in (Call.Answer.COMING, Call.Answer.CANNOT):
        raise UserError(_("Nothing was answered."), field="answer", mend=_("Say: coming, or cannot."))
    if call.callout.state == CallOut.State.ENDED:
        raise UserError(_("This call was called off."), field="answer", mend=_("Nobody needs to come any more."))
    if call.arrived_at is not None or (call.answer == said and call.eta_at == eta_at and call.note == note.strip()):
        return call
    if eta_at is not None and eta_at < at - timedelta(minutes=1):
        raise UserError(_("This time has passed."), field="eta_at", mend=_("Say when you will be there."))
    call.answer, call.answered_at, call.via = said, at, via
    call.eta_at = eta_at if said == Call.Answer.COMING else None
    call.note = note.strip()[:240]
    call.asked_at = call.asked_at or at
    call.save()
    journal.record(
        "answer_call",
        incident=call.callout.incident,
        subject=call.callout,
        by=by or call.member,
        occurred_at=at,
        label=f"{call.name}: {call.callout.title}",
        answer=said,
        via=via,
        eta=eta_at.isoformat() if eta_at else "",
    )
    _go_on(call.callout, at=at)
    _told_above(call, at)
    return call


@transaction.atomic
def arrive(call: Call, *, at: datetime, by: Member | None = None) -> Call:
    """Somebody is there. The time from the call to here is kept (S57)."""
    callout = _held(CallOut.objects.filter(pk=call.callout_id)).get()
    call = Call.objects.select_related("member").get(pk=call.pk)
    call.callout = callout
    if call.arrived_at is not None:
        return call
    if call.answer != Call.Answer.COMING:
        call = answer(call, Call.Answer.COMING, at=at, via=Call.Via.PAGE, by=by)
    call.arrived_at = at
    call.save(update_fields=["arrived_at"])
    label = f"{call.name}: {call.callout.title}"
    journal.record("arrive", incident=call.callout.incident, subject=call.callout, by=by, occurred_at=at, label=label)
    return call


@transaction.atomic
def call_off(callout: CallOut, *, at: datetime, by: Member | None = None) -> CallOut:
    """Nobody needs to come any more; who was asked is told so."""
    if callout.state == CallOut.State.ENDED:
        return callout
    callout.state = CallOut.State.ENDED
    callout.save(update_fields=["state"])
    asked = callout.calls.filter(asked_at__isnull=False, member__isnull=False, arrived_at=None)
    members = [call.member for call in asked.exclude(answer=Call.Answer.CANNOT).select_related("member")]
    words = Words(_("Called off: %(title)s") % {"title": callout.title}, _("You need not come any more."), "", 2)
    tell(callout.incident, [one for one in members if one], words, key=f"off:{callout.pk}", at=at)
    journal.record("call_off", incident=callout.incident, subject=callout, by=by, occurred_at=at, label=callout.title)
    return callout


@transaction.atomic
def go_on(incident: Incident, *, at: datetime) -> int:
    """Each minute: whom nobody answers for in time is asked again or followed by the next. Returns how many were asked."""
    waiting = CallOut.objects.filter(incident=incident, state=CallOut.State.OPEN, called_at__lte=at)
    return sum(_go_on(callout, at=at) for callout in _held(waiting).order_by("pk"))


def _held(callouts: QuerySet[CallOut]) -> QuerySet[CallOut]:
    """Call-outs held until the act ends: an answer and the minute's job never work on the same one at once."""
    return callouts.select_for_update(of=("self",)).select_related("incident", "post")


def _go_on(callout: CallOut, *, at: datetime) -> int:
    """Bring one call-out up to date: the silent, the next, the end."""
    patience = timedelta(minutes=callout.answer_minutes)
    calls = list(callout.calls.select_related("member"))
    for call in calls:
        call.callout = callout
    asked = 0
    for call in [one for one in calls if one.asked_at and one.answer == Call.Answer.NONE]:
        since = call.asked_again_at or call.asked_at
        if since is None or since + patience > at:
            continue
        if callout.way == CallOut.Way.ALL and call.times < callout.rounds:
            ask(call, at=since + patience)
            asked += 1
            continue
        call.answer = Call.Answer.SILENT
        call.save(update_fields=["answer"])
        _told_above(call, since + patience)
    if callout.way == CallOut.Way.FIRST:
        asked += _next_one(callout, calls, at)
    _settle(callout, calls)
    return asked


def _next_one(callout: CallOut, calls: list[Call], at: datetime) -> int:
    asked = 0
    patience = timedelta(minutes=callout.answer_minutes)
    while not any(one.answer == Call.Answer.COMING or (one.asked_at and not one.answer) for one in calls):
        following = next((one for one in calls if one.asked_at is None), None)
        if following is None:
            break
        ends = [one.answered_at or (one.asked_at + patience) for one in calls if one.asked_at]
        when = min(at, max(ends)) if ends else at
        ask(following, at=when)
        label = f"{following.name}: {callout.title}"
        journal.record("call_next", incident=callout.incident, subject=callout, by=None, occurred_at=when, label=label)
        asked += 1
        if when + patience <= at:
            following.answer = Call.Answer.SILENT
            following.save(update_fields=["answer"])
        _told_above(following, when)
    return asked


def _settle(callout: CallOut, calls: list[Call]) -> None:
    """A call-out is answered when somebody (of all: everybody who was asked) has spoken; else nobody can come."""
    pending = [one for one in calls if one.answer == Call.Answer.NONE]
    coming = any(one.answer == Call.Answer.COMING for one in calls)
    if callout.way == CallOut.Way.FIRST:
        state = CallOut.State.ANSWERED if coming else CallOut.State.OPEN if pending else CallOut.State.NOBODY
    else:
        state = CallOut.State.OPEN if pending else CallOut.State.ANSWERED if coming else CallOut.State.NOBODY
    if callout.state != state:
        callout.state = state
        callout.save(update_fields=["state"])


def _told_above(call: Call, at: datetime) -> None:
    publish(CallAnswered(call.callout_id, call.pk, at))
