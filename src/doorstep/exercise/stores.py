"""What the stores of an exercise hold when it begins: goods, suppliers, places, lots, kits in use. Data beside the exercise."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

import yaml

from doorstep.command.models import Area, Incident, Member
from doorstep.exercise.description import Stores, folder_of
from doorstep.supplies import designing, handling, items, lots
from doorstep.supplies.models import Item, Location, Supplier
from doorstep.supplies.rules import questions_for


def read_stores(name: str) -> Stores | None:
    """The stores of an exercise; None where it has none."""
    path = folder_of(name) / "stores.yaml"
    return Stores.model_validate(yaml.safe_load(path.read_text("utf-8"))) if path.exists() else None


def open_stores(incident: Incident, stores: Stores, *, at: datetime, by: Member | None) -> None:
    """Bring in the goods, suppliers, places and lots of an exercise, through the acts that users have."""
    act = items.Act(at, by, incident)
    items.load_starter(act)
    for code, facts in stores.goods.items():
        if not Item.objects.filter(code=code).exists():
            items.add_item(code, facts, act)
    for line in stores.suppliers:
        handling.save_supplier(
            incident, line.name, at=at, by=by, phone=line.phone, licence=line.licence, donor=line.donor
        )
    for place in stores.places:
        handling.add_store(incident, place.name, place.kind, at=at, by=by)
    known = {item.code: item for item in Item.objects.all()}
    rows = _rows(incident.exercise, "stock.csv")
    items.import_items(list(_terms(stores, known, {row["item"] for row in rows})), act)
    for number, row in enumerate(rows):
        _receive(incident, stores, known[row["item"]], row, number, at, by)


def supplier_of(stores: Stores, item: Item) -> str:
    """Who brings an item: by its code, else by its group."""
    by_code = [line.name for line in stores.suppliers if item.code in line.brings]
    return (by_code or [line.name for line in stores.suppliers if (item.group or item.kind) in line.brings])[0]


def _terms(stores: Stores, known: dict[str, Item], codes: set[str]) -> Iterator[tuple[str, dict[str, float]]]:
    """Lead times by supplier and minimum stocks of the goods that lie here."""
    lead = {line.name: line.lead_hours for line in stores.suppliers}
    for code in sorted(codes):
        hours = lead[supplier_of(stores, known[code])]
        yield code, {"least_packs": stores.least_packs.get(code, 0), "lead_hours": hours}


def _receive(
    incident: Incident, stores: Stores, item: Item, row: dict[str, str], number: int, at: datetime, by: Member | None
) -> None:
    supplier = Supplier.objects.get(incident=incident, name=supplier_of(stores, item))
    fresh = float(row["days"]) if row["days"] else item.shelf_days
    receipt = lots.Receipt(
        uuid5(NAMESPACE_URL, f"{incident.pk}:stock:{number}"),
        item,
        int(row["packs"]),
        row["lot"],
        supplier,
        None if fresh is None else at + timedelta(days=fresh),
        dict.fromkeys(questions_for(item), True),
        "donor" if supplier.donor else "public",
    )
    lots.receive(incident, receipt, store=store_of(incident, row["place"]), at=at, by=by)


def store_of(incident: Incident, name: str = "") -> Location:
    """A place of the exercise by its name, else its first store."""
    places = incident.locations.filter(kind__in=handling.INSIDE)
    return places.get(name=name) if name else places.filter(kind=Location.Kind.STORE).order_by("pk")[0]


def put_kits_to_use(incident: Incident, *, at: datetime, by: Member | None) -> int:
    """The kits of the exercise's table for the classes of households that occur. Returns how many."""
    table = read_kits(incident.exercise)
    areas = list(incident.areas.filter(state=Area.State.IN_FORCE))
    return sum(len(designing.adopt(incident, kind, areas, kits, at=at, by=by)) for kind, kits in table.items())


def read_kits(name: str) -> dict[str, dict[str, dict[str, int]]]:
    """Kit → class of household → packs by item."""
    found: dict[str, dict[str, dict[str, int]]] = defaultdict(lambda: defaultdict(dict))
    for row in _rows(name, "kits.csv"):
        found[row["kit"]][row["class"]][row["item"]] = int(row["packs"])
    return found


def _rows(name: str, file: str) -> list[dict[str, str]]:
    path: Path = folder_of(name) / file
    if not path.exists():
        return []
    with path.open(encoding="utf-8-sig", newline="") as lines:
        return list(csv.DictReader(lines))
