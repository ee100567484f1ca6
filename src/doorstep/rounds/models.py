"""Rounds: what is planned for each door, who carries it, and the proof of each knock."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from doorstep.command.models import Area, Incident, Member
from doorstep.promises.models import Promise
from doorstep.register.models import Door


class RoundPlan(models.Model):
    """A plan of rounds for some areas and a window, with its cost, bound and what it could not serve."""

    class State(models.TextChoices):
        QUEUED = "queued", _("waiting")
        RUNNING = "running", _("being planned")
        READY = "ready", _("ready")
        FAILED = "failed", _("failed")
        REPLACED = "replaced", _("replaced")

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="plans")
    areas = models.ManyToManyField(Area, related_name="plans")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    requested_at = models.DateTimeField()
    requested_by = models.ForeignKey(Member, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    carriers = models.JSONField(default=list)
    options = models.JSONField(default=dict)
    progress = models.FloatField(default=0)
    progress_text = models.CharField(max_length=160, blank=True)
    cost_s = models.FloatField(null=True, blank=True)
    by_hand_cost_s = models.FloatField(null=True, blank=True)
    lower_bound_s = models.FloatField(null=True, blank=True)
    gap = models.FloatField(null=True, blank=True)
    seconds = models.FloatField(null=True, blank=True)
    seed = models.IntegerField(default=1)
    unserved = models.JSONField(default=list)
    notes = models.JSONField(default=list)
    error = models.TextField(blank=True)

    class Meta:
        ordering = ["-requested_at", "-id"]


class Round(models.Model):
    """One carrier's ordered work within a plan."""

    plan = models.ForeignKey(RoundPlan, on_delete=models.CASCADE, related_name="rounds")
    carrier = models.ForeignKey(Member, null=True, blank=True, on_delete=models.SET_NULL, related_name="rounds")
    carrier_name = models.CharField(max_length=80)
    number = models.PositiveIntegerField()
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    locked = models.BooleanField(default=False)
    out = models.BooleanField(default=False, help_text=_("the carrier was taken out of the plan"))
    load_kg = models.FloatField(default=0)
    climb_kg_storeys = models.FloatField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["plan", "number"], name="round_once")]
        ordering = ["number"]


class Stop(models.Model):
    """One door of a round: when the carrier is expected, what to hand over. It keeps the promises it lists."""

    round = models.ForeignKey(Round, on_delete=models.CASCADE, related_name="stops")
    door = models.ForeignKey(Door, on_delete=models.CASCADE, related_name="stops")
    trip = models.PositiveSmallIntegerField(default=1)
    climb = models.PositiveSmallIntegerField(default=1)
    order = models.PositiveIntegerField()
    arrives_at = models.DateTimeField()
    weight_kg = models.FloatField(default=0)
    items = models.JSONField(default=list)
    locked = models.BooleanField(default=False)
    promises = models.ManyToManyField(Promise, related_name="stops")

    class Meta:
        ordering = ["round_id", "order"]


class Visit(models.Model):
    """One knock with its outcome, what was handed over and what was said."""

    class Outcome(models.TextChoices):
        OPENED = "opened", _("opened")
        THROUGH_DOOR = "through_door", _("spoke through the door")
        NO_ANSWER = "no_answer", _("no answer")
        REFUSED = "refused", _("refused")
        MOVED = "moved", _("moved away")

    client_id = models.UUIDField(unique=True)
    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="visits")
    door = models.ForeignKey(Door, on_delete=models.PROTECT, related_name="visits")
    stop = models.ForeignKey(Stop, null=True, blank=True, on_delete=models.SET_NULL, related_name="visits")
    member = models.ForeignKey(Member, null=True, blank=True, on_delete=models.SET_NULL, related_name="visits")
    outcome = models.CharField(max_length=14, choices=Outcome.choices)
    occurred_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    handed = models.JSONField(default=list)
    welfare = models.JSONField(default=dict)
    note = models.TextField(blank=True)
    undone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["incident", "door", "occurred_at"], name="visit_door")]


class Coverage(models.Model):
    """Until when a household's food lasts, from confirmed deliveries (S51)."""

    household = models.OneToOneField("register.Household", on_delete=models.CASCADE, related_name="coverage")
    covered_until = models.DateTimeField()
    last_delivery_at = models.DateTimeField()
    visit = models.ForeignKey(Visit, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
