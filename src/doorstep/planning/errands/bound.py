"""What no plan of errands can cost less than: parts of sites and ways (linear program) with cuts, then whole sites.

Edges and open sites as in Laporte, Riera-Ledesma and Salazar-González (2003); a set of sites that is left out of the ways
in parts is cut off by connectivity rows found with minimum cuts.
"""

from __future__ import annotations

import math
import time
from collections import defaultdict, deque
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from doorstep.planning.errands.problem import ErrandsProblem
from doorstep.planning.program import Program, highs

CLOSE = 1e-4
CUTS = 60  # rows added in one round


@dataclass
class _Model:
    """The relaxation while it grows: columns by edge and by site."""

    problem: ErrandsProblem
    edges: list[tuple[int, int]] = field(default_factory=list)
    edge_at: dict[tuple[int, int], int] = field(default_factory=dict)
    open_at: dict[int, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.base = self._program()
        self.model = self.base.model()

    def _program(self) -> Program:
        problem, program = self.problem, Program()
        travel = problem.travel_s
        offers = _offers(problem)
        useful = sorted({place for rows in offers for place, _ in rows})
        for place in useful:
            self.open_at[place] = program.column(problem.sites[place - 1].queue_s, 1.0)
        nodes = [0, *useful]
        for number, one in enumerate(nodes):
            for other in nodes[number + 1 :]:
                cost = min(travel[one][other], travel[other][one])
                self.edge_at[one, other] = program.column(cost, 2.0 if one == 0 else 1.0)
        at_node: dict[int, list[tuple[int, float]]] = defaultdict(list)
        for (one, other), column in self.edge_at.items():
            at_node[one].append((column, 1.0))
            at_node[other].append((column, 1.0))
        for (one, other), column in self.edge_at.items():
            if one == 0:
                program.row(-highs().kHighsInf, 0.0, [(column, 1.0), (self.open_at[other], -2.0)])
        for place in useful:
            program.row(0.0, 0.0, [*at_node[place], (self.open_at[place], -2.0)])
        program.row(-highs().kHighsInf, 2.0 * len(problem.couriers), at_node[0])
        self._lines(program, offers)
        return program

    def _lines(self, program: Program, offers: list[list[tuple[int, list[str]]]]) -> None:
        """Lines that are alike count as one; a site gives no more than it holds, and only if it is open."""
        problem = self.problem
        groups: dict[Any, list[int]] = defaultdict(list)
        for number, line in enumerate(problem.lines):
            groups[line.drugs, line.sites, line.whole and line.packs, line.grave].append(number)
        stock: dict[tuple[int, str], list[tuple[int, float]]] = defaultdict(list)
        for members in groups.values():
            line, packs = problem.lines[members[0]], sum(problem.lines[n].packs for n in members)
            grave = problem.unserved_cost * line.grave * len(members) / packs
            entries = [(program.column(grave, float(packs)), 1.0)]
            for place, drugs in offers[members[0]]:
                site = problem.sites[place - 1]
                for drug in drugs:
                    most = float(min(site.stock[drug], packs))
                    column = program.column(site.prices.get(drug, 0.0), most)
                    entries.append((column, 1.0))
                    stock[place, drug].append((column, 1.0))
                    program.row(-highs().kHighsInf, 0.0, [(column, 1.0), (self.open_at[place], -most)])
            program.row(float(packs), float(packs), entries)
        for (place, drug), users in stock.items():
            held = float(problem.sites[place - 1].stock[drug])
            if len(users) > 1:
                program.row(-highs().kHighsInf, 0.0, [*users, (self.open_at[place], -held)])

    def links(self, values: Any) -> list[tuple[list[int], list[float]]]:
        """An edge is used only between open sites: the rows of this that are broken."""
        found = []
        for (one, other), column in self.edge_at.items():
            if one and values[column] > CLOSE:
                for place in (one, other):
                    if values[column] > values[self.open_at[place]] + CLOSE:
                        found.append(([self.open_at[place], column], [1.0, -1.0]))
        return found

    def cut(self, inside: frozenset[int], node: int) -> tuple[list[int], list[float]]:
        """Ways that lead out of a set of sites number two at least if one of them is open."""
        columns = [c for (one, other), c in self.edge_at.items() if (one in inside) != (other in inside)]
        return [*columns, self.open_at[node]], [*([1.0] * len(columns)), -2.0]


class Bounding:
    """The relaxation, taken further whenever there is time: `value` is a bound at any moment.

    `likely` says for each site (places from 0) how far it is open; `done` that no cut is left
    and branching has ended; `stopped` asks it to end after the step at hand.
    """

    def __init__(self, problem: ErrandsProblem) -> None:
        self.problem, self.found = problem, _Model(problem)
        self.value, self.done, self.stopped = 0.0, not self.found.open_at, False
        self.likely = np.zeros(len(problem.sites))
        if self.done:
            self.value = sum(problem.unserved_cost * line.grave for line in problem.lines)

    def advance(self, until: float) -> None:
        """Rounds of cuts up to an instant of `time.monotonic`, and when none is left, sites open or closed as a whole."""
        found = self.found
        while not (self.done or self.stopped) and (left := until - time.monotonic()) > 0:
            found.model.setOptionValue("time_limit", left)
            found.model.run()
            if found.model.getModelStatus() != highs().HighsModelStatus.kOptimal:
                return
            self._higher(float(found.model.getInfo().objective_function_value))
            values = np.array(found.model.getSolution().col_value)
            for place, column in found.open_at.items():
                self.likely[place - 1] = values[column]
            cuts = found.links(values) or _violated(found, values)
            for places, amounts in cuts:
                where = np.array(places, dtype=np.int32)
                found.model.addRow(0.0, highs().kHighsInf, len(places), where, np.array(amounts))
            if not cuts:
                self._higher(_whole(found, until))
                self.done = True

    def _higher(self, value: float) -> None:
        self.value = max(self.value, value * (1 - 1e-9))


def _whole(found: _Model, until: float) -> float:
    """The bound with sites open or closed as a whole, as far as branching gets."""
    left = until - time.monotonic()
    if left <= 0.2:
        return 0.0
    model = found.model
    for column in found.open_at.values():
        model.changeColIntegrality(column, highs().HighsVarType.kInteger)
    model.setOptionValue("time_limit", left)
    model.setOptionValue("presolve", "on")
    model.run()
    return float(model.getInfo().mip_dual_bound)


def _violated(found: _Model, values: Any) -> list[tuple[list[int], list[float]]]:
    """Connectivity rows that the relaxation breaks, by minimum cuts between the base and each open site."""
    network: dict[int, dict[int, float]] = defaultdict(dict)
    for (one, other), column in found.edge_at.items():
        if values[column] > CLOSE:
            network[one][other] = network[other][one] = float(values[column])
    cuts: list[tuple[list[int], list[float]]] = []
    seen: set[frozenset[int]] = set()
    order = sorted(found.open_at, key=lambda place: -values[found.open_at[place]])
    for node in order:
        wanted = 2 * float(values[found.open_at[node]])
        if wanted <= CLOSE or len(cuts) >= CUTS:
            break
        flow, inside = _minimum_cut(network, node, 0, wanted)
        if flow < wanted - 10 * CLOSE and inside not in seen:
            seen.add(inside)
            cuts.append(found.cut(inside, node))
    return cuts


def _minimum_cut(
    network: dict[int, dict[int, float]], start: int, end: int, enough: float
) -> tuple[float, frozenset[int]]:
    """The flow from one node to another up to `enough`, and the side of the start (Edmonds and Karp 1972)."""
    rest = {node: dict(edges) for node, edges in network.items()}
    flow = 0.0
    while True:
        before: dict[int, int] = {start: start}
        queue = deque([start])
        while queue and end not in before:
            node = queue.popleft()
            for other, capacity in rest.get(node, {}).items():
                if capacity > CLOSE / 10 and other not in before:
                    before[other] = node
                    queue.append(other)
        if end not in before or flow >= enough - CLOSE:
            return flow, frozenset(before)
        least, node = math.inf, end
        while node != start:
            least = min(least, rest[before[node]][node])
            node = before[node]
        node = end
        while node != start:
            rest[before[node]][node] -= least
            rest[node][before[node]] = rest[node].get(before[node], 0.0) + least
            node = before[node]
        flow += least


def _offers(problem: ErrandsProblem) -> list[list[tuple[int, list[str]]]]:
    """For each line the places where it may be had, with the drugs."""
    found = []
    for line in problem.lines:
        rows = []
        for place, site in enumerate(problem.sites, 1):
            if line.sites is None or site.id in line.sites:
                drugs = [drug for drug in line.drugs if site.stock.get(drug, 0) >= (line.packs if line.whole else 1)]
                if drugs:
                    rows.append((place, drugs))
        found.append(rows)
    return found
