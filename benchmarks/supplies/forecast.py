"""Time of counting covered-until anew for every household, and of the forecast of seven days.

`scripts/with-postgres python -m benchmarks.supplies.forecast --households 100000` (without PostgreSQL: a SQLite of its
own). Loads invented households of one to five persons, three days of deliveries and the kits that each is owed, then
counts: coverage for the first time and again, the forecast by the protocol's kits, and with designs in use. The forecast
goes on after the three days of the ledger as if the area stays closed.
"""

from __future__ import annotations

import argparse
import os
import random
import resource
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

START = datetime(2021, 12, 7, 15, 0, tzinfo=UTC)
DAY = timedelta(days=1)
KITS = {
    "epidemic": (0.5,),
    "living": (0.5, 2.5),
}  # days after the start on which they are due, of a ledger of three days
DOORS = 24  # of a stair


def load(households: int, seed: int) -> Any:
    """The incident with its rows, in bulk."""
    from doorstep.command.models import Area, AreaDoor, Incident
    from doorstep.promises.models import Promise
    from doorstep.register.models import Building, Compound, Door, Household, Person, Stair
    from doorstep.storage.bulk import bulk_load
    from doorstep.supplies.models import AtHome, Delivery, Item

    chance = random.Random(seed)
    incident = Incident.objects.create(
        name="bench", protocol_id="cn-covid-2021-09", trigger_at=START, clock_kind=Incident.ClockKind.EXERCISE,
        clock_anchor_real=START, clock_anchor_incident=START, clock_rate=0.0, derived_until=START + 3 * DAY,
    )  # fmt: skip
    area = Area.objects.create(
        incident=incident, name="bench", zone="sealed", state=Area.State.IN_FORCE, effective_at=START
    )
    building = Building.objects.create(compound=Compound.objects.create(name="bench"), name="1", floors=6)
    stairs = range(-(-households // DOORS))
    bulk_load(Stair, ("building_id", "name"), ((building.pk, str(n)) for n in stairs))
    keys = list(Stair.objects.order_by("pk").values_list("pk", flat=True))
    places = ((keys[n // DOORS], str(n % DOORS), n % DOORS // 4 + 1) for n in range(households))
    bulk_load(Door, ("stair_id", "number", "floor"), places)
    doors = Door.objects.order_by("pk").values_list("pk", flat=True)
    bulk_load(AreaDoor, ("area_id", "door_id"), ((area.pk, pk) for pk in doors))
    bulk_load(
        Household, ("door_id", "key"), ((pk, "1") for pk in Door.objects.order_by("pk").values_list("pk", flat=True))
    )
    homes = list(Household.objects.order_by("pk").values_list("pk", "door_id"))
    persons = {home: chance.choice([1, 2, 2, 3, 3, 4, 5]) for home, _door in homes}
    born = [date(year, month, 1) for year in range(1935, 2021, 3) for month in (2, 9)]
    people = (
        (home, str(n), "柳青", chance.choice("mf"), chance.choice(born))
        for home, many in persons.items()
        for n in range(many)
    )
    bulk_load(Person, ("household_id", "key", "name", "sex", "birth_date"), people)
    owed = (
        (incident.pk, area.pk, f"kit:{kit}", "household", home, n, door, START, START + due * DAY, START)
        for home, door in homes
        for kit, dues in KITS.items()
        for n, due in enumerate(dues)
    )
    fields = ("incident_id", "area_id", "kind", "subject_kind", "subject_id", "sequence", "door_id", "window_start", "due_at", "at_risk_from")  # fmt: skip
    bulk_load(Promise, fields, owed)
    given = (
        (incident.pk, home, "kit:living", 2.5 * many, START + n * DAY, "visit", f"{home}-{n}")
        for home, many in persons.items()
        for n in range(3)
    )
    columns = ("incident_id", "household_id", "kind", "person_days", "delivered_at", "proof_kind", "proof_id")
    bulk_load(Delivery, columns, given)
    at_home = ((incident.pk, home, START, many) for home, many in persons.items())
    bulk_load(AtHome, ("incident_id", "household_id", "since", "persons"), at_home)
    for code, each in {"masks": 10, "thermometer": 1, "rice": 1000, "noodles": 500, "pak_choi": 500, "chinese_cabbage": 1000, "apples": 1000, "oranges": 1000, "alcohol_75": 500}.items():  # fmt: skip
        Item.objects.create(code=code, names={"zh": code, "en": code}, per_pack=each)
    return incident


def design(incident: Any) -> int:
    """A design in use for each class of household that occurs. Returns how many."""
    from doorstep.register.models import Household
    from doorstep.storage.bulk import bulk_load
    from doorstep.supplies.kit_demand import classes_of
    from doorstep.supplies.models import DesignLine, Item, KitDesign

    found = classes_of(Household.objects.values("pk"), START.date(), 12)
    classes = sorted({of for of, _persons, _babies in found.values()})
    fields = ("incident_id", "kind", "household_class", "covers_days", "state", "made_at")
    bulk_load(KitDesign, fields, ((incident.pk, "living", of, 2.5, "in_use", START) for of in classes))
    items = list(Item.objects.values_list("pk", flat=True))
    lines = ((pk, item, 2) for pk in KitDesign.objects.values_list("pk", flat=True) for item in items)
    bulk_load(DesignLine, ("design_id", "item_id", "packs"), lines)
    return len(classes)


def timed(name: str, act: Callable[[], Any]) -> Any:
    """Do it, and say how long it took and in how many queries."""
    from django.db import connection

    asked = 0

    def count(execute: Any, *given: Any) -> Any:
        nonlocal asked
        asked += 1
        return execute(*given)

    start, cpu = time.perf_counter(), time.process_time()
    with connection.execute_wrapper(count):
        answer = act()
    took, cpu = time.perf_counter() - start, time.process_time() - cpu
    print(f"{name}: {took:.2f} s, of which this process computed {cpu:.2f} s, {asked} queries", flush=True)
    return answer


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--households", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "doorstep.web.settings")
    os.environ["DOORSTEP_DATA"] = tempfile.mkdtemp(prefix="doorstep-bench-")
    import django

    django.setup()
    from django.db import connection

    from doorstep.promises.models import Promise
    from doorstep.storage.fresh import bring_up_to_date
    from doorstep.supplies import coverage
    from doorstep.supplies.forecast import forecast

    bring_up_to_date()
    incident = timed("load", lambda: load(arguments.households, arguments.seed))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    at = START + DAY / 24
    print(f"{connection.vendor}, {arguments.households} households, {Promise.objects.count()} kits owed")
    timed("coverage for the first time", lambda: coverage.recount(incident, at=at))
    timed("coverage again", lambda: coverage.recount(incident, at=at))
    found = timed("forecast by the protocol's kits", lambda: forecast(incident, at))
    print(f"  {sum(found.kits)} kits, {sum(row.needed for row in found.items)} packs")
    print(f"{design(incident)} designs in use")
    found = timed("forecast with designs", lambda: forecast(incident, at))
    print(f"  {sum(found.kits)} kits, {sum(row.needed for row in found.items)} packs")
    print(f"peak {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


if __name__ == "__main__":
    main()
