"""delta against the published numpy form: a fixed base, a thousand prompts, and the four-point delta over all base points.

The baseline is written here: Gromov products and their max-min product with its O(n^3) memory, and distances from
``scipy.spatial.distance_matrix``. Ratios are of medians of rounds taken in turn in one process, after everything is compiled;
compile time has its own line. ``python benchmarks/delta.py [--quick] [--vectors FILE.safetensors] [--device cuda]`` prints a table in
Markdown; the row of 8,000 points needs a file of at least as many vectors, and `--device` adds rows of torch on it against our loops.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from hypviz.hyperbolicity import (
    FourPointDelta,
    delta_at_base,
    euclidean_distances,
    four_point_delta,
    gram_distances,
    prompt_deltas,
    tree_distances,
)
from hypviz.work import Deadline


def published(D: np.ndarray, base: int = 0) -> float:
    """The max-min product of Gromov products at `base`, all of it at once."""
    G = (D[base][:, None] + D[base][None] - D) / 2
    return float(np.max(np.max(np.minimum(G[:, :, None], G[None]), axis=1) - G))


def seconds(work: Callable[[], object]) -> float:
    """How long one call takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def in_turn(first: Callable[[], object], second: Callable[[], object], rounds: int) -> tuple[float, float, float]:
    """Medians of both, measured in turn, and the median of their ratios; the first call of each is not counted."""
    first()
    second()
    pairs = [(seconds(first), seconds(second)) for _ in range(rounds)]
    ratio = statistics.median(p[1] / p[0] for p in pairs)
    return statistics.median(p[0] for p in pairs), statistics.median(p[1] for p in pairs), ratio


def points(kind: str, n: int) -> np.ndarray:
    """Points of a kind, seeded."""
    rng = np.random.default_rng(n)
    if kind == "sphere":
        x = rng.normal(size=(n, 3))
        return x / np.linalg.norm(x, axis=1, keepdims=True)
    if kind == "clusters":
        return rng.normal(size=(4, 8))[rng.integers(0, 4, n)] + 1e-3 * rng.normal(size=(n, 8))
    if kind == "embeddings":
        from hypviz.models import read_embeddings, resolve

        values = read_embeddings(resolve("bundled")).values
        return values[rng.choice(len(values), n, replace=False)]
    return rng.normal(size=(n, int(kind.split()[-1])))


def fixed_base(given: argparse.Namespace) -> None:
    """Rows for one base point."""
    n = 300 if given.quick else 800
    for kind, target in (("Gaussian, d = 3", 75), ("Gaussian, d = 16", 75), ("Gaussian, d = 768", 75), ("sphere", 75), ("embeddings", 300)):
        D = euclidean_distances(points(kind, n))
        assert abs(delta_at_base(D) - published(D)) < 1e-6
        ours, theirs, ratio = in_turn(lambda D=D: delta_at_base(D), lambda D=D: published(D), 1 if given.quick else 5)
        row(f"one base, n = {n}, {kind}", f"{1e3 * ours:.2f} ms", f"{1e3 * theirs:,.0f} ms", f"{ratio:,.0f} x", f">= {target} x")
    for n, target in ((1500, "50 ms"), (4000, "1.7 s")):
        worst = max(
            statistics.median(seconds(lambda D=D: delta_at_base(D)) for _ in range(3))
            for D in (euclidean_distances(points(kind, n)) for kind in ("Gaussian, d = 3", "sphere", "Gaussian, d = 768"))
        )
        row(f"one base, n = {n:,}, worst of three", f"{1e3 * worst:.0f} ms", "n^3 numbers of memory", "", f"<= {target}")
    D = euclidean_distances(points("sphere", 1500))
    tracemalloc.start()
    delta_at_base(D)
    peak = tracemalloc.get_traced_memory()[1] / D.nbytes
    tracemalloc.stop()
    row("memory beside D, one base, n = 1,500", f"{peak:.2f} n^2 doubles", "n^3", "", "n^2")


def batch(given: argparse.Namespace) -> None:
    """A thousand prompts, distances included."""
    from scipy.spatial import distance_matrix

    rng = np.random.default_rng(0)
    n, few = (100, 3) if given.quick else (1000, 20)
    table = rng.standard_normal((8000, 4096), dtype=np.float32)
    prompts = [rng.integers(0, 8000, rng.integers(20, 151)).tolist() for _ in range(n)]

    def baseline() -> None:
        for ids in prompts[:few]:
            rows = table[ids]
            published(distance_matrix(rows, rows))

    tokens = np.array([len(ids) for ids in prompts])
    ours, theirs, ratio = in_turn(lambda: prompt_deltas(table, prompts), baseline, 1 if given.quick else 3)
    # the baseline's time is nearly all distances, which grow with the square of the number of tokens
    more = float((tokens**2).sum() / (tokens[:few] ** 2).sum())
    theirs, ratio = theirs * more, ratio * more
    what = f"{n:,} prompts of 20 to 150 tokens, d = 4,096 (baseline: {few} of them, by tokens squared)"
    row(what, f"{ours:.2f} s", f"{theirs:,.0f} s", f"{ratio:,.0f} x", ">= 60 x")


