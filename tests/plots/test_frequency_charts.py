"""The titles say what was measured, also against the paper; the figures hold every token and no markup from token texts."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from hypviz.frequency import fit_power_law, frequency_curve, group_summaries, norm_bins, norm_ranges, token_forms
from hypviz.frequency.paper import TOKEN_GROUPS
from hypviz.plots.frequency import distribution_chart, norm_chart
from hypviz.plots.token_groups import groups_chart, groups_table
from hypviz.plots.token_text import shown
from hypviz.records import Provenance
from hypviz.records.frequency import STAGES, FrequencyNorm, NormTurn
from hypviz.records.statistics import Interval
from hypviz.words.frequency import distribution_finding, groups_finding, split_sentence
from hypviz.words.numbers import part, signed


def interval(value: float, half: float) -> Interval:
    return Interval(value=value, low=value - half, high=value + half, n=9, level=0.95, method="by hand")


@pytest.fixture
def record() -> FrequencyNorm:
    words = [space + w for group in TOKEN_GROUPS for w in group if w not in ("380", "480") for space in ("", " ")]
    text = ["<b>bold</b>", " \n", *words, *(f"t{i}" for i in range(300))]
    count = np.random.default_rng(0).zipf(1.8, len(text))
    norm = 1 / (1 + np.log(count)) + 0.5
    usable = np.ones(len(text), dtype=bool)
    forms = token_forms(text, usable, count, norm, lambda typed: [0, 1])
    fit = fit_power_law(count)
    return FrequencyNorm(
        corpus="text.txt", source="", n_texts=5, n_skipped=2, n_unplaced=0, n_without_row=0,
        n_tokens=int(count.sum()), n_distinct=count.size, n_special=0,
        n_countable=count.size, vocab_size=999,
        tensor_name="embed.weight", embedding_scale=1.0, token_id=np.arange(count.size), text=tuple(text),
        kind=np.zeros(count.size, dtype=np.uint8), count=count, norm=norm, correlation=interval(-0.6, 0.1), correlation_missing=None,
        ranges=norm_ranges(count, norm, seed=0, n_resamples=50), turn=None,
        fit=fit, fit_missing=None, curve=frequency_curve(count, fit), bins=norm_bins(count, norm), forms=forms,
        groups=group_summaries(forms), provenance=Provenance(model="m"), measured=STAGES,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("correlation", "words"),
    [
        (interval(-0.6, 0.1), "Frequent tokens have smaller norms here: Spearman −0.60 [−0.70, −0.50]"),
        (interval(-0.15, 0.05), "slightly smaller norms here"),
        (interval(0.4, 0.1), "Frequent tokens have larger norms here, the opposite of the paper: Spearman +0.40"),
        (interval(0.05, 0.1), "No order between frequency and norm can be told here: Spearman +0.05 [−0.05, +0.15]"),
        (interval(-0.05, 0.01), "Norms hardly go with frequency here: Spearman −0.05 [−0.06, −0.04]"),
    ],
)
def test_the_title_is_the_finding_as_measured(record, correlation, words):
    changed = dataclasses.replace(record, correlation=correlation, ranges=())
    assert words in norm_chart(changed).title
    assert words in norm_chart(changed).alt


def test_the_picture_carries_every_range_and_the_turn(record):
    turn = NormTurn(at=20, below=interval(-0.4, 0.1), above=interval(0.3, 0.1), share_above=0.7, n_tried=6)
    figure = norm_chart(dataclasses.replace(record, turn=turn)).figure
    written = [note.text for note in figure.layout.annotations]
    for r in record.ranges:
        assert any(f"{part(r.share)} of the text" in text and signed(r.correlation.value, 2) in text for text in written if r.correlation)
    assert sum("of the text" in text for text in written) == len(record.ranges) > 1
    assert any("turns near 20" in text for text in written)
    lines = [shape.x0 for shape in figure.layout.shapes]
    assert sorted(lines) == sorted([20, *(r.low for r in record.ranges if r.low > 1)])
    band = next(t for t in figure.data if t.name == "median per doubling of the frequency")
    assert len(band.x) == record.bins.n.size


def test_missing_results_are_said_in_the_title(record):
    none = dataclasses.replace(record, correlation=None, correlation_missing="All alike.", fit=None, fit_missing="Too few.")
    none = dataclasses.replace(none, curve=frequency_curve(record.count, None))
    assert norm_chart(none).title == "Frequency and norm cannot be compared: All alike"
    assert distribution_chart(none).title == "No power law was fitted: Too few"
    assert len(distribution_chart(none).figure.data) == 1


@pytest.mark.parametrize(
    ("preferred", "words"),
    [
        ("neither", "a lognormal cannot be told from it"),
        ("lognormal", "a lognormal describes the counts better than the power law of exponent −"),
        ("power law", "falls like a power law of exponent −"),
        ("power law", "a lognormal describes it worse"),
    ],
)
def test_the_lognormal_comparison_is_in_words(record, preferred, words):
    fit = dataclasses.replace(record.fit, lognormal=dataclasses.replace(record.fit.lognormal, preferred=preferred))
    said = distribution_finding(dataclasses.replace(record, fit=fit))
    assert words in said and f"{fit.n_tail:,} of the {fit.n:,} counted tokens" in said
    few = distribution_finding(dataclasses.replace(record, fit=dataclasses.replace(fit, n_tail=12)))
    assert "12 tokens are too few to trust it" in few and "too few" not in distribution_finding(
        dataclasses.replace(record, fit=dataclasses.replace(fit, n_tail=50))
    )


def test_every_token_is_drawn_with_its_text_and_without_its_markup(record):
    chart = norm_chart(record)
    tokens = next(t for t in chart.figure.data if t.name == "a token")
    assert len(tokens.x) == record.n_distinct == len(chart.data)
    assert tokens.text[0] == "&lt;b&gt;bold&lt;/b&gt;"
    assert chart.data["text"][0] == "<b>bold</b>"
    names = {t.name for t in chart.figure.data if t.name and "paper's group" in t.name}
    assert len(names) == 4


def test_norms_of_zero_are_counted_where_the_axis_cannot_show_them(record):
    norm = record.norm.copy()
    norm[:3] = 0
    zero = dataclasses.replace(record, norm=norm)
    assert "3 tokens of norm 0" in norm_chart(zero, log_norm=True).alt
    assert "norm 0" not in norm_chart(zero).alt


def test_the_groups_stand_beside_the_papers_four_models(record):
    table = groups_table(record)
    assert table[""].tolist()[:2] == ["this model, after a space", "this model, bare"]
    assert table.iloc[2:][""].tolist() == ["paper: LLaMA-7B", "paper: LLaMA-13B", "paper: Gemma-7B", "paper: LLaMA3-8B"]
    assert table.iloc[5]["norm 4"] == 0.569
    assert "27 to 61 % larger" in groups_chart(record).title
    assert "380 (<b>bold</b> ·  \n)" in split_sentence(record)


def test_a_shrinking_norm_is_called_smaller(record):
    groups = tuple(dataclasses.replace(g, norm=(5.0 - g.group, 0.1, 9.0)) for g in record.groups)
    said = groups_finding(dataclasses.replace(record, groups=groups))
    assert said.startswith("The paper's four token groups stand in the reverse of its order: group 4's mean norm is 75 % smaller after")
    split = tuple(dataclasses.replace(g, norm=None, frequency=None, n_single=0) for g in record.groups)
    none = dataclasses.replace(record, groups=split)
    assert "cannot be compared" in groups_finding(none)
    assert len(groups_chart(none).figure.data) == 4


def test_visible_text():
    assert shown(" a\n") == "␣a⏎"
    assert shown("<br>&") == "&lt;br&gt;&amp;"
    assert shown("\x07") == "\\u0007"
