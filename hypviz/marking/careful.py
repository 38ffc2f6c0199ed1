"""The careful rule: what a person takes for the answer, by the kind of the problem; no answer where it could be two.

Everywhere a marked answer comes first: the last ``\\boxed{...}``, else what follows ``####``, else what "the answer is". Without one a
number is the last one that stands for itself; a letter or an option is the only one that is named at the end, or the option whose text
is the whole answer; true and false may be said as yes and no. In a text that was cut by a limit only a marked answer counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from hypviz.marking.entry import Found, MarkingRule, spot
from hypviz.problems import find_carefully, is_right_carefully
from hypviz.records.problems import LETTER, NUMBER, TEXT, TRUTH, Problem

_BOX = re.compile(r"\\(?:boxed|fbox)\s*\{((?:[^{}]|\{[^{}]*\})*)\}")
_HASHES = re.compile(r"####[ \t]*([^\n]*)")
_CALLED = re.compile(
    r"\b(?:answer|option|choice)(?:\s+(?:to|for)\s[^.:=\n]{0,60}?)?\s*(?:\b(?:is|are|was)\b|:|=)\s*:?[ \t]*\n?([^\n]*)", re.IGNORECASE
)
_SENTENCE_END = re.compile(r"[.!?;](?:\s|$)|,\s|\s(?:because|since|which|as|so|not)\b", re.IGNORECASE)
_TRUTH = re.compile(r"\b(true|false|yes|no|correct|incorrect)\b", re.IGNORECASE)
_TRUE = {"true": "true", "yes": "true", "correct": "true", "false": "false", "no": "false", "incorrect": "false"}
_EDGES = " \t\n\"'`*_.,:;!()[]{}$“”"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """A part of the text that is called its answer, and where it begins; `is_whole` says that nothing but the answer stands in it."""

    text: str
    start: int
    is_whole: bool = False


def _read(text: str, problem: Problem, *, cut: bool = False) -> Found | None:
    if problem.kind == NUMBER:
        number = find_carefully(text, cut=cut)
        return None if number is None else spot(number.start, number.end, number.value)
    for part in _marked(text):
        if cut and part.start + len(part.text) >= len(text.rstrip()) and not part.is_whole:
            continue
        found = _in_part(part, problem)
        if found is not None:
            return found
    return None if cut else _unmarked(text, problem)


def _marked(text: str) -> Iterator[_Part]:
    """The parts that are marked as the answer, the surest first."""
    for pattern in (_BOX, _HASHES, _CALLED):
        for match in reversed(list(pattern.finditer(text))):
            yield _Part(text=match.group(1), start=match.start(1), is_whole=pattern is _BOX)


def _in_part(part: _Part, problem: Problem) -> Found | None:
    if problem.kind == TEXT:
        return _trimmed(part)
    sentence = _SENTENCE_END.search(part.text)
    narrow = _Part(text=part.text[: sentence.start()], start=part.start) if sentence else part
    return _only(narrow, problem) or _by_text(narrow, problem) or _only(part, problem) or _by_text(part, problem)


def _only(part: _Part, problem: Problem) -> Found | None:
    """The one option, letter or truth that the part names; None where it names none or several."""
    named = list(_named(part, problem))
    return named[0] if named and len({found.value for found in named}) == 1 else None


def _named(part: _Part, problem: Problem) -> Iterator[Found]:
    if problem.kind == TRUTH:
        for match in _TRUTH.finditer(part.text):
            yield _at(part, match, _TRUE[match.group().lower()])
        return
    for option in problem.options:
        label = re.escape(option.label)
        if problem.kind == LETTER:  # A is a word, too
            pattern = rf"(?:^\W*|[(\[{{*]|\b(?i:option|choice|answer|is)\s+)({label})(?=[)\]}}.:*]|\W*$)|(?<!\w)({label})(?=[)\]])"
            flags = 0
        else:
            stem, digits = re.fullmatch(r"(.*?)(\d*)", option.label, re.DOTALL).groups()  # pyright: ignore[reportOptionalMemberAccess]
            pattern = rf"(?<!\w)({re.escape(stem)}[ _-]?{digits})(?!\w)" if digits else rf"(?<!\w)({label})(?!\w)"
            pattern += rf"|^\W*({digits})\W*$" if digits else ""
            flags = re.IGNORECASE
        for match in re.finditer(pattern, part.text, flags):
            yield _at(part, match, option.label)


def _by_text(part: _Part, problem: Problem) -> Found | None:
    """The option whose text the part is, or the only one whose text stands in it."""
    said = _plain(part.text)
    texts = {option.label: _plain(option.text) for option in problem.options if _plain(option.text)}
    whole = [label for label, text in texts.items() if text == said]
    inside = [label for label, text in texts.items() if re.search(rf"(?<!\w){re.escape(text)}(?!\w)", said)]
    longest = [label for label in inside if all(texts[other] in texts[label] for other in inside)]
    for labels in (whole, longest):
        if len(labels) == 1:
            trimmed = _trimmed(part)
            return None if trimmed is None else spot(trimmed.start, trimmed.end, labels[0])
    return None


def _unmarked(text: str, problem: Problem) -> Found | None:
    """What a text without a marked answer says: all of it, at its beginning, or in its last line."""
    whole = _Part(text=text, start=0)
    if problem.kind == TEXT:
        return _trimmed(whole)
    lines = [_Part(text=match.group(), start=match.start()) for match in re.finditer(r"[^\n]*\S[^\n]*", text)]
    if not lines:
        return None
    first = re.match(r"\W*\w+[.):]" if problem.kind == LETTER else r"\W*\w+\W?", lines[0].text)  # "A train leaves" names no letter
    opening = [_Part(text=first.group(), start=lines[0].start)] if first else []
    for part in (whole, *opening, lines[-1]):
        found = _only(part, problem)
        if found is not None:
            return found
    return _by_text(lines[-1], problem)


def _trimmed(part: _Part) -> Found | None:
    """The part without white space and punctuation at its ends."""
    said = part.text.strip(_EDGES)
    start = part.start + part.text.find(said)
    return spot(start, start + len(said), said) if said else None


def _at(part: _Part, match: re.Match[str], value: str) -> Found:
    group = match.lastindex or 0
    return spot(part.start + match.start(group), part.start + match.end(group), value)


def _plain(text: str) -> str:
    """Words as they are compared: without case, marks at the ends, and the kind of white space."""
    return " ".join(text.split()).strip(_EDGES).casefold()


def _is_right(value: Fraction | str, problem: Problem) -> bool:
    if isinstance(problem.answer, Fraction):
        return isinstance(value, Fraction) and is_right_carefully(value, problem.answer)
    if problem.kind == TEXT:
        return _plain(str(value)) == _plain(problem.answer)
    return value == problem.answer


ENTRY = MarkingRule(
    name="careful",
    label="Careful",
    help="what a person reads: boxed, after ####, after “the answer is”, else the last; fractions, signs, separators, words",
    order=10,
    read=_read,
    is_right=_is_right,
    sentence="right by careful reading when what a person takes for its answer is the reference, numbers within 0.001 (below 1: within a "
    "thousandth of the reference).",
)
