"""Count texts or a table of words with a model's tokenizer and set frequency against the norm of the embedding rows.

In: a `FrequencySpec`. Out: a `FrequencyNorm`, which grows stage by stage: it is handed out after the counting and after every stage,
and a stop keeps the stages that are done.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import numpy as np
from jaxtyping import Bool

from hypviz.errors import HypvizError, Stopped
from hypviz.frequency import (
    fit_power_law,
    frequency_curve,
    group_summaries,
    norm_bins,
    norm_ranges,
    norm_turn,
    token_forms,
)
from hypviz.records.frequency import FrequencyNorm, PowerLawFit, TokenForm
from hypviz.records.limits import SEED
from hypviz.records.models import TOKEN_KINDS, ModelRef, TokenTable
from hypviz.records.specs.frequency import FrequencySpec
from hypviz.records.statistics import Interval
from hypviz.records.texts import TokenCounts
from hypviz.statistics import spearman_interval
from hypviz.studies.counts import token_counts
from hypviz.studies.frame import Sitting, Study
from hypviz.studies.tokens import row_norms, token_table
from hypviz.studies.untrained import taking_part
from hypviz.work import Work

Stage = Callable[[FrequencyNorm, FrequencySpec, Work], FrequencyNorm]
_COUNTING = 0.4  # share of the time


def _measure(spec: FrequencySpec, sitting: Sitting[FrequencyNorm]) -> FrequencyNorm:
    """The stages that are not done yet, one after the other; `Stopped` only before the tokens are counted."""
    SEED.check(spec.seed)
    part, counting = sitting.part, sitting.work.part(_COUNTING)
    record = part if part is not None else _counted(spec, sitting, counting)
    counting.report(1, 1, "counted")
    spent = (part.provenance.seconds or 0.0) if part is not None else 0.0
    for name, (share, text, stage) in _STAGES.items():
        work = sitting.work.part(share, text)
        if name in record.measured:
            continue
        sitting.work.hand_out(record)
        try:
            work.check()
            work.report(0, 1)
            record = dataclasses.replace(stage(record, spec, work), measured=(*record.measured, name))
        except Stopped:
            break
    sitting.work.report(1, 1, "done")
    return dataclasses.replace(record, provenance=sitting.provenance(spec.model, seed=spec.seed, spent=spent))


def _counted(spec: FrequencySpec, sitting: Sitting[FrequencyNorm], work: Work) -> FrequencyNorm:
    """Everything that takes no resampling."""
    from hypviz.models.live.description import description

    ref = spec.model
    counts = token_counts(ref, spec.source, store=sitting.store, work=work.part(0.7, "counting tokens"))
    part = taking_part(ref, ("input",), untrained=spec.untrained, store=sitting.store, work=work.part(0.1))
    work.part(0.2).report(0, 1, "reading the embedding rows")
    table, norms = token_table(ref, store=sitting.store), row_norms(ref, store=sitting.store)
    known, countable = description(ref), ~table.is_special
    kept, left_out = np.flatnonzero((counts.counts > 0) & countable & part.rows), countable & table.has_token & ~part.rows
    count, norm = counts.counts[kept], norms[kept]
    forms = _forms(ref, table, countable & ~left_out, counts, norms)
    return FrequencyNorm(
        corpus=spec.source.name,
        source=counts.source,
        n_texts=counts.n_texts,
        n_skipped=spec.source.n_skipped,
        n_unplaced=counts.n_unplaced,
        n_without_row=counts.n_without_row,
        n_special=int(counts.counts[table.is_special].sum()),
        n_untrained=int(left_out.sum()),
        n_untrained_counted=int((counts.counts[left_out] > 0).sum()),
        n_countable=int((countable & ~left_out & (table.kind != TOKEN_KINDS.index("unused"))).sum()),
        vocab_size=len(table.text),
        n_tokens=int(count.sum()),
        n_distinct=int(kept.size),
        tensor_name=known.input_tensor,
        embedding_scale=known.summary.embedding_scale,
        token_id=kept,
        text=tuple(table.text[i] for i in kept),
        kind=table.kind[kept],
        count=count,
        norm=norm,
        curve=frequency_curve(count, None),
        bins=norm_bins(count, norm),
        forms=forms,
        groups=group_summaries(forms),
        provenance=sitting.provenance(ref, seed=spec.seed),
    )


def _forms(
    ref: ModelRef, table: TokenTable, usable: Bool[np.ndarray, " n"], counts: TokenCounts, norms: np.ndarray
) -> tuple[TokenForm, ...]:
    from hypviz.models.tokenizer.tokens import encode_plain

    return token_forms(table.text, usable, counts.counts, norms, lambda typed: encode_plain(ref, [typed])[0])


def _fitted(record: FrequencyNorm, spec: FrequencySpec, work: Work) -> FrequencyNorm:
    fit: PowerLawFit | None = None
    missing: str | None = None
    try:
        fit = fit_power_law(record.count)
    except HypvizError as error:
        missing = str(error)
    return dataclasses.replace(record, fit=fit, fit_missing=missing, curve=frequency_curve(record.count, fit))


def _correlated(record: FrequencyNorm, spec: FrequencySpec, work: Work) -> FrequencyNorm:
    found: Interval | None = None
    missing: str | None = None
    count, norm = record.count, record.norm
    if min(np.unique(count).size, np.unique(norm).size) < 2 or count.size < 3:
        missing = "All counted tokens are equally frequent or equally long, so there is no order to compare; choose a larger text."
        return dataclasses.replace(record, correlation_missing=missing)
    try:
        found = spearman_interval(count, norm, seed=spec.seed, n_resamples=spec.resamples, work=work)
    except Stopped:
        raise
    except HypvizError as error:
        missing = str(error)
    return dataclasses.replace(record, correlation=found, correlation_missing=missing)


def _in_ranges(record: FrequencyNorm, spec: FrequencySpec, work: Work) -> FrequencyNorm:
    ranges = norm_ranges(record.count, record.norm, seed=spec.seed, n_resamples=spec.resamples, work=work)
    return dataclasses.replace(record, ranges=ranges)


def _turned(record: FrequencyNorm, spec: FrequencySpec, work: Work) -> FrequencyNorm:
    turn = norm_turn(record.count, record.norm, seed=spec.seed, n_resamples=spec.resamples, work=work)
    return dataclasses.replace(record, turn=turn)


_STAGES: dict[str, tuple[float, str, Stage]] = {  # by `records.frequency.STAGES`: share of the time, words, what is done
    "fit": (0.2, "fitting the power law", _fitted),
    "correlation": (0.2, "resampling the correlation", _correlated),
    "ranges": (0.1, "resampling by range of frequency", _in_ranges),
    "turn": (0.1, "looking for a turn", _turned),
}
FREQUENCY = Study(
    kind="frequency",
    record=FrequencyNorm,
    algorithm=4,
    measure=_measure,
    libraries=lambda spec: ("powerlaw", "transformers"),
    is_whole=lambda record: record.is_whole,
)
