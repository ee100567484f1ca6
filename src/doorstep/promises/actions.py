"""The ledger's acts: derive, settle, keep, waive. All work in sets; saying a thing twice adds nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from doorstep import protocol
from doorstep.command import journal
from doorstep.command.models import Area, AreaDoor, Incident, Member
from doorstep.command.queries import bound_doors
from doorstep.errors import UserError
from doorstep.promises.continuing import bounds_of, owed_in
from doorstep.promises.models import Promise
from doorstep.register.models import Household, Person
from doorstep.storage.bulk import bulk_load_new, in_batches
from doorstep.wiring.contributions import contributions

HORIZON = timedelta(hours=72)
NOT_OWED = "no longer owed"
FIELDS = (
    "incident_id",
    "area_id",
    "kind",
    "subject_kind",
    "subject_id",
    "sequence",
    "door_id",
    "window_start",
    "due_at",
    "at_risk_from",
    "priority",
    "params",
    "owner_team_id",
)
Key = tuple[int, str, str, int, int]


@dataclass(frozen=True)
class Derived:
    """What a derivation changed: promises added, withdrawn as no longer owed, and owed again."""

    added: int
    withdrawn: int
    restored: int


@dataclass(frozen=True)
class Scope:
    """The part of an incident that changed: doors, and areas whose own promises (review, exits) changed."""

    doors: frozenset[int]
    areas: frozenset[int] = frozenset()


def scope_of_area(area: Area) -> Scope:
    """The doors that an area binds now, and those to which it owed something before."""
    now = AreaDoor.objects.filter(area=area).values_list("door_id", flat=True)
    before = Promise.objects.filter(area=area, door__isnull=False).values_list("door_id", flat=True).distinct()
    return Scope(frozenset(now) | frozenset(before), frozenset([area.pk]))


@transaction.atomic
def derive(incident: Incident, *, at: datetime, until: datetime | None = None, scope: Scope | None = None) -> Derived:
    """Write down everything owed until then, and in each area up to its review. Deriving twice adds nothing.

    An open promise that is owed no more (area lifted, door excepted, household away) is waived by the rules,
    and comes back when it is owed again. Within a `scope` the rest of the incident is left as it is.
    Memory and time grow with the number of promises.
    """
    reached = incident.derived_until
    until = reached if scope and reached else max(until or at + HORIZON, reached or at)
    owed: set[Key] = set()
    rows = _rows(incident, until, owed, scope)
    added = bulk_load_new(Promise, FIELDS, rows)
    withdrawn, restored = _withdraw(incident, owed, scope)
    if until != reached:
        Incident.objects.filter(pk=incident.pk).update(derived_until=until)
        incident.derived_until = until
    if added or withdrawn or restored:
        journal.record("derive", incident=incident, occurred_at=at, added=added, withdrawn=withdrawn, restored=restored)
    return Derived(added, withdrawn, restored)


def settle(incident: Incident, *, at: datetime) -> int:
    """Open promises past their due time are broken. Returns how many."""
    return Promise.objects.filter(incident=incident, state=Promise.State.OPEN, due_at__lt=at).update(
        state=Promise.State.BROKEN
    )


def tick(incident: Incident, *, at: datetime) -> Derived:
    """The ledger brought up to date: derived to its horizon, then settled."""
    derived = derive(incident, at=at)
    settle(incident, at=at)
    return derived


@transaction.atomic(savepoint=False)
def keep(promises: Iterable[Promise], *, at: datetime, proof_kind: str, proof_id: str) -> list[int]:
    """Keep open or broken promises by a proof; one kept after its due time is marked late. Returns their keys."""
    kept = [p for p in promises if p.state in (Promise.State.OPEN, Promise.State.BROKEN)]
    for promise in kept:
        promise.state, promise.kept_at, promise.late = Promise.State.KEPT, at, at > promise.due_at
        promise.proof_kind, promise.proof_id = proof_kind, proof_id
    Promise.objects.bulk_update(kept, ["state", "kept_at", "late", "proof_kind", "proof_id"], batch_size=500)
    return [promise.pk for promise in kept]


@transaction.atomic(savepoint=False)
def owe(area: Area, door_id: int, line: protocol.Owed, *, at: datetime) -> None:
    """Write one promise down that a room derives (contributions.derivations), or bring it up to date: owed again, due
    when the line says. Saying it twice changes nothing."""
    key = {"area": area, "kind": line.kind, "subject_kind": line.subject_kind, "subject_id": int(line.subject_id)}
    bulk_load_new(Promise, FIELDS, [_row(area, door_id, line, set())])
    Promise.objects.filter(sequence=line.sequence, waived_by="", **key).update(
        due_at=line.due,
        at_risk_from=line.at_risk_from,
        priority=line.priority,
        params=dict(line.params),
        door_id=door_id,
        state=Promise.State.OPEN if line.due >= at else Promise.State.BROKEN,
        kept_at=None,
        late=False,
        proof_kind="",
        proof_id="",
        waive_reason="",
    )


@transaction.atomic(savepoint=False)
def release(promises: QuerySet[Promise]) -> None:
    """What is owed no more, by the rules: open and broken promises of a room's derivation fall away."""
    waiting = promises.filter(state__in=[Promise.State.OPEN, Promise.State.BROKEN])
    waiting.update(state=Promise.State.WAIVED, waive_reason=NOT_OWED)


