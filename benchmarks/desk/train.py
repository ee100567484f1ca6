"""Train the second look at danger to life and say what it is worth: `python -m benchmarks.desk.train [--write]`.

Ridge regression on the tune split of messages.csv and on dangers.csv, both written by us; nothing else is used.
"""

from __future__ import annotations

import argparse
import struct
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.desk.triage import MESSAGES, rows_of
from doorstep.desk.triage.danger import BUCKETS, WEIGHTS, bucket_of, grams
from doorstep.desk.triage.patterns import vocabulary
from doorstep.desk.triage.text import read

DANGERS = Path(__file__).parent / "dangers.csv"
FOLDS = 5
RIDGE = 0.1
Matrix = NDArray[np.float32]


def matrix(texts: Sequence[str]) -> Matrix:
    """A row a message: its grams, each once, over the root of their number."""
    rows = np.zeros((len(texts), BUCKETS), np.float32)
    for index, text in enumerate(texts):
        found = {gram for gram, _, _ in grams(read(text, vocabulary))}
        for gram in found:
            rows[index, bucket_of(gram)] += 1
        rows[index] /= max(1.0, len(found) ** 0.5)
    return rows


def fit(rows: Matrix, danger: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Ridge regression in its dual form: exact, and the same each time."""
    alike = (rows @ rows.T).astype(np.float64)
    return rows.T @ np.linalg.solve(alike + RIDGE * np.eye(len(rows)), 2.0 * danger - 1)


def main() -> None:
    """Judge by folds; with --write, fit all lines and store the weights as signed bytes."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    lines = [*rows_of(MESSAGES, "tune"), *rows_of(DANGERS)]
    rows = matrix([line["text"] for line in lines])
    danger = np.array([bool(line["life_threat"]) for line in lines])
    if given.write:
        weights = fit(rows, danger)
        scale = float(np.abs(weights).max()) / 127
        WEIGHTS.write_bytes(struct.pack("<f", scale) + np.round(weights / scale).astype(np.int8).tobytes())
        print(f"{len(lines)} lines, {danger.sum()} of them dangers, {WEIGHTS.stat().st_size / 1000:.0f} kB")
        return
    said = np.zeros(len(lines), bool)
    fold = np.random.default_rng(1).permutation(len(lines)) % FOLDS
    for part in range(FOLDS):
        said[fold == part] = rows[fold == part] @ fit(rows[fold != part], danger[fold != part]) > 0
    right = int((said & danger).sum())
    print(f"alone, by folds: recall {right / danger.sum():.1%}, precision {right / said.sum():.1%}")


if __name__ == "__main__":
    main()
