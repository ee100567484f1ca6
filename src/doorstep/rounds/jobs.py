"""Jobs of the queue: the planner, what phones said while the server was busy, tasks that go on to the next person."""

from __future__ import annotations

import time
from datetime import datetime
from importlib import import_module

from django.db import transaction
from django.utils import timezone
from django_q.tasks import async_task

from doorstep.command.models import Incident
from doorstep.rounds.follow import hand_on
from doorstep.rounds.models import PhoneAct, PhonePass, RoundPlan
from doorstep.rounds.phoneacts import work_off

PLANNER = ("numpy", "pyvrp", "doorstep.planning.rounds.planner", "doorstep.rounds.actions")


def queue(plan: RoundPlan) -> None:
    """Hand a requested plan to the job runner once this transaction is written."""
    name = f"rounds-{plan.pk}"
    transaction.on_commit(lambda: async_task("doorstep.rounds.actions.run_plan", plan.pk, task_name=name))


def hand_on_tasks(real: datetime | None = None) -> int:
    """In every open incident, hand on the tasks of knocks that nobody did in time. Returns how many."""
    handed = 0
    for incident in Incident.objects.filter(state=Incident.State.OPEN):
        handed += len(hand_on(incident, at=incident.clock.now(real or timezone.now())))
    return handed


def schedule() -> None:
    """Have the job runner look after them each minute. Saying it twice adds nothing."""
    from django_q.models import Schedule

    Schedule.objects.update_or_create(
        name="hand-on",
        defaults={"func": "doorstep.rounds.jobs.hand_on_tasks", "schedule_type": Schedule.MINUTES, "minutes": 1},
    )


def get_ready() -> None:
    """Ask the job runner to load the planner now, so that the first plan does not wait for it, and to look each minute
    whether an act of a phone was left waiting by a server that died. Saying it twice adds nothing."""
    from django_q.models import Schedule

    async_task("doorstep.rounds.jobs.load_planner", task_name="load-planner")
    Schedule.objects.update_or_create(
        name="phones",
        defaults={"func": "doorstep.rounds.jobs.work_off_phones", "schedule_type": Schedule.MINUTES, "minutes": 1},
    )


def load_planner() -> None:
    """A job that only loads what the next one needs."""
    for name in PLANNER:
        import_module(name)


RUSH = 2.0  # seconds in which a process asks for one job only, and which the job leaves to the phones that still come
_asked = [-RUSH]


def have_worked_off() -> None:
    """Have the job runner carry out what phones said while the server was busy."""
    now = time.monotonic()
    if now - _asked[0] >= RUSH:
        _asked[0] = now
        async_task("doorstep.rounds.jobs.work_off_phones", RUSH, task_name="phones")


def work_off_phones(after: float = 0) -> int:
    """Carry out every act that waits, phone by phone. Returns how many."""
    time.sleep(after)
    done = 0
    waiting = PhoneAct.objects.filter(state=PhoneAct.State.WAITING)
    for phone in PhonePass.objects.filter(acts__in=waiting).distinct().select_related("incident", "carrier"):
        done += work_off(phone)
    return done
