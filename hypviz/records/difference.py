"""What a fine-tuned model has changed of its base, tensor by tensor: how much, of what rank, and which rows of the tables."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hypviz.records.base import Provenance, Record

RANKS = (1, 2, 4, 8, 16, 32, 64, 128, 256)  # for which the share of a difference is given that so many directions explain


@dataclass(frozen=True, slots=True, kw_only=True)
class TensorDifference(Record):
    """D = W' - W of one tensor, W the base's, by its name in the base's files. Lengths are Frobenius norms.

    `length` is |W|, `moved` |D|, `largest` the largest number of D, `n_changed` of `n` numbers differ. `rounding` is the length of D that
    storing makes by itself: W' to its number of bits, or W and W' in GGUF's quantised types; None for other quantised weights. For matrices
    `shares` holds, rank by rank of `RANKS` as far as the matrix has them, the share of |D|^2 of its best approximation of that rank;
    `effective_rank` is (sum s^2)^2 / sum s^4 over its singular values s; `rank` the least rank of an approximation that leaves no more than
    rounding, 0 where D is no more than that, and None where so many directions are needed that D is of no low rank.
    """

    name: str
    shape: tuple[int, ...]
    n: int
    n_changed: int
    length: float
    moved: float
    largest: float
    rounding: float | None
    shares: tuple[float, ...]
    effective_rank: float | None
    rank: int | None

    @property
    def relative(self) -> float:
        """|D| / |W|; infinite where the base has nothing but zeros."""
        return self.moved / self.length if self.length else (float("inf") if self.moved else 0.0)

    @property
    def is_matrix(self) -> bool:
        """Whether the difference has a rank."""
        return bool(self.shares)

    @property
    def is_changed(self) -> bool:
        """Whether any number differs."""
        return self.n_changed > 0


@dataclass(frozen=True, slots=True, kw_only=True)
class TableDifference(Record):
    """The rows of a table that both models have: L2 norms in the base (`norm`) and after (`norm_after`), and of the difference (`moved`).

    All are (n_rows,). `n_more` rows are in the fine-tuned model only, or in the base only where it is negative. `top` are the rows that
    moved farthest against their norm, the farthest first, with their tokens in `top_text`.
    """

    tensor: str
    n_more: int
    norm: np.ndarray
    norm_after: np.ndarray
    moved: np.ndarray
    top: np.ndarray
    top_text: tuple[str, ...]

    @property
    def n_moved(self) -> int:
        """The rows in which any number differs."""
        return int((self.moved > 0).sum())


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelDifference(Record):
    """All tensors that two models share, in the order of the base's files; `tables` are the input and the output table where they are two.

    `only_base` and `only_other` name the tensors that one of them has alone; `not_compared` those that are whole numbers or packed.
    `base_formats` and `other_formats` are the formats of what is quantised among those compared, that of most numbers first.
    `same_tokens` says whether the rows that both have are of the same tokens.
    """

    base: str
    other: str
    tensors: tuple[TensorDifference, ...]
    tables: tuple[TableDifference, ...]
    only_base: tuple[str, ...]
    only_other: tuple[str, ...]
    not_compared: tuple[str, ...]
    base_formats: tuple[str, ...]
    other_formats: tuple[str, ...]
    same_tokens: bool
    provenance: Provenance

    @property
    def is_quantised(self) -> bool:
        """Whether the noise of quantisation is in the differences."""
        return bool(self.base_formats or self.other_formats)

    @property
    def matrices(self) -> tuple[TensorDifference, ...]:
        """The tensors that have a rank, without the tables."""
        tables = {table.tensor for table in self.tables}
        return tuple(tensor for tensor in self.tensors if tensor.is_matrix and tensor.name not in tables)
