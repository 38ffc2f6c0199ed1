"""Records of answers made by hand: one answer, a column, an evaluation, and several seeds of right and wrong."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from hypviz.records import Provenance
from hypviz.records.answers import END_OF_TEXT, TOKEN_LIMIT, Answers, Decoding, Generation, Weights
from hypviz.records.evaluations import Evaluation, Outcome
from hypviz.records.numbers import exact
from hypviz.records.problems import Problem
from hypviz.records.seeds import Origin
from hypviz.scoring import outcomes, seed_places, tally


def generation(ids: list[int], pieces: tuple[str, ...]) -> Generation:
    """A record with these tokens."""
    return Generation(
        weights=Weights(base="b" * 64, adapter=None, method="base"),
        prompt="p",
        n_prompt_tokens=1,
        token_ids=np.array(ids, dtype=np.int64),
        pieces=pieces,
        log_probs=np.zeros(len(ids), dtype=np.float32),
        ended=END_OF_TEXT,
        seconds=0.1,
        measuring=0.1,
        decoding=Decoding(max_new_tokens=96),
        logit_difference=None,
        probe=None,
        prompt_probe=None,
        provenance=Provenance(model="m"),
    )


def problem(answer: float, question: str = "q") -> Problem:
    return Problem(question=question, solution=f"The answer is {answer:g}.", answer=exact(answer), skill="one-step", source="test")


def answers(found: Sequence[float | None], *, ended: Sequence[str] = (), texts: Sequence[str] = ()) -> Answers:
    """One column that says these numbers, or the texts; without `ended` a missing number means that the answer was cut."""
    return Answers(
        weights=Weights(base="b", adapter=None, method="base"),
        problems="p",
        texts=tuple(texts) or tuple("?" if value is None else f"{value}" for value in found),
        ended=tuple(ended) or tuple(TOKEN_LIMIT if value is None else END_OF_TEXT for value in found),
        n_tokens=np.ones(len(found), dtype=np.int64),
        seconds=1.0,
        decoding=Decoding(max_new_tokens=96),
        provenance=Provenance(model="m"),
    )


def evaluated(columns: dict[str, Answers], gold: Sequence[float]) -> Evaluation:
    """The record over problems with these references."""
    return sampled([columns], gold)


def sampled(samples: Sequence[dict[str, Answers]], gold: Sequence[float], asked: Sequence[Problem] = ()) -> Evaluation:
    """The record over problems with these references (or those of `asked`), each answered in every sample."""
    asked = list(asked) or [problem(value, f"q {i}") for i, value in enumerate(gold)]
    rounds = tuple(outcomes(asked, tuple(columns.values())) for columns in samples)
    found = tally(tuple(samples[0]), tuple(samples[0].values()), rounds, rounds[0][0].rule)
    return Evaluation(
        problems="set",
        n=len(asked),
        n_asked=len(asked),
        n_too_long=0,
        n_skipped=0,
        skipped=(),
        columns=found.columns,
        pairs=found.pairs,
        other_pairs=found.other_pairs,
        finished_pairs=found.finished_pairs,
        origins=(),
        over_seeds=(),
        outcomes=found.outcomes,
        rule=found.rule,
        majority=found.majority,
        decoding=Decoding(max_new_tokens=96),
        provenance=Provenance(model="m"),
        notice=None,
        samples=found.samples,
        agreeing=found.agreeing,
        rounds=rounds if len(rounds) > 1 else (),
        single_pairs=found.single_pairs,
        n_clusters=found.n_clusters,
    )


def origin(method: str, seed: int, experiment: str | None = "e") -> Origin:
    return Origin(
        column=f"{method} seed {seed}",
        method=method,
        run_id=None if experiment is None else f"run-{experiment}-{seed}",
        seed=seed,
        experiment=experiment,
        learned="p",
        seen=(),
        same_file=False,
    )


def table(right: dict[str, np.ndarray], base: Sequence[bool]) -> tuple[list[str], tuple[Outcome, ...], dict[str, dict[int, int]]]:
    """Columns base and method by seed from tables (seeds, problems) of right and wrong."""
    found = [origin(method, seed) for seed in range(len(next(iter(right.values())))) for method in right]
    names = ["base", *(o.column for o in found)]
    columns = [list(base), *(right[o.method][o.seed or 0] for o in found)]
    rows = outcomes(
        [problem(6.0, f"q {i}") for i in range(len(base))], [answers([6.0 if ok else 7.0 for ok in column]) for column in columns]
    )
    return names, rows, seed_places(found, names)
