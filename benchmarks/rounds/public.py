"""The planner on public VRPLIB files beside their best known costs: `python -m benchmarks.rounds.public FOLDER --seconds 60`.

Each `.vrp` is solved by `doorstep solve rounds`; the routes are counted again here from the file's own text (distances,
capacity, windows, release dates, reloads, vehicles), by code that the planner does not share. The best known cost is
the `Cost` of the `.sol` beside it, counted by the same rules.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import re
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from benchmarks.rounds.child import machine


def read(path: Path) -> dict[str, Any]:
    """Headers and sections of a VRPLIB file with coordinates."""
    facts: dict[str, Any] = {}
    section = ""
    for line in path.read_text("utf-8").splitlines():
        text = line.strip()
        if re.fullmatch(r"[A-Z_]+_SECTION", text):
            section = text.removesuffix("_SECTION")
            facts[section] = {}
        elif ":" in text and not section:
            name, value = text.split(":", 1)
            facts[name.strip()] = value.strip()
        elif section and text and text[0].isdigit():
            number, *values = text.split()
            facts[section][int(number)] = [float(value) for value in values]
    return facts


def count(facts: dict[str, Any], routes: list[list[int]]) -> tuple[int, list[str]]:
    """Distance of routes (clients numbered from 1, 0 a reload) and every rule that they break."""
    windows = facts.get("TIME_WINDOW")
    scale = 10 if windows else 1
    places = {number - 1: xy for number, xy in facts["NODE_COORD"].items()}
    demand = {number - 1: values[0] for number, values in facts["DEMAND"].items()}
    release = {number - 1: values[0] * scale for number, values in facts.get("RELEASE_TIME", {}).items()}
    early = {number - 1: values[0] * scale for number, values in (windows or {}).items()}
    late = {number - 1: values[1] * scale for number, values in (windows or {}).items()}
    service = float(facts.get("SERVICE_TIME", 0)) * scale
    capacity = float(facts["CAPACITY"])

    def distance(a: int, b: int) -> int:
        length = math.dist(places[a], places[b])
        return int(length * scale) if windows else int(length + 0.5)

    total, wrong = 0, []
    seen = sorted(stop for route in routes for stop in route if stop)
    if seen != list(range(1, len(places))):
        wrong.append("a client is missed or visited twice")
    if "VEHICLES" in facts and len(routes) > int(facts["VEHICLES"]):
        wrong.append(f"{len(routes)} vehicles of {facts['VEHICLES']}")
    for route in routes:
        if 0 in route and "VEHICLES_RELOAD_DEPOT" not in facts:
            wrong.append("a reload where none is allowed")
        now = early.get(0, 0.0)
        for trip in _trips(route):
            if sum(demand[stop] for stop in trip) > capacity:
                wrong.append("a trip over its capacity")
            now = max(now, *(release.get(stop, 0.0) for stop in trip))
            here = 0
            for stop in [*trip, 0]:
                step = distance(here, stop)
                total += step
                now = max(now + step, early.get(stop, 0.0))
                if now > late.get(stop, math.inf):
                    wrong.append(f"late at {stop}")
                now += service if stop else 0.0
                here = stop
    return total, wrong


def _trips(route: list[int]) -> list[list[int]]:
    trips: list[list[int]] = [[]]
    for stop in route:
        if stop:
            trips[-1].append(stop)
        else:
            trips.append([])
    return [trip for trip in trips if trip]


def best_known(path: Path, facts: dict[str, Any]) -> tuple[int | None, list[str]]:
    """The cost written in the solution beside a file, and whether its routes give that cost by our counting."""
    solution = path.with_suffix(".sol")
    if not solution.exists():
        return None, []
    text = solution.read_text("utf-8")
    cost = round(float(re.search(r"Cost:?\s*([\d.]+)", text).group(1)) * (1 if "." not in text else 10))  # type: ignore[union-attr]
    routes = [
        [int(stop) for stop in line.split(":")[1].split()] for line in text.splitlines() if line.startswith("Route")
    ]
    counted, wrong = count(facts, routes)
    return cost, wrong if counted == cost else [*wrong, f"the solution counts {counted}, not {cost}"]


def measure(path: Path, seconds: float, seed: int) -> dict[str, Any]:
    facts = read(path)
    best, odd = best_known(path, facts)
    began = time.perf_counter()
    command = [sys.executable, "-m", "doorstep", "solve", "rounds", str(path), "--seconds", str(seconds)]
    done = subprocess.run(
        [*command, "--seed", str(seed), "--json"], capture_output=True, text=True, check=False, timeout=2 * seconds + 60
    )
    took = time.perf_counter() - began
    if done.returncode:
        return {
            "file": path.stem,
            "seed": seed,
            "cost": None,
            "gap": None,
            "wrong": [done.stderr[-300:]],
            "seconds": took,
        }
    answer = json.loads(done.stdout)
    cost, wrong = count(facts, answer["routes"])
    if answer["cost"] != cost:
        wrong.append(f"it says {answer['cost']}")
    return {
        "file": path.stem,
        "seed": seed,
        "cost": cost,
        "best_known": best,
        "gap": (cost - best) / best if best else None,
        "lower_bound": answer["lower_bound"],
        "seconds": round(took, 2),
        "wrong": wrong,
        "odd_best": odd,
        "load_average": round(os.getloadavg()[0], 1),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--seeds", default="1")
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    print(machine())
    rows = []
    for path in sorted(arguments.folder.rglob("*.vrp")):
        for seed in map(int, arguments.seeds.split(",")):
            row = measure(path, arguments.seconds, seed)
            rows.append(row)
            gap = "-" if row["gap"] is None else f"{row['gap']:.2%}"
            odd = [*row["wrong"], *row.get("odd_best", [])]
            print(
                f"{row['file']:<16} seed {seed}  cost {row['cost']}  best known {row.get('best_known')}  gap {gap}"
                f"  {row['seconds']:.1f} s  load {row.get('load_average')}  {odd or ''}",
                flush=True,
            )
    gaps = [row["gap"] for row in rows if row["gap"] is not None]
    if gaps:
        print(f"mean gap {statistics.mean(gaps):.2%} over {len(gaps)}")
    if arguments.out:
        arguments.out.write_text(json.dumps({"machine": machine(), "rows": rows}, indent=1), "utf-8")


if __name__ == "__main__":
    main()
