"""Objects entrusted: taken in with a receipt, in one pair of hands at a time, given back (F6, S92)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from doorstep.command import journal
from doorstep.command.models import Incident, Member
from doorstep.desk.models import EntrustedObject, Handing, Request
from doorstep.desk.staff import at_hand
from doorstep.errors import UserError
from doorstep.register.models import Door, Household, Person


@dataclass(frozen=True)
class Given:
    """What a household gives out of its hands."""

    kind: str
    door: Door
    what: str = ""
    amount: Decimal | None = None
    household: Household | None = None
    person: Person | None = None
    request: Request | None = None
    client_id: UUID | None = None


@transaction.atomic
def take_in(incident: Incident, given: Given, *, holder: Member, at: datetime, by: Member | None) -> EntrustedObject:
    """Write down an object and who holds it. Saying it twice writes one."""
    if given.client_id and (there := EntrustedObject.objects.filter(client_id=given.client_id).first()) is not None:
        return there
    if given.kind == EntrustedObject.Kind.CASH and not given.amount:
        raise UserError(_("The amount is missing."), field="amount", mend=_("Count it together and write the amount."))
    if not given.what.strip() and given.kind == EntrustedObject.Kind.OTHER:
        raise UserError(_("It is not said what it is."), field="what", mend=_("Describe it in a few words."))
    Incident.objects.select_for_update().filter(pk=incident.pk).first()
    last = EntrustedObject.objects.filter(incident=incident).aggregate(last=Max("number"))["last"]
    home = given.household or given.door.households.filter(active=True).order_by("pk").first()
    thing = EntrustedObject.objects.create(
        incident=incident,
        number=(last or 0) + 1,
        kind=given.kind,
        what=given.what.strip()[:160],
        amount=given.amount,
        door=given.door,
        household=home,
        person=given.person,
        request=given.request,
        holder=holder,
        given_at=at,
        client_id=given.client_id,
    )
    _link(thing, None, holder, at, "")
    return _noted("entrust", thing, at, by, to=holder.pk)


@transaction.atomic
def pass_on(thing: EntrustedObject, to: Member, *, at: datetime, by: Member | None, note: str = "") -> EntrustedObject:
    """From one pair of hands into another: there is never none, never two."""
    thing = _locked(thing)
    _held(thing)
    if thing.holder_id == to.pk:
        return thing
    if not at_hand(to):
        raise UserError(
            _("%(name)s is not available.") % {"name": to.name}, field="to", mend=_("Choose somebody who is here.")
        )
    before, thing.holder = thing.holder, to
    thing.save(update_fields=["holder"])
    _link(thing, before, to, at, note)
    return _noted("pass_on_entrusted", thing, at, by, before=before.pk if before else None, to=to.pk)


@transaction.atomic
def give_back(thing: EntrustedObject, *, at: datetime, by: Member | None, note: str = "") -> EntrustedObject:
    """It is with its household again. Saying it twice changes nothing."""
    thing = _locked(thing)
    if thing.state == EntrustedObject.State.RETURNED:
        return thing
    before, thing.holder = thing.holder, None
    thing.state, thing.returned_at = EntrustedObject.State.RETURNED, at
    thing.save(update_fields=["holder", "state", "returned_at"])
    _link(thing, before, None, at, note)
    return _noted("return_entrusted", thing, at, by)


@transaction.atomic
def not_back(thing: EntrustedObject, *, at: datetime, by: Member) -> EntrustedObject:
    """Take a return back: whoever gave it back has it again."""
    thing = _locked(thing)
    if thing.state != EntrustedObject.State.RETURNED:
        return thing
    last = thing.chain.order_by("-at", "-pk").first()
    thing.holder = (last.giver if last else None) or by
    thing.state, thing.returned_at = EntrustedObject.State.HELD, None
    thing.save(update_fields=["holder", "state", "returned_at"])
    _link(thing, None, thing.holder, at, _("not given back after all"))
    return _noted("unreturn_entrusted", thing, at, by, to=thing.holder.pk)


def _locked(thing: EntrustedObject) -> EntrustedObject:
    EntrustedObject.objects.select_for_update().filter(pk=thing.pk).first()
    thing.refresh_from_db()
    return thing


def _held(thing: EntrustedObject) -> None:
    if thing.state != EntrustedObject.State.HELD:
        raise UserError(_("It is with its household again."), field="object", mend=_("Take the return back first."))


def _link(thing: EntrustedObject, giver: Member | None, taker: Member | None, at: datetime, note: str) -> None:
    Handing.objects.create(
        object=thing,
        giver=giver,
        taker=taker,
        giver_label=giver.name if giver else "",
        taker_label=taker.name if taker else "",
        at=at,
        note=note.strip()[:240],
    )


def _noted(act: str, thing: EntrustedObject, at: datetime, by: Member | None, **data: Any) -> EntrustedObject:
    label = str(thing.number)
    journal.record(act, incident=thing.incident, subject=thing, by=by, occurred_at=at, label=label, **data)
    return thing
