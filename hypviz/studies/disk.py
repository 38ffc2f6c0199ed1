"""Lay a model's vocabulary out in the disk, measure what the disk keeps, and look a token up in it.

Two records are kept in the store: the basis (counts, shape, true neighbours), which is the slow part and does not know R, and the
placed layout with its quality at one R. Ranks come from counts over a corpus; without one the token id stands in for the rank,
and the record says so.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version

import numpy as np

from hypviz.errors import HypvizError
from hypviz.layout import (
    by_frequency,
    centred_units,
    dendrogram_shape,
    hyperbolic_umap_shape,
    measure_quality,
    nearest_by_cosine,
    place,
    umap_shape,
)
from hypviz.layout.placing import n_on_boundary
from hypviz.records import Provenance, Record
from hypviz.records.layout import LAYOUT_METHODS, DiskLayout, LayoutBasis, LayoutShape, Neighbours
from hypviz.records.models import Embeddings, ModelRef
from hypviz.records.texts import Corpus
from hypviz.store import Lookup, Store

ALGORITHM = 2
DEFAULT_RADIUS = 4.0
N_NEIGHBOURS = 10
MEASURE_ALL, SAMPLED = 10_000, 1_000  # tokens up to which every token's neighbours are measured, and how many beyond
TOKEN_ID_ORDER = "token-id order"
LIBRARIES = {
    "dendrogram": ("scipy", "scikit-learn"),
    "hyperbolic-umap": ("scipy", "scikit-learn", "numba"),
    "umap": ("umap-learn", "numba"),
}
STAGES = {
    "dendrogram": "clustering",
    "hyperbolic-umap": "clustering, then 100 to 200 rounds in the hyperbolic plane",
    "umap": "UMAP: finding neighbours, then 200 to 500 rounds",
}
Progress = Callable[[int, int, str], None]
ShouldStop = Callable[[], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenNeighbours(Record):
    """The ten nearest rows to one token by centred cosine, nearest first; `in_disk` says which the disk keeps among its ten."""

    row: int
    nearest: np.ndarray
    cosine: np.ndarray
    in_disk: np.ndarray
    distance: np.ndarray


def lay_out(
    ref: ModelRef,
    *,
    corpus: Corpus | None,
    method: str = "dendrogram",
    radius: float = DEFAULT_RADIUS,
    n_tokens: int | None = None,
    seed: int = 0,
    progress: Progress | None = None,
    should_stop: ShouldStop | None = None,
) -> Lookup[DiskLayout]:
    """The layout of the `n_tokens` most frequent tokens (None: all) at `radius`; raises `HypvizError` or `Stopped`."""
    basis = lay_basis(ref, corpus=corpus, method=method, n_tokens=n_tokens, seed=seed, progress=progress, should_stop=should_stop)
    return at_radius(ref, basis, radius=radius, should_stop=should_stop)


def lay_basis(
    ref: ModelRef,
    *,
    corpus: Corpus | None,
    method: str,
    n_tokens: int | None,
    seed: int,
    progress: Progress | None = None,
    should_stop: ShouldStop | None = None,
    store: Store | None = None,
) -> Lookup[LayoutBasis]:
    """The part that does not depend on R, stored or computed; `progress(done, total, text)` counts thousandths."""
    if method not in LAYOUT_METHODS:
        raise HypvizError(f"There is no layout method {method!r}; choose one of {', '.join(LAYOUT_METHODS)}.")
    if n_tokens is not None and n_tokens < 1:
        raise HypvizError(f"A layout needs at least 1 token, but {n_tokens} were asked for; give a larger number.")
    spec = {
        "model": ref.fingerprint,
        "corpus": {"name": corpus.name, "texts": corpus.fingerprint} if corpus is not None else None,
        "method": method,
        "tokens": n_tokens,
        "seed": seed,
        "measured": [MEASURE_ALL, SAMPLED],
        "algorithm": ALGORITHM,
        "versions": _versions(method),
    }
    tell = progress if progress is not None else _nobody
    store = store or Store()
    return store.load_or_compute("disk_basis", spec, LayoutBasis, lambda: _basis(ref, corpus, method, n_tokens, seed, tell, should_stop))


def at_radius(
    ref: ModelRef,
    basis: Lookup[LayoutBasis],
    *,
    radius: float,
    embeddings: Embeddings | None = None,
    should_stop: ShouldStop | None = None,
    store: Store | None = None,
) -> Lookup[DiskLayout]:
    """The layout at one radius with its quality, stored or computed; `embeddings` saves reading them again."""
    spec = {"basis": basis.key, "radius": radius, "algorithm": ALGORITHM}
    found = (store or Store()).load_or_compute(
        "disk_layout", spec, DiskLayout, lambda: _placed(ref, basis.record, radius, embeddings, should_stop)
    )
    return Lookup(record=found.record, key=found.key, from_store=found.from_store, notice=basis.notice or found.notice)


def token_neighbours(embeddings: Embeddings, layout: DiskLayout, row: int) -> TokenNeighbours:
    """The neighbours of the token in `row` of the layout, in the original space and in the disk."""
    from hypviz.geometry import polar_distance
    from hypviz.layout import nearest_in_disk

    units, _ = centred_units(embeddings.values[layout.token_ids])
    query = np.array([row])
    nearest = nearest_by_cosine(units, query, k=N_NEIGHBOURS)[0].astype(np.int64)
    near_here = nearest_in_disk(layout.rho, layout.theta, query, k=N_NEIGHBOURS)[0]
    return TokenNeighbours(
        row=row,
        nearest=nearest,
        cosine=(units[nearest] @ units[row]).astype(np.float64),
        in_disk=np.isin(nearest, near_here),
        distance=polar_distance(
            layout.rho[nearest], layout.theta[nearest], to_rho=float(layout.rho[row]), to_theta=float(layout.theta[row])
        ),
    )


def _basis(
    ref: ModelRef,
    corpus: Corpus | None,
    method: str,
    n_tokens: int | None,
    seed: int,
    progress: Progress,
    should_stop: ShouldStop | None,
) -> LayoutBasis:
    from hypviz.models import count_tokens, read_embeddings

    start = time.monotonic()
    progress(0, 1000, "reading the embedding rows")
    values = read_embeddings(ref).values
    counts = np.zeros(len(values), dtype=np.int64)
    if corpus is not None:
        counts = count_tokens(ref, corpus, progress=_part(progress, 50, 150, "counting tokens"), should_stop=should_stop).counts
    chosen = by_frequency(counts)[:n_tokens]
    units, n_zero = centred_units(values[chosen])
    stage = STAGES[method]
    progress(200, 1000, stage)
    shape = _shape(units, method, seed, _part(progress, 200, 600, stage), should_stop)
    told = _part(progress, 800, 200, "finding neighbours")
    return LayoutBasis(
        token_ids=chosen,
        counts=counts[chosen],
        radius_source=corpus.name if corpus is not None else TOKEN_ID_ORDER,
        method=method,
        seed=seed,
        shape=shape,
        neighbours=_neighbours(units, seed, told, should_stop),
        n_zero_rows=n_zero,
        provenance=_provenance(ref, method, seed, start),
    )


def _shape(units: np.ndarray, method: str, seed: int, progress: Callable[[int, int], None], should_stop: ShouldStop | None) -> LayoutShape:
    lay = {"dendrogram": dendrogram_shape, "hyperbolic-umap": hyperbolic_umap_shape, "umap": umap_shape}[method]
    return lay(units, seed=seed, progress=progress, should_stop=should_stop)


def _neighbours(units: np.ndarray, seed: int, progress: Callable[[int, int], None], should_stop: ShouldStop | None) -> Neighbours:
    n = len(units)
    query = np.arange(n)
    if n > MEASURE_ALL:
        query = np.sort(np.random.default_rng(seed).choice(n, SAMPLED, replace=False))
    return Neighbours(query=query, nearest=nearest_by_cosine(units, query, k=N_NEIGHBOURS, progress=progress, should_stop=should_stop))


def _placed(ref: ModelRef, basis: LayoutBasis, radius: float, embeddings: Embeddings | None, should_stop: ShouldStop | None) -> DiskLayout:
    from hypviz.models import read_embeddings

    start = time.monotonic()
    points = place(basis.shape, radius=radius)
    values = (embeddings if embeddings is not None else read_embeddings(ref)).values
    units, _ = centred_units(values[basis.token_ids])
    quality, kept = measure_quality(units, points, basis.neighbours, basis.counts, seed=basis.seed, should_stop=should_stop)
    seconds = (basis.provenance.seconds or 0.0) + time.monotonic() - start
    origin = basis.provenance
    return DiskLayout(
        token_ids=basis.token_ids,
        rho=points.rho,
        theta=points.theta,
        counts=basis.counts,
        method=basis.method,
        radius=radius,
        radius_source=basis.radius_source,
        seed=basis.seed,
        n_clipped=n_on_boundary(points),
        n_uncounted=int((basis.counts == 0).sum()),
        n_zero_rows=basis.n_zero_rows,
        n_groups=basis.shape.n_groups,
        n_shortened=basis.shape.n_shortened,
        query=basis.neighbours.query,
        kept=kept,
        quality=quality,
        provenance=Provenance(
            model=origin.model, revision=origin.revision, seed=origin.seed, versions=origin.versions, seconds=round(seconds, 3)
        ),
    )


def _versions(method: str) -> dict[str, str]:
    return {name: version(name) for name in ("geoopt", "numpy", *LIBRARIES[method])}


def _provenance(ref: ModelRef, method: str, seed: int, start: float) -> Provenance:
    return Provenance(
        model=ref.label,
        revision=ref.revision or ref.fingerprint,
        seed=seed,
        versions=_versions(method),
        seconds=time.monotonic() - start,
    )


def _part(progress: Progress, start: int, size: int, text: str) -> Callable[[int, int], None]:
    """A callback that maps (done, total) to the thousandths from `start` to `start + size`."""
    return lambda done, total: progress(start + round(size * done / max(total, 1)), 1000, text)


def _nobody(done: int, total: int, text: str) -> None:
    """The progress of a caller that asked for none."""
