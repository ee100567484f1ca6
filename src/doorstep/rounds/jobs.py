"""Jobs of the queue: the planner, started when a plan is asked for, and what phones said while the server was busy."""

from __future__ import annotations

import time
from importlib import import_module

from django.db import transaction
from django_q.tasks import async_task

from doorstep.rounds.models import PhoneAct, PhonePass, RoundPlan
from doorstep.rounds.phoneacts import work_off

PLANNER = ("numpy", "pyvrp", "doorstep.planning.rounds.planner", "doorstep.rounds.actions")


def queue(plan: RoundPlan) -> None:
    """Hand a requested plan to the job runner once this transaction is written."""
    name = f"rounds-{plan.pk}"
    transaction.on_commit(lambda: async_task("doorstep.rounds.actions.run_plan", plan.pk, task_name=name))


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
