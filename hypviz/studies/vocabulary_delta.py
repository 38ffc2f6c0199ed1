"""The four-point delta of a sample of the vocabulary, certified, beside its nulls; and one prompt looked at closely.

The interval is told while it closes, then null by null; what a stop leaves is kept, and a closed interval is gone on from.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from jaxtyping import Float64, Int64

from hypviz.errors import HypvizError, Stopped
from hypviz.hyperbolicity import (
    ALL_BASES,
    FEWEST_POINTS,
    MOST_POINTS,
    N_REPEATS,
    NULLS,
    FourPointDelta,
    PromptPoints,
    average_delta,
    base_spread,
    compare_with_chance,
    four_point_delta,
    gram_distances,
    null_deltas,
    null_label,
    nulls_of,
    prompt_points,
)
from hypviz.hyperbolicity.nulls import OF_VOCABULARY
from hypviz.models import read_embeddings, read_token_table
from hypviz.models.live.memory import available_memory
from hypviz.records import Record
from hypviz.records.hyperbolicity import NullDeltas, VocabularyDelta
from hypviz.records.models import Embeddings, ModelRef, TokenTable
from hypviz.records.rows import Rows
from hypviz.records.specs.hyperbolicity import VocabularySpec
from hypviz.studies.frame import Sitting, Study
from hypviz.studies.untrained import TakingPart, taking_part
from hypviz.work import Deadline, Work

SIZES = (200, 400, 1000, 2000)
MOST_MOVES = 400  # of the interval's ends that a record keeps
SECONDS_BETWEEN = 1.0  # two parts told while the interval stands still


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptAnatomy(Record):
    """One prompt: its distinct token ids, the four-point delta with the ids (a, b, c, d) that attain it, and delta at every base."""

    ids: Int64[np.ndarray, " n"]
    lower: float
    upper: float
    diameter: float
    witnesses: Int64[np.ndarray, " 4"]
    sums: Float64[np.ndarray, " 3"]
    base_deltas: Float64[np.ndarray, " n"]


def vocabulary_spec(
    model: ModelRef,
    *,
    n_points: int = 400,
    table: str = "input",
    nulls: Sequence[str] | None = None,
    seed: int = 0,
    untrained: bool = False,
) -> VocabularySpec:
    """The question, beside those of `nulls` (None: all) that keep no company of tokens."""
    asked = tuple(name for name in nulls_of(OF_VOCABULARY) if nulls is None or name in nulls)
    return VocabularySpec(model=model, n_points=n_points, table=table, nulls=asked, seed=seed, untrained=untrained)


def look_at_prompt(embeddings: Embeddings, ids: Sequence[int]) -> PromptAnatomy:
    """The four-point delta of one prompt's distinct tokens, and how it depends on the base."""
    distinct = np.array(list(dict.fromkeys(int(i) for i in ids)), dtype=np.int64)
    if distinct.size < FEWEST_POINTS:
        raise HypvizError(f"This prompt has {distinct.size} distinct tokens, and a delta needs at least {FEWEST_POINTS}.")
    D = gram_distances(embeddings.values[distinct][None], room=available_memory())[0]
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


def estimated_seconds(spec: VocabularySpec, *, dimension: int) -> float:
    """A rough guess: every repeat of a null is a search of its own."""
    each = spec.n_points**4 / 8.0 * 8e-12 + 3e-9 * spec.n_points**2 * dimension / 10 + 0.02
    return 3 + each * (1 + N_REPEATS * len(spec.nulls))


@dataclass(kw_only=True)
class Course:
    """The moves of the interval's ends; of very many, every second one is let go, again and again."""

    clock: Deadline = field(default_factory=Deadline)
    moves: list[tuple[float, float, float]] = field(default_factory=list)

    @property
    def seconds(self) -> float:
        """Since the search began."""
        return self.clock.spent

    def add(self, lower: float, upper: float) -> None:
        """One move, at this moment."""
        if len(self.moves) >= MOST_MOVES:
            self.moves = [*self.moves[:-1:2], self.moves[-1]]
        self.moves.append((self.seconds, lower, upper))

    def columns(self) -> dict[str, Float64[np.ndarray, " moves"]]:
        """By the record's names of fields, to this moment."""
        to_here = [*self.moves, *((self.seconds, lower, upper) for _, lower, upper in self.moves[-1:])]
        table = np.array(to_here, dtype=np.float64).reshape(-1, 3)
        return {name: table[:, place] for place, name in enumerate(("course_seconds", "course_lower", "course_upper"))}