def all_bases(given: argparse.Namespace) -> None:
    """The four-point delta."""
    small = 300 if given.quick else 1000
    worst: list[float] = []
    for kind in ("Gaussian, d = 3", "Gaussian, d = 16", "Gaussian, d = 64", "sphere", "clusters", "tree", "embeddings"):
        D = tree_distances(small, 0) if kind == "tree" else euclidean_distances(points(kind, small))
        worst.append(exact(f"all bases, n = {small:,}, {kind}", D, "<= 1.7 s", 1 if given.quick else 3))
    if given.quick:
        return
    for kind in ("embeddings", "Gaussian, d = 16"):
        exact(f"all bases, n = 2,000, {kind}", euclidean_distances(points(kind, 2000)), "<= 25 s (goal 10)", 1)
    exact("all bases, n = 4,000, Gaussian, d = 768", gram_distances(points("Gaussian, d = 768", 4000)[None])[0], "<= 1 s", 3)
    if given.vectors is None:
        row("all bases, n = 8,000, embeddings, 10 s", "no --vectors given", "", "", "upper / lower <= 1.5")
        return
    from safetensors.numpy import load_file

    (vectors,) = load_file(given.vectors).values()
    D = gram_distances(vectors[None, :8000].astype(np.float32))[0]
    found: list[FourPointDelta] = []
    taken = seconds(lambda: found.append(four_point_delta(D, Deadline(10.0), checked=True)))
    at = found[0]
    row(
        "all bases, n = 8,000, embeddings, 10 s",
        f"{taken:.1f} s",
        f"[{at.lower:.4f}, {at.upper:.4f}]",
        f"upper / lower {at.upper / at.lower:.2f}",
        "<= 1.5",
    )


def on_device(given: argparse.Namespace) -> None:
    """Torch on a device beside the compiled loops: one base, and the excesses of four bases where the search takes them."""
    name, rng = given.device, np.random.default_rng(0)
    for n in (300,) if given.quick else (1500, 4000) if name == "cpu" else (1500, 4000, 8000):
        ties = np.triu(rng.integers(1, 3, size=(n, n)), 1).astype(np.float64)  # 1 and 2 are always a metric
        matrices = {
            "Gaussian, d = 3": euclidean_distances(points("Gaussian, d = 3", n)),
            "Gaussian, d = 768": gram_distances(points("Gaussian, d = 768", n)[None])[0],
            "tree": tree_distances(n, 0),
            "distances 1 and 2": ties + ties.T,
        }
        for kind, D in matrices.items():
            assert abs(delta_at_base(D, device=name) - delta_at_base(D)) <= 1e-9 * D.max()
            there, here, ratio = in_turn(lambda D=D: delta_at_base(D, device=name), lambda D=D: delta_at_base(D), 1 if given.quick else 3)
            row(f"one base, n = {n:,}, {kind}, on {name}", f"{1e3 * there:.0f} ms", f"our loops: {1e3 * here:.0f} ms", f"{ratio:.2f} x", "")
    n = 300 if given.quick else 1000
    D = euclidean_distances(points("sphere", n))
    there, here, ratio = in_turn(lambda: four_point_delta(D, checked=True, device=name), lambda: four_point_delta(D, checked=True), 1)
    row(f"all bases, n = {n:,}, sphere, on {name}", f"{there:.2f} s", f"our loops: {here:.2f} s", f"{ratio:.2f} x", "")


def exact(what: str, D: np.ndarray, target: str, rounds: int) -> float:
    """A row of the four-point delta; returns the seconds."""
    found: list[FourPointDelta] = [four_point_delta(D, checked=True)]  # whatever this way still has to compile
    taken = statistics.median(seconds(lambda: found.append(four_point_delta(D, checked=True))) for _ in range(rounds))
    row(what, f"{taken:.2f} s", f"{'exact' if found[-1].exact else 'interval'}, by {found[-1].how}", "", target)
    return taken


def row(what: str, ours: str, beside: str, ratio: str, target: str) -> None:
    """One line of the table."""
    print(f"| {what} | {ours} | {beside} | {ratio} | {target} |", flush=True)


def compile_everything() -> float:
    """Call every loop once on few points."""
    start = time.perf_counter()
    for n in (60, 400):
        for kind in ("Gaussian, d = 3", "Gaussian, d = 768", "sphere", "clusters"):
            D = euclidean_distances(points(kind, n))
            delta_at_base(D)
            four_point_delta(D)
    table = np.random.default_rng(0).standard_normal((50, 8), dtype=np.float32)
    prompt_deltas(table, [list(range(20))])
    return time.perf_counter() - start


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few points and one round, to see that it runs")
    parser.add_argument("--vectors", help="a .safetensors file with one table of at least 8,000 rows")
    parser.add_argument("--device", help="cuda, cuda:1 or cpu: rows of torch on that device too")
    given = parser.parse_args()
    print("| what | ours | published numpy form, or how | ratio | wanted |\n|---|---|---|---|---|")
    row("compiling, or reading what was compiled", f"{compile_everything():.1f} s", "", "", "")
    fixed_base(given)
    batch(given)
    all_bases(given)
    if given.device is not None:
        on_device(given)


if __name__ == "__main__":
    main()
