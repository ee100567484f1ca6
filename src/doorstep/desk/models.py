"""What residents ask for, who answers for it, what they offer, and what they have entrusted to us."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from doorstep.command.models import Area, Incident, Member, Organisation, Task
from doorstep.desk.medicines.models import (
    Authority,
    CareSession,
    Errand,
    ErrandStop,
    MedicineAsk,
    MedicineLine,
    RecurringCare,
    Refill,
    Source,
    SourceStock,
)
from doorstep.desk.ways.models import Call, Way
from doorstep.register.models import Door, Household, Person

__all__ = [
    "Apart", "Authority", "Call", "CareSession", "Channel", "EntrustedObject", "Errand", "ErrandStop", "EscalationStep", "Gateway",
    "Handing", "Match", "MedicineAsk", "MedicineLine", "Merge", "Message", "Offer", "RecurringCare", "Refill", "Request",
    "RequestEvent", "Source", "SourceStock", "Thanks", "Way",
]  # fmt: skip


class Channel(models.TextChoices):
    """By which way a word came. Every way has the same weight (S79)."""

    PAGE = "page", _("resident's page")
    PHONE = "phone", _("phone")
    VOICE = "voice", _("voice at the door")
    PAPER = "paper", _("paper slip")
    VISIT = "visit", _("answer at a visit")
    CHAT = "chat", _("chat")
    FILE = "file", _("file of messages")
    EMAIL = "email", _("e-mail")
    SMS = "sms", _("text message")
    NEIGHBOUR = "neighbour", _("neighbour")


class Message(models.Model):
    """What somebody said, in their own words. `external_id` is the sender's id: saying it twice adds nothing.

    `occurred_at` is when it was said, `recorded_at` when it was written down. `suggested` keeps what the program thought
    it means. `origin` names the row of another room that it comes from, such as visit:12.
    """

    class State(models.TextChoices):
        NEW = "new", _("nobody has taken it")
        TAKEN = "taken", _("taken")
        DONE = "done", _("dealt with")

    class Kind(models.TextChoices):
        REQUEST = "request", _("request")
        SYMPTOMS = "symptoms", _("report of symptoms")
        OFFER = "offer", _("offer of help")
        THANKS = "thanks", _("thanks")
        COMPLAINT = "complaint", _("complaint")
        NONE = "none", _("nothing is asked")

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="messages")
    channel = models.CharField(max_length=10, choices=Channel.choices)
    text = models.TextField(blank=True)
    kind = models.CharField(max_length=10, choices=Kind.choices, blank=True)
    occurred_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    door = models.ForeignKey(Door, null=True, blank=True, on_delete=models.SET_NULL, related_name="messages")
    household = models.ForeignKey(Household, null=True, blank=True, on_delete=models.SET_NULL, related_name="messages")
    person = models.ForeignKey(Person, null=True, blank=True, on_delete=models.SET_NULL, related_name="messages")
    sender = models.CharField(max_length=120, blank=True)
    contact = models.CharField(max_length=120, blank=True)
    attachment = models.CharField(max_length=120, blank=True)
    attachment_kind = models.CharField(max_length=8, blank=True)  # "photo" | "voice"
    external_id = models.CharField(max_length=160, blank=True)
    origin = models.CharField(max_length=40, blank=True)
    suggested = models.JSONField(default=list, blank=True)
    urgent = models.BooleanField(default=False, help_text=_("signs of danger to life were found in it"))
    recorded_by = models.ForeignKey(Member, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    state = models.CharField(max_length=6, choices=State.choices, default=State.NEW)
    taken_by = models.ForeignKey(Member, null=True, blank=True, on_delete=models.SET_NULL, related_name="messages")
    taken_at = models.DateTimeField(null=True, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=240, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["incident", "channel", "external_id"], condition=~Q(external_id=""), name="message_once"
            )
        ]
        indexes = [models.Index(fields=["incident", "state", "occurred_at"], name="message_waiting")]
        ordering = ["occurred_at", "pk"]

    def __str__(self) -> str:
        return self.text[:60]


class Request(models.Model):
    """One thing that somebody needs, with one owner until the resident confirms it (S85).

    `number` is short and said aloud. `facts` hold why it stands where it stands in the queue: the classes of who asks.
    `decision` says how it was taken (all, in part, not); `reason` is what the resident is told.
    """

    class State(models.TextChoices):
        NEW = "new", _("new")
        ACCEPTED = "accepted", _("accepted")
        WORKING = "working", _("in work")
        DONE = "done", _("done")
        CONFIRMED = "confirmed", _("confirmed")
        DECLINED = "declined", _("declined")
        MERGED = "merged", _("joined with another")

    class Decision(models.TextChoices):
        ACCEPTED = "accepted", _("accepted")
        PART = "part", _("accepted in part")
        DECLINED = "declined", _("declined")

    OPEN = (State.NEW, State.ACCEPTED, State.WORKING)
    LIVE = (*OPEN, State.DONE)  # somebody answers for it

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="requests")
    number = models.PositiveIntegerField()
    messages = models.ManyToManyField(Message, blank=True, related_name="requests")
    door = models.ForeignKey(Door, null=True, blank=True, on_delete=models.SET_NULL, related_name="requests")
    household = models.ForeignKey(Household, null=True, blank=True, on_delete=models.SET_NULL, related_name="requests")
    person = models.ForeignKey(Person, null=True, blank=True, on_delete=models.SET_NULL, related_name="requests")
    area = models.ForeignKey(Area, null=True, blank=True, on_delete=models.SET_NULL, related_name="requests")
    contact = models.CharField(max_length=120, blank=True)
    persons = models.PositiveSmallIntegerField(default=1)
    need = models.CharField(max_length=24)
    level = models.CharField(max_length=12)
    text = models.TextField()
    days_left = models.FloatField(null=True, blank=True)
    facts = models.JSONField(default=dict, blank=True)
    client_id = models.UUIDField(null=True, blank=True, unique=True)
    said_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    due_at = models.DateTimeField()
    state = models.CharField(max_length=9, choices=State.choices, default=State.NEW)
    owner = models.ForeignKey(Member, null=True, blank=True, on_delete=models.SET_NULL, related_name="requests")
    unowned_since = models.DateTimeField(null=True, blank=True)
    lost_owner = models.BooleanField(default=False, help_text=_("somebody owned it and does no more"))
    decision = models.CharField(max_length=8, choices=Decision.choices, blank=True)
    reason = models.CharField(max_length=480, blank=True)
    decided_by = models.ForeignKey(Member, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    told_at = models.DateTimeField(null=True, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)
    result = models.CharField(max_length=480, blank=True)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    appeal = models.TextField(blank=True)
    appealed_at = models.DateTimeField(null=True, blank=True)
    appeal_answer = models.TextField(blank=True)
    appeal_answered_at = models.DateTimeField(null=True, blank=True)
    merged_into = models.ForeignKey("self", null=True, blank=True, on_delete=models.SET_NULL, related_name="merged")
    rung = models.SmallIntegerField(default=-1)
    emergency_task = models.ForeignKey(Task, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["incident", "number"], name="request_number_once")]
        indexes = [
            models.Index(fields=["incident", "state", "due_at"], name="request_queue"),
            models.Index(fields=["owner", "state"], name="request_of_owner"),
            models.Index(fields=["door", "need"], name="request_at_door"),
        ]
        ordering = ["number"]

    def __str__(self) -> str:
        return f"#{self.number}"

    @property
    def is_open(self) -> bool:
        return self.state in self.OPEN

    @property
    def is_live(self) -> bool:
        return self.state in self.LIVE

    @property
    def has_appeal(self) -> bool:
        """Whether an appeal waits for its answer."""
        return self.appealed_at is not None and self.appeal_answered_at is None


class RequestEvent(models.Model):
    """One thing that happened to a request: who, when, in which words, and whether the resident was told."""

    request = models.ForeignKey(Request, on_delete=models.CASCADE, related_name="events")
    act = models.CharField(max_length=24)
    at = models.DateTimeField()
    recorded_at = models.DateTimeField(auto_now_add=True)
    by = models.ForeignKey(Member, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    by_label = models.CharField(max_length=120, blank=True)
    words = models.TextField(blank=True)
    data = models.JSONField(default=dict, blank=True)
    for_resident = models.BooleanField(default=False)
    told_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["at", "pk"]
        indexes = [models.Index(fields=["request", "at"], name="request_events")]


class EscalationStep(models.Model):
    """One step of the ladder that was reached: who was told, when, and what had passed."""

    request = models.ForeignKey(Request, on_delete=models.CASCADE, related_name="steps")
    number = models.SmallIntegerField()
    duty = models.CharField(max_length=20)
    why = models.CharField(max_length=10)  # "unowned" | "late" | "emergency"
    to = models.ForeignKey(Member, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField()
    became_owner = models.BooleanField(default=False)

    class Meta:
        ordering = ["at", "pk"]


class Merge(models.Model):
    """Two requests that are one: `kept` goes on, `joined` keeps its own words. `before` brings it back."""

    kept = models.ForeignKey(Request, on_delete=models.CASCADE, related_name="merges")
    joined = models.ForeignKey(Request, on_delete=models.CASCADE, related_name="joinings")
    at = models.DateTimeField()
    by = models.ForeignKey(Member, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    before = models.JSONField(default=dict)
    undone_at = models.DateTimeField(null=True, blank=True)


class Apart(models.Model):
    """Two requests that look alike and are not the same: they are not proposed again."""

    one = models.ForeignKey(Request, on_delete=models.CASCADE, related_name="+")
    other = models.ForeignKey(Request, on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField()
    by = models.ForeignKey(Member, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["one", "other"], name="apart_once")]


class Offer(models.Model):
    """What a resident can do for others (S121): shown to neighbours only with consent."""

    class State(models.TextChoices):
        OPEN = "open", _("can help")
        PAUSED = "paused", _("paused")
        ENDED = "ended", _("ended")

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="offers")
    message = models.ForeignKey(Message, null=True, blank=True, on_delete=models.SET_NULL, related_name="offers")
    door = models.ForeignKey(Door, null=True, blank=True, on_delete=models.SET_NULL, related_name="offers")
    household = models.ForeignKey(Household, null=True, blank=True, on_delete=models.SET_NULL, related_name="offers")
    person = models.ForeignKey(Person, null=True, blank=True, on_delete=models.SET_NULL, related_name="offers")
    kind = models.CharField(max_length=20)  # a key of defaults.yaml
    text = models.TextField()
    contact = models.CharField(max_length=120, blank=True)
    consent_at = models.DateTimeField(null=True, blank=True)
    state = models.CharField(max_length=6, choices=State.choices, default=State.OPEN)
    said_at = models.DateTimeField()
    client_id = models.UUIDField(null=True, blank=True, unique=True)

    class Meta:
        ordering = ["-said_at", "-pk"]


class Match(models.Model):
    """A neighbour's offer proposed for a request. It counts when both sides have said yes."""

    class State(models.TextChoices):
        PROPOSED = "proposed", _("proposed")
        AGREED = "agreed", _("agreed")
        DONE = "done", _("helped")
        REFUSED = "refused", _("no")

    offer = models.ForeignKey(Offer, on_delete=models.CASCADE, related_name="matches")
    request = models.ForeignKey(Request, on_delete=models.CASCADE, related_name="matches")
    helper_said_at = models.DateTimeField(null=True, blank=True)
    resident_said_at = models.DateTimeField(null=True, blank=True)
    state = models.CharField(max_length=8, choices=State.choices, default=State.PROPOSED)
    at = models.DateTimeField()
    by = models.ForeignKey(Member, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["offer", "request"], name="match_once")]


