"""What can be had at some open sites: an estimate in microseconds for the search, and the exact lines for a plan."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

import numpy as np

from doorstep.planning.errands.problem import ErrandsProblem, Line

Array = Any


@dataclass(frozen=True)
class Group:
    """Lines that are alike: the same drugs, sites, times and parts."""

    lines: tuple[int, ...]
    packs: int


class Buying:
    """Lines in groups, and packs and prices by group and site.

    The estimate counts for each group all that may only be had where its own lines may (Hall 1935): exact where the
    sites of such groups lie one within the other.
    """

    def __init__(self, problem: ErrandsProblem) -> None:
        self.problem = problem
        self.groups = _groups(problem)
        many, sites = len(self.groups), len(problem.sites)
        self.need = np.array([group.packs for group in self.groups], dtype=float)
        self.grave = np.array([self._first(group).grave / _packs(group, problem) for group in self.groups])
        self.due = np.array([self._first(group).due_s for group in self.groups])
        self.cold = np.array([self._first(group).cold_s for group in self.groups])
        self.timed = bool(np.isfinite(self.due).any() or np.isfinite(self.cold).any())
        self.packs = np.zeros((many, sites))
        self.price = np.full((many, sites), np.inf)
        for number, group in enumerate(self.groups):
            line = self._first(group)
            for place, site in enumerate(problem.sites):
                if line.sites is None or site.id in line.sites:
                    has = [
                        (site.stock[drug], site.prices.get(drug, 0.0)) for drug in line.drugs if site.stock.get(drug)
                    ]
                    if has and (not line.whole or max(packs for packs, _ in has) >= line.packs):
                        each = line.packs if line.whole else 1
                        self.packs[number, place] = sum(packs // each * each for packs, _ in has)
                        self.price[number, place] = min(price for _, price in has)
        self.price[self.packs == 0] = 0.0
        self.priced = bool(self.price.any())
        self._shared()
        if self.priced:
            key = np.where(self.packs > 0, self.price, np.inf)
            self.order = np.argsort(key, axis=1, kind="stable")
            self.sorted_packs = np.minimum(np.take_along_axis(self.packs, self.order, 1), self.need[:, None])
            self.sorted_price = np.take_along_axis(self.price, self.order, 1)

    def _first(self, group: Group) -> Line:
        return self.problem.lines[group.lines[0]]

    def _shared(self) -> None:
        """Pairs of groups that want the same drug, each with itself: what one takes another has not."""
        members: dict[str, list[int]] = defaultdict(list)
        for number, group in enumerate(self.groups):
            for drug in self._first(group).drugs:
                members[drug].append(number)
        mates: list[set[int]] = [{number} for number in range(len(self.groups))]
        for numbers in members.values():
            for number in numbers:
                mates[number].update(numbers)
        pairs = [(one, other) for one, many in enumerate(mates) for other in sorted(many)]
        self.one = np.array([one for one, _ in pairs], dtype=int)
        self.other = np.array([other for _, other in pairs], dtype=int)
        self.alone = len(pairs) == len(self.groups)
        self.family = np.array([min(many) for many in mates], dtype=int)

    def usable(self, sites: Array, ends: Array, leaves: Array) -> Array | None:
        """By group and open site, whether what is got there comes in time and cold; None if nothing is timed."""
        if not self.timed:
            return None
        return (ends[None, :] <= self.due[:, None] + 1e-6) & (ends - leaves <= self.cold[:, None] + 1e-6)

    def estimate(self, sites: Array, usable: Array | None) -> tuple[float, float]:
        """What the packs cost, and how many lines' worth cannot be had, weighed; sites by their places from 0."""
        if self.priced:
            return self._cheapest(sites, usable)
        packs = self.packs[:, sites]
        if usable is not None:
            packs = packs * usable
        if self.alone:
            return 0.0, float(np.maximum(self.need - packs.sum(axis=1), 0.0) @ self.grave)
        has = packs > 0
        within = ~np.any(has[self.other] & ~has[self.one], axis=1)
        together = np.bincount(self.one, weights=self.need[self.other] * within, minlength=len(self.need))
        short = np.maximum(together - packs.sum(axis=1), 0.0)
        most = np.zeros(len(self.need))
        np.maximum.at(most, self.family, short * self.grave)
        return 0.0, float(most.sum())

    def _cheapest(self, sites: Array, usable: Array | None) -> tuple[float, float]:
        """The cheapest packs first; exact where no two groups share a drug."""
        is_open = np.zeros(len(self.problem.sites))
        is_open[sites] = 1.0
        if usable is None:
            held = self.sorted_packs * is_open[self.order]
        else:
            allowed = np.zeros(self.packs.shape)
            allowed[:, sites] = usable
            held = self.sorted_packs * np.take_along_axis(allowed, self.order, 1)
        before = np.cumsum(held, axis=1) - held
        taken = np.clip(self.need[:, None] - before, 0.0, held)
        lack = np.maximum(self.need - taken.sum(axis=1), 0.0) @ self.grave
        return float((taken * self.sorted_price).sum()), float(lack)

    def assigned(
        self, sites: Array, usable: Array | None
    ) -> tuple[dict[int, list[tuple[int, str, int]]], dict[int, int]]:
        """Each line's packs as (site, drug, packs), and the packs that each unserved line lacks. Exact (HiGHS)."""
        from doorstep.planning.errands.matching import matched

        return matched(self, [int(site) for site in sites], usable)

    @property
    def group_of(self) -> dict[int, int]:
        return {line: number for number, group in enumerate(self.groups) for line in group.lines}


def _groups(problem: ErrandsProblem) -> list[Group]:
    found: dict[tuple[object, ...], list[int]] = defaultdict(list)
    for number, line in enumerate(problem.lines):
        size = line.packs if line.whole else 0
        found[line.drugs, line.sites, line.due_s, line.cold_s, line.whole, size, line.grave].append(number)
    return [Group(tuple(lines), sum(problem.lines[n].packs for n in lines)) for lines in found.values()]


def _packs(group: Group, problem: ErrandsProblem) -> float:
    """Packs of one line of the group on average, so that a whole line lacking weighs its gravity."""
    return group.packs / len(group.lines) if group.lines else math.inf
