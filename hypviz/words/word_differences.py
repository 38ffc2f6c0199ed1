"""Which words only one of two answers has, aligned in their order, and how many these are in a sentence."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

_WORD = re.compile(r"(?:(?![.,;:!?])\S)+(?:[.,;:!?]+(?:(?![.,;:!?])\S)+)*|[.,;:!?]+")  # 1,204.5 is one word, the full stop after it another
Spans = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class WordDifferences:
    """From where to where in each text a word stands that the other has not at that place; `n_shared` words stand in both, in one order."""

    only_one: Spans
    only_other: Spans
    n_shared: int


def word_differences(one: str, other: str) -> WordDifferences:
    """The words of two texts, aligned by `difflib`; a sign between white space and the end of a sentence count as words."""
    here, there = [list(_WORD.finditer(text)) for text in (one, other)]
    matcher = SequenceMatcher(None, [word[0] for word in here], [word[0] for word in there], autojunk=False)
    both = matcher.get_matching_blocks()
    same_here = {block.a + i for block in both for i in range(block.size)}
    same_there = {block.b + i for block in both for i in range(block.size)}
    return WordDifferences(
        only_one=tuple(word.span() for i, word in enumerate(here) if i not in same_here),
        only_other=tuple(word.span() for i, word in enumerate(there) if i not in same_there),
        n_shared=len(same_here),
    )


def difference_sentence(found: WordDifferences, one: str, other: str) -> str:
    """How many words the answers titled `one` and `other` share, and how many only one of them has."""
    shared = "1 word stands" if found.n_shared == 1 else f"{found.n_shared:,} words stand"
    start = f"{shared} in both answers in the same order (signs and stops count as words)"
    if not found.only_one and not found.only_other:
        return f"{start}, and no other: {one} and {other} say the same."
    return f"{start}; {len(found.only_one):,} only in that of {one} and {len(found.only_other):,} only in that of {other} are marked."


def marked_pieces(pieces: Sequence[str], spans: Spans) -> tuple[bool, ...]:
    """Which of the pieces of a text hold a part of one of the `spans`."""
    found: list[bool] = []
    start = 0
    for piece in pieces:
        end = start + len(piece)
        found.append(any(first < end and start < last for first, last in spans))
        start = end
    return tuple(found)
