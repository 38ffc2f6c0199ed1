"""The charts of an evaluation say what their record says."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from hypviz.plots.evaluation import accuracy_chart, answer_chart, outcome_chart, outcome_counts
from hypviz.plots.style import text_on
from hypviz.records.answers import END_OF_TEXT, TOKEN_LIMIT
from hypviz.records.evaluations import Evaluation
from hypviz.scoring import over_seeds
from tests.scoring.records import answers, evaluated, table

TITLES = {"base": "Base", "lora": "LoRA", "hyplora": "HypLoRA"}


def evaluation(base: int, lora: int, hyplora: int, n: int) -> Evaluation:
    """The first so many problems right, a wrong number on the next two, unfinished on the third, no number on the others."""
    ended = [END_OF_TEXT] * n
    columns = []
    for k in (base, lora, hyplora):
        found: list[float | None] = [6.0] * k + [7.0] * min(2, n - k) + [None] * max(0, n - k - 2)
        cut = [TOKEN_LIMIT if i == k + 2 else end for i, end in enumerate(ended)]
        columns.append(answers(found, ended=cut))
    return evaluated(dict(zip(TITLES, columns, strict=True)), [6.0] * n)


def test_accuracies_with_their_intervals_and_the_constant_answer() -> None:
    record = evaluation(10, 20, 40, 100)
    chart = accuracy_chart(record, TITLES)
    assert chart.title == "Right answers on 100 problems: Base 10 %, LoRA 20 %, HypLoRA 40 %"
    drawn = {trace.y[0]: trace for trace in chart.figure.data}
    for score in record.columns:
        trace = drawn[TITLES[score.name]]
        assert trace.x[0] == score.accuracy.value
        assert trace.x[0] + trace.error_x.array[0] == pytest.approx(score.accuracy.high)
        assert trace.x[0] - trace.error_x.arrayminus[0] == pytest.approx(score.accuracy.low)
    assert chart.figure.layout.shapes[0].x0 == record.majority.accuracy == 1.0
    assert list(chart.data["correct"]) == [10, 20, 40] and "always answering 6: 100.0 %" in chart.alt


@pytest.mark.parametrize(
    ("lora", "hyplora", "n", "title"),
    [
        (20, 40, 100, "HypLoRA is right more often than LoRA"),
        (40, 20, 100, "LoRA is right more often than HypLoRA"),
        (10, 12, 30, "LoRA and HypLoRA: n is too small to tell"),
        (300, 302, 400, "LoRA and HypLoRA are alike on such problems"),
    ],
)
def test_the_title_of_a_pair_is_its_verdict(lora: int, hyplora: int, n: int, title: str) -> None:
    pair = evaluation(0, lora, hyplora, n).pairs[-1]
    chart = outcome_chart(pair, TITLES)
    assert chart.title == title
    counts = outcome_counts(pair, TITLES)
    assert list(counts) == ["both right", "only LoRA", "only HypLoRA", "both wrong", "no answer in either", "neither right, unfinished"]
    assert sum(counts.values()) == n == sum(trace.x[0] for trace in chart.figure.data)
    assert counts["both right"] == min(lora, hyplora) and dict(zip(chart.data["outcome"], chart.data["problems"], strict=True)) == counts
    assert counts["neither right, unfinished"] == sum(k + 2 >= max(lora, hyplora) for k in (lora, hyplora))
    assert counts["no answer in either"] == max(0, n - max(lora, hyplora) - 3)


def test_what_became_of_the_answers_adds_up_and_unfinished_has_its_colour() -> None:
    record = evaluation(10, 20, 40, 100)
    chart = answer_chart(record, TITLES)
    assert all(trace.insidetextfont.color == text_on(trace.marker.color) for trace in chart.figure.data)
    assert (
        chart.title == "What became of the answers: 3 unfinished"
        and "Base: 10 right, 2 wrong, 1 unfinished, 87 no answer found" in chart.alt
    )
    assert [sum(trace.x[k] for trace in chart.figure.data) for k in range(3)] == [100, 100, 100]
    colours = {trace.name: trace.marker.color for trace in chart.figure.data}
    assert len(set(colours.values())) == len(colours) == 4 and colours["unfinished"] not in (colours["wrong"], colours["no answer found"])
    assert {trace.name: trace.x[1] for trace in chart.figure.data} == {"right": 20, "wrong": 2, "unfinished": 1, "no answer found": 77}


def test_the_title_of_a_pair_with_a_constant_column_says_so() -> None:
    gold = [6.0] * 10 + [float(k) for k in range(100, 130)]
    same, other = answers([6.0] * 40), answers([*gold[:39], 6.0])
    pairs = evaluated({"base": same, "lora": answers([7.0] * 40), "hyplora": other}, gold).pairs
    assert [outcome_chart(pair, TITLES).title for pair in pairs] == [
        "Base and LoRA give one answer to nearly every problem",
        "HypLoRA is right more often than Base (one answer to all)",
        "HypLoRA is right more often than LoRA (one answer to all)",
    ]


def test_the_title_over_several_seeds_has_the_means_of_the_methods() -> None:
    right = {"lora": np.arange(20) < np.array([[8], [12]]), "hyplora": np.arange(20) < np.array([[10], [15]])}
    names, rows, places = table(right, [True] * 2 + [False] * 18)
    record = dataclasses.replace(evaluation(2, 8, 10, 20), over_seeds=over_seeds(places, names, rows, [False] * 5))
    title = accuracy_chart(record, TITLES).title
    assert title == "Right answers on 20 problems, mean of 2 seeds: Base 10 %, LoRA 50 %, HypLoRA 62 %"