class Thanks(models.Model):
    """Thanks of a resident, sent on to one of those whom they mean (S119)."""

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="thanks")
    to = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="thanks")
    at = models.DateTimeField()
    seen_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["message", "to"], name="thanks_once")]


class EntrustedObject(models.Model):
    """A thing that a household gave out of its hands: one holder at all times, until it is back (F6, S92)."""

    class Kind(models.TextChoices):
        CARD = "card", _("insurance or bank card")
        KEY = "key", _("key")
        CASH = "cash", _("cash")
        PRESCRIPTION = "prescription", _("prescription")
        PHONE = "phone", _("phone")
        OTHER = "other", _("other object")

    class State(models.TextChoices):
        HELD = "held", _("held")
        RETURNED = "returned", _("given back")

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="entrusted")
    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=12, choices=Kind.choices)
    what = models.CharField(max_length=160, blank=True)
    amount = models.DecimalField(max_digits=10, decimal_places=2, null=True, blank=True)
    door = models.ForeignKey(Door, on_delete=models.PROTECT, related_name="entrusted")
    household = models.ForeignKey(Household, null=True, blank=True, on_delete=models.SET_NULL, related_name="entrusted")
    person = models.ForeignKey(Person, null=True, blank=True, on_delete=models.SET_NULL, related_name="entrusted")
    request = models.ForeignKey(Request, null=True, blank=True, on_delete=models.SET_NULL, related_name="entrusted")
    holder = models.ForeignKey(Member, null=True, blank=True, on_delete=models.SET_NULL, related_name="holds")
    state = models.CharField(max_length=8, choices=State.choices, default=State.HELD)
    given_at = models.DateTimeField()
    returned_at = models.DateTimeField(null=True, blank=True)
    client_id = models.UUIDField(null=True, blank=True, unique=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["incident", "number"], name="entrusted_number_once")]
        ordering = ["number"]


class Handing(models.Model):
    """One link of an object's chain: from whose hands into whose. Empty = the household's own."""

    object = models.ForeignKey(EntrustedObject, on_delete=models.CASCADE, related_name="chain")
    giver = models.ForeignKey(Member, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    taker = models.ForeignKey(Member, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    giver_label = models.CharField(max_length=120, blank=True)
    taker_label = models.CharField(max_length=120, blank=True)
    at = models.DateTimeField()
    note = models.CharField(max_length=240, blank=True)

    class Meta:
        ordering = ["at", "pk"]


class Gateway(models.Model):
    """Somebody's program that may bring messages in: a text-message gateway, a chat robot. Its secret is worked out from
    `nonce` and the installation's key, so that no table holds it."""

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="gateways")
    organisation = models.ForeignKey(
        Organisation, null=True, blank=True, on_delete=models.SET_NULL, related_name="gateways"
    )
    name = models.CharField(max_length=80)
    channel = models.CharField(max_length=10, choices=Channel.choices, default=Channel.SMS)
    key = models.CharField(max_length=24, unique=True)
    nonce = models.CharField(max_length=64)
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(Member, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_at = models.DateTimeField(null=True, blank=True)
    messages_brought = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return self.name
