"""Advice and decisions of an area: an adviser recommends, somebody named decides, and both are kept (F12)."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from doorstep.command import journal
from doorstep.command.models import Area, AreaAdvice, AreaDecision, Member
from doorstep.errors import UserError


@transaction.atomic
def advise(area: Area, text: str, *, stance: str = "for", at: datetime, by: Member | None) -> AreaAdvice:
    """Keep what an adviser recommends, with or against the others. It decides nothing; saying the same twice adds nothing."""
    text = text.strip()
    if not text:
        raise UserError(_("The advice has no text."), field="text", mend=_("Say what you recommend, and why."))
    if stance not in AreaAdvice.Stance.values:
        raise UserError(_("Choose for or against."), field="stance", mend=_("Choose one of the list."))
    label = by.name if by else ""
    same = area.advice.filter(text=text, stance=stance, by=by).first()
    if same is not None:
        return same
    advice = AreaAdvice.objects.create(area=area, text=text, stance=stance, by=by, by_label=label, at=at)
    facts = {"stance": stance, "reason": text}
    journal.record("advise_area", incident=area.incident, subject=area, by=by, occurred_at=at, label=area.name, **facts)
    return advice


@transaction.atomic
def decide(
    area: Area, kind: str, reason: str, *, at: datetime, by: Member | None, advice: AreaAdvice | None = None
) -> AreaDecision:
    """Decide on a proposal: go ahead, or not this area. Sealing, lifting and changes keep their decision by themselves."""
    if kind not in (AreaDecision.Kind.APPROVE, AreaDecision.Kind.REFUSE):
        raise UserError(_("Choose what is decided."), field="kind", mend=_("Choose one of the list."))
    if area.state != Area.State.PROPOSED:
        raise UserError(_("This area is not a proposal any more."), field="state", mend=_("Look at its page."))
    if not reason.strip():
        raise UserError(_("A decision needs a reason."), field="reason", mend=_("Say in a sentence why."))
    kept = keep_decision(area, kind, reason, at=at, by=by, advice=advice)
    facts = {"kind": str(kind), "reason": reason.strip()}
    journal.record("decide_area", incident=area.incident, subject=area, by=by, occurred_at=at, label=area.name, **facts)
    return kept


def keep_decision(
    area: Area,
    kind: str,
    reason: str,
    *,
    at: datetime,
    by: Member | None,
    about: str = "",
    advice: AreaAdvice | None = None,
) -> AreaDecision:
    """Write a decision down with the area, in the transaction of the act that it stands for."""
    return AreaDecision.objects.create(
        area=area,
        kind=kind,
        about=about[:240],
        reason=reason.strip(),
        advice=advice if advice is not None and advice.area_id == area.pk else None,
        by=by,
        by_label=by.name if by else "",
        at=at,
    )


def newest_advice(area: Area, at: datetime) -> AreaAdvice | None:
    """The advice that a decision at this instant rests on: the last one given before it."""
    return area.advice.filter(at__lte=at).select_related("by").first()
