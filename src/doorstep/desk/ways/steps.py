"""What happens on the way: bought, handed over, repaired, permitted, called. Each act is one transaction."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from doorstep import protocol
from doorstep.command.events import GoodsBought, GoodsHandedOver, PermitChanged
from doorstep.command.models import Member
from doorstep.desk import contacts, emergencies, requests
from doorstep.desk.models import Request
from doorstep.desk.notes import note
from doorstep.desk.triage import triage
from doorstep.desk.ways.models import Call, Way
from doorstep.errors import UserError
from doorstep.wiring.events import publish


@transaction.atomic
def bought(way: Way, *, spent: Decimal, receipt: str, at: datetime, by: Member, more_agreed: bool = False) -> Way:
    """It is bought, within the limit and with a receipt. The supplies room takes it in for this door; the next round brings it."""
    way = _held(way)
    if way.state != Way.State.PLANNED:
        return way
    if not receipt.strip():
        raise UserError(_("The receipt is missing."), field="receipt", mend=_("Write its number, or who has it."))
    if way.limit_cents is not None and round(spent * 100) > way.limit_cents and not more_agreed:
        raise UserError(
            _("It cost more than was agreed."), field="spent", mend=_("Ring the resident; tick that they agree.")
        )
    way.state, way.spent_cents, way.receipt = Way.State.BOUGHT, round(spent * 100), receipt.strip()[:120]
    way.save()
    request = way.request
    note(request, "way_bought", at=at, by=by, words=way.what, for_resident=True, spent=way.spent_cents)
    if request.door_id is not None:
        publish(
            GoodsBought(
                way.key, request.incident_id, request.door_id, way.what, way.helper, way.payer, way.packs,
                f"#{request.number}", at, by.pk,
            )
        )  # fmt: skip
    return way


@transaction.atomic
def finish(way: Way, words: str, *, at: datetime, by: Member | None) -> Way:
    """It is repaired, handed over, or they are back: the request is done with it. Said twice it counts once."""
    way = _held(way)
    if not way.is_open:
        return way
    way.state, way.done_at = Way.State.DONE, at
    way.save(update_fields=["state", "done_at"])
    if way.request.is_open:
        requests.finish(way.request, words, by=by, at=at)
    return way


@transaction.atomic
def called(call: Call, how: str, words: str, *, at: datetime, by: Member) -> Call:
    """Somebody has called. Danger in the answer or in the words is an emergency at once; the last call ends the calls."""
    call = Call.objects.select_for_update().select_related("way__request__incident").get(pk=call.pk)
    if call.called_at is not None:
        return call
    if how not in Call.How.values:
        raise UserError(_("It is not said how they are."), field="how", mend=_("Choose one."))
    request = call.way.request
    note(request, "call", at=at, by=by, words=words, how=how)
    if how != Call.How.NOT_REACHED:
        call.called_at, call.by, call.how = at, by, how
        call.save()
        contacts.spoken(request.incident, request.household, "phone", at=at, by=by, proof=("call", call.pk))
    if how == Call.How.DANGER or triage(words).life_threat:
        emergencies.promote(request, by=by, at=at, words=words)
    elif not call.way.calls.filter(called_at=None).exists():
        finish(call.way, _("We have called and talked."), at=at, by=by)
    return call


def follow_permit(event: PermitChanged) -> None:
    """The gate has decided about what a request asked for: the request's note, and the resident is told."""
    kind, _colon, key = event.key.partition(":")
    if kind != "request" or not key.isdecimal():
        return
    waiting = Way.objects.filter(request=int(key), state__in=Way.OPEN, kind__in=[Way.Kind.EXIT, Way.Kind.REPAIR])
    way = waiting.select_related("request__incident").order_by("-asked_at").first()
    if way is None or event.state not in Way.Permit.values or way.permit == event.state:
        return
    way.permit, way.permit_number, way.permit_reason = event.state, event.number[:40], event.reason[:240]
    if event.state == Way.Permit.GRANTED:
        way.starts_at, way.ends_at = event.starts_at or way.starts_at, event.ends_at or way.ends_at
    way.save()
    by = Member.objects.filter(pk=event.by_id or 0).first()
    words = " ".join(filter(None, (str(way.get_permit_display()), way.permit_number, way.permit_reason)))
    Request.objects.filter(pk=way.request_id).update(told_at=None)
    way.request.told_at = None
    note(way.request, "permit", at=event.at, by=by, words=words, for_resident=True, state=event.state)
    if event.state == Way.Permit.USED and way.kind == Way.Kind.EXIT:
        finish(way, _("The permit was used."), at=event.at, by=by)


def follow_goods(event: GoodsHandedOver) -> None:
    """What was bought is with its household, or that was taken back."""
    kind, _colon, key = event.key.partition(":")
    if kind != "request" or not key.isdecimal():
        return
    by = Member.objects.filter(pk=event.by_id or 0).first()
    rows = Way.objects.filter(request=int(key), kind=Way.Kind.PURCHASE).select_related("request__incident")
    if event.undone:
        way = rows.filter(state=Way.State.DONE).order_by("-done_at").first()
        if way is not None:
            way.state, way.done_at = Way.State.BOUGHT, None
            way.save(update_fields=["state", "done_at"])
            requests.reopen(way.request, _("It did not reach the door after all."), by=by, at=event.at)
        return
    way = rows.filter(state=Way.State.BOUGHT).first()
    if way is not None:
        finish(way, _("Handed over at the door."), at=event.at, by=by)


def kinds_for(request: Request) -> list[str]:
    """Which ways answer this need, by the protocol's lists."""
    rules = protocol.outgoing_rules(request.incident.protocol)
    lists = {
        Way.Kind.PURCHASE: rules.purchases.needs,
        Way.Kind.REPAIR: rules.repairs.needs,
        Way.Kind.EXIT: rules.exits.needs,
        Way.Kind.TALK: rules.talks.needs,
    }
    return [str(kind) for kind, needs in lists.items() if request.need in needs]


def _held(way: Way) -> Way:
    return Way.objects.select_for_update(of=("self",)).select_related("request__incident").get(pk=way.pk)
