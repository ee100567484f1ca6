"""How long the food behind a door lasts: deliveries in person·days, eaten by whoever is at home."""

from __future__ import annotations

from collections.abc import Iterable
from operator import itemgetter

DAY_S = 86_400.0
WHEN = itemgetter(0, 1)  # who is at home counts before what comes in the same instant
Delivered = tuple[float, float]  # instant (s), person·days
AtHome = tuple[float, int]  # from this instant (s) so many persons


def food_until(delivered: Iterable[Delivered], at_home: Iterable[AtHome]) -> float | None:
    """The instant (s since 1970) at which the food ends, or ended; None without a delivery or with nobody at home.

    Both lists in the order of time. Food not eaten by the next delivery is kept; nobody eats what is not there, and who is
    alone eats longer of the same kit (S51, F10). Before the first word
    of `at_home` its count is taken to have held.
    """
    counts = list(at_home)
    food, now, ended, any_food = 0.0, 0.0, None, False
    persons = counts[0][1] if counts else 0
    events = [(at, 0, count) for at, count in counts] + [(at, 1, amount) for at, amount in delivered]
    for at, is_food, amount in sorted(events, key=WHEN):
        eaten = persons * (at - now) / DAY_S
        if food > 0 and eaten >= food:
            ended, food = now + DAY_S * food / persons, 0.0
        else:
            food -= min(food, eaten)
        now = at
        if is_food:
            any_food, food = True, food + amount
        else:
            persons = int(amount)
    if not any_food or persons == 0:
        return None
    if food > 0:
        return now + DAY_S * food / persons
    return ended if ended is not None else now


def cause_of(before: float | None, after: float | None, *, persons: int, persons_before: int, undone: bool) -> str:
    """Why food ends earlier than was said before: a word for the record, "" where it does not."""
    if before is None or after is None or after >= before - 1:
        return ""
    if undone:
        return "delivery_taken_back"
    return "more_persons" if persons > persons_before else "recount"
