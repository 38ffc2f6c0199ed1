"""What is known of each token from the store, so that a page which only draws the vocabulary need not bring in the model's libraries."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hypviz.records.base import Record
from hypviz.records.models import ModelRef, TokenTable
from hypviz.store import Store

ALGORITHM = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class RowNorms(Record):
    """The L2 norm of every row of one table (n_rows,) float64."""

    values: np.ndarray


def token_table(ref: ModelRef, *, store: Store | None = None) -> TokenTable:
    """Stored or read; the fingerprint covers the tokenizer's files. Raises `ModelError` as `read_token_table` does."""

    def read() -> TokenTable:
        from hypviz.models import read_token_table

        return read_token_table(ref)

    spec = {"model": ref.fingerprint, "algorithm": ALGORITHM}
    return (store or Store()).load_or_compute("token_table", spec, TokenTable, read).record


def row_norms(ref: ModelRef, *, table: str = "input", store: Store | None = None) -> np.ndarray:
    """Stored or computed, (n_rows,), of the model's "input" or "output" table."""

    def compute() -> RowNorms:
        from hypviz.models import read_embeddings

        return RowNorms(values=np.linalg.norm(read_embeddings(ref, output=table == "output").values.astype(np.float64), axis=1))

    spec = {"model": ref.fingerprint, "table": table, "algorithm": ALGORITHM}
    return (store or Store()).load_or_compute("row_norms", spec, RowNorms, compute).record.values
