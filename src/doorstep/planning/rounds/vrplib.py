"""Public benchmark files of the field: CVRP, VRPTW and multi-trip with release dates, by PyVRP's reader."""

from __future__ import annotations

import math
import time
from pathlib import Path
from typing import Any

import numpy as np

from doorstep.errors import UserError


def solve_file(path: Path, *, seconds: float, seed: int) -> dict[str, Any]:
    """Solve one VRPLIB file. Costs follow the set's rounding: `dimacs` for time windows in tenths, integers else.

    The bound is the rounded radial bound of the capacity rule; it holds for each kind, since windows only add cost.
    """
    import pyvrp
    from pyvrp.stop import MaxRuntime

    began = time.monotonic()
    try:
        text = path.read_text("utf-8")
        windows = "TIME_WINDOW_SECTION" in text
        data = pyvrp.read(path, round_func="dimacs" if windows else "round")
    except (OSError, UnicodeDecodeError, ValueError, KeyError, IndexError, TypeError, RuntimeError) as error:
        raise UserError(
            f"{path.name} is no VRPLIB file: {error}",
            field=str(path),
            mend="See the format at CVRPLIB; TYPE, DIMENSION …",
        ) from error
    result = pyvrp.solve(
        data, MaxRuntime(max(0.1, seconds - (time.monotonic() - began))), seed=seed, collect_stats=False, display=False
    )
    cost = int(result.cost()) if result.is_feasible() else None
    bound = _radial(data)
    return {
        "cost": cost,
        "lower_bound": bound,
        "gap": (cost - bound) / bound if cost is not None and bound > 0 else None,
        "feasible": result.is_feasible(),
        "seconds": round(time.monotonic() - began, 2),
        "seed": seed,
        "unserved": [],
        "routes": [
            [activity.idx + 1 for activity in route.schedule() if activity.is_client()]
            for route in result.best.routes()
        ],
    }


def _radial(data: Any) -> int:
    """Rings around the depot: each is crossed out and back by at least ceil(load beyond / capacity) trips."""
    matrix = data.distance_matrix(0)
    depot = data.depot(0).location if hasattr(data, "depot") else data.depots()[0].location
    out, back = np.asarray(matrix[depot]), np.asarray(matrix[:, depot])
    capacity = max(kind.capacity[0] for kind in data.vehicle_types() if kind.capacity)
    clients = data.clients()
    reach = sorted(
        ((int(min(out[c.location], back[c.location])), c.delivery[0] if c.delivery else 0) for c in clients),
        reverse=True,
    )
    total, load = 0, 0
    for number, (distance, weight) in enumerate(reach):
        load += weight
        inner = reach[number + 1][0] if number + 1 < len(reach) else 0
        total += 2 * (distance - inner) * max(1, math.ceil(load / capacity))
    return total
