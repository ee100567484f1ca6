"""What the log adds to other pages: the search box, the board, the watch list."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from doorstep.command.log.queries import Asked, entries_for, label_of, last_decisions, narrowed, waiting_in
from doorstep.command.models import Incident, Member
from doorstep.command.rights import rights_of
from doorstep.wiring.contributions import SearchHit, WatchRow

MOST = 20


def log_search(words: str, member: Member | None, incident: Incident | None) -> list[SearchHit]:
    """Entries of the log by their words, those that the member may read."""
    rights = rights_of(member, incident)
    if incident is None or not rights.may("see_log"):
        return []
    entries = entries_for(incident, rights, member)
    found = narrowed(entries, Asked(words=words), member, incident, incident.now())[:MOST]
    return [
        SearchHit(
            _("Command log"),
            entry.text[:80],
            f"#{entry.number} · {entry.get_kind_display()} · {entry.author_name}",
            reverse("command:log_entry", args=[entry.pk]),
            45,
        )
        for entry in found
    ]


def log_panel(incident: Incident, at: datetime, member: Member | None) -> dict[str, Any]:
    """The last decisions, for those who may read the log."""
    return last_decisions(incident, member, at)


def log_watch(incident: Incident, at: datetime) -> list[WatchRow]:
    """One row for each addressee who has not read or not done in time. One query."""
    return [
        WatchRow(
            what=_("no report yet") if one.read_at else _("not read yet"),
            since=one.entry.recorded_at,
            who_acts=label_of(one),
            next_step=_("Call them, or give it to somebody else"),
            subject=f"#{one.entry.number} {one.entry.text[:60]}",
            url=reverse("command:log_entry", args=[one.entry_id]),
            level=3 if one.entry.needs_report else 2,
            area_id=one.entry.area_id,
            due=one.entry.due_at,
        )
        for one in waiting_in(incident, at)[:200]
    ]
