"""The layouts of the disk: what each keeps, and what it costs; beside umap-learn's own, flat and on the hyperboloid.

Every row is one method on the same rows with R at its default, measured as the Disk page measures it. CPU seconds are of the layout
alone, wall seconds of layout and measuring, once the true neighbours are known.
``python benchmarks/disk_layouts.py --vectors FILE.safetensors --counts FILE.txt`` measures a real vocabulary, ``--random N`` N seeded
rows of rank 20 in 192 dimensions. ``--methods`` picks some; output is Markdown.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from hypviz.layout import LAYOUTS
from hypviz.models.checkpoint.bare_matrix import read_bare_matrix
from hypviz.records.specs.disk import DEFAULT_RADIUS, LayoutSpec, MatrixRows
from hypviz.store import Store
from hypviz.studies.disk import lay_out, matrix_rows


def rows_of(options: argparse.Namespace) -> MatrixRows:
    """The rows to lay out, as chosen on the command line."""
    if not options.random:
        return matrix_rows(read_bare_matrix(options.vectors, counts_file=options.counts))
    rng = np.random.default_rng(options.random)
    values = rng.normal(size=(options.random, 20)) @ rng.normal(size=(20, 192)) + 0.1 * rng.normal(size=(options.random, 192))
    return MatrixRows(
        values=values.astype(np.float32),
        counts=np.arange(options.random, 0, -1),
        label="random",
        counts_label="row order",
        fingerprint=f"random {options.random}",
    )


def measured(rows: MatrixRows, method: str, store: Store) -> str:
    """The line of one method."""
    start = time.monotonic()
    layout = lay_out(LayoutSpec(rows=rows, method=method), store=store).record
    q = layout.quality
    shares = (q.neighbours_kept_at_10, q.angle_neighbours_kept_at_10, q.trustworthiness, q.continuity, q.distance_spearman)
    cells = [f"{v:.3f}" if v is not None else "-" for v in (*shares, q.radius_spearman, q.rim_share, q.fill)]
    return f"| {method} | {' | '.join(cells)} | {layout.cpu_seconds:.1f} | {time.monotonic() - start:.1f} |"


def main() -> None:
    """Print one line a method."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--vectors", type=Path)
    parser.add_argument("--counts", type=Path)
    parser.add_argument("--random", type=int, metavar="N")
    parser.add_argument("--methods", nargs="+", choices=list(LAYOUTS), default=list(LAYOUTS))
    options = parser.parse_args()
    if not options.random and options.vectors is None:
        parser.error("give --vectors FILE or --random N")
    rows = rows_of(options)
    print(f"{len(rows.values):,} rows, R = {DEFAULT_RADIUS:g}\n")
    print("| method | kept @10 | by angle | trust | continuity | distances | frequency | rim | fill | CPU s | wall s |")
    print("|---|---|---|---|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        store = Store(Path(folder))
        lay_out(LayoutSpec(rows=rows, method="norm-radius"), store=store)  # finds the true neighbours, which all methods share
        for method in options.methods:
            print(measured(rows, method, store), flush=True)


if __name__ == "__main__":
    main()
