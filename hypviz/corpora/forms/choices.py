"""A question with a list of options: AQuA (options, correct), ARC and OpenBookQA (choices of labels and texts), MMLU, columns A to E.

Options with labels of their own are asked as the paper's release asks ARC, texts alone behind letters as it asks AQuA. The answer is a
label, one of the texts, or a place counted from 0; what may be two of these is refused.
"""

from __future__ import annotations

import re
import string
from collections.abc import Sequence
from typing import Any

from hypviz.corpora.forms.entry import Cells, Form, Reading, as_list, as_record, present
from hypviz.corpora.forms.listed import options_in
from hypviz.corpora.forms.offering import MOST, QUESTION, lettered, offered, text_of
from hypviz.corpora.forms.plain import QUESTIONS, WORKED
from hypviz.corpora.joining import whole_question
from hypviz.corpora.table import NumberLiteral
from hypviz.corpora.wording import quoted
from hypviz.records.problems import Choice

LISTS = ("options", "choices")
ANSWERS = ("correct", "answerkey", "answer", "correct_answer", "label", "ans", "target")
STEMS = ("question_stem", "stem", *QUESTIONS)
_LETTERED = re.compile(r"\s*\(?([A-Za-z])\s*[).:]\s*(.*)", re.DOTALL)
_ONE_LETTER = re.compile(r"\(?[A-Za-z][).:]?")
_LABEL = re.compile(r"\(?\s*(\w+)\s*[).:]?")


def fits(cells: Cells) -> bool:
    """Whether options stand in a column, in the question as ARC nests them, or in columns A, B, ..."""
    return any(cells.get(name) for name in LISTS) or isinstance(cells.get("question"), dict) or _in_columns(cells)


def _in_columns(cells: Cells) -> bool:
    """Whether a letter answers a row with columns A and B; numbers called so belong to the question."""
    there = present(cells, "a") is not None and present(cells, "b") is not None
    return there and _ONE_LETTER.fullmatch(text_of(present(cells, *ANSWERS))) is not None


def read(cells: Cells, source: str) -> Reading:
    """The row's problem, or why its options or its answer cannot be read."""
    nested = as_record(cells.get("question"))
    if nested is not None:
        cells = {**cells, "question": nested.get("stem"), "choices": nested.get("choices")}
    name = next((name for name in STEMS if isinstance(cells.get(name), str) and cells[name].strip()), None)
    question = None if name is None else whole_question(cells, name)
    if question is None:
        return Reading(reason="has no question" if name is None else "has a context that is not text")
    options, own = _options(cells)
    if isinstance(options, str):
        return Reading(reason=options)
    raw = present(cells, *ANSWERS)
    if raw is None:
        return Reading(reason="has no answer")
    right, reason, position = which(raw, options)
    if right is None:
        return Reading(reason=reason, position=position)
    given, texts = text_of(raw), [option.text for option in options]
    if own:
        return Reading(problem=offered(QUESTION, question, texts, right, source=source, given=given))
    worked = next((cells[name] for name in WORKED if isinstance(cells.get(name), str)), "")
    found = lettered(question, texts, right, worked, source=source, given=given)
    return Reading(problem=found.problem, lost=found.lost, position=position)


def _options(cells: Cells) -> tuple[list[Choice] | str, bool]:
    """The options in order, or why there are none, and whether the file gives them labels of their own."""
    raw = present(cells, *LISTS)
    if raw is None:
        letters = [letter for letter in string.ascii_lowercase if present(cells, letter) is not None]
        unbroken = letters == list(string.ascii_lowercase[: len(letters)])
        raw = [text_of(cells[letter]) for letter in letters] if unbroken and len(letters) > 1 else None
    if isinstance(raw, str):
        raw = options_in(raw)
        if raw is None:
            return "the options are no list that can be read; write them as a list, or as A) ... B) ... with each letter once", False
    record = as_record(raw) or {}
    texts, labels = as_list(record.get("text")), as_list(record.get("label"))
    if texts is not None and labels is not None:
        if len(texts) != len(labels):
            return f"has {len(labels)} labels for {len(texts)} options", True
        raw = [{"label": label, "text": text} for label, text in zip(labels, texts, strict=True)]
    several = as_list(raw)
    if several is None or not 2 <= len(several) <= MOST:
        return f"the options are no list of 2 to {MOST} texts", False
    own = all(isinstance(option, dict) for option in several)
    found = [_choice(option, place) for place, option in enumerate(several)]
    options = [option for option in found if option is not None]
    if len(options) < len(found):
        return f"has no text for option {found.index(None) + 1}", own
    if len({option.label for option in options}) < len(options):
        return "gives two options the same label", own
    return (options if own else _relettered(options)), own


def _choice(raw: Any, place: int) -> Choice | None:
    """One option; a bare text has the letter of its place, and keeps one that it begins with (see `_relettered`)."""
    record = as_record(raw)
    if record is not None:
        label, text = record.get("label"), record.get("text")
        label = None if label is None else text_of(label)
    else:
        label, text = string.ascii_uppercase[place], raw
    if isinstance(text, NumberLiteral):
        text = text.text
    return None if not label or not isinstance(text, str) or not text.strip() else Choice(label=label, text=text.strip())


def _relettered(options: list[Choice]) -> list[Choice]:
    """The texts without the letters that they all begin with in order ("A)32400"), as AQuA writes them."""
    found = [_LETTERED.fullmatch(option.text) for option in options]
    for option, match in zip(options, found, strict=True):
        if match is None or match.group(1).upper() != option.label or not match.group(2).strip():
            return options
    return [Choice(label=option.label, text=match.group(2).strip()) for option, match in zip(options, found, strict=True) if match]


def which(raw: Any, options: Sequence[Choice]) -> tuple[int | None, str, int | None]:
    """The place of the right option, from 0, or None and why; and that place as a count alone where it is nothing else.

    A count beyond the options is handed out too, for it tells that a file may count from 1.
    """
    several = as_list(raw)
    if isinstance(raw, (bool, dict)) or (several is not None and len(several) != 1):
        return None, "the answer is not one of its options", None
    text = text_of(raw)
    bare = _LABEL.fullmatch(text)
    label = bare.group(1).casefold() if bare is not None else text.casefold()
    by_label = [place for place, option in enumerate(options) if option.label.casefold() == label]
    by_text = [place for place, option in enumerate(options) if _plain(option.text) == _plain(text)]
    count = int(text) if text.isascii() and text.isdecimal() and len(text) < 4 else None
    by_count = [count] if count is not None and not by_label and count < len(options) else []
    meant = {*by_label, *by_text, *by_count}
    if len(meant) == 1:
        place = meant.pop()
        return place, "", place if by_count and not by_text else None
    if meant:
        return None, f"the answer “{quoted(text)}” may be several of its options", None
    labels = ", ".join(option.label for option in options)
    return None, f"the answer “{quoted(text)}” is none of its {len(options)} options ({labels})", count


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold().rstrip(".")


ENTRY = Form(
    name="choices",
    label="Multiple choice",
    help="a question with a list of options: AQuA, ARC, OpenBookQA, MMLU",
    order=50,
    columns=("question", "choices", "answerKey"),
    fits=fits,
    read=read,
)
