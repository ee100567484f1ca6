"""Whether a plan of errands holds. Shares no code with the planner: it counts everything again from the problem."""

from __future__ import annotations

from collections import Counter

from doorstep.planning.errands.plan import ErrandsPlan
from doorstep.planning.errands.problem import ErrandsProblem

CLOSE = 1e-6


def check(problem: ErrandsProblem, plan: ErrandsPlan) -> list[str]:
    """What is wrong with the plan, in words; nothing if it holds."""
    wrong: list[str] = []
    site_at = {site.id: number for number, site in enumerate(problem.sites, 1)}
    couriers = {courier.id: courier for courier in problem.couriers}
    lines = {line.id: line for line in problem.lines}
    given: Counter[str] = Counter()
    taken: Counter[tuple[str, str]] = Counter()
    parts: Counter[str] = Counter()
    visited: Counter[str] = Counter(stop.site for route in plan.routes for stop in route.stops)
    wrong += [f"{site} is visited {many} times" for site, many in visited.items() if many > 1]
    out = Counter(route.courier for route in plan.routes)
    wrong += [f"courier {name} goes out {many} times" for name, many in out.items() if many > 1]
    cost = seconds = 0.0
    for route in plan.routes:
        courier, place, time = couriers[route.courier], 0, route.starts_s
        if route.starts_s < courier.starts_s - CLOSE or route.ends_s > courier.ends_s + CLOSE:
            wrong.append(f"courier {courier.id} is out beyond the shift")
        for stop in route.stops:
            here = site_at[stop.site]
            site = problem.sites[here - 1]
            time += problem.travel_s[place][here]
            if stop.arrives_s < time - CLOSE:
                wrong.append(f"{stop.site} is reached before it can be")
            leaves = max(stop.arrives_s, site.opens_s) + site.queue_s
            if stop.leaves_s < leaves - CLOSE or stop.leaves_s > site.closes_s + CLOSE:
                wrong.append(f"the time at {stop.site} does not fit its queue and hours")
            for got in stop.collected:
                line = lines[got.line]
                given[line.id] += got.packs
                parts[line.id] += 1
                taken[stop.site, got.drug] += got.packs
                cost += got.packs * site.prices.get(got.drug, 0.0)
                if got.drug not in line.drugs:
                    wrong.append(f"line {line.id} gets {got.drug}")
                if line.sites is not None and stop.site not in line.sites:
                    wrong.append(f"line {line.id} may not be had at {stop.site}")
                if route.ends_s > line.due_s + CLOSE:
                    wrong.append(f"line {line.id} comes too late")
                if route.ends_s - stop.leaves_s > line.cold_s + CLOSE:
                    wrong.append(f"line {line.id} is out of the cold too long")
            place, time = here, stop.leaves_s
        if route.ends_s < time + problem.travel_s[place][0] - CLOSE:
            wrong.append(f"courier {courier.id} is back before that can be")
        seconds += route.ends_s - route.starts_s
    for (name, drug), many in taken.items():
        if many > problem.sites[site_at[name] - 1].stock.get(drug, 0):
            wrong.append(f"{name} has not {many} packs of {drug}")
    missing = {row.line: row.packs for row in plan.unserved}
    for line in problem.lines:
        if given[line.id] + missing.get(line.id, 0) != line.packs:
            wrong.append(
                f"line {line.id}: {given[line.id]} of {line.packs} packs, {missing.get(line.id, 0)} named as missing"
            )
        if line.whole and parts[line.id] > 1:
            wrong.append(f"line {line.id} is torn")
    if abs(seconds - plan.courier_s) > 1e-3 or abs(cost + seconds - plan.cost) > 1e-3:
        wrong.append("the cost is not that of the routes")
    if plan.lower_bound > plan.objective + 1e-3:
        wrong.append("the bound is above the plan")
    return wrong
