"""One walk through the first steps, kept after each of them."""

from __future__ import annotations

from django.db import models

from doorstep.command.models import Area, Incident, Member, Organisation
from doorstep.register.models import Compound, ListImport
from doorstep.rounds.models import RoundPlan


class Setup(models.Model):
    """How far somebody has come. The first of an installation begins with a link, later ones with an account.

    `link_digest` is the SHA-256 of the token of that link, empty once the first account exists. `invented` counts the
    households of an invented list, and is 0 where the list is real.
    """

    is_first = models.BooleanField(default=False)
    link_digest = models.CharField(max_length=64, blank=True, db_index=True)
    started_at = models.DateTimeField()
    started_by = models.ForeignKey(Member, null=True, blank=True, on_delete=models.SET_NULL, related_name="setups")
    language = models.CharField(max_length=10, blank=True)
    organisation = models.ForeignKey(Organisation, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    compound = models.ForeignKey(Compound, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    compound_is_new = models.BooleanField(default=False)
    has_lift = models.BooleanField(default=False)
    floors = models.PositiveSmallIntegerField(null=True, blank=True)
    listimport = models.ForeignKey(ListImport, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    list_done = models.BooleanField(default=False)
    invented = models.PositiveIntegerField(default=0)
    protocol_id = models.CharField(max_length=80, blank=True)
    zone = models.CharField(max_length=40, blank=True)
    incident_name = models.CharField(max_length=160, blank=True)
    trigger_at = models.DateTimeField(null=True, blank=True)
    time_zone = models.CharField(max_length=40, blank=True)
    incident = models.ForeignKey(Incident, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    area = models.ForeignKey(Area, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    plan = models.ForeignKey(RoundPlan, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-started_at", "-id"]

    def __str__(self) -> str:
        return self.compound.name if self.compound else f"{self.pk}"
