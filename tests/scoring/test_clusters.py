"""Problems that belong together: which they are, and that tests, intervals, power and features count by group."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from hypviz.records.evaluations import BETTER, TOO_SMALL, Evaluation
from hypviz.records.problems import Problem
from hypviz.scoring import over_seeds
from hypviz.scoring.clusters import clusters
from hypviz.scoring.features import features
from hypviz.statistics.clusters import clustered_difference, clustered_share
from hypviz.words.clusters import on_the_clusters
from hypviz.words.counting import about_pair
from hypviz.words.features import features_sentence
from hypviz.words.power import power_sentence
from hypviz.words.verdict import pair_sentence
from tests.scoring.records import answers, problem, sampled, table


def rephrased(i: int, j: int) -> Problem:
    return dataclasses.replace(problem(6.0, f"Rephrasing {j} of {i}, {'very ' * (i % 7)}long?"), group=f"Problem {i}?")


def grouped(right: dict[str, np.ndarray], n_samples: int = 1) -> Evaluation:
    """Columns from tables (groups, rephrasings) of right and wrong."""
    n, m = next(iter(right.values())).shape
    columns = {name: answers([6.0 if ok else 10.0 + i for i, ok in enumerate(cells.ravel())]) for name, cells in right.items()}
    return sampled([columns] * n_samples, [], [rephrased(i, j) for i in range(n) for j in range(m)])


def test_a_group_is_named_by_the_source_or_is_one_question_written_twice() -> None:
    assert clusters([problem(1.0, "How many?"), problem(2.0, "How much?")]) is None
    same = [problem(1.0, "How many?"), problem(1.0, "how  many ?"), dataclasses.replace(problem(3.0, "Count."), group="How many?")]
    found = clusters([*same, problem(2.0, "How much?")])
    assert found is not None and found.tolist() == [0, 0, 0, 1]


def test_pairs_and_columns_count_by_group() -> None:
    dice = np.random.default_rng(5)
    a, b = (np.repeat(dice.random((40, 1)) < s, 3, axis=1) for s in (0.3, 0.55))
    found = grouped({"base": a, "lora": b})
    (pair,) = found.pairs
    sizes = np.full(40, 3)
    whole = clustered_difference((b.astype(int) - a).sum(axis=1), sizes)
    assert (
        found.n_clusters == pair.n_clusters == 40 and (pair.p, pair.error) == (whole.p, whole.error) and pair.difference == whole.interval()
    )
    assert found.columns[0].accuracy == clustered_share(a.sum(axis=1), sizes)
    once = grouped({"base": a[:, :1], "lora": b[:, :1]}).pairs[0]
    assert once.n_clusters is None and abs(pair.p - once.p) < 0.1  # three copies say no more than one
    assert "n = 120 in 40 groups" in pair_sentence(pair) and "come in 40 groups" in on_the_clusters(found)[0]
    assert found.outcomes and on_the_clusters(dataclasses.replace(found, n_clusters=None)) == ()


def test_power_speaks_of_groups() -> None:
    dice = np.random.default_rng(0)
    right = {"base": np.repeat(dice.random((30, 1)) < 0.4, 4, axis=1), "lora": np.repeat(dice.random((30, 1)) < 0.5, 4, axis=1)}
    pair = grouped(right).pairs[0]
    said = power_sentence(pair) or ""
    assert pair.verdict == TOO_SMALL and "30 groups of problems (n = 120)" in said and "groups." in said and "McNemar" not in said
    assert "None was seen" in (power_sentence(dataclasses.replace(pair, difference=dataclasses.replace(pair.difference, value=0.0))) or "")
    assert "no difference reliably" in (power_sentence(dataclasses.replace(pair, error=0.9)) or "")


def test_features_are_of_groups_where_problems_belong_together() -> None:
    a = np.repeat((np.arange(42) % 7 < 3)[:, None], 2, axis=1)
    found = grouped({"base": a, "lora": ~a})
    told = features(found.outcomes, 0, 1)
    assert (told.n_groups, told.only_a, told.only_b) == (42, 18, 24)
    assert "42 problem groups differ" in features_sentence(told, "base", "lora") and about_pair(found, found.pairs[0])
    assert next(each for each in told.found if each.name == "words of the question").explains


def test_seeds_are_crossed_with_groups_and_copies_of_a_problem_change_little() -> None:
    dice = np.random.default_rng(4)
    right = {method: dice.random((3, 60)) < s for method, s in (("lora", 0.2), ("hyplora", 0.9))}
    names, rows, places = table(right, [False] * 60)
    once = over_seeds(places, names, rows, [False] * len(names))
    names, rows, places = table({method: np.repeat(cells, 4, axis=1) for method, cells in right.items()}, [False] * 240)
    many = [dataclasses.replace(row, problem=rephrased(i // 4, i % 4)) for i, row in enumerate(rows)]
    copied = over_seeds(places, names, many, [False] * len(names))
    naive = over_seeds(places, names, rows, [False] * len(names))
    for one, four, wrong in zip(once, copied, naive, strict=True):
        assert four.n == 240 and four.difference.value == pytest.approx(one.difference.value)
        assert four.problems_half == pytest.approx(one.problems_half, rel=1e-9) and wrong.problems_half < 0.8 * four.problems_half
    assert copied[-1].verdict == BETTER and over_seeds(places, names, [rows[0]] * 2, [False] * 7) == ()
