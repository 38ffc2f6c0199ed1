"""One vocabulary in several tables: steady layouts one after another, each begun with the one before and laid over it, beside noise.

In: a `PlaySpec`. Out: a `Played`. The noise of a step is how far tokens go where nothing but the seed changes: the old rows laid out once
more from where they are, after every point was shaken by a mean spacing. Every basis is kept in the store as any other.
"""

from __future__ import annotations

import dataclasses
import hashlib
import itertools
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float64

from hypviz.errors import HypvizError, Stopped
from hypviz.geometry import PolarPoints, align
from hypviz.layout import place
from hypviz.models.tokenizer.tokens import read_token_table
from hypviz.records.layout import DiskLayout, LayoutBasis
from hypviz.records.models import ModelRef
from hypviz.records.play import NOISE_SHARE, Played
from hypviz.records.specs.disk import BasisSpec, LayoutSpec, MatrixRows, ModelRows
from hypviz.records.specs.play import PlaySpec
from hypviz.store import Store
from hypviz.studies.disk.building import libraries_of
from hypviz.studies.disk.layout import BASIS
from hypviz.studies.disk.rows import values_of
from hypviz.studies.frame import Sitting, Study
from hypviz.work import STOPPED, Work

if TYPE_CHECKING:
    import pandas as pd

SHAKEN = 1  # the seed of the layout whose start is shaken
RINGS, FEWEST = 20, 50  # into which tokens are sorted by how far out they are, and how many a ring holds


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class _Step:
    """Where the tokens arrive, how far each has moved, how far all but a few as far out go by noise, and the median of that for all."""

    points: PolarPoints
    drift: Float64[np.ndarray, " n"]
    noise: Float64[np.ndarray, " n"]
    noise_median: float


def _play(spec: PlaySpec, sitting: Sitting[Played]) -> Played:
    if not spec.rows or len(spec.labels) != len(spec.rows) + 1:
        raise HypvizError(
            f"{len(spec.rows) + 1} tables are to be played under {len(spec.labels)} names; give at least two, each with its name."
        )
    began = time.monotonic()
    first = _whole(spec.first, sitting.work.part(0.0), sitting.store)
    start, before = place(first.shape, radius=spec.radius), spec.first
    steps: list[_Step] = []
    for rows, label in zip(spec.rows, spec.labels[1:], strict=True):
        asked = _next(before, rows, spec.first)
        halves = [sitting.work.part(0.5 / len(spec.rows), text) for text in (label, "the noise beside it")]
        basis = _whole(asked, halves[0], sitting.store)
        _require_same_tokens(first, basis, rows, label)
        shaken = _whole(dataclasses.replace(before, seed=SHAKEN, start=before), halves[1], sitting.store)
        steps.append(_step(steps[-1].points if steps else start, basis, shaken, spec.radius))
        before = asked
    frames = [start, *(step.points for step in steps)]
    return Played(
        labels=spec.labels,
        rho=np.stack([frame.rho for frame in frames]),
        theta=np.stack([frame.theta for frame in frames]),
        drift=np.stack([step.drift for step in steps]),
        noise=np.stack([step.noise for step in steps]),
        noise_median=np.array([step.noise_median for step in steps]),
        provenance=dataclasses.replace(first.provenance, versions=sitting.versions, seconds=round(time.monotonic() - began, 3)),
    )


def _step(start: PolarPoints, basis: LayoutBasis, shaken: LayoutBasis, radius: float) -> _Step:
    """From where the tokens are to the layout `basis`, laid over it, beside where they go by the old rows from a start that was shaken."""
    moved = align(start, place(basis.shape, radius=radius))
    noise = align(start, place(shaken.shape, radius=radius)).drift
    return _Step(
        points=PolarPoints(rho=moved.points.rho, theta=moved.points.theta % (2.0 * np.pi)),
        drift=moved.drift,
        noise=_as_far_out(start, noise),
        noise_median=float(np.median(noise)),
    )


