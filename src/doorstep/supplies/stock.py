"""What the pages of the stock read: items with what is where, one lot with its ledger, the count sheet of a place."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Case, Count, F, Q, QuerySet, Sum, When
from django.utils.translation import gettext as _

from doorstep.command.models import AreaDoor, Incident
from doorstep.command.rights import Rights
from doorstep.register.models import Door
from doorstep.supplies.handling import INSIDE, may_undo
from doorstep.supplies.lots import doors_with
from doorstep.supplies.models import Balance, Item, Location, Lot, Move
from doorstep.supplies.rules import defaults, every_question

OURS = (*INSIDE, Location.Kind.QUARANTINE)


@dataclass
class ItemLine:
    """An item: packs on hand in our places, promised, free to take, held back, past their date."""

    item: Item
    on_hand: int = 0
    reserved: int = 0
    held: int = 0
    past: int = 0
    first_date: datetime | None = None
    places: set[str] = field(default_factory=set)
    least: int = 0  # the minimum holds for all places together, so none where one place is asked for

    @property
    def free(self) -> int:
        return self.on_hand - self.reserved - self.past

    @property
    def below(self) -> bool:
        return self.free < self.least


@dataclass(frozen=True)
class Asked:
    """What the stock page is asked for."""

    words: str = ""
    kind: str = ""
    place: int | None = None
    only: str = ""  # low | soon | held

    @classmethod
    def of(cls, given: Any) -> Asked:
        place = given.get("place", "")
        only = given.get("only", "")
        kind = given.get("kind", "")
        return cls(
            given.get("q", "").strip()[:60],
            kind if kind in Item.Kind.values else "",
            int(place) if place.isascii() and place.isdigit() and len(place) < 19 else None,
            only if only in ("low", "soon", "held") else "",
        )


def stock_lines(incident: Incident, asked: Asked, at: datetime) -> list[ItemLine]:
    """Every item that is here or should be, as asked. Two queries."""
    balances = Balance.objects.filter(location__incident=incident, location__kind__in=OURS, packs__gt=0)
    if asked.place is not None:
        balances = balances.filter(location=asked.place)
    lines: dict[int, ItemLine] = {}
    wanted = Q(pk__in=balances.values("lot__item"))
    if asked.place is None:
        wanted |= Q(least_packs__gt=0, active=True)
    items = Item.objects.filter(wanted)
    if asked.kind:
        items = items.filter(kind=asked.kind)
    for item in items:
        if not asked.words or _says(item, asked.words):
            lines[item.pk] = ItemLine(item, least=item.least_packs if asked.place is None else 0)
    columns = (
        "lot__item_id",
        "lot__state",
        "lot__best_before",
        "location__kind",
        "location__name",
        "packs",
        "reserved",
    )
    for item_id, state, date, kind, name, packs, reserved in balances.values_list(*columns):
        line = lines.get(item_id)
        if line is None:
            continue
        line.places.add(str(Location(kind=kind, name=name)))
        if kind == Location.Kind.QUARANTINE or state != Lot.State.GOOD:
            line.held += packs
            continue
        line.on_hand += packs
        line.reserved += reserved
        if date is not None and date <= at:
            line.past += packs
        elif date is not None and (line.first_date is None or date < line.first_date):
            line.first_date = date
    soon = at + timedelta(days=defaults()["soon_days"])
    keep = {
        "": lambda line: True,
        "low": lambda line: line.below,
        "soon": lambda line: line.past or (line.first_date is not None and line.first_date <= soon),
        "held": lambda line: line.held,
    }[asked.only]
    found = [line for line in lines.values() if keep(line)]
    return sorted(found, key=lambda line: (not line.below, line.item.kind, line.item.group, str(line.item)))


def _says(item: Item, words: str) -> bool:
    said = " ".join([item.code, item.barcode, *map(str, item.names.values())]).lower()
    return all(word in said for word in words.lower().split())


def stock_headings() -> list[str]:
    """The headings of the stock as a table."""
    return [
        _("code"), _("item"), _("kind"), _("on hand"), _("promised"), _("free"), _("held back"), _("past its date"),
        _("first date"), _("minimum"), _("places"),
    ]  # fmt: skip


def stock_rows(lines: list[ItemLine], incident: Incident) -> list[list[Any]]:
    """The stock as a table."""
    return [
        [
            line.item.code,
            str(line.item),
            line.item.get_kind_display(),
            line.on_hand,
            line.reserved,
            line.free,
            line.held,
            line.past,
            line.first_date.astimezone(incident.tz).date() if line.first_date else "",
            line.item.least_packs,
            sorted(line.places),
        ]
        for line in lines
    ]


@dataclass
class LotLine:
    """A lot in the places of ours."""

    lot: Lot
    packs: int = 0
    reserved: int = 0
    places: list[tuple[str, int]] = field(default_factory=list)


def lots_of(incident: Incident, item: Item, *, all_of_them: bool = False) -> list[LotLine]:
    """An item's lots, what ends first at first; those that are used up only when asked. Two queries."""
    lots = incident.lots.filter(item=item).select_related("item", "supplier")
    lots = lots.order_by(F("best_before").asc(nulls_last=True), "pk")
    lines = {lot.pk: LotLine(lot) for lot in lots}
    rows = Balance.objects.filter(lot__in=lines, location__kind__in=OURS, packs__gt=0).select_related("location")
    for row in rows.order_by("location__name"):
        line = lines[row.lot_id]
        line.packs += row.packs
        line.reserved += row.reserved
        line.places.append((str(row.location), row.packs))
    return [line for line in lines.values() if all_of_them or line.packs]


