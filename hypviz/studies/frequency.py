"""Count texts or a table of words with a model's tokenizer and set frequency against the norm of the embedding rows."""

from __future__ import annotations

import time
from collections.abc import Callable
from importlib.metadata import version

import numpy as np

from hypviz.errors import HypvizError
from hypviz.frequency import (
    fit_power_law,
    frequency_curve,
    group_summaries,
    norm_bins,
    norm_ranges,
    norm_turn,
    row_norms,
    token_forms,
)
from hypviz.records import Provenance
from hypviz.records.frequency import FrequencyNorm, PowerLawFit
from hypviz.records.models import TOKEN_KINDS, ModelRef, TokenTable
from hypviz.records.statistics import Interval
from hypviz.records.texts import TokenCounts
from hypviz.statistics import spearman_interval
from hypviz.store import Lookup, Store
from hypviz.studies.counts import CountSource, source_key, token_counts
from hypviz.work import Work

ALGORITHM = 4
N_RESAMPLES = 1000
Progress = Callable[[int, int, str], None]


def frequency_norm(
    ref: ModelRef,
    corpus: CountSource,
    *,
    seed: int = 0,
    progress: Progress | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> Lookup[FrequencyNorm]:
    """The stored or computed record; `progress(done, total, text)` counts thousandths of the whole."""
    versions = {name: version(name) for name in ("powerlaw", "transformers")}
    spec = {
        "model": ref.fingerprint,
        "corpus": {**source_key(corpus), "skipped": corpus.n_skipped},
        "seed": seed,
        "resamples": N_RESAMPLES,
        "algorithm": ALGORITHM,
        "versions": versions,
    }
    told = progress if progress is not None else _nobody
    return Store().load_or_compute(
        "frequency", spec, FrequencyNorm, lambda: _measure(ref, corpus, seed, versions, told, should_stop or _never)
    )


def _measure(
    ref: ModelRef, corpus: CountSource, seed: int, versions: dict[str, str], progress: Progress, should_stop: Callable[[], bool]
) -> FrequencyNorm:
    from hypviz.models import read_embeddings, read_token_table, summarise

    start = time.monotonic()
    counts = token_counts(ref, corpus, progress=_part(progress, 0, 300, "counting tokens"), should_stop=should_stop)
    progress(300, 1000, "reading the embedding rows")
    table, embeddings = read_token_table(ref), read_embeddings(ref)
    norms = row_norms(embeddings.values)
    progress(400, 1000, "fitting the power law")
    kept = np.flatnonzero((counts.counts > 0) & ~table.is_special)
    count, norm = counts.counts[kept], norms[kept]
    fit, fit_missing = _fit(count)
    correlation, correlation_missing = _correlation(count, norm, seed, _part(progress, 600, 200, "resampling the correlation"), should_stop)
    resampling = _part(progress, 800, 100, "resampling by range of frequency")
    ranges = norm_ranges(count, norm, seed=seed, n_resamples=N_RESAMPLES, progress=resampling, should_stop=should_stop)
    progress(900, 1000, "looking for a turn")
    turn = norm_turn(count, norm, seed=seed, n_resamples=N_RESAMPLES, should_stop=should_stop)
    forms = _forms(ref, table, counts, norms)
    progress(1000, 1000, "done")
    return FrequencyNorm(
        corpus=corpus.name,
        source=counts.source,
        n_texts=counts.n_texts,
        n_skipped=corpus.n_skipped,
        n_unplaced=counts.n_unplaced,
        n_without_row=counts.n_without_row,
        n_tokens=int(count.sum()),
        n_distinct=int(kept.size),
        n_special=int(counts.counts[table.is_special].sum()),
        n_countable=int((~table.is_special & (table.kind != TOKEN_KINDS.index("unused"))).sum()),
        vocab_size=len(table.text),
        tensor_name=embeddings.tensor_name,
        embedding_scale=summarise(ref).embedding_scale,
        token_id=kept,
        text=tuple(table.text[i] for i in kept),
        kind=table.kind[kept],
        count=count,
        norm=norm,
        correlation=correlation,
        correlation_missing=correlation_missing,
        ranges=ranges,
        turn=turn,
        fit=fit,
        fit_missing=fit_missing,
        curve=frequency_curve(count, fit),
        bins=norm_bins(count, norm),
        forms=forms,
        groups=group_summaries(forms),
        provenance=Provenance(
            model=ref.label,
            revision=ref.revision or ref.fingerprint,
            seed=seed,
            versions=versions,
            seconds=time.monotonic() - start,
        ),
    )


def _fit(count: np.ndarray) -> tuple[PowerLawFit | None, str | None]:
    try:
        return fit_power_law(count), None
    except HypvizError as error:
        return None, str(error)


def _correlation(
    count: np.ndarray, norm: np.ndarray, seed: int, progress: Callable[[int, int], None], should_stop: Callable[[], bool]
) -> tuple[Interval | None, str | None]:
    if min(np.unique(count).size, np.unique(norm).size) < 2 or count.size < 3:
        return None, "All counted tokens are equally frequent or equally long, so there is no order to compare; choose a larger text."
    work = Work(on_report=lambda done, total, _: progress(int(done), int(total)), asked_to_stop=should_stop)
    try:
        return spearman_interval(count, norm, seed=seed, n_resamples=N_RESAMPLES, work=work), None
    except HypvizError as error:
        if should_stop():
            raise
        return None, str(error)


def _forms(ref: ModelRef, table: TokenTable, counts: TokenCounts, norms: np.ndarray):
    from hypviz.models.tokenizer.tokens import encode_plain

    return token_forms(table.text, ~table.is_special, counts.counts, norms, lambda typed: encode_plain(ref, [typed])[0])


def _part(progress: Progress, start: int, size: int, text: str) -> Callable[[int, int], None]:
    """A callback that maps (done, total) to the thousandths from `start` to `start + size`."""
    return lambda done, total: progress(start + round(size * done / max(total, 1)), 1000, text)


def _nobody(done: int, total: int, text: str) -> None:
    """The progress of a caller that asked for none."""


def _never() -> bool:
    return False
