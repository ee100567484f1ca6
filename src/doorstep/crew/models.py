"""Posts and the people who stand at them."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from doorstep.command.models import Area, Incident, Member
from doorstep.register.models import Gate


class Post(models.Model):
    """A place that must be manned around the clock, such as a gate."""

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="posts")
    area = models.ForeignKey(Area, null=True, blank=True, on_delete=models.CASCADE, related_name="posts")
    gate = models.ForeignKey(Gate, null=True, blank=True, on_delete=models.SET_NULL, related_name="posts")
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=20, default="gate")
    persons_needed = models.PositiveSmallIntegerField(default=1)
    starts_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["incident", "name"], name="post_once")]

    def __str__(self) -> str:
        return self.name


class Shift(models.Model):
    """One member at one post for one window."""

    class State(models.TextChoices):
        PLANNED = "planned", _("planned")
        ON_DUTY = "on_duty", _("on duty")
        DONE = "done", _("done")
        DROPPED = "dropped", _("dropped")

    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="shifts")
    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="shifts")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.PLANNED)
    checked_in_at = models.DateTimeField(null=True, blank=True)
    handover = models.TextField(blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["post", "member", "starts_at"], name="shift_once")]
        indexes = [models.Index(fields=["starts_at", "ends_at"], name="shift_window")]
