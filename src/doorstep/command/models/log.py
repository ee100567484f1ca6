"""The command log: who told whom what, and whether it was read and done. An entry is never changed."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from doorstep.command.models.areas import Area
from doorstep.command.models.incidents import Incident
from doorstep.command.models.people import Member, Organisation, Team
from doorstep.command.models.tasks import Task


class LogEntry(models.Model):
    """One line of the log. `number` is its place in the one order of the incident; `root` is the entry its thread began with.

    A correction is a new entry that `strikes` the old one. `digest` stands in the journal, too.
    """

    class Kind(models.TextChoices):
        DECISION = "decision", _("decision")
        INSTRUCTION = "instruction", _("instruction")
        REPORT = "report", _("report")
        ADVICE = "advice", _("advice")
        QUESTION = "question", _("question")

    class Source(models.TextChoices):
        TYPED = "typed", _("typed")
        CHAT = "chat", _("from a chat")
        MEETING = "meeting", _("from a meeting")

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="log")
    client_id = models.CharField(max_length=80)
    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=12, choices=Kind.choices)
    text = models.TextField()
    author = models.ForeignKey(Member, null=True, blank=True, on_delete=models.SET_NULL, related_name="log_entries")
    author_name = models.CharField(max_length=120)
    by = models.ForeignKey(Member, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    source = models.CharField(max_length=8, choices=Source.choices, default=Source.TYPED)
    occurred_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    area = models.ForeignKey(Area, null=True, blank=True, on_delete=models.SET_NULL, related_name="log_entries")
    workstream = models.CharField(max_length=40, blank=True)
    due_at = models.DateTimeField(null=True, blank=True)  # until when it is to be read, or done where that is asked
    needs_report = models.BooleanField(default=False)
    answers = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="answered_by")
    root = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="thread")
    strikes = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="struck_by")
    task = models.ForeignKey(Task, null=True, blank=True, on_delete=models.SET_NULL, related_name="log_entries")
    digest = models.CharField(max_length=64)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["incident", "number"], name="log_one_order"),
            models.UniqueConstraint(fields=["incident", "client_id"], name="log_entry_once"),
        ]
        indexes = [models.Index(fields=["incident", "kind", "number"], name="log_by_kind")]
        ordering = ["number"]

    def __str__(self) -> str:
        return f"{self.number} · {self.text[:60]}"


class Addressee(models.Model):
    """To whom an entry goes: a member, a team, an organisation or everybody with a duty; sent, then read, then done.

    The first of a group who reads it or does it speaks for the group. `label` is what they were called then.
    """

    entry = models.ForeignKey(LogEntry, on_delete=models.CASCADE, related_name="addressees")
    member = models.ForeignKey(Member, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    team = models.ForeignKey(Team, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    organisation = models.ForeignKey(Organisation, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    role = models.CharField(max_length=20, blank=True)
    code = models.CharField(max_length=40)  # kind:key, once an entry
    label = models.CharField(max_length=120)
    read_at = models.DateTimeField(null=True, blank=True)
    read_by = models.ForeignKey(Member, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    done_at = models.DateTimeField(null=True, blank=True)
    done_by = models.ForeignKey(Member, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    done_text = models.TextField(blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["entry", "code"], name="log_addressee_once")]
        ordering = ["pk"]

    @property
    def state(self) -> str:
        return "done" if self.done_at else "read" if self.read_at else "sent"
