"""What people take and need, where it can be had, who fetches it, and treatments that come again and again."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from doorstep.command.models import Incident, Member
from doorstep.register.models import Household, Person


def _member(related: str = "+") -> models.ForeignKey[Member | None, Member | None]:
    return models.ForeignKey(Member, null=True, blank=True, on_delete=models.SET_NULL, related_name=related)


class MedicineAsk(models.Model):
    """A household was asked which medicines it needs (F4): once an incident. Silence is no answer."""

    class Answer(models.TextChoices):
        NONE = "none", _("needs none")
        LISTED = "listed", _("told us its medicines")
        LATER = "later", _("will tell us")

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="medicine_asks")
    household = models.ForeignKey(Household, on_delete=models.CASCADE, related_name="medicine_asks")
    answer = models.CharField(max_length=6, choices=Answer.choices)
    asked_at = models.DateTimeField()
    by = _member()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["incident", "household"], name="medicine_ask_once")]


class MedicineLine(models.Model):
    """One medicine or device of one person, with what is left of it and hence when it ends (S90).

    `written` are the words of the list; `drug` is a code of drugs.yaml, empty where the table has none. `a_day` and `stock`
    count tablets, cartridges, bottles (`unit`). `rule` is the class of the protocol file whose hours count.
    """

    class State(models.TextChoices):
        READ = "read", _("to be read back")
        USED = "used", _("in use")
        ENDED = "ended", _("not used any more")

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="medicine_lines")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="medicine_lines")
    written = models.CharField(max_length=240)
    name = models.CharField(max_length=120)
    drug = models.CharField(max_length=40, blank=True)
    brand = models.CharField(max_length=80, blank=True)
    strength = models.CharField(max_length=40, blank=True)
    form = models.CharField(max_length=24, blank=True)
    release = models.CharField(max_length=16, blank=True)
    klass = models.CharField(max_length=24, blank=True)
    rule = models.CharField(max_length=24)
    unit = models.CharField(max_length=12, default="tablet")
    pack_count = models.FloatField(null=True, blank=True)
    volume_ml = models.FloatField(null=True, blank=True)
    dose_per_day = models.FloatField(null=True, blank=True)
    dose_unit = models.CharField(max_length=12, blank=True)
    as_needed = models.BooleanField(default=False)
    a_day = models.FloatField(null=True, blank=True)
    stock = models.FloatField(null=True, blank=True)
    counted_at = models.DateTimeField(null=True, blank=True)
    runs_out_at = models.DateTimeField(null=True, blank=True)
    cold = models.BooleanField(default=False)
    special = models.BooleanField(default=False)
    sure = models.BooleanField(default=True)
    state = models.CharField(max_length=5, choices=State.choices, default=State.READ)
    message = models.ForeignKey("desk.Message", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    written_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True, blank=True)
    confirmed_by = _member()
    substitute_at = models.DateTimeField(
        null=True, blank=True, help_text=_("the resident agrees to another brand or drug")
    )
    clinician = models.CharField(max_length=80, blank=True)
    clinician_at = models.DateTimeField(null=True, blank=True)
    note = models.CharField(max_length=240, blank=True)
    client_id = models.UUIDField(null=True, blank=True, db_index=True)

    class Meta:
        ordering = ["pk"]
        indexes = [
            models.Index(fields=["incident", "state", "runs_out_at"], name="medicine_ending"),
            models.Index(fields=["client_id", "written"], name="medicine_written_once"),
        ]

    def __str__(self) -> str:
        return " ".join(filter(None, (self.brand or self.name, self.strength)))

    @property
    def is_essential(self) -> bool:
        return self.rule == "essential"


class Source(models.Model):
    """Where medicines are had: a department of a hospital, a pharmacy. `opens_days` are 0 (Monday) to 6.

    Its place is in kilometres east and north of the compound, or in minutes of travel; `requires` are the kinds of
    authority that it asks for. A route goes only where "open" was confirmed lately (F2).
    """

    class Kind(models.TextChoices):
        HOSPITAL = "hospital", _("hospital")
        PHARMACY = "pharmacy", _("pharmacy")
        CLINIC = "clinic", _("community clinic")
        DEPOT = "depot", _("our own store")

    class Doors(models.TextChoices):
        UNKNOWN = "unknown", _("not known")
        OPEN = "open", _("open")
        CLOSED = "closed", _("closed")

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="sources")
    name = models.CharField(max_length=120)
    department = models.CharField(max_length=80, blank=True)
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.HOSPITAL)
    address = models.CharField(max_length=200, blank=True)
    phone = models.CharField(max_length=40, blank=True)
    east_km = models.FloatField(null=True, blank=True)
    north_km = models.FloatField(null=True, blank=True)
    minutes_away = models.FloatField(null=True, blank=True)
    opens_at = models.TimeField()
    closes_at = models.TimeField()
    opens_days = models.JSONField(default=list)
    queue_minutes = models.PositiveSmallIntegerField(default=30)
    prescription_rule = models.CharField(max_length=240, blank=True)
    requires = models.JSONField(default=list, blank=True)
    most_packs = models.PositiveSmallIntegerField(null=True, blank=True)
    keeps_cold = models.BooleanField(default=False)
    special = models.BooleanField(default=False)
    doors = models.CharField(max_length=8, choices=Doors.choices, default=Doors.UNKNOWN)
    doors_at = models.DateTimeField(null=True, blank=True)
    doors_by = _member()
    instead = models.ForeignKey("self", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    active = models.BooleanField(default=True)

    class Meta:
        ordering = ["name", "department", "pk"]
        constraints = [models.UniqueConstraint(fields=["incident", "name", "department"], name="source_once")]

    def __str__(self) -> str:
        return " · ".join(filter(None, (self.name, self.department)))


class SourceStock(models.Model):
    """What was said of one medicine at one source, and when: has it, has it not, a try that failed (F19). The newest counts."""

    class Said(models.TextChoices):
        HAS = "has", _("has it")
        HAS_NOT = "has_not", _("has not")
        FAILED = "failed", _("tried, not had")
        COLLECTED = "collected", _("collected there")

    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="stocks")
    drug = models.CharField(max_length=120)  # a code of drugs.yaml, or the name where the table has none
    said = models.CharField(max_length=9, choices=Said.choices)
    packs = models.PositiveIntegerField(null=True, blank=True)
    note = models.CharField(max_length=240, blank=True)
    at = models.DateTimeField()
    by = _member()

    class Meta:
        ordering = ["-at", "-pk"]
        indexes = [models.Index(fields=["source", "drug", "-at"], name="source_stock_newest")]


class Authority(models.Model):
    """What lets us act for a person (S92): consent, card, old prescription, money. A thing is an object entrusted."""

    class Kind(models.TextChoices):
        CONSENT = "consent", _("consent")
        CARD = "card", _("insurance card")
        PRESCRIPTION = "prescription", _("old prescription")
        MONEY = "money", _("money")

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="authorities")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="authorities")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    thing = models.ForeignKey("desk.EntrustedObject", null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    note = models.CharField(max_length=160, blank=True)
    given_at = models.DateTimeField()
    by = _member()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["given_at", "pk"]


class Errand(models.Model):
    """One courier's way to some sources. `plan` keeps what the planner said: seconds, bound, saving."""

    class State(models.TextChoices):
        PLANNED = "planned", _("planned")
        OUT = "out", _("on the way")
        BACK = "back", _("back")
        CANCELLED = "cancelled", _("cancelled")

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="errands")
    number = models.PositiveIntegerField()
    courier = _member("errands")
    courier_label = models.CharField(max_length=120)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    state = models.CharField(max_length=9, choices=State.choices, default=State.PLANNED)
    left_at = models.DateTimeField(null=True, blank=True)
    back_at = models.DateTimeField(null=True, blank=True)
    plan = models.JSONField(default=dict, blank=True)
    client_id = models.UUIDField(null=True, blank=True, db_index=True)
    made_at = models.DateTimeField()
    made_by = _member()

    class Meta:
        ordering = ["-number"]
        constraints = [models.UniqueConstraint(fields=["incident", "number"], name="errand_number_once")]

    def __str__(self) -> str:
        return str(self.number)


