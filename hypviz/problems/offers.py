"""What a question offers for an answer, as people type it: "(A) 3 (B) 4" or a line for each of A) B) C), and true or false."""

from __future__ import annotations

import re
import string

from hypviz.records.problems import Choice

_MARK = re.compile(r"(?:(?<=\s)|^)\(?([A-Z])\)[ \t]*|^[ \t]*([A-Z])[.:][ \t]+", re.MULTILINE)
_TRUTH = re.compile(r"\b(?:true\s*(?:or|/)\s*false|yes\s*(?:or|/)\s*no)\b", re.IGNORECASE)


def lettered_options(question: str) -> tuple[Choice, ...]:
    """The options from the last A on, in the order of the alphabet; none where there are not at least two with a text."""
    marks = [(match.group(1) or match.group(2), match) for match in _MARK.finditer(question)]
    first = max((i for i, (letter, _) in enumerate(marks) if letter == "A"), default=None)
    if first is None:
        return ()
    run: list[re.Match[str]] = []
    for letter, match in marks[first:]:
        if letter != string.ascii_uppercase[len(run)]:
            break
        run.append(match)
    ends = [*(match.start() for match in run[1:]), len(question)]
    texts = [_text(question, match, end) for match, end in zip(run, ends, strict=True)]
    if len(texts) < 2 or not all(texts):
        return ()
    return tuple(Choice(label=letter, text=text) for letter, text in zip(string.ascii_uppercase, texts, strict=False))


def asks_for_truth(question: str) -> bool:
    """Whether the question says that true or false, or yes or no, answers it."""
    return _TRUTH.search(question) is not None


def _text(question: str, mark: re.Match[str], end: int) -> str:
    """What stands behind a letter: of one that begins a line the rest of the line, else all up to the next one or an empty line."""
    begins_line = not question[: mark.start()].rpartition("\n")[2].strip()
    return question[mark.end() : end].partition("\n" if begins_line else "\n\n")[0].strip(" \t\n,;")
