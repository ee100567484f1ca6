"""Help that residents offer (S121): written down, shown to neighbours with consent, matched with who needs it; thanks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from doorstep.command import journal
from doorstep.command.models import Incident, Member
from doorstep.desk.models import Match, Message, Offer, Request, Thanks
from doorstep.desk.notes import note
from doorstep.desk.rules import answered_by, defaults
from doorstep.errors import UserError
from doorstep.register.models import Door, Household, Person

SAME_DOOR, SAME_STAIR, SAME_BUILDING, SAME_COMPOUND = range(4)


@dataclass(frozen=True)
class Offered:
    """What somebody can do for others. Without `consent` no neighbour hears of it."""

    kind: str
    text: str
    consent: bool = False
    door: Door | None = None
    household: Household | None = None
    person: Person | None = None
    contact: str = ""
    client_id: UUID | None = None


@dataclass(frozen=True)
class Neighbour:
    """An offer that fits a request, and how near it is: 1 the same stair, 2 the building, 3 the compound."""

    offer: Offer
    near: int


@transaction.atomic
def write_down(
    incident: Incident, offered: Offered, *, at: datetime, by: Member | None, message: Message | None = None
) -> Offer:
    """Write an offer down. Saying it twice writes one."""
    if offered.client_id and (there := Offer.objects.filter(client_id=offered.client_id).first()) is not None:
        return there
    if offered.kind not in defaults()["offers"]:
        raise UserError(_("No kind of help is chosen."), field="kind", mend=_("Say what they can do."))
    if not offered.text.strip():
        raise UserError(_("Nothing is written down."), field="text", mend=_("Write what was said."))
    home = offered.household or (offered.person.household if offered.person else None)
    door = offered.door or (home.door if home else None)
    if home is None and door is not None:
        home = door.households.filter(active=True).order_by("pk").first()
    offer = Offer.objects.create(
        incident=incident,
        message=message,
        door=door,
        household=home,
        person=offered.person,
        kind=offered.kind,
        text=offered.text.strip(),
        contact=offered.contact.strip()[:120],
        consent_at=at if offered.consent else None,
        said_at=message.occurred_at if message else at,
        client_id=offered.client_id,
    )
    return _noted("write_offer", offer, at, by)


@transaction.atomic
def consent(offer: Offer, *, given: bool, at: datetime, by: Member | None) -> Offer:
    """Whether neighbours may hear of it: said by who offers, taken back as easily."""
    if (offer.consent_at is not None) != given:
        offer.consent_at = at if given else None
        offer.save(update_fields=["consent_at"])
        _noted("consent_offer", offer, at, by, given=given)
    return offer


@transaction.atomic
def set_state(offer: Offer, state: str, *, at: datetime, by: Member | None) -> Offer:
    """Ready, paused or ended."""
    if offer.state != state and state in Offer.State.values:
        offer.state = state
        offer.save(update_fields=["state"])
        _noted("change_offer", offer, at, by, state=state)
    return offer


def neighbours(request: Request) -> list[Neighbour]:
    """Offers with consent that answer a need: the same stair first, then the building, then the compound. One query."""
    if request.door is None:
        return []
    kinds = [code for code in defaults()["offers"] if request.need in answered_by(code)]
    stair = request.door.stair
    rows = Offer.objects.filter(
        incident=request.incident,
        kind__in=kinds,
        state=Offer.State.OPEN,
        consent_at__isnull=False,
        door__stair__building__compound=stair.building.compound_id,
    ).exclude(household=request.household_id or 0)
    found = [Neighbour(offer, _near(offer, request.door)) for offer in rows.select_related("door__stair__building")]
    found.sort(key=lambda one: (one.near, one.offer.said_at))
    return found[: defaults()["neighbours_shown"]]


@transaction.atomic
def propose(offer: Offer, request: Request, *, at: datetime, by: Member | None) -> Match:
    """Bring a neighbour and a need together. It counts when both have said yes."""
    if offer.consent_at is None:
        raise UserError(
            _("Whoever offers has not agreed that neighbours hear of it."), field="offer", mend=_("Ask them first.")
        )
    match, is_new = Match.objects.get_or_create(offer=offer, request=request, defaults={"at": at, "by": by})
    if is_new:
        note(request, "propose", at=at, by=by, offer=offer.pk)
    return match


@transaction.atomic
def agree(match: Match, side: str, *, at: datetime, by: Member | None) -> Match:
    """One side says yes. With both, the neighbour may come."""
    if side not in ("helper", "resident"):
        raise UserError(_("It is not said who agrees."), field="side", mend=_("Choose one of the two."))
    field = f"{side}_said_at"
    if getattr(match, field) is None:
        setattr(match, field, at)
        if match.helper_said_at and match.resident_said_at:
            match.state = Match.State.AGREED
            note(match.request, "agreed", at=at, by=by, for_resident=True, offer=match.offer_id)
        match.save()
    return match


@transaction.atomic
def end_match(match: Match, *, helped: bool, at: datetime, by: Member | None) -> Match:
    """The neighbour has helped, or one of the two does not want it."""
    state = Match.State.DONE if helped else Match.State.REFUSED
    if match.state != state:
        if helped and match.state != Match.State.AGREED:
            raise UserError(_("Not both have agreed yet."), field="match", mend=_("Ask both first."))
        match.state = state
        match.save(update_fields=["state"])
        note(match.request, "helped" if helped else "not_wanted", at=at, by=by, offer=match.offer_id)
    return match


@transaction.atomic
def send_thanks(message: Message, to: Sequence[Member], *, at: datetime, by: Member | None) -> int:
    """Send the thanks of a resident on to those whom they mean. Sending them twice adds nothing."""
    if not to:
        raise UserError(_("Nobody is chosen."), field="to", mend=_("Choose who is meant."))
    new = 0
    for member in to:
        _row, is_new = Thanks.objects.get_or_create(message=message, to=member, defaults={"at": at})
        new += is_new
    if new:
        journal.record("send_thanks", incident=message.incident, subject=message, by=by, occurred_at=at, to=len(to))
    return new


@transaction.atomic
def seen(thanks: Thanks, *, at: datetime) -> Thanks:
    """Whoever was thanked has read it."""
    if thanks.seen_at is None:
        thanks.seen_at = at
        thanks.save(update_fields=["seen_at"])
    return thanks


def meant_by(message: Message) -> list[Member]:
    """Whom thanks may mean: who answered for the requests of that household. One query."""
    if message.household_id is None and message.door_id is None:
        return []
    rows = Member.objects.filter(requests__incident=message.incident)
    if message.household_id:
        rows = rows.filter(requests__household=message.household_id)
    else:
        rows = rows.filter(requests__door=message.door_id)
    return list(rows.distinct().order_by("name", "pk"))


def _near(offer: Offer, door: Door) -> int:
    if offer.door is None:
        return SAME_COMPOUND
    if offer.door.pk == door.pk:
        return SAME_DOOR
    if offer.door.stair_id == door.stair_id:
        return SAME_STAIR
    return SAME_BUILDING if offer.door.stair.building_id == door.stair.building_id else SAME_COMPOUND


def _noted(act: str, offer: Offer, at: datetime, by: Member | None, **data: Any) -> Offer:
    journal.record(act, incident=offer.incident, subject=offer, by=by, occurred_at=at, **data)
    return offer
