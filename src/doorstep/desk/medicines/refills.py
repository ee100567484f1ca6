"""One supply of a line, from "said" to "in the hand": asked for, dropped, its gap accepted, handed over (S95, S97)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from doorstep import protocol
from doorstep.command import journal
from doorstep.command.models import Incident, Member
from doorstep.desk import dosing, requests
from doorstep.desk.medicines import rules
from doorstep.desk.medicines.models import MedicineLine, Refill
from doorstep.desk.models import EscalationStep, Request
from doorstep.desk.notes import locked, note
from doorstep.desk.requests import Asked, open_request
from doorstep.desk.staff import next_for
from doorstep.errors import UserError
from doorstep.promises.events import TimePassed
from doorstep.register.models import Person

NEED = "medicine"
RUNS_OUT = "runs_out"


@transaction.atomic
def want(
    lines: Sequence[MedicineLine],
    *,
    incident: Incident,
    at: datetime,
    by: Member | None,
    request: Request | None = None,
    packs: dict[int, int] | None = None,
) -> list[Refill]:
    """A supply of these lines of one person is to be had. They join the request that named them, or a new one.

    The clock began when it was said (S86). A line that is being had already is not asked for twice.
    """
    lines = [line for line in lines if line.state == MedicineLine.State.USED]
    if not lines:
        raise UserError(_("No line is chosen."), field="lines", mend=_("Read the lines back first, then choose."))
    busy = {one.line_id: one for one in Refill.objects.filter(line__in=lines, state__in=Refill.OPEN)}
    fresh = [line for line in lines if line.pk not in busy]
    if not fresh:
        return list(busy.values())
    person = fresh[0].person
    request = request or _open_request(incident, person, at) or _new_request(incident, person, fresh, at, by)
    request = locked(request)
    made = [
        Refill.objects.create(
            line=line,
            request=request,
            packs=(packs or {}).get(line.pk) or packs_of(line, at),
            said_at=request.said_at,
            needed_at=line.runs_out_at,
        )
        for line in fresh
    ]
    _sooner(request, fresh, at, by)
    if request.person_id is None:
        request.person = person
        request.save(update_fields=["person"])
    note(request, "medicines", at=at, by=by, words="；".join(str(line) for line in fresh), lines=len(made))
    return [*busy.values(), *made]


@transaction.atomic
def drop(refill: Refill, *, at: datetime, by: Member | None) -> Refill:
    """It is not needed after all. What is with a courier already comes to the door or back to its source."""
    _held(refill)
    if refill.state in (Refill.State.WANTED, Refill.State.PLANNED):
        refill.state, refill.stop = Refill.State.DROPPED, None
        refill.save(update_fields=["state", "stop"])
        _noted("medicine_drop", refill, at, by)
        settle(refill.request, at=at, by=by)
    return refill


@transaction.atomic
def accept_gap(refill: Refill, reason: str, *, clinician: str = "", at: datetime, by: Member | None) -> Refill:
    """It cannot be had, and the resident accepts it, knowing what to do instead. An essential one needs a clinician."""
    _held(refill)
    if not refill.is_open:
        return refill
    if not reason.strip():
        raise UserError(_("A reason is missing."), field="reason", mend=_("Say what was agreed instead."))
    if refill.line.is_essential and not clinician.strip():
        raise UserError(
            _("This medicine is dangerous to miss."),
            field="clinician",
            mend=_("Write the clinician who agrees to the gap."),
        )
    refill.state, refill.gap_at, refill.stop = Refill.State.GAP, at, None
    refill.gap_reason = " · ".join(filter(None, (reason.strip(), clinician.strip())))[:240]
    refill.save(update_fields=["state", "gap_at", "gap_reason", "stop"])
    note(refill.request, "medicine_gap", at=at, by=by, words=f"{refill.line}: {refill.gap_reason}", for_resident=True)
    settle(refill.request, at=at, by=by)
    return refill


@transaction.atomic
def ungap(refill: Refill, *, at: datetime, by: Member | None) -> Refill:
    """Take an accepted gap back: it is to be had again."""
    _held(refill)
    busy = Refill.objects.filter(line=refill.line_id, state__in=Refill.OPEN).exists()
    if refill.state != Refill.State.GAP or busy:
        return refill
    refill.state, refill.gap_at, refill.gap_reason = Refill.State.WANTED, None, ""
    refill.save(update_fields=["state", "gap_at", "gap_reason"])
    if not refill.request.is_open:
        requests.reopen(refill.request, _("a medicine is to be had after all"), by=by, at=at)
    return refill


@transaction.atomic
def hand_over(refill: Refill, *, at: datetime, by: Member | None, proof: str = "") -> Refill:
    """It is in the resident's hand: the stock at home grows, the end moves, the request is done with its last line."""
    _held(refill)
    if refill.state == Refill.State.IN_HAND:
        return refill
    if refill.state != Refill.State.COLLECTED:
        raise UserError(
            _("It has not been collected yet."), field="refill", mend=_("Write down first where it was had.")
        )
    line = refill.line
    had = (refill.box_count or line.pack_count or 1) * refill.packs
    left = max(0.0, stock_at(line, at) or 0.0)
    line.stock, line.counted_at = left + had, at
    line.runs_out_at = dosing.run_out_at(line.stock, line.a_day, at)
    line.save(update_fields=["stock", "counted_at", "runs_out_at"])
    refill.out_minutes = minutes_out(refill, at)
    refill.state, refill.in_hand_at, refill.handed_by, refill.proof, refill.out_since = (
        Refill.State.IN_HAND, at, by, proof[:40], None,
    )  # fmt: skip
    refill.save()
    hours = round((at - refill.said_at).total_seconds() / 3600, 2)
    _noted("medicine_in_hand", refill, at, by, hours=hours, minutes_out=round(refill.out_minutes))
    note(refill.request, "medicine_in_hand", at=at, by=by, words=str(line), for_resident=True)
    settle(refill.request, at=at, by=by)
    return refill


