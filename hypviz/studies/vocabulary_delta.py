"""The four-point delta of a sample of the vocabulary, certified, beside its nulls; and one prompt looked at closely.

The interval is told while it closes, then null by null; what a stop leaves is kept, and a closed interval is gone on from.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from importlib.metadata import version

import numpy as np

from hypviz.errors import HypvizError, Stopped
from hypviz.hyperbolicity import (
    EXACT,
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
    prompt_points,
)
from hypviz.records import Provenance, Record
from hypviz.records.hyperbolicity import NullDeltas, VocabularyDelta
from hypviz.records.models import Embeddings, ModelRef, TokenTable
from hypviz.store import Lookup, Store
from hypviz.studies.growing import load_or_grow

ALGORITHM = 3
SIZES = (200, 400, 1000, 2000)
VOCABULARY_NULLS = tuple(name for name in NULLS if name != "prompts")
MOST_MOVES = 400  # of the interval's ends that a record keeps
SECONDS_BETWEEN = 1.0  # two parts told while the interval stands still
Progress = Callable[[int, int, str], None]
OnPart = Callable[[VocabularyDelta], None]


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
    on_part: OnPart | None = None,
) -> Lookup[VocabularyDelta]:
    """The stored or computed record of `n_points` tokens drawn without replacement.

    `on_part(record)` is told of the interval while it closes and of every null that comes in. A stop hands back, and keeps, what there is:
    `is_whole` says so. The next call goes on from an interval that has closed, and searches anew otherwise. Raises `HypvizError`.
    """
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
    question = _Question(
        ref=ref,
        n_points=n_points,
        table=table,
        names=names,
        seed=seed,
        versions=versions,
        told=told,
        should_stop=should_stop,
        on_part=on_part,
    )
    return load_or_grow(
        Store(), "vocabulary_delta", spec, VocabularyDelta, lambda part: _measure(question, part), is_whole=lambda record: record.is_whole
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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Question:
    """What is measured, and who is told."""

    ref: ModelRef
    n_points: int
    table: str
    names: tuple[str, ...]
    seed: int
    versions: dict[str, str]
    told: Progress
    should_stop: Callable[[], bool] | None
    on_part: OnPart | None

    def show(self, record: VocabularyDelta) -> None:
        if self.on_part is not None:
            self.on_part(record)


@dataclass(kw_only=True)
class _Course:
    """The moves of the interval's ends; of very many, every second one is let go, again and again."""

    start: float = field(default_factory=time.monotonic)
    moves: list[tuple[float, float, float]] = field(default_factory=list)

    @property
    def seconds(self) -> float:
        """Since the search began."""
        return time.monotonic() - self.start

    def add(self, lower: float, upper: float) -> None:
        if len(self.moves) >= MOST_MOVES:
            self.moves = [*self.moves[:-1:2], self.moves[-1]]
        self.moves.append((self.seconds, lower, upper))

    def columns(self) -> dict[str, np.ndarray]:
        """By the record's names of fields, to this moment."""
        to_here = [*self.moves, *((self.seconds, lower, upper) for _, lower, upper in self.moves[-1:])]
        table = np.array(to_here, dtype=np.float64).reshape(-1, 3)
        return {name: table[:, place] for place, name in enumerate(("course_seconds", "course_lower", "course_upper"))}


def _measure(question: _Question, part: VocabularyDelta | None) -> VocabularyDelta:
    from hypviz.models import read_embeddings, read_token_table

    start, seed = time.monotonic(), question.seed
    values = read_embeddings(question.ref, output=question.table == "output").values
    tokens = read_token_table(question.ref)
    vocabulary = np.flatnonzero(tokens.has_token)
    chosen = np.sort(np.random.default_rng(seed).choice(vocabulary, size=min(question.n_points, len(vocabulary)), replace=False))
    chosen = chosen[np.sort(np.unique(values[chosen], axis=0, return_index=True)[1])]  # tokens that were never trained share one row
    sets = prompt_points([chosen.tolist()], values)
    D, spent = gram_distances(sets.table[None])[0], 0.0
    if part is not None and part.exact:
        record, spent = part, part.provenance.seconds or 0.0
        question.show(record)
    else:
        record = _search(question, chosen, D, tokens, dimension=values.shape[1])
    if record.exact:
        with contextlib.suppress(Stopped):
            for grown in _rest(question, record, D, sets):
                record = grown
                question.show(record)
    return replace(record, provenance=replace(record.provenance, seconds=spent + time.monotonic() - start))


