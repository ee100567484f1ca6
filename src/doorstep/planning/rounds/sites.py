"""Many compounds at once: each is planned whole, around its own gate; carriers are shared out among them."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, replace
from multiprocessing import get_context

from doorstep.planning.rounds.plan import Late, Rest, RoundsPlan, Trip, Unserved
from doorstep.planning.rounds.planner import plan_by_hand, plan_rounds
from doorstep.planning.rounds.problem import Carrier, RoundsProblem, kg_storeys

Progress = Callable[[float, str], None]


@dataclass
class _Shift:
    """What is left of a carrier's shift, and where it was last at work."""

    carrier: Carrier
    free_s: float
    worked_s: float = 0.0
    climbed: float = 0.0
    infected: bool = False
    trips: int = 0
    site: int | None = None

    def rest(self) -> Rest | None:
        """The break that it has before it goes on elsewhere, where suits are worn only so long."""
        if self.site is None or self.carrier.ppe_limit_s is None:
            return None
        return Rest(self.carrier.id, self.free_s, self.free_s + self.carrier.rest_s)

    def left(self, transfer_s: float) -> Carrier | None:
        """The carrier as another site may have it, rested; None when nothing is left, or when it was on infected stairs."""
        rest = self.rest()
        start = (rest.end_s if rest else self.free_s) + (transfer_s if self.site is not None else 0.0)
        work, budget = self.carrier.work_limit_s, self.carrier.budget_kg_storeys
        work = None if work is None else work - self.worked_s
        budget = None if budget is None else budget - self.climbed
        if self.infected or start >= self.carrier.end_s or (work is not None and work <= 0):
            return None
        return replace(self.carrier, start_s=start, work_limit_s=work, budget_kg_storeys=budget)


def plan_sites(
    sites: Sequence[RoundsProblem],
    carriers: Sequence[Carrier],
    *,
    transfer_s: float,
    iterations: int = 3_000,
    seconds: float = 10.0,
    seed: int = 1,
    workers: int | None = None,
    progress: Progress | None = None,
) -> RoundsPlan:
    """One plan over several compounds; `sites` have no carriers of their own, and no door stands in two of them.

    Carriers go to the compound with the most work for each of those it has; a compound that they cannot finish is
    helped by whoever is free elsewhere, `transfer_s` later. Cost and bound are the sums over the compounds.
    """
    began = time.monotonic()
    if len(sites) <= 1:
        whole = replace(sites[0] if sites else RoundsProblem((), (), ()), carriers=tuple(carriers))
        return plan_rounds(whole, iterations=iterations, seconds=seconds, seed=seed, workers=workers, progress=progress)
    given = share_out([plan_by_hand(site).cost_s for site in sites], carriers)
    problems = [replace(site, carriers=tuple(given[number])) for number, site in enumerate(sites)]
    plans = _side_by_side(problems, iterations, seconds, seed, workers, progress)
    merged = _Merged(carriers)
    for number, plan in enumerate(plans):
        merged.take(number, sites[number], plan)
    merged.help_out(sites, transfer_s, seed)
    cost, bound = merged.cost_s, sum(plan.lower_bound_s for plan in plans)
    return RoundsPlan(
        trips=tuple(merged.trips),
        unserved=tuple(lost for found in merged.unserved.values() for lost in found),
        late=tuple(merged.late),
        cost_s=cost,
        by_hand_cost_s=sum(plan.by_hand_cost_s for plan in plans),
        lower_bound_s=bound,
        gap=(cost - bound) / bound if bound > 0 else 0.0,
        seconds=time.monotonic() - began,
        seed=seed,
        iterations=iterations,
        complete=all(plan.complete for plan in plans),
        method="sites",
        by_hand_missed=(sum(plan.by_hand_missed[0] for plan in plans), sum(plan.by_hand_missed[1] for plan in plans)),
        rests=tuple(merged.rests),
        fair_extra_s=sum(plan.fair_extra_s for plan in plans),
    )


def share_out(work_s: Sequence[float], carriers: Sequence[Carrier]) -> list[list[Carrier]]:
    """Carriers by site: each in turn to the site with the most work for each second of shift that it has so far."""
    given: list[list[Carrier]] = [[] for _ in work_s]
    hours = [0.0] * len(work_s)
    for carrier in sorted(carriers, key=lambda one: (one.start_s, one.start_s - one.end_s, one.id)):
        number = max(
            (site for site, work in enumerate(work_s) if work > 0),
            key=lambda site: (hours[site] == 0, work_s[site] / (hours[site] or 1.0), -site),
            default=0,
        )
        length = carrier.end_s - carrier.start_s
        hours[number] += length if carrier.work_limit_s is None else min(length, carrier.work_limit_s)
        given[number].append(carrier)
    return given


