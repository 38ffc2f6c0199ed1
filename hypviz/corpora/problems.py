"""Problem sets from a name, a file or an upload.

Known forms: ``question`` and ``answer`` (a number, or GSM8K's worked text ending in ``#### N``; calculator marks are dropped), MAWPS
(``original_text``, ``ans``), SVAMP (``Body``, ``Question``, ``Answer``), the paper's and Alpaca's (``instruction``, ``input``, ``output``,
``answer``), and a worked text that marks its own answer (``query`` and ``response``, ``problem`` and ``solution``, ``prompt`` and
``completion``). Names of columns are read whatever their case. Answers are read by `read_cell`: exactly, or not at all; a row without a
question or without one number is counted in `ProblemSet.n_skipped`, with its reason.
"""

from __future__ import annotations

import dataclasses
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from hypviz.corpora.decoding import decode, is_whole, notices_of, read_bytes
from hypviz.corpora.joining import AFTER, BEFORE, whole_question
from hypviz.corpora.rows import NumberLiteral, Rows, parse_rows
from hypviz.corpora.texts import NAMED_SIZE, fingerprint
from hypviz.corpora.wording import REASONS_SHOWN, in_order, name_columns, quoted
from hypviz.errors import HypvizError
from hypviz.problems import exact, extract_answer, is_problem_set, is_right, problem_set, read_carefully, read_cell, write_number
from hypviz.problems.notation import DECIMAL_COMMA
from hypviz.records.limits import PROBLEMS
from hypviz.records.problems import Problem
from hypviz.records.texts import ProblemSet

QUESTIONS = ("question", "instruction", "original_text", "problem", "query", "prompt")
ANSWERS = ("answer", "ans", "final_answer")
WORKED = ("output", "solution", "rationale", "response", "completion")
CHOICES = ("options", "choices")
KNOWN = (*QUESTIONS, *ANSWERS, *WORKED, *BEFORE, *AFTER)
WANTED = "each row needs question and answer (or instruction, input, output and answer)"

_CALCULATOR = re.compile(r"<<.*?>>")
_CLOSING = re.compile(r"(?:^|(?<=\s))The answer is:?\s*([^\n]*?)\.?\s*$")
_ONE_GROUP = re.compile(r"\D*[1-9]\d{0,2}[,.]\d{3}\D*")
_DECIMAL_COMMA = re.compile(r"\D*(?:\d{1,3}(?:\D\d{3})+|\d+),\d{1,2}\D*")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """A row as read: a problem, or why it is none.

    `lost` says that its worked text ends in another number and is left out, `comma` that its answer has, or may have, a decimal comma,
    `typed` that its answer is a number of JSON, in which a comma cannot stand.
    """

    problem: Problem | None = None
    reason: str = ""
    comma: bool = False
    lost: bool = False
    typed: bool = False


def read_problems(name_or_path: str, *, limit: int | None = None, split: str = "train") -> ProblemSet:
    """Problems of a NAME (its train or test split) or of a file, at most `limit`; `split` does not apply to files."""
    if limit is not None:
        PROBLEMS.check(limit)
    path = Path(name_or_path)
    if is_problem_set(name_or_path) and not path.is_file():
        problems = problem_set(name_or_path, NAMED_SIZE if limit is None else limit, split=split)
        return _set(name_or_path, problems, skipped=[], notices=())
    if not os.path.exists(path) and "/" not in name_or_path and "." not in name_or_path:
        problem_set(name_or_path, 0)  # not a file and not a name: raises the sentence that lists the names
    return problems_from_bytes(read_bytes(path), path.name, limit=limit)


