"""Who goes where and brings what, what stays without a source, and how far from the best this can be."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Collected:
    """Packs of a drug for a line, at one stop."""

    line: str
    drug: str
    packs: int


@dataclass(frozen=True)
class Stop:
    """One visit to a site: when the courier comes, leaves the counter, and with what."""

    site: str
    arrives_s: float
    leaves_s: float
    collected: tuple[Collected, ...]


@dataclass(frozen=True)
class Route:
    """One courier's way, from the base and back."""

    courier: str
    starts_s: float
    ends_s: float
    stops: tuple[Stop, ...]


@dataclass(frozen=True)
class Unserved:
    """A line that stays open, why (`no_source`, `stock`, `time`, `couriers`), and the packs that are missing of it."""

    line: str
    why: str
    packs: int


@dataclass(frozen=True)
class ErrandsPlan:
    """`cost` is courier-seconds and prices; `objective` adds what unserved lines cost; the bound and the gap are of it.

    `complete` is False where the seconds cut the search short.
    """

    routes: tuple[Route, ...]
    unserved: tuple[Unserved, ...]
    courier_s: float
    cost: float
    objective: float
    lower_bound: float
    gap: float
    seconds: float
    seed: int
    iterations: int
    complete: bool
