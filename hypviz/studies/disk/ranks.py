"""What ranks the rows that are laid out: counts, and for tokens that were never counted what a probe of their rows predicts.

In: the rows and where counts come from. Out: `TokenRanks`, kept in the store, and `RankedRows`. A rank belongs to the token and not to a
table: the probe reads the input rows also where the output layer's are laid out, so that both pictures hold the same tokens.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float64, Int64

from hypviz.frequency import fit_rank_probe
from hypviz.records.layout import ROW_ORDER, TOKEN_ID_ORDER
from hypviz.records.ranks import ProbeFindings, TokenRanks
from hypviz.records.rows import Rows
from hypviz.records.specs.disk import BasisSpec, MatrixRows, ModelRows, RanksSpec
from hypviz.store import Store
from hypviz.studies.disk.rows import values_of
from hypviz.studies.frame import Sitting, Study
from hypviz.studies.untrained import tables_of, taking_part
from hypviz.work import Work

JUDGING, RANKING = 0.1, 0.7  # of it all is looking for rows never trained, and ranking, about; the rest is reading
COUNTING = 0.6  # of ranking is counting, about
TOKEN_SECONDS, PRODUCT_SECONDS = 2e-5, 5e-11  # a token that the probe reads, and a product of two numbers of its row


@dataclass(frozen=True, slots=True, kw_only=True)
class RankedRows:
    """`values` (n, d) with their `counts` (n,) int64, 0 where nothing was counted, and `score` (n,) as in `TokenRanks`.

    `taking_part` (n,) is False for the rows that are not laid out: those of no token, and `n_untrained` that were never trained; None
    where all are. `radius_source` and `probe` as in `LayoutBasis`. `label` and `revision` name the origin in the provenance line, `table`
    one of `TABLES`.
    """

    values: Rows
    counts: Int64[np.ndarray, " n"]
    score: Float64[np.ndarray, " n"]
    probe: ProbeFindings | None
    taking_part: Bool[np.ndarray, " n"] | None
    n_untrained: int
    radius_source: str
    table: str
    label: str
    revision: str


def ranking_seconds(n: int, d: int) -> float:
    """A first guess at the probe over n rows of d numbers on a small machine."""
    return n * (TOKEN_SECONDS + PRODUCT_SECONDS * d * d)


def ranked_rows(spec: BasisSpec, work: Work, *, store: Store) -> RankedRows:
    """The rows with what ranks them; raises `HypvizError` and `Stopped`."""
    if isinstance(spec.rows, MatrixRows):
        return _of_matrix(spec.rows, spec, work, store)
    return _of_model(spec.rows, spec, work, store)


def _of_matrix(rows: MatrixRows, spec: BasisSpec, work: Work, store: Store) -> RankedRows:
    ranks = _in_order(len(rows.values))
    if rows.counts is not None:
        every = np.ones(len(rows.values), dtype=bool)
        ranks = _as_far_as_needed(RanksSpec(rows=rows, counts=None), spec.n_tokens, every, work, store)
    return RankedRows(
        values=rows.values,
        counts=ranks.counts,
        score=ranks.score,
        probe=ranks.findings,
        taking_part=None,
        n_untrained=0,
        radius_source=rows.counts_label or ROW_ORDER,
        table=rows.table,
        label=rows.label,
        revision=rows.fingerprint,
    )


def _of_model(rows: ModelRows, spec: BasisSpec, work: Work, store: Store) -> RankedRows:
    ref, source = rows.model, spec.counts
    judging, ranking, reading = work.part(JUDGING), work.part(RANKING), work.part(1.0 - JUDGING - RANKING, "reading the embedding rows")
    part = taking_part(ref, tables_of(spec), untrained=spec.untrained, store=store, work=judging)
    ranks = None
    if source is not None:
        ranks = _as_far_as_needed(RanksSpec(rows=ModelRows(model=ref), counts=source), spec.n_tokens, part.rows, ranking, store)
    reading.report(0, 1)
    values = values_of(rows)
    ranks = ranks or _in_order(len(values))
    return RankedRows(
        values=values,
        counts=ranks.counts,
        score=ranks.score,
        probe=ranks.findings,
        taking_part=part.rows,
        n_untrained=part.n_untrained,
        radius_source=source.name if source is not None else TOKEN_ID_ORDER,
        table=rows.table,
        label=ref.label,
        revision=ref.revision or ref.fingerprint,
    )


def _as_far_as_needed(asked: RanksSpec, n_tokens: int | None, taking_part: Bool[np.ndarray, " n"], work: Work, store: Store) -> TokenRanks:
    """The ranks; without a probe where the `n_tokens` most frequent were all counted, so that nobody waits for what is not drawn."""
    if n_tokens is None or RANKS.stored(asked, store=store) is not None:
        return RANKS.get(asked, work, store=store).record
    counts = _counted(asked, store, work.part(COUNTING, "counting tokens"))
    if (counts[taking_part] > 0).sum() >= n_tokens:
        return TokenRanks(counts=counts, score=np.zeros(len(counts)), findings=None)
    return RANKS.get(asked, work.part(1.0 - COUNTING), store=store).record


def _counted(asked: RanksSpec, store: Store, work: Work) -> Int64[np.ndarray, " n"]:
    if isinstance(asked.rows, MatrixRows):
        assert asked.rows.counts is not None
        return asked.rows.counts
    from hypviz.studies.counts import token_counts

    assert asked.counts is not None
    return token_counts(asked.rows.model, asked.counts, store=store, work=work).counts


def _in_order(n: int) -> TokenRanks:
    """Nothing counted: the number of a row is its rank."""
    return TokenRanks(counts=np.zeros(n, dtype=np.int64), score=np.zeros(n), findings=None)


def _rank(spec: RanksSpec, sitting: Sitting[TokenRanks]) -> TokenRanks:
    counting, fitting = sitting.work.part(COUNTING, "counting tokens"), sitting.work.part(1.0 - COUNTING, "ranking tokens never counted")
    counts = _counted(spec, sitting.store, counting)
    tokens, countable = np.arange(len(counts)), np.ones(len(counts), dtype=bool)
    if isinstance(spec.rows, ModelRows):
        from hypviz.studies.tokens import token_table

        table = token_table(spec.rows.model, store=sitting.store)
        tokens = np.flatnonzero(table.has_token)
        countable = ~table.is_special[tokens]
    score = np.zeros(len(counts))
    if (counts[tokens] > 0).all():
        return TokenRanks(counts=counts, score=score, findings=None)
    probe = fit_rank_probe(values_of(spec.rows), counts, tokens=tokens, countable=countable, seed=spec.seed, work=fitting)
    if probe is not None and probe.findings.is_better:
        score[tokens] = probe.score
    return TokenRanks(counts=counts, score=score, findings=probe.findings if probe is not None else None)


RANKS: Study[RanksSpec, TokenRanks] = Study(
    kind="token_ranks", record=TokenRanks, algorithm=1, measure=_rank, libraries=lambda spec: ("numpy", "scipy")
)