@transaction.atomic
def not_handed(refill: Refill, *, at: datetime, by: Member | None) -> Refill:
    """A hand-over taken back: it is with the courier again, and the stock at home is what it was."""
    _held(refill)
    if refill.state != Refill.State.IN_HAND:
        return refill
    line = refill.line
    had = (refill.box_count or line.pack_count or 1) * refill.packs
    line.stock = max(0.0, (line.stock or 0.0) - had)
    line.runs_out_at = dosing.run_out_at(line.stock, line.a_day, line.counted_at)
    line.save(update_fields=["stock", "runs_out_at"])
    refill.state, refill.in_hand_at, refill.handed_by, refill.proof = Refill.State.COLLECTED, None, None, ""
    refill.save()
    if not refill.request.is_open:
        requests.reopen(refill.request, _("a medicine was not handed over after all"), by=by, at=at)
    return refill


def settle(request: Request, *, at: datetime, by: Member | None) -> Request:
    """A request is done when every line is in the hand or its gap is accepted; dropped ones do not count."""
    request.refresh_from_db()
    rows = list(request.refills.select_related("line").exclude(state=Refill.State.DROPPED))
    if not rows or not request.is_open or any(one.is_open for one in rows):
        return request
    names = [f"{one.line} ({one.get_state_display()})" for one in rows]
    return requests.finish(request, "；".join(names)[:480], by=by, at=at)


def packs_of(line: MedicineLine, at: datetime) -> int:
    """How many packs last for the default time beside what is left."""
    words = dosing.read_line(line.written)
    if words.packs:
        return min(rules.defaults()["most_packs"], max(1, round(words.packs)))
    packs = dosing.packs_for(rules.defaults()["supply_days"], line.a_day, line.pack_count, stock_at(line, at) or 0)
    return int(min(rules.defaults()["most_packs"], packs))


def stock_at(line: MedicineLine, at: datetime) -> float | None:
    """What should be left now of what was counted."""
    if line.stock is None or line.counted_at is None:
        return line.stock
    days = max(0.0, (at - line.counted_at).total_seconds() / 86_400)
    return max(0.0, line.stock - days * (line.a_day or 0))


def minutes_out(refill: Refill, at: datetime) -> float:
    """How long a cold medicine has been out of the cold by now."""
    running = (at - refill.out_since).total_seconds() / 60 if refill.out_since else 0.0
    return refill.out_minutes + max(0.0, running)


