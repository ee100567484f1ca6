"""What is true at the gate: permits, crossings, barriers with their checks, and what stands there."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from doorstep.command.models import Area, Incident, Member
from doorstep.register.models import Door, Gate, Person


class Permit(models.Model):
    """Somebody may pass the gates of an area for a time. Asked for, then granted, refused, withdrawn or used.

    `way` is out for who lives inside and comes back, in for who comes from outside and leaves again. `approval` is the
    protocol's word for this kind of exit when it was asked. No gates named = every gate of the area.
    """

    class Bearer(models.TextChoices):
        RESIDENT = "resident", _("resident")
        HOUSEHOLD = "household", _("household")
        VISITOR = "visitor", _("visitor")
        CRAFTSMAN = "craftsman", _("craftsman")
        STAFF = "staff", _("staff")
        CARER = "carer", _("family carer")
        VEHICLE = "vehicle", _("vehicle")

    class Way(models.TextChoices):
        OUT = "out", _("goes out and comes back")
        IN = "in", _("comes in and leaves")

    class State(models.TextChoices):
        ASKED = "asked", _("asked for")
        GRANTED = "granted", _("granted")
        REFUSED = "refused", _("refused")
        WITHDRAWN = "withdrawn", _("withdrawn")
        USED = "used", _("used")

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="permits")
    client_id = models.UUIDField(unique=True)
    key = models.CharField(max_length=120, null=True, blank=True)  # of the room that asked for it
    number = models.CharField(max_length=12)
    area = models.ForeignKey(Area, on_delete=models.CASCADE, related_name="permits")
    door = models.ForeignKey(Door, null=True, blank=True, on_delete=models.PROTECT, related_name="permits")
    person = models.ForeignKey(Person, null=True, blank=True, on_delete=models.SET_NULL, related_name="permits")
    bearer = models.CharField(max_length=12, choices=Bearer.choices, default=Bearer.RESIDENT)
    bearer_text = models.CharField(max_length=80, blank=True)
    persons = models.PositiveSmallIntegerField(default=1)
    way = models.CharField(max_length=4, choices=Way.choices, default=Way.OUT)
    kind = models.CharField(max_length=40)
    approval = models.CharField(max_length=12)
    reason = models.CharField(max_length=240, blank=True)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    many = models.BooleanField(default=False)
    gates = models.ManyToManyField(Gate, blank=True, related_name="+")
    state = models.CharField(max_length=10, choices=State.choices, default=State.ASKED)
    asked_at = models.DateTimeField()
    asked_by = models.ForeignKey(Member, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(Member, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    decided_reason = models.CharField(max_length=240, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["incident", "number"], name="permit_number_once"),
            models.UniqueConstraint(fields=["incident", "key"], condition=Q(key__isnull=False), name="permit_key_once"),
        ]
        indexes = [models.Index(fields=["incident", "state", "ends_at"], name="permit_in_force")]
        ordering = ["-starts_at", "-id"]

    def __str__(self) -> str:
        return f"{self.number[:3]} {self.number[3:]}"


class Crossing(models.Model):
    """Who or what passed a gate, or waits between two. `ends` is the earlier crossing that this one closes: in from the
    buffer, back from outside, out again. A refused one did not pass; `open` is the gate opened for life, whoever passed.
    """

    class What(models.TextChoices):
        PERSON = "person", _("persons passing")
        GOODS = "goods", _("goods")
        VEHICLE = "vehicle", _("vehicle")
        WASTE = "waste", _("waste")

    class Direction(models.TextChoices):
        IN = "in", _("in")
        OUT = "out", _("out")
        BUFFER_IN = "buffer_in", _("waits to come in")
        BUFFER_OUT = "buffer_out", _("waits to go out")
        OPEN = "open", _("opened for life")

    class Permission(models.TextChoices):
        PERMIT = "permit", _("permit")
        DUTY = "duty", _("on duty")
        PARCEL = "parcel", _("parcel")
        ORDER = "order", _("delivery, order")
        EMERGENCY = "emergency", _("emergency")
        VISITOR = "visitor", _("visitor")
        HOME = "home", _("lives here")

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="crossings")
    client_id = models.UUIDField(unique=True)
    area = models.ForeignKey(Area, null=True, blank=True, on_delete=models.SET_NULL, related_name="crossings")
    gate = models.ForeignKey(Gate, null=True, blank=True, on_delete=models.SET_NULL, related_name="crossings")
    what = models.CharField(max_length=8, choices=What.choices, default=What.PERSON)
    direction = models.CharField(max_length=10, choices=Direction.choices)
    permission = models.CharField(max_length=10, choices=Permission.choices)
    permit = models.ForeignKey(Permit, null=True, blank=True, on_delete=models.PROTECT, related_name="crossings")
    permission_ref = models.CharField(max_length=80, blank=True)
    role = models.CharField(max_length=40, blank=True)
    label = models.CharField(max_length=80, blank=True)
    door = models.ForeignKey(Door, null=True, blank=True, on_delete=models.PROTECT, related_name="crossings")
    count = models.PositiveIntegerField(default=1)
    cold = models.BooleanField(default=False)
    reason = models.CharField(max_length=240, blank=True)
    refused = models.BooleanField(default=False)
    told_outside_at = models.DateTimeField(null=True, blank=True)
    told_inside_at = models.DateTimeField(null=True, blank=True)
    doubt = models.CharField(max_length=40, blank=True)
    offline = models.BooleanField(default=False)
    ends = models.ForeignKey("self", null=True, blank=True, on_delete=models.SET_NULL, related_name="ended_by")
    by = models.ForeignKey(Member, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    occurred_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    undone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["ends"], condition=Q(ends__isnull=False, undone_at=None), name="crossing_ended_once"
            ),
        ]
        indexes = [
            models.Index(fields=["incident", "-occurred_at"], name="crossing_newest"),
            models.Index(fields=["incident", "what", "direction"], name="crossing_open_ones"),
        ]
        ordering = ["-occurred_at", "-id"]


class Barrier(models.Model):
    """A fence, lock or gate on a way out, with who opens it day and night and when that was last looked at (F16)."""

    class Opener(models.TextChoices):
        POST = "post", _("the post at the gate")
        PERSON = "person", _("a named person")
        NOBODY = "nobody", _("nobody yet")

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="barriers")
    area = models.ForeignKey(Area, on_delete=models.CASCADE, related_name="barriers")
    gate = models.ForeignKey(Gate, null=True, blank=True, on_delete=models.SET_NULL, related_name="barriers")
    client_id = models.UUIDField(unique=True)
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=40)
    x_m = models.FloatField(null=True, blank=True)
    y_m = models.FloatField(null=True, blank=True)
    opener = models.CharField(max_length=8, choices=Opener.choices, default=Opener.NOBODY)
    opener_name = models.CharField(max_length=80, blank=True)
    phone = models.CharField(max_length=40, blank=True)
    put_up_at = models.DateTimeField()
    put_up_by = models.ForeignKey(Member, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    checked_at = models.DateTimeField(null=True, blank=True)
    check_ok = models.BooleanField(null=True)
    tested_at = models.DateTimeField(null=True, blank=True)
    opened_in_s = models.FloatField(null=True, blank=True)
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["area", "name"], condition=Q(removed_at=None), name="barrier_once")
        ]
        ordering = ["area_id", "name", "id"]

    def __str__(self) -> str:
        return self.name


class BarrierCheck(models.Model):
    """Somebody looked at a barrier: whether it opens from inside, in how many seconds, and what was found."""

    barrier = models.ForeignKey(Barrier, on_delete=models.CASCADE, related_name="checks")
    client_id = models.UUIDField()
    opens = models.BooleanField()
    seconds = models.FloatField(null=True, blank=True)
    note = models.CharField(max_length=240, blank=True)
    by = models.ForeignKey(Member, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField()
    undone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["barrier", "client_id"], name="barrier_check_once")]
        ordering = ["-at", "-id"]


class Facility(models.Model):
    """Something that stands at a gate, such as a tent: for what, with which equipment, in which state (S68)."""

    class State(models.TextChoices):
        COMING = "coming", _("on its way")
        READY = "ready", _("ready")
        LACKS = "lacks", _("lacks something")
        SHUT = "shut", _("out of use")

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="facilities")
    area = models.ForeignKey(Area, on_delete=models.CASCADE, related_name="facilities")
    gate = models.ForeignKey(Gate, null=True, blank=True, on_delete=models.SET_NULL, related_name="facilities")
    kind = models.CharField(max_length=40)
    name = models.CharField(max_length=120)
    equipment = models.CharField(max_length=240, blank=True)
    state = models.CharField(max_length=8, choices=State.choices, default=State.READY)
    note = models.CharField(max_length=240, blank=True)
    changed_at = models.DateTimeField()
    changed_by = models.ForeignKey(Member, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["area", "name"], name="facility_once")]
        ordering = ["area_id", "name"]

    def __str__(self) -> str:
        return self.name
