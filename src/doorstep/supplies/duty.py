"""Protective equipment: what each duty needs, whether the stock has it, who was given it and what came back (S44)."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid5

from django.db import transaction
from django.db.models import F, Sum
from django.utils.translation import gettext as _

from doorstep.command import journal
from doorstep.command.models import Incident, Member
from doorstep.errors import UserError
from doorstep.supplies.models import Balance, Item, Location, Lot, Move, SetAside
from doorstep.supplies.moves import Line, Said, move, place_of
from doorstep.supplies.reserving import free_balances
from doorstep.supplies.rules import protection
from doorstep.wiring.contributions import OnDuty, contributions

STORES = (Location.Kind.STORE, Location.Kind.STAGING, Location.Kind.GATE)


@dataclass(frozen=True)
class Piece:
    """An item of a level: pieces for one person and duty; `again` ones are cleaned and come back."""

    code: str
    pieces: int
    again: bool


def level_of(incident: Incident, work: str, zone: str = "") -> str:
    """The level that the protocol asks for a task in a zone; "" where it asks none."""
    rules = incident.protocol.ppe
    if rules is None:
        return ""
    for rule in rules.rules:
        if rule.code == work and (not rule.zones or zone in rule.zones):
            return rule.level
    return ""


def pieces_for(incident: Incident, level: str, minutes: float) -> list[Piece]:
    """What one person needs of a level for so many minutes; a level that ppe.yaml does not know needs nothing counted."""
    rules, body = incident.protocol.ppe, protection()["levels"].get(level)
    if rules is None or body is None:
        return []
    change = body.get("change", rules.max_minutes)
    sets = max(1, math.ceil(minutes / change))
    found = []
    for line in body["items"]:
        again = bool(line.get("again"))
        found.append(Piece(line["item"], line["each"] * (1 if again else sets), again))
    return found


def need_of(incident: Incident, duties: Iterable[OnDuty]) -> dict[str, int]:
    """Packs by item code that these duties need together: pieces are summed before they are rounded up to packs."""
    pieces: dict[str, int] = {}
    for duty in duties:
        minutes = (duty.ends_at - duty.starts_at).total_seconds() / 60
        for piece in pieces_for(incident, level_of(incident, duty.work, duty.zone), minutes):
            pieces[piece.code] = pieces.get(piece.code, 0) + piece.pieces
    per_pack = dict(Item.objects.filter(code__in=pieces).values_list("code", "per_pack"))
    return {code: math.ceil(count / (per_pack.get(code) or 1)) for code, count in pieces.items()}


def free_packs(incident: Incident, codes: Iterable[str], at: datetime) -> dict[str, int]:
    """Free packs in our stores by item code: in date, good, not promised. One query."""
    rows = Balance.objects.filter(
        lot__item__code__in=list(codes),
        lot__state=Lot.State.GOOD,
        location__incident=incident,
        location__kind__in=STORES,
        packs__gt=F("reserved"),
    ).exclude(lot__best_before__lte=at)
    found: dict[str, int] = {}
    for code, packs, reserved in rows.values_list("lot__item__code", "packs", "reserved"):
        found[code] = found.get(code, 0) + packs - reserved
    return found


def counts_here(incident: Incident) -> bool:
    """Whether protective equipment is kept in this incident's books at all: what was never received is not counted."""
    return Lot.objects.filter(incident=incident, item__code__in=equipment()).exists()


def equipment() -> set[str]:
    """The codes of every item of every level."""
    return {line["item"] for body in protection()["levels"].values() for line in body["items"]}


@dataclass(frozen=True)
class Short:
    """An item that does not reach: packs needed and free."""

    code: str
    title: str
    needed: int
    free: int

    @property
    def text(self) -> str:
        """In words."""
        return _("%(item)s: %(needed)d packs needed, %(free)d free") % {
            "item": self.title,
            "needed": self.needed,
            "free": self.free,
        }


