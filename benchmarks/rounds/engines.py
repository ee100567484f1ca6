"""One engine on one instance, in a process of its own: `python -m benchmarks.rounds.engines NAME IN OUT SECONDS SEED`.

`*_doors` give an engine each door as a stop and the stairs as distances between landings, as its users would; the
climbs are cut afterwards. `*_climbs` cut the climbs first and give it the climbs as stops at the foot of each stair.
Compounds have gates of their own: an engine gets one after the other, each with its share of the seconds.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.rounds.cutting import climbs

Trips = list[list[list[Any]]]
TENTHS = 10
VROOM_SHARE = 0.65  # of the limit, so that what it overruns does not count as no plan


@dataclass(frozen=True)
class Stops:
    """What an engine is asked: seconds/10 between places (0 is the gate), the place and grams of each stop."""

    matrix: Any
    places: list[int]
    grams: list[int]
    capacity: int
    seconds: float
    seed: int


def compounds(instance: dict[str, Any]) -> list[dict[str, Any]]:
    """The instance of each gate."""
    found = []
    for gate in range(len(instance["gates"])):
        stairs = [one for one in instance["stairs"] if one["gate"] == gate]
        names = {one["id"] for one in stairs}
        doors = [one for one in instance["doors"] if one["stair"] in names]
        found.append({**instance, "stairs": stairs, "doors": doors, "gate": instance["gates"][gate]})
    return found


def by_doors(instance: dict[str, Any], seconds: float, seed: int, engine: Callable[[Stops], list[list[int]]]) -> Trips:
    stairs = {one["id"]: one for one in instance["stairs"]}
    doors = instance["doors"]
    landings = sorted({(door["stair"], door["floor"]) for door in doors})
    number = {landing: place for place, landing in enumerate(landings, start=1)}
    stops = Stops(
        _landings(instance, landings, stairs),
        [number[door["stair"], door["floor"]] for door in doors],
        [round(door["kg"] * 1000) for door in doors],
        round(instance["trolley_kg"] * 1000),
        seconds,
        seed,
    )
    trips = []
    for route in engine(stops):
        visits: dict[str, list[dict[str, Any]]] = {}
        for stop in route:
            visits.setdefault(doors[stop]["stair"], []).append(doors[stop])
        trips.append([climb for name, found in visits.items() for climb in climbs(instance, stairs[name], found)])
    return trips


def by_climbs(instance: dict[str, Any], seconds: float, seed: int, engine: Callable[[Stops], list[list[int]]]) -> Trips:
    kg = {door["id"]: door["kg"] for door in instance["doors"]}
    by_stair: dict[str, list[dict[str, Any]]] = {}
    for door in instance["doors"]:
        by_stair.setdefault(door["stair"], []).append(door)
    nodes, places = [], []
    points = [instance["gate"]]
    for place, stair in enumerate(instance["stairs"], start=1):
        points.append((stair["x"], stair["y"]))
        found = climbs(instance, stair, by_stair.get(stair["id"], []))
        nodes += found
        places += [place] * len(found)
    xy = np.array(points)
    walk = np.hypot(*(xy[:, None] - xy[None]).T) / instance["walk_m_per_s"]
    stops = Stops(
        np.rint(walk * TENTHS).astype(np.int64),
        places,
        [round(sum(kg[name] for name in climb[1]) * 1000) for climb in nodes],
        round(instance["trolley_kg"] * 1000),
        seconds,
        seed,
    )
    return [[nodes[stop] for stop in route] for route in engine(stops)]


def _landings(instance: dict[str, Any], landings: list[tuple[str, int]], stairs: dict[str, Any]) -> Any:
    """Down one stair, across, up the other; inside one stair only the storeys between."""
    homes = [stairs[name] for name, _ in landings]
    xy = np.array([instance["gate"], *((home["x"], home["y"]) for home in homes)])
    storey = np.array([0, *(floor - 1 for _, floor in landings)])
    up, down = (np.array([0.0, *(home[key] for home in homes)]) for key in ("up", "down"))
    wait = np.array([0.0, *(home["wait"] * (floor > 1) for home, (_, floor) in zip(homes, landings, strict=True))])
    names = np.array(["", *(name for name, _ in landings)])
    walk = np.hypot(*(xy[:, None] - xy[None]).T) / instance["walk_m_per_s"]
    apart = walk + (down * storey)[:, None] + (up * storey + wait)[None]
    rise = storey[None] - storey[:, None]
    inside = np.where(rise > 0, rise * up[None], -rise * down[None])
    return np.rint(np.where(names[:, None] == names[None], inside, apart) * TENTHS).astype(np.int64)


def vroom(stops: Stops) -> list[list[int]]:
    """VROOM at its highest level of exploration on two threads, a vehicle for each trip. Overruns its limit by half."""
    import vroom as engine

    asked = engine.Input()
    asked.set_durations_matrix("car", stops.matrix.astype(np.uint32))
    for number in range(round(sum(stops.grams) / stops.capacity * 1.2) + 3):
        asked.add_vehicle(engine.Vehicle(number, start=0, end=0, capacity=[stops.capacity]))
    for number, (place, grams) in enumerate(zip(stops.places, stops.grams, strict=True)):
        asked.add_job(engine.Job(number, location=place, delivery=[grams]))
    answer = asked.solve(5, 2, timeout=timedelta(seconds=stops.seconds * VROOM_SHARE))
    table = answer.routes
    jobs = table[table["type"] == "job"]
    return [[int(stop) for stop in found] for _, found in jobs.groupby("vehicle_id", sort=True)["id"]]


def ortools(stops: Stops) -> list[list[int]]:
    """OR-Tools: savings, then guided local search, on matrices."""
    from ortools.constraint_solver import pywrapcp, routing_enums_pb2

    count = len(stops.places)
    vehicles = round(sum(stops.grams) / stops.capacity * 1.2) + 3
    manager = pywrapcp.RoutingIndexManager(count + 1, vehicles, 0)
    model = pywrapcp.RoutingModel(manager)
    place = np.array([0, *stops.places])
    transit = model.RegisterTransitMatrix(stops.matrix[np.ix_(place, place)].tolist())
    model.SetArcCostEvaluatorOfAllVehicles(transit)
    load = model.RegisterUnaryTransitVector([0, *stops.grams])
    model.AddDimension(load, 0, stops.capacity, True, "load")
    search = pywrapcp.DefaultRoutingSearchParameters()
    search.first_solution_strategy = routing_enums_pb2.FirstSolutionStrategy.SAVINGS
    search.local_search_metaheuristic = routing_enums_pb2.LocalSearchMetaheuristic.GUIDED_LOCAL_SEARCH
    search.time_limit.FromMilliseconds(int(stops.seconds * 1000))
    answer = model.SolveWithParameters(search)
    routes = []
    for vehicle in range(vehicles if answer else 0):
        index, route = model.Start(vehicle), []
        while not model.IsEnd(index := answer.Value(model.NextVar(index))):
            route.append(manager.IndexToNode(index) - 1)
        if route:
            routes.append(route)
    return routes


def pyvrp(stops: Stops) -> list[list[int]]:
    """PyVRP on the whole, as it comes."""
    import pyvrp as engine
    from pyvrp.stop import MaxRuntime

    clients = [engine.Client(at, delivery=[grams]) for at, grams in zip(stops.places, stops.grams, strict=True)]
    data = engine.ProblemData(
        [engine.Location(0, number) for number in range(len(stops.matrix))],
        clients,
        [engine.Depot(0)],
        [engine.VehicleType(len(clients), [stops.capacity])],
        [stops.matrix],
        [stops.matrix],
    )
    found = engine.solve(data, MaxRuntime(stops.seconds), seed=stops.seed, collect_stats=False, display=False)
    return [[act.idx for act in route.schedule() if act.is_client()] for route in found.best.routes()]


def by_hand(instance: dict[str, Any], seconds: float, seed: int) -> Trips:
    """The volunteers' rule: the nearest stair next, its doors from the top, fill the trolley, go back, fill it again."""
    by_stair: dict[str, list[dict[str, Any]]] = {}
    for door in instance["doors"]:
        by_stair.setdefault(door["stair"], []).append(door)
    here, left = instance["gate"], [one for one in instance["stairs"] if one["id"] in by_stair]
    trips: Trips = []
    trip: Trips | list[Any] = []
    room = instance["trolley_kg"]
    while left:
        stair = min(left, key=lambda one: (one["x"] - here[0]) ** 2 + (one["y"] - here[1]) ** 2)
        left.remove(stair)
        here = (stair["x"], stair["y"])
        taken: list[dict[str, Any]] = []
        for door in sorted(by_stair[stair["id"]], key=lambda one: (-one["floor"], one["id"])):
            if door["kg"] > room + 1e-9:
                trips.append([*trip, *_in_order(instance, stair, taken)])
                trip, taken, room = [], [], instance["trolley_kg"]
            taken.append(door)
            room -= door["kg"]
        trip = [*trip, *_in_order(instance, stair, taken)]
    return [found for found in [*trips, trip] if found]


