"""The way in which a request is served outside the desk, and the calls to somebody who asked to talk."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from doorstep.command.models import Member


class Way(models.Model):
    """How one request goes out: one of each kind. `helper` is the shop, the craftsman or who calls, in words; `member` one of us.

    Money is in hundredths. `permit` follows what the gate says under `key`.
    """

    class Kind(models.TextChoices):
        PURCHASE = "purchase", _("purchase")
        REPAIR = "repair", _("repair")
        EXIT = "exit", _("way out")
        TALK = "talk", _("calls")

    class State(models.TextChoices):
        PLANNED = "planned", _("planned")
        BOUGHT = "bought", _("bought, waits for the round")
        DONE = "done", _("done")
        DROPPED = "dropped", _("falls away")

    class Permit(models.TextChoices):
        NONE = "", _("not needed")
        ASKED = "asked", _("asked at the gate")
        GRANTED = "granted", _("granted")
        REFUSED = "refused", _("refused")
        WITHDRAWN = "withdrawn", _("withdrawn")
        USED = "used", _("used")

    OPEN = (State.PLANNED, State.BOUGHT)

    request = models.ForeignKey("desk.Request", on_delete=models.CASCADE, related_name="ways")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    state = models.CharField(max_length=7, choices=State.choices, default=State.PLANNED)
    member = models.ForeignKey(Member, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    helper = models.CharField(max_length=120, blank=True)
    phone = models.CharField(max_length=40, blank=True)
    what = models.CharField(max_length=240, blank=True)
    packs = models.PositiveSmallIntegerField(default=1)
    payer = models.CharField(max_length=12, blank=True)
    limit_cents = models.PositiveIntegerField(null=True, blank=True)
    spent_cents = models.PositiveIntegerField(null=True, blank=True)
    money = models.ForeignKey(
        "desk.EntrustedObject", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    receipt = models.CharField(max_length=120, blank=True)
    starts_at = models.DateTimeField(null=True, blank=True)
    ends_at = models.DateTimeField(null=True, blank=True)
    exit_kind = models.CharField(max_length=24, blank=True)
    permit = models.CharField(max_length=9, choices=Permit.choices, default=Permit.NONE, blank=True)
    permit_number = models.CharField(max_length=40, blank=True)
    permit_reason = models.CharField(max_length=240, blank=True)
    asked_at = models.DateTimeField(null=True, blank=True)
    made_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["made_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["request", "kind"], condition=Q(state__in=["planned", "bought"]), name="way_open_once"
            )
        ]

    @property
    def is_open(self) -> bool:
        return self.state in self.OPEN

    @property
    def key(self) -> str:
        """Under which name other rooms answer."""
        return f"request:{self.request_id}"

    @property
    def limit(self) -> float | None:
        return None if self.limit_cents is None else self.limit_cents / 100

    @property
    def spent(self) -> float | None:
        return None if self.spent_cents is None else self.spent_cents / 100


class Call(models.Model):
    """One call that is due to somebody who asked to talk, and how they were."""

    class How(models.TextChoices):
        BETTER = "better", _("better")
        SAME = "same", _("as before")
        WORSE = "worse", _("worse")
        DANGER = "danger", _("danger to life")
        NOT_REACHED = "not_reached", _("not reached")

    way = models.ForeignKey(Way, on_delete=models.CASCADE, related_name="calls")
    due_at = models.DateTimeField()
    called_at = models.DateTimeField(null=True, blank=True)
    by = models.ForeignKey(Member, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    how = models.CharField(max_length=11, choices=How.choices, blank=True)

    class Meta:
        ordering = ["due_at", "pk"]
        indexes = [models.Index(fields=["called_at", "due_at"], name="call_due")]
