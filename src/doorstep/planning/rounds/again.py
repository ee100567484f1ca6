"""A plan made anew while it is walked: what need not move stays with its carrier, in its order, and what moves is named."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from doorstep.planning.rounds.bound import lower_bound_s
from doorstep.planning.rounds.byhand import by_hand
from doorstep.planning.rounds.desks import EPS, Grounds, Index, clock_load
from doorstep.planning.rounds.orphans import Places
from doorstep.planning.rounds.plan import Late, Moved, RoundsPlan, Trip, Unserved
from doorstep.planning.rounds.problem import Carrier, RoundsProblem
from doorstep.planning.rounds.shifts import Given, made_of
from doorstep.planning.rounds.standing import Instant, Standing, standing


def replan_rounds(
    problem: RoundsProblem,
    before: RoundsPlan,
    *,
    at_s: float,
    done: Collection[str] | None = None,
    gone_carriers: Collection[str] = (),
    begun: Mapping[str, int] | None = None,
    back_s: Mapping[str, float] | None = None,
    seconds: float = 5.0,
    seed: int = 1,
) -> RoundsPlan:
    """The plan `before` from the instant `at_s` on, for the doors, weights, stairs and carriers of `problem` as they are now.

    `problem` has at least the doors that are not yet visited; doors that it has no longer are dropped, doors that `before`
    has not are new. `done`: doors visited (None: as planned until now). `begun`: how many trips of a carrier have left, and
    `back_s`: when it is back from the one under way (both as planned unless said). Trips that have left are not disturbed,
    except of `gone_carriers`: their doors go to others. The answer holds the past trips too, with the stops that were made.
    """
    return replan_sites(
        [replace(problem, carriers=())],
        problem.carriers,
        before,
        transfer_s=0.0,
        at_s=at_s,
        done=done,
        gone_carriers=gone_carriers,
        begun=begun,
        back_s=back_s,
        seconds=seconds,
        seed=seed,
    )


def replan_sites(
    sites: Sequence[RoundsProblem],
    carriers: Sequence[Carrier],
    before: RoundsPlan,
    *,
    transfer_s: float,
    at_s: float,
    done: Collection[str] | None = None,
    gone_carriers: Collection[str] = (),
    begun: Mapping[str, int] | None = None,
    back_s: Mapping[str, float] | None = None,
    seconds: float = 5.0,
    seed: int = 1,
) -> RoundsPlan:
    """`replan_rounds` over several compounds, as `plan_sites` plans them: whoever helps elsewhere needs `transfer_s`."""
    began = time.monotonic()
    visited = _done_by(before, at_s) if done is None else set(done)
    grounds = Grounds([Index(site, number) for number, site in enumerate(sites)], transfer_s)
    now = Instant(at_s, visited, set(gone_carriers), begun or {}, back_s or {})
    state = standing(grounds, carriers, before, now)
    places = Places(grounds, state.rows, began + 0.9 * seconds)
    places.settle(state.orphans)
    given = made_of(grounds, places.rows, places.lost)
    return _plan(grounds, state, given, _moved(state, given, places.gave_way), began, seconds, seed, visited)


def _done_by(before: RoundsPlan, at_s: float) -> set[str]:
    return {stop.door for trip in before.trips for stop in trip.stops if stop.done_s <= at_s + EPS}


def _moved(state: Standing, given: Given, gave_way: Mapping[str, str]) -> tuple[Moved, ...]:
    """Stops that have another carrier than before, and those that changed their place in the order."""
    found = []
    for trip in given.trips:
        for stop in trip.stops:
            owner = state.owner.get(stop.door)
            if owner is None:
                continue
            if owner != trip.carrier:
                reason = gave_way.get(stop.door, state.why.get(stop.door, "changed"))
                found.append(Moved(stop.door, owner, trip.carrier, reason))
            elif gave_way.get(stop.door) == "late":
                found.append(Moved(stop.door, owner, owner, "late"))
    return tuple(found)


def _plan(
    grounds: Grounds,
    state: Standing,
    given: Given,
    moved: tuple[Moved, ...],
    began: float,
    seconds: float,
    seed: int,
    visited: Collection[str],
) -> RoundsPlan:
    past = sum(trip.return_s - trip.depart_s for trip in state.past)
    gone_by = {stop.door for trip in state.past for stop in trip.stops}
    late, heavy = _late(grounds, state.past), list[Unserved]()
    bound = hand = past
    for index in grounds.indexes:
        left = [door for name, door in index.doors.items() if name not in gone_by and name not in visited]
        most = index.problem.trolley_kg + 1e-9
        mend = f"split it into parts of at most {index.problem.trolley_kg:g} kg"
        heavy += [Unserved(door.id, "too_heavy", mend) for door in left if door.weight_kg > most]
        light = [door for door in left if door.weight_kg <= most]
        bound += lower_bound_s(index.problem, light)
        hand += sum(clock_load(index, load)[0] for load in by_hand(index.problem, light))
    cost, took = past + given.cost_s, time.monotonic() - began
    return RoundsPlan(
        trips=(*state.past, *given.trips),
        unserved=(*heavy, *given.unserved),
        late=(*late, *given.late),
        cost_s=cost,
        by_hand_cost_s=hand,
        lower_bound_s=bound,
        gap=(cost - bound) / bound if bound > 0 else 0.0,
        seconds=took,
        seed=seed,
        iterations=0,
        complete=took < 0.9 * seconds,
        method="again",
        by_hand_missed=given.missed,
        rests=(*state.rests, *given.rests),
        moved=moved,
    )


def _late(grounds: Grounds, past: Sequence[Trip]) -> list[Late]:
    dues = {name: door.due_s for index in grounds.indexes for name, door in index.doors.items()}
    found = []
    for trip in past:
        for stop in trip.stops:
            due = dues.get(stop.door)
            if due is not None and stop.arrive_s > due + EPS:
                found.append(Late(stop.door, due, stop.arrive_s))
    return found
