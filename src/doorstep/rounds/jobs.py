"""The planner as a job of the queue, started when the request for it is stored."""

from __future__ import annotations

from django.db import transaction
from django_q.tasks import async_task

from doorstep.rounds.models import RoundPlan


def queue(plan: RoundPlan) -> None:
    """Hand a requested plan to the job runner once this transaction is written."""
    name = f"rounds-{plan.pk}"
    transaction.on_commit(lambda: async_task("doorstep.rounds.actions.run_plan", plan.pk, task_name=name))
