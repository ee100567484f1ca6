"""The by-hand rule of a roster: shift after shift, whoever is rested and has the fewest hours."""

from __future__ import annotations

from dataclasses import dataclass, field

from doorstep.planning.rosters.problem import Busy, Place, Placed, RostersPlan, RostersProblem, Unfilled, Worker


@dataclass
class _Hand:
    """A worker while the roster grows. Those who only count how many are missing have no id."""

    id: str
    hours: float
    busy: list[Busy] = field(default_factory=list)

    def may_take(self, place: Place, rest_h: float) -> bool:
        return all(b.end_h + rest_h <= place.start_h or place.end_h + rest_h <= b.start_h for b in self.busy)

    def take(self, place: Place) -> None:
        self.busy.append(Busy(place.start_h, place.end_h))
        self.hours += place.end_h - place.start_h

    def rested_at(self, place: Place, rest_h: float) -> float:
        """When this worker could begin there, by the duties before it."""
        return max((b.end_h + rest_h for b in self.busy if b.start_h < place.end_h), default=place.start_h)


def plan_by_hand(problem: RostersProblem) -> RostersPlan:
    """Fill the places in order of time, the emptiest first; the same problem always gives the same roster.

    Fairness is "fewest hours first, then longest rested, then by id". Nobody is placed without the rest.
    """
    hands = [_Hand(worker.id, worker.worked_h, list(worker.busy)) for worker in problem.workers]
    spare: list[_Hand] = []
    placed: list[Placed] = []
    unfilled: list[Unfilled] = []
    for place in sorted(problem.places, key=lambda each: (each.start_h, -each.seats, each.post)):
        empty = 0
        for _seat in range(place.seats):
            rested = [hand for hand in hands if hand.may_take(place, problem.rest_h)]
            if rested:
                chosen = min(rested, key=lambda hand: (hand.hours, _last_end(hand), hand.id))
                placed.append(Placed(place, chosen.id))
            else:
                empty += 1
                chosen = _one_more(spare, place, problem.rest_h)
            chosen.take(place)
        if empty:
            times = [hand.rested_at(place, problem.rest_h) for hand in hands]
            soon = min((time for time in times if place.start_h < time < place.end_h), default=None)
            unfilled.append(Unfilled(place, empty, soon))
    return RostersPlan(tuple(placed), tuple(unfilled), seats_nobody_can_take(problem), len(spare))


def seats_nobody_can_take(problem: RostersProblem) -> int:
    """A bound: places that start within one shift and one rest of each other need a worker for each seat.

    Such blocks follow one another in time without sharing a place, so what they lack adds up.
    """
    places = sorted(problem.places, key=lambda each: each.start_h)
    best, starts = 0, sorted({place.start_h for place in places})
    for first in starts:
        lacking = 0
        block: list[Place] = []
        for place in places:
            if place.start_h < first:
                continue
            if block and place.start_h >= min(each.end_h for each in block) + problem.rest_h:
                lacking += _lack(block, problem.workers, problem.rest_h)
                block = []
            block.append(place)
        best = max(best, lacking + _lack(block, problem.workers, problem.rest_h))
    return best


def _lack(block: list[Place], workers: tuple[Worker, ...], rest_h: float) -> int:
    able = sum(any(_Hand(w.id, 0, list(w.busy)).may_take(place, rest_h) for place in block) for w in workers)
    return max(0, sum(place.seats for place in block) - able)


def _one_more(spare: list[_Hand], place: Place, rest_h: float) -> _Hand:
    """A worker that is not there: one of those counted before, if rested, or one more."""
    for hand in spare:
        if hand.may_take(place, rest_h):
            return hand
    spare.append(_Hand("", 0.0))
    return spare[-1]


def _last_end(hand: _Hand) -> float:
    return max((busy.end_h for busy in hand.busy), default=float("-inf"))
