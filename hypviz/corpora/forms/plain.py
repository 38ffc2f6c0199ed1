"""A question and its answer: a number, a worked text that marks its number, or words.

Names of the question: ``question``, ``instruction`` (with Alpaca's ``input``), ``original_text`` (MAWPS), ``problem``, ``query``,
``prompt``; SVAMP's ``Body`` and a ``context`` or ``passage`` stand before it. Names of the answer: ``answer``, ``ans``,
``final_answer``, ``result``; of the worked text ``output``, ``solution``, ``rationale``, ``response``, ``completion``.
"""

from __future__ import annotations

import re
from typing import Any

from hypviz.corpora.forms.entry import Cells, Form, Reading, as_list, only, present
from hypviz.corpora.forms.worked import steps_in, with_number, without_marks
from hypviz.corpora.joining import whole_question
from hypviz.corpora.table import NumberLiteral
from hypviz.corpora.wording import quoted
from hypviz.problems import read_cell
from hypviz.problems.notation import DECIMAL_COMMA
from hypviz.records.problems import TEXT, TRUTH, TRUTHS, Problem

QUESTIONS = ("question", "instruction", "original_text", "problem", "query", "prompt")
ANSWERS = ("answer", "ans", "final_answer", "result")
WORKED = ("output", "solution", "rationale", "response", "completion")
LONGEST = 20_000  # characters of an answer with its worked text
_DECIMAL_COMMA = re.compile(r"\D*(?:\d{1,3}(?:\D\d{3})+|\d+),\d{1,2}\D*")
_MARKED = re.compile(r"####|\\boxed|\banswer(?: is|:)", re.IGNORECASE)


def read(cells: Cells, source: str) -> Reading:
    """The row's problem; where no number answers it, what it would be in a file of words."""
    name = question_name(cells)
    question = None if name is None else whole_question(cells, name)
    if question is None:
        return Reading(reason="has no question" if name is None else "has a context that is not text")
    worked = next((cells[name] for name in WORKED if isinstance(cells.get(name), str) and cells[name].strip()), "")
    raw = present(cells, *ANSWERS)
    return answered(question, worked if raw is None and worked else raw, worked, source)


def question_name(cells: Cells) -> str | None:
    """The column that holds the question."""
    return next((name for name in QUESTIONS if isinstance(cells.get(name), str) and cells[name].strip()), None)


def answered(question: str, raw: Any, worked: str, source: str) -> Reading:
    """The problem of a question, the cell `raw` that gives its answer, and the worked text beside it (the same where there is no other)."""
    raw = only(raw)
    reason = _unreadable(raw, worked)
    if reason:
        return Reading(reason=reason, instead=_truth(question, raw, source), is_wordy=isinstance(raw, bool))
    typed = isinstance(raw, NumberLiteral)
    text = raw.text if isinstance(raw, NumberLiteral) else str(raw)
    reading = read_cell(text)
    if reading.value is None:
        reason = f"the answer “{quoted(text)}” {reading.reason}"
        instead = None if typed else _words(question, text, worked, source)
        return Reading(reason=reason, comma=DECIMAL_COMMA in reason, instead=instead, is_wordy=not typed and _is_wordy(text))
    has_own_cell = bool(worked) and worked is not raw
    steps = without_marks(worked) if worked.strip() else "" if typed else steps_in(text)
    solution, lost = with_number(steps, reading.value, has_own_cell=has_own_cell)
    problem = Problem(question=question, solution=solution, answer=reading.value, skill="file", source=source, given=_given(text))
    return Reading(problem=problem, lost=lost, typed=typed, comma=not typed and _DECIMAL_COMMA.fullmatch(_given(text)) is not None)


def _unreadable(raw: Any, worked: str) -> str:
    """Why a cell is no answer at all, or an empty text."""
    if raw is None:
        return "has no answer"
    if isinstance(raw, bool):
        return f"the answer is {str(raw).lower()}, not a number"
    if not isinstance(raw, (str, NumberLiteral)):
        listed = as_list(raw)
        return f"the answer is {'an object' if listed is None else f'a list of {len(listed):,}'}, not one number"
    n = len(worked) if worked is raw else len(worked) + len(raw.text if isinstance(raw, NumberLiteral) else raw)
    if n > LONGEST:
        return f"has an answer of {n:,} characters, more than the {LONGEST:,} that are read"
    return ""


def _truth(question: str, raw: Any, source: str) -> Problem | None:
    if not isinstance(raw, bool):
        return None
    said = str(raw).lower()
    return Problem(question=question, solution=f"The answer is {said}.", answer=said, skill="file", source=source, given=said, kind=TRUTH)


def _words(question: str, text: str, worked: str, source: str) -> Problem | None:
    """The problem that these words answer; a worked text alone is its own answer."""
    words = text.rpartition("####")[2].strip() if "####" in text else text.strip()
    if not words:
        return None
    kind = TRUTH if words.casefold() in TRUTHS else TEXT
    answer = words.casefold() if kind == TRUTH else words
    steps = worked.strip()
    ends = steps.endswith(words)
    solution = steps if ends else f"{steps} The answer is {answer.rstrip('.')}.".strip()
    return Problem(question=question, solution=solution, answer=answer, skill="file", source=source, given=text.strip(), kind=kind)


def _is_wordy(text: str) -> bool:
    """Whether a text is rather words than a number that cannot be read."""
    letters, digits = sum(sign.isalpha() for sign in text), sum(sign.isdigit() for sign in text)
    return letters > 20 * digits and not _MARKED.search(text)


def _given(text: str) -> str:
    """The answer cell, without the worked text before a ``####``."""
    return f"####{text.rpartition('####')[2]}" if "####" in text else text


ENTRY = Form(
    name="plain",
    label="Question and answer",
    help="question and answer, GSM8K, MAWPS, SVAMP, MetaMathQA, Alpaca",
    order=90,
    columns=("question", "answer"),
    fits=lambda cells: question_name(cells) is not None,
    read=read,
)
