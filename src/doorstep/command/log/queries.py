"""What can be asked of the log: one page of it, one thread, what waits too long."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from doorstep.command.log.addressing import codes_of
from doorstep.command.log.rules import rules, unread_limits
from doorstep.command.models import Addressee, Incident, LogEntry, Member
from doorstep.command.rights import Rights, rights_of, roles
from doorstep.wiring.texts import in_language


@dataclass(frozen=True)
class Asked:
    """What a reader narrows the log to. `to` is "me", "waiting" or nothing."""

    words: str = ""
    kind: str = ""
    who: str = ""
    to: str = ""
    area: int | None = None
    workstream: str = ""
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True)
class To:
    """One addressee as the page shows it."""

    addressee: Addressee
    label: str
    state: str
    late: bool
    mine: bool


@dataclass(frozen=True)
class LogLine:
    """One entry as the page shows it. `to_read` and `to_do` ask the reader."""

    entry: LogEntry
    to: tuple[To, ...]
    struck_by: LogEntry | None
    to_read: bool
    to_do: bool
    i_did: bool
    late: bool


def entries_for(incident: Incident, rights: Rights, member: Member | None) -> QuerySet[LogEntry]:
    """The entries that a member may read: those of their areas, those of no area, and those that go to them."""
    entries = LogEntry.objects.filter(incident=incident)
    if not rights.may("see_log"):
        return entries.none()
    areas = rights.areas("see_log")
    if areas is None:
        return entries
    to_me = Addressee.objects.filter(code__in=codes_of(member, incident)).values("entry")
    return entries.filter(Q(area=None) | Q(area__in=areas) | Q(author=member) | Q(pk__in=to_me))


def narrowed(
    entries: QuerySet[LogEntry], asked: Asked, member: Member | None, incident: Incident, at: datetime
) -> QuerySet[LogEntry]:
    """The entries that fit what was asked, newest first."""
    if asked.words:
        said = Q(text__icontains=asked.words) | Q(author_name__icontains=asked.words)
        number = asked.words.lstrip("#")
        entries = entries.filter(said | Q(number=int(number)) if number.isdecimal() and len(number) < 9 else said)
    if asked.kind:
        entries = entries.filter(kind=asked.kind)
    if asked.who:
        entries = entries.filter(author_name=asked.who)
    if asked.area:
        entries = entries.filter(area=asked.area)
    if asked.workstream:
        entries = entries.filter(workstream=asked.workstream)
    if asked.since:
        entries = entries.filter(occurred_at__gte=asked.since)
    if asked.until:
        entries = entries.filter(occurred_at__lt=asked.until)
    if asked.to == "me":
        codes = codes_of(member, incident)
        entries = entries.filter(pk__in=Addressee.objects.filter(code__in=codes).values("entry"))
    if asked.to == "waiting":
        entries = entries.filter(pk__in=overdue(at).values("entry"))
    return entries.order_by("-number")


def overdue(at: datetime) -> QuerySet[Addressee]:
    """Addressees who have not read in time, or not done in time what asks for a report."""
    late = Q(pk=None)
    for kind, limit in unread_limits().items():
        late |= Q(read_at=None, entry__kind=kind, entry__recorded_at__lt=at - limit)
    late |= Q(done_at=None, entry__needs_report=True, entry__due_at__lt=at)
    return Addressee.objects.filter(late, entry__struck_by=None)


def waiting_in(incident: Incident, at: datetime) -> QuerySet[Addressee]:
    """Those of one incident, the longest first."""
    return overdue(at).filter(entry__incident=incident).select_related("entry", "entry__area").order_by("entry__number")


def lines_of(entries: Iterable[LogEntry], member: Member | None, incident: Incident, at: datetime) -> list[LogLine]:
    """Entries as lines. Five queries, however many."""
    found = list(entries)
    codes = codes_of(member, incident)
    keys = [entry.pk for entry in found]
    to: dict[int, list[Addressee]] = {}
    for one in Addressee.objects.filter(entry__in=keys).select_related("read_by", "done_by"):
        to.setdefault(one.entry_id, []).append(one)
    struck = {one.strikes_id: one for one in LogEntry.objects.filter(strikes__in=keys).order_by("-number")}
    return [_line(entry, to.get(entry.pk, []), struck.get(entry.pk), codes, at) for entry in found]


def label_of(one: Addressee) -> str:
    """What an addressee is called: a duty in the language of the page, others as they were called then."""
    return in_language(roles()[one.role].title) if one.role in roles() else one.label


def _line(entry: LogEntry, given: list[Addressee], struck: LogEntry | None, codes: set[str], at: datetime) -> LogLine:
    limit = unread_limits().get(entry.kind)
    views = []
    for one in given:
        unread = bool(limit and not one.read_at and entry.recorded_at < at - (limit or timedelta(0)))
        undone = bool(entry.needs_report and not one.done_at and entry.due_at and entry.due_at < at)
        views.append(To(one, label_of(one), one.state, (unread or undone) and struck is None, one.code in codes))
    mine = [view for view in views if view.mine]
    to_read = any(view.state == "sent" for view in mine)
    to_do = entry.kind == LogEntry.Kind.INSTRUCTION and any(view.state != "done" for view in mine)
    did = any(view.state == "done" for view in mine)
    return LogLine(
        entry, tuple(views), struck, to_read, to_do and struck is None, did, any(view.late for view in views)
    )


def page_before(entries: QuerySet[LogEntry], before: int | None) -> tuple[list[LogEntry], int | None]:
    """One page by cursor, newest first, and the number before which the next one begins (None: that was all)."""
    size = int(rules()["page"])
    if before:
        entries = entries.filter(number__lt=before)
    found = list(entries.select_related("author", "area", "task__owner", "answers", "strikes")[: size + 1])
    return found[:size], found[size - 1].number if len(found) > size else None


def stamp_of(lines: list[LogLine], waiting: int) -> str:
    """What tells a page that nothing moved: the newest entry, the states of those shown, what waits."""
    read = sum(view.state != "sent" for line in lines for view in line.to)
    done = sum(view.state == "done" for line in lines for view in line.to)
    first = lines[0].entry.number if lines else 0
    tasks = sum(line.entry.task_id is not None for line in lines)
    struck = sum(line.struck_by is not None for line in lines)
    return f"{first}-{len(lines)}-{read}-{done}-{tasks}-{struck}-{waiting}"


def thread_of(entry: LogEntry) -> QuerySet[LogEntry]:
    """The whole thread of an entry in its order: question, advice, the decision that followed."""
    root = entry.root_id or entry.pk
    return (
        LogEntry.objects.filter(Q(pk=root) | Q(root=root))
        .select_related("author", "area", "task__owner", "answers", "strikes")
        .order_by("number")
    )


def authors_of(incident: Incident) -> list[str]:
    """Whose words stand in the log."""
    return sorted(set(LogEntry.objects.filter(incident=incident).order_by().values_list("author_name", flat=True)))


def last_decisions(incident: Incident, member: Member | None, at: datetime) -> dict[str, Any]:
    """What the board shows of the log: the last decisions that stand, and how many wait to be read. Three queries."""
    rights = rights_of(member, incident)
    sees = rights.may("see_log")
    found = entries_for(incident, rights, member) if sees else LogEntry.objects.none()
    decisions = list(found.filter(kind=LogEntry.Kind.DECISION, struck_by=None).order_by("-number")[:4])
    waiting = waiting_in(incident, at).count() if sees else 0
    return {"sees": sees, "decisions": decisions, "waiting": waiting}


def headings() -> tuple[str, ...]:
    """The heads of the list."""
    return (
        _("number"),
        _("kind"),
        _("happened"),
        _("written down"),
        _("who"),
        _("text"),
        _("goes to"),
        _("area"),
        _("line of work"),
        _("answers"),
        _("strikes"),
        _("struck by"),
        _("task"),
    )


def rows_of(lines: Iterable[LogLine], tz: ZoneInfo) -> list[list[Any]]:
    """The log as a table, oldest first, in local time."""
    states = {"sent": _("sent"), "read": _("read"), "done": _("done")}
    return [
        [
            line.entry.number,
            line.entry.get_kind_display(),
            line.entry.occurred_at.astimezone(tz),
            line.entry.recorded_at.astimezone(tz),
            line.entry.author_name,
            line.entry.text,
            ", ".join(f"{view.label} ({states[view.state]})" for view in line.to),
            line.entry.area.name if line.entry.area else "",
            line.entry.workstream,
            line.entry.answers.number if line.entry.answers else "",
            line.entry.strikes.number if line.entry.strikes else "",
            line.struck_by.number if line.struck_by else "",
            str(line.entry.task) if line.entry.task else "",
        ]
        for line in sorted(lines, key=lambda line: line.entry.number)
    ]
