"""What people corrected becomes small weights on the words of the corrected messages, for one incident."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache

from doorstep.desk.triage.model import KINDS, URGENCIES
from doorstep.desk.triage.patterns import vocabulary
from doorstep.desk.triage.scores import Scores, score
from doorstep.desk.triage.text import Text, read, words_of

TOKEN = re.compile(r"[a-z]+(?:'[a-z]+)?|[\u3400-\u9fff]+")
SIZES = (2, 3, 4)
ENOUGH = 3.0  # what one word of a list says by itself
LEARNED_SIGN = "learned"
SIGN_FROM = 2.0
URGENCY_FROM = 2.0
ROUNDS = 8
MOST = 6.0


@dataclass(frozen=True)
class Correction:
    """What a person said of a message. What is None was not corrected."""

    text: str
    kind: str | None = None
    needs: tuple[str, ...] | None = None
    urgency: str | None = None
    life_threat: bool | None = None


@dataclass(frozen=True)
class Corrections:
    """Weights by target (kind:…, need:…, urgency:…, sign:learned) and gram. Made by `learn`, kept as JSON by `as_dict`."""

    weights: Mapping[str, Mapping[str, float]] = field(default_factory=dict)

    def as_dict(self) -> dict[str, dict[str, float]]:
        """Plain data to keep."""
        return {target: dict(grams) for target, grams in self.weights.items()}

    @classmethod
    def from_dict(cls, data: Mapping[str, Mapping[str, float]]) -> Corrections:
        """What `as_dict` gave."""
        return cls({target: dict(grams) for target, grams in data.items()})

    def sums(self, text: Text) -> dict[str, float]:
        """How strongly the corrections speak in this message, by target."""
        if not self.weights:
            return {}
        grams = set(grams_of(text))
        return {
            target: max(-MOST, min(MOST, sum(weight for gram, weight in found.items() if gram in grams)))
            for target, found in self.weights.items()
        }


def grams_of(text: Text) -> Iterator[str]:
    """Two to four Chinese characters in a row; English words and pairs of them."""
    before = ""
    for token in TOKEN.findall(text.read):
        if "\u3400" <= token[0] <= "\u9fff":
            for size in SIZES:
                for start in range(len(token) - size + 1):
                    yield token[start : start + size]
            before = ""
        else:
            yield token
            if before:
                yield f"{before} {token}"
            before = token


def corrected(scores: Scores, sums: Mapping[str, float]) -> Scores:
    """The sums of the lists with the corrections on top; never below nothing."""
    return Scores(
        {kind: max(0.0, value + sums.get(f"kind:{kind}", 0.0)) for kind, value in scores.kinds.items()},
        {need: max(0.0, value + sums.get(f"need:{need}", 0.0)) for need, value in scores.needs.items()},
        scores.reasons,
        scores.clauses,
    )


def learn(examples: Iterable[Correction]) -> Corrections:
    """Weights that make each corrected message come out right, as far as its words allow. The same examples give the same weights.

    A sign of danger to life can be taught, but never untaught: a false alarm costs a look, a missed one a life.
    """
    weights: dict[str, dict[str, float]] = defaultdict(dict)
    known = [(example, read(example.text, vocabulary)) for example in examples]
    for _ in range(ROUNDS):
        changed = False
        for example, text in known:
            grams = {gram: share for gram in sorted(set(grams_of(text))) if (share := _says(gram))}
            grams = grams or dict.fromkeys(sorted(set(grams_of(text))), 1.0)
            total = sum(grams.values())
            if not total:
                continue
            sums = Corrections(weights).sums(text)
            for target, missing in _missing(example, score(text), sums):
                changed = True
                for gram, share in grams.items():
                    weights[target][gram] = weights[target].get(gram, 0.0) + missing * share / total
        if not changed:
            break
    return Corrections({target: _rounded(found) for target, found in sorted(weights.items())})


@cache
def _plain() -> tuple[frozenset[str], frozenset[str]]:
    plain = words_of("kinds")["plain"]
    return frozenset(plain["characters"]), frozenset(plain["words"])


def _says(gram: str) -> float:
    """How much of a gram is not mere grammar: characters, or words."""
    characters, words = _plain()
    if gram[0] >= "\u3400":
        is_framed = gram[0] not in characters and gram[-1] not in characters
        return float(sum(char not in characters for char in gram)) if is_framed else 0.0
    return float(sum(word not in words for word in gram.split()))


def _rounded(grams: Mapping[str, float]) -> dict[str, float]:
    return {gram: round(weight, 4) for gram, weight in sorted(grams.items()) if abs(weight) >= 0.005}


def _missing(example: Correction, lists: Scores, sums: Mapping[str, float]) -> Iterator[tuple[str, float]]:
    """By how much each target falls short of what the person said, or goes beyond it."""
    scores = corrected(lists, sums)
    if example.kind in KINDS:
        best_other = max(value for kind, value in scores.kinds.items() if kind != example.kind)
        if (short := best_other + 1.0 - scores.kinds[str(example.kind)]) > 0:
            yield f"kind:{example.kind}", short
    if example.needs is not None:
        yield from _missing_needs(set(example.needs), scores)
    if example.urgency in URGENCIES[1:] and (short := ENOUGH - sums.get(f"urgency:{example.urgency}", 0.0)) > 0:
        yield f"urgency:{example.urgency}", short
    if example.life_threat and (short := ENOUGH - sums.get(f"sign:{LEARNED_SIGN}", 0.0)) > 0:
        yield f"sign:{LEARNED_SIGN}", short


def _missing_needs(right: set[str], scores: Scores) -> Iterator[tuple[str, float]]:
    share = float(words_of("needs")["share"])
    wanted = [value for need, value in scores.needs.items() if need in right]
    enough = max(ENOUGH, share * max(wanted, default=0.0) + 0.5)
    for need, value in scores.needs.items():
        if need in right and value < enough:
            yield f"need:{need}", enough - value
        elif need not in right and value > 0.5:
            yield f"need:{need}", -value
