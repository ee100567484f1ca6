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

    The fields below `state` are what invariant 10 asks of a sealed area.
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
    letter = models.ForeignKey(Notice, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    emergency_phone = models.CharField(max_length=40, blank=True)
    exits_checked_at = models.DateTimeField(null=True, blank=True)
    owner = models.ForeignKey(Organisation, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
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


class Restriction(models.Model):
    """One measure in force in an area, with its reason, basis, start, review and end (S19)."""

    area = models.ForeignKey(Area, on_delete=models.CASCADE, related_name="restrictions")
    measure = models.CharField(max_length=60)
    started_at = models.DateTimeField()
    review_at = models.DateTimeField()
    max_until = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["area", "measure", "started_at"], name="restriction_once")]
