"""The title says what the test found and no more; every word and every depth is drawn, described and in the data."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from hypviz.plots.hierarchy import SPREAD, hierarchy_chart
from hypviz.records import Provenance
from hypviz.records.hierarchy import FREQUENCY, LENGTH, DepthTest, HierarchyTest
from hypviz.words.hierarchy import chance_sentence, correlations_sentence, counts_sentence, definition_words

NONE, LARGER, SMALLER = "does not detectably predict the norm", "have larger norms", "have smaller norms"


def depth_test(value: float, p: float, n: int = 20) -> DepthTest:
    return DepthTest(held=(FREQUENCY, LENGTH), value=value, p=p, chance=0.44, n=n, n_permutations=2000)


def record(partial: DepthTest | None, *, counted: bool = True, uncounted: DepthTest | None = None) -> HierarchyTest:
    depth = np.array([0] * 3 + [1] * 7 + [3] * 10)
    count = np.arange(20) * 50 + 1
    if not counted:
        count[:5] = 0
    return HierarchyTest(
        taxonomy="my.csv", corpus="text.txt", source="table of words", n_skipped=0, tensor_name="embed.weight", n_edges=31,
        n_several_parents=2, n_words=20,
        n_not_single=9, n_uncounted=int((count == 0).sum()), word=("<b>x</b>", *(f"w{i}" for i in range(19))),
        text=(" <b>x</b>", *(f" w{i}" for i in range(19))), token_id=np.arange(20) + 100, depth=depth, norm=1 + 0.1 * np.arange(20),
        count=count, length=np.full(20, 4), depth_value=np.array([0, 1, 3]), n_at_depth=np.array([3, 7, 10]),
        marginal=depth_test(0.3, 0.2), length_fixed=None, counted_marginal=depth_test(0.25, 0.25), frequency_fixed=depth_test(0.2, 0.3),
        partial=partial, uncounted=uncounted, provenance=Provenance(model="m"),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("partial", "said", "numbers"),
    [
        (depth_test(0.08, 0.31), NONE, "partial rank correlation +0.080, p = 0.31"),
        (depth_test(-0.4, 0.051), NONE, "partial rank correlation −0.400, p = 0.051"),
        (depth_test(0.6, 0.012), LARGER, "partial rank correlation +0.600, p = 0.012"),
        (depth_test(-0.6, 0.012), SMALLER, "partial rank correlation −0.600, p = 0.012"),
        (depth_test(0.9, 1 / 2001), LARGER, "p ≤ 0.0005"),
    ],
)
def test_the_title_carries_one_finding_with_its_numbers(partial, said, numbers):
    chart = hierarchy_chart(record(partial))
    assert [words for words in (NONE, LARGER, SMALLER) if words in chart.title] == [said]
    assert numbers in chart.title and "frequency and token length" in chart.title and "held fixed" in chart.title
    assert chart.title in chart.alt and "3 at depth 0, 7 at depth 1, 10 at depth 3" in chart.alt
    assert "1.1 at depth 0, 1.6 at depth 1, 2.45 at depth 3" in chart.alt


def test_nothing_to_compare_is_said_and_still_drawn():
    chart = hierarchy_chart(record(None))
    assert "cannot be compared" in chart.title
    assert len(chart.data) == 20
    assert "No permutation was made" in chart_words(record(None))


def test_every_word_stands_at_its_depth_and_norm_over_the_box_of_its_depth():
    found = record(depth_test(0.1, 0.5))
    figure = hierarchy_chart(found).figure
    points = next(trace for trace in figure.data if trace.type == "scatter")
    assert (np.abs(np.array(points.x) - found.depth) <= SPREAD).all()
    assert np.array(points.y) == pytest.approx(found.norm)
    assert np.array(points.marker.color) == pytest.approx(np.log10(found.count))
    assert points.text[0] == "␣&lt;b&gt;x&lt;/b&gt;"
    boxes = [trace for trace in figure.data if trace.type == "box"]
    assert {float(box.x[0]): sorted(box.y) for box in boxes} == {
        depth: pytest.approx(sorted(found.norm[found.depth == depth])) for depth in (0.0, 1.0, 3.0)
    }
    assert "edges" in figure.layout.xaxis.title.text and "L2 norm" in figure.layout.yaxis.title.text
    left, right = figure.layout.xaxis.range
    assert left < min(points.x) and max(points.x) < right


@pytest.mark.parametrize("silent", [5, 20])
def test_words_that_never_occur_are_drawn_hollow_and_named(silent):
    found = record(depth_test(0.1, 0.5))
    count = np.where(np.arange(20) < silent, 0, found.count)
    figure = hierarchy_chart(replace(found, count=count, n_uncounted=silent)).figure
    points = {trace.name: trace for trace in figure.data if trace.type == "scatter"}
    hollow = points["never counted"]
    assert hollow.marker.symbol == "circle-open" and len(hollow.x) == silent and figure.layout.showlegend
    assert ("a counted word" in points) == (silent < 20)
    assert sum(len(trace.x) for trace in points.values()) == 20


def test_the_data_is_one_row_per_word():
    found = record(depth_test(0.1, 0.5))
    data = hierarchy_chart(found).data
    assert list(data.columns) == ["word", "token", "token_id", "depth", "norm", "count", "length"]
    assert data["word"].tolist() == list(found.word) and data["norm"].tolist() == pytest.approx(found.norm.tolist())


def chart_words(found: HierarchyTest) -> str:
    return "\n".join((correlations_sentence(found), chance_sentence(found), counts_sentence(found), definition_words(found)))


def test_the_sentences_say_what_was_held_over_which_words_and_what_was_left_out():
    said = chart_words(record(depth_test(0.1, 0.5, n=15), counted=False, uncounted=depth_test(0.2, 0.4, n=5)))
    for words in (
        "over the 15 words that occur in text.txt, nothing +0.250, p = 0.25; log frequency +0.200, p = 0.3; both +0.100, p = 0.5",
        "Over all 20 words, of which frequency cannot be held fixed, nothing +0.300, p = 0.2; token length without an order to compare",
        "The 5 words that do not occur in text.txt, whose frequency is not known, give +0.200, p = 0.4 with the token length held fixed",
        "95 % of 2,000 permutations of these 15 words lie within ±0.44",
        "my.csv (31 edges), 20 words: 3 at depth 0",
        "9 words left out that are no single token",
        "5 of the 20 do not occur in text.txt",
        "Frequencies from the table of words",
        "2 words with several parents stand at their shortest depth",
        "held fixed over those alone",
        "p is at least 0.0005",
    ):
        assert words in said
    assert "All of the words occur" in correlations_sentence(record(depth_test(0.1, 0.5)))
    assert "are too few, or too alike" in correlations_sentence(record(depth_test(0.1, 0.5), counted=False))


@pytest.mark.parametrize("partial", [depth_test(0.4, 0.001, n=15), depth_test(0.1, 0.6, n=15), depth_test(-0.4, 0.001, n=15), None])
def test_a_title_never_holds_a_frequency_fixed_that_nobody_counted(partial):
    title = hierarchy_chart(record(partial, counted=False)).title
    assert "5 of 20 words were never counted" in title
    assert ("among the 15 counted words" in title) == ("held fixed" in title) == (partial is not None)
    whole = hierarchy_chart(record(partial)).title
    assert "counted" not in whole


@pytest.mark.parametrize(
    ("counted", "uncounted", "agree"),
    [
        ((-0.2, 0.4), (0.1, 0.5), True),
        ((0.7, 0.02), (0.6, 0.01), True),
        ((0.1, 0.6), (0.6, 0.01), False),
        ((-0.6, 0.01), (0.6, 0.01), False),
    ],
)
def test_words_that_never_occur_and_say_something_else_are_named(counted, uncounted, agree):
    found = record(depth_test(*counted, n=15), counted=False, uncounted=depth_test(*uncounted, n=5))
    warning = "another answer than that of the counted words: trust those, or choose a larger text"
    assert (warning in correlations_sentence(found)) != agree
