"""Token counts from a table of words: each word is cut into tokens as it stands in a text, and counts as often as the table says.

In: a model's tokenizer and `WordCounts`. Out: `TokenCounts`. A word with white space before it is encoded behind an anchor whose own
tokens are taken off again, so that a word-initial token is the one that a text would give: byte-level BPE writes the space into it,
sentencepiece its mark, and WordPiece neither. Where the anchor's tokens do not stand first (a tokenizer that joins words), the word is
encoded alone and counted in `n_unplaced`. A word with a token that has no embedding row is left out and counted. Tokens across a white
space between words are beyond a table of words.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from hypviz.errors import HypvizError, Stopped
from hypviz.models.live.description import vocabulary_size
from hypviz.models.tokenizer.tokens import encode_plain
from hypviz.records.models import ModelRef
from hypviz.records.texts import TokenCounts, WordCounts
from hypviz.work import NOBODY, Work

ANCHOR = "a"
_BATCH = 4096


def count_word_tokens(ref: ModelRef, words: WordCounts, *, work: Work = NOBODY) -> TokenCounts:
    """How often each embedding row's token would occur in the words of the table; raises `Stopped` or `HypvizError`."""
    anchor = encode_plain(ref, [ANCHOR])[0]
    n_unplaced = n_without_row = 0
    counts = np.zeros(vocabulary_size(ref), dtype=np.int64)
    for start in range(0, len(words.forms), _BATCH):
        if work.is_stopped:
            raise Stopped(f"Counting the tokens of {words.name} was stopped; start it again to get a result.")
        forms, times = words.forms[start : start + _BATCH], words.counts[start : start + _BATCH].tolist()
        for row, n, placed in zip(*_in_context(ref, forms, anchor, times), strict=True):
            if row is None:
                n_without_row += n
                continue
            n_unplaced += 0 if placed else n
            for i in row:
                counts[i] += n
        work.report(min(start + _BATCH, len(words.forms)), len(words.forms))
    if not counts.any():
        raise HypvizError(f"No word of {words.name} has a token of {ref.label}; choose a text of your own to count.")
    return TokenCounts(
        corpus=words.name,
        counts=counts,
        n_tokens=int(counts.sum()),
        n_texts=words.n_texts,
        fingerprint=words.fingerprint,
        source=f"general table: {words.n_words:,} words from {', '.join(words.sources)}, re-tokenised",
        n_unplaced=n_unplaced,
        n_without_row=n_without_row,
    )


def _in_context(
    ref: ModelRef, forms: Sequence[str], anchor: list[int], times: list[int]
) -> tuple[list[list[int] | None], list[int], list[bool]]:
    """The tokens of each form (None where one has no row), its count, and whether the anchor could be taken off."""
    opens = [not form[0].isspace() for form in forms]
    found = _encoded(ref, [form if opening else ANCHOR + form for form, opening in zip(forms, opens, strict=True)])
    placed = [opening or row is None or row[: len(anchor)] == anchor for row, opening in zip(found, opens, strict=True)]
    alone = iter(_encoded(ref, [form.strip() for form, fits in zip(forms, placed, strict=True) if not fits]))
    tokens: list[list[int] | None] = []
    for row, opening, fits in zip(found, opens, placed, strict=True):
        behind = row if row is None or opening else row[len(anchor) :]
        tokens.append(behind if fits else next(alone))
    return tokens, times, placed


def _encoded(ref: ModelRef, texts: Sequence[str]) -> list[list[int] | None]:
    """The tokens of each text; None for one that holds a token without an embedding row, which the encoder refuses."""
    try:
        return list(encode_plain(ref, texts))
    except HypvizError:
        return [_one(ref, text) for text in texts]


def _one(ref: ModelRef, text: str) -> list[int] | None:
    try:
        return encode_plain(ref, [text])[0]
    except HypvizError:
        return None
