"""The ledger: everything a sealed door is owed."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from doorstep.command.models import Area, Incident, Team
from doorstep.register.models import Door


class Promise(models.Model):
    """To whom, what, by when, owned by whom, proved how.

    Its identity (area, kind, subject, sequence) is derived: the same facts always give the same promise.
    """

    class State(models.TextChoices):
        OPEN = "open", _("open")
        KEPT = "kept", _("kept")
        BROKEN = "broken", _("broken")
        WAIVED = "waived", _("waived")

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="promises")
    area = models.ForeignKey(Area, on_delete=models.CASCADE, related_name="promises")
    kind = models.CharField(max_length=40)
    subject_kind = models.CharField(max_length=12)
    subject_id = models.BigIntegerField()
    sequence = models.BigIntegerField()
    door = models.ForeignKey(Door, null=True, blank=True, on_delete=models.CASCADE, related_name="promises")
    window_start = models.DateTimeField()
    due_at = models.DateTimeField()
    at_risk_from = models.DateTimeField()
    priority = models.IntegerField(default=0)
    params = models.JSONField(default=dict, blank=True)
    owner_team = models.ForeignKey(Team, null=True, blank=True, on_delete=models.SET_NULL, related_name="promises")
    state = models.CharField(max_length=8, choices=State.choices, default=State.OPEN)
    planned_at = models.DateTimeField(null=True, blank=True)
    kept_at = models.DateTimeField(null=True, blank=True)
    late = models.BooleanField(default=False)
    proof_kind = models.CharField(max_length=20, blank=True)
    proof_id = models.CharField(max_length=64, blank=True)
    waived_by = models.CharField(max_length=120, blank=True)
    waive_reason = models.CharField(max_length=240, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["area", "kind", "subject_kind", "subject_id", "sequence"], name="promise_once"
            )
        ]
        indexes = [
            models.Index(fields=["incident", "state", "due_at"], name="promise_due"),
            models.Index(fields=["door", "kind", "due_at"], name="promise_door"),
        ]
