"""What is known of each token from the store, so that a page which only draws the vocabulary need not bring in the model's libraries."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hypviz.records.base import Record
from hypviz.records.models import ModelRef, TokenTable
from hypviz.records.specs.models import RowNormsSpec, TokenTableSpec
from hypviz.statistics.rows import row_norms as norms_of
from hypviz.store import Store
from hypviz.studies.frame import Sitting, Study


@dataclass(frozen=True, slots=True, kw_only=True)
class RowNorms(Record):
    """The L2 norm of every row of one table (n_rows,) float64."""

    values: np.ndarray


def token_table(ref: ModelRef, *, store: Store | None = None) -> TokenTable:
    """Stored or read; the fingerprint covers the tokenizer's files. Raises `ModelError` as `read_token_table` does."""
    return TOKEN_TABLE.get(TokenTableSpec(model=ref), store=store).record


def row_norms(ref: ModelRef, *, table: str = "input", store: Store | None = None) -> np.ndarray:
    """Stored or computed, (n_rows,), of the model's "input" or "output" table."""
    return ROW_NORMS.get(RowNormsSpec(model=ref, table=table), store=store).record.values


def _read(spec: TokenTableSpec, sitting: Sitting[TokenTable]) -> TokenTable:
    from hypviz.models import read_token_table

    return read_token_table(spec.model)


def _norms(spec: RowNormsSpec, sitting: Sitting[RowNorms]) -> RowNorms:
    from hypviz.models import read_embeddings

    rows = read_embeddings(spec.model, output=spec.table == "output").values
    return RowNorms(values=norms_of(rows))


TOKEN_TABLE = Study(kind="token_table", record=TokenTable, algorithm=2, measure=_read)
ROW_NORMS = Study(kind="row_norms", record=RowNorms, algorithm=2, measure=_norms)
