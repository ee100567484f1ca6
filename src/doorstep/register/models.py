"""What is true of places, households and people. No workflow lives here."""

from __future__ import annotations

import secrets

from django.db import models
from django.utils.translation import gettext_lazy as _


class Territory(models.Model):
    """A node of the administrative tree: district, sub-district, community, grid."""

    class Kind(models.TextChoices):
        DISTRICT = "district", _("district")
        SUBDISTRICT = "subdistrict", _("sub-district")
        COMMUNITY = "community", _("community")
        GRID = "grid", _("grid")

    kind = models.CharField(max_length=16, choices=Kind.choices)
    code = models.CharField(max_length=32, blank=True, db_index=True)
    name = models.CharField(max_length=120)
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="children")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["parent", "name"], name="territory_once")]

    def __str__(self) -> str:
        return self.name


class Compound(models.Model):
    """A compound or estate (小区). Its plan is local, in metres, x to the right and y up.

    `plan` holds what the sheet is: {"centre": [lon, lat]} where it came from a map, and of the picture behind it
    {"picture": {"kind", "width_m", "height_m", "left_m", "bottom_m"}}.
    """

    territory = models.ForeignKey(Territory, null=True, blank=True, on_delete=models.PROTECT, related_name="compounds")
    name = models.CharField(max_length=120, unique=True)
    aliases = models.JSONField(default=list, blank=True)
    plan = models.JSONField(default=dict, blank=True)
    picture = models.FileField(upload_to="plans/", null=True, blank=True)

    def __str__(self) -> str:
        return self.name


class Gate(models.Model):
    """A gate of a compound. Rounds start and reload at the one marked `reload_point`."""

    compound = models.ForeignKey(Compound, on_delete=models.CASCADE, related_name="gates")
    name = models.CharField(max_length=120)
    x_m = models.FloatField(null=True, blank=True)
    y_m = models.FloatField(null=True, blank=True)
    reload_point = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["compound", "name"], name="gate_once")]

    def __str__(self) -> str:
        return f"{self.compound} · {self.name}"


class Building(models.Model):
    """A building; its `address` may differ from its compound's name (S36): membership is never read off the text."""

    compound = models.ForeignKey(Compound, on_delete=models.CASCADE, related_name="buildings")
    name = models.CharField(max_length=120)
    address = models.CharField(max_length=240, blank=True)
    aliases = models.JSONField(default=list, blank=True)
    floors = models.PositiveSmallIntegerField(null=True, blank=True)
    floors_confirmed = models.BooleanField(default=False)
    has_lift = models.BooleanField(default=False)
    x_m = models.FloatField(null=True, blank=True)
    y_m = models.FloatField(null=True, blank=True)
    outline = models.JSONField(default=list, blank=True)  # corners in metres: [[x, y], …]

    class Meta:
        constraints = [models.UniqueConstraint(fields=["compound", "name"], name="building_once")]
        ordering = ["compound_id", "name"]

    def __str__(self) -> str:
        return self.name


class Stair(models.Model):
    """A stair or unit (单元). No position means that the rounds walk a stated default distance."""

    building = models.ForeignKey(Building, on_delete=models.CASCADE, related_name="stairs")
    name = models.CharField(max_length=40)
    x_m = models.FloatField(null=True, blank=True)
    y_m = models.FloatField(null=True, blank=True)
    infected = models.BooleanField(default=False, help_text=_("a case lives here: carriers come last"))

    class Meta:
        constraints = [models.UniqueConstraint(fields=["building", "name"], name="stair_once")]
        ordering = ["building_id", "name"]

    def __str__(self) -> str:
        return self.name


class Door(models.Model):
    """A door: the place of every promise."""

    class Kind(models.TextChoices):
        DWELLING = "dwelling", _("dwelling")
        INSTITUTION = "institution", _("institution")
        SHOP = "shop", _("shop")

    stair = models.ForeignKey(Stair, on_delete=models.CASCADE, related_name="doors")
    number = models.CharField(max_length=40)
    floor = models.SmallIntegerField(default=1)
    floor_confirmed = models.BooleanField(default=False)
    kind = models.CharField(max_length=16, choices=Kind.choices, default=Kind.DWELLING)
    listed_at = models.JSONField(default=list, blank=True)  # stairs under which lists still name this door
    created_by_import = models.ForeignKey(
        "register.ListImport", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["stair", "number"], name="door_once")]
        ordering = ["stair_id", "floor", "number"]

    def __str__(self) -> str:
        return self.number


