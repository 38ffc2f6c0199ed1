"""Prompts as people bring them to Compare: typed with or without what would be right, or a file of them.

In: a text and an expected answer, or the bytes of a file. Out: `Case`s. The kind of an answer is named, or is what prompt and expected
answer show: an option or letter that the prompt offers, true or false, one number, else words.
"""

from __future__ import annotations

import dataclasses
import json
import re
from fractions import Fraction

from hypviz.corpora import rows_of
from hypviz.corpora.decoding import MAX_BYTES
from hypviz.corpora.doubts import settled
from hypviz.corpora.forms import FORMS, Reading, read_row
from hypviz.corpora.forms.entry import as_record
from hypviz.corpora.forms.plain import QUESTIONS, question_name
from hypviz.corpora.forms.release import fits, read
from hypviz.corpora.joining import whole_question
from hypviz.corpora.opening import GZIP, text_in, unpacked
from hypviz.corpora.table import Rows
from hypviz.corpora.texts import fingerprint
from hypviz.corpora.wording import REASONS_SHOWN, in_order
from hypviz.errors import HypvizError
from hypviz.problems import asks_for_truth, lettered_options, read_cell
from hypviz.records.cases import Case, CaseList
from hypviz.records.problems import KINDS, LETTER, NUMBER, OPTION, TEXT, TRUTH, TRUTHS, Choice, Problem, write_answer

AUTO = "auto"
ANSWER_KINDS = (AUTO, *KINDS)
OWN = "own"
_SAID = {"yes": "true", "no": "false", "correct": "true", "incorrect": "false"}
_UNKNOWN = ("A", "true", *(f"{stem}1" for stem in ("answer", "option", "solution", "ending")))  # answers that some form of prompt takes
_UNANSWERED = "has no answer"


def typed_case(question: str, expected: str = "", kind: str = AUTO) -> Case:
    """The case of a prompt; without an `expected` answer it is not marked.

    Raises `HypvizError` where the expected answer is none of that kind, or the prompt offers nothing to choose from.
    """
    if kind not in ANSWER_KINDS:
        raise HypvizError(f"An answer is one of {', '.join(ANSWER_KINDS)}, not {kind!r}; choose one of them.")
    said = expected.strip()
    offered = _offered(question)
    if kind == AUTO:
        kind = _kind_of(question, said, offered)
    options = offered.options if offered is not None and offered.kind == kind else ()
    if kind in (LETTER, OPTION) and not options:
        raise HypvizError(f"The prompt offers no options to answer with {_AN[kind]}; {_WRITTEN[kind]}, or choose another kind of answer.")
    answer = _answer(said, kind, options) if said else _stand_in(kind, options)
    return Case(problem=_problem(question, answer, kind, options, said or None), is_marked=bool(said))


def given_cases(data: bytes, filename: str) -> CaseList:
    """The prompts of a file: rows in any form that problem sets come in, answered or not, or in a .txt file one prompt a line.

    Raises `HypvizError` for a file without a single prompt, or that cannot be read.
    """
    table = _table(data, filename)
    if table is None:
        plain, behind = unpacked(data, filename, MAX_BYTES) if data.startswith(GZIP) else (data, ())
        text, notices = text_in(plain, filename)
        notices = (*behind, *notices)
        cases, skipped = [typed_case(line.strip()) for line in re.split(r"\r\n|\n|\r", text) if line.strip()], []
    else:
        cases, skipped = _of_rows(table, filename)
        notices = table.notices
    if not cases:
        why = f" {skipped[0]}." if skipped else ""
        raise HypvizError(f"{filename} holds no prompt; give one a line in a .txt file, or rows with a question.{why}")
    return CaseList(
        name=filename,
        cases=tuple(cases),
        fingerprint=fingerprint(json.dumps(_told(case)) for case in cases),
        n_skipped=len(skipped),
        skipped=tuple(skipped[:REASONS_SHOWN]),
        notices=notices,
    )


_AN = {LETTER: "a letter", OPTION: "an option"}
_WRITTEN = {
    LETTER: "write them like (A) 3 (B) 4",
    OPTION: "write them like Answer1: dry Answer2: wet, and end with Answer format: answer1/answer2",
}