class ErrandStop(models.Model):
    """One source on an errand, in its order, with the planned times."""

    errand = models.ForeignKey(Errand, on_delete=models.CASCADE, related_name="stops")
    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="stops")
    order = models.PositiveSmallIntegerField()
    arrives_at = models.DateTimeField(null=True, blank=True)
    leaves_at = models.DateTimeField(null=True, blank=True)
    arrived_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["errand_id", "order"]


class Refill(models.Model):
    """One supply of one line, from "said" to "in the hand" (S97). It is done when it is there or its gap is accepted."""

    class State(models.TextChoices):
        WANTED = "wanted", _("to be had")
        PLANNED = "planned", _("on an errand")
        COLLECTED = "collected", _("with the courier")
        IN_HAND = "in_hand", _("in the hand")
        GAP = "gap", _("gap accepted")
        DROPPED = "dropped", _("not needed")

    OPEN = (State.WANTED, State.PLANNED, State.COLLECTED)

    line = models.ForeignKey(MedicineLine, on_delete=models.CASCADE, related_name="refills")
    request = models.ForeignKey("desk.Request", on_delete=models.CASCADE, related_name="refills")
    packs = models.PositiveSmallIntegerField(default=1)
    said_at = models.DateTimeField()
    needed_at = models.DateTimeField(null=True, blank=True)  # when the line was to run out
    state = models.CharField(max_length=9, choices=State.choices, default=State.WANTED)
    stop = models.ForeignKey(ErrandStop, null=True, blank=True, on_delete=models.SET_NULL, related_name="refills")
    collected_at = models.DateTimeField(null=True, blank=True)
    collected_from = models.ForeignKey(Source, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    box = models.CharField(max_length=240, blank=True)
    box_count = models.FloatField(null=True, blank=True)
    differs = models.JSONField(default=list, blank=True)
    allowed_by = models.CharField(max_length=160, blank=True)
    out_since = models.DateTimeField(null=True, blank=True)  # out of the cold from then on
    out_minutes = models.FloatField(default=0)
    in_hand_at = models.DateTimeField(null=True, blank=True)
    handed_by = _member()
    proof = models.CharField(max_length=40, blank=True)  # visit:12, where it came with a knock
    gap_reason = models.CharField(max_length=240, blank=True)
    gap_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["state", "line"], name="refill_open")]
        constraints = [
            models.UniqueConstraint(
                fields=["line"], condition=Q(state__in=["wanted", "planned", "collected"]), name="refill_open_once"
            )
        ]

    @property
    def is_open(self) -> bool:
        return self.state in self.OPEN


