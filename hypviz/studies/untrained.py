"""Which rows of a model's tables were never trained, from the store, and which rows take part in what is measured of a vocabulary."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Bool

from hypviz.records.layout import MODEL_TABLES
from hypviz.records.models import ModelRef
from hypviz.records.specs.disk import BasisSpec, LayoutSpec, MatrixRows
from hypviz.records.specs.models import UntrainedSpec
from hypviz.records.untrained import UntrainedRows
from hypviz.store import Store
from hypviz.studies.frame import Sitting, Study
from hypviz.studies.tokens import token_table
from hypviz.work import NOBODY, Work


@dataclass(frozen=True, slots=True, kw_only=True)
class TakingPart:
    """The rows of a table that are measured: `rows` (n_rows,) is False for those without a token and for `n_untrained` with one."""

    rows: Bool[np.ndarray, " n_rows"]
    n_untrained: int


def untrained_rows(ref: ModelRef, *, table: str = "input", store: Store | None = None, work: Work = NOBODY) -> UntrainedRows:
    """Stored or found, of the model's "input" or "output" table; raises `HypvizError` and `Stopped`."""
    return UNTRAINED.get(UntrainedSpec(model=ref, table=table), work, store=store).record


def tables_of(spec: BasisSpec | LayoutSpec) -> tuple[str, ...]:
    """The tables whose rows decide which tokens a layout leaves out; none for a bare matrix, whose rows are all data."""
    if isinstance(spec.rows, MatrixRows):
        return ()
    return MODEL_TABLES if spec.both_tables else (spec.rows.table,)


def taking_part(ref: ModelRef, tables: tuple[str, ...], *, untrained: bool, store: Store | None = None, work: Work = NOBODY) -> TakingPart:
    """Rows that a token has and that are trained in all of `tables`; with `untrained` all that a token has. Raises as `untrained_rows`."""
    rows = token_table(ref, store=store).has_token.copy()
    n_tokens = int(rows.sum())
    for table in () if untrained else tables:
        rows[untrained_rows(ref, table=table, store=store, work=work.part(1.0 / len(tables))).left_out] = False
    return TakingPart(rows=rows, n_untrained=n_tokens - int(rows.sum()))


def _find(spec: UntrainedSpec, sitting: Sitting[UntrainedRows]) -> UntrainedRows:
    from hypviz.models import read_embeddings
    from hypviz.models.live.config import rows_of_the_whole
    from hypviz.vocabulary.untrained import find_untrained

    rows = read_embeddings(spec.model, output=spec.table == "output").values
    has_token = token_table(spec.model, store=sitting.store).has_token
    return find_untrained(rows, has_token, table=spec.table, n_whole=rows_of_the_whole(Path(spec.model.path)), work=sitting.work)


UNTRAINED: Study[UntrainedSpec, UntrainedRows] = Study(
    kind="untrained_rows", record=UntrainedRows, algorithm=1, measure=_find, libraries=lambda spec: ("numpy", "scipy")
)
