"""Few kits to pack: classes that are alike share one, the most demanding of them deciding."""

from __future__ import annotations

from dataclasses import replace

from doorstep.planning.kits.problem import HouseholdClass, KitsProblem, Need
from doorstep.planning.kits.rows import Array

SHARED = "\x1f"  # between the names of classes that share a kit: no name holds it


def merged(problem: KitsProblem, most: int) -> KitsProblem:
    """The problem with at most so many classes: those whose needs differ least are joined first.

    A shared kit meets the greatest need and the least upper limit, and has nothing that any of them must not have.
    """
    classes = list(problem.classes)
    while len(classes) > max(most, 1):
        pairs = [(_apart(a, b), x, y) for x, a in enumerate(classes) for y, b in enumerate(classes[:x])]
        _, x, y = min(pairs)
        joined = _joined(classes[y], classes[x])
        classes = [group for number, group in enumerate(classes) if number not in (x, y)]
        classes.append(joined)
    return replace(problem, classes=tuple(classes))


def spread(problem: KitsProblem, asked: KitsProblem, packs: Array) -> Array:
    """Kits of joined classes as kits of each of them, in the order of the problem."""
    place = {name: number for number, group in enumerate(asked.classes) for name in group.id.split(SHARED)}
    return packs[[place[group.id] for group in problem.classes]]


def _apart(one: HouseholdClass, other: HouseholdClass) -> float:
    """How much more is given than needed where the two share a kit, in whole needs of all their households."""
    a, b = ({need.nutrient: need.least for need in group.needs} for group in (one, other))
    total = 0.0
    for name in a.keys() | b.keys():
        x, y = a.get(name, 0.0), b.get(name, 0.0)
        if high := max(x, y):
            total += (high - x) / high * one.households + (high - y) / high * other.households
    return total + len(one.bans ^ other.bans) * (one.households + other.households) / 4


def _joined(one: HouseholdClass, other: HouseholdClass) -> HouseholdClass:
    a, b = ({need.nutrient: need for need in group.needs} for group in (one, other))
    needs = []
    for name in dict.fromkeys([*a, *b]):
        both = [need for need in (a.get(name), b.get(name)) if need]
        tops = [need.most for need in both if need.most is not None]
        needs.append(Need(name, max(n.least for n in both), min(tops) if tops else None, max(n.grave for n in both)))
    limits = [g.weight_limit_kg for g in (one, other) if g.weight_limit_kg is not None]
    kinds = [g.kinds_most for g in (one, other) if g.kinds_most is not None]
    names = {*one.must, *other.must}
    return HouseholdClass(
        f"{one.id}{SHARED}{other.id}",
        one.households + other.households,
        tuple(needs),
        one.bans | other.bans,
        min(limits) if limits else None,
        max(one.kinds_least, other.kinds_least),
        min(kinds) if kinds else None,
        {name: max(one.must.get(name, 0), other.must.get(name, 0)) for name in names},
    )
