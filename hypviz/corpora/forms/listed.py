"""Options that stand in one text: a list of JSON or of Python, or "A) 1 B) 2" with the letters in order, as MathQA writes them.

A text that can be cut in two ways, because a letter stands in it twice, is not cut.
"""

from __future__ import annotations

import ast
import json
import re
import string
from typing import Any

LONGEST = 20_000  # characters
_QUOTED = re.compile(r"""\s*\[\s*['"]""")
_BRACKETED = re.compile(r"\[\s*(.*?)\s*\]", re.DOTALL)
_MARK = r"(?:(?<=[\s,;])|(?<=\A))\(?\s?(?:{upper}|{lower})\s?[).:](?=\s|\S)\s*"


def options_in(text: str) -> Any | None:
    """The list, or the texts behind the letters A, B, ... with their letters left out; None for any other text."""
    text = text.strip()
    if len(text) > LONGEST:
        return None
    if text[:1] in ("[", "{"):
        found = _parsed(text)
        if found is not None:
            return found
        inside = _BRACKETED.fullmatch(text)
        return None if inside is None else _lettered(inside.group(1))
    return _lettered(text)


def _parsed(text: str) -> Any | None:
    try:
        return json.loads(text)
    except (json.JSONDecodeError, RecursionError):
        pass
    if _QUOTED.match(text) is None:
        return None
    try:
        return ast.literal_eval(text)  # data only: no name, no call
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        return None


def _lettered(text: str) -> list[str] | None:
    """The texts behind A, B, ... of a text that begins with its A."""
    marks: list[re.Match[str]] = []
    for letter in string.ascii_uppercase:
        found = list(re.finditer(_MARK.format(upper=letter, lower=letter.lower()), text))
        if not found:
            break
        if len(found) > 1:
            return None
        marks += found
    starts = [mark.start() for mark in marks]
    if len(marks) < 2 or starts != sorted(starts) or starts[0] != 0:
        return None
    ends = [*starts[1:], len(text)]
    texts = [text[mark.end() : end].strip().rstrip(",;").strip() for mark, end in zip(marks, ends, strict=True)]
    return texts if all(texts) else None
