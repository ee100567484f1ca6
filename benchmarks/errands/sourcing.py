"""Courier-hours for the medicine lines of many residents, beside two plain ways of doing it in the same run.

`python -m benchmarks.errands.sourcing --sites 30 --lines 250 --couriers 5 --seconds 15 --seeds 1,2,3`. By hand: each line at
the nearest site that still has it, the sites joined into short ways. Greedy: the site that serves most open lines for its
time, again and again. Both keep to hours, queues, stock and due times, and have their ways improved like ours.
"""

from __future__ import annotations

import argparse
import math
import os
import random
import time
from collections import Counter

from doorstep.planning.errands import Courier, ErrandsProblem, Line, Site, check, plan_errands
from doorstep.planning.errands.search import Search, State

SPEED_M_S = 15 / 3.6  # an electric bicycle
HALF_M = 6_000.0  # half the side of the area
DAY_S = 9 * 3600.0
DRUGS = 80
USED = 0.6  # of the packs of a drug are asked for at most
RARE = 0.12  # of drugs are had at two sites only


def instance(sites: int, lines: int, couriers: int, seed: int) -> ErrandsProblem:
    """A third hospitals with most drugs, long queues and short hours; pharmacies with common drugs and little stock."""
    chance = random.Random(seed)
    drugs = [f"drug {n}" for n in range(max(DRUGS, lines // 6))]
    rare = set(chance.sample(drugs, int(RARE * len(drugs))))
    points = [(0.0, 0.0), *((chance.uniform(-HALF_M, HALF_M), chance.uniform(-HALF_M, HALF_M)) for _ in range(sites))]
    travel = [[round(math.dist(a, b) / SPEED_M_S, 1) for b in points] for a in points]
    hospitals = set(range(sites // 3))
    stock: list[dict[str, int]] = [{} for _ in range(sites)]
    for drug in drugs:
        keepers = chance.sample(range(sites), 2) if drug in rare else range(sites)
        for place in keepers:
            share = 0.7 if place in hospitals else 0.25
            if drug in rare or chance.random() < share:
                stock[place][drug] = chance.randint(4, 12) if place in hospitals else chance.randint(1, 5)
    table = []
    for place in range(sites):
        if place in hospitals:
            table.append(
                Site(f"h{place}", stock[place], chance.uniform(1200, 3600), 0.0, chance.choice([4, 7, 9]) * 3600.0)
            )
        else:
            table.append(
                Site(f"p{place}", stock[place], chance.uniform(300, 900), 0.0, chance.choice([8, 9, 12]) * 3600.0)
            )
    asked: list[Line] = []
    wanted: Counter[str] = Counter()
    held = {drug: sum(shelf.get(drug, 0) for shelf in stock) for drug in drugs}
    in_hospital = {drug: sum(stock[place].get(drug, 0) for place in hospitals) for drug in drugs}
    while len(asked) < lines:
        number, drug = len(asked), drugs[min(int(chance.expovariate(1 / (len(drugs) / 4))), len(drugs) - 1)]
        due = chance.choice([math.inf] * 8 + [DAY_S, 6 * 3600.0])
        allowed = frozenset(f"h{place}" for place in hospitals) if chance.random() < 0.15 else None
        cold = 2 * 3600.0 if chance.random() < 0.06 else math.inf
        packs = chance.choice([1, 1, 1, 2])
        if wanted[drug] + packs > USED * (in_hospital if allowed else held)[drug]:
            continue
        wanted[drug] += packs
        asked.append(Line(str(number), (drug,), packs, due, cold, allowed))
    team = tuple(Courier(f"c{n}", 0.0, DAY_S) for n in range(couriers))
    return ErrandsProblem(tuple(table), tuple(asked), team, travel, unserved_cost=4 * 3600.0)


def by_hand(search: Search) -> State:
    """Each line at the nearest site that still has it, whatever that adds to the ways."""
    problem = search.problem
    left = [dict(site.stock) for site in problem.sites]
    near = sorted(search.sites, key=lambda place: search.times.travel[0][place])
    wanted: list[int] = []
    for line in problem.lines:
        for place in near:
            site = problem.sites[place - 1]
            if (line.sites is None or site.id in line.sites) and left[place - 1].get(line.drugs[0], 0) >= line.packs:
                left[place - 1][line.drugs[0]] -= line.packs
                wanted.append(place)
                break
    return search.through(sorted(set(wanted)))


def greedy(search: Search) -> State:
    """The site that mends most for each second it adds, until none mends anything."""
    state = search.through([])
    while True:
        best, rate = None, 0.0
        inside = {place for route in state.routes for place in route}
        for place in search.useful:
            if place in inside:
                continue
            trial = search.through([*[p for route in state.routes for p in route], place])
            mended = state.lack - trial.lack
            if mended > 1e-9 and mended / max(trial.way - state.way, 1.0) > rate:
                best, rate = trial, mended / max(trial.way - state.way, 1.0)
        if best is None:
            return state
        state = best


def polished(search: Search, state: State, moves: int = 3000) -> State:
    """The ways of a plan improved with its sites as they are."""
    search.useful = sorted({place for route in state.routes for place in route})
    best = state
    for _ in range(moves):
        place = search.random.choice(search.useful)
        trial = search.without(best, place)
        trial = search.again(trial, place) if search.random.random() < 0.7 else search.turned(best)
        if trial is not None and search.value(trial) < search.value(best) - 1e-9:
            best = trial
    return best


def told(name: str, problem: ErrandsProblem, search: Search, state: State) -> float:
    _, missing = search.buying.assigned(*search.open(state))
    hours = state.way / 3600
    visits = sum(map(len, state.routes))
    out = sum(1 for route in state.routes if route)
    print(
        f"  {name:8} {hours:6.2f} h, {visits} visits, {out} couriers, {len(missing)} lines open, late {state.late:.0f} s"
    )
    return hours + sum(problem.unserved_cost * problem.lines[n].grave for n in missing) / 3600


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, default in (("sites", 30), ("lines", 250), ("couriers", 5)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--seconds", type=float, default=15.0)
    parser.add_argument("--seeds", default="1,2,3")
    asked = parser.parse_args()
    for seed in (int(word) for word in asked.seeds.split(",")):
        problem = instance(asked.sites, asked.lines, asked.couriers, seed)
        print(f"seed {seed}: {asked.sites} sites, {asked.lines} lines, {asked.couriers} couriers")
        peers = []
        for name, way in (("by hand", by_hand), ("greedy", greedy)):
            search = Search(problem, seed, time.monotonic() + asked.seconds)
            state = way(search)
            peers.append(told(name, problem, search, polished(search, state)))
        load, used = os.getloadavg()[0], time.process_time()
        plan = plan_errands(problem, iterations=10_000, seconds=asked.seconds, seed=seed)
        used = time.process_time() - used
        total = plan.objective / 3600
        visits = sum(len(route.stops) for route in plan.routes)
        print(
            f"  {'ours':8} {plan.courier_s / 3600:6.2f} h, {visits} visits, {len(plan.routes)} couriers, "
            f"{len(plan.unserved)} lines open, bound {plan.lower_bound / 3600:.2f} h, gap {100 * plan.gap:.1f} %, "
            f"{plan.seconds:.1f} s ({used:.1f} s of CPU, load {load:.1f}), {len(check(problem, plan))} rules broken"
        )
        shares = [
            f"{100 * (1 - total / peer):.1f} % below {name}"
            for peer, name in zip(peers, ("by hand", "greedy"), strict=True)
        ]
        print(f"  with {problem.unserved_cost / 3600:.0f} h for an open line: {', '.join(shares)}", flush=True)


if __name__ == "__main__":
    main()
