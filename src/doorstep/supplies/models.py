"""Supplies: items and their lots, every move of goods from one place to another, kits, orders."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from doorstep.command.models import Area, Incident, Member
from doorstep.register.models import Door, Gate, Household
from doorstep.wiring.texts import in_language


class Item(models.Model):
    """One kind of goods as it is bought and packed: `unit` × `per_pack` is a pack; nutrients are of 100 g (or mL) edible."""

    class Kind(models.TextChoices):
        FOOD = "food", _("food")
        WATER = "water", _("drinking water")
        INFANT = "infant", _("for infants")
        HYGIENE = "hygiene", _("hygiene")
        EPIDEMIC = "epidemic", _("epidemic supplies")
        PPE = "ppe", _("protective equipment")
        PET = "pet", _("for pets")
        OTHER = "other", _("other")

    class Keep(models.TextChoices):
        DRY = "dry", _("at room temperature")
        COOL = "cool", _("chilled")
        FROZEN = "frozen", _("frozen")
        HOT = "hot", _("hot")

    class Unit(models.TextChoices):
        GRAM = "g", _("g")
        MILLILITRE = "ml", _("mL")
        PIECE = "piece", _("pieces")

    code = models.SlugField(max_length=40, unique=True)
    names = models.JSONField(default=dict)  # {zh, en}
    kind = models.CharField(max_length=8, choices=Kind.choices, default=Kind.FOOD)
    group = models.CharField(max_length=20, blank=True)  # a key of catalogue groups: cereal, vegetable, meat …
    unit = models.CharField(max_length=5, choices=Unit.choices, default=Unit.GRAM)
    per_pack = models.FloatField(default=1)  # units in a pack
    pack_weight_g = models.FloatField(default=0)  # with its wrapping
    pack_volume_ml = models.FloatField(null=True, blank=True)
    edible_share = models.FloatField(default=1)
    nutrients = models.JSONField(default=dict, blank=True)  # code → amount in 100 g edible (catalogue/nutrients.yaml)
    contains = models.JSONField(default=list, blank=True)  # tags that diets and allergies ask about
    needs_cooking = models.BooleanField(default=False)
    keep = models.CharField(max_length=6, choices=Keep.choices, default=Keep.DRY)
    shelf_days = models.FloatField(null=True, blank=True)
    price_cents = models.PositiveIntegerField(null=True, blank=True)
    lead_hours = models.FloatField(null=True, blank=True)
    least_packs = models.PositiveIntegerField(default=0)  # the minimum stock
    barcode = models.CharField(max_length=32, blank=True, db_index=True)
    source = models.CharField(max_length=240, blank=True)
    own = models.JSONField(
        default=list, blank=True
    )  # fields that people here changed: loading the catalogue keeps them
    active = models.BooleanField(default=True)

    class Meta:
        ordering = ["kind", "group", "code"]

    def __str__(self) -> str:
        return in_language(self.names)


class Supplier(models.Model):
    """Who sells or gives goods."""

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="suppliers")
    name = models.CharField(max_length=120)
    phone = models.CharField(max_length=40, blank=True)
    licence = models.CharField(max_length=80, blank=True)
    donor = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["incident", "name"], name="supplier_once")]
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Location(models.Model):
    """A place that goods can be at. Those of the outside world (`is_outside`) may owe; all others never go below nothing."""

    class Kind(models.TextChoices):
        SUPPLIER = "supplier", _("supplier")
        STORE = "store", _("store")
        QUARANTINE = "quarantine", _("held back")
        STAGING = "staging", _("staging")
        GATE = "gate", _("gate")
        CARRIER = "carrier", _("carrier")
        DOOR = "door", _("door")
        KIT = "kit", _("packed kit")
        OWN = "own", _("bought by a household")
        WASTED = "wasted", _("thrown away")
        RETURNED = "returned", _("returned to the supplier")
        COUNTED = "counted", _("counting difference")
        USED = "used", _("used on duty")

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="locations")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    name = models.CharField(max_length=120)
    supplier = models.ForeignKey(Supplier, null=True, blank=True, on_delete=models.CASCADE, related_name="locations")
    member = models.ForeignKey(Member, null=True, blank=True, on_delete=models.CASCADE, related_name="locations")
    door = models.ForeignKey(Door, null=True, blank=True, on_delete=models.CASCADE, related_name="locations")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["incident", "kind", "name"], name="location_once"),
            models.UniqueConstraint(
                fields=["incident", "kind", "door"], condition=Q(door__isnull=False), name="door_place_of_kind_once"
            ),
        ]
        ordering = ["kind", "name"]

    def __str__(self) -> str:
        """The place as people say it; one that is only a kind (thrown away, used …) has the kind's code as its name."""
        kind = str(self.get_kind_display())
        if self.door_id is not None and self.kind != self.Kind.DOOR:
            return kind
        if self.kind == self.Kind.QUARANTINE:
            return f"{self.name} · {kind}"
        return kind if self.name == self.kind else self.name

    @property
    def is_outside(self) -> bool:
        return self.kind in (self.Kind.SUPPLIER, self.Kind.COUNTED)