def problems_from_bytes(data: bytes, filename: str, *, limit: int | None = None) -> ProblemSet:
    """Problems of an uploaded .jsonl, .json, .csv or .tsv file."""
    if limit is not None:
        PROBLEMS.check(limit)
    table = parse_rows(decode(data, filename), filename, known=KNOWN)
    found = _without_doubtful_commas([_problem(row, filename) for row in table.rows])
    problems = tuple(row.problem for row in found if row.problem is not None)
    unread = [(place, row.reason) for place, row in zip(table.places, found, strict=True) if row.problem is None]
    skipped = in_order([*table.broken, *unread])
    if not problems:
        raise HypvizError(_nothing_found(table, filename, skipped))
    lost = sum(row.lost for row in found)
    notices = (*notices_of(data), *table.notices)
    if lost:
        texts = "1 worked text ends" if lost == 1 else f"{lost:,} worked texts end"
        notices += (f"{texts} in another number than the answer and {'is' if lost == 1 else 'are'} left out.",)
    notices += _repetitions(problems)
    return _set(filename, problems[:limit], skipped=skipped, notices=notices)


def _repetitions(problems: Sequence[Problem]) -> tuple[str, ...]:
    """What is to be said of questions that stand in a file more than once."""
    answers: dict[str, set[Fraction | str]] = {}
    for problem in problems:
        answers.setdefault(problem.question, set()).add(problem.answer)
    said: list[str] = []
    again = len(problems) - len(answers)
    differing = sum(len(found) > 1 for found in answers.values())
    if again:
        rows = "1 row repeats the question of another" if again == 1 else f"{again:,} rows repeat the questions of others"
        said.append(f"{rows}; each row counts.")
    if differing:
        said.append(f"{'1 question has' if differing == 1 else f'{differing:,} questions have'} different answers in different rows.")
    return tuple(said)


def _set(name: str, problems: tuple[Problem, ...], *, skipped: Sequence[str], notices: tuple[str, ...]) -> ProblemSet:
    parts = (part for p in problems for part in (p.question, p.solution, _digits(p.answer)))
    return ProblemSet(
        name=name,
        problems=problems,
        fingerprint=fingerprint(parts),
        n_skipped=len(skipped),
        skipped=tuple(skipped[:REASONS_SHOWN]),
        notices=notices,
    )


def _digits(answer: Fraction | str) -> str:
    """A text that belongs to this answer alone: of a number a float's where one holds it exactly."""
    if isinstance(answer, str):
        return answer
    try:
        near = float(answer)
    except OverflowError:
        return str(answer)
    return repr(near) if exact(near) == answer else str(answer)


def _nothing_found(table: Rows, filename: str, skipped: Sequence[str]) -> str:
    seen = f" It has the columns {name_columns(table.columns)}." if table.columns else ""
    reasons = f" {_sentence('; '.join(skipped[:REASONS_SHOWN]))}" if skipped else ""
    how = " ".join(table.notices)
    return f"{filename} holds no problem with a question and one number for an answer; {WANTED}.{seen}{reasons} {how}".strip()


def _sentence(words: str) -> str:
    return f"{words[0].upper()}{words[1:]}."


def _problem(row: Any, filename: str) -> _Found:
    if not isinstance(row, dict):
        return _Found(reason="is not a row with named columns")
    cells: dict[str, Any] = {}
    for name, value in row.items():
        folded = str(name).strip().casefold()
        if folded in cells:
            return _Found(reason=f"names “{quoted(str(name))}” twice")
        cells[folded] = value
    question, trouble = _question(cells)
    if question is None:
        return _Found(reason=trouble)
    raw, worked = _answer_cell(cells)
    answer, trouble = _number(raw)
    if answer is None:
        return _Found(reason=trouble, comma=DECIMAL_COMMA in trouble)
    text = _worked_text(raw, worked)
    if not is_whole(text):
        return _Found(reason="the worked text holds half of a surrogate pair, which is no character")
    solution, lost = _solution(text, answer, has_own_cell=bool(worked) and worked is not raw)
    problem = Problem(question=question, solution=solution, answer=answer, skill="file", source=filename, given=_given(raw))
    typed = isinstance(raw, NumberLiteral)
    return _Found(problem=problem, lost=lost, typed=typed, comma=not typed and _DECIMAL_COMMA.fullmatch(_given(raw)) is not None)


