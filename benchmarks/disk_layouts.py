"""The layouts of the disk: what each keeps, and what it costs; beside umap-learn's and openTSNE's own where they are installed.

Every row is one method on the same rows with R at its default, measured as the Disk page measures it. CPU seconds are of the layout
alone, wall seconds of layout and measuring, once the true neighbours are known, whose own CPU seconds stand above the table; everything
is compiled before. The others find their neighbours themselves; their planes are scaled into the drawn disk.
``python benchmarks/disk_layouts.py --vectors FILE.safetensors --counts FILE.txt`` measures a real vocabulary, ``--model FOLDER
[--tokens N]`` that of a model, ``--random N`` N seeded rows of rank 20 in 192 dimensions. ``--methods`` picks some, ``--others`` adds the
libraries' own (``python -m pip install openTSNE``); output is Markdown.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from hypviz.layout import LAYOUTS, centred_units, measure_quality, place
from hypviz.models import read_embeddings, resolve
from hypviz.models.checkpoint.bare_matrix import read_bare_matrix
from hypviz.records.layout import LayoutQuality, LayoutShape
from hypviz.records.specs.disk import DEFAULT_RADIUS, SAMPLED, LayoutSpec, MatrixRows
from hypviz.statistics.rows import row_norms
from hypviz.store import Store
from hypviz.studies.disk import lay_out, matrix_rows
from hypviz.studies.disk.neighbours import neighbours_by_rank

COMPILED_ON = 600  # rows


def rows_of(options: argparse.Namespace) -> MatrixRows:
    """The rows to lay out, as chosen on the command line."""
    if options.model:
        values = read_embeddings(resolve(options.model)).values[: options.tokens]
        return _matrix(values, f"{options.model} {options.tokens}")
    if not options.random:
        return matrix_rows(read_bare_matrix(options.vectors, counts_file=options.counts))
    rng = np.random.default_rng(options.random)
    values = rng.normal(size=(options.random, 20)) @ rng.normal(size=(20, 192)) + 0.1 * rng.normal(size=(options.random, 192))
    return _matrix(values.astype(np.float32), f"random {options.random}")


def _matrix(values: np.ndarray, name: str) -> MatrixRows:
    """Rows in the order of their number."""
    counts = np.arange(len(values), 0, -1)
    return MatrixRows(values=values, counts=counts, label=name, counts_label="row order", fingerprint=name)


def line(method: str, q: LayoutQuality, cpu: float, wall: float) -> str:
    """One line of the table."""
    depths = [q.kept_at[q.depths.index(depth)] for depth in (1, 10, 30)]
    shares = (*depths, q.angle_neighbours_kept_at_10, q.trustworthiness, q.continuity, q.distance_spearman)
    cells = [f"{v:.3f}" if v is not None else "-" for v in (*shares, q.radius_spearman, q.rim_share, q.fill)]
    return f"| {method} | {' | '.join(cells)} | {cpu:.1f} | {wall:.1f} |"


def ours(rows: MatrixRows, method: str, store: Store) -> str:
    """The line of one of our methods."""
    start = time.monotonic()
    layout = lay_out(LayoutSpec(rows=rows, method=method), store=store).record
    return line(method, layout.quality, layout.cpu_seconds, time.monotonic() - start)


def theirs(rows: MatrixRows, name: str, plane_of: Callable[[np.ndarray], np.ndarray], store: Store) -> str:
    """The line of another library's plane, scaled into the drawn disk around its median."""
    units, ids = centred_units(rows.values).rows, np.arange(len(rows.values))
    plane_of(units[:COMPILED_ON])
    start, cpu = time.monotonic(), time.process_time()
    plane = np.asarray(plane_of(units), dtype=np.float64)
    cpu = time.process_time() - cpu
    plane -= np.median(plane, axis=0)
    size = np.hypot(plane[:, 0], plane[:, 1])
    theta = np.arctan2(plane[:, 1], plane[:, 0])
    shape = LayoutShape(share=size / size.max(), theta=theta, n_groups=None, n_shortened=0, in_drawing=True)
    points = place(shape, radius=DEFAULT_RADIUS)
    query = np.sort(np.random.default_rng(0).choice(len(ids), min(SAMPLED, len(ids)), replace=False))
    truth, counts = neighbours_by_rank(rows, ids, store=store), rows.counts if rows.counts is not None else np.zeros(len(ids), int)
    found = measure_quality(units, points, truth, counts, norms=row_norms(rows.values), seed=0, query=query)
    return line(name, found.quality, cpu, time.monotonic() - start)


def others() -> dict[str, Callable[[np.ndarray], np.ndarray]]:
    """The libraries' own planes with their defaults, by name, of those that are installed."""
    found: dict[str, Callable[[np.ndarray], np.ndarray]] = {}
    try:
        import umap

        found["umap-learn, defaults"] = lambda units: umap.UMAP(metric="cosine", random_state=0, n_jobs=1).fit_transform(units)
    except ImportError:
        print("umap-learn is not installed.", file=sys.stderr)
    try:
        import openTSNE

        found["openTSNE, defaults"] = lambda units: openTSNE.TSNE(metric="cosine", random_state=0, n_jobs=2).fit(units)
    except ImportError:
        print("openTSNE is not installed: python -m pip install openTSNE.", file=sys.stderr)
    return found


def main() -> None:
    """Print one line a method."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--vectors", type=Path)
    parser.add_argument("--counts", type=Path)
    parser.add_argument("--model")
    parser.add_argument("--tokens", type=int)
    parser.add_argument("--random", type=int, metavar="N")
    parser.add_argument("--methods", nargs="*", choices=list(LAYOUTS), default=list(LAYOUTS))
    parser.add_argument("--others", action="store_true")
    options = parser.parse_args()
    if not options.random and options.vectors is None and not options.model:
        parser.error("give --vectors FILE, --model FOLDER or --random N")
    rows = rows_of(options)
    with tempfile.TemporaryDirectory() as folder:
        store, few = Store(Path(folder)), _matrix(rows.values[:COMPILED_ON], "few")
        for method in options.methods:
            lay_out(LayoutSpec(rows=few, method=method), store=store)  # compiles
        began = time.process_time()
        neighbours_by_rank(rows, np.arange(len(rows.values)), store=store)
        print(
            f"{len(rows.values):,} rows, R = {DEFAULT_RADIUS:g}; the true neighbours take {time.process_time() - began:.1f} CPU seconds\n"
        )
        print("| method | @1 | @10 | @30 | by angle | trust | continuity | distances | frequency | rim | fill | CPU s | wall s |")
        print("|---|---|---|---|---|---|---|---|---|---|---|---|---|")
        for method in options.methods:
            print(ours(rows, method, store), flush=True)
        for name, plane_of in others().items() if options.others else ():
            print(theirs(rows, name, plane_of, store), flush=True)


if __name__ == "__main__":
    main()