def _told(case: Case) -> list[object]:
    asked = case.problem
    options = [[option.label, option.text] for option in asked.options]
    return [asked.question, write_answer(asked.answer), asked.kind, options, case.is_marked]


def _offered(question: str) -> Problem | None:
    """What the prompt itself offers to choose from, with a stand-in for the answer; None for an open question."""
    cells = {"question": question}
    if question.strip() and fits(cells):
        found = (read({**cells, "answer": label}, OWN).problem for label in _UNKNOWN)
        first = next((problem for problem in found if problem is not None), None)
        if first is not None:
            return first
    letters = lettered_options(question)
    if letters:
        return _problem(question, letters[0].label, LETTER, letters, None)
    return _problem(question, TRUTHS[0], TRUTH, (), None) if asks_for_truth(question) else None


def _kind_of(question: str, said: str, offered: Problem | None) -> str:
    """The kind that the prompt asks for, unless what is expected is no answer of that kind."""
    if offered is not None and (not said or _matches(said, offered)):
        return offered.kind
    if not said or read_cell(said).value is not None:
        return NUMBER
    return TRUTH if said.casefold() in TRUTHS else TEXT


def _matches(said: str, offered: Problem) -> bool:
    try:
        _answer(said, offered.kind, offered.options)
    except HypvizError:
        return False
    return True


def _answer(said: str, kind: str, options: tuple[Choice, ...]) -> Fraction | str:
    """The expected answer as problems of that kind have it."""
    if kind == NUMBER:
        reading = read_cell(said)
        if reading.value is None:
            raise HypvizError(
                f"The expected answer {said!r} is not a number that can be read ({reading.reason}); write it like 42, 3.5 or 1/3, choose "
                "another kind of answer, or leave it empty."
            )
        return reading.value
    if kind == TEXT:
        return said
    plain = said.strip("().:, ").casefold()
    if kind == TRUTH:
        plain = _SAID.get(plain, plain)
    named = TRUTHS if kind == TRUTH else tuple(option.label for option in options)
    found = next((label for label in named if label.casefold() == plain), None)
    found = found or next((option.label for option in options if option.text.strip().casefold() == said.casefold()), None)
    if found is None:
        raise HypvizError(f"The expected answer {said!r} is none of {', '.join(named)}; write one of these, or leave it empty.")
    return found


def _stand_in(kind: str, options: tuple[Choice, ...]) -> Fraction | str:
    """An answer that nothing is compared with, for a prompt that is not marked."""
    return options[0].label if options else TRUTHS[0] if kind == TRUTH else "?" if kind == TEXT else Fraction(0)


def _problem(question: str, answer: Fraction | str, kind: str, options: tuple[Choice, ...], given: str | None) -> Problem:
    return Problem(question=question, solution="", answer=answer, skill=OWN, source=OWN, given=given, kind=kind, options=options)


def _table(data: bytes, filename: str) -> Rows | None:
    """The rows of a file; None for a text file that has none."""
    if not filename.lower().removesuffix(".gz").endswith(".txt"):
        return rows_of(data, filename)
    try:
        table = rows_of(data, filename)
    except HypvizError:
        return None
    return table if any(name.strip().casefold() in QUESTIONS for name in table.columns) else None


def _of_rows(table: Rows, filename: str) -> tuple[list[Case], list[str]]:
    """The prompts of the rows, and why the others are none."""
    found = settled([read_row(row, filename, FORMS.values())[0] for row in table.rows])
    cases: list[Case] = []
    unread: list[tuple[str, str]] = []
    for row, place, reading in zip(table.rows, table.places, found, strict=True):
        case = _case(row, reading)
        if case is None:
            unread.append((place, reading.reason))
        else:
            cases.append(case)
    return cases, in_order([*table.broken, *unread])


def _case(row: object, reading: Reading) -> Case | None:
    """The prompt of a row: marked, or not where the row has no answer; None where it is no prompt."""
    if reading.problem is not None:
        return Case(problem=reading.problem)
    cells = {name.strip().casefold(): value for name, value in (as_record(row) or {}).items()}
    name = question_name(cells)
    question = None if name is None else whole_question(cells, name)
    if question is None:
        return None
    if reading.reason == _UNANSWERED:
        return typed_case(question)
    if reading.instead is not None:
        return Case(problem=dataclasses.replace(reading.instead, source=OWN))
    return None
