"""Small pictures: bars by day as numbers for an SVG."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

WIDTH, HEIGHT, FOOT, TOP = 320, 110, 18, 16


@dataclass(frozen=True)
class Bar:
    """One bar with its value and its day."""

    x: float
    y: float
    width: float
    height: float
    middle: float
    value: int
    day: str
    dated: bool

    @property
    def label_y(self) -> float:
        return self.y - 4


@dataclass(frozen=True)
class Drawn:
    """A chart ready to draw; `said` is what it shows for who cannot see it."""

    code: str
    title: str
    bars: list[Bar]
    said: str
    width: int = WIDTH
    height: int = HEIGHT

    @property
    def baseline(self) -> int:
        return HEIGHT - FOOT

    @property
    def total(self) -> int:
        return sum(bar.value for bar in self.bars)


def drawn(chart: dict[str, Any]) -> Drawn:
    """The chart's bars laid out side by side; every day is dated where there is room for it."""
    values = chart["bars"]
    most = max([value for _day, value in values] or [0]) or 1
    step = WIDTH / max(1, len(values))
    every = 1 + len(values) // 8
    bars = []
    for number, (day, value) in enumerate(values):
        tall = (HEIGHT - FOOT - TOP) * value / most
        wide = min(40.0, step * 0.7)
        x = step * number + (step - wide) / 2
        bars.append(
            Bar(
                round(x, 1),
                round(HEIGHT - FOOT - tall, 1),
                round(wide, 1),
                round(tall, 1),
                round(x + wide / 2, 1),
                value,
                day,
                number % every == 0,
            )
        )
    said = "; ".join(f"{day}: {value}" for day, value in values)
    return Drawn(chart["code"], chart["title"], bars, said)
