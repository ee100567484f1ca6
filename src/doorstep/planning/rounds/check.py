"""Whether a plan holds. Shares no code with the planner: it counts everything again from the problem."""

from __future__ import annotations

import math
from collections import Counter, defaultdict

from doorstep.planning.rounds.plan import RoundsPlan
from doorstep.planning.rounds.problem import RoundsProblem

EPS = 1e-3


def check(problem: RoundsProblem, plan: RoundsPlan) -> list[str]:
    """Every way in which the plan breaks the problem; empty when it holds."""
    doors = {door.id: door for door in problem.doors}
    stairs = {stair.id: stair for stair in problem.stairs}
    carriers = {carrier.id: carrier for carrier in problem.carriers}
    wrong = []
    gates = {"": (problem.gate_x_m, problem.gate_y_m), **{gate.id: (gate.x_m, gate.y_m) for gate in problem.gates}}
    named = Counter(stop.door for trip in plan.trips for stop in trip.stops)
    named.update(lost.door for lost in plan.unserved)
    wrong += [f"door {door} is named {named[door]} times" for door in doors if named[door] != 1]
    wrong += [f"door {door} is not of this problem" for door in named if door not in doors]
    by_carrier = defaultdict(list)
    for trip in plan.trips:
        by_carrier[trip.carrier].append(trip)
        visited = [door for climb in trip.climbs for door in climb.doors]
        if visited != [stop.door for stop in trip.stops]:
            wrong.append(f"trip {trip.carrier}/{trip.number}: climbs and stops differ")
        if sum(doors[door].weight_kg for door in visited) > problem.trolley_kg + EPS:
            wrong.append(f"trip {trip.carrier}/{trip.number}: the trolley is over its load")
        gate_x, gate_y = gates[trip.gate]
        seconds, x, y = 0.0, gate_x, gate_y
        arrivals = {stop.door: stop.arrive_s for stop in trip.stops}
        for climb in trip.climbs:
            stair = stairs[climb.stair]
            limit = problem.trolley_kg if stair.lift else min(problem.climb_load_kg, problem.trolley_kg)
            carried = sum(doors[door].weight_kg for door in climb.doors)
            if carried > limit * climb.ways + EPS or (climb.ways > 1 and len(climb.doors) > 1):
                wrong.append(f"a climb of {climb.stair} is over its load")
            if stair.gate != trip.gate:
                wrong.append(f"stair {climb.stair} is not of gate {trip.gate}")
            if any(doors[door].stair != climb.stair for door in climb.doors):
                wrong.append(f"a climb of {climb.stair} visits another stair")
            seconds += math.hypot(stair.x_m - x, stair.y_m - y) * problem.detour / problem.walk_m_per_s
            x, y = stair.x_m, stair.y_m
            high = max((doors[door].floor - 1 for door in climb.doors), default=0)
            low = -min((doors[door].floor - 1 for door in climb.doors), default=0)
            for storeys in (max(high, 0), max(low, 0)) * climb.ways:
                if storeys and stair.lift:
                    seconds += stair.lift_wait_s + 2 * storeys * stair.lift_s_per_storey
                else:
                    seconds += storeys * (stair.up_s_per_storey + stair.down_s_per_storey)
            for door in climb.doors:
                if arrivals[door] > trip.depart_s + seconds + sum(doors[d].service_s for d in climb.doors) + EPS:
                    wrong.append(f"door {door}: arrival after the climb has ended")
            seconds += sum(doors[door].service_s for door in climb.doors)
        seconds += math.hypot(gate_x - x, gate_y - y) * problem.detour / problem.walk_m_per_s
        if seconds > trip.return_s - trip.depart_s + EPS:
            wrong.append(
                f"trip {trip.carrier}/{trip.number} takes {seconds:.0f} s, not {trip.return_s - trip.depart_s:.0f}"
            )
        for stop in trip.stops:
            if doors[stop.door].release_s > trip.depart_s + EPS:
                wrong.append(f"door {stop.door}: its goods are not packed when the trip leaves")
    late = {lost.door for lost in plan.late}
    for trip in plan.trips:
        for stop in trip.stops:
            due = doors[stop.door].due_s
            if due is not None and stop.arrive_s > due + EPS and stop.door not in late:
                wrong.append(f"door {stop.door} is late and not named")
    for name, trips in by_carrier.items():
        carrier, before = carriers[name], -math.inf
        at: tuple[float, float] | None = None
        came = -math.inf
        for trip in sorted(trips, key=lambda one: one.depart_s):
            if trip.depart_s < max(carrier.start_s, before) - EPS or trip.return_s > carrier.end_s + EPS:
                wrong.append(f"{name}: a trip outside the shift or before the last one is back")
            before = trip.return_s + problem.reload_s
            if at is not None and gates[trip.gate] != at:
                way = math.hypot(gates[trip.gate][0] - at[0], gates[trip.gate][1] - at[1])
                if trip.depart_s < came + way * problem.detour / problem.walk_m_per_s + problem.reload_s - EPS:
                    wrong.append(f"{name}: leaves a gate before the walk from the last one is over")
            at, came = gates[trip.gate], trip.return_s
        worked = sum(trip.return_s - trip.depart_s for trip in trips)
        if carrier.work_limit_s is not None and worked > carrier.work_limit_s + EPS:
            wrong.append(f"{name} works over the limit")
        climbed = sum(doors[s.door].weight_kg * abs(doors[s.door].floor - 1) for trip in trips for s in trip.stops)
        if carrier.budget_kg_storeys is not None and climbed > carrier.budget_kg_storeys + EPS:
            wrong.append(f"{name} climbs over the budget")
    light = [lost.door for lost in plan.unserved if doors[lost.door].weight_kg <= problem.trolley_kg]
    missed = (sum(1 + doors[name].priority for name in light), sum(1 + doors[name].priority for name in late))
    if (*missed, plan.cost_s) > (*plan.by_hand_missed, plan.by_hand_cost_s + EPS):
        wrong.append("the plan is worse than by hand")
    if plan.lower_bound_s > plan.cost_s + EPS:
        wrong.append("the bound is above the cost")
    return wrong
