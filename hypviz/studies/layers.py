"""Measure the hidden states of prompts at every layer: delta_rel beside its nulls, norms, and how many dimensions they fill.

One record for each column (the base, or an adapter on it), stored by its weights, so that another adapter measures only itself.
Measured values come first for all layers, then null by null at every layer; what a stop leaves is kept and gone on from.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from importlib.metadata import version
from typing import TYPE_CHECKING

import numpy as np

from hypviz.errors import HypvizError, Stopped
from hypviz.hyperbolicity import (
    BASE,
    DEFINITIONS,
    FEWEST_POINTS,
    N_REPEATS,
    NULLS,
    PromptPoints,
    compare_with_chance,
    measure_prompts,
    null_deltas,
    spectrum,
    state_points,
)
from hypviz.records import Provenance
from hypviz.records.answers import Column, Weights
from hypviz.records.hyperbolicity import NullDeltas
from hypviz.records.layers import LayerState, LayerStudy
from hypviz.records.models import ModelRef
from hypviz.records.texts import Corpus
from hypviz.store import Lookup, Store
from hypviz.studies.growing import load_or_grow

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

ALGORITHM = 2
DEFAULT_PROMPTS = 50
LAYER_NULLS = ("gaussian", "directions", "spectrum", "coordinates")
READING, MEASURING, DONE = 50, 120, 1000  # thousandths of the progress at the end of each
SAME_STATES = 1e-3  # relative: norms of the states, read again for the nulls that a stop left out
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
    on_part: Callable[[LayerStudy], None] | None = None,
    measured_only: bool = False,
) -> Lookup[LayerStudy]:
    """The stored or computed record; `lend()` opens the model and is called only where it is computed.

    `on_part(study)` is told of every layer and every null that comes in. A stop hands back, and keeps, what there is: `is_whole` says so,
    and the next call goes on from it. `measured_only` leaves the nulls to the next call. Raises `HypvizError`, and `Stopped` where no layer
    has been measured.
    """
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
    work = _Work(
        ref=ref,
        question=question,
        column=column,
        weights=weights,
        lend=lend,
        versions=versions,
        told=progress or _nobody,
        should_stop=should_stop,
        on_part=on_part,
        measured_only=measured_only,
    )
    return load_or_grow(store or Store(), "layers", spec, LayerStudy, work.run, is_whole=lambda study: study.is_whole)


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
    weights: Weights
    lend: Lend
    versions: dict[str, str]
    told: Progress
    should_stop: Callable[[], bool] | None
    on_part: Callable[[LayerStudy], None] | None
    measured_only: bool
    start: float = field(default_factory=time.monotonic)
    by_shape: dict[bytes, np.ndarray] = field(default_factory=dict)

    def run(self, part: LayerStudy | None) -> LayerStudy:
        """From the part that a stop left, or from the beginning; `Stopped` before the first layer."""
        if part is not None:
            self._show(part)
            if self.measured_only and len(part.layers) == part.n_layers:
                return part
        try:
            study, sets = self._empty()
        except Stopped:
            if part is None:
                raise
            return part
        spent = 0.0
        if part is not None and _same_states(part.layers, sets):
            spent = part.provenance.seconds or 0.0
            study = replace(study, layers=part.layers)
        try:
            for grown in self._grow(study, sets):
                study = replace(grown, provenance=replace(grown.provenance, seconds=spent + time.monotonic() - self.start))
                self._show(study)
        except Stopped:
            if not study.layers:
                raise
        return study

    def _grow(self, study: LayerStudy, sets: list[PromptPoints]) -> Iterator[LayerStudy]:
        """The study with one layer more, then with one null more, and so on to the end; raises `Stopped`."""
        layers, n_layers = list(study.layers), study.n_layers
        for layer in range(len(layers), n_layers):
            self._look()
            layers.append(self._measured(layer, sets[layer]))
            self.told(READING + round((MEASURING - READING) * (layer + 1) / n_layers), DONE, "measuring the layers")
            yield replace(study, layers=tuple(layers))
        todo = self._todo(layers, sets)
        total, done = max(1, sum(new for _, _, new in todo)), 0
        for place, layer, new in todo:
            name = self.question.nulls[place]
            at = (MEASURING + (DONE - MEASURING) * done / total, (DONE - MEASURING) * new / total)
            found = self._null(name, sets[layer], at, f"{NULLS[name]}, layer {layer} of {n_layers - 1}")
            comparison = compare_with_chance(layers[layer].delta_rel, found)
            nulls = (*layers[layer].nulls, NullDeltas(name=name, delta_rel=found, comparison=comparison))
            layers[layer] = replace(layers[layer], nulls=nulls)
            done += new
            yield replace(study, layers=tuple(layers))

    def _todo(self, layers: list[LayerState], sets: list[PromptPoints]) -> list[tuple[int, int, bool]]:
        """(place of the null, layer, whether it has to be computed) of all nulls that are not in, null by null."""
        if self.measured_only:
            return []
        for layer, state in enumerate(layers):
            if state.nulls and self.question.nulls[0] == "gaussian":
                self.by_shape.setdefault(_shape(sets[layer]), state.nulls[0].delta_rel)
        seen, todo = set(self.by_shape), []
        for place, name in enumerate(self.question.nulls):
            for layer, state in enumerate(layers):
                if len(state.nulls) <= place:
                    known = name == "gaussian" and _shape(sets[layer]) in seen
                    todo.append((place, layer, not known))
                    seen |= {_shape(sets[layer])} if name == "gaussian" else set()
        return todo

    def _show(self, study: LayerStudy) -> None:
        if self.on_part is not None:
            self.on_part(study)

    def _empty(self) -> tuple[LayerStudy, list[PromptPoints]]:
        """The study before any layer is measured, and the points of every layer."""
        states, kept, n_long = self._states()
        question, n_layers = self.question, len(states[0])
        sets = [state_points([prompt[layer] for prompt in states], drop_first=question.drop_first) for layer in range(n_layers)]
        study = LayerStudy(
            column=self.column.name,
            corpus=question.corpus.name,
            definition=question.definition,
            first_dropped=question.drop_first,
            dimension=int(sets[-1].table.shape[1]),
            prompt=np.array(kept, dtype=np.int64)[sets[-1].prompt],
            n_points=sets[-1].n_points,
            n_too_short=min(question.limit, len(question.corpus.texts)) - n_long - len(kept) + sets[-1].n_too_short,
            n_too_long=n_long,
            n_layers=n_layers,
            asked=question.nulls,
            layers=(),
            provenance=Provenance(
                model=self.ref.label,
                revision=self.ref.revision or self.ref.fingerprint,
                seed=question.seed,
                versions=self.versions,
                seconds=0.0,
            ),
        )
        return study, sets

    def _states(self) -> tuple[list[np.ndarray], list[int], int]:
        """Hidden states of the prompts that fit, their indices, and how many are too long."""
        from hypviz.generate import bench, hidden_states, longest_prompt
        from hypviz.models import check_memory, encode_prompts

        question = self.question
        encoded = encode_prompts(self.ref, question.corpus.texts[: question.limit])
        known = {self.column.name: self.weights}
        with self.lend() as (model, tokenizer), bench(self.ref, model, tokenizer, [self.column], weights=known) as on_bench:
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
                    self.told(round(READING * done / len(kept)), DONE, "reading the prompts")
        return states, kept, len(encoded) - len(fits)

    def _measured(self, layer: int, sets: PromptPoints) -> LayerState:
        measured = measure_prompts(sets, definition=self.question.definition, should_stop=self.should_stop).delta_rel
        norm = np.linalg.norm(sets.table.astype(np.float64), axis=1)
        variance = spectrum(sets.table) ** 2
        return LayerState(
            layer=layer,
            delta_rel=measured,
            nulls=(),
            norm_median=float(np.median(norm)),
            norm_largest=float(norm.max()),
            radius_median=float(np.median(norm) / np.sqrt(sets.table.shape[1])),
            effective_dimension=float(variance.sum() ** 2 / max((variance**2).sum(), 1e-300)),
            top_share=float(variance[0] / max(variance.sum(), 1e-300)),
        )

    def _null(self, name: str, sets: PromptPoints, at: tuple[float, float], text: str) -> np.ndarray:
        self._look()
        key = _shape(sets)
        if name == "gaussian" and key in self.by_shape:
            return self.by_shape[key]
        start, room = at

        def progress(done: int, total: int) -> None:
            self.told(round(start + room * done / total), DONE, text)

        found = null_deltas(
            sets, name, seed=self.question.seed, definition=self.question.definition, progress=progress, should_stop=self.should_stop
        )
        if name == "gaussian":
            self.by_shape[key] = found
        return found

    def _look(self) -> None:
        if self.should_stop is not None and self.should_stop():
            raise Stopped("The measurement of the layers was stopped; start it again, or choose fewer prompts.")


def _shape(sets: PromptPoints) -> bytes:
    """Which points the prompts share, which is all that Gaussian points keep of a layer."""
    return b"".join(points.tobytes() for points in sets.points)


def _same_states(layers: Sequence[LayerState], sets: Sequence[PromptPoints]) -> bool:
    """Whether the states, read again, are those that `layers` were measured on."""
    for state, points in zip(layers, sets, strict=False):
        norm = np.linalg.norm(points.table.astype(np.float64), axis=1)
        same = np.allclose([np.median(norm), norm.max()], [state.norm_median, state.norm_largest], rtol=SAME_STATES, atol=0.0)
        if state.delta_rel.size != len(points.points) or not same:
            return False
    return True


def _nobody(done: int, total: int, text: str) -> None:
    """The progress of a caller that asked for none."""
