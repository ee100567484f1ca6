"""The planner as a job of the queue, started when the request for it is stored."""

from __future__ import annotations

from importlib import import_module

from django.db import transaction
from django_q.tasks import async_task

from doorstep.rounds.models import RoundPlan

PLANNER = ("numpy", "pyvrp", "doorstep.planning.rounds.planner", "doorstep.rounds.actions")


def queue(plan: RoundPlan) -> None:
    """Hand a requested plan to the job runner once this transaction is written."""
    name = f"rounds-{plan.pk}"
    transaction.on_commit(lambda: async_task("doorstep.rounds.actions.run_plan", plan.pk, task_name=name))


def get_ready() -> None:
    """Ask the job runner to load the planner now, so that the first plan does not wait for it."""
    async_task("doorstep.rounds.jobs.load_planner", task_name="load-planner")


def load_planner() -> None:
    """A job that only loads what the next one needs."""
    for name in PLANNER:
        import_module(name)
