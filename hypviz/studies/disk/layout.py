"""Lay a vocabulary out in the disk, measure what the disk keeps, and look a token up in it: of a model, or of a bare matrix.

Three records are kept in the store: the basis (counts, shape), which is the slow part and does not know R, the true neighbours of its
rows, which know neither method nor R, and the placed layout with its quality at one R. Rows that no token has are not laid out. A layout
that was stopped on the way is kept too, under what it had reached. Ranks come from counts over a corpus or a table of words, or from a
file beside a matrix; without one the token id or the row order stands in for the rank, and the record says so.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from hypviz.errors import HypvizError
from hypviz.layout import CentredRows, centred_rows
from hypviz.layout.parts.placing import require_radius
from hypviz.layout.registry import require_method
from hypviz.records import Record
from hypviz.records.layout import MODEL_TABLES, ROW_ORDER, TOKEN_ID_ORDER, DiskLayout, LayoutBasis
from hypviz.records.models import Embeddings, ModelRef
from hypviz.store import Lookup, Store
from hypviz.studies.counts import CountSource, source_key, token_counts
from hypviz.studies.disk import building
from hypviz.studies.disk.building import N_NEIGHBOURS, DiskRows, Progress, ShouldStop, build_basis, part, place_basis, versions
from hypviz.studies.disk.neighbours import stored_neighbours
from hypviz.work import Work

if TYPE_CHECKING:
    from hypviz.models.checkpoint.bare_matrix import BareMatrix

ALGORITHM = 5
DEFAULT_RADIUS = 4.0
NEIGHBOURS_SHARE = 550  # of a thousand parts of measuring, where nothing is stored yet


class _StoppedOnTheWay(Exception):
    """Carries what a stopped layout had reached past the store, which must not take it for the finished one."""

    def __init__(self, basis: LayoutBasis) -> None:
        self.basis = basis


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenNeighbours(Record):
    """The ten nearest rows to one token by centred cosine, nearest first; `in_disk` says which the disk keeps among its ten.

    Of rows that are equally near as the tenth, those that the disk keeps are shown.
    """

    row: int
    nearest: np.ndarray
    cosine: np.ndarray
    in_disk: np.ndarray
    distance: np.ndarray


def lay_out(
    ref: ModelRef,
    *,
    corpus: CountSource | None,
    table: str = "input",
    method: str = "dendrogram",
    radius: float = DEFAULT_RADIUS,
    n_tokens: int | None = None,
    seed: int = 0,
    progress: Progress | None = None,
    should_stop: ShouldStop | None = None,
) -> Lookup[DiskLayout]:
    """The layout of the `n_tokens` most frequent tokens (None: all) at `radius`, of the model's "input" or "output" `table`.

    Raises `HypvizError`, and `Stopped` where there is nothing to show yet.
    """
    require_radius(radius)
    basis = lay_basis(
        ref, corpus=corpus, table=table, method=method, n_tokens=n_tokens, seed=seed, progress=progress, should_stop=should_stop
    )
    return at_radius(ref, basis, radius=radius, progress=progress, should_stop=_unless_stopped(basis, should_stop))


def lay_out_matrix(
    matrix: BareMatrix,
    *,
    method: str = "dendrogram",
    radius: float = DEFAULT_RADIUS,
    n_tokens: int | None = None,
    seed: int = 0,
    progress: Progress | None = None,
    should_stop: ShouldStop | None = None,
) -> Lookup[DiskLayout]:
    """The same for a bare matrix, ranked by its counts, or in row order where it has none; token ids are row numbers."""
    ranked = None
    if matrix.counts is not None:
        ranked = {"name": matrix.counts_label, "counts": hashlib.sha256(matrix.counts.tobytes()).hexdigest()}
    rows = DiskRows(
        values=matrix.values,
        counts=matrix.counts if matrix.counts is not None else np.zeros(len(matrix.values), dtype=np.int64),
        has_token=None,
        radius_source=matrix.counts_label or ROW_ORDER,
        table="matrix",
        label=matrix.label,
        revision=matrix.fingerprint,
    )
    origin = {"matrix": matrix.fingerprint, "label": matrix.label, "ranked": ranked}
    basis = _stored_basis(origin, lambda tell: rows, method, n_tokens, seed, progress, should_stop, Store())
    of_rows = {"matrix": matrix.fingerprint}
    return _stored_layout(basis, radius, of_rows, lambda: matrix.values, progress, _unless_stopped(basis, should_stop), Store())


def lay_basis(
    ref: ModelRef,
    *,
    corpus: CountSource | None,
    method: str,
    n_tokens: int | None,
    seed: int,
    table: str = "input",
    progress: Progress | None = None,
    should_stop: ShouldStop | None = None,
    store: Store | None = None,
) -> Lookup[LayoutBasis]:
    """The part that does not depend on R, stored or computed; `progress(done, total, text)` counts thousandths."""
    if table not in MODEL_TABLES:
        raise HypvizError(f"There is no embedding table {table!r}; choose one of {', '.join(MODEL_TABLES)}.")
    origin = {
        "model": ref.fingerprint,
        "table": table,
        "corpus": source_key(corpus) if corpus is not None else None,
    }

    kept = store or Store()

    def read(tell: Progress) -> DiskRows:
        return _model_rows(ref, corpus, table, tell, should_stop, kept)

    return _stored_basis(origin, read, method, n_tokens, seed, progress, should_stop, kept)


def at_radius(
    ref: ModelRef,
    basis: Lookup[LayoutBasis],
    *,
    radius: float,
    embeddings: Embeddings | None = None,
    progress: Progress | None = None,
    should_stop: ShouldStop | None = None,
    store: Store | None = None,
) -> Lookup[DiskLayout]:
    """The layout at one radius with its quality, stored or computed; `embeddings` of the layout's own table save reading them again."""
    from hypviz.models import read_embeddings

    def values() -> np.ndarray:
        return (embeddings if embeddings is not None else read_embeddings(ref, output=basis.record.table == "output")).values

    of_rows = {"model": ref.fingerprint, "table": basis.record.table}
    return _stored_layout(basis, radius, of_rows, values, progress, should_stop, store or Store())