class Lot(models.Model):
    """Goods of one item that came together: supplier, number, best-before, what the receipt check said."""

    class State(models.TextChoices):
        GOOD = "good", _("good")
        HELD = "held", _("held back")
        RECALLED = "recalled", _("recalled")

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="lots")
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="lots")
    supplier = models.ForeignKey(Supplier, null=True, blank=True, on_delete=models.PROTECT, related_name="lots")
    number = models.CharField(max_length=60)
    best_before = models.DateTimeField(null=True, blank=True)
    received_at = models.DateTimeField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.GOOD)
    receipt_check = models.JSONField(default=dict, blank=True)  # question → answer of the receipt check
    reason = models.CharField(max_length=240, blank=True)
    payer = models.CharField(max_length=12, default="public")  # public | household | donor

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["incident", "item", "supplier", "number"], name="lot_once", nulls_distinct=False
            )
        ]
        ordering = ["best_before", "id"]

    def __str__(self) -> str:
        return f"{self.item} {self.number}"


class Move(models.Model):
    """Packs of a lot from one place to another. Nothing appears and nothing goes: each move has two ends."""

    client_id = models.UUIDField(unique=True)
    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="moves")
    lot = models.ForeignKey(Lot, on_delete=models.PROTECT, related_name="moves")
    source = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="moves_out")
    target = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="moves_in")
    packs = models.PositiveIntegerField()
    reason = models.CharField(
        max_length=20
    )  # receipt | hold | release | transfer | pack | unpack | hand_over | hand_back | return | waste | count | undo
    note = models.CharField(max_length=240, blank=True)
    ref_kind = models.CharField(max_length=20, blank=True)
    ref_id = models.CharField(max_length=64, blank=True)
    by = models.ForeignKey(Member, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    occurred_at = models.DateTimeField()
    recorded_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(packs__gt=0), name="move_has_packs"),
            models.CheckConstraint(condition=~Q(source=F("target")), name="move_has_two_ends"),
        ]
        indexes = [
            models.Index(fields=["lot", "target"], name="move_in"),
            models.Index(fields=["ref_kind", "ref_id"], name="move_ref"),
        ]
        ordering = ["occurred_at", "id"]


class Balance(models.Model):
    """How many packs of a lot are at a place, and how many of them are promised to somebody: the sum of its moves."""

    lot = models.ForeignKey(Lot, on_delete=models.CASCADE, related_name="balances")
    location = models.ForeignKey(Location, on_delete=models.CASCADE, related_name="balances")
    packs = models.IntegerField(default=0)
    reserved = models.IntegerField(default=0)
    may_owe = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["lot", "location"], name="balance_once"),
            models.CheckConstraint(condition=Q(reserved__gte=0), name="reserved_not_below_0"),
            models.CheckConstraint(
                condition=Q(may_owe=True) | Q(packs__gte=F("reserved")), name="balance_covers_what_is_reserved"
            ),
        ]