@transaction.atomic
def waive(promise: Promise, *, reason: str, by: Member, at: datetime) -> Promise:
    """Release a promise: never without a reason and a name."""
    if not reason.strip():
        raise UserError("A waiver needs a reason.", field="reason", mend="Say why this is not needed.")
    if promise.state == Promise.State.KEPT:
        raise UserError("This promise has been kept.", field="state", mend="Nothing is left to waive.")
    promise.state, promise.waive_reason, promise.waived_by = Promise.State.WAIVED, reason.strip()[:240], by.name
    promise.save(update_fields=["state", "waive_reason", "waived_by"])
    journal.record(
        "waive", incident=promise.incident, subject=promise, by=by, occurred_at=at, label=promise.kind, reason=reason
    )
    return promise


def _rows(incident: Incident, until: datetime, owed: set[Key], scope: Scope | None) -> Iterator[tuple[Any, ...]]:
    rules, tz = incident.protocol, incident.tz
    in_force = Area.objects.filter(incident=incident, state=Area.State.IN_FORCE).select_related("continues__incident")
    areas = {area.pk: area for area in in_force}
    ends = {pk: max(until, area.review_at or until) for pk, area in areas.items()}
    for area in areas.values():
        if area.effective_at is None or (scope is not None and area.pk not in scope.areas):
            continue
        lines = protocol.owed_to_area(
            rules,
            area.zone,
            str(area.pk),
            bound_from=area.effective_at,
            review_at=area.review_at,
            until=ends[area.pk],
        )
        for line in lines:
            yield _row(area, None, line, owed)
    doors = bound_doors(incident)
    bounds = bounds_of(areas.values())
    for batch in in_batches(sorted(doors if scope is None else doors.keys() & scope.doors)):
        for household, door in _households(batch):
            area = areas[doors[door]]
            if area.pk not in bounds:
                continue
            lines = owed_in(rules, bounds[area.pk], household, until=ends[area.pk], persons_until=until, tz=tz)
            for line in lines:
                yield _row(area, door, line, owed)
    bound = {door: area for door, area in doors.items() if scope is None or door in scope.doors}
    for derivation in contributions.derivations:
        for door, line in derivation(incident, bound):
            yield _row(areas[bound[door]], door, line, owed)


def _row(area: Area, door: int | None, line: protocol.Owed, owed: set[Key]) -> tuple[Any, ...]:
    subject = int(line.subject_id)
    owed.add((area.pk, line.kind, line.subject_kind, subject, line.sequence))
    return (
        area.incident_id,
        area.pk,
        line.kind,
        line.subject_kind,
        subject,
        line.sequence,
        door,
        line.window_start,
        line.due,
        line.at_risk_from,
        line.priority,
        dict(line.params),
        area.supply_team_id,
    )


def _households(door_ids: list[int]) -> list[tuple[protocol.HouseholdFacts, int]]:
    """The households behind some doors, as the rules want them. Two queries."""
    doors = dict(Household.objects.filter(door_id__in=door_ids, active=True).values_list("pk", "door_id"))
    people: dict[int, list[protocol.PersonFacts]] = defaultdict(list)
    rows = Person.objects.filter(household__door_id__in=door_ids, active=True).values_list(
        "household_id", "pk", "birth_date", "classes", "present", "pathway", "pathway_from"
    )
    for household, pk, birth, classes, present, pathway, began in rows:
        facts = protocol.PersonFacts(str(pk), birth, frozenset(classes), present, pathway, began)
        people[household].append(facts)
    return [(protocol.HouseholdFacts(str(pk), tuple(people[pk])), door) for pk, door in doors.items()]


def _withdraw(incident: Incident, owed: set[Key], scope: Scope | None) -> tuple[int, int]:
    columns = ("pk", "state", "waive_reason", "area_id", "kind", "subject_kind", "subject_id", "sequence")
    gone, back = [], []
    for waiting in _waiting(incident, scope):
        for pk, state, reason, *key in waiting.values_list(*columns).iterator(chunk_size=5000):
            is_owed = tuple(key) in owed
            if state == Promise.State.OPEN and not is_owed:
                gone.append(pk)
            elif state == Promise.State.WAIVED and reason == NOT_OWED and is_owed:
                back.append(pk)
    for batch in in_batches(gone):
        Promise.objects.filter(pk__in=batch).update(state=Promise.State.WAIVED, waive_reason=NOT_OWED)
    for batch in in_batches(back):
        Promise.objects.filter(pk__in=batch).update(state=Promise.State.OPEN, waive_reason="")
    return len(gone), len(back)


def _waiting(incident: Incident, scope: Scope | None) -> Iterator[QuerySet[Promise]]:
    """The promises of a scope that may fall away or come back."""
    waiting = Promise.objects.filter(incident=incident, state__in=[Promise.State.OPEN, Promise.State.WAIVED])
    if scope is None:
        yield waiting
        return
    if scope.areas:
        yield waiting.filter(area_id__in=scope.areas, door__isnull=True)
    for batch in in_batches(sorted(scope.doors)):
        yield waiting.filter(door_id__in=batch)