def token_neighbours(rows: CentredRows, layout: DiskLayout, row: int) -> TokenNeighbours:
    """The neighbours of the token in `row` of the layout, in the original space (`rows` of the layout's table) and in the disk."""
    from hypviz.geometry import polar_distance
    from hypviz.layout import nearest_in_disk

    near_here = nearest_in_disk(layout.rho, layout.theta, np.array([row]), k=N_NEIGHBOURS)[0]
    nearest, cosine = rows.nearest(row, k=N_NEIGHBOURS, among_equals=near_here)
    return TokenNeighbours(
        row=row,
        nearest=nearest,
        cosine=cosine,
        in_disk=np.isin(nearest, near_here),
        distance=polar_distance(
            layout.rho[nearest], layout.theta[nearest], to_rho=float(layout.rho[row]), to_theta=float(layout.theta[row])
        ),
    )


def layout_rows(embeddings: Embeddings, layout: DiskLayout) -> CentredRows:
    """The rows that are laid out, prepared for looking up neighbours; `embeddings` of the layout's table."""
    return centred_rows(embeddings.values, layout.token_ids)


def _stored_basis(
    origin: dict[str, Any],
    read: Callable[[Progress], DiskRows],
    method: str,
    n_tokens: int | None,
    seed: int,
    progress: Progress | None,
    should_stop: ShouldStop | None,
    store: Store,
) -> Lookup[LayoutBasis]:
    """The basis of the rows that `read` gives, under a key of their `origin` and of everything else that decides it.

    One that was stopped on the way is no answer for that key: it has one of its own, with what it had reached.
    """
    require_method(method)
    if n_tokens is not None and n_tokens < 2:
        raise HypvizError(f"A layout needs at least 2 tokens, but {n_tokens} were asked for; give a larger number.")
    spec = {
        **origin,
        "method": method,
        "tokens": n_tokens,
        "seed": seed,
        "algorithm": ALGORITHM,
        "versions": versions(method),
    }
    tell = progress if progress is not None else _nobody

    def compute() -> LayoutBasis:
        start = time.monotonic()
        rows = read(tell)
        basis = build_basis(rows, method=method, n_tokens=n_tokens, seed=seed, start=start, progress=tell, should_stop=should_stop)
        if not basis.shape.is_finished:
            raise _StoppedOnTheWay(basis)
        return basis

    try:
        return store.load_or_compute("disk_basis", spec, LayoutBasis, compute)
    except _StoppedOnTheWay as stopped:
        basis = stopped.basis
        reached = hashlib.sha256(basis.shape.share.tobytes() + basis.shape.theta.tobytes()).hexdigest()
        return store.load_or_compute("disk_basis", spec | {"stopped_at": reached}, LayoutBasis, lambda: basis)


def _stored_layout(
    basis: Lookup[LayoutBasis],
    radius: float,
    of_rows: dict[str, Any],
    values: Callable[[], np.ndarray],
    progress: Progress | None,
    should_stop: ShouldStop | None,
    store: Store,
) -> Lookup[DiskLayout]:
    require_radius(radius)
    finding = part(progress, 0, NEIGHBOURS_SHARE, "finding the true neighbours") if progress is not None else None
    measuring = part(progress, NEIGHBOURS_SHARE, 1000 - NEIGHBOURS_SHARE, "measuring") if progress is not None else None
    spec = {
        "basis": basis.key,
        "radius": radius,
        "measured": [building.MEASURE_ALL, building.SAMPLED],
        "algorithm": ALGORITHM,
    }

    def compute() -> DiskLayout:
        rows = values()
        neighbours = stored_neighbours(
            of_rows, basis.record.token_ids, lambda: rows, store=store, progress=finding, should_stop=should_stop
        )
        return place_basis(basis.record, rows, neighbours, radius=radius, progress=measuring, should_stop=should_stop)

    found = store.load_or_compute("disk_layout", spec, DiskLayout, compute)
    return Lookup(record=found.record, key=found.key, from_store=found.from_store, notice=basis.notice or found.notice)


def _unless_stopped(basis: Lookup[LayoutBasis], should_stop: ShouldStop | None) -> ShouldStop | None:
    """Nothing, where the stop was heard already: what it left is measured and shown."""
    return should_stop if basis.record.shape.is_finished else None


def _model_rows(
    ref: ModelRef, corpus: CountSource | None, table: str, progress: Progress, should_stop: ShouldStop | None, store: Store
) -> DiskRows:
    from hypviz.models import read_embeddings
    from hypviz.studies.tokens import token_table

    progress(0, 1000, "reading the embedding rows")
    values = read_embeddings(ref, output=table == "output").values
    counts = np.zeros(len(values), dtype=np.int64)
    if corpus is not None:
        counting = part(progress, 50, 150, "counting tokens")
        told = Work(on_report=lambda done, total, _: counting(int(done), int(total)), asked_to_stop=should_stop)
        counts = token_counts(ref, corpus, work=told).counts
    return DiskRows(
        values=values,
        counts=counts,
        has_token=token_table(ref, store=store).has_token,
        radius_source=corpus.name if corpus is not None else TOKEN_ID_ORDER,
        table=table,
        label=ref.label,
        revision=ref.revision or ref.fingerprint,
    )


def _nobody(done: int, total: int, text: str) -> None:
    """The progress of a caller that asked for none."""
