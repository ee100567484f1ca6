"""The errand in the courier's hands: on the way, collected and matched, not had, the cold clock, back (F19, F20, S95–S99)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from doorstep.command import journal
from doorstep.command.models import Incident, Member
from doorstep.desk import dosing
from doorstep.desk.medicines import listing, refills, sources
from doorstep.desk.medicines.errand_planning import HAS, Outcome
from doorstep.desk.medicines.models import Errand, ErrandStop, Refill, Source, SourceStock
from doorstep.desk.medicines.rules import as_read, key_of
from doorstep.errors import UserError


@transaction.atomic
def make(
    incident: Incident, outcome: Outcome, *, at: datetime, by: Member | None, client_id: UUID | None = None
) -> list[Errand]:
    """The plan becomes errands, one a courier. Asked twice with the same id, they are made once."""
    if client_id and (there := list(Errand.objects.filter(client_id=client_id))):
        return there
    if not outcome.routes:
        raise UserError(_("The plan has no way in it."), field="lines", mend=_("See below why each line stays open."))
    Incident.objects.select_for_update().filter(pk=incident.pk).first()
    number = Errand.objects.filter(incident=incident).aggregate(last=Max("number"))["last"] or 0
    made = []
    for route in outcome.routes:
        number += 1
        errand = Errand.objects.create(
            incident=incident,
            number=number,
            courier=route.courier,
            courier_label=route.courier.name,
            starts_at=route.starts_at,
            ends_at=route.ends_at,
            plan=_figures(outcome),
            client_id=client_id,
            made_at=at,
            made_by=by,
        )
        for order, stop in enumerate(route.stops):
            place = ErrandStop.objects.create(
                errand=errand, source=stop.source, order=order, arrives_at=stop.arrives_at, leaves_at=stop.leaves_at
            )
            ids = [refill.pk for refill in stop.refills]
            Refill.objects.filter(pk__in=ids, state=Refill.State.WANTED).update(state=Refill.State.PLANNED, stop=place)
        _noted("errand_plan", errand, at, by, stops=len(route.stops))
        made.append(errand)
    return made


@transaction.atomic
def leave(errand: Errand, *, at: datetime, by: Member | None) -> Errand:
    """The courier is on the way (S98). Saying it twice changes nothing."""
    if errand.state == Errand.State.PLANNED:
        errand.state, errand.left_at = Errand.State.OUT, at
        errand.save(update_fields=["state", "left_at"])
        _noted("errand_leave", errand, at, by)
    return errand


@transaction.atomic
def arrive(stop: ErrandStop, *, at: datetime, by: Member | None) -> ErrandStop:
    """The courier stands there: it is open, and that is news for everybody."""
    leave(stop.errand, at=at, by=by)
    if stop.arrived_at is None:
        stop.arrived_at = at
        stop.save(update_fields=["arrived_at"])
        sources.say_doors(stop.source, Source.Doors.OPEN, at=at, by=by)
    return stop


@transaction.atomic
def collect(
    refill: Refill,
    *,
    box: str = "",
    count: float | None = None,
    packs: int | None = None,
    cooled: bool = False,
    resident_agrees: bool = False,
    clinician: str = "",
    at: datetime,
    by: Member | None,
) -> Refill:
    """It was had. What stands on the box is held against the list: another brand or medicine needs the resident's word,
    and for those dangerous to miss a clinician's (F20). `box` empty says: the same as on the sheet."""
    _locked(refill)
    if refill.state == Refill.State.COLLECTED:
        return refill
    if refill.state not in (Refill.State.PLANNED, Refill.State.WANTED):
        raise UserError(_("It is not to be had any more."), field="refill", mend=_("Load the page again."))
    line, differs = refill.line, []
    if box.strip():
        differs = dosing.differences(as_read(line), dosing.read_line(box))
    if differs:
        if resident_agrees:
            listing.allow_substitute(line, resident=True, clinician=clinician or line.clinician, at=at, by=by)
        _allowed(refill, differs)
    source = refill.stop.source if refill.stop else None
    refill.state, refill.collected_at, refill.collected_from = Refill.State.COLLECTED, at, source
    refill.box, refill.box_count = box.strip()[:240], count
    refill.packs = packs or refill.packs
    refill.differs = [[one.what, one.asked, one.found] for one in differs]
    refill.allowed_by = line.clinician if differs else ""
    refill.out_since = at if line.cold and not cooled else None
    refill.out_minutes = 0
    refill.save()
    if refill.stop:
        arrive(refill.stop, at=at, by=by)
    if source:
        sources.say_stock(source, key_of(line), SourceStock.Said.COLLECTED, at=at, by=by)
    _noted("medicine_collect", refill.stop.errand if refill.stop else None, at, by, refill=refill, differs=len(differs))
    return refill


