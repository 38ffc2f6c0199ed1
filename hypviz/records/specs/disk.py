"""The Disk's questions: where the rows come from, what their layout rests on, the layout at one radius, and the true neighbours of rows."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from hypviz.records.base import Record
from hypviz.records.layout import DEPTHS, LayoutBasis
from hypviz.records.models import ModelRef
from hypviz.records.spec import NOT_IN_ADDRESS, Spec
from hypviz.records.texts import Corpus, WordCounts
from hypviz.records.token_sets import ChosenTokens

DEFAULT_METHOD, DEFAULT_RADIUS = "planar-sne", 4.0
N_NEIGHBOURS = 10
MEASURE_ALL, SAMPLED = 10_000, 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelRows(Record):
    """The rows of a model's "input" or "output" `table`."""

    model: ModelRef
    table: str = "input"

    @property
    def identity(self) -> dict[str, str]:
        """The model's content, and which of its tables."""
        return {"model": self.model.fingerprint, "table": self.table}


@dataclass(frozen=True, slots=True, kw_only=True)
class MatrixRows(Record):
    """The rows of a bare matrix: `values` (n, d) float32, and `counts` (n,) with the name of their file, or None for row order.

    `fingerprint` is that of values and counts, `label` the file's name.
    """

    values: np.ndarray
    counts: np.ndarray | None
    label: str
    counts_label: str | None
    fingerprint: str
    table: str = "matrix"

    @property
    def identity(self) -> dict[str, str | None]:
        """The content, and the names that a record repeats."""
        return {"matrix": self.fingerprint, "name": self.label, "counts": self.counts_label}


@dataclass(frozen=True, slots=True, kw_only=True)
class RowNumbers(Record):
    """Which rows of a table: `ids` (n,) ascending."""

    ids: np.ndarray

    @property
    def identity(self) -> str:
        """sha256 (hex) of the numbers as int64."""
        return hashlib.sha256(np.ascontiguousarray(self.ids, dtype=np.int64).tobytes()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class StoppedBasis(Record):
    """A basis that was stopped on the way, by what its layout had reached."""

    basis: LayoutBasis

    @property
    def identity(self) -> str:
        """sha256 (hex) of the shape."""
        return hashlib.sha256(self.basis.shape.share.tobytes() + self.basis.shape.theta.tobytes()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class BasisSpec(Spec):
    """What the slow part of a layout rests on, before R: the rows, what ranks them, how many, the method with its pull, and its seed.

    `counts` ranks the tokens of a model, None for token-id order; a matrix brings its own. `n_tokens` None means all. `start` is the basis
    that the layout starts from, whose tokens are the same in the same order; None for the method's own start. `untrained` takes in the
    rows of a model that were never trained; without it they are left out, with `both_tables` also those whose row in the other table was
    not, so that two tables side by side hold the same tokens.
    """

    rows: ModelRows | MatrixRows
    counts: Corpus | WordCounts | None
    method: str
    pull: float
    n_tokens: int | None
    seed: int
    start: BasisSpec | None = None
    untrained: bool = False
    both_tables: bool = False

    @property
    def identity(self) -> dict[str, Any]:
        """All fields, the start's own where there is one, and what is left out where something can be."""
        plain = _without_untrained(self)
        if self.start is None:
            del plain["start"]
        return plain


@dataclass(frozen=True, slots=True, kw_only=True)
class LayoutSpec(Spec):
    """A vocabulary in the disk: its basis, the radius R, and on how many tokens it is measured.

    The ranks of every token are looked at up to `measure_all` tokens, beyond, and where rows are wide, of `sampled` ones. `stopped` is a
    basis to be shown although it is not finished; without it the finished one is meant. `pull`, 0 to 1, draws tokens to the radius of their
    rank, in methods that can. `untrained` and `both_tables` as in `BasisSpec`.
    """

    rows: ModelRows | MatrixRows = field(metadata=NOT_IN_ADDRESS)
    counts: Corpus | WordCounts | None = field(default=None, metadata=NOT_IN_ADDRESS)
    method: str = DEFAULT_METHOD
    pull: float = 0.0
    n_tokens: int | None = None
    seed: int = 0
    radius: float = DEFAULT_RADIUS
    untrained: bool = False
    both_tables: bool = field(default=False, metadata=NOT_IN_ADDRESS)
    measure_all: int = field(default=MEASURE_ALL, metadata=NOT_IN_ADDRESS)
    sampled: int = field(default=SAMPLED, metadata=NOT_IN_ADDRESS)
    stopped: StoppedBasis | None = field(default=None, metadata=NOT_IN_ADDRESS)

    @property
    def basis(self) -> BasisSpec:
        """The question of its slow part, the same at every radius."""
        return BasisSpec(
            rows=self.rows,
            counts=self.counts,
            method=self.method,
            pull=self.pull,
            n_tokens=self.n_tokens,
            seed=self.seed,
            untrained=self.untrained,
            both_tables=self.both_tables,
        )

    @property
    def identity(self) -> dict[str, Any]:
        """All fields, and what is left out where something can be."""
        return _without_untrained(self)


def _without_untrained(spec: BasisSpec | LayoutSpec) -> dict[str, Any]:
    """The fields of a question; what is left out is part of it where something can be: of a model, unless all rows are taken in."""
    plain = dict(Spec.identity.__get__(spec))
    if spec.untrained or isinstance(spec.rows, MatrixRows):
        del plain["untrained"], plain["both_tables"]
    return plain


@dataclass(frozen=True, slots=True, kw_only=True)
class RanksSpec(Spec):
    """What ranks the tokens of a model by `counts`, or those of a matrix that brings its own (None), also those never counted.

    `rows` are the input rows, which a probe reads; `seed` cuts its folds. Every layout of these tokens has the same ranks.
    """

    rows: ModelRows | MatrixRows
    counts: Corpus | WordCounts | None
    seed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class NeighboursSpec(Spec):
    """The true neighbours of each of the rows `among`, among them, to `depths`; every method, radius and order shares them.

    Near is what the cosine of the centred rows says, `without` their first so many principal components.
    """

    rows: ModelRows | MatrixRows
    among: RowNumbers
    depths: tuple[int, ...] = DEPTHS
    without: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class TruthsSpec(Spec):
    """How true is the picture of `layout` under either reading of what is near, and do known families of words stay together?"""

    layout: LayoutSpec


MOST_MEASURED = 400  # chosen tokens; of more, a seeded draw is measured
N_RANDOM = 39  # sets: the fewest that give a 95 % range


@dataclass(frozen=True, slots=True, kw_only=True)
class ChosenSpec(Spec):
    """Chosen tokens beside `n_random` sets of as many, drawn from the `pool` of those that are laid out; of more than `most`, a draw."""

    rows: ModelRows | MatrixRows
    chosen: ChosenTokens
    pool: RowNumbers
    n_random: int = N_RANDOM
    most: int = MOST_MEASURED
    seed: int = 0
