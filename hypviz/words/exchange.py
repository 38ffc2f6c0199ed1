"""What is said of answers that went out to lm-evaluation-harness and came back, in sentences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from hypviz.words.numbers import counted, share

SHOWN = 3


def agreement_sentence(column: str, rule: str, n: int, texts: int, marks: int, right: tuple[int, int]) -> str:
    """Of n problems: how many texts and marks are the same, and how many are right here and there."""
    if texts == marks == n:
        return f"All {n:,} texts and marks of {column} are the same: {counted(right[0], 'answer')} right here and there (rule {rule})."
    return (
        f"{texts:,} of {n:,} texts of {column} and {marks:,} of {n:,} marks (rule {rule}) are the same; right are {right[0]:,} here and "
        f"{right[1]:,} in the samples."
    )


def alone_sentence(n: int) -> str:
    """What of n problems that only one of two files has."""
    verb = "is" if n == 1 else "are"
    return f"{counted(n, 'problem')} {verb} in one of the two files alone and {verb} not compared."


def again_sentence(n: int, samples: int, marks: int, parted: Sequence[tuple[int, str, str, int]]) -> str:
    """What the marks of an exported evaluation are when they are made again: `parted` has problem, column, rule and sample of others."""
    whose = counted(n, "problem") + (f", {samples} samples each" if samples > 1 else "")
    if not parted:
        return f"{whose}: all {marks:,} marks are what the rules make of the texts."
    first = "; ".join(f"problem {number}, {column}, rule {rule}, sample {sample}" for number, column, rule, sample in parted[:SHOWN])
    return f"{whose}: {len(parted):,} of {marks:,} marks are not what the rules make of the texts, the first: {first}."


def right_sentences(rule: str, columns: Mapping[str, Mapping[str, int]]) -> list[str]:
    """How many answers of each column are right by each rule, the one that counts among them."""
    said: list[str] = []
    for column, right in columns.items():
        counts = ", ".join(f"{count:,} by {name}{' (which counts)' if name == rule else ''}" for name, count in right.items())
        said.append(f"{column}: right {counts}.")
    return said


def parting_sentences(partings: Sequence[tuple[int, int, str, str]]) -> list[str]:
    """Where the first texts part: the number of the problem, the signs that are alike, and how each goes on."""
    said = [
        f"Problem {number}: alike for {counted(after, 'sign')}, then {_next(ours, after)} here and {_next(theirs, after)} in the samples."
        for number, after, ours, theirs in partings[:SHOWN]
    ]
    more = len(partings) - len(said)
    return said + ([f"{counted(more, 'more text')} {'differs' if more == 1 else 'differ'}."] if more else [])


def samples_sentence(n: int, skipped: int, reasons: Sequence[str], most: int) -> str:
    """How many samples can be marked, and why others cannot."""
    parts = [f"{counted(n, 'sample')} can be marked."]
    if skipped:
        parts.append(f"{counted(skipped, 'row')} left out: {'; '.join(reasons)}.")
    if most > 1:
        parts.append(f"A problem has up to {most} samples, of which the first counts.")
    return " ".join(parts)


def rule_sentence(rule: str, right: int, n: int) -> str:
    """``careful: 12 of 40 right (30.0 %)``."""
    return f"{rule}: {right:,} of {n:,} right ({share(right / n, 1)})"


def _next(text: str, after: int) -> str:
    return f"“{text[after : after + 24]}”" if after < len(text) else "the end"
