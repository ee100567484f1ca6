"""What the page of conflicts reads: both truths of each door, side by side."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from django.db.models import Model, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from doorstep.command.models import AreaDoor, Incident
from doorstep.command.rights import Rights
from doorstep.register.models import Door
from doorstep.rounds.models import PhoneAct, Visit, VisitConflict
from doorstep.rounds.said import instant
from doorstep.rounds.visits import PERSONS, door_label
from doorstep.rounds.words import item_title
from doorstep.wiring.texts import in_language

M = TypeVar("M", bound=Model)


@dataclass(frozen=True)
class Truth:
    """What somebody said of a door: who, when it happened and when it was heard, and everything said."""

    who: str
    occurred_at: datetime | None
    arrived_at: datetime
    outcome: str
    handed: tuple[str, ...]
    answers: tuple[tuple[str, str], ...]
    note: str
    code: str
    source: str
    undone: bool
    photo: str  # where it is seen


@dataclass(frozen=True)
class Difference:
    """One conflict: its door, what was said by each, and what may be decided."""

    conflict: VisitConflict
    label: str
    title: str
    truths: tuple[Truth, ...]
    problem: dict[str, str]
    choices: tuple[tuple[str, str], ...]


def conflicts_in(incident: Incident, rights: Rights) -> QuerySet[VisitConflict]:
    """The conflicts at doors where the member plans rounds; those of no known door for who plans everywhere."""
    return in_scope(VisitConflict.objects.filter(incident=incident), rights)


def open_conflicts(incident: Incident, rights: Rights) -> int:
    """How many wait for somebody to look. One query."""
    return conflicts_in(incident, rights).filter(settled_at=None).count()


def in_scope(rows: QuerySet[M], rights: Rights) -> QuerySet[M]:
    """Of rows with a door, those in the areas in which the member plans rounds."""
    scope = rights.areas("plan_rounds")
    if scope is None:
        return rows
    return rows.filter(door__in=AreaDoor.objects.filter(area__in=scope).values("door"))


def differences(conflicts: Iterable[VisitConflict], incident: Incident) -> list[Difference]:
    """Conflicts as their page shows them. Six queries, however many."""
    rows = list(conflicts)
    visits = Visit.objects.select_related("member", "stop__round").prefetch_related("acts__phone")
    found = visits.in_bulk([key for row in rows for key in (row.first_id, row.second_id) if key])
    acts = PhoneAct.objects.select_related("phone").in_bulk([row.act_id for row in rows if row.act_id])
    doors = Door.objects.select_related("stair__building").in_bulk([row.door_id for row in rows if row.door_id])
    lines = []
    for row in rows:
        both = [found[key] for key in (row.first_id, row.second_id) if key in found]
        act = acts.get(row.act_id or 0)
        truths = [_of_visit(visit, incident) for visit in both]
        if act and row.kind == VisitConflict.Kind.ASIDE:
            truths = [_of_act(act, incident)]
        door = doors.get(row.door_id or 0)
        problem = act.problem if act and row.kind == VisitConflict.Kind.ASIDE else {}
        label = door_label(door) if door else _("no known door")
        lines.append(Difference(row, label, row.get_kind_display(), tuple(truths), problem, choices(row)))
    return lines


def choices(conflict: VisitConflict) -> tuple[tuple[str, str], ...]:
    """What may be decided of a conflict, in words."""
    if conflict.kind == VisitConflict.Kind.TWO_VISITS and conflict.first_id and conflict.second_id:
        return (
            ("both", _("Both happened")),
            ("first", _("The first counts")),
            ("second", _("The second counts")),
        )
    return (("seen", _("I have looked at it")),)


HEADINGS = (
    *("conflict", "kind", "door", "opened", "settled", "decision", "note"),
    *("who_1", "happened_1", "arrived_1", "outcome_1", "handed_1", "note_1"),
    *("who_2", "happened_2", "arrived_2", "outcome_2", "handed_2", "note_2"),
)


def difference_rows(lines: Iterable[Difference], incident: Incident) -> list[list[Any]]:
    """Conflicts as a table: one row each, both truths beside one another."""

    def local(at: datetime | None) -> datetime | None:
        return at.astimezone(incident.tz).replace(tzinfo=None) if at else None

    rows = []
    for line in lines:
        row = line.conflict
        cells: list[Any] = [row.pk, line.title, line.label, local(row.opened_at), local(row.settled_at)]
        cells += [row.get_decision_display(), row.note]
        for truth in line.truths[:2]:
            cells += [truth.who, local(truth.occurred_at), local(truth.arrived_at), truth.outcome]
            cells += ["；".join(truth.handed), truth.note]
        rows.append([*cells, *[""] * (len(HEADINGS) - len(cells))])
    return rows


def _of_visit(visit: Visit, incident: Incident) -> Truth:
    phones = [act.phone for act in visit.acts.all() if act.phone]
    names = [visit.member.name if visit.member else "", *(phone.carrier_name for phone in phones)]
    names.append(visit.stop.round.carrier_name if visit.stop else "")
    return Truth(
        next((name for name in names if name), "—"),
        visit.occurred_at,
        visit.recorded_at,
        visit.get_outcome_display(),
        tuple(item_title(incident, kind) for kind in visit.handed),
        _answers(visit.welfare, incident),
        visit.note,
        visit.get_proof_code_display(),
        visit.get_source_display(),
        visit.undone_at is not None,
        reverse("rounds:photo_page", args=[visit.pk]) if visit.photo else "",
    )


def _of_act(act: PhoneAct, incident: Incident) -> Truth:
    """What a phone said that could not be taken over, as far as it can be read."""
    whole = act.said.get("body")
    body = whole if isinstance(whole, dict) else {}
    handed, welfare, outcome = body.get("handed"), body.get("welfare"), body.get("outcome")
    known = dict(Visit.Outcome.choices)
    return Truth(
        act.phone.carrier_name if act.phone else "—",
        instant(act.said.get("at")) or act.occurred_at,
        act.received_at,
        str(known.get(outcome, outcome or "")) if isinstance(outcome, str) else "",
        tuple(item_title(incident, str(kind)) for kind in handed) if isinstance(handed, list) else (),
        _answers(welfare, incident) if isinstance(welfare, dict) else (),
        str(body.get("note") or ""),
        "",
        str(Visit.Source.PHONE.label),
        False,
        reverse("rounds:act_photo", args=[act.pk]) if "photo" in act.said else "",
    )


def _answers(welfare: dict[str, Any], incident: Incident) -> tuple[tuple[str, str], ...]:
    questions = {question.code: question for question in incident.protocol.welfare}
    lines = []
    for code, answer in welfare.items():
        question = questions.get(code)
        if question is None:
            lines.append((_("at home") if code == PERSONS else code, str(answer)))
            continue
        words = [in_language(question.answers[part]) for part in str(answer).split("+") if part in question.answers]
        lines.append((in_language(question.title), "、".join(words) or str(answer)))
    return tuple(lines)
