"""The board's pages: thin."""

from __future__ import annotations

import hashlib
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.functional import SimpleLazyObject

from doorstep.board import queries
from doorstep.command.lifting import lifting_of
from doorstep.command.models import Area
from doorstep.command.timeline import timeline as happened
from doorstep.promises.words import kind_title
from doorstep.wiring.access import needs
from doorstep.wiring.pages import is_part, page_of, table, table_asked


@needs("see_board")
def home(request: Any) -> HttpResponse:
    """The situation; htmx asks for the part that moves."""
    if not request.incident:
        return render(request, "board/empty.html")
    at = request.incident.now()
    context = {"at": at, "situation": queries.situation(request.incident, at, request.rights)}
    if table_asked(request):
        return _watch_table(request, context["situation"])
    context["panels"] = queries.panels(request.incident, at, request.member)
    if is_part(request):
        return render(request, "board/_situation.html", context)
    return render(request, "board/home.html", context)


@needs("see_board")
def area(request: Any, pk: int) -> HttpResponse:
    """One area: its elevation by a chosen promise, its restriction, what is missing for its lifting."""
    found = get_object_or_404(Area.objects.select_related("incident", "supply_team", "decided_by"), pk=pk)
    request.rights.require("see_board", found)
    if not request.incident or found.incident_id != request.incident.pk:
        raise Http404
    at = found.incident.now()
    kinds = queries.kinds_of(found)
    kind = request.GET.get("kind") or next((k for k in kinds if k.startswith("kit:living")), kinds[0] if kinds else "")
    context = {
        "area": found,
        "zone": found.incident.protocol.zones[found.zone],
        "at": at,
        "kind": kind,
        "kind_title": kind_title(found.incident, kind),
        "kinds": [(code, kind_title(found.incident, code)) for code in kinds],
        "doors_at": reverse("board:door", args=[0]).removesuffix("0/"),  # worked out once for a thousand cells
        "fronts": queries.elevation(found, kind, at),
        "lifting": lifting_of(found, at),
        "food": SimpleLazyObject(lambda: queries.food(found.incident, at)),
    }
    stamp = hashlib.sha256(repr((kind, context["fronts"])).encode()).hexdigest()[:12]
    if not is_part(request):
        return render(request, "board/area.html", {**context, "stamp": stamp})
    answer = render(request, "board/_elevation.html", {**context, "stamp": stamp})
    if request.GET.get("seen") == stamp:
        answer.headers["HX-Reswap"] = "none"  # only the clock moves: nothing flickers, nothing loses its focus
    return answer


@needs("see_board")
def door(request: Any, pk: int) -> HttpResponse:
    """One door: its people and its promises."""
    page = queries.door_page(request.incident, pk, request.incident.now(), request.rights) if request.incident else None
    if page is None:
        raise Http404
    promises = [(kind_title(request.incident, promise.kind), promise) for promise in page.promises]
    return render(request, "board/door.html", {"page": page, "promises": promises, "at": request.incident.now()})


@needs("see_board")
def watch(request: Any, number: int) -> HttpResponse:
    """One watch with all its rows."""
    if not request.incident:
        raise Http404
    at = request.incident.now()
    same = [(found, rows) for found, rows in queries.watches_of(request.incident, at, request.rights, number)]
    if same:
        every = [row for _found, rows in same for row in rows]
        return render(request, "board/watch.html", {"watch": same[0][0], "rows": page_of(request, every), "at": at})
    raise Http404


@needs("see_board")
def timeline(request: Any) -> HttpResponse:
    """Everything that happened, newest first; as XLSX and CSV too."""
    if not request.incident:
        raise Http404
    entries = happened(request.incident, request.incident.now())
    if table_asked(request):
        tz = request.incident.tz
        rows = [[e.occurred_at.astimezone(tz), e.recorded_at.astimezone(tz), e.act, e.subject_label] for e in entries]
        return table(request, "timeline", ["occurred", "recorded", "act", "subject"], rows)
    return render(request, "board/timeline.html", {"entries": page_of(request, entries)})


def _watch_table(request: HttpRequest, situation: queries.Situation) -> HttpResponse:
    headings = ["#", "subject", "what", "since", "who", "next"]
    rows = [
        [watch.number, row.subject, row.what, row.since, row.who_acts, row.next_step]
        for watch, lines in situation.watches
        for row in lines
    ]
    return table(request, "watch", headings, rows)
