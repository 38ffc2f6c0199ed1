"""Rows of the paper's release (instruction, output, answer) that offer their answers inside the instruction.

"... Answer1: dry palms Answer2: wet palms ... Answer format: answer1/answer2" is an `OPTION`, "Answer format: true/false" a `TRUTH`, and
"Answer Choices: (A) 32400 (B) 6000" a `LETTER`. Where the answer cell is missing the output's "the correct answer is ..." gives it.
"""

from __future__ import annotations

import re
import string

from hypviz.corpora.forms.entry import Cells, Form, Reading, filled, only, present
from hypviz.corpora.forms.offering import MOST, correct, letter_problem, text_of
from hypviz.corpora.forms.plain import ANSWERS, QUESTIONS, WORKED
from hypviz.corpora.joining import whole_question
from hypviz.corpora.wording import quoted
from hypviz.records.problems import OPTION, TRUTH, TRUTHS, Choice, Problem

_FORMAT = re.compile(r"\s*Answer format:\s*(\w+(?:\s*/\s*\w+)+)\s*\Z", re.IGNORECASE)
_CHOICES = re.compile(r"\bAnswer Choices?:\s*(?=\(A\))", re.IGNORECASE)
_SAID = re.compile(r"\b(?:the\s+)?(?:correct\s+)?answer\s+is\s*:?\s*\(?(\w+)\)?[.\s]*\Z", re.IGNORECASE)


def _name(cells: Cells) -> str | None:
    return next((name for name in QUESTIONS if filled(cells, name)), None)


def fits(cells: Cells) -> bool:
    """Whether the question says in which format it is to be answered, or lists its choices."""
    name = _name(cells)
    return name is not None and bool(_FORMAT.search(cells[name]) or _CHOICES.search(cells[name]))


def read(cells: Cells, source: str) -> Reading:
    """The row's problem, or why its options or its answer cannot be read."""
    question = whole_question(cells, _name(cells) or "")
    if question is None:
        return Reading(reason="has a context that is not text")
    worked = next((cells[name].strip() for name in WORKED if filled(cells, name)), "")
    raw = only(present(cells, *ANSWERS))
    said = _SAID.search(worked)
    if raw is None and said is None:
        return Reading(reason="has no answer")
    given = text_of(raw) if raw is not None else said.group(1) if said is not None else ""
    form = _FORMAT.search(question)
    if form is None:
        return _letter(question, given, worked, source)
    labels = tuple(label.strip().casefold() for label in form.group(1).split("/"))
    answer = given.casefold()
    if answer not in labels:
        return Reading(reason=f"the answer “{quoted(given)}” is none of {', '.join(labels)}")
    lost = said is not None and said.group(1).casefold() in labels and said.group(1).casefold() != answer
    if set(labels) == set(TRUTHS):
        kind, options = TRUTH, ()
    else:
        kind, options = OPTION, options_in(question[: form.start()], labels)
    if options is None:
        return Reading(reason=f"offers {', '.join(labels)} without saying what each of them is")
    solution = worked if worked and not lost and said is not None else correct(answer)
    problem = Problem(
        question=question, solution=solution, answer=answer, skill="file", source=source, given=given, kind=kind, options=options
    )
    return Reading(problem=problem, lost=lost)


def options_in(text: str, labels: tuple[str, ...]) -> tuple[Choice, ...] | None:
    """The texts behind "Answer1:", "Answer2:" ... at the end of a question; None where one of them is not there."""
    end, found = len(text), list[Choice]()
    for label in reversed(labels):
        marks = list(re.finditer(rf"\b{re.escape(label)}\s*:\s*", text[:end], re.IGNORECASE))
        if not marks:
            return None
        found.append(Choice(label=label, text=text[marks[-1].end() : end].strip()))
        end = marks[-1].start()
    return tuple(reversed(found)) if len(set(labels)) == len(labels) else None


def _letter(question: str, given: str, worked: str, source: str) -> Reading:
    """The problem of a question that ends in "Answer Choices: (A) ... (B) ..."."""
    start = list(_CHOICES.finditer(question))
    rest = question[start[-1].end() :] if start else question
    places: list[int] = []
    for letter in string.ascii_uppercase[:MOST]:
        at = rest.find(f"({letter})", places[-1] + 3 if places else 0)
        if at < 0:
            break
        places.append(at)
    ends = [*places[1:], len(rest)]
    options = tuple(
        Choice(label=string.ascii_uppercase[place], text=rest[at + 3 : end].strip())
        for place, (at, end) in enumerate(zip(places, ends, strict=False))
    )
    answer = given.strip(" ().").upper()
    if len(options) < 2 or answer not in {option.label for option in options}:
        return Reading(reason=f"the answer “{quoted(given)}” is none of its {len(options)} options")
    return letter_problem(question, options, answer, worked, source=source, given=given)


ENTRY = Form(
    name="release",
    label="The paper's release",
    help="instruction, output and answer, with the options in the instruction",
    order=20,
    columns=("instruction", "output", "answer"),
    fits=fits,
    read=read,
    is_asked_as_written=True,
)
