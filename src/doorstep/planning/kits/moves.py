"""A kit made better by small changes: packs out, packs in, the best pair of them at a time."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from doorstep.planning.kits.rows import Array

if TYPE_CHECKING:
    from doorstep.planning.kits.pricing import Pricer

STEPS = 80  # of one descent, against endless small gains


def descend(pricer: Pricer, prices: Array, kit: Array, limits: Array) -> Array:
    """The kit that no pair of changes makes cheaper: at most two packs or all of a kind out, up to two packs of one in.

    Within the limits, the weight and the most kinds, as long as the kit that it starts from is.
    """
    kit = _within(pricer, np.minimum(kit, limits))
    value = pricer.value(kit, prices)
    wide = False
    for _ in range(STEPS):
        out = _removals(kit, wide)
        gain, trial = _best_change(pricer, prices, kit, limits, out)
        if gain < -1e-9 and (worth := pricer.value(trial, prices)) < value - 1e-9:
            kit, value = trial, worth
        elif wide:
            break
        else:
            wide = True
    return kit


def _within(pricer: Pricer, kit: Array) -> Array:
    """Without the packs that are too heavy, and without the kinds that are too many."""
    kit, group = kit.copy(), pricer.group
    if group.kinds_most is not None and np.count_nonzero(kit) > group.kinds_most:
        kit[np.argsort(-kit, kind="stable")[group.kinds_most :]] = 0.0
    if group.weight_limit_kg is not None:
        while kit @ pricer.weights > group.weight_limit_kg + 1e-9:
            kit[np.argmax(kit * pricer.weights)] -= 1
    return kit


def _removals(kit: Array, wide: bool) -> Array:
    """Ways to take packs out, a row each: none, one, all of a kind; with `wide` also two of different kinds."""
    inside = np.flatnonzero(kit)
    many = [i for i in inside if kit[i] > 1]
    pairs = list(combinations(inside, 2)) if wide else []
    out = np.zeros((1 + len(inside) + len(many) + len(pairs), len(kit)))
    out[1 + np.arange(len(inside)), inside] = 1.0
    for row, i in enumerate(many, 1 + len(inside)):
        out[row, i] = kit[i]
    for row, (i, j) in enumerate(pairs, 1 + len(inside) + len(many)):
        out[row, i] = out[row, j] = 1.0
    return out


def _best_change(pricer: Pricer, prices: Array, kit: Array, limits: Array, out: Array) -> tuple[float, Array]:
    """What the best of all pairs (packs out, packs in) gains, and the kit after it."""
    room = limits - kit
    place = np.concatenate([np.flatnonzero(room >= 1), np.flatnonzero(room >= 2)])
    times = np.concatenate([np.ones(np.count_nonzero(room >= 1)), np.full(np.count_nonzero(room >= 2), 2.0)])
    given = pricer.amounts @ kit
    less = out @ pricer.amounts.T
    plus = np.vstack([np.zeros(len(given)), (pricer.amounts[:, place] * times).T])
    after = (given - less)[:, None, :] + plus[None, :, :]
    worth = pricer.grave * pricer.lacking(after)
    in_price = np.concatenate([[0.0], prices[place] * times])
    worth += in_price[None, :] - (out @ prices)[:, None]
    _must(pricer, kit, out, place, times, worth)
    _kinds_and_weight(pricer, kit, out, place, times, worth)
    base = worth[0, 0]
    row, column = np.unravel_index(int(np.argmin(worth)), worth.shape)
    trial = kit - out[row]
    if column:
        trial[place[column - 1]] += times[column - 1]
    return float(worth[row, column] - base), trial


def _must(pricer: Pricer, kit: Array, out: Array, place: Array, times: Array, worth: Array) -> None:
    for food, many in pricer.must:
        if food is None:
            continue
        inside = kit[food] - out[:, food, None] + np.concatenate([[0.0], np.where(place == food, times, 0.0)])[None, :]
        worth += pricer.grave * np.maximum(0.0, many - inside) / many


def _kinds_and_weight(pricer: Pricer, kit: Array, out: Array, place: Array, times: Array, worth: Array) -> None:
    group = pricer.group
    if group.kinds_least or group.kinds_most is not None:
        stay = np.count_nonzero(kit - out > 0.5, axis=1)
        new = np.concatenate([[0], (kit[place] < 0.5).astype(int)])
        kinds = stay[:, None] + new[None, :]
        if group.kinds_least:
            worth += pricer.grave * np.maximum(0, group.kinds_least - kinds) / group.kinds_least
        if group.kinds_most is not None:
            worth[kinds > group.kinds_most] = np.inf
    if group.weight_limit_kg is not None:
        heavy = kit @ pricer.weights - (out @ pricer.weights)[:, None]
        heavy = heavy + np.concatenate([[0.0], pricer.weights[place] * times])[None, :]
        worth[heavy > group.weight_limit_kg + 1e-9] = np.inf
