"""Tasks: units of work with an owner and a due time."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from doorstep.command.models.areas import Area
from doorstep.command.models.incidents import Incident
from doorstep.command.models.people import Member, Team
from doorstep.register.models import Door
from doorstep.wiring.texts import in_language


class Task(models.Model):
    """A unit of work for a member or a team, with a due time and a named owner."""

    class State(models.TextChoices):
        OPEN = "open", _("open")
        DONE = "done", _("done")
        DROPPED = "dropped", _("dropped")

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="tasks")
    area = models.ForeignKey(Area, null=True, blank=True, on_delete=models.SET_NULL, related_name="tasks")
    door = models.ForeignKey(Door, null=True, blank=True, on_delete=models.SET_NULL, related_name="tasks")
    kind = models.CharField(max_length=40, default="task")
    title = models.CharField(max_length=240)
    titles = models.JSONField(default=dict, blank=True)  # of a task that the program opened: {zh, en}
    detail = models.TextField(blank=True)
    workstream = models.CharField(max_length=40, blank=True)
    urgency = models.PositiveSmallIntegerField(default=2)  # 3 = at once
    owner = models.ForeignKey(Member, null=True, blank=True, on_delete=models.SET_NULL, related_name="tasks")
    team = models.ForeignKey(Team, null=True, blank=True, on_delete=models.SET_NULL, related_name="tasks")
    opened_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True, blank=True)
    escalated_at = models.DateTimeField(null=True, blank=True)
    state = models.CharField(max_length=8, choices=State.choices, default=State.OPEN)
    done_at = models.DateTimeField(null=True, blank=True)
    result = models.TextField(blank=True)
    evidence = models.JSONField(default=dict, blank=True)  # {zh, en}: what proves that it is done
    measured = models.FloatField(null=True, blank=True)  # what was done, in `unit`
    unit = models.CharField(max_length=24, blank=True)
    closed_by = models.CharField(max_length=40, blank=True)  # the act that closed it: its undo opens it again
    key = models.CharField(max_length=120, null=True, blank=True, unique=True)

    def __str__(self) -> str:
        return in_language(self.titles) if self.titles else self.title
