"""The incident, its areas, the people who answer for it, their tasks, and the journal of what they did."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from doorstep import protocol
from doorstep.protocol import IncidentClock
from doorstep.register.models import Building, Compound, Door, Stair, Territory
from doorstep.wiring.texts import in_language


class Incident(models.Model):
    """One incident with its exact start, protocol and clock (S4)."""

    class ClockKind(models.TextChoices):
        REAL = "real", _("real")
        EXERCISE = "exercise", _("exercise")

    class State(models.TextChoices):
        OPEN = "open", _("open")
        CLOSED = "closed", _("closed")

    name = models.CharField(max_length=160)
    protocol_id = models.CharField(max_length=80)
    trigger_at = models.DateTimeField()
    trigger_text = models.CharField(max_length=240, blank=True)
    time_zone = models.CharField(max_length=40, default="Asia/Shanghai")
    clock_kind = models.CharField(max_length=10, choices=ClockKind.choices, default=ClockKind.REAL)
    clock_anchor_real = models.DateTimeField()
    clock_anchor_incident = models.DateTimeField()
    clock_rate = models.FloatField(default=1.0)
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    exercise = models.CharField(max_length=80, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)
    derived_until = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.name

    @property
    def tz(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    @property
    def protocol(self) -> protocol.Protocol:
        return protocol.find(self.protocol_id)

    @property
    def clock(self) -> IncidentClock:
        return IncidentClock(self.clock_kind, self.clock_anchor_real, self.clock_anchor_incident, self.clock_rate)

    def now(self) -> datetime:
        """The incident's time. Rules get it passed in; only views, jobs and commands call this."""
        return self.clock.now(timezone.now())


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


class Notice(models.Model):
    """A letter or notice: versioned, in languages. `texts` maps a language to {"title", "body"}."""

    class Kind(models.TextChoices):
        LETTER = "letter", _("letter to residents")
        NOTICE = "notice", _("public notice")

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="notices")
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.LETTER)
    version = models.PositiveSmallIntegerField(default=1)
    texts = models.JSONField(default=dict)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["incident", "kind", "version"], name="notice_version_once")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.version}"


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


class Task(models.Model):
    """A unit of work for a member or a team, with a due time and a named owner."""

    class State(models.TextChoices):
        OPEN = "open", _("open")
        DONE = "done", _("done")
        DROPPED = "dropped", _("dropped")

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="tasks")
    area = models.ForeignKey(Area, null=True, blank=True, on_delete=models.SET_NULL, related_name="tasks")
    door = models.ForeignKey(Door, null=True, blank=True, on_delete=models.SET_NULL, related_name="tasks")
    kind = models.CharField(max_length=40, default="task")
    title = models.CharField(max_length=240)
    titles = models.JSONField(default=dict, blank=True)  # of a task that the program opened: {zh, en}
    detail = models.TextField(blank=True)
    workstream = models.CharField(max_length=40, blank=True)
    urgency = models.PositiveSmallIntegerField(default=2)  # 3 = at once
    owner = models.ForeignKey(Member, null=True, blank=True, on_delete=models.SET_NULL, related_name="tasks")
    team = models.ForeignKey(Team, null=True, blank=True, on_delete=models.SET_NULL, related_name="tasks")
    opened_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True, blank=True)
    escalated_at = models.DateTimeField(null=True, blank=True)
    state = models.CharField(max_length=8, choices=State.choices, default=State.OPEN)
    done_at = models.DateTimeField(null=True, blank=True)
    result = models.TextField(blank=True)
    closed_by = models.CharField(max_length=40, blank=True)  # the act that closed it: its undo opens it again
    key = models.CharField(max_length=120, null=True, blank=True, unique=True)

    def __str__(self) -> str:
        return in_language(self.titles) if self.titles else self.title


class JournalEntry(models.Model):
    """Who did what to what, when it happened and when it was written down; append-only, chained by hash."""

    incident = models.ForeignKey(Incident, null=True, blank=True, on_delete=models.PROTECT, related_name="journal")
    sequence = models.BigIntegerField(unique=True)
    act = models.CharField(max_length=60)
    subject_kind = models.CharField(max_length=40, blank=True)
    subject_id = models.CharField(max_length=64, blank=True)
    subject_label = models.CharField(max_length=240, blank=True)
    by = models.ForeignKey(Member, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    by_label = models.CharField(max_length=120, blank=True)
    occurred_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    data = models.JSONField(default=dict)
    previous_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    class Meta:
        indexes = [models.Index(fields=["incident", "occurred_at"], name="journal_time")]
        ordering = ["sequence"]
