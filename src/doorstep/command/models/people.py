"""Who works: organisations, members, their duties and their teams."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from doorstep.command.models.incidents import Incident
from doorstep.register.models import Territory


class Organisation(models.Model):
    """A node of the organisation tree: who answers for what (S14, S24, S25)."""

    class Kind(models.TextChoices):
        DISTRICT = "district", _("district")
        DEPARTMENT = "department", _("department")
        SUBDISTRICT = "subdistrict", _("sub-district")
        COMMUNITY = "community", _("community")
        HOSPITAL = "hospital", _("hospital")
        SHOP = "shop", _("shop")
        OTHER = "other", _("other")

    kind = models.CharField(max_length=16, choices=Kind.choices, default=Kind.OTHER)
    name = models.CharField(max_length=120)
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="children")
    territory = models.ForeignKey(Territory, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    workstreams = models.JSONField(default=list, blank=True)
    head = models.CharField(max_length=80, blank=True)
    deputy = models.CharField(max_length=80, blank=True)
    phone = models.CharField(max_length=40, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["parent", "name"], name="organisation_once")]

    def __str__(self) -> str:
        return self.name


class Member(models.Model):
    """A person who works: home organisation, skills, training, health, availability. The account is optional."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="member"
    )
    name = models.CharField(max_length=80)
    organisation = models.ForeignKey(
        Organisation, null=True, blank=True, on_delete=models.SET_NULL, related_name="members"
    )
    phone = models.CharField(max_length=40, blank=True)
    skills = models.JSONField(default=list, blank=True)
    training = models.JSONField(default=dict, blank=True)
    health = models.CharField(max_length=20, default="fit")
    available = models.BooleanField(default=True)
    theme = models.CharField(max_length=8, blank=True)

    def __str__(self) -> str:
        return self.name


class RoleGrant(models.Model):
    """A duty given to a member, in one area or (area empty) in the whole incident."""

    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="grants")
    role = models.CharField(max_length=20)  # a key of roles.yaml
    incident = models.ForeignKey(Incident, null=True, blank=True, on_delete=models.CASCADE, related_name="grants")
    area = models.ForeignKey("command.Area", null=True, blank=True, on_delete=models.CASCADE, related_name="grants")


class Team(models.Model):
    """A team of any nature that lives as long as the incident (S62)."""

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="teams")
    name = models.CharField(max_length=120)
    nature = models.CharField(max_length=80, blank=True)
    workstream = models.CharField(max_length=40, blank=True)
    leader = models.ForeignKey(Member, null=True, blank=True, on_delete=models.SET_NULL, related_name="leads")
    members = models.ManyToManyField(Member, blank=True, related_name="teams")
    area = models.ForeignKey("command.Area", null=True, blank=True, on_delete=models.SET_NULL, related_name="teams")
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["incident", "name"], name="team_once")]

    def __str__(self) -> str:
        return self.name
