"""Reports for machines: the figures of a period and the rows behind each, the issued reports, the brief."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import Http404
from ninja import Schema

from doorstep.command.models import Incident
from doorstep.report.brief import brief
from doorstep.report.content import source_of
from doorstep.report.kept import figures_of, rows_of, work_of
from doorstep.report.models import Report
from doorstep.report.papers import language
from doorstep.report.periods import Period, period_of
from doorstep.wiring.api import Instant, Paged, PageNumber, Room, incident_of, paged

room = Room(tags=["report"])


class FigureOut(Schema):
    """One figure; `value` null = unknown, `unknown` are never part of `value`."""

    source: str
    code: str
    title: str
    value: float | None
    of: float | None
    unknown: int
    unit: str
    side: str
    note: str
    public: bool


class FiguresOut(Schema):
    """The figures of a period; `end` is not part of it."""

    start: datetime
    end: datetime
    figures: list[FigureOut]


class FigureRowsOut(Schema):
    """What a figure was counted from."""

    heads: list[str]
    rows: list[list[str | float | None]]


class ReportOut(Schema):
    """An issued situation report."""

    number: int
    starts_at: datetime
    ends_at: datetime
    issued_at: datetime
    signed_name: str
    journal_sequence: int
    journal_hash: str
    texts: dict[str, str]


class BriefLineOut(Schema):
    """One figure for the press, in words."""

    title: str
    value: str
    definition: str
    hidden: bool


class WhoOut(Schema):
    """One organisation's part in one kind of work in one area."""

    org: str
    sector: str
    activity: str
    area: str
    count: int
    unit: str
    status: str


def _period(request: Any, start: datetime | None, end: datetime | None) -> tuple[Incident, Period]:
    """The incident and the period that is asked for; without one, the whole incident until now."""
    incident: Incident = incident_of(request)
    asked = {"from": start.isoformat() if start else "", "to": end.isoformat() if end else ""}
    return incident, period_of(incident, {**asked, "period": "" if start or end else "all"}, incident.now())


@room.reads("/figures", FiguresOut, act="see_report")
def figures(request: Any, start: Instant | None = None, end: Instant | None = None) -> dict[str, Any]:
    """All figures of a period, for whoever sees the whole incident."""
    request.rights.require_everywhere("see_report")
    incident, period = _period(request, start, end)
    content = figures_of(incident, period)
    lines = [{**line, "source": part["code"]} for part in content["sections"] for line in part["lines"]]
    return {"start": content["start"], "end": content["end"], "figures": lines}


@room.reads("/figures/{source}/{code}", FigureRowsOut, act="see_report")
def figure_rows(
    request: Any, source: str, code: str, start: Instant | None = None, end: Instant | None = None
) -> dict[str, Any]:
    """The rows from which a figure was counted: place, time and proof."""
    request.rights.require_everywhere("see_report")
    incident, period = _period(request, start, end)
    parts = figures_of(incident, period)["sections"]
    if source_of(source) is None or not any(
        line["code"] == code for part in parts if part["code"] == source for line in part["lines"]
    ):
        raise Http404
    return rows_of(incident, source, code, period)


@room.reads("/issued", Paged[ReportOut], act="see_report")
def issued(request: Any, page: PageNumber = 1) -> dict[str, Any]:
    """The issued reports, the newest first, with their sentences in the language asked for."""
    request.rights.require_everywhere("see_report")
    reports = Report.objects.filter(incident=incident_of(request), state=Report.State.ISSUED).order_by("-number")
    return paged(request, reports, _report)


def _report(report: Report) -> dict[str, Any]:
    names = ("number", "starts_at", "ends_at", "issued_at", "signed_name", "journal_sequence", "journal_hash")
    return {**{name: getattr(report, name) for name in names}, "texts": report.texts.get(language(), {})}


@room.reads("/brief", list[BriefLineOut], act="see_brief")
def numbers_brief(request: Any, start: Instant | None = None, end: Instant | None = None) -> list[Any]:
    """The numbers brief: only what doors, posts and the register prove, small numbers hidden."""
    incident, period = _period(request, start, end)
    return list(brief(figures_of(incident, period)))


@room.reads("/who", list[WhoOut], act="see_report")
def who(request: Any, start: Instant | None = None, end: Instant | None = None) -> list[Any]:
    """Who does what where."""
    request.rights.require_everywhere("see_report")
    incident, period = _period(request, start, end)
    return work_of(incident, period)
