"""Measure the hidden states of prompts at every layer: delta_rel beside its nulls, norms, and how many dimensions they fill.

One record for each column (the base, or an adapter on it), stored by its weights, so that another adapter measures only itself.
Measured values come first for all layers, then null by null at every layer; what a stop leaves is kept and gone on from.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from hypviz.errors import HypvizError, Stopped
from hypviz.generate import bench, column_weights, hidden_states, longest_prompt, virtual_tokens
from hypviz.hyperbolicity import (
    DEFINITIONS,
    FEWEST_POINTS,
    N_REPEATS,
    NULLS,
    ONE_BASE,
    PromptPoints,
    compare_with_chance,
    measure_prompts,
    null_deltas,
    null_label,
    nulls_of,
    spectrum,
    state_points,
)
from hypviz.hyperbolicity.nulls import OF_LAYERS
from hypviz.models import check_memory
from hypviz.models.tokenizer.tokens import encode_to_read
from hypviz.records.answers import Column
from hypviz.records.hyperbolicity import NullDeltas
from hypviz.records.layers import LayerState, LayerStudy
from hypviz.records.limits import SEED, TEXTS
from hypviz.records.models import ModelRef
from hypviz.records.specs.layers import USUAL_PROMPTS, LayersSpec
from hypviz.records.texts import Corpus
from hypviz.studies.frame import Sitting, Study
from hypviz.work import Work

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

READING, MEASURING = 0.05, 0.07  # shares of the progress, before the nulls
SAME_STATES = 1e-3  # relative: norms of the states, read again for the nulls that a stop left out
Lend = Callable[[], AbstractContextManager[tuple["PreTrainedModel", "PreTrainedTokenizerBase"]]]


def layers_spec(
    model: ModelRef,
    corpus: Corpus,
    column: Column,
    *,
    limit: int = USUAL_PROMPTS,
    definition: str = ONE_BASE,
    drop_first: bool = False,
    nulls: Sequence[str] | None = None,
    seed: int = 0,
) -> LayersSpec:
    """The question about one column, beside those of `nulls` (None: all) that can be drawn for layers; reads the adapter's weights."""
    return LayersSpec(
        model=model,
        corpus=corpus,
        column=column,
        weights=column_weights(model, column),
        limit=limit,
        definition=definition,
        drop_first=drop_first,
        nulls=tuple(name for name in nulls_of(OF_LAYERS) if nulls is None or name in nulls),
        seed=seed,
    )


def layers_study(lend: Lend, *, measured_only: bool = False) -> Study[LayersSpec, LayerStudy]:
    """The study; `lend()` opens the model and is called only where something is computed.

    `measured_only` leaves the nulls to the next call: a part is handed back. The first layers that a stop leaves are kept; `Stopped` where
    there are none.
    """
    return Study(
        kind="layers",
        record=LayerStudy,
        algorithm=2,
        measure=lambda spec, sitting: _Measuring(spec, sitting, lend, measured_only=measured_only).run(),
        libraries=_libraries,
        is_whole=lambda study: study.is_whole,
    )


def estimated_seconds(spec: LayersSpec, *, n_layers: int, dimension: int) -> float:
    """A rough guess: a pass of the model, and repeats of every null that has to be drawn for each layer."""
    each, per_layer = 4e-4 + 6e-8 * dimension * 10, sum(NULLS[name].needs_values for name in spec.nulls)
    return 3 + len(spec.texts) * (0.02 + N_REPEATS * each * (1 + n_layers * per_layer))


def _libraries(spec: LayersSpec) -> tuple[str, ...]:
    others = {library for name in spec.nulls for library in NULLS.require(name).libraries}
    return tuple(sorted({"numpy", "numba", "torch", "transformers", "peft"} | others))


@dataclass(frozen=True, slots=True, kw_only=True)
class _States:
    """Hidden states of the prompts that fit, by layer, their places among the texts, and how many were too long."""

    by_prompt: list[np.ndarray]
    kept: list[int]
    n_too_long: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _ToDo:
    """One null at one layer; `is_known` where another layer has it already."""

    place: int
    layer: int
    is_known: bool


