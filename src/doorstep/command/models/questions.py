"""Questions and rumours: open until somebody has answered them."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from doorstep.command.models.areas import Area
from doorstep.command.models.incidents import Incident
from doorstep.command.models.people import Member
from doorstep.register.models import Household


class Question(models.Model):
    """A question of the public, or a rumour: what is asked, where it was heard, who answers, what is true.

    `answer` and `asked` map zh and en to text: how the answer and the question stand on the public page.
    """

    class Kind(models.TextChoices):
        QUESTION = "question", _("question")
        RUMOUR = "rumour", _("rumour")

    class Source(models.TextChoices):
        RESIDENT = "resident", _("resident's page")
        DESK = "desk", _("service desk")
        PHONE = "phone", _("telephone")
        PRESS = "press", _("press")
        CHAT = "chat", _("chat group")
        OTHER = "other", _("elsewhere")

    class State(models.TextChoices):
        OPEN = "open", _("open")
        ANSWERED = "answered", _("answered")
        MERGED = "merged", _("asked already")
        CLOSED = "closed", _("closed without an answer")

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="questions")
    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=8, choices=Kind.choices, default=Kind.QUESTION)
    source = models.CharField(max_length=10, choices=Source.choices, default=Source.OTHER)
    heard_where = models.CharField(max_length=160, blank=True)
    text = models.TextField()
    area = models.ForeignKey(Area, null=True, blank=True, on_delete=models.SET_NULL, related_name="questions")
    household = models.ForeignKey(Household, null=True, blank=True, on_delete=models.SET_NULL, related_name="questions")
    asked_at = models.DateTimeField()
    due_at = models.DateTimeField()
    owner = models.ForeignKey(Member, null=True, blank=True, on_delete=models.SET_NULL, related_name="questions")
    state = models.CharField(max_length=8, choices=State.choices, default=State.OPEN)
    asked = models.JSONField(default=dict, blank=True)
    answer = models.JSONField(default=dict, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_by = models.ForeignKey(Member, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    published_at = models.DateTimeField(null=True, blank=True)
    closed_reason = models.CharField(max_length=240, blank=True)
    same_as = models.ForeignKey("self", null=True, blank=True, on_delete=models.SET_NULL, related_name="repeats")
    client_id = models.UUIDField(null=True, blank=True, unique=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["incident", "number"], name="question_number_once")]
        indexes = [models.Index(fields=["incident", "state", "due_at"], name="question_open")]
        ordering = ["number"]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.number}"
