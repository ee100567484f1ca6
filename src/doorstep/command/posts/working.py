"""Lines of work and their checklists: from the rules, or added by a person while the incident runs (S29–S34)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from doorstep.command import journal
from doorstep.command.events import AreaChanged
from doorstep.command.models import Area, Incident, Member, Organisation, Task, Workstream
from doorstep.command.posts.seats import rules_of
from doorstep.errors import UserError
from doorstep.protocol.schema import ChecklistItem

CHECKLIST = "checklist"


@dataclass(frozen=True)
class OwnItem:
    """A line of a checklist that a person wrote: hours from now, a unit where something is measured."""

    title: str
    due_hours: float | None = None
    unit: str = ""


def open_items(
    incident: Incident, when: str, *, at: datetime, area: Area | None = None, by: Member | None = None
) -> int:
    """Open the lines of every checklist that begin now. Doing it twice opens nothing. Returns how many are new."""
    owners = dict(incident.workstreams.filter(ended_at=None).values_list("code", "owner"))
    prefix = f"check:{incident.pk}:{area.pk if area else 0}"
    lines = [
        (f"{prefix}:{work.code}:{item.code}", work.code, item)
        for work in rules_of(incident.protocol).workstreams
        if work.code in owners
        for item in work.items
        if item.when == when
    ]
    there = set(Task.objects.filter(key__in=[key for key, _code, _item in lines]).values_list("key", flat=True))
    made = [_task(incident, key, code, item, owners[code], at, area) for key, code, item in lines if key not in there]
    Task.objects.bulk_create(made)
    if made:
        label = area.name if area else incident.name
        subject = area or incident
        journal.record(
            "open_checklists", incident=incident, subject=subject, by=by, occurred_at=at, label=label, tasks=len(made)
        )
    return len(made)


def _task(
    incident: Incident, key: str, code: str, item: ChecklistItem, owner: int | None, at: datetime, area: Area | None
) -> Task:
    return Task(
        incident=incident,
        area=area,
        kind=CHECKLIST,
        title=item.title["zh"],
        titles=dict(item.title),
        workstream=code,
        urgency=item.urgency,
        owner_id=owner,
        opened_at=at,
        due_at=at + timedelta(hours=item.due_hours),
        evidence=dict(item.evidence or {}),
        unit=item.unit,
        key=key,
    )


def follow_area(event: AreaChanged) -> None:
    """An area that is sealed opens its part of the checklists, where the command is activated."""
    area = Area.objects.select_related("incident").get(pk=event.area_id)
    if area.state == Area.State.IN_FORCE and area.incident.command_posts.exists():
        open_items(area.incident, "seal", at=area.effective_at or event.at, area=area)


@transaction.atomic
def add_workstream(
    incident: Incident,
    title: str,
    items: Sequence[OwnItem],
    *,
    at: datetime,
    by: Member | None,
    owner: Member | None = None,
    organisation: Organisation | None = None,
) -> Workstream:
    """Add a line of work that the rules do not have, with its own checklist. The same title again adds only new items."""
    title = title.strip()[:80]
    if not title:
        raise UserError(_("The line of work has no name."), field="title", mend=_("Give it a name."))
    code = _code(incident, title)
    facts = {
        "titles": {"zh": title, "en": title},
        "owner": owner,
        "organisation": organisation,
        "opened_at": at,
    }
    work, is_new = Workstream.objects.get_or_create(incident=incident, code=code, defaults=facts)
    if is_new:
        journal.record("add_workstream", incident=incident, subject=work, by=by, occurred_at=at, label=title)
    add_items(work, items, at=at, by=by)
    return work


@transaction.atomic
def add_items(work: Workstream, items: Iterable[OwnItem], *, at: datetime, by: Member | None) -> int:
    """Add lines to a checklist. A line of the same words that is open is not added again."""
    there = set(
        Task.objects.filter(incident=work.incident, workstream=work.code, state=Task.State.OPEN).values_list(
            "title", flat=True
        )
    )
    new = [one for one in items if one.title.strip() and one.title.strip()[:240] not in there]
    Task.objects.bulk_create(
        Task(
            incident=work.incident,
            kind=CHECKLIST,
            title=one.title.strip()[:240],
            workstream=work.code,
            owner=work.owner,
            opened_at=at,
            due_at=at + timedelta(hours=one.due_hours) if one.due_hours else None,
            unit=one.unit.strip()[:24],
        )
        for one in new
    )
    if new:
        journal.record(
            "open_checklists",
            incident=work.incident,
            subject=work,
            by=by,
            occurred_at=at,
            label=str(work),
            tasks=len(new),
        )
    return len(new)


@transaction.atomic
def own_workstream(
    work: Workstream, owner: Member | None, organisation: Organisation | None, *, at: datetime, by: Member | None
) -> Workstream:
    """Say who answers for a line of work, and which organisation. What nobody owned in it goes to the owner."""
    if (work.owner, work.organisation) == (owner, organisation):
        return work
    before, work.owner, work.organisation = work.owner_id, owner, organisation
    work.save(update_fields=["owner", "organisation"])
    tasks = Task.objects.filter(incident=work.incident, workstream=work.code, state=Task.State.OPEN, kind=CHECKLIST)
    tasks.filter(owner=before).update(owner=owner)
    label = f"{work}: {owner.name if owner else '—'}"
    journal.record("own_workstream", incident=work.incident, subject=work, by=by, occurred_at=at, label=label)
    return work


def _code(incident: Incident, title: str) -> str:
    same = next((work for work in incident.workstreams.all() if title in work.titles.values()), None)
    if same is not None:
        return same.code
    taken = set(incident.workstreams.values_list("code", flat=True))
    stem = slugify(title)[:30] or f"own-{len(taken) + 1}"
    return next(code for code in [stem, *(f"{stem}-{n}" for n in range(2, 99))] if code not in taken)