class Reservation(models.Model):
    """Packs at a place that wait for a pack order or a household."""

    client_id = models.UUIDField(unique=True)
    balance = models.ForeignKey(Balance, on_delete=models.CASCADE, related_name="reservations")
    packs = models.PositiveIntegerField()
    for_kind = models.CharField(max_length=20)
    for_id = models.CharField(max_length=64)
    reserved_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)  # taken or given back

    class Meta:
        indexes = [models.Index(fields=["for_kind", "for_id"], name="reserved_for")]


class Parcel(models.Model):
    """Something that relatives or a shop brought to the gate for a door. Somebody holds it until it is at the door (F13)."""

    class State(models.TextChoices):
        WAITS = "waits", _("at the gate")
        HANDED = "handed", _("handed over")
        REFUSED = "refused", _("refused")

    class Kind(models.TextChoices):
        FAMILY = "family", _("from family or friends")
        SHOP = "shop", _("from a shop")
        GROUP = "group", _("from a community group")
        OTHER = "other", _("other")

    client_id = models.UUIDField(unique=True)
    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="parcels")
    door = models.ForeignKey(Door, on_delete=models.PROTECT, related_name="parcels")
    gate = models.ForeignKey(Gate, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    kind = models.CharField(max_length=8, choices=Kind.choices, default=Kind.FAMILY)
    sender = models.CharField(max_length=120, blank=True)
    sender_phone = models.CharField(max_length=40, blank=True)
    what = models.CharField(max_length=240, blank=True)
    cold = models.BooleanField(default=False)
    kg = models.FloatField(default=0)
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITS)
    registered_at = models.DateTimeField()
    registered_by = models.ForeignKey(Member, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    holder = models.ForeignKey(Member, null=True, blank=True, on_delete=models.SET_NULL, related_name="parcels")
    ended_at = models.DateTimeField(null=True, blank=True)  # handed over or refused
    proof = models.CharField(max_length=40, blank=True)  # visit:12 where a knock handed it over
    reason = models.CharField(max_length=240, blank=True)  # of a refusal
    told_sender_at = models.DateTimeField(null=True, blank=True)
    told_door_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["incident", "state", "registered_at"], name="parcel_waits")]
        ordering = ["registered_at", "id"]


class SetAside(models.Model):
    """Somebody let a duty go ahead although its protective equipment is not in stock: who, and why (S44)."""

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="+")
    duty = models.CharField(max_length=60)  # kind:id of the duty, such as shift:12
    reason = models.CharField(max_length=240)
    at = models.DateTimeField()
    by = models.ForeignKey(Member, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["incident", "duty"], name="set_aside_once")]


class KitDesign(models.Model):
    """What is in a kit for one class of household: whole packs for some days. A newer version takes its place."""

    class State(models.TextChoices):
        DRAFT = "draft", _("draft")
        IN_USE = "in_use", _("in use")
        ENDED = "ended", _("no longer in use")

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="kit_designs")
    kind = models.CharField(max_length=40)  # the protocol's kit, such as living
    household_class = models.CharField(max_length=120)  # key of planning.kits classes
    facts = models.JSONField(default=dict)  # persons, diets, allergies … as the planner saw them
    version = models.PositiveIntegerField(default=1)
    covers_days = models.FloatField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.DRAFT)
    figures = models.JSONField(default=dict)  # nutrients per person and day, weight, cost, gap, what falls short
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(Member, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["incident", "kind", "household_class", "version"], name="design_once")
        ]
        ordering = ["kind", "household_class", "-version"]


class DesignLine(models.Model):
    """Packs of an item in a kit."""

    design = models.ForeignKey(KitDesign, on_delete=models.CASCADE, related_name="lines")
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="+")
    packs = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["design", "item"], name="design_line_once")]


