"""How strongly the words of a message speak for each kind and each need."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from doorstep.desk.triage.model import Reason
from doorstep.desk.triage.patterns import Words, any_of
from doorstep.desk.triage.text import Text, words_of

MOST = 9.0
REFUSAL_REACH = 14


@dataclass(frozen=True)
class Scores:
    """Sums of weights by code, and the words behind them."""

    kinds: dict[str, float]
    needs: dict[str, float]
    reasons: tuple[Reason, ...]


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
    """Sum the weights of every list. A need in a clause that refuses it (不需要, don't need) does not count."""
    reasons: list[Reason] = []
    kinds = {code: _sum(text, f"kind:{code}", lists, reasons) for code, lists in _weighted("kinds", "kinds").items()}
    refused = [text.clause(hit.start()) for hit in _refused().finditer(text.read)]
    needs = {
        code: _sum(text, f"need:{code}", lists, reasons, refused) for code, lists in _weighted("needs", "needs").items()
    }
    return Scores(kinds, needs, tuple(reasons))


def _sum(
    text: Text,
    says: str,
    lists: tuple[tuple[float, Words], ...],
    reasons: list[Reason],
    refused: list[tuple[int, int]] | None = None,
) -> float:
    total = 0.0
    seen: set[str] = set()
    for weight, pattern in lists:
        for hit in pattern.finditer(text.read):
            if hit[0] in seen or not hit[0].strip():
                continue
            if refused and any(start <= hit.start() < end for start, end in refused):
                continue
            seen.add(hit[0])
            total += weight
            where = text.span(hit.start(), hit.end())
            reasons.append(Reason(*where, text.original[slice(*where)], says, weight))
    return min(total, MOST)