def _measure(spec: VocabularySpec, sitting: Sitting[VocabularyDelta]) -> VocabularyDelta:
    """From a closed interval that a stop left, or from the search: the interval, the bases, then null by null, until a stop."""
    _check(spec)
    values = read_embeddings(spec.model, output=spec.table == "output").values
    tokens = read_token_table(spec.model)
    part = taking_part(spec.model, (spec.table,), untrained=spec.untrained, store=sitting.store)
    chosen = _drawn(spec, values, part)
    sets = prompt_points([chosen.tolist()], values)
    D = gram_distances(sets.table[None], room=available_memory())[0]
    growing = _Growing(spec, sitting, sets, D, part)
    if sitting.part is not None and sitting.part.exact:
        growing.go_on_from(sitting.part)
    else:
        growing.search(chosen, tokens, dimension=values.shape[1])
    if growing.record.exact:
        with contextlib.suppress(Stopped):
            growing.rest()
    return growing.timed()


def _check(spec: VocabularySpec) -> None:
    if spec.n_points < FEWEST_POINTS:
        raise HypvizError(f"A delta needs at least {FEWEST_POINTS} points, but {spec.n_points} were asked for; choose more.")
    if spec.n_points > MOST_POINTS:
        raise HypvizError(f"A sample has at most {MOST_POINTS:,} points, but {spec.n_points:,} were asked for; choose fewer.")


def _drawn(spec: VocabularySpec, values: Rows, part: TakingPart) -> Int64[np.ndarray, " n"]:
    """Distinct token ids, in order; tokens that share one row are one point."""
    vocabulary = np.flatnonzero(part.rows)
    some = np.random.default_rng(spec.seed).choice(vocabulary, size=min(spec.n_points, len(vocabulary)), replace=False)
    chosen = np.sort(some)
    return chosen[np.sort(np.unique(values[chosen], axis=0, return_index=True)[1])]


class _Growing:
    """A record on its way: the interval, the bases and the mean over quadruples, then one null after the other."""

    record: VocabularyDelta

    def __init__(
        self,
        spec: VocabularySpec,
        sitting: Sitting[VocabularyDelta],
        sets: PromptPoints,
        D: Float64[np.ndarray, "n n"],
        part: TakingPart,
    ) -> None:
        self._spec, self._sitting, self._sets, self._D, self._part = spec, sitting, sets, D, part
        self._spent, self._step = 0.0, 1.0 / (1 + len(spec.nulls) * N_REPEATS)

    def go_on_from(self, part: VocabularyDelta) -> None:
        """With an interval that an earlier sitting closed."""
        self._spent = part.provenance.seconds or 0.0
        self._sitting.work.part(self._step)
        self.record = part
        self._sitting.work.hand_out(part)

    def timed(self) -> VocabularyDelta:
        """The record with the seconds of all sittings."""
        return replace(self.record, provenance=self._sitting.provenance(self._spec.model, seed=self._spec.seed, spent=self._spent))

    def search(self, chosen: Int64[np.ndarray, " n"], tokens: TokenTable, *, dimension: int) -> None:
        """The interval, closed or as far as it has come, and nothing else yet."""
        course = Course()
        search = _Search(self._empty(chosen, tokens, dimension), course, chosen, tokens, self._sitting)
        found = four_point_delta(self._D, checked=True, on_interval=search.moved, work=search.watching(self._sitting.work.part(self._step)))
        course.add(found.lower, found.upper)
        self._keep(search.record(found))

    def rest(self) -> None:
        """The bases and the mean over quadruples, then one null more, to the end; raises `Stopped`."""
        work = self._sitting.work
        if self.record.average is None:
            work.report(0.0, 1.0, "δ at each base point")
            spread = base_spread(self._D, work=work)
            self._keep(replace(self.record, base_deltas=spread, average=average_delta(self._D, seed=self._spec.seed)))
        for place, name in enumerate(self._spec.nulls):
            part = work.part(N_REPEATS * self._step, null_label(name))
            if place >= len(self.record.nulls):
                self._null(name, part)

    def _null(self, name: str, work: Work) -> None:
        """One null, from the repeats that a stop left on; every repeat is a search of its own."""
        drawn = null_deltas(
            self._sets,
            name,
            seed=self._spec.seed,
            definition=ALL_BASES,
            known=self.record.begun,
            on_repeat=self._begun,
            work=work,
        )
        null = NullDeltas(name=name, delta_rel=drawn, comparison=compare_with_chance(np.array([self.record.delta_rel]), drawn))
        self._keep(replace(self.record, nulls=(*self.record.nulls, null), begun=np.empty((0, 1))))

    def _begun(self, repeats: np.ndarray) -> None:
        if len(repeats) < N_REPEATS:
            self._keep(replace(self.record, begun=repeats))

    def _keep(self, record: VocabularyDelta) -> None:
        self.record = record
        self._sitting.work.hand_out(record)

    def _empty(self, chosen: Int64[np.ndarray, " n"], tokens: TokenTable, dimension: int) -> VocabularyDelta:
        """The record before anything is known."""
        return VocabularyDelta(
            table=self._spec.table,
            n_points=len(self._D),
            n_vocabulary=int(self._part.rows.sum()),
            n_without_token=tokens.n_without_token,
            n_untrained=self._part.n_untrained,
            dimension=dimension,
            lower=0.0,
            upper=float("inf"),
            exact=False,
            how="search",
            diameter=float(self._D.max(initial=0.0)),
            witnesses=chosen[:0],
            witness_text=(),
            base_deltas=np.empty(0),
            average=None,
            course_seconds=np.empty(0),
            course_lower=np.empty(0),
            course_upper=np.empty(0),
            asked=self._spec.nulls,
            nulls=(),
            begun=np.empty((0, 1)),
            provenance=self._sitting.provenance(self._spec.model, seed=self._spec.seed),
        )


