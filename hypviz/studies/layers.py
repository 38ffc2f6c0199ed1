"""Measure the hidden states of prompts at every layer: delta_rel beside its nulls, norms, and how many dimensions they fill.

One record for each column (the base, or an adapter on it), stored by its weights, so that another adapter measures only itself.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import TYPE_CHECKING

import numpy as np

from hypviz.errors import HypvizError, Stopped
from hypviz.hyperbolicity import (
    BASE,
    DEFINITIONS,
    FEWEST_POINTS,
    N_REPEATS,
    PromptPoints,
    compare_with_chance,
    measure_prompts,
    null_deltas,
    spectrum,
    state_points,
)
from hypviz.records import Provenance
from hypviz.records.answers import Column
from hypviz.records.hyperbolicity import NullDeltas
from hypviz.records.layers import LayerState, LayerStudy
from hypviz.records.models import ModelRef
from hypviz.records.texts import Corpus
from hypviz.store import Lookup, Store

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

ALGORITHM = 2
DEFAULT_PROMPTS = 50
LAYER_NULLS = ("gaussian", "directions", "spectrum", "coordinates")
Lend = Callable[[], AbstractContextManager[tuple["PreTrainedModel", "PreTrainedTokenizerBase"]]]
Progress = Callable[[int, int, str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerQuestion:
    """Which prompts (the first `limit` texts), what is measured on them, and whether the first position counts."""

    corpus: Corpus
    limit: int = DEFAULT_PROMPTS
    definition: str = BASE
    drop_first: bool = False
    nulls: tuple[str, ...] = LAYER_NULLS
    seed: int = 0


def measure_layers(
    ref: ModelRef,
    question: LayerQuestion,
    column: Column,
    *,
    lend: Lend,
    store: Store | None = None,
    progress: Progress | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> Lookup[LayerStudy]:
    """The stored or computed record; `lend()` opens the model and is called only where it is computed. Raises `HypvizError`."""
    from hypviz.generate import column_weights

    if question.definition not in DEFINITIONS:
        raise HypvizError(f"There is no definition {question.definition!r} of delta; choose one of {', '.join(DEFINITIONS)}.")
    if question.limit < 1:
        raise HypvizError(f"At least one prompt is needed, but the limit is {question.limit}; choose 1 or more.")
    weights = column_weights(ref, column)
    versions = {name: version(name) for name in ("numpy", "numba", "torch", "transformers", "peft")}
    spec = {
        "base": weights.base,
        "adapter": weights.adapter,
        "column": column.name,
        "corpus": {"name": question.corpus.name, "texts": question.corpus.fingerprint},
        "how": [question.limit, question.definition, question.drop_first, list(question.nulls), question.seed, N_REPEATS],
        "algorithm": ALGORITHM,
        "versions": versions,
    }
    work = _Work(ref=ref, question=question, column=column, lend=lend, versions=versions, told=progress or _nobody, should_stop=should_stop)
    return (store or Store()).load_or_compute("layers", spec, LayerStudy, work.run)


def estimated_seconds(question: LayerQuestion, *, n_layers: int, dimension: int) -> float:
    """A rough guess: a pass of the model, and repeats of every null but the Gaussian, which all layers share."""
    n = min(question.limit, len(question.corpus.texts))
    each = 4e-4 + 6e-8 * dimension * 10
    return 3 + n * (0.02 + N_REPEATS * each * (1 + n_layers * max(0, len(question.nulls) - 1)))


@dataclass(kw_only=True)
class _Work:
    """One computation; nulls that need only the shape of the points are kept from layer to layer."""

    ref: ModelRef
    question: LayerQuestion
    column: Column
    lend: Lend
    versions: dict[str, str]
    told: Progress
    should_stop: Callable[[], bool] | None
    by_shape: dict[bytes, np.ndarray] = field(default_factory=dict)

    def run(self) -> LayerStudy:
        start = time.monotonic()
        states, kept, n_long = self._states()
        question, n_layers = self.question, len(states[0])
        layers, sets = [], None
        for layer in range(n_layers):
            sets = state_points([prompt[layer] for prompt in states], drop_first=question.drop_first)
            layers.append(self._layer(layer, n_layers, sets))
        assert sets is not None
        return LayerStudy(
            column=self.column.name,
            corpus=question.corpus.name,
            definition=question.definition,
            first_dropped=question.drop_first,
            dimension=int(sets.table.shape[1]),
            prompt=np.array(kept, dtype=np.int64)[sets.prompt],
            n_points=sets.n_points,
            n_too_short=min(question.limit, len(question.corpus.texts)) - n_long - len(kept) + sets.n_too_short,
            n_too_long=n_long,
            layers=tuple(layers),
            provenance=Provenance(
                model=self.ref.label,
                revision=self.ref.revision or self.ref.fingerprint,
                seed=question.seed,
                versions=self.versions,
                seconds=time.monotonic() - start,
            ),
        )

    def _states(self) -> tuple[list[np.ndarray], list[int], int]:
        """Hidden states of the prompts that fit, their indices, and how many are too long."""
        from hypviz.generate import bench, hidden_states, longest_prompt
        from hypviz.models import check_memory, encode_prompts

        question = self.question
        encoded = encode_prompts(self.ref, question.corpus.texts[: question.limit])
        with self.lend() as (model, tokenizer), bench(self.ref, model, tokenizer, [self.column]) as on_bench:
            longest = longest_prompt(model)
            fits = [i for i, ids in enumerate(encoded) if longest is None or len(ids) <= longest]
            # distinct, because equal tokens may be one point at layer 0, and every layer is measured on the same prompts
            kept = [i for i in fits if len(set(encoded[i][question.drop_first :])) >= FEWEST_POINTS]
            if not kept:
                raise HypvizError(
                    f"None of the {len(encoded)} prompts has at least {FEWEST_POINTS} distinct tokens and at most "
                    f"{longest or 'any number of'} tokens; choose other texts."
                )
            config = model.config.get_text_config()
            n_numbers = sum(len(encoded[i]) for i in kept) * (config.num_hidden_layers + 1) * config.hidden_size
            check_memory(8 * n_numbers, f"The hidden states of {len(kept)} prompts at {config.num_hidden_layers + 1} layers")
            states = []
            with on_bench.using(self.column) as ready:
                for done, i in enumerate(kept):
                    self._look()
                    states.append(hidden_states(ready, encoded[i]))
                    self.told(done, 20 * len(kept), "reading the prompts")
        return states, kept, len(encoded) - len(fits)

    def _layer(self, layer: int, n_layers: int, sets: PromptPoints) -> LayerState:
        self._look()
        question = self.question
        measured = measure_prompts(sets, definition=question.definition, should_stop=self.should_stop).delta_rel
        nulls = []
        for place, name in enumerate(question.nulls):
            part = (layer + place / len(question.nulls), n_layers, f"layer {layer} of {n_layers - 1}")
            found = self._null(name, sets, part)
            nulls.append(NullDeltas(name=name, delta_rel=found, comparison=compare_with_chance(measured, found)))
        norm = np.linalg.norm(sets.table.astype(np.float64), axis=1)
        variance = spectrum(sets.table) ** 2
        return LayerState(
            layer=layer,
            delta_rel=measured,
            nulls=tuple(nulls),
            norm_median=float(np.median(norm)),
            norm_largest=float(norm.max()),
            radius_median=float(np.median(norm) / np.sqrt(sets.table.shape[1])),
            effective_dimension=float(variance.sum() ** 2 / max((variance**2).sum(), 1e-300)),
            top_share=float(variance[0] / max(variance.sum(), 1e-300)),
        )

    def _null(self, name: str, sets: PromptPoints, part: tuple[float, int, str]) -> np.ndarray:
        key = b"".join(points.tobytes() for points in sets.points)
        if name == "gaussian" and key in self.by_shape:
            return self.by_shape[key]
        at, n_layers, text = part
        each = 1.0 / len(self.question.nulls)

        def progress(done: int, total: int) -> None:
            self.told(50 + round(950 * (at + each * done / total) / n_layers), 1000, text)

        found = null_deltas(
            sets, name, seed=self.question.seed, definition=self.question.definition, progress=progress, should_stop=self.should_stop
        )
        if name == "gaussian":
            self.by_shape[key] = found
        return found

    def _look(self) -> None:
        if self.should_stop is not None and self.should_stop():
            raise Stopped("The measurement of the layers was stopped; start it again, or choose fewer prompts.")


def _nobody(done: int, total: int, text: str) -> None:
    """The progress of a caller that asked for none."""
