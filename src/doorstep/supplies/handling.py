"""What people do with stock beside receiving it: carry it over, count a whole store, take a step back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid5

from django.db import transaction
from django.utils.translation import gettext as _

from doorstep.command import journal
from doorstep.command.models import Incident, Member
from doorstep.errors import UserError
from doorstep.supplies import lots, orders
from doorstep.supplies.models import Location, Lot, Move, Supplier
from doorstep.supplies.moves import Line, Said, move

INSIDE = (Location.Kind.STORE, Location.Kind.STAGING, Location.Kind.GATE)


@transaction.atomic
def add_store(incident: Incident, name: str, kind: str, *, at: datetime, by: Member | None) -> Location:
    """A place for goods. Saying it twice adds nothing."""
    name = name.strip()[:120]
    if not name:
        raise UserError(_("The place has no name."), field="name", mend=_("Say where the goods are."))
    if kind not in INSIDE:
        raise UserError(_("That is no place for stock."), field="kind", mend=_("Choose store, staging or gate."))
    place, is_new = Location.objects.get_or_create(incident=incident, kind=kind, name=name)
    if is_new:
        journal.record("add_store", incident=incident, subject=place, by=by, occurred_at=at, label=name)
    return place


@transaction.atomic
def save_supplier(
    incident: Incident,
    name: str,
    *,
    at: datetime,
    by: Member | None,
    phone: str = "",
    licence: str = "",
    donor: bool = False,
    known: Supplier | None = None,
) -> Supplier:
    """Add a supplier or donor, or change what is known of one. A name that is there already is that one."""
    name = name.strip()[:120]
    if not name:
        raise UserError(_("The supplier has no name."), field="name", mend=_("Say who delivers or gives."))
    same = incident.suppliers.filter(name=name).first()
    if known is not None and same is not None and same.pk != known.pk:
        raise UserError(_("Another supplier has this name."), field="name", mend=_("Choose another, or use that one."))
    facts = {"name": name, "phone": phone.strip()[:40], "licence": licence.strip()[:80], "donor": donor}
    found = known or same
    if found is None:
        made = Supplier.objects.create(incident=incident, **facts)
        journal.record("add_supplier", incident=incident, subject=made, by=by, occurred_at=at, label=name)
        return made
    if known is None:
        return found
    if any(getattr(found, key) != value for key, value in facts.items()):
        for key, value in facts.items():
            setattr(found, key, value)
        found.save()
        journal.record("change_supplier", incident=incident, subject=found, by=by, occurred_at=at, label=name)
    return found


@transaction.atomic
def transfer(
    incident: Incident, packs: Mapping[int, int], source: Location, target: Location, *, said: Said
) -> list[Move]:
    """Carry packs of lots from one place of ours to another."""
    for place in (source, target):
        if place.kind not in INSIDE:
            raise UserError(
                _("Goods are carried between stores, staging and gates."),
                field="target",
                mend=_("Choose two such places."),
            )
    held = Lot.objects.filter(pk__in=packs).exclude(state=Lot.State.GOOD).select_related("item").first()
    if held is not None:
        raise UserError(
            _("%(lot)s is held back.") % {"lot": held}, field="packs", mend=_("Release it first, or leave it out.")
        )
    lines = [Line(lot, wanted) for lot, wanted in packs.items() if wanted]
    if not lines:
        raise UserError(_("Nothing is moved."), field="packs", mend=_("Give at least one pack."))
    return move(incident, lines, source=source, target=target, said=said)


@dataclass(frozen=True)
class Counted:
    """What was counted of one lot."""

    lot: Lot
    packs: int
    reason: str = ""


@transaction.atomic
def count_store(
    place: Location, counted: Iterable[Counted], *, at: datetime, by: Member | None, client_id: UUID
) -> list[Move]:
    """A count of many lots at once; all of it or none. A difference without a reason names its lot in `field`."""
    made = []
    for line in counted:
        given = {"reason": line.reason, "at": at, "by": by, "client_id": uuid5(client_id, str(line.lot.pk))}
        try:
            one = lots.count(line.lot, place, line.packs, **given)  # type: ignore[arg-type]
        except UserError as error:
            raise UserError(
                f"{line.lot}: {error.message}", field=f"{error.field}-{line.lot.pk}", mend=error.mend
            ) from error
        if one is not None:
            made.append(one)
    journal.record("count_store", incident=place.incident, subject=place, by=by, occurred_at=at, label=str(place))
    return made


def may_undo(one: Move) -> bool:
    """Whether a move can be taken back by itself: not one that undid another, nor one that another room must undo."""
    return one.reason not in ("undo", "hold", "release", "recall", "pack", "unpack", "hand_over", "hand_back")


@transaction.atomic
def undo_move(one: Move, *, reason: str, at: datetime, by: Member | None) -> Move:
    """Take a move back by one the other way round. Saying it twice does it once; nothing is ever deleted."""
    if not may_undo(one):
        raise UserError(
            _("This move is not taken back by itself."), field="move", mend=_("Take back what it belongs to.")
        )
    said = Said(uuid5(one.client_id, "undo"), at, "undo", by, reason.strip() or _("taken back"), "move", str(one.pk))
    line = Line(one.lot_id, one.packs)
    try:
        back = move(one.incident, [line], source=one.target, target=one.source, said=said)[0]
    except UserError as error:
        raise UserError(
            _("These goods have gone on: %(why)s") % {"why": error.message},
            field="move",
            mend=_("Take the later moves back first, the last one at first."),
        ) from error
    if one.ref_kind == "order_line":
        orders.recount(int(one.ref_id), at=at, by=by)
    return back