class PackOrder(models.Model):
    """Kits of one design to be packed from one store by an instant, for an area or for one round of a plan."""

    class State(models.TextChoices):
        OPEN = "open", _("to be packed")
        PACKING = "packing", _("being packed")
        READY = "ready", _("packed")
        DROPPED = "dropped", _("dropped")

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="pack_orders")
    design = models.ForeignKey(KitDesign, on_delete=models.PROTECT, related_name="pack_orders")
    area = models.ForeignKey(Area, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    plan_id = models.BigIntegerField(null=True, blank=True)  # of the rounds, a floor above
    round_number = models.PositiveIntegerField(null=True, blank=True)
    round_name = models.CharField(max_length=80, blank=True)
    store = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="+")
    staging = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="+")
    kits = models.PositiveIntegerField()
    ready_by = models.DateTimeField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.OPEN)
    ordered_at = models.DateTimeField()
    ready_at = models.DateTimeField(null=True, blank=True)
    dropped_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["incident", "state", "ready_by"], name="pack_order_open")]
        ordering = ["ready_by", "id"]


class PackLine(models.Model):
    """Packs of an item in each kit of an order: as designed, or other goods `instead` of them, with a reason."""

    order = models.ForeignKey(PackOrder, on_delete=models.CASCADE, related_name="lines")
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="+")
    packs = models.PositiveIntegerField()
    designed = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="+")
    designed_packs = models.PositiveIntegerField()
    reason = models.CharField(max_length=240, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["order", "designed"], name="pack_line_once")]
        ordering = ["id"]


class PackedKit(models.Model):
    """One kit of an order, for one household: begun, packed, at the staging place, with a carrier, handed over."""

    order = models.ForeignKey(PackOrder, on_delete=models.CASCADE, related_name="packed")
    household = models.ForeignKey(Household, null=True, blank=True, on_delete=models.SET_NULL, related_name="kits")
    number = models.PositiveIntegerField()
    code = models.CharField(max_length=16, unique=True)  # on its label
    place = models.OneToOneField(Location, null=True, blank=True, on_delete=models.PROTECT, related_name="kit")
    person_days = models.FloatField(default=0)
    packed_at = models.DateTimeField(null=True, blank=True)
    packed_by = models.ForeignKey(Member, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    act = models.UUIDField(null=True, blank=True, db_index=True)  # of the tap that packed many at once
    staged_at = models.DateTimeField(null=True, blank=True)
    taken_at = models.DateTimeField(null=True, blank=True)
    handed_at = models.DateTimeField(null=True, blank=True)
    visit_id = models.BigIntegerField(null=True, blank=True, db_index=True)  # the knock that handed it over
    dropped_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["order", "number"], name="kit_number_once")]
        ordering = ["order_id", "number"]

    def __str__(self) -> str:
        return self.code

    @property
    def inside(self) -> models.QuerySet[KitLine]:
        """What is in it now."""
        return self.lines.filter(out_at=None)


