"""Time of the situation report of the founding exercise, and of the report's pages for a district.

`scripts/with-postgres python -m benchmarks.report.sitrep --residents 100000` (without PostgreSQL: a SQLite of its own).
First the exercise, played to its noon: all figures in both languages, the sentences, the PDF. Then as many invented
residents with a ledger of three days, three knocks and kits a door, requests and shifts: each page of the report asked
through the whole server in process, first with nothing kept (every figure counted) and again after something new was
written down, as people see it while the job runner counts anew. Server
time is wall time of the answer; the load of the machine stands beside it.
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

DAY = timedelta(days=1)
PAGES = {
    "figures": "/report/?period=all",
    "rows of a figure": "/report/figure/rounds/reached/?period=all",
    "numbers brief": "/report/brief/?period=all",
    "who does what where": "/report/who/?period=all",
    "look back": "/report/after/?period=all",
}


def clocked(act: Callable[[], Any]) -> tuple[float, int, Any]:
    """Seconds, queries and the answer of an act."""
    from django.db import connection

    asked = 0

    def count(execute: Any, *given: Any) -> Any:
        nonlocal asked
        asked += 1
        return execute(*given)

    start = time.perf_counter()
    with connection.execute_wrapper(count):
        answer = act()
    return time.perf_counter() - start, asked, answer


def of_the_exercise() -> None:
    """The report of the exercise's first noon, whole."""
    from uuid import uuid4

    from doorstep.command.models import Incident
    from doorstep.exercise.load import load_once, play
    from doorstep.report import actions
    from doorstep.report.blocks import to_pdf
    from doorstep.report.papers import situation_paper
    from doorstep.report.periods import Period, up_to

    load_once("gulou-2021")
    incident = Incident.objects.get(exercise="gulou-2021")
    noon = datetime.fromisoformat("2021-12-08T13:30:00+08:00")
    play(incident, until=noon)

    def whole() -> bytes:
        period = Period(incident.trigger_at, up_to(noon))
        report = actions.write_report(incident, period, client_id=uuid4(), at=noon, by=None)
        report = actions.issue(report, at=noon, by=None, signed_name="bench")
        return to_pdf(situation_paper(report), at=noon)

    for which in ("first", "again"):
        took, asked, paper = clocked(whole)
        facts = f"{asked} queries, {len(paper) // 1024} KiB of PDF"
        print(f"sitrep of the exercise, {which}: {took:.2f} s, {facts}, load {os.getloadavg()[0]:.1f}", flush=True)


def of_a_district(residents: int, seed: int, rounds: int) -> None:
    """Each page of the report for many residents."""
    from django.conf import settings
    from django.test import Client

    from benchmarks.supplies.forecast import START, load
    from doorstep.command import journal
    from doorstep.report.models import Counted
    from doorstep.wiring.contributions import contributions

    settings.ALLOWED_HOSTS = ["*"]
    incident = load(round(residents / 2.86), seed)
    work(incident, seed, START)
    client = Client()
    client.force_login(leader(incident), backend="django.contrib.auth.backends.ModelBackend")
    for source in contributions.figures:
        took, asked, _found = clocked(lambda source=source: source.figures(incident, START, START + 2 * DAY))
        print(f"figures of {source.code}: {1000 * took:.0f} ms, {asked} queries", flush=True)
    for name, address in PAGES.items():
        fresh, again = [], []
        for _number in range(rounds):
            Counted.objects.all().delete()
            took, asked, answer = clocked(lambda address=address: client.get(address))
            assert answer.status_code == 200, answer.status_code
            fresh.append(took)
            journal.record("note", incident=incident, occurred_at=START + 2 * DAY)
            again.append(clocked(lambda address=address: client.get(address))[0])
        said = f"counted {1000 * statistics.median(fresh):.0f} ms, then {1000 * statistics.median(again):.0f} ms"
        print(f"{name}: {said}, {asked} queries, load {os.getloadavg()[0]:.1f}", flush=True)


def work(incident: Any, seed: int, start: datetime) -> None:
    """Knocks that keep promises, requests, shifts: what a district writes down in two days; the clock then stands there."""
    from django.db import connection

    from doorstep.command.models import Member
    from doorstep.crew.models import Post, Shift
    from doorstep.desk.models import Request
    from doorstep.promises.models import Promise
    from doorstep.register.models import Household
    from doorstep.rounds.models import Visit
    from doorstep.storage.bulk import bulk_load

    chance = random.Random(seed)
    incident.clock_anchor_incident = start + 2 * DAY
    incident.save()
    Promise.objects.filter(due_at__lte=start + 2 * DAY).update(
        state="kept", kept_at=start + DAY / 2, proof_kind="visit"
    )
    people = [Member.objects.create(name=f"组员{n}") for n in range(200)]
    doors = list(Household.objects.order_by("pk").values_list("pk", "door_id"))
    looks = ["opened"] * 8 + ["no_answer", "through_door"]
    knocks = (
        (
            UUID(int=chance.getrandbits(128)),
            incident.pk,
            door,
            chance.choice(people).pk,
            chance.choice(looks),
            (when := start + DAY * (0.3 + 0.6 * number)),
            when,
            ["kit:living", "letter"],
        )
        for number in range(3)
        for _home, door in doors
    )
    fields = ("client_id", "incident_id", "door_id", "member_id", "outcome", "occurred_at", "recorded_at", "handed")
    bulk_load(Visit, fields, knocks)
    needs = ["food", "medicine", "book", "repair"]
    asked = (
        (
            incident.pk,
            number,
            door,
            chance.choice(needs),
            "normal",
            "…",
            start + DAY * chance.random() * 1.9,
            start,
            start + DAY,
            start + 2 * DAY * chance.random() if chance.random() < 0.8 else None,
        )
        for number, (_home, door) in enumerate(chance.sample(doors, len(doors) // 5))
    )
    fields = (
        "incident_id",
        "number",
        "door_id",
        "need",
        "level",
        "text",
        "said_at",
        "recorded_at",
        "due_at",
        "done_at",
    )
    bulk_load(Request, fields, asked)
    posts = [Post.objects.create(incident=incident, name=f"门{n}", starts_at=start) for n in range(40)]
    stood = (
        (
            post.pk,
            people[(5 * number + turn) % 200].pk,
            start + turn * DAY / 4,
            start + (turn + 1) * DAY / 4,
            "done",
            start + turn * DAY / 4,
            start + (turn + 1) * DAY / 4,
        )
        for number, post in enumerate(posts)
        for turn in range(8)
    )
    fields = ("post_id", "member_id", "starts_at", "ends_at", "state", "checked_in_at", "left_at")
    bulk_load(Shift, fields, stood)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def leader(incident: Any) -> Any:
    """An account that sees the whole incident."""
    from django.contrib.auth import get_user_model

    from doorstep.command.models import Member, RoleGrant

    user = get_user_model().objects.create_user("bench-leader")
    RoleGrant.objects.create(member=Member.objects.create(name="顾明", user=user), role="commander", incident=incident)
    return user


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--residents", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--skip-exercise", action="store_true")
    arguments = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "doorstep.web.settings")
    os.environ["DOORSTEP_DATA"] = tempfile.mkdtemp(prefix="doorstep-bench-")
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    if not arguments.skip_exercise:
        of_the_exercise()
        call_command("flush", verbosity=0, interactive=False)
    of_a_district(arguments.residents, arguments.seed, arguments.rounds)


if __name__ == "__main__":
    main()
