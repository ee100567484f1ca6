"""The action plan: operational periods, the meetings that decide, what was decided, and the versions that were signed."""

from __future__ import annotations

from django.db import models

from doorstep.command.models.incidents import Incident
from doorstep.command.models.log import LogEntry
from doorstep.command.models.people import Member, Team
from doorstep.command.models.tasks import Task


class Period(models.Model):
    """An operational period: from when until when, and what it is to reach. The next one takes over what is open."""

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="periods")
    number = models.PositiveSmallIntegerField()
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    objectives = models.TextField(blank=True)  # one a line
    safety = models.TextField(blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["incident", "number"], name="period_once")]
        ordering = ["number"]


class Meeting(models.Model):
    """A meeting with its agenda and who was there; `others` are those without a member's record."""

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="meetings")
    period = models.ForeignKey(Period, on_delete=models.PROTECT, related_name="meetings")
    client_id = models.CharField(max_length=80)
    title = models.CharField(max_length=160)
    place = models.CharField(max_length=160, blank=True)
    starts_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    chair = models.ForeignKey(Member, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    participants = models.ManyToManyField(Member, blank=True, related_name="meetings")
    others = models.TextField(blank=True)
    agenda = models.TextField(blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["incident", "client_id"], name="meeting_once")]
        ordering = ["starts_at", "pk"]

    def __str__(self) -> str:
        return self.title


class PlanLine(models.Model):
    """One line of the plan: a decision that became a task, with workstream, owner, deadline and resource."""

    period = models.ForeignKey(Period, on_delete=models.PROTECT, related_name="lines")
    meeting = models.ForeignKey(Meeting, null=True, blank=True, on_delete=models.PROTECT, related_name="lines")
    client_id = models.CharField(max_length=80)
    workstream = models.CharField(max_length=40)
    text = models.TextField()
    owner = models.ForeignKey(Member, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    team = models.ForeignKey(Team, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    due_at = models.DateTimeField(null=True, blank=True)
    resource = models.CharField(max_length=240, blank=True)
    entry = models.ForeignKey(LogEntry, null=True, blank=True, on_delete=models.SET_NULL, related_name="plan_lines")
    task = models.ForeignKey(Task, null=True, blank=True, on_delete=models.SET_NULL, related_name="plan_lines")
    dropped_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["period", "client_id"], name="plan_line_once")]
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.text[:80]


class PlanVersion(models.Model):
    """The plan of a period as it was signed: its content, the hash of it, and the newest link of the journal then."""

    period = models.ForeignKey(Period, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveSmallIntegerField()
    content = models.JSONField()
    hash = models.CharField(max_length=64)
    signed_by = models.ForeignKey(Member, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    signed_name = models.CharField(max_length=120, blank=True)
    signed_at = models.DateTimeField()
    anchor = models.CharField(max_length=90, blank=True)  # sequence:hash

    class Meta:
        constraints = [models.UniqueConstraint(fields=["period", "number"], name="plan_version_once")]
        ordering = ["number"]
