"""One need that arrived several times: proposed side by side, joined with both texts kept, taken apart again."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from doorstep import protocol
from doorstep.command.models import Incident, Member
from doorstep.desk import owed
from doorstep.desk.intake.duplicates import words_alike
from doorstep.desk.models import Apart, Merge, Request
from doorstep.desk.notes import locked, note
from doorstep.desk.staff import at_hand
from doorstep.errors import UserError

ALIKE = 0.6  # share of a text that two of different needs have in common
MOST = 200


@dataclass(frozen=True)
class Pair:
    """Two requests that may be one, the older first, and why they are proposed: codes."""

    older: Request
    newer: Request
    why: tuple[str, ...]


def pairs(incident: Incident, requests: Iterable[Request]) -> list[Pair]:
    """Pairs among some live requests that may be the same. One query more."""
    window = timedelta(hours=protocol.request_rules(incident.protocol).duplicate_hours)
    rows = sorted(requests, key=lambda one: (one.said_at, one.pk))
    known = Apart.objects.filter(one__incident=incident).values_list("one_id", "other_id")
    apart = {frozenset(pair) for pair in known}
    groups: dict[tuple[str, Any], list[Request]] = {}
    for one in rows:
        for key in _keys(one):
            groups.setdefault(key, []).append(one)
    found: dict[tuple[int, int], Pair] = {}
    for group in groups.values():
        for place, older in enumerate(group):
            for newer in group[place + 1 :]:
                if newer.said_at - older.said_at > window:
                    break
                why = _why(older, newer)
                if why and frozenset((older.pk, newer.pk)) not in apart:
                    found[older.pk, newer.pk] = Pair(older, newer, why)
                if len(found) >= MOST:
                    return list(found.values())
    return list(found.values())


def alike(request: Request) -> list[Pair]:
    """Live requests that may be the same as this one. Two queries."""
    if not request.is_live:
        return []
    near = Q(pk=request.pk)
    if request.door_id:
        near |= Q(door_id=request.door_id)
    if request.contact:
        near |= Q(contact=request.contact)
    rows = Request.objects.filter(near, incident=request.incident, state__in=Request.LIVE)
    rows = rows.select_related("door__stair__building", "owner")
    return [pair for pair in pairs(request.incident, rows) if request.pk in (pair.older.pk, pair.newer.pk)]


@transaction.atomic
def merge(kept: Request, joined: Request, *, by: Member | None, at: datetime) -> Merge:
    """Join two requests: the graver urgency, the earlier word and the fewer days left hold for what goes on."""
    locked(kept)
    locked(joined)
    there = Merge.objects.filter(kept=kept, joined=joined, undone_at=None).first()
    if there is not None:
        return there
    if kept.pk == joined.pk or kept.incident_id != joined.incident_id:
        raise UserError(_("These two cannot be joined."), field="request", mend=_("Choose two of this incident."))
    if not kept.is_live or not joined.is_live:
        raise UserError(_("This request is closed."), field="request", mend=_("Open it again first."))
    before = {"kept": _facts(kept), "joined": _facts(joined)}
    rules = kept.incident.protocol
    order = [level.code for level in protocol.request_rules(rules).levels]
    kept.level = min(kept.level, joined.level, key=lambda code: order.index(code) if code in order else len(order))
    kept.said_at = min(kept.said_at, joined.said_at)
    left = [one.days_left for one in (kept, joined) if one.days_left is not None]
    kept.days_left = min(left, default=None)
    kept.persons = max(kept.persons, joined.persons)
    kept.due_at = min(kept.due_at, joined.due_at)
    for name in ("door", "household", "person", "area", "contact", "emergency_task"):
        if not getattr(kept, name):
            setattr(kept, name, getattr(joined, name))
    if kept.owner is None and at_hand(joined.owner):
        kept.owner, kept.unowned_since, kept.lost_owner = joined.owner, None, False
    kept.save()
    joined.state, joined.merged_into = Request.State.MERGED, kept
    joined.save(update_fields=["state", "merged_into"])
    made = Merge.objects.create(kept=kept, joined=joined, at=at, by=by, before=before)
    note(kept, "merge", at=at, by=by, words=joined.text, other=joined.number)
    note(joined, "merged", at=at, by=by, other=kept.number)
    owed.settle(kept, at=at)
    owed.settle(joined, at=at)
    return made


@transaction.atomic
def unmerge(made: Merge, *, by: Member | None, at: datetime) -> Merge:
    """Take two requests apart again, each as it was; what was done since stays with the one that went on."""
    if made.undone_at is not None:
        return made
    kept, joined = locked(made.kept), locked(made.joined)
    _restore(kept, made.before["kept"])
    kept.save()
    joined.merged_into = None
    joined.state = made.before["joined"]["state"]
    if not at_hand(joined.owner):
        joined.owner, joined.unowned_since, joined.lost_owner = None, at, True
    joined.rung = -1
    joined.save()
    made.undone_at = at
    made.save(update_fields=["undone_at"])
    note(kept, "unmerge", at=at, by=by, other=joined.number)
    note(joined, "unmerge", at=at, by=by, other=kept.number)
    owed.settle(kept, at=at)
    owed.settle(joined, at=at)
    return made


@transaction.atomic
def keep_apart(one: Request, other: Request, *, by: Member | None, at: datetime) -> None:
    """They look alike and are two: they are not proposed again."""
    first, second = sorted((one, other), key=lambda request: request.pk)
    _row, is_new = Apart.objects.get_or_create(one=first, other=second, defaults={"at": at, "by": by})
    if is_new:
        note(first, "apart", at=at, by=by, other=second.number)


def _keys(request: Request) -> list[tuple[str, Any]]:
    keys: list[tuple[str, Any]] = []
    if request.door_id:
        keys.append(("door", request.door_id))
    if request.contact:
        keys.append(("contact", request.contact))
    return keys


def _why(older: Request, newer: Request) -> tuple[str, ...]:
    """Why two may be one; empty where they are for different people or different needs."""
    if older.person_id and newer.person_id and older.person_id != newer.person_id:
        return ()
    same_words = words_alike(older.text, newer.text) >= ALIKE
    if older.need != newer.need and not same_words:
        return ()
    why = ["door"] if older.door_id and older.door_id == newer.door_id else []
    why += ["contact"] if older.contact and older.contact == newer.contact else []
    why += ["need"] if older.need == newer.need else []
    why += ["words"] if same_words else []
    return tuple(why)


def _facts(request: Request) -> dict[str, Any]:
    return {
        "state": request.state,
        "level": request.level,
        "said_at": request.said_at.isoformat(),
        "due_at": request.due_at.isoformat(),
        "days_left": request.days_left,
        "persons": request.persons,
    }


def _restore(request: Request, facts: dict[str, Any]) -> None:
    request.level, request.days_left, request.persons = facts["level"], facts["days_left"], facts["persons"]
    request.said_at = datetime.fromisoformat(facts["said_at"])
    request.due_at = datetime.fromisoformat(facts["due_at"])
