"""The second stage: trips change hands, and where that is not enough climbs do, until carriers of equal shift climb alike."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from doorstep.planning.rounds.desks import Fact, Grounds, Index, Row, fact_of, run, written
from doorstep.planning.rounds.plan import Climb, Load
from doorstep.planning.rounds.problem import Carrier
from doorstep.planning.rounds.shifts import Given

AIM = 0.02  # (most - least) / mean up to which trips are exchanged
ENOUGH = 0.08  # and from which trips are cut for it
MOST_COST = 0.025  # of the cost, for cutting trips
GAIN = 0.9  # an exchange leaves at most this part of the difference between two carriers
GAIN_BY_CUT = 0.7
TRIED = 16  # exchanges tried between two carriers
WEIGHED = 200  # cuts whose seconds are counted
STEPS_PER_ROW = 60


def share_evenly(grounds: Grounds, given: Given, *, until: float) -> tuple[Given, float]:
    """The same doors with kg x storeys shared more evenly, and the seconds that this costs.

    Nothing becomes late or unserved for it, and no limit is broken.
    """
    table = _Table(grounds, [Row(row.desk, list(row.facts)) for row in given.rows])
    most = MOST_COST * given.cost_s
    for group in _groups(table.rows):
        left = STEPS_PER_ROW * len(group)
        while left and time.monotonic() < until:
            left -= 1
            uneven = _spread(table.rows, group)
            if uneven <= AIM:
                break
            if not (_exchange(table, group) or (uneven > ENOUGH and _cut(table, group, most))):
                break
    rows = table.rows
    trips, rests, late = written(grounds, rows)
    kept = {fact.load for row in given.rows for fact in row.facts}
    lost = [load for load in given.loads if load not in kept]
    found = replace(
        given,
        trips=trips,
        rests=rests,
        late=late,
        loads=[*(fact.load for row in rows for fact in row.facts), *lost],
        cost_s=given.cost_s + table.extra_s,
        missed=(given.missed[0], sum(table.late)),
        rows=rows,
    )
    return (found, max(0.0, table.extra_s)) if found.missed <= given.missed else (given, 0.0)


def alike(carrier: Carrier) -> tuple[float | None, ...]:
    """Carriers for whom this is equal have equal shifts."""
    suit = carrier.ppe_limit_s
    return (
        carrier.start_s,
        carrier.end_s,
        carrier.work_limit_s,
        carrier.budget_kg_storeys,
        suit,
        carrier.rest_s if suit else None,
    )


def _groups(rows: Sequence[Row]) -> list[list[int]]:
    found: dict[tuple[float | None, ...], list[int]] = defaultdict(list)
    for place, row in enumerate(rows):
        found[alike(row.desk.carrier)].append(place)
    return [group for group in found.values() if len(group) > 1]


def _spread(rows: Sequence[Row], group: Sequence[int]) -> float:
    climbed = [rows[place].climbed for place in group]
    mean = sum(climbed) / len(climbed)
    return (max(climbed) - min(climbed)) / mean if mean > 0 else 0.0


class _Table:
    """Who goes on which trips, and what is late in each shift."""

    def __init__(self, grounds: Grounds, rows: list[Row]) -> None:
        self.grounds = grounds
        self.rows = rows
        self.late = [(run(grounds, row.desk, row.facts) or (0, 0.0))[0] for row in rows]
        self.extra_s = 0.0

    def change(self, changes: Sequence[_Change], extra_s: float = 0.0) -> bool:
        """Take loads from carriers and give them others, if every shift can still be kept and nothing more is late."""
        after: list[tuple[int, list[Fact], int]] = []
        for one in changes:
            facts = [fact for fact in self.rows[one.row].facts if all(fact is not out for out in one.out)]
            late = 0
            for new in one.into:
                placed = insert(self.grounds, self.rows[one.row], facts, new, self.late[one.row])
                if placed is None:
                    return False
                facts, late = placed
            if not one.into:
                ran = run(self.grounds, self.rows[one.row].desk, facts)
                if ran is None:
                    return False
                late = ran[0]
            after.append((one.row, facts, late))
        if sum(late for *_, late in after) > sum(self.late[row] for row, *_ in after):
            return False
        for row, facts, late in after:
            self.rows[row].facts, self.late[row] = facts, late
        self.extra_s += extra_s
        return True


@dataclass(frozen=True)
class _Change:
    row: int
    out: tuple[Fact, ...]
    into: tuple[Fact, ...]


def insert(
    grounds: Grounds, row: Row, facts: Sequence[Fact], new: Fact, late_before: int
) -> tuple[list[Fact], int] | None:
    """The trips of a shift with one more: where its urgency puts it, or else where least is late and it ends soonest."""
    usual = next((place for place, fact in enumerate(facts) if fact.order > new.order), len(facts))
    best: tuple[int, float, list[Fact]] | None = None
    for place in (usual, *(place for place in range(len(facts) + 1) if place != usual)):
        trial = [*facts[:place], new, *facts[place:]]
        ran = run(grounds, row.desk, trial)
        if ran is None:
            continue
        if place == usual and ran[0] <= late_before:
            return trial, ran[0]
        if best is None or ran < best[:2]:
            best = (*ran, trial)
    return (best[2], best[0]) if best else None


def _pairs(table: _Table, group: Sequence[int]) -> Iterator[tuple[int, int, float]]:
    """Two carriers, the one who climbs more first, by the difference between them."""
    climbed = {place: table.rows[place].climbed for place in group}
    least = AIM / 2 * sum(climbed.values()) / len(group)
    order = sorted(group, key=lambda place: (-climbed[place], place))
    pairs = [(climbed[a] - climbed[b], a, b) for n, a in enumerate(order) for b in order[n + 1 :]]
    for gap, a, b in sorted(pairs, key=lambda one: (-one[0], one[1], one[2])):
        if gap > least:
            yield a, b, gap


def _exchange(table: _Table, group: Sequence[int]) -> bool:
    """One whole trip given away, or exchanged for a lighter one: costs nothing."""
    for a, b, gap in _pairs(table, group):
        mine, theirs = table.rows[a].facts, table.rows[b].facts
        ways: list[tuple[float, Fact, Fact | None]] = [(abs(gap - 2 * one.climbed), one, None) for one in mine]
        ways += [(abs(gap - 2 * (one.climbed - two.climbed)), one, two) for one in mine for two in theirs]
        ways = [way for way in ways if way[0] <= GAIN * gap]
        ways.sort(key=lambda way: way[0])
        for _, one, two in ways[:TRIED]:
            back = () if two is None else (two,)
            if table.change([_Change(a, (one,), back), _Change(b, back, (one,))]):
                return True
    return False


@dataclass(frozen=True)
class _Cut:
    """Climbs of a trip that another carrier takes: by themselves, or into a trip of theirs, perhaps for others back."""

    trip: Fact
    given: Load
    into: Fact | None = None
    back: Load = ()


def _cut(table: _Table, group: Sequence[int], most_s: float) -> bool:
    """A trip is taken apart between two carriers, where that costs least for what it evens out."""
    for a, b, gap in _pairs(table, group):
        ways: list[tuple[float, int, _Cut]] = []
        for cut, moved in _cuts(table, a, b):
            left = abs(gap - 2 * moved)
            if left <= GAIN_BY_CUT * gap:
                ways.append((left, len(ways), cut))
        ways.sort(key=lambda way: way[:2])
        counted = []
        for left, number, cut in ways[:WEIGHED]:
            changes, extra = _changes(table, a, b, cut)
            if table.extra_s + extra <= most_s:
                counted.append((extra / (gap - left), number, changes, extra))
        counted.sort(key=lambda way: way[:2])
        for _, _, changes, extra in counted[:TRIED]:
            if table.change(changes, extra):
                return True
    return False


def _cuts(table: _Table, a: int, b: int) -> Iterator[tuple[_Cut, float]]:
    """Ways to take a trip of `a` apart for `b`, with the kg x storeys that they move."""
    for trip in table.rows[a].facts:
        index = table.grounds.indexes[trip.site]
        of = {climb: fact_of(index, (climb,)).climbed for climb in trip.load}
        for place in range(1, len(trip.load)):
            yield _Cut(trip, trip.load[place:]), sum(of[climb] for climb in trip.load[place:])
        for climb in trip.load:
            if len(trip.load) > 1:
                yield _Cut(trip, (climb,)), of[climb]
            for other in table.rows[b].facts:
                if not _may_share(trip, other):
                    continue
                room = index.problem.trolley_kg + 1e-9 - sum(one.load_kg for one in other.load)
                if climb.load_kg <= room:
                    yield _Cut(trip, (climb,), other), of[climb]
                spare = index.problem.trolley_kg + 1e-9 - sum(one.load_kg for one in trip.load) + climb.load_kg
                for back in other.load:
                    if climb.load_kg <= room + back.load_kg and back.load_kg <= spare:
                        yield _Cut(trip, (climb,), other, (back,)), of[climb] - fact_of(index, (back,)).climbed


def _may_share(one: Fact, other: Fact) -> bool:
    return (one.place, one.release_s, one.first, one.last) == (other.place, other.release_s, other.first, other.last)


def _changes(table: _Table, a: int, b: int, cut: _Cut) -> tuple[list[_Change], float]:
    index = table.grounds.indexes[cut.trip.site]
    kept: Load = tuple(climb for climb in cut.trip.load if climb not in cut.given)
    rest = [joined(index, kept, cut.back)] if kept or cut.back else []
    if cut.into is None:
        out: tuple[Fact, ...] = ()
        new = fact_of(index, cut.given)
    else:
        out = (cut.into,)
        new = joined(index, tuple(climb for climb in cut.into.load if climb not in cut.back), cut.given)
    extra = new.seconds + sum(one.seconds for one in rest) - cut.trip.seconds - sum(one.seconds for one in out)
    return [_Change(a, (cut.trip,), tuple(rest)), _Change(b, out, (new,))], extra


def joined(index: Index, load: Load, more: Sequence[Climb]) -> Fact:
    """A load with more climbs, each where it costs least."""
    found = fact_of(index, load) if load else None
    for climb in more:
        so_far = found.load if found else ()
        trials = [fact_of(index, (*so_far[:place], climb, *so_far[place:])) for place in range(len(so_far) + 1)]
        found = min(trials, key=lambda fact: fact.seconds)
    if found is None:
        raise ValueError("a load needs a climb")
    return found
