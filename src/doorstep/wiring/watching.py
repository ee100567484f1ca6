"""A watch with very many rows: the gravest stand by themselves, the rest is counted by area, none is lost."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TypeVar

from django.urls import reverse
from django.utils.translation import ngettext

from doorstep.wiring.contributions import WatchRow

T = TypeVar("T")
SHOWN = 500


def shown_and_counted(
    found: Sequence[T],
    rows_of: Callable[[Sequence[T]], Sequence[WatchRow]],
    rest_of: Callable[[T], tuple[int, datetime]],
    names: Callable[[], dict[int, str]],
) -> list[WatchRow]:
    """Rows of the first SHOWN of `found` (the gravest first), and one row an area for those behind them.

    `rest_of` gives the area and since when, `names` those of the areas. The rows' counts add up to the length of `found`.
    """
    rows = list(rows_of(found[:SHOWN]))
    if len(found) <= SHOWN:
        return rows
    return rows + _by_area((rest_of(one) for one in found[SHOWN:]), names(), rows[0])


def _by_area(rest: Iterable[tuple[int, datetime]], names: dict[int, str], like: WatchRow) -> list[WatchRow]:
    since: dict[int, list[datetime]] = defaultdict(list)
    for area, when in rest:
        since[area].append(when)
    return [
        replace(
            like,
            subject=ngettext("%(area)s: %(n)d more door", "%(area)s: %(n)d more doors", len(times))
            % {"area": names.get(area, ""), "n": len(times)},
            since=min(times),
            url=reverse("board:area", args=[area]),
            area_id=area,
            door_id=None,
            due=None,
            count=len(times),
        )
        for area, times in sorted(since.items())
    ]
