"""How long a click waits for a token's ten neighbours by centred cosine, in a vocabulary of a modern model's size.

The baseline centres the whole table for every click, as the search over all rows does; the lookup keeps the mean and the lengths. Both
answer the same clicks in turn in one process, after one unmeasured click each. ``python benchmarks/row_lookup.py [--tokens 256000]
[--dim 256] [--rounds 9]`` prints a table in Markdown, medians with quartiles.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from hypviz.layout import centred_rows, centred_units, nearest_by_cosine

K = 10


def main() -> None:
    """Print one line a way."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tokens", type=int, default=256_000)
    parser.add_argument("--dim", type=int, default=256)
    parser.add_argument("--rounds", type=int, default=9)
    options = parser.parse_args()
    if options.rounds < 2:
        parser.error(f"--rounds is {options.rounds}, but quartiles need two rounds or more.")
    rng = np.random.default_rng(0)
    values = rng.normal(0.3, 1.0, size=(options.tokens, options.dim)).astype(np.float32)
    order = rng.permutation(options.tokens)  # tokens by rank are in no order of the table
    start = time.perf_counter()
    rows = centred_rows(values, order)
    prepared = time.perf_counter() - start

    def baseline(row: int) -> np.ndarray:
        units = centred_units(values[order]).rows
        return nearest_by_cosine(units, np.array([row]), k=K)[0]

    ways: dict[str, Callable[[int], np.ndarray]] = {"baseline": baseline, "lookup": lambda row: rows.nearest(row, k=K).rows}
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    agreed = 0
    for turn in range(options.rounds + 1):
        row, found = int(rng.integers(options.tokens)), []
        for name, way in ways.items():
            start = time.perf_counter()
            found.append(way(row))
            if turn:
                seconds[name].append(time.perf_counter() - start)
        agreed += bool((found[0] == found[1]).all())
    print(f"{options.tokens:,} x {options.dim}, {options.rounds} clicks; the lookup was prepared in {prepared:.2f} s\n")
    print("| way | seconds a click | of the baseline |")
    print("|---|---|---|")
    base = statistics.median(seconds["baseline"])
    for name, taken in seconds.items():
        low, middle, high = statistics.quantiles(taken, n=4)
        print(f"| {name} | {middle:.3f} ({low:.3f} to {high:.3f}) | {statistics.median(taken) / base:.3f} |")
    print(f"\nBoth gave the same ten neighbours in the same order for {agreed} of {options.rounds + 1} clicks.")


if __name__ == "__main__":
    main()
