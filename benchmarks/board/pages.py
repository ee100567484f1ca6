"""Server time of the board, the areas and the watch list at a district's size.

`FSYNC=on scripts/with-postgres python -m benchmarks.board.pages --residents 100000` (without PostgreSQL: a SQLite of its
own). Loads invented compounds of 2,500 residents, each a sealed area; writes down everything that their doors are owed for
three days; keeps most of what is due after thirty hours; counts what the job runner counts each minute; then asks each page many times through the whole stack (login,
middleware, template) and prints the median and the 95th percentile of the time that the server takes.
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any

START = datetime(2021, 12, 7, 15, 0, tzinfo=UTC)
AFTER = timedelta(hours=30)
PER_AREA = 1000  # households
DOORS, FLOORS = 24, 6  # of a stair
STAIRS = 6  # of a building
CLASSES = ([], [], [], [], ["elder"], ["elder"], ["alone_elder", "elder"], ["severe"], ["pregnant"], ["infant"])


def load(residents: int, seed: int) -> Any:
    """The incident with its areas, places and people, in bulk; returns it."""
    from doorstep.command.models import Area, AreaDoor, AreaPlace, Incident, Notice, Organisation, Restriction, Team
    from doorstep.protocol import measures_of
    from doorstep.register.models import Building, Compound, Door, Gate, Household, Person, Stair
    from doorstep.storage.bulk import bulk_load

    chance = random.Random(seed)
    at = START + AFTER
    incident = Incident.objects.create(
        name="bench", protocol_id="cn-covid-2021-09", trigger_at=START, clock_kind=Incident.ClockKind.EXERCISE,
        clock_anchor_real=at, clock_anchor_incident=at, clock_rate=0.0,
    )  # fmt: skip
    team = Team.objects.create(incident=incident, name="supply")
    letter = Notice.objects.create(incident=incident, created_at=START, texts={"zh-hans": {"title": "信"}})
    owner = Organisation.objects.create(name="bench", kind="community")
    households = round(residents / 2.5)
    areas = []
    for number in range(-(-households // PER_AREA)):
        compound = Compound.objects.create(name=f"compound {number}")
        Gate.objects.create(compound=compound, name="gate", x_m=0, y_m=0, reload_point=True)
        doors = min(PER_AREA, households - number * PER_AREA)
        for building_number in range(-(-doors // (DOORS * STAIRS))):
            building = Building.objects.create(compound=compound, name=f"{building_number + 1}", floors=FLOORS)
            Stair.objects.bulk_create(Stair(building=building, name=str(n + 1)) for n in range(STAIRS))
        stairs = list(Stair.objects.filter(building__compound=compound).order_by("pk").values_list("pk", flat=True))
        places = ((stairs[n // DOORS], f"{n % DOORS // 4 + 1}0{n % 4 + 1}", n % DOORS // 4 + 1) for n in range(doors))
        bulk_load(Door, ("stair_id", "number", "floor"), places)
        area = Area.objects.create(
            incident=incident, name=f"area {number}", zone="sealed", state=Area.State.IN_FORCE, effective_at=START,
            reason="case", basis="plan", ends_when="14 days", review_at=START + timedelta(hours=72), supply_team=team,
            first_delivery_at=START + timedelta(hours=8), supply_accepted_at=START, letter=letter, owner=owner,
            emergency_phone="025-0000-0000", exits_checked_at=at - timedelta(hours=2),
        )  # fmt: skip
        AreaPlace.objects.create(area=area, compound=compound)
        here = Door.objects.filter(stair__building__compound=compound).values_list("pk", flat=True)
        bulk_load(AreaDoor, ("area_id", "door_id"), ((area.pk, pk) for pk in here))
        areas.append(area)
    Restriction.objects.bulk_create(
        Restriction(
            area=area, measure=measure.code, started_at=START, review_at=START + timedelta(hours=72),
            confirmed_at=START, max_until=START + timedelta(days=14),
        )
        for area in areas
        for measure in measures_of(incident.protocol, "sealed")
    )  # fmt: skip
    bulk_load(
        Household, ("door_id", "key"), ((pk, "1") for pk in Door.objects.order_by("pk").values_list("pk", flat=True))
    )
    born = [date(year, 2, 1) for year in range(1935, 2021, 3)]

    def people() -> Iterator[tuple[Any, ...]]:
        for home in Household.objects.order_by("pk").values_list("pk", flat=True):
            for n in range(chance.choice([1, 2, 2, 2, 3, 3, 4])):
                present = "away" if chance.random() < 0.04 else "home"
                yield home, str(n), "柳青", chance.choice("mf"), chance.choice(born), chance.choice(CLASSES), present

    bulk_load(Person, ("household_id", "key", "name", "sex", "birth_date", "classes", "present"), people())
    return incident


def keep_most(incident: Any, seed: int) -> None:
    """Of what is due by now, 97 of 100 are kept; what is not is broken."""
    from doorstep.promises.actions import settle
    from doorstep.promises.models import Promise

    at = START + AFTER
    due = Promise.objects.filter(incident=incident, due_at__lt=at + timedelta(hours=2), window_start__lt=at)
    kept = [pk for pk in due.values_list("pk", flat=True) if (pk * 2654435761 + seed) % 100 < 97]
    for start in range(0, len(kept), 20_000):
        Promise.objects.filter(pk__in=kept[start : start + 20_000]).update(
            state="kept", kept_at=at - timedelta(hours=3), proof_kind="visit"
        )
    settle(incident, at=at)


def timed(client: Any, url: str, times: int, **headers: str) -> tuple[list[float], list[float]]:
    """Milliseconds of each answer, and what of it this process computed, both in order of size; the first three answers
    are left out: a server is warm after its first minute."""
    found, computed = [], []
    for number in range(times + 3):
        start, cpu = time.perf_counter(), time.process_time()
        answer = client.get(url, **headers)
        took, cpu = 1000 * (time.perf_counter() - start), 1000 * (time.process_time() - cpu)
        assert answer.status_code == 200, (url, answer.status_code)
        if number >= 3:
            found.append(took)
            computed.append(cpu)
    return sorted(found), sorted(computed)


def slowest(name: str, act: Callable[[], Any], lines: int) -> None:
    """The statements of an act that take longest, for whoever mends them."""
    from django.db import connection

    seen: list[tuple[float, str]] = []

    def watch(execute: Any, sql: str, *given: Any) -> Any:
        start = time.perf_counter()
        answer = execute(sql, *given)
        seen.append((1000 * (time.perf_counter() - start), sql))
        return answer

    with connection.execute_wrapper(watch):
        act()
    print(f"{name}: {len(seen)} statements, {sum(took for took, _ in seen):.0f} ms in the database")
    for took, sql in sorted(seen, reverse=True)[:lines]:
        print(f"  {took:6.1f} ms  {sql[:400]}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--residents", type=int, default=100_000)
    parser.add_argument("--times", type=int, default=30)
    parser.add_argument("--slowest", type=int, default=0, help="print so many statements of each page")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "doorstep.web.settings")
    os.environ["DOORSTEP_DATA"] = tempfile.mkdtemp(prefix="doorstep-bench-")
    import django

    django.setup()
    from django.contrib.auth import get_user_model
    from django.core.management import call_command
    from django.db import connection
    from django.test import Client

    from doorstep.board.jobs import count_large
    from doorstep.command.models import Area, Member, RoleGrant
    from doorstep.promises.actions import derive
    from doorstep.promises.models import Promise
    from doorstep.register.models import Person

    call_command("migrate", verbosity=0)
    incident = load(arguments.residents, arguments.seed)
    derive(incident, at=START)
    keep_most(incident, arguments.seed)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")
    user = get_user_model().objects.create_user("bench")
    RoleGrant.objects.create(member=Member.objects.create(name="bench", user=user), role="commander", incident=incident)
    client = Client(headers={"host": "localhost"})
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    area = Area.objects.first()
    assert area is not None
    print(
        f"{connection.vendor}, {Person.objects.count()} residents, {Area.objects.count()} areas, "
        f"{Promise.objects.count()} promises, load {os.getloadavg()[0]:.1f}",
        flush=True,
    )
    pages = {
        "board": "/board/",
        "board, the part that moves": "/board/",
        "areas": "/command/",
        "an area": f"/command/areas/{area.pk}/",
        "an area's doors": f"/board/area/{area.pk}/",
        "watch 10": "/board/watch/10/",
        "watch 2": "/board/watch/2/",
    }
    start, cpu = time.perf_counter(), time.process_time()
    count_large()
    took, cpu = time.perf_counter() - start, time.process_time() - cpu
    print(f"counted in the background, in two languages: {took:.1f} s, {cpu:.1f} s computed here", flush=True)
    if arguments.slowest:
        slowest("counting", count_large, 2 * arguments.slowest)
    for name, url in pages.items():
        count_large()  # the job runner does it each minute
        extra = {"HTTP_HX_REQUEST": "true"} if "moves" in name else {}
        took, computed = timed(client, url, arguments.times, **extra)
        nineteen = int(0.95 * (len(took) - 1))
        print(
            f"{name}: median {statistics.median(took):.0f} ms, 95 of 100 within {took[nineteen]:.0f} ms; this process "
            f"computed {statistics.median(computed):.0f} ms, 95 of 100 within {computed[nineteen]:.0f} ms",
            flush=True,
        )
        if arguments.slowest:
            slowest(url, partial(client.get, url), arguments.slowest)
    print(f"load {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
