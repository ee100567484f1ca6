"""The look back on paper: people stand there by function and number."""

from __future__ import annotations

from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from doorstep.command.models import Incident
from doorstep.report import after, blocks
from doorstep.report.content import number
from doorstep.report.papers import language
from doorstep.report.periods import Period

MOST_LINES = 400


def look_back_paper(incident: Incident, period: Period) -> blocks.Paper:
    """The whole look back, in the language that is spoken now."""
    look = after.look_back(incident, period)
    parts = [blocks.heading(_("Promises, kept and broken"))]
    heads = [_("promise"), _("kept"), _("late"), _("broken"), _("waived"), _("why")]
    parts.append(
        blocks.table(
            heads,
            [
                [
                    row.title,
                    row.kept,
                    row.late,
                    row.broken,
                    row.waived,
                    "; ".join(f"{why}: {n}" for why, n in row.reasons),
                ]
                for row in look.kinds
            ],
        )
    )
    parts.append(blocks.heading(_("From the trigger to each first act")))
    clocks = [
        [act.title, number(act.target_h), number(round(act.real_h, 1)) if act.real_h is not None else _("not yet")]
        for act in look.clocks
    ]
    parts.append(blocks.table([_("act"), _("target (h)"), _("happened after (h)")], clocks))
    parts.append(blocks.heading(_("Service by area")))
    service = [[row.area.name, row.households, row.due, row.in_time, row.late, row.broken] for row in look.service]
    heads = [_("area"), _("households"), _("due"), _("in time"), _("late"), _("broken")]
    parts.append(blocks.table(heads, service))
    parts.append(blocks.heading(_("Load")))
    heads = [_("function"), _("hours at posts"), _("knocks"), _("kg × storeys"), _("calls and requests")]
    loads = [[load.label, load.hours, load.knocks, load.kg_storeys, load.calls] for load in look.loads]
    parts.append(blocks.table(heads, loads))
    parts.append(blocks.heading(_("Findings")))
    parts.append(blocks.lines([finding.text for finding in look.findings] or [_("none written down")]))
    parts.append(blocks.heading(_("Timeline")))
    entries = list(after.happened(incident, period, "")[:MOST_LINES])
    told = render_to_string("report/_events.txt", {"entries": entries, "incident": incident})
    parts.append(blocks.lines(told))
    subtitle = f"{incident.name} · {period.told(incident)}"
    return blocks.Paper(_("Look back"), subtitle, incident.name, parts, language())
