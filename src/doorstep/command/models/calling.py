"""Call-outs: who is asked to come, in which order, and what each one answered."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from doorstep.command.models.incidents import Incident
from doorstep.command.models.people import Member, Organisation, Team
from doorstep.command.models.posts import CommandPost


class CallOut(models.Model):
    """One asking: a post, a team or an organisation is called (S56).

    `first`: one person after the other until somebody comes. `all`: everybody at once, and those who are silent again.
    """

    class Way(models.TextChoices):
        FIRST = "first", _("one after the other")
        ALL = "all", _("everybody at once")

    class State(models.TextChoices):
        OPEN = "open", _("waiting for an answer")
        ANSWERED = "answered", _("answered")
        NOBODY = "nobody", _("nobody can come")
        ENDED = "ended", _("called off")

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="call_outs")
    key = models.CharField(max_length=120, unique=True)
    title = models.CharField(max_length=160)
    text = models.TextField(blank=True)
    place = models.CharField(max_length=160, blank=True)
    way = models.CharField(max_length=8, choices=Way.choices, default=Way.FIRST)
    post = models.ForeignKey(CommandPost, null=True, blank=True, on_delete=models.CASCADE, related_name="call_outs")
    team = models.ForeignKey(Team, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    organisation = models.ForeignKey(Organisation, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    urgency = models.PositiveSmallIntegerField(default=3)
    answer_minutes = models.FloatField()
    rounds = models.PositiveSmallIntegerField(default=2)
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    by = models.ForeignKey(Member, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    called_at = models.DateTimeField()

    class Meta:
        ordering = ["called_at", "id"]

    def __str__(self) -> str:
        return self.title


class Call(models.Model):
    """One person of a call-out: when asked, what answered, when there (S57). A head without a record has a name only."""

    class Answer(models.TextChoices):
        NONE = "", _("no answer yet")
        COMING = "coming", _("is coming")
        CANNOT = "cannot", _("cannot come")
        SILENT = "silent", _("did not answer")

    class Via(models.TextChoices):
        LINK = "link", _("by the link")
        PAGE = "page", _("on the page")
        PHONE = "phone", _("by phone, written down")

    callout = models.ForeignKey(CallOut, on_delete=models.CASCADE, related_name="calls")
    order = models.PositiveSmallIntegerField()
    member = models.ForeignKey(Member, null=True, blank=True, on_delete=models.SET_NULL, related_name="calls")
    name = models.CharField(max_length=80)
    phone = models.CharField(max_length=40, blank=True)
    asked_at = models.DateTimeField(null=True, blank=True)
    asked_again_at = models.DateTimeField(null=True, blank=True)
    times = models.PositiveSmallIntegerField(default=0)
    answer = models.CharField(max_length=8, choices=Answer.choices, default=Answer.NONE, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    via = models.CharField(max_length=8, choices=Via.choices, blank=True)
    eta_at = models.DateTimeField(null=True, blank=True)
    note = models.CharField(max_length=240, blank=True)
    arrived_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["callout", "order"], name="call_once")]
        ordering = ["callout_id", "order"]
