"""The token table of a model from the store, so that a page which only draws the vocabulary need not bring in the tokenizer's library."""

from __future__ import annotations

from hypviz.records.models import ModelRef, TokenTable
from hypviz.store import Store

ALGORITHM = 1


def token_table(ref: ModelRef, *, store: Store | None = None) -> TokenTable:
    """Stored or read; the fingerprint covers the tokenizer's files. Raises `ModelError` as `read_token_table` does."""

    def read() -> TokenTable:
        from hypviz.models import read_token_table

        return read_token_table(ref)

    spec = {"model": ref.fingerprint, "algorithm": ALGORITHM}
    return (store or Store()).load_or_compute("token_table", spec, TokenTable, read).record
