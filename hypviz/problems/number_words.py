"""Numbers in English words, cardinal and below a million millions: ``twelve``, ``forty-two``, ``one hundred and five``."""

from __future__ import annotations

import re
from dataclasses import dataclass

_ONES = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen"),
    *("fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
)
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_BELOW_HUNDRED = {word: i for i, word in enumerate(_ONES)} | {word: 10 * i for i, word in enumerate(_TENS, start=2)}
_SCALES = {"thousand": 10**3, "million": 10**6, "billion": 10**9}
_WORD = re.compile(r"[a-z]+", re.IGNORECASE)
_JOIN = re.compile(r"\s*-\s*|\s+(?:and\s+)?|,\s+", re.IGNORECASE)
_GOES_ON = re.compile(
    r"\s*(?:-|\s(?:and\s+(?:a\s+)?)?)(?:half|halves|thirds?|quarters?|fifths?|sixths?|eighths?|tenths?|dozens?|score)\b", re.IGNORECASE
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Worded:
    """A number in words, and where its words begin and end in the text."""

    value: int
    start: int
    end: int


def worded_number(text: str, at: int = 0) -> Worded | None:
    """The number whose words begin at `at`; None where there is none, where its words make no number, or a fraction goes on."""
    words: list[str] = []
    place = end = at
    while (match := _WORD.match(text, place)) is not None and _is_part(match.group().lower(), words):
        words.append(match.group().lower())
        end = match.end()
        join = _JOIN.match(text, end)
        if join is None:
            break
        place = join.end()
    value = _value(words)
    if value is None or _GOES_ON.match(text, end):
        return None
    return Worded(value=value, start=at, end=end)


def _is_part(word: str, before: list[str]) -> bool:
    return word in _BELOW_HUNDRED or (bool(before) and (word == "hundred" or word in _SCALES))


def _value(words: list[str]) -> int | None:
    """What the words come to; None where they stand in no order that a number has."""
    total, group, last_scale, last = 0, 0, 10**12, ""
    for word in words:
        if word in _SCALES:
            if not group or _SCALES[word] >= last_scale:
                return None
            total, group, last_scale = total + group * _SCALES[word], 0, _SCALES[word]
        elif word == "hundred":
            if not 0 < group < 10:
                return None
            group *= 100
        else:
            value = _BELOW_HUNDRED[word]
            room = 100 if last == "hundred" or not group else 10 if last in _TENS and value else 0
            if value >= room:
                return None
            group += value
        last = word
    return total + group if words else None