class _Merged:
    """The plans of the sites as one, with what is left of each shift."""

    def __init__(self, carriers: Sequence[Carrier]) -> None:
        self.shifts = {carrier.id: _Shift(carrier, carrier.start_s) for carrier in carriers}
        self.trips: list[Trip] = []
        self.rests: list[Rest] = []
        self.unserved: dict[int, list[Unserved]] = {}
        self.late: list[Late] = []
        self.open_cost: dict[int, float] = {}

    @property
    def cost_s(self) -> float:
        """Seconds of all trips, and of those that fit no shift."""
        return sum(trip.return_s - trip.depart_s for trip in self.trips) + sum(self.open_cost.values())

    def take(self, site: int, problem: RoundsProblem, plan: RoundsPlan) -> None:
        """Add what a plan serves; what it does not stays with the site."""
        doors = {door.id: door for door in problem.doors}
        stairs = {stair.id: stair for stair in problem.stairs}
        self.rests += plan.rests
        self.unserved[site] = list(plan.unserved)
        self.late += plan.late
        taken = 0.0
        for trip in sorted(plan.trips, key=lambda one: one.depart_s):
            shift = self.shifts[trip.carrier]
            if shift.site not in (None, site) and (rest := shift.rest()):
                self.rests.append(rest)
            visited = [doors[stop.door] for stop in trip.stops]
            shift.climbed += sum(kg_storeys(stairs[door.stair], door) for door in visited)
            shift.infected |= any(door.last for door in visited)
            shift.trips += 1
            shift.free_s, shift.site = trip.return_s, site
            shift.worked_s += trip.return_s - trip.depart_s
            taken += trip.return_s - trip.depart_s
            self.trips.append(replace(trip, number=shift.trips))
        self.open_cost[site] = max(0.0, plan.cost_s - taken)

    def help_out(self, sites: Sequence[RoundsProblem], transfer_s: float, seed: int) -> None:
        """Whoever is free elsewhere helps a site that could not be finished, as long as that serves one door more."""
        for site, problem in enumerate(sites):
            lost = {line.door for line in self.unserved[site] if line.reason != "too_heavy"}
            if not lost:
                continue
            able = [
                carrier
                for shift in self.shifts.values()
                if shift.site != site and (carrier := shift.left(transfer_s)) is not None
            ]
            if not able:
                continue
            rest = replace(
                problem, doors=tuple(door for door in problem.doors if door.id in lost), carriers=tuple(able)
            )
            plan = plan_rounds(rest, seconds=0.1, seed=seed)
            if plan.trips:
                heavy = [line for line in self.unserved[site] if line.door not in lost]
                self.take(site, problem, plan)
                self.unserved[site] += heavy


def _side_by_side(
    problems: Sequence[RoundsProblem],
    iterations: int,
    seconds: float,
    seed: int,
    workers: int | None,
    progress: Progress | None,
) -> list[RoundsPlan]:
    """Each site by itself in a pool of processes, the largest first; iterations and seconds shared by doors."""
    total = sum(len(problem.doors) for problem in problems) or 1
    workers = min(workers or os.cpu_count() or 1, len(problems))
    shares = [len(problem.doors) / total for problem in problems]
    budgets = [max(100, round(iterations * share)) for share in shares]
    order = sorted(range(len(problems)), key=lambda number: -shares[number])
    plans: dict[int, RoundsPlan] = {}
    if workers <= 1:
        for number in order:
            plans[number] = _one(problems[number], budgets[number], seconds * shares[number], seed)
            if progress:
                progress(len(plans) / len(problems), "planning")
        return [plans[number] for number in range(len(problems))]
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        jobs = {
            pool.submit(_one, problems[number], budgets[number], 0.9 * seconds * workers * shares[number], seed): number
            for number in order
        }
        for job in as_completed(jobs):
            plans[jobs[job]] = job.result()
            if progress:
                progress(len(plans) / len(problems), "planning")
    return [plans[number] for number in range(len(problems))]


def _one(problem: RoundsProblem, iterations: int, seconds: float, seed: int) -> RoundsPlan:
    return plan_rounds(problem, iterations=iterations, seconds=max(seconds, 0.3), seed=seed, workers=1)
