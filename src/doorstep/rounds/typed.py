"""What a paper sheet says, typed back: one act a door, said twice counts once, differences kept and shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from uuid import UUID, uuid5

from django.db import transaction
from django.utils.translation import gettext as _

from doorstep import protocol
from doorstep.command import journal
from doorstep.command.models import Incident, Member
from doorstep.errors import UserError
from doorstep.rounds.live import together
from doorstep.rounds.models import Visit, VisitConflict
from doorstep.rounds.queries import StopView
from doorstep.rounds.sheets import Sheet
from doorstep.rounds.visits import SPOKEN, VisitReport, record_visit
from doorstep.rounds.welfare import all_well

SHEETS = UUID("6d2c1e0a-7d0b-5f0c-9a4e-3f3b0d7f5b11")  # the name space of what comes from sheets
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Entry:
    """One line as typed. `serious` maps a question to its answer."""

    outcome: str = ""
    handed: tuple[str, ...] = ()
    well: bool = False
    serious: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Line:
    """A line of a sheet against what is known: `state` is blank, new, same, typed, conflict or bad.

    `same`: known already and equal; `typed`: this sheet was typed before with something else, which stays;
    `conflict`: somebody recorded another knock here, both are kept and a coordinator looks.
    """

    view: StopView
    entry: Entry
    state: str
    occurred_at: datetime
    known: Visit | None = None
    problem: UserError | None = None


def start_of(incident: Incident, sheet: Sheet, text: str, at: datetime) -> datetime:
    """When the stair was begun: as typed (hh:mm, on the day nearest to the plan), else as planned. Never in the future.

    Raises UserError for a time that cannot be.
    """
    span = sheet.last_at - sheet.first_at
    if not text.strip():
        return min(sheet.first_at, at - span)
    try:
        hour, minute = (int(part) for part in text.replace("：", ":").strip().split(":"))
        clock = time(hour, minute)
    except ValueError as error:
        raise UserError(
            _("%(text)s is no time of day.") % {"text": text}, field="time", mend=_("Write it as 09:30.")
        ) from error
    day = sheet.first_at.astimezone(incident.tz).date()
    near = [datetime.combine(day + shift, clock, incident.tz) for shift in (-DAY, timedelta(0), DAY)]
    found = min(near, key=lambda when: abs(when - sheet.first_at))
    if found > at:
        raise UserError(
            _("%(text)s has not come yet.") % {"text": text}, field="time", mend=_("Type when the stair was begun.")
        )
    return found


def look_through(sheet: Sheet, entries: dict[int, Entry], started_at: datetime, at: datetime) -> list[Line]:
    """Each line of a sheet against what is known of its door. Writes nothing. Three queries."""
    known = _known(sheet)
    found = []
    for view in sheet.lines:
        entry = entries.get(view.stop.pk, Entry())
        when = min(at, started_at + (view.stop.arrives_at - sheet.first_at))
        problem = _problem(sheet, view, entry)
        if problem is not None:
            found.append(Line(view, entry, "bad", when, problem=problem))
        elif not entry.outcome:
            found.append(Line(view, entry, "blank", when))
        else:
            found.append(_line(sheet, view, entry, when, known.get(view.stop.pk, [])))
    return found


@transaction.atomic
def write_sheet(lines: Sequence[Line], sheet: Sheet, *, by: Member | None, at: datetime) -> list[Visit]:
    """Record what is new on a sheet. Each knock has an id made of sheet and door, so that typing twice adds nothing.

    Lines that are bad, blank or known are passed over. A line that differs from what somebody recorded at this door is
    written beside it, and the two wait for a coordinator as a conflict. The knocks are the carrier's; `by` typed them.
    """
    incident, written = sheet.round.plan.incident, []
    with together(at):
        for line in lines:
            if line.state not in ("new", "conflict"):
                continue
            visit = record_visit(incident, _report(sheet, line), by=sheet.round.carrier, at=at)
            Visit.objects.filter(pk=visit.pk).update(source=Visit.Source.PAPER)
            written.append(visit)
            if line.state == "conflict":
                VisitConflict.objects.get_or_create(
                    kind=VisitConflict.Kind.TWO_VISITS,
                    first=line.known,
                    second=visit,
                    defaults={"incident": incident, "door": line.view.stop.door, "opened_at": at},
                )
    if written:
        facts = {"visits": [visit.pk for visit in written]}
        journal.record(
            "type_sheet", incident=incident, subject=sheet.round, by=by, occurred_at=at, label=sheet.code, **facts
        )
    return written


def _problem(sheet: Sheet, view: StopView, entry: Entry) -> UserError | None:
    """What cannot be on this line, with its field."""
    said = entry.well or entry.serious
    if entry.outcome and entry.outcome not in Visit.Outcome.values:
        return UserError(_("This outcome is unknown."), field="outcome", mend=_("Choose one of the five."))
    if said and entry.outcome not in SPOKEN:
        return UserError(
            _("An answer without a talk."),
            field="answers",
            mend=_("Say that somebody opened or spoke, or take the answer off."),
        )
    if entry.well and entry.serious:
        return UserError(
            _("All well, and yet something is not."), field="answers", mend=_("Take off the one that is not ticked.")
        )
    if any(kind not in {item.kind for item in view.items} for kind in entry.handed):
        return UserError(
            _("Something was handed over that this line does not hold."), field="handed", mend=_("Take it off.")
        )
    boxes = {(box.question, box.answer) for box in sheet.boxes}
    if any(pair not in boxes for pair in entry.serious.items()):
        return UserError(_("This answer is unknown."), field="answers", mend=_("Choose one that is on the sheet."))
    return None


def _known(sheet: Sheet) -> dict[int, list[Visit]]:
    """Stop → the knocks that are known of it, the newest first."""
    found: dict[int, list[Visit]] = {}
    stops = [line.stop.pk for line in sheet.lines]
    visits = Visit.objects.filter(stop__in=stops, undone_at=None).select_related("member")
    for visit in visits.order_by("-occurred_at", "-pk"):
        found.setdefault(visit.stop_id or 0, []).append(visit)
    return found


def _line(sheet: Sheet, view: StopView, entry: Entry, when: datetime, known: list[Visit]) -> Line:
    equal = next((visit for visit in known if _says(sheet, visit) == _typed(sheet, entry)), None)
    if equal is not None:
        return Line(view, entry, "same", when, equal)
    own = next((visit for visit in known if visit.source == Visit.Source.PAPER), None)
    if own is not None:
        return Line(view, entry, "typed", when, own)
    return Line(view, entry, "conflict", when, known[0]) if known else Line(view, entry, "new", when)


def _typed(sheet: Sheet, entry: Entry) -> tuple[str, frozenset[str], frozenset[str]]:
    handed = entry.handed if entry.outcome in SPOKEN else ()
    return entry.outcome, frozenset(kind for kind in handed if kind != "contact"), frozenset(entry.serious)


def _says(sheet: Sheet, visit: Visit) -> tuple[str, frozenset[str], frozenset[str]]:
    serious = protocol.serious_answers(sheet.round.plan.incident.protocol, visit.welfare)
    return visit.outcome, frozenset(kind for kind in visit.handed if kind != "contact"), frozenset(serious)


def _report(sheet: Sheet, line: Line) -> VisitReport:
    entry, stop = line.entry, line.view.stop
    spoken = entry.outcome in SPOKEN
    welfare = all_well(sheet.round.plan.incident) if entry.well else {}
    return VisitReport(
        _client_id(sheet, stop.door_id),
        stop.door_id,
        entry.outcome,
        line.occurred_at,
        handed=entry.handed if spoken else (),
        welfare=welfare | entry.serious,
        stop_id=stop.pk,
        source=Visit.Source.PAPER,
    )


def _client_id(sheet: Sheet, door: int) -> UUID:
    """The id of a knock from a sheet. One that was taken back keeps its id; what is typed after it gets the next."""
    number = 0
    while True:
        found = uuid5(SHEETS, f"{sheet.code}:{door}:{number}")
        if not Visit.objects.filter(client_id=found, undone_at__isnull=False).exists():
            return found
        number += 1
