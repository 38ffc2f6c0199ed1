"""The four-point delta of a sample of the vocabulary, certified, beside its nulls; and one prompt looked at closely."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import version

import numpy as np

from hypviz.errors import HypvizError, Stopped
from hypviz.hyperbolicity import (
    EXACT,
    FEWEST_POINTS,
    MOST_POINTS,
    N_REPEATS,
    NULLS,
    average_delta,
    base_spread,
    compare_with_chance,
    four_point_delta,
    gram_distances,
    null_deltas,
    prompt_points,
)
from hypviz.records import Provenance, Record
from hypviz.records.hyperbolicity import NullDeltas, VocabularyDelta
from hypviz.records.models import Embeddings, ModelRef
from hypviz.store import Lookup, Store

ALGORITHM = 1
SIZES = (200, 400, 1000, 2000)
VOCABULARY_NULLS = tuple(name for name in NULLS if name != "prompts")
Progress = Callable[[int, int, str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptAnatomy(Record):
    """One prompt: its distinct token ids, the four-point delta with the ids (a, b, c, d) that attain it, and delta at every base."""

    ids: np.ndarray
    lower: float
    upper: float
    diameter: float
    witnesses: np.ndarray
    sums: np.ndarray
    base_deltas: np.ndarray


def vocabulary_delta(
    ref: ModelRef,
    *,
    n_points: int = 400,
    table: str = "input",
    nulls: Sequence[str] = VOCABULARY_NULLS,
    seed: int = 0,
    progress: Progress | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> Lookup[VocabularyDelta]:
    """The stored or computed record of `n_points` tokens drawn without replacement; a stopped search is not stored."""
    if n_points < FEWEST_POINTS:
        raise HypvizError(f"A delta needs at least {FEWEST_POINTS} points, but {n_points} were asked for; choose more.")
    if n_points > MOST_POINTS:
        raise HypvizError(f"A sample has at most {MOST_POINTS:,} points, but {n_points:,} were asked for; choose fewer.")
    names = tuple(name for name in VOCABULARY_NULLS if name in nulls)
    versions = {name: version(name) for name in ("numpy", "numba", "scipy")}
    spec = {
        "model": ref.fingerprint,
        "table": table,
        "n": n_points,
        "nulls": [*names, N_REPEATS],
        "seed": seed,
        "algorithm": ALGORITHM,
        "versions": versions,
    }
    told = progress if progress is not None else _nobody
    return Store().load_or_compute(
        "vocabulary_delta", spec, VocabularyDelta, lambda: _measure(ref, n_points, table, names, seed, versions, told, should_stop)
    )


def look_at_prompt(embeddings: Embeddings, ids: Sequence[int]) -> PromptAnatomy:
    """The four-point delta of one prompt's distinct tokens, and how it depends on the base."""
    distinct = np.array(list(dict.fromkeys(int(i) for i in ids)), dtype=np.int64)
    if distinct.size < FEWEST_POINTS:
        raise HypvizError(f"This prompt has {distinct.size} distinct tokens, and a delta needs at least {FEWEST_POINTS}.")
    D = gram_distances(embeddings.values[distinct][None])[0]
    found = four_point_delta(D, checked=True)
    a, b, c, d = found.points or (0, 1, 2, 3)
    return PromptAnatomy(
        ids=distinct,
        lower=found.lower,
        upper=found.upper,
        diameter=found.diameter,
        witnesses=distinct[[a, b, c, d]],
        sums=np.array([D[a, b] + D[c, d], D[a, c] + D[b, d], D[a, d] + D[b, c]]),
        base_deltas=base_spread(D),
    )


def estimated_seconds(n_points: int, n_nulls: int, dimension: int) -> float:
    """A rough guess: every repeat of a null is a search of its own."""
    each = n_points**4 / 8.0 * 8e-12 + 3e-9 * n_points**2 * dimension / 10 + 0.02
    return 3 + each * (1 + N_REPEATS * n_nulls)


def _measure(
    ref: ModelRef,
    n_points: int,
    table: str,
    names: tuple[str, ...],
    seed: int,
    versions: dict[str, str],
    progress: Progress,
    should_stop: Callable[[], bool] | None,
) -> VocabularyDelta:
    from hypviz.models import read_embeddings, read_token_table

    start = time.monotonic()
    values, text = read_embeddings(ref, output=table == "output").values, read_token_table(ref).text
    chosen = np.sort(np.random.default_rng(seed).choice(len(values), size=min(n_points, len(values)), replace=False))
    chosen = chosen[np.sort(np.unique(values[chosen], axis=0, return_index=True)[1])]  # unused tokens often share one row
    sets = prompt_points([chosen.tolist()], values)
    D = gram_distances(sets.table[None])[0]
    total = 1 + len(names) * N_REPEATS

    def interval(lower: float, upper: float) -> None:
        progress(0, total, f"δ between {lower:.4g} and {upper:.4g}")

    found = four_point_delta(D, checked=True, on_interval=interval, should_stop=should_stop)
    if not found.exact or found.points is None:
        raise Stopped(f"Stopped with δ between {found.lower:.4g} and {found.upper:.4g}; start again for the exact value.")
    ids = chosen[list(found.points)]
    delta_rel = np.array([2.0 * found.lower / found.diameter])
    nulls = [
        NullDeltas(name=name, delta_rel=drawn, comparison=compare_with_chance(delta_rel, drawn))
        for place, name in enumerate(names)
        for drawn in (
            null_deltas(
                sets,
                name,
                seed=seed,
                definition=EXACT,
                progress=lambda done, _, place=place, name=name: progress(1 + place * N_REPEATS + done, total, NULLS[name]),
                should_stop=should_stop,
            ),
        )
    ]
    return VocabularyDelta(
        table=table,
        n_points=int(sets.points[0].size),
        n_vocabulary=len(values),
        dimension=int(values.shape[1]),
        lower=found.lower,
        upper=found.upper,
        exact=found.exact,
        how=found.how,
        diameter=found.diameter,
        witnesses=ids,
        witness_text=tuple(text[i] if i < len(text) else f"<{i}>" for i in ids.tolist()),
        base_deltas=base_spread(D),
        average=average_delta(D, seed=seed),
        nulls=tuple(nulls),
        provenance=Provenance(
            model=ref.label, revision=ref.revision or ref.fingerprint, seed=seed, versions=versions, seconds=time.monotonic() - start
        ),
    )


def _nobody(done: int, total: int, text: str) -> None:
    """The progress of a caller that asked for none."""
