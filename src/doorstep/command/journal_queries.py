"""The journal read: narrowed, page by page, each line as a sentence with a link to what it is about."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, Q, QuerySet
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from doorstep.command.chain import Fault
from doorstep.command.models import Incident, JournalEntry, LogEntry, Task
from doorstep.wiring.texts import in_language

PAGE = 50
PAGES = {
    "area": "command:area",
    "task": "command:task",
    "logentry": "command:log_entry",
    "meeting": "command:meeting",
    "planversion": "command:plan_version",
    "notice": "command:letter",
    "member": "command:member",
    "team": "command:team",
    "organisation": "command:organisation",
    "roundplan": "rounds:plan",
    "round": "rounds:round",
    "request": "desk:request",
}


@dataclass(frozen=True)
class JournalAsked:
    """What a reader narrows the journal to. `subject` is kind:id; `since` and `until` are when it happened."""

    words: str = ""
    act: str = ""
    by: str = ""
    subject: str = ""
    area: int | None = None
    since: datetime | None = None
    until: datetime | None = None


def journal_narrowed(entries: QuerySet[JournalEntry], asked: JournalAsked) -> QuerySet[JournalEntry]:
    """The entries that fit, newest first."""
    if asked.words:
        said = Q(subject_label__icontains=asked.words) | Q(by_label__icontains=asked.words)
        for key in ("data__reason", "data__text__zh", "data__text__en"):
            said |= Q(**{f"{key}__icontains": asked.words})
        entries = entries.filter(said)
    if asked.act:
        entries = entries.filter(act=asked.act)
    if asked.by:
        entries = entries.filter(by_label=asked.by)
    if asked.subject:
        kind, _colon, key = asked.subject.partition(":")
        entries = entries.filter(subject_kind=kind, subject_id=key)
    if asked.area:
        entries = entries.filter(about_areas([asked.area]))
    if asked.since:
        entries = entries.filter(occurred_at__gte=asked.since)
    if asked.until:
        entries = entries.filter(occurred_at__lt=asked.until)
    return entries


def about_areas(areas: Iterable[int]) -> Q:
    """What was done to some areas, their tasks and the log's entries on them."""
    keys = list(areas)
    tasks = Task.objects.filter(area_id__in=keys).values_list("pk", flat=True)
    log = LogEntry.objects.filter(area_id__in=keys).values_list("pk", flat=True)
    about = Q(subject_kind="area", subject_id__in=[str(pk) for pk in keys])
    about |= Q(subject_kind="task", subject_id__in=[str(pk) for pk in tasks])
    return about | Q(subject_kind="logentry", subject_id__in=[str(pk) for pk in log])


@dataclass(frozen=True)
class JournalLine:
    """One entry as a page shows it: what it is about, the facts that say more, a link where there is a page."""

    entry: JournalEntry
    what: str
    more: tuple[str, ...]
    url: str


def journal_lines(entries: Iterable[JournalEntry]) -> list[JournalLine]:
    """Entries as lines, in words of the page's language. No query."""
    return [JournalLine(entry, _what(entry), _more(entry.data), _url(entry)) for entry in entries]


def _what(entry: JournalEntry) -> str:
    text = entry.data.get("text")
    said = in_language(text) if isinstance(text, dict) else str(text or "")
    return " ".join(filter(None, (entry.subject_label, said)))


def _more(data: dict[str, Any]) -> tuple[str, ...]:
    """The facts of an entry that a person reads."""
    told = []
    if data.get("reason"):
        told.append(str(data["reason"]))
    if isinstance(data.get("to"), list) and data["to"]:
        told.append(_("to %(names)s") % {"names": ", ".join(map(str, data["to"]))})
    if data.get("unowned"):
        told.append(_("without an owner: %(names)s") % {"names": ", ".join(map(str, data["unowned"]))})
    if data.get("rows") is not None and not isinstance(data["rows"], list | dict):
        told.append(_("%(n)s rows") % {"n": data["rows"]})
    if data.get("taken_over"):
        told.append(_("%(n)s lines came along") % {"n": data["taken_over"]})
    return tuple(told)