def _in_order(instance: dict[str, Any], stair: dict[str, Any], doors: list[dict[str, Any]]) -> list[list[Any]]:
    """Climbs as a helper takes them: door after door from the top until the hands are full."""
    most = instance["trolley_kg"] if stair["lift"] else instance["climb_kg"]
    cut: list[list[Any]] = []
    load = most
    for door in doors:
        if cut and cut[-1][2] == 1 and load + door["kg"] <= most + 1e-9:
            cut[-1][1].append(door["id"])
            load += door["kg"]
        else:
            ways = max(1, int(-(-(door["kg"] - 1e-9) // most)))
            cut.append([stair["id"], [door["id"]], ways])
            load = door["kg"]
    return cut


def doorstep(instance: dict[str, Any], seconds: float, seed: int) -> tuple[Trips, dict[str, Any]]:
    """This project's planner on all gates at once."""
    from doorstep.planning.rounds import Carrier, DoorDemand, Gate, RoundsProblem, Stair, plan_rounds

    stairs = tuple(
        Stair(
            one["id"],
            one["x"],
            one["y"],
            lift=one["lift"],
            gate=str(one["gate"]),
            **(
                {"lift_wait_s": one["wait"], "lift_s_per_storey": one["up"]}
                if one["lift"]
                else {"up_s_per_storey": one["up"], "down_s_per_storey": one["down"]}
            ),
        )
        for one in instance["stairs"]
    )
    doors = tuple(DoorDemand(d["id"], d["stair"], d["floor"], d["kg"], d["service"]) for d in instance["doors"])
    problem = RoundsProblem(
        doors,
        stairs,
        tuple(Carrier(str(number), 0, 1e8) for number in range(10)),
        gates=tuple(Gate(str(number), x, y) for number, (x, y) in enumerate(instance["gates"])),
        climb_load_kg=instance["climb_kg"],
        trolley_kg=instance["trolley_kg"],
        walk_m_per_s=instance["walk_m_per_s"],
    )
    plan = plan_rounds(problem, iterations=10**9, seconds=seconds, seed=seed)
    trips = [[[climb.stair, list(climb.doors), climb.ways] for climb in trip.climbs] for trip in plan.trips]
    return trips, {"own_cost_s": plan.cost_s, "lower_bound_s": plan.lower_bound_s, "gap": plan.gap}


PEERS: dict[str, Callable[[Stops], list[list[int]]]] = {"vroom": vroom, "ortools": ortools, "pyvrp": pyvrp}
NAMES = ["doorstep", "by_hand", *(f"{peer}_{model}" for peer in PEERS for model in ("doors", "climbs"))]


def run(name: str, instance: dict[str, Any], seconds: float, seed: int) -> dict[str, Any]:
    """Trips of an engine, and what it says about them."""
    if name == "doorstep":
        trips, said = doorstep(instance, seconds, seed)
        return {"trips": trips, **said}
    trips = []
    for part in compounds(instance):
        share = seconds * len(part["doors"]) / len(instance["doors"])
        if name == "by_hand":
            trips += by_hand(part, share, seed)
        else:
            peer, model = name.split("_")
            trips += (by_doors if model == "doors" else by_climbs)(part, share, seed, PEERS[peer])
    return {"trips": trips}


def main() -> None:
    name, source, target, seconds, seed = sys.argv[1:]
    instance = json.loads(Path(source).read_text("utf-8"))
    answer = run(name, instance, float(seconds), int(seed))
    Path(target).write_text(json.dumps(answer), "utf-8")


if __name__ == "__main__":
    main()
