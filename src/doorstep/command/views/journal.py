"""The journal: read, narrowed, taken out as a file, and its chain checked."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import render

from doorstep.command import journal_queries as queries
from doorstep.command.chain import Anchor, faults
from doorstep.command.forms.fields import LocalInstant
from doorstep.command.journal import newest
from doorstep.command.models import Incident
from doorstep.errors import UserError
from doorstep.wiring.access import needs
from doorstep.wiring.pages import table, table_asked
from doorstep.wiring.texts import spoken


@needs("see_journal")
def home(request: Any) -> HttpResponse:
    """Every entry, newest first; ?check=1 walks the whole chain and says whether it holds, ?anchor= compares a link."""
    incident = request.incident
    if not incident:
        raise Http404
    scope = request.rights.areas("see_journal")
    asked = _asked(request, incident)
    entries = queries.journal_narrowed(queries.journal_of(incident, areas=scope), asked)
    if table_asked(request):
        return table(request, "journal", queries.JOURNAL_HEADINGS, queries.journal_rows(entries, incident.tz))
    before = request.GET.get("before", "")
    found, more = queries.journal_before(entries, int(before) if before.isdecimal() and len(before) < 18 else None)
    areas = incident.areas.all() if scope is None else incident.areas.filter(pk__in=scope)
    context = {
        "lines": queries.journal_lines(found),
        "count": entries.count(),
        "more": more,
        "before": before,
        "acts": queries.acts_of(incident) if scope is None else [],
        "writers": queries.writers_of(incident) if scope is None else [],
        "areas": areas,
        "asked": asked,
        "until": request.GET.get("until", ""),
    }
    return render(request, "command/journal.html", context | _checked(request))


def _checked(request: Any) -> dict[str, Any]:
    if request.GET.get("check") != "1":
        return {"checked": False}
    text, wrong = request.GET.get("anchor", "").strip()[:120], None
    try:
        anchors = [Anchor.read(text)] if text else []
    except UserError as error:
        anchors, wrong = [], spoken(error)
    found = [(fault.sequence, queries.fault_text(fault)) for fault in faults(anchors)]
    sequence, link = newest()
    return {"checked": True, "broken": found, "anchor": f"{sequence}:{link}", "asked_anchor": text, "wrong": wrong}


def _asked(request: Any, incident: Incident) -> queries.JournalAsked:
    words, act, by, subject = (request.GET.get(name, "").strip()[:120] for name in ("words", "act", "by", "subject"))
    area = request.GET.get("area", "")
    since, until = (_day(request, name, incident) for name in ("since", "until"))
    return queries.JournalAsked(
        words,
        act,
        by,
        subject,
        int(area) if area.isdecimal() and len(area) < 18 else None,
        since,
        until + timedelta(days=1) if until else None,
    )


def _day(request: Any, name: str, incident: Incident) -> Any:
    field = LocalInstant(required=False)
    field.tz = incident.tz
    try:
        return field.clean(f"{request.GET[name]}T00:00") if request.GET.get(name) else None
    except ValidationError:  # a day that nobody can read narrows nothing
        return None
