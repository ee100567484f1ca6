"""How strongly the words of a message speak for each kind and each need."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from doorstep.desk.triage.model import Reason
from doorstep.desk.triage.patterns import Words, any_of
from doorstep.desk.triage.signs import stands
from doorstep.desk.triage.text import Text, words_of

MOST = 9.0
OF_THE_BODY = ("kind:symptoms", "need:medical_care")


@dataclass(frozen=True)
class Scores:
    """Sums of weights by code, the words behind them, and the clauses in which each need stands."""

    kinds: dict[str, float]
    needs: dict[str, float]
    reasons: tuple[Reason, ...]
    clauses: dict[str, frozenset[tuple[int, int]]]


@cache
def _weighted(name: str, group: str) -> dict[str, tuple[tuple[float, Words], ...]]:
    return {
        code: tuple((float(weight), any_of(words)) for weight, words in lists.items())
        for code, lists in words_of(name)[group].items()
    }


@cache
def _refused() -> Words:
    return any_of(words_of("needs")["refused"])


def score(text: Text) -> Scores:
    """Sum the weights of every list. What a clause refuses (不需要, don't need) or denies (没有发烧) does not count."""
    refused = frozenset(text.clause(hit.start()) for hit in _refused().finditer(text.read))
    reasons: list[Reason] = []
    kinds = {code: _sum(text, f"kind:{code}", lists, reasons)[0] for code, lists in _weighted("kinds", "kinds").items()}
    needs: dict[str, float] = {}
    clauses: dict[str, frozenset[tuple[int, int]]] = {}
    for code, lists in _weighted("needs", "needs").items():
        needs[code], clauses[code] = _sum(text, f"need:{code}", lists, reasons, refused)
    return Scores(kinds, needs, tuple(reasons), clauses)


def _sum(
    text: Text,
    says: str,
    lists: tuple[tuple[float, Words], ...],
    reasons: list[Reason],
    refused: frozenset[tuple[int, int]] = frozenset(),
) -> tuple[float, frozenset[tuple[int, int]]]:
    total = 0.0
    seen: set[str] = set()
    clauses: set[tuple[int, int]] = set()
    for weight, pattern in lists:
        for hit in pattern.finditer(text.read):
            clause = text.clause(hit.start())
            if hit[0] in seen or not hit[0].strip() or clause in refused:
                continue
            if says in OF_THE_BODY and not stands(text, hit.start(), hit.end()):
                continue
            seen.add(hit[0])
            clauses.add(clause)
            total += weight
            where = text.span(hit.start(), hit.end())
            reasons.append(Reason(*where, text.original[slice(*where)], says, weight))
    return min(total, MOST), frozenset(clauses)
