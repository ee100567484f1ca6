"""Areas kept under review: extended, renewed, renamed, lifted, proposed again."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from doorstep import protocol
from doorstep.command import journal
from doorstep.command.areas.deciding import keep_decision, newest_advice
from doorstep.command.areas.sealing import propose_area, within_one_decision
from doorstep.command.events import AreaChanged
from doorstep.command.lifting import INSTANTS, lifting_of
from doorstep.command.models import Area, AreaPlace, Member
from doorstep.errors import UserError
from doorstep.wiring.events import publish


def longest_until(area: Area) -> datetime | None:
    """Until when the restrictions in force hold at most without a new decision; None where none has such an end."""
    ends = area.restrictions.filter(ended_at=None).values_list("max_until", flat=True)
    return max((end for end in ends if end is not None), default=None)


@transaction.atomic
def extend_review(area: Area, review_at: datetime, *, reason: str, at: datetime, by: Member | None = None) -> Area:
    """Review a restriction and keep it until `review_at`; what its doors are owed is extended in the same act (F24)."""
    longest = longest_until(area)
    within_one_decision(review_at, longest)
    if not reason.strip():
        raise UserError(_("A longer restriction needs a reason."), field="reason", mend=_("Say why it must go on."))
    area.review_at, area.reviewed_at = review_at, at
    area.save(update_fields=["review_at", "reviewed_at"])
    area.restrictions.filter(ended_at=None).update(review_at=review_at)
    keep_decision(area, "extend", reason, at=at, by=by, advice=newest_advice(area, at))
    journal.record(
        "extend", incident=area.incident, subject=area, by=by, occurred_at=at, label=area.name, reason=reason
    )
    publish(AreaChanged(area.pk, at))
    return area


@transaction.atomic
def renew(area: Area, *, reason: str, at: datetime, by: Member | None = None) -> Area:
    """Decide a restriction anew: the longest time that it may hold counts from now (F31), and so does its review."""
    if area.state != Area.State.IN_FORCE:
        raise UserError(_("Only an area in force can be decided anew."), field="state", mend=_("Look at its page."))
    if not reason.strip():
        raise UserError(_("A decision needs a reason."), field="reason", mend=_("Say in a sentence why."))
    due = protocol.restriction_review(area.incident.protocol, started=at)
    area.review_at, area.reviewed_at = due.due, at
    area.save(update_fields=["review_at", "reviewed_at"])
    area.restrictions.filter(ended_at=None).update(review_at=due.due, max_until=due.max_until)
    keep_decision(area, "renew", reason, at=at, by=by, advice=newest_advice(area, at))
    journal.record("renew", incident=area.incident, subject=area, by=by, occurred_at=at, label=area.name, reason=reason)
    publish(AreaChanged(area.pk, at))
    return area


@transaction.atomic
def rename_area(area: Area, name: str, *, at: datetime, by: Member | None = None) -> Area:
    """Give an area another name; everything that belongs to it stays."""
    name = name.strip()
    if not name:
        raise UserError(_("The area has no name."), field="name", mend=_("Give the name by which people know it."))
    if area.name == name:
        return area
    if area.incident.areas.filter(name=name).exists():
        raise UserError(_("An area of this name exists."), field="name", mend=_("Choose another name."))
    before, area.name = area.name, name
    area.save(update_fields=["name"])
    journal.record(
        "rename_area", incident=area.incident, subject=area, by=by, occurred_at=at, label=name, before=before
    )
    return area


@transaction.atomic
def lift(area: Area, *, at: datetime, by: Member | None = None, reason: str = "") -> Area:
    """End an area: its restrictions end and what was owed for later falls away.

    The journal keeps the reason, and whether a lifting condition was still missing.
    """
    if area.state != Area.State.IN_FORCE:
        raise UserError(_("Only an area in force can be lifted."), field="state", mend=_("Look at its page."))
    area.state, area.lifted_at = Area.State.LIFTED, at
    area.save(update_fields=["state", "lifted_at"])
    area.restrictions.filter(ended_at=None).update(ended_at=at)
    early = area.zone in area.incident.protocol.lifting and not lifting_of(area, at).may_end
    keep_decision(area, "lift", reason, at=at, by=by, advice=newest_advice(area, at))
    data = {"reason": reason, "early": early}
    journal.record("lift", incident=area.incident, subject=area, by=by, occurred_at=at, label=area.name, **data)
    publish(AreaChanged(area.pk, at))
    return area


@transaction.atomic
def propose_again(area: Area, zone: str, *, at: datetime, by: Member | None = None) -> Area:
    """Propose the places of an area once more, in the zone that follows it or in the same one."""
    names = set(area.incident.areas.values_list("name", flat=True))
    number = next(n for n in range(2, len(names) + 3) if f"{area.name} ({n})" not in names)
    places = [
        AreaPlace(
            include=p.include,
            compound_id=p.compound_id,
            building_id=p.building_id,
            stair_id=p.stair_id,
            door_id=p.door_id,
        )
        for p in area.places.all()
    ]
    return propose_area(area.incident, f"{area.name} ({number})", zone, places, at=at, by=by)


@transaction.atomic
def note_lifting_facts(area: Area, facts: dict[str, Any], *, at: datetime, by: Member | None = None) -> Area:
    """Keep what the lifting conditions are measured by: instants as ISO texts, and what was declared."""
    known = {*INSTANTS, "declared"}
    if unknown := set(facts) - known:
        raise UserError(
            f"Unknown: {', '.join(sorted(unknown))}.", field="facts", mend=f"Known: {', '.join(sorted(known))}."
        )
    area.lifting_facts = {**area.lifting_facts, **facts}
    area.save(update_fields=["lifting_facts"])
    journal.record(
        "lifting_facts", incident=area.incident, subject=area, by=by, occurred_at=at, label=area.name, facts=facts
    )
    publish(AreaChanged(area.pk, at))
    return area