def new_code() -> str:
    """A private code of a household: 8 characters that are hard to misread."""
    return "".join(secrets.choice("23456789ABCDEFGHJKMNPQRSTUVWXYZ") for _ in range(8))


class Household(models.Model):
    """Who lives behind a door. `sources` maps a field to {"kind", "at", "ref"} where it differs from the row's own."""

    class Channel(models.TextChoices):
        APP = "app", _("app")
        PHONE = "phone", _("phone")
        PAPER = "paper", _("paper")
        NEIGHBOUR = "neighbour", _("neighbour")
        KNOCK = "knock", _("knock")

    door = models.ForeignKey(Door, on_delete=models.PROTECT, related_name="households")
    key = models.CharField(max_length=80, help_text=_("the household's name within its door, stable over imports"))
    head = models.CharField(max_length=80, blank=True)
    size_stated = models.PositiveSmallIntegerField(null=True, blank=True)
    tenancy = models.CharField(max_length=20, blank=True)
    languages = models.JSONField(default=list, blank=True)
    diets = models.JSONField(default=list, blank=True)
    allergies = models.JSONField(default=list, blank=True)
    pets = models.JSONField(default=list, blank=True)
    channel = models.CharField(max_length=12, choices=Channel.choices, blank=True)
    phone = models.CharField(max_length=40, blank=True)
    note = models.TextField(blank=True)
    private_code = models.CharField(max_length=12, default=new_code, db_index=True)
    active = models.BooleanField(default=True)
    sources = models.JSONField(default=dict, blank=True)
    source_kind = models.CharField(max_length=12, default="list")
    source_at = models.DateTimeField(null=True, blank=True)
    created_by_import = models.ForeignKey(
        "register.ListImport", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["door", "key"], name="household_once")]

    def __str__(self) -> str:
        return f"{self.door.number}"


class Person(models.Model):
    """A resident. Kits, counts and checks follow `present` (S73). The name is masked outside need-to-know (S6)."""

    class Present(models.TextChoices):
        HOME = "home", _("at home")
        QUARANTINE = "quarantine", _("in central quarantine")
        HOSPITAL = "hospital", _("in hospital")
        AWAY = "away", _("away")
        DECEASED = "deceased", _("deceased")

    household = models.ForeignKey(Household, on_delete=models.CASCADE, related_name="persons")
    key = models.CharField(max_length=80, help_text=_("the person's name within the household, stable over imports"))
    name = models.CharField(max_length=80, blank=True)
    sex = models.CharField(max_length=1, blank=True)
    birth_date = models.DateField(null=True, blank=True)
    birth_precision = models.CharField(max_length=5, blank=True)  # "day" | "month" | "year"
    relation = models.CharField(max_length=20, blank=True)
    phone = models.CharField(max_length=40, blank=True)
    classes = models.JSONField(default=list, blank=True)
    conditions = models.JSONField(default=list, blank=True)
    medicines = models.JSONField(default=list, blank=True)
    recurring_care = models.JSONField(default=list, blank=True)
    present = models.CharField(max_length=12, choices=Present.choices, default=Present.HOME, db_index=True)
    pathway = models.CharField(max_length=40, blank=True)
    pathway_from = models.DateTimeField(null=True, blank=True)
    pseudonym = models.CharField(max_length=40, blank=True)
    note = models.TextField(blank=True)
    active = models.BooleanField(default=True)
    sources = models.JSONField(default=dict, blank=True)
    source_kind = models.CharField(max_length=12, default="list")
    source_at = models.DateTimeField(null=True, blank=True)
    created_by_import = models.ForeignKey(
        "register.ListImport", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["household", "key"], name="person_once")]

    def __str__(self) -> str:
        return masked(self.name)


def masked(name: str) -> str:
    """Surname + 某 for a Chinese name, first letter and dot for another (S6)."""
    name = name.strip()
    if not name:
        return "—"
    if "\u3400" <= name[0] <= "\u9fff":
        return name[0] + "某"
    return name[0].upper() + "."


