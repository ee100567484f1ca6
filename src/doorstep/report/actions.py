"""What can be done with reports: write one, change its sentences, issue it; note a finding."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from doorstep.command import journal
from doorstep.command.models import Incident, JournalEntry, Member
from doorstep.command.tasks import open_task
from doorstep.errors import UserError
from doorstep.report.content import collect
from doorstep.report.models import Finding, Report
from doorstep.report.narrative import PARTS, proposed
from doorstep.report.periods import Period
from doorstep.wiring.texts import LANGUAGES, in_both

LONGEST = 20_000  # letters of one part of the text


@transaction.atomic
def write_report(incident: Incident, period: Period, *, client_id: UUID, at: datetime, by: Member | None) -> Report:
    """Begin a report of a period with proposed sentences in both languages. The same asking gives the same draft."""
    there = Report.objects.filter(client_id=client_id).first()
    if there is not None:
        return there
    texts = in_both(lambda: proposed(incident, period.start, period.end))
    report = Report.objects.create(
        incident=incident,
        client_id=client_id,
        starts_at=period.start,
        ends_at=period.end,
        texts=texts,
        made_at=at,
        made_by=by,
    )
    journal.record("write_report", incident=incident, subject=report, by=by, occurred_at=at)
    return report


@transaction.atomic
def change_texts(report: Report, texts: dict[str, dict[str, str]], *, by: Member | None) -> Report:
    """Take over what a person wrote into a draft."""
    report = _draft(report)
    for language, _code in LANGUAGES:
        for part in PARTS:
            said = texts.get(language, {}).get(part)
            if said is not None:
                _short_enough(said, f"{language}_{part}")
                report.texts.setdefault(language, {})[part] = said.strip()
    report.made_by = report.made_by or by
    report.save(update_fields=["texts", "made_by"])
    return report


@transaction.atomic
def issue(report: Report, *, at: datetime, by: Member | None, signed_name: str = "") -> Report:
    """Fix a draft under the next number: its figures in both languages, and the newest entry of the journal.

    Issuing it twice changes nothing.
    """
    report = Report.objects.select_for_update().select_related("incident").get(pk=report.pk)
    if not report.is_draft:
        return report
    incident = Incident.objects.select_for_update().get(pk=report.incident_id)
    name = signed_name.strip() or (by.name if by else "")
    if not name:
        raise UserError(_("Nobody signs this report."), field="signed_name", mend=_("Write who signs it."))
    content = in_both(lambda: collect(incident, report.starts_at, report.ends_at))
    last = Report.objects.filter(incident=incident).exclude(number=None).order_by("-number").first()
    newest = JournalEntry.objects.order_by("-sequence").values_list("sequence", "hash").first()
    report.number = (last.number or 0) + 1 if last else 1
    report.content = content
    report.journal_sequence, report.journal_hash = newest or (0, "")
    report.state, report.issued_at = Report.State.ISSUED, at
    report.signed_by, report.signed_name = by, name[:120]
    report.save()
    label = _("Situation report %(n)d") % {"n": report.number}
    journal.record(
        "issue_report", incident=incident, subject=report, by=by, occurred_at=at, label=label, hash=report.journal_hash
    )
    return report


@transaction.atomic
def drop_report(report: Report, *, at: datetime, by: Member | None) -> None:
    """Throw a draft away. What was issued stays."""
    draft = _draft(report)
    journal.record("drop_report", incident=draft.incident, subject=draft, by=by, occurred_at=at)
    draft.delete()


@transaction.atomic
def note_finding(
    incident: Incident,
    text: str,
    *,
    owner: Member | None,
    client_id: UUID,
    at: datetime,
    by: Member | None,
    days: int = 0,
) -> Finding:
    """Write down what was learned; with an owner or a time it becomes a task. The same asking gives the same finding."""
    there = Finding.objects.filter(client_id=client_id).first()
    if there is not None:
        return there
    said = text.strip()
    if not said:
        raise UserError(_("The finding is empty."), field="text", mend=_("Say in a sentence what to do otherwise."))
    _short_enough(said, "text")
    finding = Finding(incident=incident, client_id=client_id, text=said, owner=owner, made_at=at, made_by=by)
    if owner is not None or days:
        due = at + timedelta(days=days) if days else None
        finding.task = open_task(
            incident, said[:240], at=at, by=by, owner=owner, due_at=due, detail=said, key=f"finding:{client_id}"
        )
    finding.save()
    journal.record("note_finding", incident=incident, subject=finding, by=by, occurred_at=at)
    return finding


@transaction.atomic
def drop_finding(finding: Finding, *, at: datetime, by: Member | None, back: bool = False) -> Finding:
    """Take a finding back, or (back) have it again. Its task goes its own way."""
    wanted: Any = None if back else at
    if bool(finding.dropped_at) == back:
        finding.dropped_at = wanted
        finding.save(update_fields=["dropped_at"])
        act = "restore_finding" if back else "drop_finding"
        journal.record(act, incident=finding.incident, subject=finding, by=by, occurred_at=at)
    return finding


def _draft(report: Report) -> Report:
    fresh = Report.objects.select_for_update().select_related("incident").get(pk=report.pk)
    if not fresh.is_draft:
        raise UserError(
            _("This report is issued."), field="report", mend=_("Write a new one; it says what has changed.")
        )
    return fresh


def _short_enough(text: str, field: str) -> None:
    if len(text) > LONGEST:
        raise UserError(_("This text is too long."), field=field, mend=_("Keep it under 20,000 letters."))