def enough_for(incident: Incident, duties: Iterable[OnDuty], at: datetime) -> list[Short]:
    """What is missing for these duties; empty where they can be planned. A duty that was set aside is left out.

    An incident that keeps no protective equipment in its books misses nothing here; the page says so. Four queries.
    """
    wanted = list(duties)
    aside = set(
        SetAside.objects.filter(incident=incident, duty__in=[one.key for one in wanted]).values_list("duty", flat=True)
    )
    given = issued_for(incident, [one.key for one in wanted])
    open_ones = [one for one in wanted if one.key not in aside and one.key not in given]
    needed = need_of(incident, open_ones)
    if not needed or not counts_here(incident):
        return []
    free = free_packs(incident, needed, at)
    titles = {item.code: str(item) for item in Item.objects.filter(code__in=needed)}
    return [
        Short(code, titles.get(code, code), packs, free.get(code, 0))
        for code, packs in sorted(needed.items())
        if packs > free.get(code, 0)
    ]


def speaks_against(incident: Incident, duties: Sequence[OnDuty], at: datetime) -> str:
    """Why duties should not be planned, in a sentence; "" for nothing. What is planned already comes first."""
    if not duties:
        return ""
    keys = {one.key for one in duties}
    planned = duties_in(incident, at, max(one.ends_at for one in duties))
    short = enough_for(incident, [*(one for one in planned if one.key not in keys), *duties], at)
    mine = need_of(incident, duties)
    lacking = [one for one in short if one.code in mine]
    if not lacking:
        return ""
    lines = "; ".join(one.text for one in lacking)
    return _("Protective equipment is short: %(lines)s.") % {"lines": lines}


@transaction.atomic
def set_aside(incident: Incident, duty: str, *, reason: str, at: datetime, by: Member | None) -> SetAside:
    """Let a duty go ahead without its equipment in stock: who, and why. Saying it twice keeps the first."""
    if not reason.strip():
        raise UserError(_("A reason is missing."), field="reason", mend=_("Say why it must be so."))
    facts = {"reason": reason.strip()[:240], "at": at, "by": by}
    made, is_new = SetAside.objects.get_or_create(incident=incident, duty=duty[:60], defaults=facts)
    if is_new:
        journal.record(
            "set_aside", incident=incident, subject=made, by=by, occurred_at=at, label=duty, reason=made.reason
        )
    return made


def duties_in(incident: Incident, start: datetime, end: datetime) -> list[OnDuty]:
    """Every room's duties in a window, the first at first."""
    found = [duty for source in contributions.duties for duty in source.duties(incident, start, end)]
    return sorted(found, key=lambda duty: (duty.starts_at, duty.title, duty.key))


@transaction.atomic
def issue(
    incident: Incident,
    member: Member,
    packs: Mapping[str, int],
    *,
    store: Location,
    duty: str,
    at: datetime,
    by: Member | None,
    client_id: UUID,
) -> list[Move]:
    """Give a member what a duty needs, of the lots that end first. All of it or nothing; said twice it is given once."""
    wanted = {code: count for code, count in packs.items() if count}
    if not wanted:
        raise UserError(_("Nothing is issued."), field="packs", mend=_("Give at least one pack."))
    known = Move.objects.filter(incident=incident, ref_kind="duty", ref_id=_ref(duty, client_id))
    if known.exists():
        return list(known)
    items = {item.code: item for item in Item.objects.filter(code__in=wanted)}
    with_member, _made = Location.objects.get_or_create(
        incident=incident,
        kind=Location.Kind.CARRIER,
        name=f"{member.name} #{member.pk}"[:120],
        defaults={"member": member},
    )
    made: list[Move] = []
    for code, count in sorted(wanted.items()):
        item = items.get(code)
        lines = _lines(item, count, store, at) if item is not None else []
        if sum(line.packs for line in lines) < count:
            raise UserError(
                _("%(item)s: %(wanted)d packs wanted, %(free)d free at %(place)s.")
                % {"item": item or code, "wanted": count, "free": sum(line.packs for line in lines), "place": store},
                field=f"packs-{code}",
                mend=_("Carry some here, order more, or take less."),
            )
        said = Said(uuid5(client_id, code), at, "issue", by, "", "duty", _ref(duty, client_id))
        made += move(incident, lines, source=store, target=with_member, said=said)
    given = sum(wanted.values())
    journal.record(
        "issue_protection", incident=incident, subject=member, by=by, occurred_at=at, label=duty, packs=given
    )
    return made


