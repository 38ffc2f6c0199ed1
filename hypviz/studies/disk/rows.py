"""The rows that are laid out and what ranks them: of a model's tables, or of a bare matrix.

A model's rows are read by `read_embeddings`, which keeps what was read last; nothing here holds a table of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Bool, Float32, Int64

from hypviz.errors import HypvizError
from hypviz.records.layout import MODEL_TABLES, ROW_ORDER, TOKEN_ID_ORDER
from hypviz.records.specs.disk import BasisSpec, MatrixRows, ModelRows
from hypviz.records.texts import Corpus, WordCounts
from hypviz.store import Store
from hypviz.work import Work

if TYPE_CHECKING:
    from hypviz.models.checkpoint.bare_matrix import BareMatrix

READING = 0.25  # of reading and counting is reading, about


@dataclass(frozen=True, slots=True, kw_only=True)
class RankedRows:
    """`values` (n, d) and `counts` (n,) int64, 0 where nothing was counted; `radius_source` as in `LayoutBasis`.

    `has_token` (n,) is False for the rows that are not laid out because they belong to no token, None where all do. `label` and `revision`
    name the origin in the provenance line, `table` one of `TABLES`.
    """

    values: Float32[np.ndarray, "n d"]
    counts: Int64[np.ndarray, " n"]
    has_token: Bool[np.ndarray, " n"] | None
    radius_source: str
    table: str
    label: str
    revision: str


def matrix_rows(matrix: BareMatrix) -> MatrixRows:
    """A matrix that was read from files, as rows to lay out; its tokens stay behind."""
    return MatrixRows(
        values=matrix.values, counts=matrix.counts, label=matrix.label, counts_label=matrix.counts_label, fingerprint=matrix.fingerprint
    )


def values_of(rows: ModelRows | MatrixRows) -> Float32[np.ndarray, "n d"]:
    """The rows (n, d), all of them by row number; raises `HypvizError`."""
    if isinstance(rows, MatrixRows):
        return rows.values
    from hypviz.models import read_embeddings

    return read_embeddings(rows.model, output=rows.table == "output").values


def ranked_rows(spec: BasisSpec, work: Work, *, store: Store) -> RankedRows:
    """The rows with what ranks them; raises `HypvizError` and `Stopped`."""
    if isinstance(spec.rows, MatrixRows):
        return _of_matrix(spec.rows)
    return _of_model(spec.rows, spec.counts, work, store)


def _of_matrix(rows: MatrixRows) -> RankedRows:
    return RankedRows(
        values=rows.values,
        counts=rows.counts if rows.counts is not None else np.zeros(len(rows.values), dtype=np.int64),
        has_token=None,
        radius_source=rows.counts_label or ROW_ORDER,
        table=rows.table,
        label=rows.label,
        revision=rows.fingerprint,
    )


def _of_model(rows: ModelRows, source: Corpus | WordCounts | None, work: Work, store: Store) -> RankedRows:
    from hypviz.studies.counts import token_counts
    from hypviz.studies.tokens import token_table

    if rows.table not in MODEL_TABLES:
        raise HypvizError(f"There is no embedding table {rows.table!r}; choose one of {', '.join(MODEL_TABLES)}.")
    work.part(READING, "reading the embedding rows").report(0, 1)
    values, ref = values_of(rows), rows.model
    counts = np.zeros(len(values), dtype=np.int64)
    if source is not None:
        counts = token_counts(ref, source, store=store, work=work.part(1.0 - READING, "counting tokens")).counts
    return RankedRows(
        values=values,
        counts=counts,
        has_token=token_table(ref, store=store).has_token,
        radius_source=source.name if source is not None else TOKEN_ID_ORDER,
        table=rows.table,
        label=ref.label,
        revision=ref.revision or ref.fingerprint,
    )
