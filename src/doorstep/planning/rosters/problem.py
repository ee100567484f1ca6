"""The question of a roster and its answer: plain and frozen, hours since an instant that the caller knows."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Place:
    """One post in one shift that lacks `seats` persons, from `start_h` to `end_h`."""

    post: str
    start_h: float
    end_h: float
    seats: int


@dataclass(frozen=True)
class Busy:
    """A time in which a worker is on duty already."""

    start_h: float
    end_h: float


@dataclass(frozen=True)
class Worker:
    """Somebody who may be asked: `worked_h` are hours that count for fairness."""

    id: str
    worked_h: float = 0.0
    busy: tuple[Busy, ...] = ()


@dataclass(frozen=True)
class RostersProblem:
    """Places to fill, workers to ask, and the rest that each must have between two duties."""

    places: tuple[Place, ...]
    workers: tuple[Worker, ...]
    rest_h: float


@dataclass(frozen=True)
class Placed:
    """A worker at a place."""

    place: Place
    worker: str


@dataclass(frozen=True)
class Unfilled:
    """Seats of a place that nobody can take, and when the first worker would be rested for it (None: never in time)."""

    place: Place
    seats: int
    rested_at_h: float | None


@dataclass(frozen=True)
class RostersPlan:
    """A roster: who stands where, what stays empty. `lower_bound` seats stay empty in any roster with these workers;
    with `more_workers` others none would."""

    placed: tuple[Placed, ...]
    unfilled: tuple[Unfilled, ...]
    lower_bound: int
    more_workers: int

    @property
    def cost(self) -> int:
        """Seats that stay empty."""
        return sum(line.seats for line in self.unfilled)
