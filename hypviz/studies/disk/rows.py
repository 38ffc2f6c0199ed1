"""The rows that are laid out: of one of a model's tables, or of a bare matrix.

A model's rows are read by `read_embeddings`, which keeps what was read last; nothing here holds a table of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypviz.errors import HypvizError
from hypviz.records.layout import MODEL_TABLES
from hypviz.records.rows import Rows
from hypviz.records.specs.disk import MatrixRows, ModelRows

if TYPE_CHECKING:
    from hypviz.models.checkpoint.bare_matrix import BareMatrix


def matrix_rows(matrix: BareMatrix) -> MatrixRows:
    """A matrix that was read from files, as rows to lay out; its tokens stay behind."""
    return MatrixRows(
        values=matrix.values, counts=matrix.counts, label=matrix.label, counts_label=matrix.counts_label, fingerprint=matrix.fingerprint
    )


def values_of(rows: ModelRows | MatrixRows) -> Rows:
    """The rows (n, d), all of them by row number, of a large table only as they are asked for; raises `HypvizError`."""
    if isinstance(rows, MatrixRows):
        return rows.values
    from hypviz.models import read_embeddings

    if rows.table not in MODEL_TABLES:
        raise HypvizError(f"There is no embedding table {rows.table!r}; choose one of {', '.join(MODEL_TABLES)}.")
    return read_embeddings(rows.model, output=rows.table == "output").values
