"""What is to be fetched, where it is to be had, and who may go. Times are seconds from one instant, the base is place 0."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from doorstep.errors import UserError


@dataclass(frozen=True)
class Site:
    """A pharmacy, or a department of a hospital: packs in `stock` by drug, and what a pack costs in the plan's unit.

    Who comes between `opens_s` and `closes_s` queues `queue_s` once a visit and must be out before it closes.
    """

    id: str
    stock: Mapping[str, int]
    queue_s: float = 0.0
    opens_s: float = 0.0
    closes_s: float = math.inf
    prices: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Line:
    """Packs of one drug, or of one that may stand in for it (`drugs`, the wanted one first), for one resident.

    `sites`: where it may be had (None: anywhere). At the base by `due_s`; at most `cold_s` from the counter to the base.
    `whole`: all packs from one site. `grave` weighs a line that is not served.
    """

    id: str
    drugs: tuple[str, ...]
    packs: int = 1
    due_s: float = math.inf
    cold_s: float = math.inf
    sites: frozenset[str] | None = None
    whole: bool = True
    grave: float = 1.0


@dataclass(frozen=True)
class Courier:
    """Somebody who goes out once, from the base and back to it, between two instants."""

    id: str
    starts_s: float = 0.0
    ends_s: float = math.inf


@dataclass(frozen=True)
class ErrandsProblem:
    """Sites, lines, couriers, and the seconds between places: `travel_s[i][j]`, 0 the base, i + 1 the i-th site.

    A site is visited once at most. `unserved_cost` is what a line that is not served costs beside seconds.
    """

    sites: tuple[Site, ...]
    lines: tuple[Line, ...]
    couriers: tuple[Courier, ...]
    travel_s: Sequence[Sequence[float]]
    unserved_cost: float = 1e6

    def __post_init__(self) -> None:
        for what, rows in (("sites", self.sites), ("lines", self.lines), ("couriers", self.couriers)):
            if len({row.id for row in rows}) != len(rows):
                raise UserError(f"A name stands twice among the {what}.", field=what, mend="Give each its own name.")
        many = len(self.sites) + 1
        if len(self.travel_s) != many or any(len(row) != many for row in self.travel_s):
            raise UserError(
                f"The table of travel times is not {many} by {many}.",
                field="travel_s",
                mend="Base first, then each site.",
            )
        if any(not math.isfinite(value) or value < 0 for row in self.travel_s for value in row):
            raise UserError("A travel time is missing or below nothing.", field="travel_s", mend="Give seconds from 0.")
        for site in self.sites:
            if site.queue_s < 0 or any(packs < 0 for packs in site.stock.values()):
                raise UserError(
                    f"{site.id} has a figure below nothing.", field=f"sites[{site.id}]", mend="Give numbers from 0."
                )
        for line in self.lines:
            if line.packs < 1 or not line.drugs:
                raise UserError(
                    f"Line {line.id} asks for nothing.", field=f"lines[{line.id}]", mend="Give a drug and its packs."
                )
