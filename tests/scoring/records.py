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
from hypviz.scoring import finished_pairs, majority, other_pairs, outcomes, pair_counts, score_columns, seed_places


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
        answer=None,
        careful=None,
        seconds=0.1,
        decoding=Decoding(max_new_tokens=96),
        logit_difference=None,
        probe=None,
        prompt_probe=None,
        provenance=Provenance(model="m"),
    )


def problem(answer: float) -> Problem:
    return Problem(question="q", solution=f"The answer is {answer:g}.", answer=exact(answer), skill="one-step", source="test")


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
    asked = [problem(value) for value in gold]
    names, rows = tuple(columns), outcomes(asked, tuple(columns.values()))
    return Evaluation(
        problems="set",
        n=len(rows),
        n_asked=len(rows),
        n_too_long=0,
        n_skipped=0,
        skipped=(),
        columns=score_columns(names, tuple(columns.values()), rows),
        pairs=pair_counts(names, rows),
        other_pairs=other_pairs(names, rows),
        finished_pairs=finished_pairs(names, rows),
        origins=(),
        over_seeds=(),
        outcomes=rows,
        rule=rows[0].rule,
        majority=majority(asked),
        decoding=Decoding(max_new_tokens=96),
        provenance=Provenance(model="m"),
        notice=None,
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
    rows = outcomes([problem(6.0)] * len(base), [answers([6.0 if ok else 7.0 for ok in column]) for column in columns])
    return names, rows, seed_places(found, names)