class _Measuring:
    """One computation; nulls that need only the shape of the points are kept from layer to layer."""

    def __init__(self, spec: LayersSpec, sitting: Sitting[LayerStudy], lend: Lend, *, measured_only: bool) -> None:
        self._spec, self._sitting, self._lend, self._measured_only = spec, sitting, lend, measured_only
        self._by_shape: dict[tuple[str, bytes], np.ndarray] = {}
        self._spent = 0.0

    def run(self) -> LayerStudy:
        """From the part that a stop left, or from the beginning; `Stopped` before the first layer."""
        _check(self._spec)
        part, work = self._sitting.part, self._sitting.work
        if part is not None:
            work.hand_out(part)
            if self._measured_only and len(part.layers) == part.n_layers:
                return part
        try:
            study, sets = self._empty(work.part(READING, "reading the prompts"))
        except Stopped:
            if part is None:
                raise
            return part
        if part is not None and _same_states(part.layers, sets):
            self._spent = part.provenance.seconds or 0.0
            study = replace(study, layers=part.layers)
        self._study = study
        try:
            self._measure(sets, work.part(MEASURING, "measuring the layers"))
            self._nulls(sets, work.part(1.0 - READING - MEASURING))
        except Stopped:
            if not self._study.layers:
                raise
        return self._study

    def _measure(self, sets: list[PromptPoints], work: Work) -> None:
        """One layer more, to the last; raises `Stopped`."""
        for layer in range(len(self._study.layers), self._study.n_layers):
            work.check()
            self._keep([*self._study.layers, self._measured(layer, sets[layer])])
            work.report(layer + 1, self._study.n_layers)

    def _nulls(self, sets: list[PromptPoints], work: Work) -> None:
        """One null more, at every layer before the next; raises `Stopped`."""
        todo = [] if self._measured_only else self._todo(sets)
        each = 1.0 / max(1, sum(not one.is_known for one in todo))
        for one in todo:
            name, layers = self._spec.nulls[one.place], list(self._study.layers)
            text = f"{null_label(name)}, layer {one.layer} of {self._study.n_layers - 1}"
            found = self._null(name, sets[one.layer], work.part(0.0 if one.is_known else each, text))
            state = layers[one.layer]
            null = NullDeltas(name=name, delta_rel=found, comparison=compare_with_chance(state.delta_rel, found))
            layers[one.layer] = replace(state, nulls=(*state.nulls, null))
            self._keep(layers)

    def _todo(self, sets: list[PromptPoints]) -> list[_ToDo]:
        """All nulls that are not in, null by null."""
        for layer, state in enumerate(self._study.layers):
            for null in state.nulls:
                self._by_shape.setdefault(_shape(null.name, sets[layer]), null.delta_rel)
        seen, todo = set(self._by_shape), []
        for place, name in enumerate(self._spec.nulls):
            for layer, state in enumerate(self._study.layers):
                if len(state.nulls) <= place:
                    shape = _shape(name, sets[layer])
                    todo.append(_ToDo(place=place, layer=layer, is_known=not NULLS[name].needs_values and shape in seen))
                    seen.add(shape)
        return todo

    def _null(self, name: str, sets: PromptPoints, work: Work) -> np.ndarray:
        work.check()
        shape = _shape(name, sets)
        if not NULLS[name].needs_values and shape in self._by_shape:
            return self._by_shape[shape]
        found = null_deltas(sets, name, seed=self._spec.seed, definition=self._spec.definition, work=work)
        self._by_shape[shape] = found
        return found

    def _keep(self, layers: Sequence[LayerState]) -> None:
        """Make these the layers of this moment, and show them."""
        provenance = self._sitting.provenance(self._spec.model, seed=self._spec.seed, spent=self._spent)
        self._study = replace(self._study, layers=tuple(layers), provenance=provenance)
        self._sitting.work.hand_out(self._study)

    def _empty(self, work: Work) -> tuple[LayerStudy, list[PromptPoints]]:
        """The study before any layer is measured, and the points of every layer."""
        states, spec = self._states(work), self._spec
        n_layers = len(states.by_prompt[0])
        sets = [state_points([prompt[layer] for prompt in states.by_prompt], drop_first=spec.drop_first) for layer in range(n_layers)]
        study = LayerStudy(
            column=spec.column.name,
            corpus=spec.corpus.name,
            definition=spec.definition,
            first_dropped=spec.drop_first,
            dimension=int(sets[-1].table.shape[1]),
            prompt=np.array(states.kept, dtype=np.int64)[sets[-1].prompt],
            n_points=sets[-1].n_points,
            n_too_short=len(spec.texts) - states.n_too_long - len(states.kept) + sets[-1].n_too_short,
            n_too_long=states.n_too_long,
            n_layers=n_layers,
            asked=spec.nulls,
            layers=(),
            provenance=self._sitting.provenance(spec.model, seed=spec.seed),
        )
        return study, sets

    def _states(self, work: Work) -> _States:
        """Read the prompts that fit."""
        spec = self._spec
        encoded, known = encode_to_read(spec.model, spec.texts), {spec.column.name: spec.weights}
        with self._lend() as (model, tokenizer), bench(spec.model, model, tokenizer, [spec.column], weights=known) as on_bench:
            longest = longest_prompt(model)
            if longest is not None:
                longest -= virtual_tokens(spec.model, [spec.column]).get(spec.column.name, 0)
            fits = [i for i, ids in enumerate(encoded) if longest is None or len(ids) <= longest]
            # distinct, because equal tokens may be one point at layer 0, and every layer is measured on the same prompts
            kept = [i for i in fits if len(set(encoded[i][spec.drop_first :])) >= FEWEST_POINTS]
            if not kept:
                raise HypvizError(
                    f"None of the {len(encoded)} prompts has at least {FEWEST_POINTS} distinct tokens and at most "
                    f"{longest or 'any number of'} tokens; choose other texts."
                )
            config = model.config.get_text_config()
            n_numbers = sum(len(encoded[i]) for i in kept) * (config.num_hidden_layers + 1) * config.hidden_size
            check_memory(8 * n_numbers, f"The hidden states of {len(kept)} prompts at {config.num_hidden_layers + 1} layers")
            states: list[np.ndarray] = []
            with on_bench.using(spec.column) as ready:
                for done, i in enumerate(kept, 1):
                    work.check()
                    states.append(hidden_states(ready, encoded[i]))
                    work.report(done, len(kept))
        return _States(by_prompt=states, kept=kept, n_too_long=len(encoded) - len(fits))

    def _measured(self, layer: int, sets: PromptPoints) -> LayerState:
        measured = measure_prompts(sets, definition=self._spec.definition, work=Work(asked_to_stop=lambda: self._sitting.work.is_stopped))
        norm = np.linalg.norm(sets.table.astype(np.float64), axis=1)
        variance = spectrum(sets.table) ** 2
        return LayerState(
            layer=layer,
            delta_rel=measured.delta_rel,
            nulls=(),
            norm_median=float(np.median(norm)),
            norm_largest=float(norm.max()),
            radius_median=float(np.median(norm) / np.sqrt(sets.table.shape[1])),
            effective_dimension=float(variance.sum() ** 2 / max((variance**2).sum(), 1e-300)),
            top_share=float(variance[0] / max(variance.sum(), 1e-300)),
        )


def _check(spec: LayersSpec) -> None:
    if spec.definition not in DEFINITIONS:
        raise HypvizError(f"There is no definition {spec.definition!r} of delta; choose one of {', '.join(DEFINITIONS)}.")
    TEXTS.check(spec.limit)
    SEED.check(spec.seed)


def _shape(name: str, sets: PromptPoints) -> tuple[str, bytes]:
    """A null and which points the prompts share, which is all that a null without values keeps of a layer."""
    return name, b"".join(points.tobytes() for points in sets.points)


def _same_states(layers: Sequence[LayerState], sets: Sequence[PromptPoints]) -> bool:
    """Whether the states, read again, are those that `layers` were measured on."""
    for state, points in zip(layers, sets, strict=False):
        norm = np.linalg.norm(points.table.astype(np.float64), axis=1)
        same = np.allclose([np.median(norm), norm.max()], [state.norm_median, state.norm_largest], rtol=SAME_STATES, atol=0.0)
        if state.delta_rel.size != len(points.points) or not same:
            return False
    return True
