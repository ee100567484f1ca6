"""Posts and the people who stand at them."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from doorstep.command.models import Area, Incident, Member
from doorstep.register.models import Gate


class Post(models.Model):
    """A place that must be manned around the clock, such as a gate. One open post a gate."""

    class Kind(models.TextChoices):
        GATE = "gate", _("gate")
        DUTY = "duty", _("duty tent")
        SAMPLING = "sampling", _("sampling tent")
        HANDOVER = "handover", _("handover point")
        OTHER = "other", _("other post")

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="posts")
    area = models.ForeignKey(Area, null=True, blank=True, on_delete=models.CASCADE, related_name="posts")
    gate = models.ForeignKey(Gate, null=True, blank=True, on_delete=models.SET_NULL, related_name="posts")
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=20, choices=Kind.choices, default=Kind.GATE)
    persons_needed = models.PositiveSmallIntegerField(default=1)
    starts_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    automatic = models.BooleanField(default=False, help_text=_("opened with its area, and ended with it"))
    ended_by_hand = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["incident", "name"], condition=Q(ended_at=None), name="open_post_once"),
            models.UniqueConstraint(
                fields=["incident", "gate"],
                condition=Q(ended_at=None, gate__isnull=False),
                name="open_post_of_gate_once",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Shift(models.Model):
    """One member at one post for one window. A note of hand-over ends it (S70)."""

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
    planned_at = models.DateTimeField(null=True, blank=True)
    checked_in_at = models.DateTimeField(null=True, blank=True)
    left_at = models.DateTimeField(null=True, blank=True)
    dropped_at = models.DateTimeField(null=True, blank=True)
    handover = models.TextField(blank=True)
    allowed_because = models.TextField(blank=True, help_text=_("why a rule of the roster was set aside"))
    batch = models.UUIDField(null=True, blank=True, db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["post", "member", "starts_at"], name="shift_once")]
        indexes = [
            models.Index(fields=["starts_at", "ends_at"], name="shift_window"),
            models.Index(fields=["member", "ends_at"], name="shift_of_member"),
        ]

    def __str__(self) -> str:
        return f"{self.post} · {self.member}"

    @property
    def expected_at(self) -> datetime:
        """When its member should be there: nobody is late at a post that was not open, or for a shift not yet given."""
        return max(self.starts_at, self.post.starts_at, self.planned_at or self.starts_at)
