"""The sentences of a report, proposed from what was recorded: events, open problems, what comes next. People change them."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta

from django.db.models import Min
from django.template.loader import render_to_string
from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from doorstep.command.models import Area, Incident, JournalEntry
from doorstep.command.timeline import QUIET
from doorstep.promises.models import Promise
from doorstep.promises.words import kind_title
from doorstep.report.periods import INSTANT
from doorstep.report.rules import defaults
from doorstep.wiring.contributions import contributions

PARTS = ("events", "problems", "coming", "own")


def proposed(incident: Incident, start: datetime, end: datetime) -> dict[str, str]:
    """The text of each part in the language that is spoken now; one's own words are empty."""
    return {
        "events": "\n".join(events(incident, start, end)),
        "problems": "\n".join(problems(incident, end - INSTANT)),
        "coming": "\n".join(coming(incident, end)),
        "own": "",
    }


def main_events(incident: Incident, start: datetime, end: datetime) -> list[JournalEntry]:
    """The entries of the journal that tell what happened, oldest first; what happens often stands once. One query."""
    rules = defaults()["narrative"]
    entries = JournalEntry.objects.filter(incident=incident, occurred_at__gte=start, occurred_at__lt=end)
    kept = list(
        entries.exclude(act__in=QUIET).exclude(act__in=rules["leave_out"]).order_by("occurred_at", "sequence")[:2000]
    )
    often = Counter(entry.act for entry in kept if not entry.data.get("text"))
    told: set[str] = set()
    found = []
    for entry in kept:
        entry.times = 1  # type: ignore[attr-defined]
        if not entry.data.get("text") and often[entry.act] > rules["same_act"]:
            if entry.act in told:
                continue
            told.add(entry.act)
            entry.times = often[entry.act]  # type: ignore[attr-defined]
        found.append(entry)
    return found[: rules["most_events"]]


def events(incident: Incident, start: datetime, end: datetime) -> list[str]:
    """What happened, a sentence each."""
    lines = {"entries": main_events(incident, start, end), "incident": incident}
    return [line.strip() for line in render_to_string("report/_events.txt", lines).splitlines() if line.strip()]


def problems(incident: Incident, at: datetime) -> list[str]:
    """What waits on the watch list, the gravest first: how many and since when; no door and no name."""
    waiting = []
    for watch in contributions.watches:
        rows = watch.rows(incident, at)
        if rows:
            since = min(row.since for row in rows)
            waiting.append((max(row.level for row in rows), watch, sum(row.count for row in rows), since))
    lines = []
    for _level, watch, count, since in sorted(waiting, key=lambda each: (-each[0], each[1].number)):
        said = ngettext("%(n)d row since %(when)s", "%(n)d rows, the oldest since %(when)s", count)
        facts = {"n": count, "when": _told(incident, since)}
        lines.append(_("%(what)s: %(said)s.") % {"what": watch.title, "said": said % facts})
    return lines


def coming(incident: Incident, at: datetime) -> list[str]:
    """What is due next: the reviews of areas in force, and the next kit of each kind. Two queries."""
    lines = []
    areas = Area.objects.filter(incident=incident, state=Area.State.IN_FORCE, review_at__isnull=False)
    for area in areas.order_by("review_at", "pk"):
        facts = {"area": area.name, "when": _told(incident, area.review_at)}
        lines.append(_("Review of %(area)s at %(when)s.") % facts)
    kits = Promise.objects.filter(incident=incident, state="open", kind__startswith="kit:", due_at__gte=at)
    soon = kits.filter(due_at__lt=at + timedelta(days=7))
    for kind, due in soon.values_list("kind").annotate(due=Min("due_at")).order_by("due"):
        facts = {"kind": kind_title(incident, kind), "when": _told(incident, due)}
        lines.append(_("Next due: %(kind)s by %(when)s.") % facts)
    return lines


def _told(incident: Incident, at: datetime | None) -> str:
    return formats.date_format(at.astimezone(incident.tz), _("M j, H:i")) if at else "—"