def _as_far_out(start: PolarPoints, noise: Float64[np.ndarray, " n"]) -> Float64[np.ndarray, " n"]:
    """For each token the quantile of the noise among those that start about as far out: near the rim a step of the drawing is longer."""
    n = len(noise)
    n_rings = max(1, min(RINGS, n // FEWEST))
    ring = np.argsort(np.argsort(start.rho, kind="stable"), kind="stable") * n_rings // n
    return np.array([np.quantile(noise[ring == k], 1.0 - NOISE_SHARE) for k in range(n_rings)])[ring]


PLAY: Study[PlaySpec, Played] = Study(
    kind="disk_play", record=Played, algorithm=1, measure=_play, libraries=lambda spec: libraries_of(spec.first.method)
)


def estimated_seconds(seconds_a_layout: float, n_frames: int) -> float:
    """A first guess: two layouts a step."""
    return 3.0 + 2.0 * seconds_a_layout * (n_frames - 1)


def table_play(spec: LayoutSpec, ref: ModelRef) -> PlaySpec:
    """From the layout of one of the model's tables to the other one, of the tokens whose rows are trained in both."""
    table = spec.rows.table if isinstance(spec.rows, ModelRows) else "input"
    other = "input" if table == "output" else "output"
    rows = (ModelRows(model=ref, table=other),)
    first = dataclasses.replace(spec.basis, both_tables=True)
    return PlaySpec(first=first, rows=rows, labels=(f"{table} table", f"{other} table"), radius=spec.radius)


def checkpoint_play(spec: LayoutSpec, ref: ModelRef, other: ModelRef, layout: DiskLayout) -> PlaySpec:
    """From the layout to the same table of another model; `HypvizError` unless the vocabularies are the same."""
    labels = (ref.label, other.label) if ref.label != other.label else (f"{ref.label} (this)", f"{other.label} (checkpoint)")
    return PlaySpec(first=spec.basis, rows=(checkpoint_rows(ref, other, layout),), labels=labels, radius=spec.radius)


def checkpoint_rows(ref: ModelRef, other: ModelRef, layout: DiskLayout) -> MatrixRows:
    """The rows of another model for the tokens of a layout of `ref`, in its order; `HypvizError` unless the vocabularies are the same."""
    require_same_vocabulary(ref, other)
    digest = hashlib.sha256(f"{other.fingerprint} {layout.table}".encode() + layout.token_ids.tobytes())
    values = values_of(ModelRows(model=other, table=layout.table))[layout.token_ids]
    return MatrixRows(values=values, counts=None, label=other.label, counts_label=None, fingerprint=digest.hexdigest())


def require_same_vocabulary(ref: ModelRef, other: ModelRef) -> None:
    """Raise `HypvizError` unless both models have the same tokens in the same rows."""
    mine, theirs = read_token_table(ref), read_token_table(other)
    if len(mine.text) != len(theirs.text):
        raise HypvizError(
            f"{other.label} has {len(theirs.text):,} rows and {ref.label} {len(mine.text):,}: they are of different vocabularies; choose a "
            "checkpoint of the same one."
        )
    different = sum(a != b for a, b in zip(mine.text, theirs.text, strict=True))
    if different:
        raise HypvizError(
            f"In {different:,} of {len(mine.text):,} rows {other.label} has another token than {ref.label}; choose a checkpoint of the "
            "same vocabulary."
        )


def play_table(played: Played, layout: DiskLayout, text: Sequence[str]) -> pd.DataFrame:
    """Every token with its place in each frame, and for each step how far it moves and whether that is more than the noise."""
    import pandas as pd

    columns: dict[str, object] = {"token_id": layout.token_ids, "text": [text[i] for i in layout.token_ids]}
    for k in range(len(played.labels)):
        columns |= {f"rho_{k}": played.rho[k], f"theta_{k}": played.theta[k]}
    for k, step in enumerate(itertools.pairwise(range(len(played.labels)))):
        name = "_".join(map(str, step))
        columns |= {f"drift_{name}": played.drift[k], f"moved_{name}": played.moved[k]}
    return pd.DataFrame(columns)


def _next(before: BasisSpec, rows: ModelRows | MatrixRows, first: BasisSpec) -> BasisSpec:
    """The question of the layout by `rows` that begins with the one before."""
    asked = dataclasses.replace(first, rows=rows, seed=0, start=before)
    return asked if isinstance(rows, ModelRows) else dataclasses.replace(asked, counts=None, n_tokens=None)


def _whole(spec: BasisSpec, work: Work, store: Store) -> LayoutBasis:
    """The basis, finished; raises `Stopped` for one that was not."""
    found = BASIS.get(spec, work, store=store).record
    if not found.shape.is_finished:
        raise Stopped(STOPPED)
    return found


def _require_same_tokens(first: LayoutBasis, basis: LayoutBasis, rows: ModelRows | MatrixRows, label: str) -> None:
    expected = first.token_ids if isinstance(rows, ModelRows) else np.arange(len(first.token_ids))
    if not np.array_equal(basis.token_ids, expected):
        raise HypvizError(f"The layout of {label} holds other tokens than the first one, or in another order; choose the same frequencies.")
