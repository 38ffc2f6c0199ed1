"""A worked text: without calculator marks and answer marks, ending in one sentence that gives the answer.

A text in a cell of its own may contradict the answer cell: then it is left out, which is counted.
"""

from __future__ import annotations

import re
from fractions import Fraction

from hypviz.problems import extract_answer, is_right, read_carefully, read_cell, write_number

_CALCULATOR = re.compile(r"<<.*?>>")
_CLOSING = re.compile(r"(?:^|(?<=\s))The answer is:?\s*([^\n]*?)\.?\s*$")
_LAST_SENTENCE = re.compile(
    r"\s*\b(?:the\s+)?(?:correct\s+)?(?:answer|ans|option)\b[\s:.=-]*(?:is\b\s*:?\s*)?\(?\b([A-Za-z]\w*)\b\)?[.\s]*$", re.I
)


def without_marks(text: str) -> str:
    """A text of its own cell without ``<<...>>`` and what follows ``####``."""
    plain = text.strip().removeprefix("A:").strip()
    return _CALCULATOR.sub("", plain.rpartition("####")[0]).strip() if "####" in plain else plain


def steps_in(answer: str) -> str:
    """The steps in an answer cell before its closing number; empty where the cell gives the number alone."""
    if "####" in answer:
        return " ".join(_CALCULATOR.sub("", answer.rpartition("####")[0]).split())
    if "=" in answer or "answer" in answer.lower() or "boxed" in answer:
        return " ".join(_CALCULATOR.sub("", answer).split())
    return ""


def with_number(text: str, answer: Fraction, *, has_own_cell: bool) -> tuple[str, bool]:
    """The text ending with "The answer is N.", and whether one of its own cell was left out for another number."""
    closing = f"The answer is {write_number(answer)}."
    if not text:
        return closing, False
    if has_own_cell and not is_right(read_carefully(text), answer) and not is_right(extract_answer(text), answer):
        return closing, True
    last = _CLOSING.search(text)
    if last is not None and read_cell(last.group(1)).value == answer:
        text = text[: last.start()].rstrip()
    return f"{text} {closing}".strip(), False


def with_label(text: str, label: str, labels: tuple[str, ...], closing: str) -> tuple[str, bool]:
    """The text ending with `closing`; left out (True) where its own last sentence names another one of the labels."""
    last = _LAST_SENTENCE.search(text)
    named = None if last is None else last.group(1)
    known = {each.casefold() for each in labels}
    if last is None or named is None or named.casefold() not in known:
        return f"{text.strip()} {closing}".strip(), False
    if named.casefold() != label.casefold():
        return closing, True
    return f"{text[: last.start()].strip()} {closing}".strip(), False