@transaction.atomic
def open_due(incident: Incident, *, at: datetime) -> list[Request]:
    """At the protocol's warning hours a request opens by itself (F4); at its last hours command is told. Twice adds nothing."""
    ending = MedicineLine.objects.filter(incident=incident, state=MedicineLine.State.USED, runs_out_at__isnull=False)
    ending = ending.filter(person__active=True, person__present=Person.Present.HOME)
    due: dict[int, list[MedicineLine]] = defaultdict(list)
    for line in ending.exclude(refills__state__in=(*Refill.OPEN, Refill.State.GAP)).select_related(
        "incident", "person__household__door"
    ):
        opens = rules.opens_at(line)
        if opens is not None and opens <= at:
            due[line.person_id].append(line)
    opened = [want(lines, incident=incident, at=at, by=None)[-1].request for lines in due.values()]
    waiting = Refill.objects.filter(state__in=Refill.OPEN, line__incident=incident, line__runs_out_at__isnull=False)
    for refill in waiting.select_related("line__incident", "request__incident", "request__area"):
        when = rules.to_command_at(refill.line)
        if refill.line.is_essential and when is not None and when <= at:
            _tell_command(refill.request, at)
    return opened


def follow_time(event: TimePassed) -> None:
    """Each minute, and when an exercise's clock is moved."""
    open_due(Incident.objects.get(pk=event.incident_id), at=event.at)


def _tell_command(request: Request, at: datetime) -> None:
    if not request.is_open or request.steps.filter(why=RUNS_OUT).exists():
        return
    ladder = protocol.request_rules(request.incident.protocol).ladder
    to = next_for(request.incident, request.area, ladder[-1].code, at)
    owns = request.owner_id is None and to is not None
    EscalationStep.objects.create(
        request=request, number=len(ladder) - 1, duty=ladder[-1].code, why=RUNS_OUT, to=to, at=at, became_owner=owns
    )
    if owns:
        request.owner, request.unowned_since, request.lost_owner = to, None, False
        request.save(update_fields=["owner", "unowned_since", "lost_owner"])
    note(request, "escalate", at=at, by=None, duty=ladder[-1].code, why=RUNS_OUT, to=to.pk if to else None)


def _open_request(incident: Incident, person: Person, at: datetime) -> Request | None:
    """A request for medicine of this person (or of the household, naming nobody) that is still open."""
    rows = Request.objects.filter(incident=incident, need=NEED, state__in=Request.OPEN, household=person.household_id)
    return rows.filter(person=person).first() or rows.filter(person=None).first()


def _new_request(
    incident: Incident, person: Person, lines: Sequence[MedicineLine], at: datetime, by: Member | None
) -> Request:
    ends = [line.runs_out_at for line in lines if line.runs_out_at]
    days = max(0.0, (min(ends) - at).total_seconds() / 86_400) if ends else None
    asked = Asked(
        NEED,
        "；".join(line.written for line in lines)[:4000],
        household=person.household,
        door=person.household.door,
        person=person,
        days_left=round(days, 2) if days is not None else None,
    )
    return open_request(incident, asked, at=at, by=by)


def _sooner(request: Request, lines: Sequence[MedicineLine], at: datetime, by: Member | None) -> None:
    """A medicine that ends before the request is due brings its due time forward."""
    ends = [line.runs_out_at for line in lines if line.runs_out_at]
    if ends and request.is_open and min(ends) < request.due_at:
        days = max(0.0, (min(ends) - request.said_at).total_seconds() / 86_400)
        if request.days_left is None or days < request.days_left - 0.01:
            requests.change(request, by=by, at=at, days_left=round(days, 2))


def _held(refill: Refill) -> None:
    Refill.objects.select_for_update().filter(pk=refill.pk).first()
    refill.refresh_from_db()


def _noted(act: str, refill: Refill, at: datetime, by: Member | None, **data: Any) -> None:
    journal.record(
        act, incident=refill.line.incident, subject=refill.line.person, by=by, occurred_at=at, label="",
        line=refill.line_id, request=refill.request_id, **data,
    )  # fmt: skip
