"""The incident: its exact start, its rules, its clock."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from doorstep import protocol
from doorstep.protocol import IncidentClock


class Incident(models.Model):
    """One incident with its exact start, protocol and clock (S4)."""

    class ClockKind(models.TextChoices):
        REAL = "real", _("real")
        EXERCISE = "exercise", _("exercise")

    class State(models.TextChoices):
        OPEN = "open", _("open")
        CLOSED = "closed", _("closed")

    name = models.CharField(max_length=160)
    protocol_id = models.CharField(max_length=80)
    trigger_at = models.DateTimeField()
    trigger_text = models.CharField(max_length=240, blank=True)
    time_zone = models.CharField(max_length=40, default="Asia/Shanghai")
    clock_kind = models.CharField(max_length=10, choices=ClockKind.choices, default=ClockKind.REAL)
    clock_anchor_real = models.DateTimeField()
    clock_anchor_incident = models.DateTimeField()
    clock_rate = models.FloatField(default=1.0)
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    exercise = models.CharField(max_length=80, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)
    derived_until = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.name

    @property
    def tz(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    @property
    def protocol(self) -> protocol.Protocol:
        return protocol.find(self.protocol_id)

    @property
    def clock(self) -> IncidentClock:
        return IncidentClock(self.clock_kind, self.clock_anchor_real, self.clock_anchor_incident, self.clock_rate)

    def now(self) -> datetime:
        """The incident's time. Rules get it passed in; only views, jobs and commands call this."""
        return self.clock.now(timezone.now())
