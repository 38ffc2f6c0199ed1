"""What is said of a set of problems: how many there are of each kind."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from hypviz.records.problems import LETTER, NUMBER, OPTION, TEXT, TRUTH, Problem
from hypviz.words.numbers import counted

_NOUNS = {NUMBER: "number", LETTER: "letter", OPTION: "option", TRUTH: "true or false", TEXT: "text"}


def kinds(problems: Sequence[Problem]) -> str:
    """``40 letters, 2 numbers``: what answers these problems, the most frequent kind first."""
    found = Counter(problem.kind for problem in problems)
    return ", ".join(f"{n:,} {_NOUNS[kind]}" if kind == TRUTH else counted(n, _NOUNS[kind]) for kind, n in found.most_common())
