"""Measure how tree-like prompts are in a model's input embeddings, beside chance and a tree.

The measured values come first, then null by null; what a stop leaves is kept and gone on from.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from hypviz.errors import HypvizError, Stopped
from hypviz.hyperbolicity import (
    CONTROLS,
    DEFINITIONS,
    GAUSSIAN,
    METRICS,
    N_PROMPTS,
    N_REPEATS,
    NULLS,
    ONE_BASE,
    PromptPoints,
    compare_with_chance,
    control_deltas,
    draw_prompts,
    measure_prompts,
    null_deltas,
    null_label,
    nulls_of,
    prompt_points,
    tree_control,
)
from hypviz.hyperbolicity.nulls import OF_PROMPTS
from hypviz.models import encode_prompts, read_embeddings, read_token_table
from hypviz.records.hyperbolicity import ControlDeltas, Hyperbolicity, NullDeltas, PromptDeltas
from hypviz.records.limits import SEED, TEXTS
from hypviz.records.models import ModelRef, TokenTable
from hypviz.records.specs.hyperbolicity import DeltaSpec
from hypviz.records.texts import Corpus
from hypviz.studies.frame import Sitting, Study
from hypviz.work import Work

TABLES = ("input", "output")


def prompt_spec(
    model: ModelRef,
    corpus: Corpus,
    *,
    limit: int | None = None,
    definition: str = ONE_BASE,
    metric: str = METRICS[0],
    table: str = TABLES[0],
    nulls: Sequence[str] = (GAUSSIAN,),
    seed: int = 0,
) -> DeltaSpec:
    """The question, with all controls and with the Gaussian null first, which is always measured; `nulls` names the others too."""
    asked = [name for name in nulls_of(OF_PROMPTS) if name in nulls and name != GAUSSIAN]
    return DeltaSpec(
        model=model,
        corpus=corpus,
        limit=limit,
        definition=definition,
        metric=metric,
        table=table,
        nulls=(GAUSSIAN, *asked),
        controls=tuple(CONTROLS),
        seed=seed,
    )


def estimated_seconds(spec: DeltaSpec, *, dimension: int) -> float:
    """A rough guess before anything is encoded: a token for every four characters, and the distances of each set."""
    slower = 1.0 if spec.definition == ONE_BASE else 4.0
    each = [7e-5 + (2e-10 * dimension + slower * 1e-8) * (len(text) / 4) ** 2 for text in spec.texts]
    return 3 + sum(each) * (1 + len(spec.nulls) * N_REPEATS * min(1.0, N_PROMPTS / max(len(each), 1)))


def _measure(spec: DeltaSpec, sitting: Sitting[Hyperbolicity]) -> Hyperbolicity:
    """From what a stop left, or from the beginning: the measured values, then null by null, until a stop."""
    _check(spec)
    if sitting.part is not None:
        sitting.work.hand_out(sitting.part)
    encoded = encode_prompts(spec.model, spec.texts)
    sets = prompt_points(encoded, read_embeddings(spec.model, output=spec.table == "output").values)
    growing = _Growing(spec, sitting, sets)
    growing.begin(encoded)
    growing.go_on()
    return growing.record


def _check(spec: DeltaSpec) -> None:
    for value, known, what in (
        (spec.definition, DEFINITIONS, "definition of delta"),
        (spec.metric, METRICS, "metric"),
        (spec.table, TABLES, "table"),
    ):
        if value not in known:
            raise HypvizError(f"There is no {what} {value!r}; choose one of {', '.join(known)}.")
    if spec.limit is not None:
        TEXTS.check(spec.limit)
    SEED.check(spec.seed)


class _Growing:
    """A record on its way: the measured values, then one null after the other."""

    record: Hyperbolicity

    def __init__(self, spec: DeltaSpec, sitting: Sitting[Hyperbolicity], sets: PromptPoints) -> None:
        self._spec, self._sitting, self._sets = spec, sitting, sets
        self._compared = draw_prompts(sets, N_PROMPTS, seed=spec.seed)
        own, repeats = len(sets.points), self._compared.size * N_REPEATS
        total = own + repeats * len(spec.nulls)
        self._own_share, self._null_share = own / total, repeats / total
        self._spent = sitting.part.provenance.seconds or 0.0 if sitting.part is not None else 0.0

    def begin(self, encoded: Sequence[Sequence[int]]) -> None:
        """With what a stop left, or with the measured values; raises `Stopped`."""
        work = self._sitting.work.part(self._own_share, "measuring prompts")
        if self._sitting.part is not None:
            self.record = self._sitting.part
        else:
            base = _base(encoded, read_token_table(self._spec.model))
            self.record = _measured(self._spec, self._sets, self._compared, base, self._sitting, work)
        self._keep(self.record)

    def go_on(self) -> None:
        """Null by null to the end, or to a stop."""
        for place, name in enumerate(self.record.asked):
            work = self._sitting.work.part(self._null_share, f"measuring chance: {null_label(name)}")
            if place < self.record.n_nulls:
                continue
            try:
                found = self._null(name, work)
            except Stopped:
                return
            self._keep(_with_null(self.record, found))

    def _null(self, name: str, work: Work) -> NullDeltas:
        """One null, from the repeats that a stop left on."""
        found = null_deltas(
            self._sets,
            name,
            seed=self._spec.seed,
            rows=self._compared,
            definition=self._spec.definition,
            metric=self._spec.metric,
            known=self.record.begun,
            on_repeat=self._begun,
            work=work,
        )
        return NullDeltas(name=name, delta_rel=found, comparison=compare_with_chance(self.record.deltas.delta_rel[self._compared], found))

    def _begun(self, repeats: np.ndarray) -> None:
        if len(repeats) < N_REPEATS:
            self._keep(replace(self.record, begun=repeats))

    def _keep(self, record: Hyperbolicity) -> None:
        """Make it the record of this moment, and show it."""
        provenance = self._sitting.provenance(self._spec.model, seed=self._spec.seed, spent=self._spent)
        self.record = replace(record, provenance=provenance)
        self._sitting.work.hand_out(self.record)


def _with_null(record: Hyperbolicity, null: NullDeltas) -> Hyperbolicity:
    """The record with one null more."""
    record = replace(record, begun=record.begun[:0])
    if null.name != GAUSSIAN:
        return replace(record, others=(*record.others, null))
    deltas = replace(record.deltas, null_delta_rel=null.delta_rel)
    return replace(record, deltas=deltas, comparison=null.comparison, null_mean=null.mean, null_std=null.std)


def _measured(
    spec: DeltaSpec, sets: PromptPoints, compared: np.ndarray, base: str, sitting: Sitting[Hyperbolicity], work: Work
) -> Hyperbolicity:
    """The prompts' own values, trees and controls, without nulls; raises `Stopped`."""
    deltas = _deltas(spec, sets, compared, work)
    return Hyperbolicity(
        corpus=spec.corpus.name,
        definition=spec.definition,
        metric=spec.metric,
        table=spec.table,
        dimension=int(sets.table.shape[1]),
        base=base,
        n_prompts=len(sets.points),
        n_too_short=sets.n_too_short,
        n_too_long=sets.n_too_long,
        n_skipped=spec.corpus.n_skipped,
        delta_rel_mean=float(deltas.delta_rel.mean()),
        delta_rel_std=float(deltas.delta_rel.std()),
        null_mean=None,
        null_std=None,
        tree_max=float(deltas.tree_delta_rel.max()),
        deltas=deltas,
        comparison=None,
        asked=spec.nulls,
        others=(),
        begun=np.empty((0, compared.size)),
        controls=tuple(
            ControlDeltas(name=name, delta_rel=control_deltas(sets.n_points, name, seed=spec.seed, definition=spec.definition))
            for name in spec.controls
        ),
        provenance=sitting.provenance(spec.model, seed=spec.seed),
    )


