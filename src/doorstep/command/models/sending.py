"""Messages to those who work: by which channels, and what became of each."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from doorstep.command.models.incidents import Incident
from doorstep.command.models.people import Member, Organisation


class Channel(models.Model):
    """A way to reach a member or a whole organisation. The address is kept sealed and is never shown again."""

    class Kind(models.TextChoices):
        APPRISE = "apprise", _("chat, SMS gateway or other service")
        EMAIL = "email", _("e-mail")
        WEBHOOK = "webhook", _("signed webhook")
        CONSOLE = "console", _("the server's own console")

    member = models.ForeignKey(Member, null=True, blank=True, on_delete=models.CASCADE, related_name="channels")
    organisation = models.ForeignKey(
        Organisation, null=True, blank=True, on_delete=models.CASCADE, related_name="channels"
    )
    kind = models.CharField(max_length=10, choices=Kind.choices)
    label = models.CharField(max_length=80)
    sealed = models.TextField(blank=True)
    least_urgency = models.PositiveSmallIntegerField(default=1)
    active = models.BooleanField(default=True)
    created_at = models.DateTimeField()
    tested_at = models.DateTimeField(null=True, blank=True)
    test_error = models.CharField(max_length=240, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(member__isnull=False, organisation__isnull=True)
                | Q(member__isnull=True, organisation__isnull=False),
                name="channel_of_one",
            )
        ]
        ordering = ["id"]

    def __str__(self) -> str:
        return self.label


class Telling(models.Model):
    """What one member, or one organisation, is told. `answer_by` is when it goes to the next person without a word."""

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="tellings")
    key = models.CharField(max_length=160)
    member = models.ForeignKey(Member, null=True, blank=True, on_delete=models.CASCADE, related_name="tellings")
    organisation = models.ForeignKey(Organisation, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    title = models.CharField(max_length=200)
    body = models.TextField(blank=True)
    url = models.CharField(max_length=240, blank=True)
    urgency = models.PositiveSmallIntegerField(default=2)
    at = models.DateTimeField()
    answer_by = models.DateTimeField(null=True, blank=True)
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    passed_on_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["incident", "key", "member"], name="telling_once"),
            models.UniqueConstraint(
                fields=["incident", "key", "organisation"], condition=Q(member=None), name="telling_of_office_once"
            ),
        ]
        indexes = [models.Index(fields=["incident", "at"], name="telling_time")]
        ordering = ["-at", "-id"]

    def __str__(self) -> str:
        return self.title


class Delivery(models.Model):
    """One message by one channel. In an exercise it ends in the loopback: written down here, sent nowhere."""

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        SENT = "sent", _("sent")
        FAILED = "failed", _("failed")
        LOOPBACK = "loopback", _("exercise: kept here, sent nowhere")
        NOWHERE = "nowhere", _("no channel: telephone")

    telling = models.ForeignKey(Telling, on_delete=models.CASCADE, related_name="deliveries")
    channel = models.ForeignKey(Channel, null=True, blank=True, on_delete=models.SET_NULL, related_name="deliveries")
    label = models.CharField(max_length=80, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField(null=True, blank=True)  # by the real clock: the world outside has no other
    sent_at = models.DateTimeField(null=True, blank=True)
    error = models.CharField(max_length=240, blank=True)

    class Meta:
        indexes = [models.Index(fields=["state", "next_at"], name="delivery_due")]
        ordering = ["id"]