def _url(entry: JournalEntry) -> str:
    page = PAGES.get(entry.subject_kind)
    if page is None or not entry.subject_id.isdecimal():
        return ""
    try:
        return reverse(page, args=[int(entry.subject_id)])
    except NoReverseMatch:
        return ""


def journal_before(entries: QuerySet[JournalEntry], before: int | None) -> tuple[list[JournalEntry], int | None]:
    """One page by cursor, and the sequence before which the next one begins (None: that was all)."""
    found = list((entries.filter(sequence__lt=before) if before else entries)[: PAGE + 1])
    return found[:PAGE], found[PAGE - 1].sequence if len(found) > PAGE else None


def fault_text(fault: Fault) -> str:
    """A fault of the chain in words."""
    names = {
        "sequence": _("number"),
        "incident": _("incident"),
        "act": _("act"),
        "subject_kind": _("kind of subject"),
        "subject_id": _("subject"),
        "subject_label": _("name of the subject"),
        "by_label": _("who did it"),
        "occurred_at": _("when it happened"),
        "recorded_at": _("when it was written down"),
        "data": _("facts"),
        "hash": _("hash"),
        "previous_hash": _("hash before it"),
    }
    facts = ", ".join(names.get(fact, fact) for fact in fault.facts) or "?"
    words = {
        "changed": _("changed after it was written: %(facts)s"),
        "missing": _("taken out: %(facts)s"),
        "unlinked": _("not linked to the entry before it"),
        "apart": _("not the entry of the anchor"),
        "cut": _("cut off: the journal ends at %(facts)s"),
        "log_changed": _("%(facts)s is not what the journal keeps of it"),
        "log_missing": _("its entry of the log is gone"),
        "log_unknown": _("%(facts)s was put in by hand"),
        "plan_changed": _("signed %(facts)s is not what was signed"),
        "plan_missing": _("its signed plan is gone"),
    }
    return words[fault.what] % {"facts": facts}


def journal_of(
    incident: Incident, words: str = "", act: str = "", by: str = "", *, areas: frozenset[int] | None = None
) -> QuerySet[JournalEntry]:
    """The journal, newest first, narrowed by text, act or who; with `areas`, only what was done to those areas."""
    entries = JournalEntry.objects.filter(incident=incident).order_by("-sequence")
    if areas is not None:
        entries = entries.filter(about_areas(areas))
    return journal_narrowed(entries, JournalAsked(words, act, by))


JOURNAL_HEADINGS = ("number", "occurred", "written down", "act", "of", "subject", "by", "facts", "hash")


def journal_rows(entries: QuerySet[JournalEntry], tz: ZoneInfo) -> Iterator[list[Any]]:
    """The journal as a table, in local time."""
    for entry in entries.iterator(chunk_size=2000):
        yield [
            entry.sequence,
            entry.occurred_at.astimezone(tz),
            entry.recorded_at.astimezone(tz),
            entry.act,
            entry.subject_kind,
            entry.subject_label,
            entry.by_label,
            json.dumps(entry.data, ensure_ascii=False, sort_keys=True) if entry.data else "",
            entry.hash,
        ]


def writers_of(incident: Incident) -> list[str]:
    """Who wrote in the journal of an incident."""
    names = JournalEntry.objects.filter(incident=incident).exclude(by_label="").values_list("by_label", flat=True)
    return sorted(set(names.order_by().distinct()))


def acts_of(incident: Incident) -> list[tuple[str, int]]:
    """The acts in the journal with their counts."""
    counted = JournalEntry.objects.filter(incident=incident).values_list("act").annotate(Count("pk"))
    return [(act, count) for act, count in counted.order_by("act")]
