"""The charts of an evaluation say what their record says."""

from __future__ import annotations

import pytest

from hypviz.evaluate.scoring import majority, outcomes, pair_counts, score_columns
from hypviz.plots.evaluation import accuracy_chart, outcome_chart, outcome_counts
from hypviz.records import Provenance
from hypviz.records.answers import Decoding, Evaluation
from tests.answers.test_scoring import answers, problem

TITLES = {"base": "Base", "lora": "LoRA", "hyplora": "HypLoRA"}


def evaluation(base: int, lora: int, hyplora: int, n: int) -> Evaluation:
    """The first so many problems right, a wrong number on the next two, no number on the others."""
    columns = [answers([6.0] * k + [7.0] * min(2, n - k) + [None] * max(0, n - k - 2)) for k in (base, lora, hyplora)]
    asked = [problem(6.0)] * n
    rows = outcomes(asked, columns)
    return Evaluation(
        problems="set",
        n=n,
        n_asked=n,
        n_too_long=0,
        n_skipped=0,
        columns=score_columns(tuple(TITLES), columns, rows),
        pairs=pair_counts(tuple(TITLES), rows),
        outcomes=rows,
        majority=majority(asked),
        decoding=Decoding(),
        provenance=Provenance(model="m"),
        notice=None,
    )


def test_accuracies_with_their_intervals_and_the_constant_answer() -> None:
    record = evaluation(10, 20, 40, 100)
    chart = accuracy_chart(record, TITLES)
    assert chart.title == "Right answers on 100 problems: Base 10%, LoRA 20%, HypLoRA 40%"
    drawn = {trace.y[0]: trace for trace in chart.figure.data}
    for score in record.columns:
        trace = drawn[TITLES[score.name]]
        assert trace.x[0] == score.accuracy.value
        assert trace.x[0] + trace.error_x.array[0] == pytest.approx(score.accuracy.high)
        assert trace.x[0] - trace.error_x.arrayminus[0] == pytest.approx(score.accuracy.low)
    assert chart.figure.layout.shapes[0].x0 == record.majority.accuracy == 1.0
    assert list(chart.data["correct"]) == [10, 20, 40] and "always answering 6: 100.0%" in chart.alt


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
    assert list(counts) == ["both right", "only LoRA", "only HypLoRA", "both wrong", "no number in either"]
    assert sum(counts.values()) == n == sum(trace.x[0] for trace in chart.figure.data)
    assert counts["both right"] == min(lora, hyplora) and dict(zip(chart.data["outcome"], chart.data["problems"], strict=True)) == counts
    assert counts["no number in either"] == max(0, n - max(lora, hyplora) - 2)
