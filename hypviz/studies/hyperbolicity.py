"""Measure how tree-like prompts are in a model's input embeddings, beside chance and a tree."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from importlib.metadata import version

from hypviz.errors import HypvizError
from hypviz.hyperbolicity import (
    N_PROMPTS,
    N_REPEATS,
    PromptPoints,
    compare_with_chance,
    draw_prompts,
    gaussian_null,
    measure_prompts,
    prompt_points,
    tree_control,
)
from hypviz.records import Provenance
from hypviz.records.hyperbolicity import Hyperbolicity, PromptDeltas
from hypviz.records.models import ModelRef, TokenTable
from hypviz.records.texts import Corpus
from hypviz.store import Lookup, Store

ALGORITHM = 3
Progress = Callable[[int, int, str], None]


def prompt_hyperbolicity(
    ref: ModelRef,
    corpus: Corpus,
    *,
    limit: int | None = None,
    seed: int = 0,
    progress: Progress | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> Lookup[Hyperbolicity]:
    """The stored or computed record of the first `limit` texts (all where None); `progress(done, total, text)` counts prompts."""
    if limit is not None and limit < 1:
        raise HypvizError(f"At least one prompt is needed, but the limit is {limit}; choose 1 or more.")
    texts = corpus.texts[:limit]
    versions = {name: version(name) for name in ("numpy", "scipy", "transformers")}
    spec = {
        "model": ref.fingerprint,
        "corpus": {"name": corpus.name, "texts": corpus.fingerprint, "skipped": corpus.n_skipped},
        "n_texts": len(texts),
        "seed": seed,
        "null": [N_REPEATS, N_PROMPTS],
        "algorithm": ALGORITHM,
        "versions": versions,
    }
    told = progress if progress is not None else _nobody
    return Store().load_or_compute(
        "hyperbolicity", spec, Hyperbolicity, lambda: _measure(ref, corpus, texts, seed, versions, told, should_stop)
    )


def estimated_seconds(texts: Sequence[str]) -> float:
    """A rough guess before anything is encoded: a token for every five characters, a third of a millisecond a measurement."""
    each = [3e-4 + 1e-7 * (len(text) / 5) ** 2 for text in texts]
    return 3 + sum(each) * (1 + N_REPEATS * min(1.0, N_PROMPTS / max(len(each), 1)))


def _measure(
    ref: ModelRef,
    corpus: Corpus,
    texts: Sequence[str],
    seed: int,
    versions: dict[str, str],
    progress: Progress,
    should_stop: Callable[[], bool] | None,
) -> Hyperbolicity:
    from hypviz.models import encode_prompts, read_embeddings, read_token_table

    start = time.monotonic()
    encoded = encode_prompts(ref, texts)
    sets = prompt_points(encoded, read_embeddings(ref).values)
    deltas = _deltas(sets, seed, progress, should_stop)
    null = deltas.null_delta_rel
    return Hyperbolicity(
        corpus=corpus.name,
        dimension=int(sets.table.shape[1]),
        base=_base(encoded, read_token_table(ref)),
        n_prompts=len(sets.points),
        n_too_short=sets.n_too_short,
        n_too_long=sets.n_too_long,
        n_skipped=corpus.n_skipped,
        delta_rel_mean=float(deltas.delta_rel.mean()),
        delta_rel_std=float(deltas.delta_rel.std()),
        null_mean=float(null.mean()),
        null_std=float(null.std(axis=1).mean()),
        tree_max=float(deltas.tree_delta_rel.max()),
        deltas=deltas,
        comparison=compare_with_chance(deltas.delta_rel[deltas.compared], null),
        provenance=Provenance(
            model=ref.label, revision=ref.revision or ref.fingerprint, seed=seed, versions=versions, seconds=time.monotonic() - start
        ),
    )


def _deltas(sets: PromptPoints, seed: int, progress: Progress, should_stop: Callable[[], bool] | None) -> PromptDeltas:
    n = len(sets.points)
    compared = draw_prompts(sets, N_PROMPTS, seed=seed)
    total = n + compared.size * N_REPEATS
    measured = measure_prompts(sets, progress=lambda done, _: progress(done, total, "measuring prompts"), should_stop=should_stop)
    null = gaussian_null(
        sets, seed=seed, rows=compared, progress=lambda done, _: progress(n + done, total, "measuring chance"), should_stop=should_stop
    )
    return PromptDeltas(
        prompt=sets.prompt,
        n_tokens=sets.n_tokens,
        n_points=sets.n_points,
        delta=measured.delta,
        diameter=measured.diameter,
        delta_rel=measured.delta_rel,
        tree_delta_rel=tree_control(sets.n_points, seed=seed),
        compared=compared,
        null_delta_rel=null,
    )


def _base(encoded: Sequence[Sequence[int]], table: TokenTable) -> str:
    """The base point in words: a special first token that all prompts share, or each prompt's own first token."""
    first = {row[0] for row in encoded if row}
    only = next(iter(first)) if len(first) == 1 else None
    if only is not None and table.is_special[only]:
        return f"the special first token {table.text[only]}"
    return "the first token of each prompt (this tokenizer adds no special one)"


def _nobody(done: int, total: int, text: str) -> None:
    """The progress of a caller that asked for none."""