def _given(raw: Any) -> str:
    """The answer cell, without the worked text before a ``####``."""
    text = raw.text if isinstance(raw, NumberLiteral) else str(raw)
    return f"####{text.rpartition('####')[2]}" if "####" in text else text


def _question(cells: dict[str, Any]) -> tuple[str | None, str]:
    """The question with what it refers to, or None and why."""
    name = next((name for name in QUESTIONS if isinstance(cells.get(name), str) and cells[name].strip()), None)
    if name is None:
        return None, "has no question"
    choices = next((name for name in CHOICES if cells.get(name)), None)
    if choices is not None:
        return None, f"is multiple choice ({choices}), which is not read"
    joined = whole_question(cells, name)
    if joined is None:
        return None, "has a context that is not text"
    if not is_whole(joined):
        return None, "the question holds half of a surrogate pair, which is no character"
    return joined, ""


def _answer_cell(cells: dict[str, Any]) -> tuple[Any, str]:
    """The cell that gives the answer, and the worked text beside it; a worked text alone gives its own answer."""
    worked = next((cells[name] for name in WORKED if isinstance(cells.get(name), str) and cells[name].strip()), "")
    raw = next((cells[name] for name in ANSWERS if cells.get(name) not in (None, "")), None)
    return (worked if raw is None and worked else raw), worked


def _number(raw: Any) -> tuple[Fraction | None, str]:
    """The number of an answer cell, or None and why."""
    if raw is None:
        return None, "has no answer"
    if isinstance(raw, bool):
        return None, f"the answer is {str(raw).lower()}, not a number"
    if isinstance(raw, NumberLiteral):
        raw = raw.text
    if not isinstance(raw, str):
        return None, "the answer is a list or an object, not one number"
    if not is_whole(raw):
        return None, "the answer holds half of a surrogate pair, which is no character"
    reading = read_cell(raw)
    return reading.value, "" if reading.value is not None else f"the answer “{quoted(raw)}” {reading.reason}"


def _worked_text(raw: Any, worked: str) -> str:
    """The steps without the closing number; empty where the file gives the number alone."""
    if worked.strip():
        text = worked.strip().removeprefix("A:").strip()
        return _CALCULATOR.sub("", text.rpartition("####")[0]).strip() if "####" in text else text
    if isinstance(raw, str) and "####" in raw:
        return " ".join(_CALCULATOR.sub("", raw.rpartition("####")[0]).split())
    if isinstance(raw, str) and ("=" in raw or "answer" in raw.lower() or "boxed" in raw):
        return " ".join(_CALCULATOR.sub("", raw).split())
    return ""


def _solution(text: str, answer: Fraction, *, has_own_cell: bool) -> tuple[str, bool]:
    """The worked text to train on, ending with "The answer is N.".

    A text in a cell of its own may contradict the answer cell: one whose own number is another is left out (True).
    """
    closing = f"The answer is {write_number(answer)}."
    if not text:
        return closing, False
    if has_own_cell and not is_right(read_carefully(text), answer) and not is_right(extract_answer(text), answer):
        return closing, True
    last = _CLOSING.search(text)
    if last is not None and read_cell(last.group(1)).value == answer:
        text = text[: last.start()].rstrip()
    return f"{text} {closing}".strip(), False


def _without_doubtful_commas(found: list[_Found]) -> list[_Found]:
    """In a file with decimal commas 1,234 may have one too, and 1.234 be a thousand: such rows are refused."""
    if not any(row.comma for row in found):
        return found
    return [_doubted(row) if _is_doubtful(row) else row for row in found]


def _is_doubtful(row: _Found) -> bool:
    return row.problem is not None and not row.typed and _ONE_GROUP.fullmatch(row.problem.given or "") is not None


def _doubted(row: _Found) -> _Found:
    assert row.problem is not None
    reason = (
        f"the answer “{quoted(row.problem.given or '')}” may be a thousand or a decimal, for other answers of this file have decimal commas"
    )
    return dataclasses.replace(row, problem=None, reason=reason, lost=False)
