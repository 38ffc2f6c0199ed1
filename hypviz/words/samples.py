"""What is said of several sampled answers to each problem: how far they agree, and what all of them say, each counted by itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from fractions import Fraction

from hypviz.records.evaluations import ALIKE, BETTER, CONSTANT, SAME_WITHIN, WORSE, Evaluation
from hypviz.records.problems import show_answer
from hypviz.records.samples import SinglesPair
from hypviz.words.numbers import counted, part, share
from hypviz.words.verdict import better_words, show_adjusted, show_p, span_words, title


def on_the_samples(found: Evaluation, titles: Mapping[str, str]) -> tuple[str, ...]:
    """One sentence on what counts, and one a column on its agreement; none where each problem was answered once."""
    if found.samples == 1:
        return ()
    lines = [
        f"Each problem was answered {found.samples} times, and the answer that most of them give is the one that counts: n is the "
        f"{counted(found.n, 'problem')}, not the {found.n * found.samples:,} answers of a column."
    ]
    for column, agreeing in zip(found.columns, found.agreeing, strict=True):
        alike, none = sum(n == found.samples for n in agreeing), sum(n == 0 for n in agreeing)
        mean = sum(agreeing) / (len(agreeing) * found.samples)
        said = (
            f"{titles.get(column.name, title(column.name))}: all {found.samples} agree on {counted(alike, 'problem')} of {len(agreeing):,}"
        )
        lines.append(f"{said}, on average {part(mean)} of the samples give the answer{f'; {none:,} had no answer at all' if none else ''}.")
    return tuple(lines)


def how_decoded(found: Evaluation) -> str:
    """``temperature 0.7, seed 0, at most 96 new tokens``, and with which seeds where several samples were drawn."""
    first, line = found.decoding.seed, found.decoding.line
    return line if found.samples == 1 else line.replace(f"seed {first}", f"seeds {first} to {first + found.samples - 1}", 1)


def of_problem(found: Evaluation, i: int, k: int) -> str | None:
    """What the samples of column k give for problem i, the most frequent first; None without several."""
    if not found.rounds:
        return None
    counts = Counter(rows[i].marks[found.rule][k].value for rows in found.rounds)
    given = ", ".join(f"{n} {'gives' if n == 1 else 'give'} {_value(value)}" for value, n in counts.most_common())
    return f"Of {found.samples} samples {given}."


def on_the_singles(found: Evaluation, titles: Mapping[str, str]) -> tuple[str, ...]:
    """What the single samples say beside their majority: each column's share of right ones, and every two columns; none without."""
    return (*single_shares(found, titles), *map(single_sentence, found.single_pairs))


def single_shares(found: Evaluation, titles: Mapping[str, str]) -> tuple[str, ...]:
    """How often a single sample of each column is right, in one sentence; none where each problem was answered once."""
    if found.samples == 1:
        return ()
    shares = [
        f"{titles.get(column.name, title(column.name))} {share(one.value, 1)} ({share(one.low, 1)} to {share(one.high, 1)}; majority "
        f"{share(column.accuracy.value, 1)})"
        for column in found.columns
        if (one := column.singles) is not None
    ]
    by = "problem" if found.n_clusters is None else "group of problems"
    return (f"How often a single sample is right: {'; '.join(shares)}; intervals count by {by}, whose samples are not independent.",)


def _value(value: Fraction | str | None) -> str:
    return "no answer" if value is None else show_answer(value)


def single_sentence(pair: SinglesPair) -> str:
    """The verdict on b against a over single samples, with its numbers."""
    a, b = title(pair.a), title(pair.b)
    over = f"Over single samples ({pair.n_answers:,} answers each, counted as {pair.n_clusters:,} independent ones)"
    odds = f"p {show_p(pair.p)}{show_adjusted(pair.adjusted_p, pair.n_pairs)}"
    if pair.verdict == CONSTANT:
        return f"{over} {a} and {b} are not compared: the majority of each gives one answer to nearly every problem."
    if pair.verdict in (BETTER, WORSE):
        return f"{over} {better_words(a, b, pair.difference, odds)}."
    if pair.verdict == ALIKE:
        said = f"{a} and {b} are alike: right equally often to within {100 * SAME_WITHIN:.0f} points"
        return f"{over} {said} ({span_words(a, b, pair.difference, odds)})."
    return f"{over} n is too small to tell {a} and {b} apart ({span_words(a, b, pair.difference, odds)})."
