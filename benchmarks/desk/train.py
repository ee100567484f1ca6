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
FALSE_SHARE = 0.05  # of harmless lines, by folds, that may lie above the cut
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


def by_folds(rows: Matrix, danger: NDArray[np.bool_]) -> NDArray[np.float64]:
    """What the model says of each line when it was made from the other four fifths."""
    said = np.zeros(len(rows))
    fold = np.random.default_rng(1).permutation(len(rows)) % FOLDS
    for part in range(FOLDS):
        said[fold == part] = rows[fold == part] @ fit(rows[fold != part], danger[fold != part])
    return said


def main() -> None:
    """Judge by folds; with --write, fit all lines and store the cut and the weights as signed bytes."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    lines = [*rows_of(MESSAGES, "tune"), *rows_of(DANGERS)]
    rows = matrix([line["text"] for line in lines])
    danger = np.array([bool(line["life_threat"]) for line in lines])
    said = by_folds(rows, danger)
    cut = float(np.quantile(said[~danger], 1 - FALSE_SHARE))
    print(f"{len(lines)} lines, {danger.sum()} of them dangers")
    print(f"alone, by folds: {(said[danger] > cut).mean():.1%} of the dangers at {FALSE_SHARE:.0%} false alarms")
    if given.write:
        weights = fit(rows, danger)
        scale = float(np.abs(weights).max()) / 127
        WEIGHTS.write_bytes(struct.pack("<ff", scale, cut) + np.round(weights / scale).astype(np.int8).tobytes())
        print(f"{WEIGHTS.name}: {WEIGHTS.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