class KitLine(models.Model):
    """Packs of a lot that were put into a kit for a line of its order; what was taken out again keeps its row."""

    client_id = models.UUIDField(unique=True)
    act = models.UUIDField(db_index=True)  # the tap or scan that put it in
    kit = models.ForeignKey(PackedKit, on_delete=models.CASCADE, related_name="lines")
    line = models.ForeignKey(PackLine, on_delete=models.CASCADE, related_name="put_in")
    lot = models.ForeignKey(Lot, on_delete=models.PROTECT, related_name="in_kits")
    packs = models.PositiveIntegerField()
    counts_for = models.PositiveIntegerField()  # packs of the line that this stands for
    reason = models.CharField(max_length=240, blank=True)  # why other goods
    put_at = models.DateTimeField()
    put_by = models.ForeignKey(Member, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    out_at = models.DateTimeField(null=True, blank=True)  # taken out again

    class Meta:
        ordering = ["id"]


class PurchaseOrder(models.Model):
    """What is asked of a supplier: proposed, approved, sent, confirmed, received, short."""

    class State(models.TextChoices):
        PROPOSED = "proposed", pgettext_lazy("an order", "proposed")
        APPROVED = "approved", _("approved")
        SENT = "sent", _("sent")
        CONFIRMED = "confirmed", _("confirmed")
        RECEIVED = "received", _("received")
        SHORT = "short", _("received short")
        CANCELLED = "cancelled", _("cancelled")

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="purchase_orders")
    supplier = models.ForeignKey(Supplier, null=True, blank=True, on_delete=models.PROTECT, related_name="orders")
    area = models.ForeignKey(Area, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    state = models.CharField(max_length=10, choices=State.choices, default=State.PROPOSED)
    need_by = models.DateTimeField()
    comes_at = models.DateTimeField(null=True, blank=True)  # when the supplier said that it comes
    proposed_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    note = models.CharField(max_length=240, blank=True)
    key = models.CharField(max_length=120, blank=True, db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["incident", "key"], condition=~Q(key=""), name="order_key_once"),
        ]
        ordering = ["need_by", "id"]

    @property
    def expected_at(self) -> datetime:
        """When it is awaited: as the supplier said, else when it is needed."""
        return self.comes_at or self.need_by


class OrderLine(models.Model):
    """Packs of an item in an order, and how many of them came."""

    order = models.ForeignKey(PurchaseOrder, on_delete=models.CASCADE, related_name="lines")
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="order_lines")
    packs = models.PositiveIntegerField()
    confirmed = models.PositiveIntegerField(null=True, blank=True)
    received = models.PositiveIntegerField(default=0)
    payer = models.CharField(max_length=12, default="public")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["order", "item"], name="order_line_once")]


class Delivery(models.Model):
    """Food that a household got, confirmed at its door: how many person·days. One taken back keeps its line."""

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="deliveries")
    household = models.ForeignKey(Household, on_delete=models.CASCADE, related_name="deliveries")
    kind = models.CharField(max_length=40)  # the promise that it keeps, such as kit:living
    person_days = models.FloatField()
    delivered_at = models.DateTimeField()
    proof_kind = models.CharField(max_length=20)
    proof_id = models.CharField(max_length=64)
    undone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["household", "kind", "proof_kind", "proof_id"], name="delivery_once")
        ]
        indexes = [
            models.Index(fields=["proof_kind", "proof_id"], name="delivery_proof"),
            models.Index(fields=["incident", "household", "delivered_at"], name="delivery_of_household"),
        ]


class AtHome(models.Model):
    """From when on how many persons of a household are at home: written when it changes."""

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="at_home")
    household = models.ForeignKey(Household, on_delete=models.CASCADE, related_name="at_home")
    since = models.DateTimeField()
    persons = models.PositiveSmallIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["incident", "household", "since"], name="at_home_once")]


class Coverage(models.Model):
    """Until when a household's food lasts, from confirmed deliveries and who is at home (S51)."""

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="coverage")
    household = models.ForeignKey(Household, on_delete=models.CASCADE, related_name="coverage")
    covered_until = models.DateTimeField()
    last_delivery_at = models.DateTimeField()
    persons = models.PositiveSmallIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["incident", "household"], name="coverage_once")]


class CoverageChange(models.Model):
    """Food that ends earlier than was said before, and why: coverage never moves backwards without a named cause."""

    class Cause(models.TextChoices):
        TAKEN_BACK = "delivery_taken_back", _("a delivery was taken back")
        MORE_PERSONS = "more_persons", _("more people are at home")
        RECOUNT = "recount", _("counted anew")

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="coverage_changes")
    household = models.ForeignKey(Household, on_delete=models.CASCADE, related_name="coverage_changes")
    before = models.DateTimeField()
    after = models.DateTimeField(null=True, blank=True)
    cause = models.CharField(max_length=20, choices=Cause.choices)
    changed_at = models.DateTimeField()

    class Meta:
        ordering = ["-changed_at", "-id"]