def _deltas(spec: DeltaSpec, sets: PromptPoints, compared: np.ndarray, work: Work) -> PromptDeltas:
    measured = measure_prompts(sets, definition=spec.definition, metric=spec.metric, work=work)
    return PromptDeltas(
        prompt=sets.prompt,
        n_tokens=sets.n_tokens,
        n_points=sets.n_points,
        delta=measured.delta,
        diameter=measured.diameter,
        delta_rel=measured.delta_rel,
        tree_delta_rel=tree_control(sets.n_points, seed=spec.seed),
        compared=compared,
        null_delta_rel=np.empty((0, compared.size)),
    )


def _base(encoded: Sequence[Sequence[int]], table: TokenTable) -> str:
    """The base point in words: a special first token that all prompts share, or each prompt's own first token."""
    first = {row[0] for row in encoded if row}
    only = next(iter(first)) if len(first) == 1 else None
    if only is not None and table.is_special[only]:
        return f"the special first token {table.text[only]}"
    return "the first token of each prompt (this tokenizer adds no special one)"


def _libraries(spec: DeltaSpec) -> tuple[str, ...]:
    entries = (*(NULLS.require(name) for name in spec.nulls), *(CONTROLS.require(name) for name in spec.controls))
    others = {library for entry in entries for library in entry.libraries}
    return tuple(sorted({"numpy", "numba", "scipy", "transformers"} | others))


PROMPTS: Study[DeltaSpec, Hyperbolicity] = Study(
    kind="hyperbolicity",
    record=Hyperbolicity,
    algorithm=5,
    measure=_measure,
    libraries=_libraries,
    is_whole=lambda record: record.is_whole,
)
