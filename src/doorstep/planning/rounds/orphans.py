"""Loads without a carrier find one, where they cost least; others give way only when something would be late or unserved."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace

from doorstep.planning.rounds.desks import Desk, Fact, Grounds, Index, Row, fact_of, run
from doorstep.planning.rounds.fair import insert
from doorstep.planning.rounds.plan import Climb, Load
from doorstep.planning.rounds.problem import climb_capacity_kg
from doorstep.planning.rounds.shifts import halves, why

NEAR = 20  # trips near a climb that are looked at to take it along
GIVE_WAY = 60  # times that others give way
WORTH_IT = 1.0  # second that joining must save

State = tuple[list[Fact], int]


class Places:
    """Who goes on which trips from here on; loads without anybody; and stops that gave way, with the reason."""

    def __init__(self, grounds: Grounds, rows: Sequence[Row], until: float) -> None:
        self.grounds, self.until = grounds, until
        self.rows = [Row(row.desk, list(row.facts)) for row in rows]
        self.late = [(run(grounds, row.desk, row.facts) or (0, 0.0))[0] for row in self.rows]
        self.lost: list[tuple[Fact, str, str]] = []
        self.gave_way: dict[str, str] = {}

    def settle(self, orphans: Sequence[tuple[int, Load]]) -> None:
        """Give every load to somebody, the most urgent first; then see to what is unserved or late."""
        waiting = [fact_of(self.grounds.indexes[site], load) for site, load in orphans]
        waiting.sort(key=lambda fact: (*fact.order, fact.load[0].doors))
        while waiting:
            fact = waiting.pop(0)
            left = self._join(fact)
            if left is None or self._place(left):
                continue
            parts = halves(self.grounds, [row.desk for row in self.rows], left)
            waiting = [fact_of(self.grounds.indexes[left.site], part) for part in parts] + waiting
            if not parts:
                self.lost.append((left, *why(self.grounds, self._ends(), left)))
        for _ in range(GIVE_WAY):
            if time.monotonic() > self.until or not (self._serve_lost() or self._hurry()):
                break

    def _ends(self) -> list[Desk]:
        desks = []
        for row in self.rows:
            desk = row.desk.again()
            for fact in row.facts:
                desk.take(self.grounds, fact)
            desks.append(desk)
        return desks

    def _place(self, fact: Fact) -> bool:
        """A trip of its own, with whoever is at that compound, has least late by it, and climbs least."""
        best: tuple[tuple[float, ...], int, State] | None = None
        for number, row in enumerate(self.rows):
            placed = insert(self.grounds, row, row.facts, fact, self.late[number])
            if placed is None:
                continue
            facts, late = placed
            rank = (late - self.late[number], self._transfers(row, facts), row.climbed, number)
            if best is None or rank < best[0]:
                best = rank, number, placed
        if best is not None:
            self._take(best[1], best[2])
        return best is not None

    def _take(self, number: int, state: State) -> None:
        self.rows[number].facts, self.late[number] = state

    def _transfers(self, row: Row, facts: Sequence[Fact]) -> int:
        """How often a carrier changes compound."""
        sites = [row.desk.place[0]] if row.desk.place else []
        sites += [fact.site for fact in facts]
        return sum(a != b for a, b in zip(sites, sites[1:], strict=False))

    def _join(self, fact: Fact) -> Fact | None:
        """Climbs that cost less on a trip that goes near anyway; what is left of the load, if anything."""
        saved, kept = [list(row.facts) for row in self.rows], list(self.late)
        left: Load = fact.load
        spent = 0.0
        for climb in fact.load:
            rest = tuple(one for one in left if one is not climb)
            if time.monotonic() > self.until or climb.ways > 1:
                continue
            extra = self._join_one(fact, climb)
            if extra is not None:
                left, spent = rest, spent + extra
        new = fact_of(self.grounds.indexes[fact.site], left) if left else None
        if left is fact.load or spent + (new.seconds if new else 0.0) < fact.seconds - WORTH_IT:
            return new
        for row, facts in zip(self.rows, saved, strict=True):
            row.facts = facts
        self.late = kept
        return fact

    def _join_one(self, fact: Fact, climb: Climb) -> float | None:
        """The least seconds for which a trip takes this climb along, once it does."""
        index = self.grounds.indexes[fact.site]
        alone = fact_of(index, (climb,))
        ways = []
        for number, place in self._near(index, fact, climb):
            old = self.rows[number].facts[place]
            for load in _with(index, old.load, climb):
                new = fact_of(index, load)
                if new.seconds - old.seconds < alone.seconds - WORTH_IT:
                    ways.append((new.seconds - old.seconds, number, place, new))
        for extra, number, place, new in sorted(ways, key=lambda way: way[:3]):
            row = self.rows[number]
            facts = [*row.facts[:place], new, *row.facts[place + 1 :]]
            ran = run(self.grounds, row.desk, facts)
            if ran is not None and ran[0] <= self.late[number]:
                self._take(number, (facts, ran[0]))
                return extra
        return None

    def _near(self, index: Index, fact: Fact, climb: Climb) -> list[tuple[int, int]]:
        """Trips with room for a climb, the nearest of them."""
        here = index.stairs[climb.stair]
        found = []
        for number, row in enumerate(self.rows):
            for place, other in enumerate(row.facts):
                if (other.place, other.last, other.first) != (fact.place, fact.last, fact.first):
                    continue
                room = index.problem.trolley_kg - sum(one.load_kg for one in other.load)
                if climb.load_kg > room + 1e-9 or fact.release_s > max(other.release_s, row.desk.from_s):
                    continue
                stairs = [index.stairs[one.stair] for one in other.load]
                away = min(math.dist((here.x_m, here.y_m), (stair.x_m, stair.y_m)) for stair in stairs)
                found.append((away, number, place))
        return [(number, place) for _, number, place in sorted(found)[:NEAR]]

    def _serve_lost(self) -> bool:
        """One trip of somebody's changes hands, the smallest that will do, so that a load finds room."""
        order = sorted(range(len(self.lost)), key=lambda place: (-self.lost[place][0].worth, place))
        for place in order:
            lost = self.lost[place][0]
            for number, fact in self._smallest_first():
                if time.monotonic() > self.until:
                    return False
                row = self.rows[number]
                without = [one for one in row.facts if one is not fact]
                mine = insert(self.grounds, row, without, lost, self.late[number])
                if mine is not None and self._hand_over(number, mine, fact, "makes_room"):
                    self.lost.pop(place)
                    return True
        return False

    def _hurry(self) -> bool:
        """Less becomes late when a trip changes its place in its shift, or its carrier."""
        for number, row in enumerate(self.rows):
            if not self.late[number]:
                continue
            for fact in sorted(row.facts, key=lambda one: len(one.stops)):
                if time.monotonic() > self.until:
                    return False
                without = [one for one in row.facts if one is not fact]
                for place in range(len(without) + 1):
                    facts = [*without[:place], fact, *without[place:]]
                    ran = run(self.grounds, row.desk, facts)
                    if ran is not None and ran[0] < self.late[number]:
                        self._take(number, (facts, ran[0]))
                        self._name(fact, "late")
                        return True
            for fact in sorted(row.facts, key=lambda one: len(one.stops)):
                if time.monotonic() > self.until:
                    return False
                without = [one for one in row.facts if one is not fact]
                ran = run(self.grounds, row.desk, without)
                if ran is not None and self._hand_over(number, (without, ran[0]), fact, "late"):
                    return True
        return False

    def _hand_over(self, number: int, mine: State, fact: Fact, reason: str) -> bool:
        """Somebody else takes this trip; nothing more may be late by it than before, and less where that is the reason."""
        best: tuple[tuple[float, ...], int, State] | None = None
        for other, row in enumerate(self.rows):
            if other == number:
                continue
            theirs = insert(self.grounds, row, row.facts, fact, self.late[other])
            if theirs is None:
                continue
            change = mine[1] + theirs[1] - self.late[number] - self.late[other]
            if change > 0 or (change == 0 and reason == "late"):
                continue
            rank = (change, self._transfers(row, theirs[0]), row.climbed, other)
            if best is None or rank < best[0]:
                best = rank, other, theirs
        if best is None:
            return False
        self._take(number, mine)
        self._take(best[1], best[2])
        self._name(fact, reason)
        return True

    def _name(self, fact: Fact, reason: str) -> None:
        self.gave_way.update((name, reason) for name, _, _ in fact.stops)

    def _smallest_first(self) -> Iterator[tuple[int, Fact]]:
        every = [
            (len(fact.stops), number, place)
            for number, row in enumerate(self.rows)
            for place, fact in enumerate(row.facts)
        ]
        for _, number, place in sorted(every):
            yield number, self.rows[number].facts[place]


def _with(index: Index, load: Load, climb: Climb) -> Iterator[Load]:
    """A trip with one more climb: somewhere between its climbs, or its doors along with a climb of the same stair."""
    for place in range(len(load) + 1):
        yield (*load[:place], climb, *load[place:])
    limit = climb_capacity_kg(index.problem, index.stairs[climb.stair]) + 1e-9
    for place, old in enumerate(load):
        same_side = old.stair == climb.stair and (old.top_floor >= 1) == (climb.top_floor >= 1)
        if same_side and old.ways == 1 and old.load_kg + climb.load_kg <= limit:
            names = sorted((*old.doors, *climb.doors), key=lambda name: (-abs(index.doors[name].floor - 1), name))
            top = index.doors[names[0]].floor
            both = replace(old, doors=tuple(names), load_kg=old.load_kg + climb.load_kg, top_floor=top)
            yield (*load[:place], both, *load[place + 1 :])
