"""`python -m benchmarks.rounds --households 2000 --seconds 60 --seeds 1,2,3`: this planner beside other engines.

All get the same doors and the same seconds, one after the other, each in a process of its own that is killed at 1.2
times the limit; one independent checker counts the cost. A late, broken or missing plan counts as the by-hand plan and
a tenth. `--scale 100,2000,20000` measures time and memory of this planner instead.
"""

from __future__ import annotations

import argparse
import json
import statistics
from pathlib import Path
from typing import Any

from benchmarks.rounds.checker import least, score
from benchmarks.rounds.child import machine, run_engine
from benchmarks.rounds.engines import NAMES, compounds
from benchmarks.rounds.engines import by_hand as by_hand_rule
from benchmarks.rounds.instance import CARRYING, KITS, make_instance

PEERS = "by_hand,vroom_doors,vroom_climbs,ortools_doors,ortools_climbs"


def measure(name: str, instance: dict[str, Any], seconds: float, seed: int, known: float = 0.0) -> dict[str, Any]:
    """One row of the table: an engine on an instance. `known` is the best bound that another engine gave."""
    hand = score(instance, [trip for part in compounds(instance) for trip in by_hand_rule(part, seconds, seed)])
    found = run_engine(name, instance, seconds, seed)
    scored = score(instance, found["trips"]) if "trips" in found else None
    failed = scored is None or bool(scored["violations"])
    counted = hand["cost_s"] * 1.1 if failed else scored["cost_s"] if scored else 0.0
    bound = max(least(instance), known, found.get("lower_bound_s", 0.0))
    service = hand["service_s"]
    return {
        "engine": name,
        "households": instance["households"],
        "doors": len(instance["doors"]),
        "carrying": instance["carrying"],
        "shape": instance["shape"],
        "kit": instance["kit"],
        "seed": seed,
        "limit_s": seconds,
        "cost_s": round(counted, 1),
        "service_s": service,
        "moving_s": round(counted - service, 1),
        "lower_bound_s": round(bound, 1),
        "gap": (counted - bound) / bound,
        "gap_moving": (counted - bound) / (bound - service),
        "trips": scored["trips"] if scored else None,
        "violations": scored["violations"] if scored else {"killed" if found["killed"] else "no plan": 1},
        "seconds": round(found["seconds"], 2),
        "cpu_s": round(found["cpu_s"], 2),
        "peak_mb": round(found["peak_mb"]),
        "load_average": machine()["load_average"][0],
    }


def compare(arguments: argparse.Namespace) -> list[dict[str, Any]]:
    rows = []
    for carrying in arguments.carrying.split(","):
        for seed in map(int, arguments.seeds.split(",")):
            instance = make_instance(
                arguments.households, seed, carrying=carrying, kit=arguments.kit, shape=arguments.shape
            )
            bound = 0.0
            for name in ["doorstep", *arguments.peers.split(",")]:
                row = measure(name, instance, arguments.seconds, seed, bound)
                bound = row["lower_bound_s"]
                rows.append(row)
                show(row, heading=len(rows) == 1)
    for carrying in arguments.carrying.split(","):
        summary([row for row in rows if row["carrying"] == carrying])
    return rows


def scale(arguments: argparse.Namespace) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for households in map(int, arguments.scale.split(",")):
        for carrying in arguments.carrying.split(","):
            seed = int(arguments.seeds.split(",")[0])
            instance = make_instance(households, seed, carrying=carrying, kit=arguments.kit, shape=arguments.shape)
            seconds = arguments.seconds if arguments.seconds else max(2.0, households * arguments.seconds_each)
            rows.append(measure("doorstep", instance, seconds, instance["seed"]))
            show(rows[-1], heading=len(rows) == 1)
    return rows


def show(row: dict[str, Any], *, heading: bool) -> None:
    """One line: `moving` is walking and climbing, what the engines can change; service is the same for all."""
    if heading:
        print(
            f"{'engine':<15}{'doors':>7} {'carrying':<9}{'seed':>4}{'cost':>12}{'moving':>11}{'bound':>12}{'gap':>8}"
            f"{'moving gap':>12}{'trips':>7}{'seconds':>9}{'cpu s':>8}{'MB':>7}{'load':>6}  violations"
        )
    trips = "-" if row["trips"] is None else row["trips"]
    print(
        f"{row['engine']:<15}{row['doors']:>7} {row['carrying']:<9}{row['seed']:>4}{row['cost_s']:>12,.0f}"
        f"{row['moving_s']:>11,.0f}{row['lower_bound_s']:>12,.0f}{row['gap']:>8.2%}{row['gap_moving']:>12.2%}"
        f"{trips:>7}{row['seconds']:>9.1f}{row['cpu_s']:>8.1f}{row['peak_mb']:>7}{row['load_average']:>6.1f}"
        f"  {row['violations'] or ''}",
        flush=True,
    )


def summary(rows: list[dict[str, Any]]) -> None:
    """Median of this planner's saving over each engine, seed by seed."""
    own = {row["seed"]: row for row in rows if row["engine"] == "doorstep"}
    for name in dict.fromkeys(row["engine"] for row in rows if row["engine"] != "doorstep"):
        pairs = [(own[row["seed"]], row) for row in rows if row["engine"] == name]
        moving = statistics.median(1 - one["moving_s"] / other["moving_s"] for one, other in pairs)
        whole = statistics.median(1 - one["cost_s"] / other["cost_s"] for one, other in pairs)
        won = sum(one["cost_s"] < other["cost_s"] for one, other in pairs)
        print(
            f"{rows[0]['carrying']}: {moving:.1%} less walking and climbing than {name}"
            f" ({whole:.1%} with service), cheaper on {won} of {len(pairs)}"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--households", type=int, default=2000)
    parser.add_argument("--seconds", type=float, default=None, help="limit of each engine (default 60)")
    parser.add_argument("--seeds", default="1,2,3")
    parser.add_argument("--peers", default=PEERS, help=f"of {', '.join(NAMES[1:])}")
    parser.add_argument("--carrying", default="bags,trolley", help=f"of {', '.join(CARRYING)}")
    parser.add_argument("--kit", choices=sorted(KITS), default="first")
    parser.add_argument("--shape", choices=["census", "rows"], default="census")
    parser.add_argument("--scale", default="", help="households, by commas: time and memory of this planner")
    parser.add_argument("--seconds-each", type=float, default=0.005, help="with --scale: seconds for each household")
    parser.add_argument("--out", type=Path, help="write the rows as JSON")
    arguments = parser.parse_args()
    print(machine())
    if arguments.scale:
        rows = scale(arguments)
    else:
        arguments.seconds = arguments.seconds or 60.0
        rows = compare(arguments)
    if arguments.out:
        arguments.out.write_text(json.dumps({"machine": machine(), "rows": rows}, indent=1), "utf-8")


if __name__ == "__main__":
    main()
