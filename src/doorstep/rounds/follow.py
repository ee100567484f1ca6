"""What a knock opens: who goes again and by when, what is told to whom; a task that nobody does goes on to the next."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from doorstep import protocol
from doorstep.command import journal
from doorstep.command.models import Area, Incident, Member, RoleGrant, Task
from doorstep.command.queries import bound_area_of
from doorstep.crew.models import Shift
from doorstep.register.models import Door, Person
from doorstep.rounds.models import Visit
from doorstep.rounds.welfare import in_words
from doorstep.wiring.texts import in_both

SPOKEN = (Visit.Outcome.OPENED, Visit.Outcome.THROUGH_DOOR)
KINDS = ("follow_up", "welfare", "refused", "moved")
ANSWERED = ("follow_up", "refused")  # what a later knock with an answer closes
DUTIES = ("coordinator", "commander")


def follow(visit: Visit) -> None:
    """Open and close what this knock asks for."""
    if visit.outcome == Visit.Outcome.NO_ANSWER:
        _knock_again(visit)
        return
    _close(visit, ANSWERED if visit.outcome in SPOKEN else ("follow_up",))
    if visit.outcome == Visit.Outcome.REFUSED:
        _refused(visit)
    elif visit.outcome == Visit.Outcome.MOVED:
        _moved(visit)
    else:
        _serious(visit)


def owners(incident: Incident, area: Area | None, at: datetime) -> list[Member]:
    """Who answers for a door, one after the other: the supply team's leader, its next member, the coordinators (those
    on duty now first), the commander. Only who is available. Four queries."""
    found: list[Member] = []
    team = area.supply_team if area else None
    if team:
        found += [team.leader] if team.leader else []
        others = team.members.filter(available=True).order_by("pk")
        found += [member for member in others if member.pk != team.leader_id][:1]
    on_duty = set(
        Shift.objects.filter(post__incident=incident, state=Shift.State.ON_DUTY).values_list("member_id", flat=True)
    )
    place = Q(area=None) | Q(area=area) if area else Q(area=None)
    for duty in DUTIES:
        grants = RoleGrant.objects.filter(place, Q(incident=incident) | Q(incident=None), role=duty)
        members = [grant.member for grant in grants.select_related("member").order_by("pk")]
        found += sorted(members, key=lambda member: member.pk not in on_duty)
    return list(dict.fromkeys(member for member in found if member.available))


@transaction.atomic
def hand_on(incident: Incident, *, at: datetime) -> list[Task]:
    """Tasks of knocks that are past due go on to the next who answers for the door; the last keeps them."""
    wait = timedelta(minutes=incident.protocol.visits.not_taken_minutes)
    late = Task.objects.filter(
        incident=incident, kind__in=KINDS, urgency=3, state=Task.State.OPEN, due_at__lte=at
    ).filter(Q(escalated_at=None) | Q(escalated_at__lte=at - wait))
    moved = []
    for task in late.select_related("area__supply_team__leader", "owner").order_by("due_at", "pk"):
        chain = owners(incident, task.area, at)
        place = chain.index(task.owner) + 1 if task.owner in chain else 0
        if place >= len(chain):
            continue
        before, task.owner, task.escalated_at = task.owner, chain[place], at
        task.save(update_fields=["owner", "escalated_at"])
        journal.record(
            "escalate_task",
            incident=incident,
            subject=task,
            occurred_at=at,
            label=task.title,
            before=before.pk if before else None,
            to=chain[place].pk,
        )
        moved.append(task)
    return moved


def door_label(door: Door) -> str:
    """Building-stair-number, as people say it."""
    return f"{door.stair.building.name}-{door.stair.name}-{door.number}"


def _knock_again(visit: Visit) -> None:
    answered = Visit.objects.filter(door=visit.door, incident=visit.incident, undone_at=None).exclude(
        outcome=Visit.Outcome.NO_ANSWER
    )
    last = answered.order_by("-occurred_at").values_list("occurred_at", flat=True).first()
    if last and last > visit.occurred_at:  # told late by a phone that had no network: somebody has answered since
        return
    misses = Visit.objects.filter(
        door=visit.door, incident=visit.incident, undone_at=None, outcome=Visit.Outcome.NO_ANSWER
    )
    if last:
        misses = misses.filter(occurred_at__gt=last)
    classes = {code for person in _people(visit.door) for code in person.classes}
    step = protocol.follow_up_due(visit.incident.protocol, classes, visit.occurred_at, misses.count())
    at_once = step.step == "now"

    def say() -> str:
        if at_once:
            return _("Go to the door at once: nobody answered twice")
        return _("Knock again: nobody answered")

    _close(visit, ("follow_up",))
    _open(visit, "follow_up", say, step.due, 3 if at_once else 2)


def _refused(visit: Visit) -> None:
    due = visit.occurred_at + timedelta(hours=visit.incident.protocol.contact.knock_again_hours)
    _open(visit, "refused", lambda: _("Refused at the door: speak with them, what is owed stays open"), due, 2)


def _moved(visit: Visit) -> None:
    count = len(_people(visit.door))

    def say() -> str:
        written = ngettext("%(n)d person is written down here", "%(n)d persons are written down here", count)
        return _("Moved away: correct the register (%(count)s)") % {"count": written % {"n": count}}

    due = visit.occurred_at + timedelta(hours=visit.incident.protocol.contact.limit_hours["other"])
    _open(visit, "moved", say, due, 2)


def _serious(visit: Visit) -> None:
    rules = visit.incident.protocol
    if not protocol.serious_answers(rules, visit.welfare):
        return

    def say() -> str:
        lines = in_words(visit.incident, visit.welfare)
        return "；".join(f"{title} {answer}" for title, answer, serious in lines if serious)

    due = visit.occurred_at + timedelta(hours=rules.contact.knock_again_hours)
    _open(visit, "welfare", say, due, 3)


def _people(door: Door) -> list[Person]:
    return list(Person.objects.filter(household__door=door, active=True, present="home"))


def _close(visit: Visit, kinds: Sequence[str]) -> None:
    """A later knock answers the earlier follow-ups: somebody spoke, or the next step takes their place."""
    Task.objects.filter(
        incident=visit.incident,
        door=visit.door,
        kind__in=kinds,
        state=Task.State.OPEN,
        opened_at__lte=visit.recorded_at,
    ).update(state=Task.State.DONE, done_at=visit.occurred_at, closed_by=f"visit:{visit.pk}")


def _open(visit: Visit, kind: str, say: Callable[[], str], due: datetime, urgency: int) -> None:
    area = bound_area_of(visit.incident, visit.door_id)
    chain = owners(visit.incident, area, visit.occurred_at)
    if kind == "refused":  # told to whoever answers for the whole, not to the team that was refused
        team = {area.supply_team.leader_id} if area and area.supply_team else set()
        chain = [member for member in chain if member.pk not in team] or chain
    titles = in_both(lambda: f"{say()} · {door_label(visit.door)}")
    Task.objects.get_or_create(
        key=f"visit:{visit.pk}:{kind}",
        defaults={
            "incident": visit.incident,
            "door": visit.door,
            "area": area,
            "kind": kind,
            "title": titles["zh"][:240],
            "titles": titles,
            "urgency": urgency,
            "owner": chain[0] if chain else visit.member,
            "opened_at": visit.occurred_at,
            "due_at": due,
        },
    )
