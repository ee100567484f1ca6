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
    rests = models.JSONField(default=list)  # [{"starts_at", "ends_at"}], at the gate, out of the suit

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
    expected_at = models.DateTimeField(null=True, blank=True)  # the plan's arrival, corrected as doors are done
    due_at = models.DateTimeField(null=True, blank=True)  # the tightest of what is due here
    priority = models.IntegerField(default=0)
    conflicts = models.JSONField(default=list)  # codes of the visit rules that this stop breaks
    moved_from = models.CharField(max_length=80, blank=True)  # whose stop it was in the plan before
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

    class Source(models.TextChoices):
        PAGE = "page", _("page")
        PHONE = "phone", _("phone")
        PAPER = "paper", _("paper")
        API = "api", _("program")

    class ProofCode(models.TextChoices):
        RIGHT = "right", _("the resident's code is right")
        WRONG = "wrong", _("the resident's code is wrong")

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
    source = models.CharField(max_length=8, choices=Source.choices, default=Source.PAGE)
    said_at = models.DateTimeField(null=True, blank=True)  # the phone's own time, where it cannot be the right one
    proof_code = models.CharField(max_length=5, choices=ProofCode.choices, blank=True)
    photo = models.CharField(max_length=120, blank=True)  # a file under the uploads
    undone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["incident", "door", "occurred_at"], name="visit_door")]


class PhonePass(models.Model):
    """What opens a carrier's own rounds on one phone, with or without an account. Only its digest is stored."""

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="phone_passes")
    carrier = models.ForeignKey(Member, null=True, blank=True, on_delete=models.CASCADE, related_name="phone_passes")
    carrier_name = models.CharField(max_length=80)
    digest = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(Member, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    heard_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-made_at", "-id"]


class PhoneAct(models.Model):
    """One act of a phone as it was said, kept whatever becomes of it. The phone makes its id, so that it counts once."""

    class State(models.TextChoices):
        WAITING = "waiting", _("kept, waiting to be done")
        DONE = "done", _("done")
        CONFLICT = "conflict", _("done, and in conflict")
        ASIDE = "aside", _("set aside")

    client_id = models.UUIDField(unique=True)
    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="phone_acts")
    phone = models.ForeignKey(PhonePass, null=True, on_delete=models.SET_NULL, related_name="acts")
    kind = models.CharField(max_length=12)  # visit | undo | photo
    sequence = models.PositiveIntegerField()
    occurred_at = models.DateTimeField()
    received_at = models.DateTimeField()
    said = models.JSONField(default=dict)
    state = models.CharField(max_length=8, choices=State.choices, default=State.DONE)
    problem = models.JSONField(default=dict)
    visit = models.ForeignKey(Visit, null=True, blank=True, on_delete=models.SET_NULL, related_name="acts")

    class Meta:
        ordering = ["received_at", "sequence", "id"]
        indexes = [models.Index(fields=["phone"], condition=models.Q(state="waiting"), name="phone_act_waiting")]


class VisitConflict(models.Model):
    """Two truths of one door, both kept until a coordinator has looked."""

    class Kind(models.TextChoices):
        TWO_VISITS = "two_visits", _("two people visited this door")
        STOP_GONE = "stop_gone", _("the stop had been given to somebody else")
        UNDO_LATE = "undo_late", _("a knock was taken back that others had built on")
        ASIDE = "aside", _("this could not be taken over")

    class Decision(models.TextChoices):
        BOTH = "both", _("both happened")
        FIRST = "first", _("the first counts")
        SECOND = "second", _("the second counts")
        SEEN = "seen", _("looked at")

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="visit_conflicts")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    door = models.ForeignKey(Door, null=True, blank=True, on_delete=models.CASCADE, related_name="visit_conflicts")
    act = models.ForeignKey(PhoneAct, null=True, blank=True, on_delete=models.SET_NULL, related_name="conflicts")
    first = models.ForeignKey(Visit, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    second = models.ForeignKey(Visit, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    opened_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True, blank=True)
    settled_by = models.ForeignKey(Member, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    decision = models.CharField(max_length=8, choices=Decision.choices, blank=True)
    note = models.CharField(max_length=240, blank=True)

    class Meta:
        ordering = ["opened_at", "id"]


class GateCount(models.Model):
    """What left the gate with a trip and what came back, counted kind by kind; a difference is explained."""

    class Way(models.TextChoices):
        OUT = "out", _("went out")
        BACK = "back", _("came back")

    round = models.ForeignKey(Round, on_delete=models.CASCADE, related_name="gate_counts")
    trip = models.PositiveSmallIntegerField()
    way = models.CharField(max_length=4, choices=Way.choices)
    kind = models.CharField(max_length=40)
    count = models.PositiveIntegerField()
    counted_at = models.DateTimeField()
    counted_by = models.ForeignKey(Member, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    note = models.CharField(max_length=240, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["round", "trip", "way", "kind"], name="gate_count_once")]
        ordering = ["trip", "way", "kind"]
