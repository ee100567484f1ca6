"""How well triage reads messages: `python -m benchmarks.desk.triage [--split test] [--public FILE.csv] [--health FILE.csv]`."""

from __future__ import annotations

import argparse
import csv
import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from doorstep.desk.triage import Triage, triage

MESSAGES = Path(__file__).parent / "messages.csv"
SPEED_OF = 1_000
HEALTH = {"medical_emergency", "medical_care", "recurring_care", "medicine"}
# What the labels of the public set of disaster messages are here.
PUBLIC = {
    "medical_help": ("medical_emergency", "medical_care", "recurring_care"),
    "medical_products": ("medicine", "hygiene"),
    "search_and_rescue": ("rescue",),
    "security": ("security",),
    "water": ("water",),
    "food": ("food",),
    "shelter": ("shelter",),
    "clothing": ("clothing",),
    "money": ("money",),
    "missing_people": ("missing",),
    "death": ("bereavement",),
    "electricity": ("repair",),
    "transport": ("exit",),
}


@dataclass
class Tally:
    """Right, wrongly said, missed."""

    right: int = 0
    extra: int = 0
    missed: int = 0

    def add(self, expected: bool, said: bool) -> None:
        self.right += expected and said
        self.extra += said and not expected
        self.missed += expected and not said

    @property
    def precision(self) -> float:
        return self.right / (self.right + self.extra) if self.right + self.extra else 0.0

    @property
    def recall(self) -> float:
        return self.right / (self.right + self.missed) if self.right + self.missed else 0.0

    @property
    def f1(self) -> float:
        both = 2 * self.right + self.extra + self.missed
        return 2 * self.right / both if both else 0.0

    def __str__(self) -> str:
        return (
            f"recall {self.recall:6.1%}  precision {self.precision:6.1%}  F1 {self.f1:6.1%}  "
            f"({self.right + self.missed} labelled, {self.missed} missed, {self.extra} too many)"
        )


def rows_of(path: Path, split: str = "") -> list[dict[str, str]]:
    """The labelled lines of a file, of one split or of all."""
    with path.open(encoding="utf-8", newline="") as file:
        return [row for row in csv.DictReader(file) if not split or row["split"] == split]


def own(rows: Sequence[dict[str, str]], failures: int) -> None:
    """Measure on lines of our own form."""
    said = [triage(row["text"]) for row in rows]
    threats, needs = Tally(), defaultdict(Tally)
    right: dict[str, int] = defaultdict(int)
    stated: dict[str, int] = defaultdict(int)
    shown: dict[str, list[str]] = defaultdict(list)
    for row, answer in zip(rows, said, strict=True):
        threats.add(bool(row["life_threat"]), answer.life_threat)
        if bool(row["life_threat"]) != answer.life_threat:
            shown["life_threat"].append(
                f"{row['life_threat'] or 'none'} / {','.join(answer.signs) or 'none'}: {row['text']}"
            )
        expected = set(row["needs"].split())
        for need in expected | set(answer.needs):
            needs[need].add(need in expected, need in answer.needs)
        if expected != set(answer.needs):
            shown["needs"].append(f"{' '.join(sorted(expected))} / {' '.join(answer.needs)}: {row['text']}")
        for name, want, got in _single_facts(row, answer):
            right[name] += want == got
            stated[name] += 1
            if want != got:
                shown[name].append(f"{want or '-'} / {got or '-'}: {row['text']}")
    print(f"{len(rows)} lines")
    alone = Tally()
    for row in rows:
        alone.add(bool(row["life_threat"]), triage(row["text"], second_look=False).life_threat)
    print(f"life threats   {threats}")
    print(f"  lists alone  {alone}")
    print(f"needs, macro-F1 {sum(tally.f1 for tally in needs.values()) / len(needs):.1%} over {len(needs)} needs")
    for need, tally in sorted(needs.items()):
        print(f"  {need:18} {tally}")
    for name in right:
        print(f"{name:15} {right[name] / stated[name]:6.1%} right of {stated[name]}")
    _show(shown, failures)


