"""Measures of an area: brought in, seen to work, added, ended; in force, waiting, late or missing (S37)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from doorstep import protocol
from doorstep.command import journal
from doorstep.command.areas.deciding import keep_decision, newest_advice
from doorstep.command.events import AreaChanged
from doorstep.command.models import Area, AreaAdvice, Member, Restriction
from doorstep.errors import UserError
from doorstep.protocol.schema.zones import Measure
from doorstep.wiring.events import publish
from doorstep.wiring.texts import in_language

RUNNING = ("in_force", "waiting", "late", "planned")


@dataclass(frozen=True)
class MeasureLine:
    """One measure: how it stands, and the restriction that holds it (None: the protocol has it, the area has not)."""

    code: str
    title: str
    look: str  # "in_force" | "waiting" | "late" | "planned" | "ended" | "missing"
    restriction: Restriction | None
    brings_supply: bool = False
    days_left: int | None = None
    day: int = 0


def bring_in(area: Area, *, from_: datetime, by: Member | None, advice: AreaAdvice | None) -> None:
    """Put the measures of the zone class in force. One that runs already goes on as it is."""
    rules = area.incident.protocol
    due = protocol.restriction_review(rules, started=from_)
    codes = [measure.code for measure in protocol.measures_of(rules, area.zone)]
    area.restrictions.filter(measure__in=codes, started_at=from_).update(ended_at=None, end_reason="")
    running = set(area.restrictions.filter(ended_at=None).values_list("measure", flat=True))
    rows = [
        Restriction(
            area=area,
            measure=measure.code,
            reason=area.reason,
            basis=area.basis,
            advice=advice,
            decided_by=by,
            started_at=from_,
            due_at=from_ + timedelta(hours=measure.within_hours) if measure.within_hours else None,
            review_at=area.review_at or due.due,
            max_until=due.max_until,
        )
        for measure in protocol.measures_of(rules, area.zone)
        if measure.code not in running
    ]
    Restriction.objects.bulk_create(rows)


def measure_lines(area: Area, at: datetime) -> list[MeasureLine]:
    """The measures of an area: those that run, what its zone has and it has not, and those that ended. One query."""
    restrictions = area.restrictions.select_related("decided_by", "confirmed_by", "advice").order_by("started_at", "pk")
    return lines_of(area, restrictions, at)


def lines_of(area: Area, restrictions: Iterable[Restriction], at: datetime) -> list[MeasureLine]:
    """The same from restrictions that were fetched already."""
    known: dict[str, Measure] = {}
    for zone in area.incident.protocol.zones.values():
        known |= {measure.code: measure for measure in zone.measures}
    zone_measures = protocol.measures_of(area.incident.protocol, area.zone)
    known |= {measure.code: measure for measure in zone_measures}
    running: list[MeasureLine] = []
    ended: list[MeasureLine] = []
    there: set[str] = set()
    for one in restrictions:
        rule, look = known.get(one.measure), look_of(one, at)
        title = in_language(one.title or (rule.title if rule else {})) or one.measure
        supply = rule.brings_supply if rule else False
        left = (one.max_until - at).days if one.max_until and look != "ended" else None
        day = max(0, (at - one.started_at).days + 1)
        there.add(one.measure)
        (ended if look == "ended" else running).append(MeasureLine(one.measure, title, look, one, supply, left, day))
    lacking = [
        MeasureLine(rule.code, in_language(rule.title), "missing", None, rule.brings_supply)
        for rule in zone_measures
        if rule.code not in there and area.state == Area.State.IN_FORCE
    ]
    return [*running, *lacking, *ended]


def look_of(one: Restriction, at: datetime) -> str:
    """How a measure stands at an instant. One that nobody need confirm is in force from its start."""
    if one.ended_at is not None and one.ended_at <= at:
        return "ended"
    if one.started_at > at:
        return "planned"
    if one.confirmed_at is not None or one.due_at is None:
        return "in_force"
    return "late" if one.due_at < at else "waiting"


@transaction.atomic
def confirm_measure(one: Restriction, evidence: str, *, at: datetime, by: Member | None) -> Restriction:
    """Somebody saw that a measure stands, and says by what: the next word replaces the last."""
    _running(one)
    evidence = evidence.strip()[:240]
    if not evidence:
        raise UserError(
            _("Say what was seen."), field="evidence", mend=_("Such as: two posts at the main gate since 23:40.")
        )
    if one.confirmed_at is not None and one.evidence == evidence:
        return one
    one.confirmed_at, one.confirmed_by, one.evidence = at, by, evidence
    one.save(update_fields=["confirmed_at", "confirmed_by", "evidence"])
    _write("confirm_measure", one, at, by, measure=one.measure, reason=evidence)
    return one


@transaction.atomic
def add_measure(
    area: Area,
    code: str,
    *,
    title: str = "",
    reason: str,
    basis: str = "",
    within_hours: float | None = None,
    at: datetime,
    by: Member | None,
) -> Restriction:
    """Bring one more measure in: one of the protocol's by its `code`, or one of one's own by its `title`.

    It is reviewed with the area, and holds at most as long as one decision may.
    """
    if area.state != Area.State.IN_FORCE:
        raise UserError(_("Only an area in force has measures."), field="measure", mend=_("Seal the area first."))
    if not reason.strip():
        raise UserError(_("A measure needs a reason."), field="reason", mend=_("Say why it is needed."))
    rules = area.incident.protocol
    rule = next((m for zone in rules.zones.values() for m in zone.measures if m.code == code), None) if code else None
    if rule is None and not title.strip():
        raise UserError(_("Say which measure."), field="title", mend=_("Choose one of the list, or write your own."))
    code = rule.code if rule else f"own:{title.strip()}"[:60]
    if (there := area.restrictions.filter(measure=code, ended_at=None).first()) is not None:
        return there
    area.restrictions.filter(measure=code, started_at=at).delete()  # begun and ended at this very instant
    due = protocol.restriction_review(rules, started=at)
    hours = rule.within_hours if rule else within_hours
    made = Restriction.objects.create(
        area=area,
        measure=code,
        title={} if rule else {"zh": title.strip(), "en": title.strip()},
        reason=reason.strip(),
        basis=basis.strip() or area.basis,
        advice=newest_advice(area, at),
        decided_by=by,
        started_at=at,
        due_at=at + timedelta(hours=hours) if hours else None,
        review_at=area.review_at or due.due,
        max_until=due.max_until,
    )
    keep_decision(area, "add", reason, at=at, by=by, about=title_of(made), advice=made.advice)
    _write("add_measure", made, at, by, measure=code, reason=reason)
    publish(AreaChanged(area.pk, at))
    return made


@transaction.atomic
def end_measure(
    one: Restriction, *, reason: str, replacement: str = "", at: datetime, by: Member | None
) -> Restriction:
    """End a single measure. One by which people get their food names what takes its place (F23)."""
    if one.ended_at is not None:
        return one
    if not reason.strip():
        raise UserError(_("Say why it ends."), field="reason", mend=_("One sentence is enough."))
    rule = next(
        (m for zone in one.area.incident.protocol.zones.values() for m in zone.measures if m.code == one.measure), None
    )
    if rule is not None and rule.brings_supply and not replacement.strip():
        raise UserError(
            _("People get their food by this."),
            field="replacement",
            mend=_("Say how they get it from now on: nothing ends without that."),
        )
    one.ended_at, one.end_reason = at, "\n".join(text.strip() for text in (reason, replacement) if text.strip())
    one.save(update_fields=["ended_at", "end_reason"])
    keep_decision(
        one.area, "end", one.end_reason, at=at, by=by, about=title_of(one), advice=newest_advice(one.area, at)
    )
    _write("end_measure", one, at, by, measure=one.measure, reason=reason, replacement=replacement)
    publish(AreaChanged(one.area_id, at))
    return one


def title_of(one: Restriction) -> str:
    """A measure in the language of the page."""
    if one.title:
        return in_language(one.title)
    zones = one.area.incident.protocol.zones.values()
    return next((in_language(m.title) for zone in zones for m in zone.measures if m.code == one.measure), one.measure)


def _running(one: Restriction) -> None:
    if one.ended_at is not None:
        raise UserError(_("This measure has ended."), field="measure", mend=_("Add it again if it is needed."))


def _write(act: str, one: Restriction, at: datetime, by: Member | None, **facts: Any) -> None:
    area = one.area
    journal.record(act, incident=area.incident, subject=area, by=by, occurred_at=at, label=area.name, **facts)


def outdoors(area: Area) -> str:
    """Time outdoors that the rules give each person behind a door, in words; empty where they give none (F12)."""
    rules = area.incident.protocol
    minutes = rules.zones[area.zone].outdoor_minutes
    if minutes:
        return _("%(n)d minutes outdoors for each person and day, household by household") % {"n": minutes}
    return in_language(rules.rights.outdoor) if rules.rights.outdoor else ""
