"""What the report room keeps: issued reports, findings, exports asked for, and where an imported incident came from."""

from __future__ import annotations

from uuid import uuid4

from django.db import models
from django.utils.translation import gettext_lazy as _

from doorstep.command.models import Incident, Member, Task


class Report(models.Model):
    """A situation report of a period: a draft until somebody signs it, then fixed under its number.

    `content` is what the figures said when it was issued, in both languages; `journal_hash` is the newest entry of the
    journal at that moment. `texts` are the sentences: {zh, en} → {events, problems, coming, own}.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("draft")
        ISSUED = "issued", _("issued")

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="reports")
    client_id = models.UUIDField(unique=True)
    number = models.PositiveIntegerField(null=True, blank=True)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.DRAFT)
    texts = models.JSONField(default=dict)
    content = models.JSONField(default=dict, blank=True)
    journal_sequence = models.BigIntegerField(null=True, blank=True)
    journal_hash = models.CharField(max_length=64, blank=True)
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(Member, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    issued_at = models.DateTimeField(null=True, blank=True)
    signed_by = models.ForeignKey(Member, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    signed_name = models.CharField(max_length=120, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["incident", "number"], name="report_number_once")]
        ordering = ["-made_at", "-id"]

    @property
    def is_draft(self) -> bool:
        return self.state == self.State.DRAFT


class Finding(models.Model):
    """What people learned, in a sentence, with who takes it on: its task is worked on like any other."""

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="findings")
    client_id = models.UUIDField(unique=True)
    text = models.TextField()
    owner = models.ForeignKey(Member, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    task = models.ForeignKey(Task, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(Member, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    dropped_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["made_at", "id"]


class Origin(models.Model):
    """The identity of an incident wherever it goes, and where it came from if it was brought here."""

    incident = models.OneToOneField(Incident, on_delete=models.CASCADE, related_name="origin")
    identity = models.UUIDField(unique=True, default=uuid4)
    archive = models.CharField(max_length=64, blank=True)  # SHA-256 of the file that brought it
    last_hash = models.CharField(max_length=64, blank=True)  # of its journal where it came from
    brought_at = models.DateTimeField(null=True, blank=True)


class Crossing(models.Model):
    """An archive on its way out or in: a job with its progress, who asked for it and what for (F21)."""

    class Way(models.TextChoices):
        OUT = "out", _("export")
        IN = "in", _("import")

    class State(models.TextChoices):
        QUEUED = "queued", _("waiting")
        RUNNING = "running", _("being written")
        READY = "ready", _("ready")
        FAILED = "failed", _("failed")

    client_id = models.UUIDField(unique=True)
    way = models.CharField(max_length=3, choices=Way.choices)
    incident = models.ForeignKey(Incident, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    purpose = models.CharField(max_length=480)
    names = models.BooleanField(default=True)
    state = models.CharField(max_length=8, choices=State.choices, default=State.QUEUED)
    progress = models.FloatField(default=0)
    file = models.CharField(max_length=160, blank=True)  # under the uploads, outside everything that is served
    digest = models.CharField(max_length=64, blank=True)
    size = models.BigIntegerField(default=0)
    rows = models.BigIntegerField(default=0)
    error = models.TextField(blank=True)
    by = models.ForeignKey(Member, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    by_label = models.CharField(max_length=120, blank=True)
    asked_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-asked_at", "-id"]


class Counted(models.Model):
    """What a page of figures said last, how long the counting took, and up to which entry of the journal it knew."""

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=64, unique=True)
    ends_at = models.DateTimeField()
    sequence = models.BigIntegerField()
    seconds = models.FloatField()
    content = models.JSONField()
    counted_at = models.DateTimeField()
    asked_at = models.DateTimeField(null=True, blank=True)  # when somebody asked to have it counted anew