class _Search:
    """The record while the interval closes, shown at every move, and every second while it stands still."""

    def __init__(
        self,
        empty: VocabularyDelta,
        course: Course,
        chosen: Int64[np.ndarray, " n"],
        tokens: TokenTable,
        sitting: Sitting[VocabularyDelta],
    ) -> None:
        self._empty, self._course, self._chosen, self._tokens, self._sitting = empty, course, chosen, tokens, sitting
        self._shown = 0.0

    def record(self, found: FourPointDelta) -> VocabularyDelta:
        """What is known with an interval."""
        ids = self._chosen[list(found.points)] if found.points is not None else self._chosen[:0]
        return replace(
            self._empty,
            lower=found.lower,
            upper=found.upper,
            exact=found.exact,
            how=found.how,
            witnesses=ids,
            witness_text=tuple(self._tokens.text[i] for i in ids.tolist()),
            provenance=replace(self._empty.provenance, seconds=self._course.seconds),
            **self._course.columns(),
        )

    def moved(self, lower: float, upper: float) -> None:
        """One of the ends moved."""
        self._course.add(lower, upper)
        self._sitting.work.report(0.0, 1.0, f"δ between {lower:.4g} and {upper:.4g}")
        self._show()

    def watching(self, work: Work) -> Work:
        """`work`, which shows the record at a look once a second has passed."""

        def asked_to_stop() -> bool:
            if self._course.seconds - self._shown >= SECONDS_BETWEEN:
                self._show()
            return work.is_stopped

        return Work(asked_to_stop=asked_to_stop)

    def _show(self) -> None:
        self._shown = self._course.seconds
        if self._course.moves:
            _, lower, upper = self._course.moves[-1]
            so_far = FourPointDelta(lower=lower, upper=upper, exact=False, points=None, diameter=self._empty.diameter, how="search")
            self._sitting.work.hand_out(self.record(so_far))


def _libraries(spec: VocabularySpec) -> tuple[str, ...]:
    others = {library for name in spec.nulls for library in NULLS.require(name).libraries}
    return tuple(sorted({"numpy", "numba", "scipy"} | others))


VOCABULARY: Study[VocabularySpec, VocabularyDelta] = Study(
    kind="vocabulary_delta",
    record=VocabularyDelta,
    algorithm=3,
    measure=_measure,
    libraries=_libraries,
    is_whole=lambda record: record.is_whole,
)
