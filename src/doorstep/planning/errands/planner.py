"""Errands planned: a relaxation says which sites are likely open and what no plan can beat, annealing finds the ways."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from doorstep.planning.errands.bound import Bounding
from doorstep.planning.errands.plan import Collected, ErrandsPlan, Route, Stop, Unserved
from doorstep.planning.errands.problem import ErrandsProblem
from doorstep.planning.errands.search import Search, State

RELAXED = 0.35  # part of the seconds for the bound; the search has the rest
BLOCKS = 12  # of moves in one round of annealing
LIKELY = 0.5
ENOUGH = 1e-6


def plan_errands(
    problem: ErrandsProblem,
    *,
    iterations: int = 40,
    seconds: float = 15.0,
    seed: int = 1,
    progress: Callable[[float, str], None] | None = None,
) -> ErrandsPlan:
    """Who goes where and brings which line: fewest courier-seconds and prices, every line that can be had in time.

    `iterations` are rounds of annealing; `seconds` cuts them short. Lines without a source are named with the reason.
    """
    began = time.monotonic()
    bound = Bounding(problem)
    bound.advance(began + RELAXED * seconds)
    search = Search(problem, seed, began + 0.97 * seconds)
    search.prefer(bound.likely)
    best = search.proven(_first(search, bound))
    complete = True
    with ThreadPoolExecutor(1) as aside:
        aside.submit(bound.advance, search.until)
        for number in range(iterations):
            if search.over:
                complete = False
                break
            if _near(search, best, bound):
                break
            best = min(best, search.proven(search.improve(best, BLOCKS, number)), key=search.value)
            if progress:
                progress((number + 1) / iterations, "ways")
        bound.stopped = True
    return _plan(problem, search, best, bound, seed, iterations, complete, began)


def _first(search: Search, bound: Bounding) -> State:
    """The better of two beginnings: site by site, and the sites that the relaxation opens."""
    start = search.start()
    likely = search.through([place for place in search.useful if bound.likely[place - 1] > LIKELY])
    return min((state for state in (start, likely) if state.late <= 0), key=search.value)


def _near(search: Search, state: State, bound: Bounding) -> bool:
    return search.value(state) <= bound.value * (1 + ENOUGH) + ENOUGH


def _plan(
    problem: ErrandsProblem,
    search: Search,
    state: State,
    bound: Bounding,
    seed: int,
    iterations: int,
    complete: bool,
    began: float,
) -> ErrandsPlan:
    """The ways with their lines; a stop at which nothing is collected after all is left out."""
    while True:
        sites, usable = search.open(state)
        served, missing = search.buying.assigned(sites, usable)
        got: dict[int, list[Collected]] = defaultdict(list)
        for number, parts in served.items():
            for place, drug, packs in parts:
                got[place + 1].append(Collected(problem.lines[number].id, drug, packs))
        idle = [place for route in state.routes for place in route if place not in got]
        if not idle:
            break
        for place in idle:
            state = search.without(state, place)
    routes, cost = [], 0.0
    for number, route in enumerate(state.routes):
        if not route:
            continue
        timed = search.times.run(route, problem.couriers[number])
        stops = tuple(
            Stop(problem.sites[place - 1].id, at, leaves, tuple(got[place]))
            for place, at, leaves in zip(route, timed.arrives, timed.leaves, strict=True)
        )
        routes.append(Route(problem.couriers[number].id, timed.starts_s, timed.ends_s, stops))
        cost += sum(
            one.packs * problem.sites[place - 1].prices.get(one.drug, 0.0) for place in route for one in got[place]
        )
    courier_s = sum(route.ends_s - route.starts_s for route in routes)
    cost += courier_s
    unserved = tuple(
        Unserved(problem.lines[number].id, _why(problem, number), packs) for number, packs in sorted(missing.items())
    )
    lack = sum(
        problem.unserved_cost * problem.lines[n].grave * packs / problem.lines[n].packs for n, packs in missing.items()
    )
    objective = cost + lack
    lower = min(bound.value, objective)
    return ErrandsPlan(
        routes=tuple(routes),
        unserved=unserved,
        courier_s=courier_s,
        cost=cost,
        objective=objective,
        lower_bound=lower,
        gap=(objective - lower) / lower if lower > 0 else 0.0,
        seconds=time.monotonic() - began,
        seed=seed,
        iterations=iterations,
        complete=complete,
    )


def _why(problem: ErrandsProblem, number: int) -> str:
    """Why a line stays open: nowhere to be had, not in time by any courier, or more wanted than there is."""
    line = problem.lines[number]
    least = line.packs if line.whole else 1
    sources = [
        place
        for place, site in enumerate(problem.sites, 1)
        if (line.sites is None or site.id in line.sites)
        and any(site.stock.get(drug, 0) >= least for drug in line.drugs)
    ]
    if not sources:
        return "no_source"
    if not any(_in_time(problem, place, number) for place in sources):
        return "time"
    wanted = sum(other.packs for other in problem.lines if set(other.drugs) & set(line.drugs))
    held = sum(site.stock.get(drug, 0) for site in problem.sites for drug in line.drugs)
    return "stock" if wanted > held else "couriers"


def _in_time(problem: ErrandsProblem, place: int, number: int) -> bool:
    """Whether some courier who goes there alone is back in time and with the line still cold."""
    line, site = problem.lines[number], problem.sites[place - 1]
    for courier in problem.couriers:
        at = max(courier.starts_s + problem.travel_s[0][place], site.opens_s)
        leaves = at + site.queue_s
        home = leaves + problem.travel_s[place][0]
        if leaves <= site.closes_s and home <= min(line.due_s, courier.ends_s) and home - leaves <= line.cold_s:
            return True
    return False
