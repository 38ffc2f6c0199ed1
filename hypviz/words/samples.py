"""What is said of several sampled answers to each problem: how far they agree."""

from __future__ import annotations

from collections.abc import Mapping

from hypviz.records.evaluations import Evaluation
from hypviz.words.numbers import counted, part


def on_the_samples(found: Evaluation, titles: Mapping[str, str]) -> tuple[str, ...]:
    """One sentence on what counts, and one a column on its agreement; none where each problem was answered once."""
    if found.samples == 1:
        return ()
    lines = [f"Each problem was answered {found.samples} times, and the answer that most of them give is the one that counts."]
    for column, agreeing in zip(found.columns, found.agreeing, strict=True):
        alike, none = sum(n == found.samples for n in agreeing), sum(n == 0 for n in agreeing)
        mean = sum(agreeing) / (len(agreeing) * found.samples)
        said = f"{titles.get(column.name, column.name)}: all {found.samples} agree on {counted(alike, 'problem')} of {len(agreeing):,}"
        lines.append(f"{said}, on average {part(mean)} of the samples give the answer{f'; {none:,} had no answer at all' if none else ''}.")
    return tuple(lines)