@transaction.atomic
def not_had(refill: Refill, note: str, *, at: datetime, by: Member | None) -> Source | None:
    """It was not to be had there. The try is kept for everybody, and the line goes on to the next source of the errand
    that has it; with none it waits for another errand. Returns the next source that is known to have it."""
    _locked(refill)
    stop = refill.stop
    if stop is None or refill.state != Refill.State.PLANNED:
        return None
    arrive(stop, at=at, by=by)
    key = key_of(refill.line)
    sources.say_stock(stop.source, key, SourceStock.Said.FAILED, at=at, by=by, note=note)
    others = stop.errand.stops.filter(order__gt=stop.order).select_related("source")
    further = next((one for one in others if _has(one.source, key)), None)
    refill.stop = further
    refill.state = Refill.State.PLANNED if further else Refill.State.WANTED
    refill.save(update_fields=["stop", "state"])
    _noted("medicine_not_had", stop.errand, at, by, refill=refill, source=stop.source_id)
    if further:
        return further.source
    return next(iter(others_with(stop.errand.incident, key, without=[stop.source_id])), None)


@transaction.atomic
def go_there_too(refill: Refill, errand: Errand, source: Source, *, at: datetime, by: Member | None) -> ErrandStop:
    """One more stop on an errand under way, for a line that was not had."""
    _locked(refill)
    stop: ErrandStop | None = errand.stops.filter(source=source).first()
    if stop is None:
        last = errand.stops.aggregate(last=Max("order"))["last"]
        stop = ErrandStop.objects.create(errand=errand, source=source, order=(last if last is not None else -1) + 1)
    if refill.state in (Refill.State.WANTED, Refill.State.PLANNED):
        refill.state, refill.stop = Refill.State.PLANNED, stop
        refill.save(update_fields=["state", "stop"])
        _noted("errand_stop", errand, at, by, source=source.pk)
    return stop


@transaction.atomic
def not_collected(refill: Refill, *, at: datetime, by: Member | None) -> Refill:
    """A collection taken back: it is to be had again on the same errand."""
    _locked(refill)
    if refill.state == Refill.State.COLLECTED:
        refill.state = Refill.State.PLANNED if refill.stop_id else Refill.State.WANTED
        refill.collected_at, refill.collected_from, refill.out_since = None, None, None
        refill.box, refill.box_count, refill.differs = "", None, []
        refill.save()
        _noted("medicine_uncollect", refill.stop.errand if refill.stop else None, at, by, refill=refill)
    return refill


@transaction.atomic
def cool(refill: Refill, *, warm: bool = False, at: datetime, by: Member | None) -> Refill:
    """Into the cool box or a fridge: its clock stands; or out of it again: it runs."""
    _locked(refill)
    if refill.state == Refill.State.COLLECTED and refill.line.cold and warm != bool(refill.out_since):
        refill.out_minutes = refills.minutes_out(refill, at)
        refill.out_since = at if warm else None
        refill.save(update_fields=["out_minutes", "out_since"])
        _noted(
            "medicine_warm" if warm else "medicine_cool",
            refill.stop.errand if refill.stop else None,
            at,
            by,
            refill=refill,
        )
    return refill


