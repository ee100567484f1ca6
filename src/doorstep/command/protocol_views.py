"""The rules in words: a protocol with the source and mark of every value, for whoever must answer for it."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from doorstep import protocol
from doorstep.command.models import Incident
from doorstep.errors import UserError
from doorstep.protocol.explain import explain, said
from doorstep.protocol.schema import MARKS
from doorstep.wiring.access import needs
from doorstep.wiring.pages import table, table_asked


@needs("see_board")
def rules(request: Any) -> HttpResponse:
    """The incident's rules, or those that ?protocol= names; as XLSX and CSV too."""
    found = _asked(request.GET.get("protocol", ""), request.incident)
    lang = "zh" if (get_language() or "zh").startswith("zh") else "en"
    sections = explain(found, lang)
    if table_asked(request):
        headings = [_("Block"), _("Path"), _("Rule"), _("Says"), _("Mark"), _("Source")]
        return table(request, f"rules-{found.id}", headings, _rows(found, lang))
    used = {basis.mark for basis in found.basis.values()}
    context = {
        "protocol": found,
        "sections": sections,
        "in_use": request.incident is not None and request.incident.protocol_id == found.id,
        "shipped": [protocol.shipped(code) for code in protocol.shipped_ids()],
        "marks": [(mark, said("marks", mark, lang), said("meanings", mark, lang)) for mark in MARKS if mark in used],
        "sources": [(number, name, text) for number, (name, text) in enumerate(found.sources.items(), start=1)],
        "colon": "：" if lang == "zh" else ":",
    }
    return render(request, "command/protocol.html", context)


def _asked(code: str, incident: Incident | None) -> protocol.Protocol:
    if incident is not None and code in ("", incident.protocol_id):
        return incident.protocol
    try:
        return protocol.shipped(code or protocol.shipped_ids()[0])
    except UserError as error:
        raise Http404(str(error)) from error


def _rows(found: protocol.Protocol, lang: str) -> list[list[str]]:
    rows = []
    for section in explain(found, lang, brief=False):
        for line in section.lines:
            if not line.is_heading:
                basis = protocol.basis_of(found, line.path)
                source = found.sources[basis.source][lang]
                rows.append([section.title, line.path, line.label, line.value, said("marks", basis.mark, lang), source])
    return rows
