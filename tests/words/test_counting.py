"""What is said of evaluations of every size: 1, 2 and 5 columns, n = 1, all right, ties, samples, groups; on every way out."""

from __future__ import annotations

import dataclasses
from html import escape
from itertools import combinations

import pytest

from hypviz.cli.evaluate_report import payload, text
from hypviz.records.evaluations import Evaluation
from hypviz.scoring.groups import groups
from hypviz.statistics import mcnemar_exact
from hypviz.studies.exchange import report_of
from hypviz.words.counting import about_all, about_counts, about_pair
from hypviz.words.verdict import adjustment, pair_sentence
from tests.scoring.records import answers, problem, sampled

NAMES = ("base", "lora", "hyplora", "dora", "scaled-lora")
RIGHT = {"all": lambda k, i: True, "none": lambda k, i: False, "ties": lambda k, i: (i + k) % 2 == 0, "some": lambda k, i: i % 7 <= k}


def made(n_columns: int, n: int, how: str, n_samples: int = 1, group: int = 1) -> Evaluation:
    asked = [dataclasses.replace(problem(float(i), f"Add {i} to {i * i}."), group=f"g{i // group}") for i in range(n)]
    columns = {
        name: answers([float(i) if RIGHT[how](k, i) else i + 0.5 for i in range(n)], texts=()) for k, name in enumerate(NAMES[:n_columns])
    }
    return sampled([columns] * n_samples, [], asked)


@pytest.mark.parametrize("how", list(RIGHT))
@pytest.mark.parametrize("n", [1, 21])
@pytest.mark.parametrize("n_columns", [1, 2, 5])
def test_every_size_is_said_alike_in_the_shell_and_in_the_report(n_columns: int, n: int, how: str) -> None:
    found = made(n_columns, n, how)
    page, shell, told = report_of(found), text(found), payload("m", found)
    pairs = list(combinations(NAMES[:n_columns], 2))
    assert [(pair.a, pair.b) for pair in found.pairs] == pairs and len(told["pairs"]) == len(pairs)
    n_right = [sum(RIGHT[how](k, i) for i in range(n)) for k in range(n_columns)]
    assert [score.correct for score in found.columns] == n_right and all(f"{right:,} of {n:,}" in page for right in n_right)
    for (a, b), pair in zip(combinations(range(n_columns), 2), found.pairs, strict=True):
        only = [sum(RIGHT[how](x, i) and not RIGHT[how](y, i) for i in range(n)) for x, y in ((a, b), (b, a))]
        assert [pair.only_a, pair.only_b] == only and pair.p == mcnemar_exact(*only)
        assert pair_sentence(pair) in shell and escape(pair_sentence(pair)) in page
        assert all(sentence.endswith(".") for sentence in about_pair(found, pair))
    together = adjustment(len(pairs))
    assert together is None or (together in shell and escape(together) in page)


def test_holm_and_the_groups_of_five_columns_are_those_of_brute_force() -> None:
    found = made(5, 49, "some")
    steps = sorted(found.pairs, key=lambda pair: pair.p)
    for k, pair in enumerate(steps):
        assert pair.adjusted_p == pytest.approx(max(min(1.0, (10 - j) * steps[j].p) for j in range(k + 1)))
    apart = {frozenset((pair.a, pair.b)) for pair in found.pairs if pair.adjusted_p < 0.05}
    alike = [
        set(some)
        for size in range(2, 6)
        for some in combinations(NAMES, size)
        if not any(frozenset(two) in apart for two in combinations(some, 2))
    ]
    largest = [one for one in alike if not any(one < other for other in alike)]
    told = groups(found.columns, found.pairs)
    assert told is not None and sorted(map(sorted, told.together)) == sorted(map(sorted, largest)) and apart and largest
    assert any("cannot be told apart" in sentence for sentence in about_all(found))


def test_samples_and_groups_are_said_on_every_way_out() -> None:
    found = made(3, 20, "some", n_samples=2, group=2)
    page, shell, told = report_of(found, {row.question: "PROMPT <x>" for row in found.outcomes}), text(found), payload("m", found)
    said = about_counts(found)
    assert any("come in 10 groups" in one for one in said) and "come in 10 groups" in shell and "come in 10 groups" in page
    assert "Single samples right" in page and "All 2 samples" in page and "PROMPT &lt;x&gt;" in page
    assert (told["samples"], told["n_clusters"], told["columns"][0]["singles"]) == (2, 10, found.columns[0].accuracy.value)
    assert [pair["sentence"] for pair in told["single_pairs"]] == [one for one in said if one.startswith("Over single samples")]
    assert told["pairs"][0]["mcnemar_p"] is None and told["pairs"][0]["n_clusters"] == 10
