"""The look back: what was promised and what came of it and why, the clocks, who bore how much, whether areas were equal."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Case, CharField, Count, Exists, F, OuterRef, Q, QuerySet, Sum, Value, When
from django.utils.translation import gettext as _

from doorstep.command.models import Area, Incident, JournalEntry, Member, RoleGrant
from doorstep.command.posts.clocks import ResponseClock, response_clocks
from doorstep.command.rights import roles
from doorstep.command.timeline import timeline
from doorstep.crew.figures import INSTANTS, hours_of, stood
from doorstep.desk.models import Message, RequestEvent
from doorstep.promises.figures import standing
from doorstep.promises.service import ServiceRow, service_by_area
from doorstep.promises.words import kind_title
from doorstep.report.models import Finding
from doorstep.report.periods import INSTANT, Period
from doorstep.report.rules import defaults
from doorstep.rounds.figures import REACHED, knocks
from doorstep.rounds.models import Round, Stop, Visit
from doorstep.wiring.texts import in_language

CAUSES = ("late", "no_answer", "without", "too_late", "not_done", "no_plan")


def cause_title(cause: str) -> str:
    """Why a promise was not kept in time, in words."""
    titles = {
        "late": _("kept, but late"),
        "no_answer": _("nobody answered or the door was refused"),
        "without": _("the door was reached, without it (goods short)"),
        "too_late": _("planned too late"),
        "not_done": _("planned, not done"),
        "no_plan": _("no plan"),
    }
    return titles[cause]


@dataclass(frozen=True)
class KindResult:
    """What came of the promises of one kind; `why` counts those that were broken or late by cause."""

    kind: str
    title: str
    kept: int
    late: int
    broken: int
    waived: int
    why: dict[str, int] = field(default_factory=dict)

    @property
    def reasons(self) -> list[tuple[str, int]]:
        """The causes in words, the most frequent first."""
        return [(cause_title(code), n) for code, n in sorted(self.why.items(), key=lambda pair: -pair[1])]


@dataclass(frozen=True)
class Load:
    """What one person bore. `label` is the function with a number of its own; the name is for leaders only."""

    member_id: int
    name: str
    label: str
    hours: float
    knocks: int
    kg_storeys: float
    calls: int


@dataclass(frozen=True)
class LookBack:
    """Everything on the page of the look back, beside the timeline."""

    kinds: list[KindResult]
    clocks: list[ResponseClock]
    loads: list[Load]
    service: list[ServiceRow]
    findings: list[Finding]

    @property
    def spread(self) -> float | None:
        """Between the best and the worst served area: how many promises kept in time a household differ by."""
        each = [row.per_household for row in self.service if row.households]
        return round(max(each) - min(each), 2) if len(each) > 1 else None


def look_back(incident: Incident, period: Period) -> LookBack:
    """The look back on a period. A known number of queries."""
    at = period.end - INSTANT
    areas = list(Area.objects.filter(incident=incident).exclude(state=Area.State.PROPOSED))
    return LookBack(
        results(incident, period),
        response_clocks(incident, at),
        loads(incident, period),
        service_by_area(incident, at, areas),
        findings_of(incident),
    )


def findings_of(incident: Incident) -> list[Finding]:
    """What was learned, the oldest first. One query."""
    return list(Finding.objects.filter(incident=incident, dropped_at=None).select_related("owner", "task"))


def results(incident: Incident, period: Period) -> list[KindResult]:
    """Kept, late, broken and waived by kind; why those that were not kept in time. Two queries."""
    found: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    every = standing(incident, period.start, period.end)
    for kind, stood_as, count in every.values_list("kind", "stood").annotate(n=Count("pk")).order_by():
        found[kind][stood_as] = count
    why: dict[str, dict[str, int]] = defaultdict(dict)
    for kind, cause, count in _causes(every).values_list("kind", "cause").annotate(n=Count("pk")).order_by():
        why[kind][cause] = count
    return [
        KindResult(
            kind,
            kind_title(incident, kind),
            row["kept"],
            row["late"],
            row["broken"],
            row["waived"],
            why.get(kind, {}),
        )
        for kind, row in sorted(found.items())
        if row["kept"] or row["late"] or row["broken"] or row["waived"]
    ]


def _causes(promises: QuerySet[Any]) -> Any:
    """Adds `cause` to promises that were broken or kept late: what the knocks and the plans say of them."""
    visits = Visit.objects.filter(
        door=OuterRef("door"),
        incident=OuterRef("incident"),
        undone_at=None,
        occurred_at__gte=OuterRef("window_start"),
        occurred_at__lte=OuterRef("due_at"),
    )
    stops = Stop.promises.through.objects.filter(promise_id=OuterRef("pk"))
    return promises.filter(stood__in=["broken", "late"]).annotate(
        cause=Case(
            When(stood="late", then=Value("late")),
            When(Exists(visits.filter(outcome__in=REACHED)), then=Value("without")),
            When(Exists(visits), then=Value("no_answer")),
            When(planned_at__gt=F("due_at"), then=Value("too_late")),
            When(Q(planned_at__isnull=False) | Exists(stops), then=Value("not_done")),
            default=Value("no_plan"),
            output_field=CharField(),
        )
    )


def loads(incident: Incident, period: Period) -> list[Load]:
    """What each person bore, the heaviest first: hours at posts, knocks, kilograms times storeys, calls. Six queries."""
    start, end = period.start, period.end
    hours: dict[int, float] = defaultdict(float)
    for who, *line in stood(incident, start, end).values_list("member_id", *INSTANTS):
        hours[who] += hours_of((line[0], line[1], line[2]), start, end)
    visits = knocks(incident, start, end)
    knocked = dict(visits.exclude(member=None).values_list("member_id").annotate(n=Count("pk")).order_by())
    walked = Round.objects.filter(plan__incident=incident, out=False, carrier__isnull=False)
    walked = walked.filter(Exists(visits.filter(stop__round=OuterRef("pk"))))
    carried = dict(walked.values_list("carrier_id").annotate(n=Sum("climb_kg_storeys")).order_by())
    taken = Message.objects.filter(incident=incident, occurred_at__gte=start, occurred_at__lt=end)
    calls = dict(taken.exclude(recorded_by=None).values_list("recorded_by_id").annotate(n=Count("pk")).order_by())
    steps = RequestEvent.objects.filter(request__incident=incident, at__gte=start, at__lt=end).exclude(by=None)
    for who, count in steps.values_list("by_id").annotate(n=Count("pk")).order_by():
        calls[who] = calls.get(who, 0) + count
    keys = {*hours, *knocked, *carried, *calls}
    members = Member.objects.filter(pk__in=keys).select_related("organisation").order_by("pk")
    labels = _labels(incident, list(members))
    found = [
        Load(
            member.pk,
            member.name,
            labels[member.pk],
            round(hours.get(member.pk, 0), 1),
            knocked.get(member.pk, 0),
            round(carried.get(member.pk) or 0),
            calls.get(member.pk, 0),
        )
        for member in members
    ]
    return sorted(found, key=lambda load: (-load.hours - load.kg_storeys / 1000 - load.knocks / 20, load.member_id))


def _labels(incident: Incident, members: list[Member]) -> dict[int, str]:
    """Each person as organisation, function and a number within it. One query."""
    duty: dict[int, str] = {}
    for key, role in RoleGrant.objects.filter(incident=incident, member__in=members).values_list("member_id", "role"):
        if role in roles():
            duty.setdefault(key, in_language(roles()[role].title))
    counts: dict[str, int] = defaultdict(int)
    labels = {}
    for member in members:
        home = member.organisation.name if member.organisation else _("no organisation")
        group = " · ".join(part for part in (home, duty.get(member.pk, "")) if part)
        counts[group] += 1
        labels[member.pk] = f"{group} {counts[group]}"
    return labels


def happened(incident: Incident, period: Period, side: str) -> QuerySet[JournalEntry]:
    """The timeline of a period, oldest first; one side of it where "hard" or "warm" is asked."""
    sides: dict[str, list[str]] = defaults()["timeline"]
    entries = timeline(incident, period.end - INSTANT).filter(occurred_at__gte=period.start).exclude(act="read")
    if side in sides:
        entries = entries.filter(act__in=sides[side])
    return entries.order_by("occurred_at", "sequence")
