"""Who does what where (3W): organisations by workstream and area, counted from work that was recorded; HXL tables."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from doorstep.command.models import Incident, Task, Team
from doorstep.crew.figures import stood
from doorstep.report.content import collect
from doorstep.report.periods import INSTANT, Period
from doorstep.report.rules import defaults
from doorstep.rounds.figures import knocks
from doorstep.storage.tables import to_csv

HXL = {
    "org": "#org+name",
    "sector": "#sector+en",
    "activity": "#activity",
    "area": "#loc+name",
    "starts": "#date+start",
    "ends": "#date+end",
    "count": "#output+num",
    "unit": "#output+unit",
    "status": "#status",
}


@dataclass(frozen=True)
class WhoRow:
    """One organisation's part in one kind of work in one area during the period."""

    org: str
    workstream: str
    activity: str
    area: str
    count: int
    unit: str
    status: str

    @property
    def sector(self) -> str:
        """The sector in the words of humanitarian coordination."""
        named: dict[str, str] = defaults()["hxl"]["sectors"]
        return named.get(self.workstream, "Coordination")


def who_does_what(incident: Incident, period: Period) -> list[WhoRow]:
    """Tasks, teams, doors and shifts by organisation and area. Four queries."""
    rows = [*_tasks(incident, period), *_teams(incident, period), *_doors(incident, period), *_shifts(incident, period)]
    return sorted(rows, key=lambda row: (row.org, row.workstream, row.area, row.activity))


def _tasks(incident: Incident, period: Period) -> Iterable[WhoRow]:
    open_then = Q(done_at=None) | Q(done_at__gte=period.start)
    tasks = Task.objects.filter(incident=incident, opened_at__lt=period.end).filter(open_then)
    by = tasks.values_list("owner__organisation__name", "workstream", "kind", "area__name")
    counted = by.annotate(n=Count("pk"), done=Count("pk", filter=Q(state="done", done_at__lt=period.end)))
    for org, work, kind, place, count, done in counted.order_by():
        status = _("completed") if done == count else _("ongoing")
        yield WhoRow(org or "", work, kind, place or "", count, pgettext("unit", "tasks"), status)


def _teams(incident: Incident, period: Period) -> Iterable[WhoRow]:
    living = Q(ended_at=None) | Q(ended_at__gte=period.start)
    teams = Team.objects.filter(incident=incident).filter(living)
    by = teams.values_list("members__organisation__name", "workstream", "area__name")
    for org, work, place, count in by.annotate(n=Count("members", distinct=True)).order_by():
        if count:
            yield WhoRow(
                org or "", work, _("people in teams"), place or "", count, pgettext("unit", "persons"), _("ongoing")
            )


def _doors(incident: Incident, period: Period) -> Iterable[WhoRow]:
    here = knocks(incident, period.start, period.end).filter(door__area_doors__area__incident=incident)
    by = here.values_list("member__organisation__name", "door__area_doors__area__name")
    for org, place, count in by.annotate(n=Count("door", distinct=True)).order_by():
        yield WhoRow(
            org or "", "carrying", _("doors visited"), place or "", count, pgettext("unit", "doors"), _("completed")
        )


def _shifts(incident: Incident, period: Period) -> Iterable[WhoRow]:
    by = stood(incident, period.start, period.end).values_list("member__organisation__name", "post__area__name")
    for org, place, count in by.annotate(n=Count("pk")).order_by():
        yield WhoRow(
            org or "", "gates", _("posts manned"), place or "", count, pgettext("unit", "shifts"), _("ongoing")
        )


def heads() -> list[str]:
    """The headings of the table, above its hashtags."""
    first = [_("organisation"), _("sector"), _("activity"), _("area"), _("from"), _("until")]
    return [*first, _("number"), _("unit"), _("status")]


def hxl_who(incident: Incident, period: Period, rows: Iterable[WhoRow]) -> bytes:
    """The table as HXL: headings, hashtags, rows."""
    start = period.start.astimezone(incident.tz).date().isoformat()
    end = (period.end - INSTANT).astimezone(incident.tz).date().isoformat()
    lines: list[list[Any]] = [list(HXL.values())]
    for row in rows:
        org = row.org or _("no organisation")
        lines.append([org, row.sector, row.activity, row.area, start, end, row.count, row.unit, row.status])
    return to_csv(heads(), lines)


def hxl_figures(incident: Incident, period: Period) -> bytes:
    """The key figures as HXL: code, name, value, out of how many, unknown, unit, on which side, until when."""
    tags = ["#indicator+code", "#indicator+name", "#indicator+value+num", "#indicator+total+num"]
    tags += ["#indicator+unknown+num", "#indicator+unit", "#indicator+side", "#date+end"]
    end = (period.end - INSTANT).astimezone(incident.tz).date().isoformat()
    titles = [_("code"), _("figure"), _("value"), _("out of"), _("unknown"), _("unit"), _("side"), _("until")]
    lines: list[list[Any]] = [tags]
    for section in collect(incident, period.start, period.end)["sections"]:
        for line in section["lines"]:
            facts = [line["title"], line["value"], line["of"], line["unknown"], line["unit"], line["side"], end]
            lines.append([f"{section['code']}.{line['code']}", *facts])
    return to_csv(titles, lines)
