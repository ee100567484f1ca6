"""The journal: read, narrowed, taken out as a file, and its chain checked."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render

from doorstep.command import queries
from doorstep.command.chain import broken_links
from doorstep.wiring.access import needs
from doorstep.wiring.pages import page_of, table, table_asked


@needs("see_journal")
def home(request: Any) -> HttpResponse:
    """Every entry, newest first; ?check=1 walks the whole chain and says whether it holds."""
    incident = request.incident
    if not incident:
        raise Http404
    words, act, by = (request.GET.get(name, "").strip()[:120] for name in ("words", "act", "by"))
    scope = request.rights.areas("see_journal")
    entries = queries.journal_of(incident, words, act, by, areas=scope)
    if table_asked(request):
        return table(request, "journal", queries.JOURNAL_HEADINGS, queries.journal_rows(entries, incident.tz))
    checked = request.GET.get("check") == "1"
    context = {
        "entries": page_of(request, entries),
        "acts": queries.acts_of(incident) if scope is None else [],
        "writers": queries.writers_of(incident) if scope is None else [],
        "words_asked": words,
        "act": act,
        "by": by,
        "checked": checked,
        "broken": broken_links() if checked else [],
    }
    return render(request, "command/journal.html", context)
