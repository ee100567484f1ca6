"""The journal: who did what to what, append-only and chained by hash."""

from __future__ import annotations

from django.db import models

from doorstep.command.models.incidents import Incident
from doorstep.command.models.people import Member


class JournalEntry(models.Model):
    """Who did what to what, when it happened and when it was written down; append-only, chained by hash."""

    incident = models.ForeignKey(Incident, null=True, blank=True, on_delete=models.PROTECT, related_name="journal")
    sequence = models.BigIntegerField(unique=True)
    act = models.CharField(max_length=60)
    subject_kind = models.CharField(max_length=40, blank=True)
    subject_id = models.CharField(max_length=64, blank=True)
    subject_label = models.CharField(max_length=240, blank=True)
    by = models.ForeignKey(Member, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    by_label = models.CharField(max_length=120, blank=True)
    occurred_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    data = models.JSONField(default=dict)
    previous_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)
    marks = models.CharField(max_length=80, blank=True)  # a short sign of each fact, to say which was changed

    class Meta:
        indexes = [models.Index(fields=["incident", "occurred_at"], name="journal_time")]
        ordering = ["sequence"]
