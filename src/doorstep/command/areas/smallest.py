"""The smallest area that does: the places that must be inside, step by step wider, and what each step adds (S127).

The program proposes, a person decides.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext as _

from doorstep.command.areas.loads import Load, load_of_places
from doorstep.command.drawing import DEPTHS, PlaceLine, chosen, place_of
from doorstep.command.models import Incident
from doorstep.command.places import DEPTH
from doorstep.register.models import Door, Stair
from doorstep.wiring.texts import in_language

LETTERS = {depth: letter for letter, depth in DEPTHS.items()}


@dataclass(frozen=True)
class Step:
    """One way to draw: by which depth, the codes of its places, whom it binds, and what it adds to the step before."""

    depth: str
    title: str
    reason: str
    codes: tuple[str, ...]
    places: list[PlaceLine]
    load: Load
    more_doors: int
    more_persons: int
    proposed: bool


def smallest(incident: Incident, zone: str, codes: Iterable[str]) -> list[Step]:
    """Ways to draw an area that holds these places, the smallest that the zone class allows first."""
    rules = incident.protocol
    drawn_by = rules.zones[zone].drawn_by or "stair"
    allowed = [depth for depth in reversed(DEPTH) if DEPTH.index(depth) <= DEPTH.index(drawn_by)]
    inside = _ancestors(codes)
    steps: list[Step] = []
    for depth in allowed if inside else []:
        keys = _at_depth(inside, depth)
        named = tuple(f"{LETTERS[at]}{pk}" for at, pks in keys.items() for pk in pks)
        if steps and steps[-1].codes == named:
            continue
        load = load_of_places(rules, zone, keys)
        before = steps[-1].load if steps else None
        steps.append(
            Step(
                depth,
                str(TITLES[depth]()),
                _reason(incident, zone, depth, first=not steps),
                named,
                chosen(named),
                load,
                load.doors - before.doors if before else 0,
                load.persons - before.persons if before else 0,
                not steps,
            )
        )
    return steps


TITLES = {
    "door": lambda: _("the doors alone"),
    "stair": lambda: _("their stairs"),
    "building": lambda: _("their buildings"),
    "compound": lambda: _("their compounds"),
}


def known_cases() -> list[PlaceLine]:
    """Stairs in which a case is known to live: what an area is first drawn around."""
    return chosen(
        f"s{pk}" for pk in Stair.objects.filter(infected=True).order_by("pk").values_list("pk", flat=True)[:40]
    )


def _reason(incident: Incident, zone: str, depth: str, *, first: bool) -> str:
    entry = in_language(incident.protocol.zones[zone].entry)
    if first:
        return _("The smallest that this class allows: %(entry)s") % {"entry": entry}
    return {
        "stair": _("If people of the stair met on the way, or share air and lift."),
        "building": _("If people of several stairs met, or the way of infection is not clear."),
        "compound": _("If cases are in several buildings, or contacts cannot be traced."),
    }[depth]


def _ancestors(codes: Iterable[str]) -> list[dict[str, int]]:
    """For each place its own key and those above it: depth → key. One query a depth."""
    wanted: dict[str, list[int]] = {depth: [] for depth in DEPTH}
    for code in codes:
        place = place_of(code)
        if place.include:
            for depth in DEPTH:
                if (key := getattr(place, f"{depth}_id")) is not None:
                    wanted[depth].append(key)
    found = [{"compound": pk} for pk in wanted["compound"]]
    ways = {
        "building": ("stair__building_id", ("stair__building_id", "stair__building__compound_id")),
        "stair": ("stair_id", ("stair_id", "stair__building_id", "stair__building__compound_id")),
        "door": ("pk", ("pk", "stair_id", "stair__building_id", "stair__building__compound_id")),
    }
    for depth, (way, columns) in ways.items():
        if wanted[depth]:
            rows = (
                Door.objects.filter(**{f"{way}__in": wanted[depth]}).order_by(*columns).values_list(*columns).distinct()
            )
            names = DEPTH[: DEPTH.index(depth) + 1][::-1]
            found += [dict(zip(names, row, strict=True)) for row in rows]
    return found


def _at_depth(inside: list[dict[str, int]], depth: str) -> dict[str, tuple[int, ...]]:
    """The places at that depth which hold the given ones; a wider place that was given stays as it is."""
    keys: dict[str, list[int]] = {}
    for place in inside:
        at = depth if depth in place else next(d for d in reversed(DEPTH) if d in place)
        if place[at] not in keys.setdefault(at, []):
            keys[at].append(place[at])
    return {at: tuple(pks) for at, pks in keys.items()}
