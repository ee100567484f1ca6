"""Known kits of each class, and the programs over them: what stock is worth, and the best choice of one kit a class."""

from __future__ import annotations

from typing import Any

import numpy as np

from doorstep.planning.kits.pricing import Pricer
from doorstep.planning.kits.rows import Array
from doorstep.planning.program import Program, highs

BESIDE = 2.0  # packs beyond the stock at so many times their worth: keeps the prices of a young master within reason


class Columns:
    """Kits found so far (Dantzig and Wolfe 1960); an empty kit of each class keeps every program solvable."""

    def __init__(self, pricers: list[Pricer], prices: Array, stock: Array) -> None:
        self.pricers, self.prices, self.stock = pricers, prices, stock
        self.many = np.array([pricer.group.households for pricer in pricers], dtype=float)
        self.stocked = np.flatnonzero(np.isfinite(stock))
        self.kits: list[Array] = [np.zeros((1, len(prices))) for _ in pricers]
        self.values: list[Array] = [np.array([p.value(np.zeros(len(prices)), prices)]) for p in pricers]
        self._seen: list[set[bytes]] = [{kits[0].tobytes()} for kits in self.kits]

    def add(self, number: int, kit: Array) -> bool:
        """Whether this kit of a class was new."""
        key = kit.tobytes()
        if key in self._seen[number]:
            return False
        self._seen[number].add(key)
        self.kits[number] = np.vstack([self.kits[number], kit])
        self.values[number] = np.append(self.values[number], self.pricers[number].value(kit, self.prices))
        return True

    def best(self, number: int, worth: Array, many: int = 1, caps: Array | None = None) -> Array:
        """The kits of a class that cost least with what their stock is worth, the best first; within `caps`."""
        costs = self.values[number] + self.kits[number] @ worth
        if caps is not None:
            costs = np.where(np.all(self.kits[number] <= caps + 1e-9, axis=1), costs, np.inf)
            many = min(many, int(np.count_nonzero(np.isfinite(costs))))
        return self.kits[number][np.argsort(costs, kind="stable")[:many]]

    def worth(self, before: Array) -> Array:
        """What a pack in stock is worth while kits may be mixed within a class (linear program)."""
        program = Program()
        self._rows(program, range(len(self.pricers)), [range(len(kits)) for kits in self.kits], self.stock, before)
        model = program.model()
        model.run()
        found = np.zeros(len(self.prices))
        duals = np.array(model.getSolution().row_dual[len(self.pricers) :])
        found[self.stocked] = np.maximum(0.0, -duals)
        return found

    def choose(
        self, numbers: list[int], stock: Array, worth: Array, many: int, *, seconds: float, gap: float, known: Array
    ) -> Array | None:
        """The best whole choice for some classes within a stock, among the `many` best kits of each at these prices."""
        picked = []
        for number in numbers:
            costs = self.values[number] + self.kits[number] @ worth
            order = np.argsort(costs, kind="stable")[:many]
            mine = np.flatnonzero(np.all(self.kits[number] == known[number], axis=1))
            picked.append(np.unique(np.concatenate([order, mine, [0]])))
        program = Program()
        columns = self._rows(program, numbers, picked, stock)
        model = program.model()
        model.setOptionValue("presolve", "on")
        model.setOptionValue("time_limit", max(seconds, 0.05))
        model.setOptionValue("mip_rel_gap", gap)
        start = np.zeros(len(program.cost))
        for number, rows, places in zip(numbers, picked, columns, strict=True):
            for row, place in zip(rows, places, strict=True):
                start[place] = float(np.array_equal(self.kits[number][row], known[number]))
        model.setSolution(len(start), np.arange(len(start), dtype=np.int32), start)
        model.run()
        solution = model.getSolution()
        if not solution.value_valid:
            return None
        values = np.array(solution.col_value)
        return np.array(
            [
                self.kits[number][rows[int(np.argmax(values[places]))]]
                for number, rows, places in zip(numbers, picked, columns, strict=True)
            ]
        )

    def _rows(
        self, program: Program, numbers: Any, picked: list[Any], stock: Array, before: Array | None = None
    ) -> list[list[int]]:
        """One row a class (exactly one kit), one a stock. With `before`, packs beyond the stock may be had dearly."""
        infinite = highs().kHighsInf
        columns: list[list[int]] = []
        used: list[list[tuple[int, float]]] = [[] for _ in self.stocked]
        for number, rows in zip(numbers, picked, strict=True):
            places = []
            for row in rows:
                place = program.column(self.values[number][row] * self.many[number], 1.0, before is None)
                places.append(place)
                kit = self.kits[number][row][self.stocked]
                for held in np.flatnonzero(kit):
                    used[held].append((place, float(kit[held] * self.many[number])))
            columns.append(places)
        for places in columns:
            program.row(1.0, 1.0, [(place, 1.0) for place in places])
        for at, food in enumerate(self.stocked):
            entries = used[at]
            if before is not None:
                dear = BESIDE * float(before[food] + self.prices[food]) + 1e-9
                entries.append((program.column(dear, infinite), -1.0))
            program.row(-infinite, float(stock[food]), entries)
        return columns
