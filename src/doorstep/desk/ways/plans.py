"""How a request goes out, written down before it does. Each act is one transaction and is told to the resident."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from doorstep import protocol
from doorstep.command.events import ExitAsked
from doorstep.command.models import Member
from doorstep.desk import objects, requests
from doorstep.desk.models import EntrustedObject, Request
from doorstep.desk.notes import locked, note
from doorstep.desk.ways.models import Call, Way
from doorstep.errors import UserError
from doorstep.wiring.events import publish


@dataclass(frozen=True)
class Purchase:
    """What is bought, how many bags, where, who pays and no more than how much; `money` is what the household gives for it."""

    what: str
    packs: int
    payer: str
    limit: Decimal
    shop: str
    buyer: Member | None = None
    money: Decimal | None = None


@dataclass(frozen=True)
class Coming:
    """When somebody comes in or goes out, and who or why."""

    who: str
    starts_at: datetime
    ends_at: datetime
    phone: str = ""
    kind: str = ""


def way_of(request: Request, kind: str) -> Way | None:
    """The open way of this kind."""
    return request.ways.filter(kind=kind, state__in=Way.OPEN).first()


@transaction.atomic
def buy(request: Request, told: Purchase, *, at: datetime, by: Member) -> Way:
    """Somebody goes to buy it, with a limit. Money that the household gives is an object in one pair of hands, with a receipt."""
    rules = protocol.outgoing_rules(request.incident.protocol).purchases
    if request.door is None:
        raise UserError(_("No door is known."), field="door", mend=_("Correct the request: say which door it is."))
    if told.payer not in {one.code for one in rules.pays}:
        raise UserError(_("Nobody pays."), field="payer", mend=_("Say who pays."))
    if told.payer != "household" and told.limit > Decimal(str(rules.most)):
        raise UserError(
            _("More than %(most)d may not be spent at once.") % {"most": rules.most},
            field="limit",
            mend=_("Buy less, or let the household pay."),
        )
    if told.money and told.payer != "household":
        raise UserError(_("The household gives money and does not pay."), field="money", mend=_("Leave the money out."))
    way = _opened(request, Way.Kind.PURCHASE, at, by)
    before = way.money
    way.what, way.packs, way.payer = told.what.strip()[:240], max(1, told.packs), told.payer
    way.limit_cents, way.helper, way.member = round(told.limit * 100), told.shop.strip()[:120], told.buyer or by
    if told.money and before is None:
        cash = objects.Given(
            EntrustedObject.Kind.CASH, request.door, amount=told.money, household=request.household, request=request
        )
        way.money = objects.take_in(request.incident, cash, holder=way.member, at=at, by=by)
    way.save()
    return _told(way, _("Somebody buys it for you: %(what)s") % {"what": way.what}, at, by)


@transaction.atomic
def repair(request: Request, told: Coming, *, at: datetime, by: Member) -> Way:
    """A craftsman comes within a window; the gate is asked to let them in."""
    rules = protocol.outgoing_rules(request.incident.protocol).repairs
    way = _coming(request, Way.Kind.REPAIR, told, rules.exit_kind, rules.most_hours, at, by)
    return _told(way, _("Somebody comes to repair it: %(who)s") % {"who": way.helper}, at, by)


@transaction.atomic
def go_out(request: Request, told: Coming, *, at: datetime, by: Member) -> Way:
    """The gate is asked for a permit to go out."""
    rules = protocol.outgoing_rules(request.incident.protocol).exits
    kind = told.kind or rules.exit_kind
    if kind not in request.incident.protocol.exit_kinds:
        raise UserError(_("No kind of way out is chosen."), field="kind", mend=_("Say what it is for."))
    way = _coming(request, Way.Kind.EXIT, told, kind, rules.most_hours, at, by)
    return _told(way, _("The gate is asked for your permit."), at, by)


@transaction.atomic
def call_back(request: Request, caller: Member, *, at: datetime, by: Member) -> Way:
    """A named person calls by the protocol's hours, and again on its days. Naming another keeps the calls there are."""
    rules = protocol.outgoing_rules(request.incident.protocol).talks
    way = _opened(request, Way.Kind.TALK, at, by)
    way.member, way.helper = caller, caller.name
    way.save()
    if not way.calls.exists():
        first = max(at, protocol.first_call_due(request.incident.protocol, request.level, request.said_at))
        days = (0.0, *rules.follow_up_days)
        Call.objects.bulk_create(Call(way=way, due_at=first + timedelta(days=day)) for day in days)
    return _told(way, _("%(name)s will call you.") % {"name": caller.name}, at, by)


@transaction.atomic
def drop(way: Way, *, at: datetime, by: Member, words: str = "") -> Way:
    """It does not go this way after all. What was bought is not dropped: it goes to the door."""
    way = Way.objects.select_for_update().get(pk=way.pk)
    if way.state == Way.State.BOUGHT:
        raise UserError(_("It is bought already."), field="way", mend=_("Bring it to the door, or back to the shop."))
    if way.is_open:
        way.state, way.done_at = Way.State.DROPPED, at
        way.save(update_fields=["state", "done_at"])
        note(way.request, "way_dropped", at=at, by=by, words=words, way=way.kind)
    return way


def _opened(request: Request, kind: str, at: datetime, by: Member) -> Way:
    locked(request)
    if not request.is_open:
        raise UserError(_("This request is closed."), field="request", mend=_("Open it again first."))
    if not request.decision:
        requests.accept(request, by=by, at=at)
    if request.state == Request.State.ACCEPTED:
        request.state = Request.State.WORKING
        request.save(update_fields=["state"])
    return way_of(request, kind) or Way(request=request, kind=kind, made_at=at)


def _coming(request: Request, kind: str, told: Coming, code: str, most: float, at: datetime, by: Member) -> Way:
    if request.door is None:
        raise UserError(_("No door is known."), field="door", mend=_("Correct the request: say which door it is."))
    if told.ends_at <= told.starts_at or told.ends_at <= at:
        raise UserError(_("It ends before it begins."), field="ends_at", mend=_("Give the later time last."))
    if told.ends_at - told.starts_at > timedelta(hours=most):
        raise UserError(
            _("It takes longer than %(hours)d hours.") % {"hours": most},
            field="ends_at",
            mend=_("Give a shorter time."),
        )
    way = _opened(request, kind, at, by)
    same = (way.exit_kind, way.starts_at, way.ends_at, way.helper) == (
        code, told.starts_at, told.ends_at, told.who.strip()[:120],
    )  # fmt: skip
    way.helper, way.phone, way.member = told.who.strip()[:120], told.phone.strip()[:40], by
    way.starts_at, way.ends_at, way.exit_kind = told.starts_at, told.ends_at, code
    if same and way.permit:
        way.save()
        return way
    way.permit, way.permit_number, way.permit_reason, way.asked_at = Way.Permit.ASKED, "", "", at
    way.save()
    ask = ExitAsked(
        way.key, request.incident_id, request.door.pk, code, way.helper or request.text[:120], told.starts_at,
        told.ends_at, at, request.person_id if kind == Way.Kind.EXIT else None, by.pk,
    )  # fmt: skip
    publish(ask)
    way.refresh_from_db()
    return way


def _told(way: Way, words: str, at: datetime, by: Member | None, **data: Any) -> Way:
    note(way.request, "way", at=at, by=by, words=words, for_resident=True, way=way.kind, **data)
    return way
