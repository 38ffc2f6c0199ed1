"""How fast the nearest points of the disk are found for every token: through a tree over the drawing, against all pairs.

Both in one process, in turn, on points that fill the drawn disk evenly as a layout does. ``python benchmarks/disk_neighbours.py
[--tokens 49152] [--runs 3]`` prints a line in Markdown; that both give the same points is checked.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from hypviz.layout.parts.disk_neighbours import nearest_by_tree
from hypviz.layout.parts.neighbours import _one_by_one
from hypviz.work import NOBODY

K = 30


def main() -> None:
    """Print the line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tokens", type=int, default=49_152)
    parser.add_argument("--runs", type=int, default=3)
    given = parser.parse_args()
    rng = np.random.default_rng(0)
    rho = 2.0 * np.arctanh(np.tanh(2.0) * np.sqrt(rng.uniform(size=given.tokens)))
    theta, query = rng.uniform(0.0, 2.0 * np.pi, given.tokens), np.arange(given.tokens)
    seconds: dict[str, list[float]] = {"tree": [], "pairs": []}
    for _ in range(given.runs):
        start = time.perf_counter()
        found, sure = nearest_by_tree(rho, theta, query, K, NOBODY)
        seconds["tree"].append(time.perf_counter() - start)
        start = time.perf_counter()
        pairs = _one_by_one(rho, theta, query, K, NOBODY)
        seconds["pairs"].append(time.perf_counter() - start)
        assert sure.all() and np.array_equal(found, pairs)
    tree, all_pairs = (statistics.median(seconds[name]) for name in ("tree", "pairs"))
    print("| tokens | all pairs | tree | ratio |\n|---|---|---|---|")
    print(f"| {given.tokens:,} | {all_pairs:.1f} s | {tree:.2f} s | {all_pairs / tree:.1f} |")


if __name__ == "__main__":
    main()
