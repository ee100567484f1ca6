"""Areas, the places that make them, and the measures in force there."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from doorstep.command.models.incidents import Incident
from doorstep.command.models.notices import Notice
from doorstep.command.models.people import Member, Organisation, Team
from doorstep.register.models import Building, Compound, Door, Stair


class Area(models.Model):
    """A set of places under one zone class of the protocol, from an effective instant (S19, S37).

    The fields below `state` are what invariant 10 asks of a sealed area. `continues` is the area that its places were
    taken out of; `zone_since` when its present zone class began, where it had another before (ZonePeriod).
    """

    class State(models.TextChoices):
        PROPOSED = "proposed", _("proposed")
        IN_FORCE = "in_force", _("in force")
        LIFTED = "lifted", _("lifted")

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="areas")
    name = models.CharField(max_length=120)
    zone = models.CharField(max_length=40)
    state = models.CharField(max_length=10, choices=State.choices, default=State.PROPOSED)
    effective_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(Member, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    reason = models.TextField(blank=True)
    basis = models.TextField(blank=True)
    ends_when = models.TextField(blank=True)
    review_at = models.DateTimeField(null=True, blank=True)
    reviewed_at = models.DateTimeField(null=True, blank=True)
    supply_team = models.ForeignKey(Team, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    first_delivery_at = models.DateTimeField(null=True, blank=True)
    supply_accepted_at = models.DateTimeField(null=True, blank=True)
    supply_accepted_by = models.CharField(max_length=120, blank=True)
    letter = models.ForeignKey(Notice, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    emergency_phone = models.CharField(max_length=40, blank=True)
    exits_checked_at = models.DateTimeField(null=True, blank=True)
    owner = models.ForeignKey(Organisation, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    continues = models.ForeignKey("self", null=True, blank=True, on_delete=models.SET_NULL, related_name="followers")
    zone_since = models.DateTimeField(null=True, blank=True)
    lifting_facts = models.JSONField(default=dict, blank=True)
    lifted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["incident", "name"], name="area_once")]
        ordering = ["id"]

    def __str__(self) -> str:
        return self.name


class AreaPlace(models.Model):
    """One include or except of an area: exactly one of the four places."""

    area = models.ForeignKey(Area, on_delete=models.CASCADE, related_name="places")
    include = models.BooleanField(default=True)
    compound = models.ForeignKey(Compound, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    building = models.ForeignKey(Building, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    stair = models.ForeignKey(Stair, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    door = models.ForeignKey(Door, null=True, blank=True, on_delete=models.PROTECT, related_name="+")


class AreaDoor(models.Model):
    """The doors of an area, worked out from its places whenever they change."""

    area = models.ForeignKey(Area, on_delete=models.CASCADE, related_name="area_doors")
    door = models.ForeignKey(Door, on_delete=models.CASCADE, related_name="area_doors")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["area", "door"], name="area_door_once")]


class ZonePeriod(models.Model):
    """A zone class that an area had before its present one: what is owed in both goes on without a break."""

    area = models.ForeignKey(Area, on_delete=models.CASCADE, related_name="zone_periods")
    zone = models.CharField(max_length=40)
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField()

    class Meta:
        ordering = ["began_at", "id"]


class AreaAdvice(models.Model):
    """What an adviser says about an area. Advice recommends, it never decides, and it may be against (F12)."""

    class Stance(models.TextChoices):
        FOR = "for", _("for it")
        CONDITIONS = "conditions", _("for it, with conditions")
        AGAINST = "against", _("against it")

    area = models.ForeignKey(Area, on_delete=models.CASCADE, related_name="advice")
    stance = models.CharField(max_length=12, choices=Stance.choices, default=Stance.FOR)
    text = models.TextField()
    by = models.ForeignKey(Member, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    by_label = models.CharField(max_length=120)
    at = models.DateTimeField()

    class Meta:
        ordering = ["-at", "-id"]

    def __str__(self) -> str:
        return f"{self.by_label}: {self.text[:60]}"


class AreaDecision(models.Model):
    """Who decided what about an area, why, and on whose advice."""

    class Kind(models.TextChoices):
        APPROVE = "approve", _("go ahead")
        REFUSE = "refuse", _("not this area")
        SEAL = "seal", _("sealed")
        EXTEND = "extend", _("kept until the next review")
        RENEW = "renew", _("decided anew")
        ADD = "add", _("measure added")
        END = "end", _("measure ended")
        ZONE = "zone", _("zone class changed")
        PART = "part", _("part of it lifted")
        UNDO = "undo", _("change taken back")
        LIFT = "lift", _("lifted")

    area = models.ForeignKey(Area, on_delete=models.CASCADE, related_name="decisions")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    about = models.CharField(max_length=240, blank=True)
    reason = models.TextField(blank=True)
    advice = models.ForeignKey(AreaAdvice, null=True, blank=True, on_delete=models.SET_NULL, related_name="decisions")
    by = models.ForeignKey(Member, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    by_label = models.CharField(max_length=120, blank=True)
    at = models.DateTimeField()

    class Meta:
        ordering = ["-at", "-id"]


class Restriction(models.Model):
    """One measure in force in an area, with its reason, basis, start, review and end (S19).

    `title` {zh, en} is that of a measure that the protocol has not; `due_at` until when somebody must have seen it work.
    """

    area = models.ForeignKey(Area, on_delete=models.CASCADE, related_name="restrictions")
    measure = models.CharField(max_length=60)
    title = models.JSONField(default=dict, blank=True)
    reason = models.TextField(blank=True)
    basis = models.TextField(blank=True)
    advice = models.ForeignKey(AreaAdvice, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    decided_by = models.ForeignKey(Member, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    started_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True, blank=True)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    confirmed_by = models.ForeignKey(Member, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    evidence = models.CharField(max_length=240, blank=True)
    review_at = models.DateTimeField()
    max_until = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    end_reason = models.TextField(blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["area", "measure", "started_at"], name="restriction_once")]


class AreaChange(models.Model):
    """Part of an area lifted, or its zone class changed, from an exact instant; with what stood before, for its undo.

    `moved` and `before` hold places as short codes (drawing.py); `owed` how many promises of each kind fall away and are new.
    """

    class Kind(models.TextChoices):
        PART = "part", _("part of it lifted")
        ZONE = "zone", _("zone class changed")

    class State(models.TextChoices):
        PLANNED = "planned", _("from a later hour")
        DONE = "done", _("done")
        UNDONE = "undone", _("taken back")

    area = models.ForeignKey(Area, on_delete=models.CASCADE, related_name="changes")
    made = models.ForeignKey(Area, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    zone = models.CharField(max_length=40, blank=True)
    zone_before = models.CharField(max_length=40)
    moved = models.JSONField(default=list)
    before = models.JSONField(default=list)
    owed = models.JSONField(default=dict)
    reason = models.TextField()
    effective_at = models.DateTimeField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.PLANNED)
    decided_by = models.ForeignKey(Member, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    decided_at = models.DateTimeField()

    class Meta:
        ordering = ["-id"]