class ListImport(models.Model):
    """One file brought in: read, previewed, then done in one transaction, then perhaps undone.

    `mapping` holds headings, columns ({column: field}), samples, first rows as read and the compounds named;
    `bad_rows` the first bad rows (all of them are in `bad_file`); `error` the message, its facts and the mend.
    """

    class State(models.TextChoices):
        QUEUED = "queued", _("waiting to be read")
        READING = "reading", _("being read")
        APPLYING = "applying", _("being brought in")
        FAILED = "failed", _("cannot be read")
        PREVIEW = "preview", _("preview")
        DONE = "done", _("done")
        UNDONE = "undone", _("undone")
        EMPTY = "empty", _("nothing to change")

    compound = models.ForeignKey(Compound, null=True, blank=True, on_delete=models.SET_NULL, related_name="imports")
    compound_name = models.CharField(max_length=120, blank=True)
    filename = models.CharField(max_length=240)
    sha256 = models.CharField(max_length=64, db_index=True)
    file = models.FileField(upload_to="lists/", null=True, blank=True)
    bad_file = models.FileField(upload_to="lists/", null=True, blank=True)
    mapping = models.JSONField(default=dict, blank=True)
    counts = models.JSONField(default=dict, blank=True)
    bad_rows = models.JSONField(default=list, blank=True)
    stays = models.JSONField(default=list, blank=True)
    error = models.JSONField(default=dict, blank=True)
    progress = models.FloatField(default=0)
    state = models.CharField(max_length=10, choices=State.choices, default=State.PREVIEW)
    created_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True, blank=True)
    by = models.CharField(max_length=120, blank=True)
    by_member = models.BigIntegerField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at", "-id"]

    @property
    def waits(self) -> bool:
        """Whether the job runner has it."""
        return self.state in (self.State.QUEUED, self.State.READING, self.State.APPLYING)


class ImportChange(models.Model):
    """One field on which a list and the register differ, with what stood before.

    Written at the preview; `accepted` says whether the list's value is taken (what somebody saw is `protected` and is not,
    unless a person says so). After the import the accepted ones are what it changed: the undo reads them.
    """

    listimport = models.ForeignKey(ListImport, on_delete=models.CASCADE, related_name="changes")
    model = models.CharField(max_length=20)
    object_id = models.BigIntegerField()
    field = models.CharField(max_length=40)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    before_source = models.JSONField(null=True, blank=True)
    protected = models.BooleanField(default=False)
    accepted = models.BooleanField(default=True)

    class Meta:
        indexes = [models.Index(fields=["model", "object_id"], name="import_change_of")]


class SavedMapping(models.Model):
    """The mapping a person confirmed for a heading, kept for the next list with the same heading."""

    signature = models.CharField(max_length=64, unique=True)
    mapping = models.JSONField()
    updated_at = models.DateTimeField()


class PlaceChange(models.Model):
    """One act on the places of a compound, with what stood before: the list of changes and the undo read it.

    `changes` are {"model", "pk", "field", "before", "after"}; a field "" means that the row was made by this act.
    """

    compound = models.ForeignKey(Compound, on_delete=models.CASCADE, related_name="place_changes")
    act = models.CharField(max_length=40)
    label = models.CharField(max_length=240)
    changes = models.JSONField(default=list)
    at = models.DateTimeField()
    by = models.CharField(max_length=120, blank=True)
    undone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index(fields=["compound", "-id"], name="place_changes_newest")]


class PlanDraft(models.Model):
    """A map file as it was read, waiting for somebody to say which shape is which building. One a compound."""

    compound = models.OneToOneField(Compound, on_delete=models.CASCADE, related_name="plan_draft")
    filename = models.CharField(max_length=240)
    drawing = models.JSONField()
    at = models.DateTimeField()


class Correction(models.Model):
    """One field that a person set, with what stood before and its source; one act's rows share their `batch`.

    `undone_at` says that the act was taken back. Together with the lists' changes this is the history of a field.
    """

    model = models.CharField(max_length=20)
    object_id = models.BigIntegerField()
    field = models.CharField(max_length=40)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    before_source = models.JSONField(null=True, blank=True)
    kind = models.CharField(max_length=12)  # "door" | "manual"
    batch = models.UUIDField(db_index=True)
    at = models.DateTimeField()
    by = models.CharField(max_length=120, blank=True)
    undone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-at", "-id"]
        indexes = [models.Index(fields=["model", "object_id"], name="correction_of")]