@transaction.atomic
def come_back(errand: Errand, *, at: datetime, by: Member | None) -> Errand:
    """The courier is back: what was not had is open again for the next errand."""
    if errand.state in (Errand.State.PLANNED, Errand.State.OUT):
        errand.state, errand.back_at = Errand.State.BACK, at
        errand.save(update_fields=["state", "back_at"])
        _free(errand)
        _noted("errand_back", errand, at, by)
    return errand


@transaction.atomic
def out_again(errand: Errand, *, at: datetime, by: Member | None) -> Errand:
    """Take "back" back."""
    if errand.state == Errand.State.BACK:
        errand.state, errand.back_at = Errand.State.OUT, None
        errand.save(update_fields=["state", "back_at"])
        _noted("errand_again", errand, at, by)
    return errand


@transaction.atomic
def cancel(errand: Errand, *, at: datetime, by: Member | None) -> Errand:
    """Nobody goes: its lines are open again."""
    if errand.state in (Errand.State.PLANNED, Errand.State.OUT):
        errand.state = Errand.State.CANCELLED
        errand.save(update_fields=["state"])
        _free(errand)
        _noted("errand_cancel", errand, at, by)
    return errand


@transaction.atomic
def give_to(errand: Errand, courier: Member, *, at: datetime, by: Member | None) -> Errand:
    """Another courier goes."""
    if errand.courier_id != courier.pk:
        errand.courier, errand.courier_label = courier, courier.name
        errand.save(update_fields=["courier", "courier_label"])
        _noted("errand_give", errand, at, by, to=courier.pk)
    return errand


def others_with(incident: Incident, key: str, without: Iterable[int] = ()) -> list[Source]:
    """Sources that have a medicine by the newest word, the nearest first."""
    from doorstep.desk.medicines.errand_planning import stock_of, travel_s

    rows = list(Source.objects.filter(incident=incident, active=True).exclude(pk__in=list(without)))
    rows = [one for one in rows if one.doors != Source.Doors.CLOSED]
    held = stock_of(rows)
    return sorted((one for one in rows if held[one.pk].get(key)), key=lambda one: (travel_s(None, one), one.pk))


def _has(source: Source, key: str) -> bool:
    last = sources.newest(source, key)
    return last is not None and last.said in HAS and last.packs != 0


def _allowed(refill: Refill, differs: list[dosing.Difference]) -> None:
    line = refill.line
    words = _(", ").join(f"{one.asked} → {one.found}" for one in differs)
    if line.substitute_at is None:
        raise UserError(
            _("It is not what was asked for: %(what)s.") % {"what": words},
            field="box",
            mend=_("Ring the resident; tick that they agree, or do not take it."),
        )
    if any(one.is_grave for one in differs) and not listing.may_differ(line):
        raise UserError(
            _("It is not what was asked for: %(what)s.") % {"what": words},
            field="clinician",
            mend=_("This medicine is dangerous to miss: name the clinician who agrees."),
        )


def _free(errand: Errand) -> None:
    Refill.objects.filter(stop__errand=errand, state=Refill.State.PLANNED).update(state=Refill.State.WANTED, stop=None)


def _figures(outcome: Outcome) -> dict[str, Any]:
    return {
        "courier_s": round(outcome.courier_s),
        "apart_s": round(outcome.apart_s),
        "bound_s": round(outcome.lower_bound),
        "gap": round(outcome.gap, 4),
    }


def _locked(refill: Refill) -> None:
    Refill.objects.select_for_update().filter(pk=refill.pk).first()
    refill.refresh_from_db()


def _noted(
    act: str, errand: Errand | None, at: datetime, by: Member | None, *, refill: Refill | None = None, **data: Any
) -> None:
    if refill is not None:
        data |= {"line": refill.line_id, "request": refill.request_id}
    subject: Any = errand or (refill.line.person if refill else None)
    incident = errand.incident if errand else refill.line.incident if refill else None
    journal.record(act, incident=incident, subject=subject, by=by, occurred_at=at, label=str(errand or ""), **data)
