"""Whether two questions are the same but for how they are written: case, white space, compatible signs, and punctuation."""

from __future__ import annotations

import re
import unicodedata

_PUNCTUATION = re.compile(r"(?<=\d)[.,:/](?=\d)|[-−](?=[\d.])|[%*/](?<=\d.)|[*/](?=\s?\d)|([^\w\s+=<>$€£¥^|~×÷√°])|(_)")


def plain_question(question: str) -> str:
    """The question in lower case, its words and numbers apart by one space each; what belongs to a number stays (2.5, -3, 40%)."""
    text = unicodedata.normalize("NFKC", question).casefold()
    return " ".join(_PUNCTUATION.sub(lambda mark: " " if mark.group(1) or mark.group(2) else mark.group(), text).split())