def _rest(question: _Question, record: VocabularyDelta, D: np.ndarray, sets: PromptPoints) -> Iterator[VocabularyDelta]:
    """The record with the bases and the mean over quadruples, then with one null more, to the end; raises `Stopped`."""
    if record.average is None:
        question.told(0, 1 + len(question.names) * N_REPEATS, "δ at each base point")
        spread = base_spread(D, should_stop=question.should_stop)
        record = replace(record, base_deltas=spread, average=average_delta(D, seed=question.seed))
        yield record
    for place in range(len(record.nulls), len(question.names)):
        for drawn in _repeats(question, place, sets, record.begun):
            if len(drawn) < N_REPEATS:
                record = replace(record, begun=drawn)
            else:
                comparison = compare_with_chance(np.array([record.delta_rel]), drawn)
                null = NullDeltas(name=question.names[place], delta_rel=drawn, comparison=comparison)
                record = replace(record, nulls=(*record.nulls, null), begun=np.empty((0, 1)))
            yield record


def _search(question: _Question, chosen: np.ndarray, D: np.ndarray, tokens: TokenTable, *, dimension: int) -> VocabularyDelta:
    """The interval, closed or as far as it has come, and nothing else yet."""
    course, diameter, total = _Course(), float(D.max(initial=0.0)), 1 + len(question.names) * N_REPEATS
    shown = 0.0

    def record(found: FourPointDelta) -> VocabularyDelta:
        moves, seconds = course.columns(), course.seconds
        ids = chosen[list(found.points)] if found.points is not None else chosen[:0]
        return VocabularyDelta(
            table=question.table,
            n_points=len(D),
            n_vocabulary=int(tokens.has_token.sum()),
            n_without_token=tokens.n_without_token,
            dimension=dimension,
            lower=found.lower,
            upper=found.upper,
            exact=found.exact,
            how=found.how,
            diameter=diameter,
            witnesses=ids,
            witness_text=tuple(tokens.text[i] for i in ids.tolist()),
            base_deltas=np.empty(0),
            average=None,
            asked=question.names,
            nulls=(),
            begun=np.empty((0, 1)),
            provenance=Provenance(
                model=question.ref.label,
                revision=question.ref.revision or question.ref.fingerprint,
                seed=question.seed,
                versions=question.versions,
                seconds=seconds,
            ),
            **moves,
        )

    def interval(lower: float, upper: float) -> None:
        course.add(lower, upper)
        question.told(0, total, f"δ between {lower:.4g} and {upper:.4g}")
        show()

    def show() -> None:
        nonlocal shown
        shown = course.seconds
        if question.on_part is not None and course.moves:
            _, lower, upper = course.moves[-1]
            question.show(record(FourPointDelta(lower=lower, upper=upper, exact=False, points=None, diameter=diameter, how="search")))

    def should_stop() -> bool:
        if course.seconds - shown >= SECONDS_BETWEEN:
            show()
        return question.should_stop is not None and question.should_stop()

    found = four_point_delta(D, checked=True, on_interval=interval, should_stop=should_stop)
    course.add(found.lower, found.upper)
    closed = record(found)
    question.show(closed)
    return closed


def _repeats(question: _Question, place: int, sets: PromptPoints, known: np.ndarray) -> Iterator[np.ndarray]:
    """All repeats so far of one null, after each; every one is a search of its own. Raises `Stopped`."""
    name, total = question.names[place], 1 + len(question.names) * N_REPEATS
    for n in range(len(known) + 1, N_REPEATS + 1):
        known = null_deltas(sets, name, seed=question.seed, n_repeats=n, definition=EXACT, known=known, should_stop=question.should_stop)
        question.told(1 + place * N_REPEATS + n, total, NULLS[name])
        yield known


def _nobody(done: int, total: int, text: str) -> None:
    """The progress of a caller that asked for none."""