class RecurringCare(models.Model):
    """A treatment that comes again: dialysis on Monday, Wednesday, Friday at 07:00 (F3)."""

    class Kind(models.TextChoices):
        DIALYSIS = "dialysis", _("dialysis")
        CHEMOTHERAPY = "chemotherapy", _("chemotherapy")
        RADIOTHERAPY = "radiotherapy", _("radiotherapy")
        ANTENATAL = "antenatal", _("antenatal care")
        TRANSFUSION = "transfusion", _("transfusion")
        INJECTION = "injection", _("injection by a nurse")
        OTHER = "other", _("other treatment")

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="recurring_care")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="recurring")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    weekdays = models.JSONField(default=list)
    starts_at = models.TimeField()
    first_on = models.DateField()
    until = models.DateField(null=True, blank=True)
    place = models.CharField(max_length=160, blank=True)
    source = models.ForeignKey(Source, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    note = models.CharField(max_length=240, blank=True)
    active = models.BooleanField(default=True)
    client_id = models.UUIDField(null=True, blank=True, db_index=True)

    class Meta:
        ordering = ["pk"]


class CareSession(models.Model):
    """One treatment of the calendar. It needs place, vehicle and permit before the protocol's hours (invariant 4)."""

    class State(models.TextChoices):
        DUE = "due", _("to come")
        DONE = "done", _("was there")
        MISSED = "missed", _("missed")
        CANCELLED = "cancelled", _("not needed")

    care = models.ForeignKey(RecurringCare, on_delete=models.CASCADE, related_name="sessions")
    starts_at = models.DateTimeField()
    place = models.CharField(max_length=160, blank=True)
    vehicle = models.CharField(max_length=160, blank=True)
    permit = models.CharField(max_length=160, blank=True)
    permit_asked_at = models.DateTimeField(null=True, blank=True)
    state = models.CharField(max_length=9, choices=State.choices, default=State.DUE)
    ended_at = models.DateTimeField(null=True, blank=True)
    note = models.CharField(max_length=240, blank=True)

    class Meta:
        ordering = ["starts_at", "pk"]
        constraints = [models.UniqueConstraint(fields=["care", "starts_at"], name="care_session_once")]
        indexes = [models.Index(fields=["state", "starts_at"], name="care_sessions_due")]

    @property
    def missing(self) -> list[str]:
        """Which of place, vehicle and permit are not settled."""
        return [name for name in ("place", "vehicle", "permit") if not getattr(self, name).strip()]
