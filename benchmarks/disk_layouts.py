"""The layouts of the disk: what each keeps, and what it costs; beside umap-learn's own, flat and on the hyperboloid.

Every row is one method on the same rows with R at its default, measured as the Disk page measures it. CPU seconds are of the layout
alone, wall seconds of layout and measuring. ``python benchmarks/disk_layouts.py --vectors FILE.safetensors --counts FILE.txt`` measures
a real vocabulary, ``--random N`` N seeded rows of rank 20 in 192 dimensions. ``--methods`` picks some; output is Markdown.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from hypviz.models.checkpoint.bare_matrix import read_bare_matrix
from hypviz.records.layout import LAYOUT_METHODS
from hypviz.studies.disk import DEFAULT_RADIUS
from hypviz.studies.disk.building import DiskRows, build_basis, place_basis


def rows_of(options: argparse.Namespace) -> DiskRows:
    """The rows to lay out, as chosen on the command line."""
    if options.random:
        rng = np.random.default_rng(options.random)
        values = rng.normal(size=(options.random, 20)) @ rng.normal(size=(20, 192)) + 0.1 * rng.normal(size=(options.random, 192))
        counts = np.arange(options.random, 0, -1)
        return DiskRows(
            values=values.astype(np.float32), counts=counts, radius_source="row order", table="matrix", label="random", revision=""
        )
    matrix = read_bare_matrix(options.vectors, counts_file=options.counts)
    counts = matrix.counts if matrix.counts is not None else np.zeros(len(matrix.values), dtype=np.int64)
    return DiskRows(
        values=matrix.values, counts=counts, radius_source="counts", table="matrix", label=matrix.label, revision=matrix.fingerprint
    )


def main() -> None:
    """Print one line a method."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--vectors", type=Path)
    parser.add_argument("--counts", type=Path)
    parser.add_argument("--random", type=int, metavar="N")
    parser.add_argument("--methods", nargs="+", choices=LAYOUT_METHODS, default=LAYOUT_METHODS)
    options = parser.parse_args()
    if not options.random and options.vectors is None:
        parser.error("give --vectors FILE or --random N")
    rows = rows_of(options)
    print(f"{len(rows.values):,} rows, R = {DEFAULT_RADIUS:g}\n")
    print("| method | kept @10 | by angle | trust | continuity | distances | frequency | rim | fill | CPU s | wall s |")
    print("|---|---|---|---|---|---|---|---|---|---|---|")
    for method in options.methods:
        start = time.monotonic()
        basis = build_basis(rows, method=method, n_tokens=None, seed=0, start=start, progress=lambda *told: None, should_stop=None)
        q = place_basis(basis, rows.values, radius=DEFAULT_RADIUS, should_stop=None).quality
        shown = (q.neighbours_kept_at_10, q.angle_neighbours_kept_at_10, q.trustworthiness, q.continuity, q.distance_spearman)
        shown = (*shown, q.radius_spearman)
        cells = [*(f"{v:.3f}" if v is not None else "-" for v in shown), f"{q.rim_share:.3f}", f"{q.fill:.3f}"]
        print(f"| {method} | {' | '.join(cells)} | {basis.cpu_seconds:.1f} | {time.monotonic() - start:.1f} |", flush=True)


if __name__ == "__main__":
    main()
