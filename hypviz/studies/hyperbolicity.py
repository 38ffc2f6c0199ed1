"""Measure how tree-like prompts are in a model's input embeddings, beside chance and a tree."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import version

import numpy as np

from hypviz.errors import HypvizError
from hypviz.hyperbolicity import (
    BASE,
    CONTROLS,
    DEFINITIONS,
    METRICS,
    N_PROMPTS,
    N_REPEATS,
    NULLS,
    PromptPoints,
    compare_with_chance,
    control_deltas,
    draw_prompts,
    measure_prompts,
    null_deltas,
    prompt_points,
    tree_control,
)
from hypviz.records import Provenance
from hypviz.records.hyperbolicity import ControlDeltas, Hyperbolicity, NullDeltas, PromptDeltas
from hypviz.records.models import ModelRef, TokenTable
from hypviz.records.texts import Corpus
from hypviz.store import Lookup, Store

ALGORITHM = 4
GAUSSIAN = "gaussian"
TABLES = ("input", "output")
Progress = Callable[[int, int, str], None]


def prompt_hyperbolicity(
    ref: ModelRef,
    corpus: Corpus,
    *,
    limit: int | None = None,
    seed: int = 0,
    definition: str = BASE,
    metric: str = "euclidean",
    table: str = "input",
    nulls: Sequence[str] = (GAUSSIAN,),
    progress: Progress | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> Lookup[Hyperbolicity]:
    """The stored or computed record of the first `limit` texts (all where None); `progress(done, total, text)` counts prompts.

    The Gaussian null is always measured; `nulls` names the others too.
    """
    for value, known, what in ((definition, DEFINITIONS, "definition of delta"), (metric, METRICS, "metric"), (table, TABLES, "table")):
        if value not in known:
            raise HypvizError(f"There is no {what} {value!r}; choose one of {', '.join(known)}.")
    if limit is not None and limit < 1:
        raise HypvizError(f"At least one prompt is needed, but the limit is {limit}; choose 1 or more.")
    texts = corpus.texts[:limit]
    versions = {name: version(name) for name in ("numpy", "numba", "scipy", "transformers")}
    how = _How(definition=definition, metric=metric, table=table, others=tuple(n for n in NULLS if n in nulls and n != GAUSSIAN), seed=seed)
    spec = {
        "model": ref.fingerprint,
        "corpus": {"name": corpus.name, "texts": corpus.fingerprint, "skipped": corpus.n_skipped},
        "n_texts": len(texts),
        "seed": seed,
        "how": [definition, metric, table, list(how.others)],
        "null": [N_REPEATS, N_PROMPTS],
        "algorithm": ALGORITHM,
        "versions": versions,
    }
    told = progress if progress is not None else _nobody
    return Store().load_or_compute(
        "hyperbolicity", spec, Hyperbolicity, lambda: _measure(ref, corpus, texts, how, versions, told, should_stop)
    )


def estimated_seconds(texts: Sequence[str], *, dimension: int, definition: str = BASE, n_nulls: int = 1) -> float:
    """A rough guess before anything is encoded: a token for every five characters, and the distances of each set."""
    slower = 1.0 if definition == BASE else 4.0
    each = [4e-5 + (2e-10 * dimension + slower * 1e-8) * (len(text) / 5) ** 2 for text in texts]
    return 3 + sum(each) * (1 + n_nulls * N_REPEATS * min(1.0, N_PROMPTS / max(len(each), 1)))


@dataclass(frozen=True, slots=True, kw_only=True)
class _How:
    """What decides the numbers beside the prompts."""

    definition: str
    metric: str
    table: str
    others: tuple[str, ...]
    seed: int


def _measure(
    ref: ModelRef,
    corpus: Corpus,
    texts: Sequence[str],
    how: _How,
    versions: dict[str, str],
    progress: Progress,
    should_stop: Callable[[], bool] | None,
) -> Hyperbolicity:
    from hypviz.models import encode_prompts, read_embeddings, read_token_table

    start = time.monotonic()
    encoded = encode_prompts(ref, texts)
    sets = prompt_points(encoded, read_embeddings(ref, output=how.table == "output").values)
    n, compared = len(sets.points), draw_prompts(sets, N_PROMPTS, seed=how.seed)
    measured_at = _Steps(progress, n + compared.size * N_REPEATS * (1 + len(how.others)))
    measured = measure_prompts(
        sets, definition=how.definition, metric=how.metric, progress=measured_at.part("measuring prompts"), should_stop=should_stop
    )
    nulls = [_null(name, sets, measured.delta_rel, compared, how, measured_at, should_stop) for name in (GAUSSIAN, *how.others)]
    gaussian = nulls[0]
    return Hyperbolicity(
        corpus=corpus.name,
        definition=how.definition,
        metric=how.metric,
        table=how.table,
        dimension=int(sets.table.shape[1]),
        base=_base(encoded, read_token_table(ref)),
        n_prompts=n,
        n_too_short=sets.n_too_short,
        n_too_long=sets.n_too_long,
        n_skipped=corpus.n_skipped,
        delta_rel_mean=float(measured.delta_rel.mean()),
        delta_rel_std=float(measured.delta_rel.std()),
        null_mean=gaussian.mean,
        null_std=gaussian.std,
        tree_max=float(tree_control(sets.n_points, seed=how.seed).max()),
        deltas=PromptDeltas(
            prompt=sets.prompt,
            n_tokens=sets.n_tokens,
            n_points=sets.n_points,
            delta=measured.delta,
            diameter=measured.diameter,
            delta_rel=measured.delta_rel,
            tree_delta_rel=tree_control(sets.n_points, seed=how.seed),
            compared=compared,
            null_delta_rel=gaussian.delta_rel,
        ),
        comparison=gaussian.comparison,
        others=tuple(nulls[1:]),
        controls=tuple(
            ControlDeltas(name=name, delta_rel=control_deltas(sets.n_points, name, seed=how.seed, definition=how.definition))
            for name in CONTROLS
        ),
        provenance=Provenance(
            model=ref.label, revision=ref.revision or ref.fingerprint, seed=how.seed, versions=versions, seconds=time.monotonic() - start
        ),
    )


class _Steps:
    """One progress over several loops, each of which counts its own."""

    def __init__(self, progress: Progress, total: int) -> None:
        self._progress, self._total, self._before = progress, total, 0

    def part(self, text: str) -> Callable[[int, int], None]:
        """The callback of the next loop."""
        start = self._before

        def told(done: int, total: int) -> None:
            self._before = start + total
            self._progress(start + done, self._total, text)

        return told


def _null(
    name: str,
    sets: PromptPoints,
    delta_rel: np.ndarray,
    compared: np.ndarray,
    how: _How,
    steps: _Steps,
    should_stop: Callable[[], bool] | None,
) -> NullDeltas:
    found = null_deltas(
        sets,
        name,
        seed=how.seed,
        rows=compared,
        definition=how.definition,
        metric=how.metric,
        progress=steps.part(f"measuring chance: {NULLS[name]}"),
        should_stop=should_stop,
    )
    return NullDeltas(name=name, delta_rel=found, comparison=compare_with_chance(delta_rel[compared], found))


def _base(encoded: Sequence[Sequence[int]], table: TokenTable) -> str:
    """The base point in words: a special first token that all prompts share, or each prompt's own first token."""
    first = {row[0] for row in encoded if row}
    only = next(iter(first)) if len(first) == 1 else None
    if only is not None and table.is_special[only]:
        return f"the special first token {table.text[only]}"
    return "the first token of each prompt (this tokenizer adds no special one)"


def _nobody(done: int, total: int, text: str) -> None:
    """The progress of a caller that asked for none."""
