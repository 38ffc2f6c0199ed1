"""Measure how tree-like prompts are in a model's input embeddings, beside chance and a tree.

The measured values come first, then null by null; what a stop leaves is kept and gone on from.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version

import numpy as np

from hypviz.errors import HypvizError, Stopped
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
from hypviz.studies.growing import load_or_grow

ALGORITHM = 5
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
    on_part: Callable[[Hyperbolicity], None] | None = None,
) -> Lookup[Hyperbolicity]:
    """The stored or computed record of the first `limit` texts (all where None); `progress(done, total, text)` counts prompts.

    The Gaussian null is always measured; `nulls` names the others too. `on_part(record)` is told of the measured values and of every null
    that comes in. A stop hands back, and keeps, what there is: `is_whole` says so, and the next call goes on from it. Raises `HypvizError`,
    and `Stopped` before every prompt has been measured.
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

    def grow(part: Hyperbolicity | None) -> Hyperbolicity:
        return _grow(ref, corpus, texts, how, versions, part, told, should_stop, on_part or _unseen)

    return load_or_grow(Store(), "hyperbolicity", spec, Hyperbolicity, grow, is_whole=lambda record: record.is_whole)


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


def _grow(
    ref: ModelRef,
    corpus: Corpus,
    texts: Sequence[str],
    how: _How,
    versions: dict[str, str],
    part: Hyperbolicity | None,
    progress: Progress,
    should_stop: Callable[[], bool] | None,
    on_part: Callable[[Hyperbolicity], None],
) -> Hyperbolicity:
    """From what a stop left, or from the beginning: the measured values, then null by null, until a stop."""
    from hypviz.models import encode_prompts, read_embeddings, read_token_table

    start = time.monotonic()
    if part is not None:
        on_part(part)
    encoded = encode_prompts(ref, texts)
    sets = prompt_points(encoded, read_embeddings(ref, output=how.table == "output").values)
    compared = draw_prompts(sets, N_PROMPTS, seed=how.seed)
    steps = _Steps(progress, len(sets.points) + compared.size * N_REPEATS * (1 + len(how.others)))
    if part is None:
        provenance = Provenance(model=ref.label, revision=ref.revision or ref.fingerprint, seed=how.seed, versions=versions, seconds=0.0)
        base = _base(encoded, read_token_table(ref))
        record = _measured(corpus, sets, compared, how, base, provenance, steps, should_stop)
    else:
        record = part
        steps.skip(len(sets.points) + compared.size * N_REPEATS * part.n_nulls)
    spent = record.provenance.seconds or 0.0

    def timed(grown: Hyperbolicity) -> Hyperbolicity:
        grown = replace(grown, provenance=replace(grown.provenance, seconds=spent + time.monotonic() - start))
        on_part(grown)
        return grown

    record = timed(record)

    def begun(repeats: np.ndarray) -> None:
        nonlocal record
        if len(repeats) < N_REPEATS:
            record = timed(replace(record, begun=repeats))

    for name in record.asked[record.n_nulls :]:
        try:
            null = _null(name, sets, record, compared, how, steps, should_stop, begun)
        except Stopped:
            break
        record = timed(_with_null(record, null))
    return record


def _with_null(record: Hyperbolicity, null: NullDeltas) -> Hyperbolicity:
    """The record with one null more."""
    record = replace(record, begun=record.begun[:0])
    if null.name != GAUSSIAN:
        return replace(record, others=(*record.others, null))
    deltas = replace(record.deltas, null_delta_rel=null.delta_rel)
    return replace(record, deltas=deltas, comparison=null.comparison, null_mean=null.mean, null_std=null.std)


def _measured(
    corpus: Corpus,
    sets: PromptPoints,
    compared: np.ndarray,
    how: _How,
    base: str,
    provenance: Provenance,
    steps: _Steps,
    should_stop: Callable[[], bool] | None,
) -> Hyperbolicity:
    """The prompts' own values, trees and controls, without nulls; raises `Stopped`."""
    told = steps.part("measuring prompts")
    measured = measure_prompts(sets, definition=how.definition, metric=how.metric, progress=told, should_stop=should_stop)
    tree = tree_control(sets.n_points, seed=how.seed)
    return Hyperbolicity(
        corpus=corpus.name,
        definition=how.definition,
        metric=how.metric,
        table=how.table,
        dimension=int(sets.table.shape[1]),
        base=base,
        n_prompts=len(sets.points),
        n_too_short=sets.n_too_short,
        n_too_long=sets.n_too_long,
        n_skipped=corpus.n_skipped,
        delta_rel_mean=float(measured.delta_rel.mean()),
        delta_rel_std=float(measured.delta_rel.std()),
        null_mean=None,
        null_std=None,
        tree_max=float(tree.max()),
        deltas=PromptDeltas(
            prompt=sets.prompt,
            n_tokens=sets.n_tokens,
            n_points=sets.n_points,
            delta=measured.delta,
            diameter=measured.diameter,
            delta_rel=measured.delta_rel,
            tree_delta_rel=tree,
            compared=compared,
            null_delta_rel=np.empty((0, compared.size)),
        ),
        comparison=None,
        asked=(GAUSSIAN, *how.others),
        others=(),
        begun=np.empty((0, compared.size)),
        controls=tuple(
            ControlDeltas(name=name, delta_rel=control_deltas(sets.n_points, name, seed=how.seed, definition=how.definition))
            for name in CONTROLS
        ),
        provenance=provenance,
    )


class _Steps:
    """One progress over several loops, each of which counts its own."""

    def __init__(self, progress: Progress, total: int) -> None:
        self._progress, self._total, self._before = progress, total, 0

    def skip(self, n: int) -> None:
        """Count `n` steps that were done before."""
        self._before += n

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
    record: Hyperbolicity,
    compared: np.ndarray,
    how: _How,
    steps: _Steps,
    should_stop: Callable[[], bool] | None,
    on_repeat: Callable[[np.ndarray], None],
) -> NullDeltas:
    """One null, from the repeats that a stop left on."""
    found = null_deltas(
        sets,
        name,
        seed=how.seed,
        rows=compared,
        definition=how.definition,
        metric=how.metric,
        known=record.begun,
        on_repeat=on_repeat,
        progress=steps.part(f"measuring chance: {NULLS[name]}"),
        should_stop=should_stop,
    )
    return NullDeltas(name=name, delta_rel=found, comparison=compare_with_chance(record.deltas.delta_rel[compared], found))


def _base(encoded: Sequence[Sequence[int]], table: TokenTable) -> str:
    """The base point in words: a special first token that all prompts share, or each prompt's own first token."""
    first = {row[0] for row in encoded if row}
    only = next(iter(first)) if len(first) == 1 else None
    if only is not None and table.is_special[only]:
        return f"the special first token {table.text[only]}"
    return "the first token of each prompt (this tokenizer adds no special one)"


def _unseen(record: Hyperbolicity) -> None:
    """The viewer of a caller that asked for no parts."""


def _nobody(done: int, total: int, text: str) -> None:
    """The progress of a caller that asked for none."""