def _single_facts(row: dict[str, str], answer: Triage) -> Iterable[tuple[str, str, str]]:
    yield "kind", row["kind"], answer.kind
    yield "urgency", row["urgency"], answer.urgency
    yield "door", row["door"], answer.door.key if answer.door else ""
    yield "days_left", row["days_left"], "" if answer.days_left is None else str(answer.days_left)
    words = row["persons"].split()
    count = next((word for word in words if word.isdigit()), "")
    yield "persons: count", count, str(answer.persons.count or "")
    yield "persons: groups", " ".join(sorted(set(words) - {count})), " ".join(sorted(answer.persons.groups))


def public(path: Path, failures: int) -> None:
    """Measure on the public set of disaster messages, direct ones and news apart, and on halves that were and were not looked at."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for name, part in (
        (
            "direct, looked at while writing (id mod 20 = 8)",
            [r for r in rows if r["genre"] == "direct" and int(r["id"]) % 20 == 8],
        ),
        (
            "direct, never looked at (the other half)",
            [r for r in rows if r["genre"] == "direct" and int(r["id"]) % 20 != 8],
        ),
        ("news", [r for r in rows if r["genre"] != "direct"]),
    ):
        print(f"\n{name}: {len(part)} messages")
        _public_part(part, failures if "looked at while" in name else 0)


def _public_part(rows: Sequence[dict[str, str]], failures: int) -> None:
    tallies: dict[str, Tally] = defaultdict(Tally)
    shown: dict[str, list[str]] = defaultdict(list)
    flagged = 0
    for row in rows:
        answer = triage(row["message"])
        flagged += answer.life_threat
        asked = answer.kind == "request" or (answer.kind == "symptoms" and bool(answer.needs))
        real = asked and set(answer.needs) != {"information"}
        tallies["request"].add(row["request"] == "1", real)
        if (row["request"] == "1") != real:
            shown["request"].append(
                f"{row['request']} / {answer.kind} {' '.join(answer.needs)}: {row['message'][:160]}"
            )
        for label, ours in PUBLIC.items():
            said = bool(set(answer.needs) & set(ours))
            tallies[label].add(row[label] == "1", said)
            if (row[label] == "1") != said:
                shown[label].append(f"{row[label]} / {answer.kind} {' '.join(answer.needs)}: {row['message'][:160]}")
    print(f"flagged as danger to life: {flagged / max(1, len(rows)):.1%}")
    for label, tally in tallies.items():
        print(f"  {label:18} {tally}")
    needs = [tally.f1 for label, tally in tallies.items() if label != "request"]
    print(f"  macro-F1 of the needs {sum(needs) / len(needs):.1%}")
    _show(shown, failures)


def health(path: Path) -> None:
    """Measure on questions of health: they need a doctor, and most are no danger."""
    with path.open(encoding="utf-8", newline="") as file:
        said = [triage(f"{row['title']} {row['ask']}") for row in csv.DictReader(file)]
    medical = sum(bool(set(answer.needs) & HEALTH) for answer in said)
    threats = sum(answer.life_threat for answer in said)
    print(
        f"\n{len(said)} questions of health: a medical need in {medical / len(said):.1%}, danger to life in {threats / len(said):.1%}"
    )


def _show(shown: dict[str, list[str]], failures: int) -> None:
    for name, lines in shown.items():
        if failures:
            print(f"\nnot right: {name} (expected / said), {len(lines)} lines")
        for line in lines[:failures]:
            print(f"  {line}")


def speed(rows: Sequence[dict[str, str]]) -> None:
    """Seconds for a thousand messages, each read anew."""
    texts = [f"{rows[index % len(rows)]['text']} {index}" for index in range(SPEED_OF)]
    triage(texts[0])
    start, used = time.perf_counter(), time.process_time()
    for text in texts:
        triage(text)
    seconds, cpu = time.perf_counter() - start, time.process_time() - used
    print(f"speed: {SPEED_OF} messages in {seconds:.2f} s ({cpu:.2f} s of one processor)")


def main() -> None:
    """Read the arguments and measure."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--file", type=Path, default=MESSAGES)
    parser.add_argument("--split", default="test")
    parser.add_argument("--public", type=Path)
    parser.add_argument("--health", type=Path)
    parser.add_argument("--failures", type=int, default=0)
    given = parser.parse_args()
    rows = rows_of(given.file, given.split)
    own(rows, given.failures)
    speed(rows)
    if given.public:
        public(given.public, given.failures)
    if given.health:
        health(given.health)


if __name__ == "__main__":
    main()