@transaction.atomic
def count_back(
    incident: Incident,
    member: Member,
    back: Mapping[int, int],
    *,
    store: Location,
    at: datetime,
    by: Member | None,
    client_id: UUID,
) -> list[Move]:
    """What a member brings back of what was issued, by lot; the rest was used. Said twice it is counted once."""
    held = held_by(incident, member)
    done = Move.objects.filter(incident=incident, ref_kind="count_back", ref_id=str(client_id))
    if done.exists():
        return list(done)
    made: list[Move] = []
    used = place_of(incident, Location.Kind.USED, Location.Kind.USED.value)
    for row in held:
        came = back.get(row.lot_id, 0)
        if came < 0 or came > row.packs:
            raise UserError(
                _("%(lot)s: %(n)d packs were issued.") % {"lot": row.lot, "n": row.packs},
                field=f"back-{row.lot_id}",
                mend=_("Give what came back, at most so many."),
            )
        for packs, target, why in ((came, store, "count_back"), (row.packs - came, used, "used")):
            if packs:
                said = Said(uuid5(client_id, why), at, why, by, "", "count_back", str(client_id))
                made += move(incident, [Line(row.lot_id, packs)], source=row.location, target=target, said=said)
    came, out = sum(back.values()), sum(row.packs for row in held)
    journal.record(
        "count_back_protection", incident=incident, subject=member, by=by, occurred_at=at, back=came, issued=out
    )
    return made


def held_by(incident: Incident, member: Member) -> list[Balance]:
    """The protective equipment that a member has in hand. One query."""
    rows = Balance.objects.filter(location__incident=incident, location__member=member, packs__gt=0)
    rows = rows.filter(lot__item__code__in=equipment())
    return list(rows.select_related("lot__item", "location").order_by("lot__item__code", "lot_id"))


def issued_for(incident: Incident, duties: Iterable[str]) -> set[str]:
    """Those of some duties for which something was issued and not taken back. Two queries."""
    wanted = set(duties)
    rows = Move.objects.filter(incident=incident, ref_kind="duty", reason="issue")
    found = {str(pk): ref.split("|")[0] for pk, ref in rows.values_list("pk", "ref_id") if ref.split("|")[0] in wanted}
    undone = Move.objects.filter(incident=incident, reason="undo", ref_kind="move", ref_id__in=list(found))
    gone = set(undone.values_list("ref_id", flat=True))
    return {duty for pk, duty in found.items() if pk not in gone}


def issued_packs(incident: Incident) -> dict[int, int]:
    """Packs in the hands of each member. One query."""
    rows = Balance.objects.filter(location__incident=incident, location__member__isnull=False, packs__gt=0)
    rows = rows.filter(lot__item__code__in=equipment())
    return dict(rows.values_list("location__member").annotate(Sum("packs")).order_by())


def _lines(item: Item, count: int, store: Location, at: datetime) -> list[Line]:
    lines, left = [], count
    for balance in free_balances(item, store, at):
        part = min(left, balance.packs - balance.reserved)
        if part > 0:
            lines.append(Line(balance.lot_id, part))
            left -= part
    return lines


def _ref(duty: str, client_id: UUID) -> str:
    return f"{duty}|{str(client_id)[:8]}"[:64]
