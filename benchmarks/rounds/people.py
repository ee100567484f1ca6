"""Rounds as people work them: `python -m benchmarks.rounds.people --households 2000`.

Walk-ups and lifts as a census draws them, around one gate; carriers in two shifts with limits of work, of climbing and of
time in a suit; goods packed at three times, hot meals, dues of the vulnerable, infected stairs. One plan is made and
judged by `check.py`, which shares no code with the planner. Then one of ten carriers of a 500-household plan leaves at half time.
"""

from __future__ import annotations

import argparse
import os
import random
import time
from collections import Counter
from typing import Any

from benchmarks.rounds.child import machine
from benchmarks.rounds.instance import make_instance
from doorstep.planning.rounds import Carrier, DoorDemand, RoundsProblem, Stair, check, plan_rounds, replan_rounds
from doorstep.planning.rounds.check import holds, spread

HOUR = 3600.0


def people(households: int, carriers: int, seed: int, *, shape: str = "census") -> RoundsProblem:
    """A compound with everything that rules ask of a round."""
    instance = make_instance(households, seed, shape=shape)
    chance = random.Random(f"people/{seed}/{households}")
    first_gate = instance["gates"][0]
    stairs = tuple(
        Stair(one["id"], *_beside(instance["gates"][one["gate"]], first_gate, one), lift=one["lift"])
        for one in instance["stairs"]
    )
    infected = {stair.id for stair in chance.sample(stairs, max(1, len(stairs) // 30))}
    doors = tuple(_door(one, chance, infected) for one in instance["doors"])
    half = (carriers + 1) // 2
    crew = tuple(
        Carrier(
            f"{number:02d}",
            0.0 if number < half else 3 * HOUR,
            8 * HOUR if number < half else 11 * HOUR,
            work_limit_s=7 * HOUR,
            budget_kg_storeys=9_000.0,
            ppe_limit_s=3 * HOUR,
            rest_s=0.5 * HOUR,
        )
        for number in range(carriers)
    )
    return RoundsProblem(doors, stairs, crew, gate_x_m=first_gate[0], gate_y_m=first_gate[1])


def _beside(gate: list[float], first_gate: list[float], stair: dict[str, Any]) -> tuple[float, float]:
    """All compounds laid over one gate: each stair as far from it as from its own."""
    return stair["x"] - gate[0] + first_gate[0], stair["y"] - gate[1] + first_gate[1]


def _door(one: dict[str, Any], chance: random.Random, infected: set[str]) -> DoorDemand:
    vulnerable, hot = chance.random() < 0.08, chance.random() < 0.05
    return DoorDemand(
        one["id"],
        one["stair"],
        one["floor"],
        one["kg"],
        service_s=one["service"],
        release_s=0.0 if hot else chance.choice([0.0, 0.0, HOUR, 3 * HOUR]),
        due_s=8 * HOUR if vulnerable else None,
        priority=5 if vulnerable else 0,
        first=hot,
        last=one["stair"] in infected,
    )


def measure(households: int, carriers: int, seconds: float, seed: int) -> None:
    problem = people(households, carriers, seed)
    began = time.perf_counter()
    plan = plan_rounds(problem, iterations=10**9, seconds=seconds, seed=seed)
    took = time.perf_counter() - began
    wrong = Counter(text.split(":")[0] for text in check(problem, plan))
    hours = [sum(t.return_s - t.depart_s for t in plan.trips if t.carrier == one.id) / HOUR for one in problem.carriers]
    unfair = plan.cost_s - plan.fair_extra_s
    print(
        f"{len(problem.doors)} doors, {carriers} carriers, seed {seed}: {took:.1f} s of {seconds:g}, load {os.getloadavg()[0]:.1f}\n"
        f"  violations {sum(wrong.values())} {dict(wrong) or ''}, unserved {len(plan.unserved)}, late {len(plan.late)}\n"
        f"  {len(plan.trips)} trips, {len(plan.rests)} rests, {min(hours):.1f} to {max(hours):.1f} h of trips a carrier\n"
        f"  kg x storeys, (most - least) / mean of equal shifts: {spread(problem, plan):.1%}\n"
        f"  cost {plan.cost_s:,.0f} s, {plan.cost_s / unfair - 1:+.2%} for sharing evenly; by hand {plan.by_hand_cost_s:,.0f};"
        f" bound {plan.lower_bound_s:,.0f}, gap {plan.gap:.1%}",
        flush=True,
    )


def leave(households: int, carriers: int, seconds: float, seed: int) -> None:
    """One carrier of each plan leaves at half time."""
    problem = people(households, carriers, seed)
    before = plan_rounds(problem, iterations=10**9, seconds=seconds, seed=seed)
    half = max(trip.return_s for trip in before.trips) / 2
    owner = {stop.door: trip.carrier for trip in before.trips for stop in trip.stops}
    for gone in [carrier.id for carrier in problem.carriers][:: max(1, carriers // 4)]:
        began = time.perf_counter()
        after = replan_rounds(problem, before, at_s=half, gone_carriers=[gone])
        took = time.perf_counter() - began
        now = {stop.door: trip.carrier for trip in after.trips for stop in trip.stops}
        moved = [door for door, carrier in owner.items() if now.get(door, carrier) != carrier]
        others = sum(owner[door] != gone for door in moved)
        wrong = holds(problem, after, broken_off=[gone])
        print(
            f"{len(problem.doors)} doors, {carriers} carriers, {gone} leaves at {half / HOUR:.1f} h: {took:.2f} s, {len(moved)} stops moved,"
            f" {others} of them of others; unserved {len(after.unserved)}, late {len(after.late)}, violations {len(wrong)};"
            f" cost {after.cost_s / before.cost_s - 1:+.1%}; load {os.getloadavg()[0]:.1f}",
            flush=True,
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--households", type=int, default=2000)
    parser.add_argument("--carriers", type=int, help="one for 60 households unless said")
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--seeds", default="1")
    arguments = parser.parse_args()
    print(machine())
    for seed in map(int, arguments.seeds.split(",")):
        crew = arguments.carriers or max(4, arguments.households // 60)
        measure(arguments.households, crew, arguments.seconds, seed)
        leave(500, 10, 10.0, seed)


if __name__ == "__main__":
    main()
