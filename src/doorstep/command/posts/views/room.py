"""The command room: who holds which post, the calls, the clocks, the lines of work, what waits for me."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render

from doorstep.command.posts import queries
from doorstep.wiring.access import needs
from doorstep.wiring.pages import table, table_asked

HEADINGS = ("post", "who", "phone", "deputy", "since", "line of work", "state")


@needs("see_log")
def home(request: Any) -> HttpResponse:
    """The room on one page."""
    incident = request.incident or None
    if incident is None:
        return redirect("command:incidents")
    at = incident.now()
    page = queries.room_page(incident, at, request.member or None)
    if table_asked(request):
        rows = [
            [
                str(line.post),
                line.post.holder.name if line.post.holder else "",
                line.phone,
                line.post.deputy.name if line.post.deputy else "",
                line.post.held_since.astimezone(incident.tz) if line.post.held_since else None,
                line.post.workstream,
                line.look,
            ]
            for line in page.posts
        ]
        return table(request, "command-posts", HEADINGS, rows)
    template = "command/room/_room.html" if request.htmx and not request.htmx.boosted else "command/room/room.html"
    return render(request, template, {"page": page, "at": at})