@dataclass(frozen=True)
class MoveLine:
    """One line of a lot's ledger; the place behind a door is named by its address."""

    move: Move
    source: str
    target: str
    may_undo: bool
    undone: bool


@dataclass(frozen=True)
class LotPage:
    """A lot: where it is, its check, its moves (the newest first), the doors that have it."""

    lot: Lot
    places: tuple[tuple[Location, str, int, int], ...]  # with its label, packs, promised
    checks: tuple[tuple[str, bool], ...]
    moves: tuple[MoveLine, ...]
    doors: tuple[tuple[Door, int], ...]
    elsewhere: int  # doors outside the member's areas
    past: bool

    @property
    def why(self) -> str:
        """Why the lot does not leave: the questions that its check answered with no, or the reason that was given."""
        titles, codes = every_question(), self.lot.reason.split(", ")
        return " · ".join(titles[code] for code in codes) if all(code in titles for code in codes) else self.lot.reason


def lot_page(lot: Lot, rights: Rights, at: datetime) -> LotPage:
    """What the page of a lot shows. Six queries, whatever its size; the last two hundred moves."""
    scope = rights.areas("see_supplies")
    balances = Balance.objects.filter(lot=lot).exclude(packs=0).select_related("location__door__stair__building")
    shown = balances.exclude(location__kind=Location.Kind.DOOR).order_by("location__kind", "location__name")
    in_kits = sum(row.packs for row in shown if row.location.kind == Location.Kind.KIT)
    places = tuple(
        (row.location, label_for(row.location, scope), row.packs, row.reserved)
        for row in shown
        if row.location.kind != Location.Kind.KIT
    )
    if in_kits:
        kits = Location(kind=Location.Kind.KIT, name=Location.Kind.KIT)
        places += ((kits, kits.get_kind_display(), in_kits, 0),)
    doors, elsewhere = doors_seen(lot, rights)
    moves = list(
        lot.moves.select_related("source__door__stair__building", "target__door__stair__building", "by").order_by(
            "-occurred_at", "-pk"
        )[:200]
    )
    undone = set(Move.objects.filter(lot=lot, reason="undo", ref_kind="move").values_list("ref_id", flat=True))
    lines = tuple(
        MoveLine(
            one, label_for(one.source, scope), label_for(one.target, scope), may_undo(one) and str(one.pk) not in undone,
            str(one.pk) in undone,
        )
        for one in moves
    )  # fmt: skip
    titles = every_question()
    checks = tuple((titles.get(code, code), bool(ok)) for code, ok in lot.receipt_check.items())
    past = lot.best_before is not None and lot.best_before <= at
    return LotPage(lot, places, checks, lines, tuple(doors), elsewhere, past)


def doors_seen(lot: Lot, rights: Rights) -> tuple[list[tuple[Door, int]], int]:
    """The doors that have a lot, those of the member's areas; and how many there are elsewhere."""
    every = doors_with(lot)
    scope = rights.areas("see_supplies")
    if scope is None:
        return every, 0
    mine = set(AreaDoor.objects.filter(area__in=scope).values_list("door_id", flat=True))
    seen = [(door, packs) for door, packs in every if door.pk in mine]
    return seen, len(every) - len(seen)


def place_label(place: Location) -> str:
    """A place as people say it."""
    if place.door is None:
        return str(place)
    label = door_label(place.door)
    return label if place.kind == Location.Kind.DOOR else f"{place} · {label}"


def label_for(place: Location, scope: frozenset[int] | None) -> str:
    """The same for somebody whose duty covers some areas only: doors are named to who sees all of them."""
    if place.door_id is None or scope is None:
        return place_label(place)
    return _("a door") if place.kind == Location.Kind.DOOR else str(place)


def door_label(door: Door) -> str:
    """Building-stair-number, as people say it."""
    return f"{door.stair.building.name}-{door.stair.name}-{door.number}"


def door_rows(doors: list[tuple[Door, int]], lot: Lot) -> list[list[Any]]:
    """The doors to be warned, as a list."""
    return [
        [door.stair.building.compound.name, door_label(door), door.floor, str(lot.item), lot.number, packs]
        for door, packs in doors
    ]


def places_of(incident: Incident) -> QuerySet[Location]:
    """The stores, staging places and gates of an incident, stores first."""
    first = Case(*(When(kind=kind, then=number) for number, kind in enumerate(INSIDE)), default=len(INSIDE))
    return incident.locations.filter(kind__in=INSIDE).order_by(first, "name")


@dataclass(frozen=True)
class SheetLine:
    """One lot on a count sheet: how many the books say."""

    lot: Lot
    packs: int
    reserved: int


def count_sheet(place: Location) -> list[SheetLine]:
    """Every lot that the books know at a place. One query."""
    rows = Balance.objects.filter(location=place, packs__gt=0).select_related("lot__item", "lot__supplier")
    rows = rows.order_by("lot__item__kind", "lot__item__group", "lot__item__code", "lot__best_before", "lot_id")
    return [SheetLine(row.lot, row.packs, row.reserved) for row in rows]


@dataclass(frozen=True)
class PlaceLine:
    """A place with what is in it."""

    place: Location
    lots: int
    packs: int


def places_with_packs(incident: Incident) -> list[PlaceLine]:
    """The places of an incident with how much is in each. One query."""
    there = Q(balances__packs__gt=0)
    rows = places_of(incident).annotate(
        lot_count=Count("balances", filter=there), pack_count=Sum("balances__packs", filter=there)
    )
    return [PlaceLine(row, row.lot_count, row.pack_count or 0) for row in rows]
