"""What a fine-tune can learn from: the training splits of the bundled problem sets, and files."""

from __future__ import annotations

from hypviz.corpora import Columns, read_problems
from hypviz.problems import is_problem_set
from hypviz.records.texts import ProblemSet
from hypviz.studies.problem_sets import SET_NAMES
from hypviz.work import NOBODY, Work

LESSONS = SET_NAMES


def learned_from(source: str, *, limit: int | None = None, columns: Columns | None = None, work: Work = NOBODY) -> ProblemSet:
    """A bundled set's training split, or the problems of a file, at most `limit`; `HypvizError` for what cannot be read."""
    return read_problems(source, limit=limit, split="train", columns=columns, work=work)


def lesson(problems: str) -> str:
    """A problem set in words: ``problems of all skills``, ``two-step problems``, or the file's name."""
    if problems == LESSONS[0]:
        return "problems of all skills"
    return f"{problems} problems" if is_problem_set(problems) else problems
