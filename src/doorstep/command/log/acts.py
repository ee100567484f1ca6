"""Acts on the log: written, read, done, struck by a new entry, made into a task. No entry is ever changed."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.urls import reverse
from django.utils.translation import gettext as _

from doorstep.command import journal, tasks
from doorstep.command.events import Tell
from doorstep.command.log.addressing import addressees, codes_of, people_of
from doorstep.command.log.rules import rules, urgency_of
from doorstep.command.models import Addressee, Area, Incident, LogEntry, Member, Task
from doorstep.command.rights import rights_of
from doorstep.errors import UserError
from doorstep.wiring.events import publish

LONGEST = 4000


@dataclass(frozen=True)
class Said:
    """What somebody said: one entry to be. `client_id` names it, so that sending it twice writes it once."""

    client_id: str
    kind: str
    text: str
    occurred_at: datetime | None = None
    author: Member | None = None
    author_name: str = ""
    to: tuple[str, ...] = ()
    area: Area | None = None
    workstream: str = ""
    due_at: datetime | None = None
    needs_report: bool = False
    answers: LogEntry | None = None
    strikes: LogEntry | None = None
    source: str = LogEntry.Source.TYPED


@transaction.atomic
def write(incident: Incident, said: Said, *, at: datetime, by: Member | None = None) -> LogEntry:
    """Write one entry at the end of the log. Writers come one after the other, so there is one order and no gap."""
    if (there := LogEntry.objects.filter(incident=incident, client_id=said.client_id).first()) is not None:
        return there
    author = said.author or (None if said.author_name else by)
    _sound(incident, said, author, at)
    given = addressees(incident, said.to)
    journal.one_writer_at_a_time()
    if (there := LogEntry.objects.filter(incident=incident, client_id=said.client_id).first()) is not None:
        return there
    last = LogEntry.objects.filter(incident=incident).aggregate(last=Max("number"))["last"] or 0
    answers = said.answers or said.strikes
    entry = LogEntry(
        incident=incident,
        client_id=said.client_id,
        number=last + 1,
        kind=said.kind,
        text=said.text.strip(),
        author=author,
        author_name=(author.name if author else said.author_name.strip())[:120],
        by=by,
        source=said.source,
        occurred_at=said.occurred_at or at,
        recorded_at=at,
        area=said.area,
        workstream=said.workstream,
        due_at=said.due_at,
        needs_report=said.needs_report,
        answers=said.answers,
        root_id=(answers.root_id or answers.pk) if answers else None,
        strikes=said.strikes,
    )
    entry.digest = digest_of(entry, [one.code for one in given])
    entry.save(force_insert=True)
    for one in given:
        one.entry = entry
    Addressee.objects.bulk_create(given)
    act = "log_strike" if said.strikes else f"log_{said.kind}"
    _noted(act, entry, at, by, digest=entry.digest, to=[one.label for one in given])
    if said.answers and by:
        mark_read(said.answers, by, at=at)
    _tell(entry, given, at)
    return entry


def digest_of(entry: LogEntry, codes: list[str]) -> str:
    """What the journal keeps of an entry: whoever changes the row by hand leaves a difference."""
    facts = [
        entry.number,
        entry.client_id,
        entry.kind,
        entry.text,
        entry.author_name,
        _instant(entry.occurred_at),
        _instant(entry.recorded_at),
        entry.workstream,
        _instant(entry.due_at),
        entry.needs_report,
        entry.answers_id,
        entry.strikes_id,
        sorted(codes),
    ]
    return hashlib.sha256(json.dumps(facts, ensure_ascii=False).encode()).hexdigest()


def _instant(value: datetime | None) -> str:
    return value.astimezone(UTC).isoformat(timespec="microseconds") if value else ""


def _sound(incident: Incident, said: Said, author: Member | None, at: datetime) -> None:
    text = said.text.strip()
    if not text:
        raise UserError(_("There is nothing to write down."), field="text", mend=_("Say it in a few words."))
    if len(text) > LONGEST:
        raise UserError(
            _("The entry is longer than %(n)d characters.") % {"n": LONGEST}, field="text", mend=_("Write it in parts.")
        )
    if said.kind not in LogEntry.Kind.values:
        raise UserError(_("No such kind of entry."), field="kind", mend=_("Choose one of the kinds."))
    if author is None and not said.author_name.strip():
        raise UserError(_("Nobody is named who said it."), field="author", mend=_("Name who said it."))
    if said.occurred_at and said.occurred_at > at:
        raise UserError(_("It lies in the future."), field="occurred_at", mend=_("Write down what has happened."))
    for other in (said.answers, said.strikes):
        if other is not None and other.incident_id != incident.pk:
            raise UserError(_("That entry is of another incident."), field="answers", mend=_("Choose again."))
    _may_say(incident, said.kind, author)


def _may_say(incident: Incident, kind: str, author: Member | None) -> None:
    """An adviser recommends and never decides; a decision is the word of somebody who may decide."""
    if author is None:
        return
    held = rights_of(author, incident)
    if held.may(rules()["who_advises"]) and not held.may("write_log") and kind not in rules()["adviser_kinds"]:
        raise UserError(
            _("An adviser recommends and asks; command decides."), field="kind", mend=_("Write it as advice.")
        )
    if kind == LogEntry.Kind.DECISION and not held.may(rules()["who_decides"]):
        raise UserError(
            _("%(name)s may not decide here.") % {"name": author.name},
            field="kind",
            mend=_("Write it as a report, or name who decided."),
        )


def _tell(entry: LogEntry, given: list[Addressee], at: datetime) -> None:
    told = sorted(people_of(entry.incident, given) - {entry.author_id, entry.by_id})
    if told:
        publish(
            Tell(
                entry.incident_id,
                tuple(told),
                f"{entry.get_kind_display()} {entry.number}",
                entry.text[:400],
                f"log:{entry.pk}",
                at,
                urgency_of(entry.kind, entry.needs_report),
                reverse("command:log_entry", args=[entry.pk]),
            )
        )


@transaction.atomic
def mark_read(entry: LogEntry, member: Member, *, at: datetime) -> int:
    """The member has read it, for themselves and for the groups they belong to. Returns how many lines that settled."""
    mine = _mine(entry, member).filter(read_at=None)
    count = mine.update(read_at=at, read_by=member)
    if count:
        _noted("log_read", entry, at, member)
    return count


@transaction.atomic
def mark_done(entry: LogEntry, member: Member, text: str = "", *, at: datetime) -> LogEntry | None:
    """The member says that it is done; what came of it is a report in the log, which is returned. Once."""
    mine = list(_mine(entry, member).filter(done_at=None))
    if not mine:
        return None
    if entry.needs_report and not text.strip():
        raise UserError(
            _("This instruction asks for a report."), field="done_text", mend=_("Say in a few words what came of it.")
        )
    for one in mine:
        one.read_at, one.read_by = one.read_at or at, one.read_by or member
        one.done_at, one.done_by, one.done_text = at, member, text.strip()
    Addressee.objects.bulk_update(mine, ["read_at", "read_by", "done_at", "done_by", "done_text"])
    _noted("log_done", entry, at, member)
    if not text.strip():
        return None
    back = (f"member:{entry.author_id}",) if entry.author_id and entry.author_id != member.pk else ()
    turn = LogEntry.objects.filter(answers=entry).count()
    report = Said(
        f"done:{entry.pk}:{member.pk}:{turn}", LogEntry.Kind.REPORT, text, to=back, area=entry.area, answers=entry
    )
    return write(entry.incident, report, at=at, by=member)


@transaction.atomic
def not_done(entry: LogEntry, member: Member, *, at: datetime) -> int:
    """Take “done” back; a report that was written stays in the log."""
    count = _mine(entry, member).exclude(done_at=None).update(done_at=None, done_by=None, done_text="")
    if count:
        _noted("log_not_done", entry, at, member)
    return count


def strike(entry: LogEntry, text: str, *, client_id: str, at: datetime, by: Member | None) -> LogEntry:
    """Correct an entry by a new one that strikes it. The old one stays, struck."""
    kind = entry.kind
    if (
        by is not None
        and kind == LogEntry.Kind.DECISION
        and not rights_of(by, entry.incident).may(rules()["who_decides"])
    ):
        kind = LogEntry.Kind.REPORT
    codes = tuple(entry.addressees.values_list("code", flat=True))
    said = Said(
        client_id,
        kind,
        text,
        to=codes,
        area=entry.area,
        workstream=entry.workstream,
        strikes=entry,
        source=entry.source,
    )
    return write(entry.incident, said, at=at, by=by)


@transaction.atomic
def make_task(
    entry: LogEntry,
    *,
    at: datetime,
    by: Member | None,
    owner: Member | None = None,
    due_at: datetime | None = None,
    title: str = "",
    urgency: int = 2,
) -> Task:
    """A task out of an entry, with who does it and until when. An entry makes one task."""
    if entry.task is not None:
        return entry.task
    made = tasks.open_task(
        entry.incident,
        title or entry.text.splitlines()[0],
        at=at,
        by=by,
        owner=owner,
        area=entry.area,
        due_at=due_at or entry.due_at,
        urgency=urgency,
        detail=entry.text if len(entry.text) > len(title or "") else "",
        key=f"log:{entry.pk}",
    )
    if entry.workstream:
        made.workstream = entry.workstream
        made.save(update_fields=["workstream"])
    entry.task = made
    entry.save(update_fields=["task"])
    return made


def _mine(entry: LogEntry, member: Member) -> Any:
    return entry.addressees.filter(code__in=codes_of(member, entry.incident))


def _noted(act: str, entry: LogEntry, at: datetime, by: Member | None, **data: Any) -> None:
    journal.record(
        act,
        incident=entry.incident,
        subject=entry,
        by=by,
        occurred_at=entry.occurred_at if "digest" in data else at,
        label=f"#{entry.number}",
        **data,
    )
