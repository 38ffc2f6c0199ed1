"""Questions that offer answers, in the wording of the paper's release, and which offered answer a cell means.

The paper's commonsense sets (LLM-Adapters, arXiv 2304.01933) ask "Please choose the correct answer to the question: ..." with numbered
options and a line "Answer format: answer1/answer2"; its AQuA asks with "Answer Choices: (A) ... (B) ...".
"""

from __future__ import annotations

import string
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from hypviz.corpora.forms.entry import Reading, as_list
from hypviz.corpora.forms.worked import with_label
from hypviz.corpora.table import NumberLiteral
from hypviz.corpora.wording import quoted
from hypviz.records.problems import LETTER, OPTION, TRUTH, Choice, Problem

MOST = len(string.ascii_uppercase)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """How a set asks: the sentence before the question, the word its options are numbered by, and what stands between them."""

    intro: str
    stem: str = "answer"
    between: str = " "
    before_format: str = "\n\n"


QUESTION = Asked(intro="Please choose the correct answer to the question: ")


def offered(asked: Asked, question: str, texts: Sequence[str], right: int, *, source: str, given: str) -> Problem:
    """The problem in the release's wording; `right` is the place of the right text, counted from 0."""
    options = tuple(Choice(label=f"{asked.stem}{number}", text=text.strip()) for number, text in enumerate(texts, start=1))
    lines = asked.between.join(f"{option.label.capitalize()}: {option.text}" for option in options)
    labels = "/".join(option.label for option in options)
    return Problem(
        question=f"{asked.intro}{question.strip()}\n\n{lines}{asked.before_format}Answer format: {labels}",
        solution=correct(options[right].label),
        answer=options[right].label,
        skill="file",
        source=source,
        given=given,
        kind=OPTION,
        options=options,
    )


def correct(answer: str) -> str:
    """The sentence that the release learns from."""
    return f"the correct answer is {answer}"


def true_or_false(question: str, answer: str, *, source: str, given: str) -> Problem:
    """A question that true or false answers, in the release's wording."""
    text = f"Please answer the following question with true or false, question: {question}\n\nAnswer format: true/false"
    return Problem(question=text, solution=correct(answer), answer=answer, skill="file", source=source, given=given, kind=TRUTH)


def lettered(question: str, texts: Sequence[str], right: int, worked: str, *, source: str, given: str) -> Reading:
    """The problem with its options behind letters, as the release asks AQuA."""
    options = tuple(Choice(label=letter, text=text.strip()) for letter, text in zip(string.ascii_uppercase, texts, strict=False))
    whole = f"{question.strip()} Answer Choices: {' '.join(f'({option.label}) {option.text}' for option in options)}"
    return letter_problem(whole, options, options[right].label, worked, source=source, given=given)


def letter_problem(question: str, options: tuple[Choice, ...], answer: str, worked: str, *, source: str, given: str) -> Reading:
    """The problem whose question already holds its options."""
    labels = tuple(option.label for option in options)
    solution, lost = with_label(worked, answer, labels, f"The answer is {answer}.")
    problem = Problem(
        question=question, solution=solution, answer=answer, skill="file", source=source, given=given, kind=LETTER, options=options
    )
    return Reading(problem=problem, lost=lost)


def text_of(raw: Any) -> str:
    """A cell as it stands in the file; of a list of one its only text."""
    several = as_list(raw)
    if several is not None and len(several) == 1:
        raw = several[0]
    return raw.text if isinstance(raw, NumberLiteral) else str(raw).strip()


def counted(raw: Any, first: int, n: int) -> tuple[int | None, str]:
    """The place, from 0, of an answer that counts from `first`; None and the reason where it is none of the `n`."""
    text = "" if raw is None else text_of(raw)
    if text in ("", "-1"):
        return None, "has no answer, as in a test set whose answers are not published"
    if not text.isascii() or not text.isdecimal() or len(text) > 3 or not first <= int(text) < first + n:
        return None, f"the answer “{quoted(text)}” is none of {first} to {first + n - 1}"
    return int(text) - first, ""
