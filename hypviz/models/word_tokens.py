"""Token counts from a table of words: each word is cut into tokens as it stands in a text, and counts as often as the table says.

In: a model's tokenizer and `WordCounts`. Out: `TokenCounts`. A word with white space before it is encoded behind an anchor whose own
tokens are taken off again, so that a word-initial token is the one that a text would give: byte-level BPE writes the space into it,
sentencepiece its mark, and WordPiece neither. Where the anchor's tokens do not stand first (a tokenizer that joins words), the word is
encoded alone and counted in `n_unplaced`. Tokens across a white space between words are beyond a table of words.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from hypviz.errors import HypvizError, Stopped
from hypviz.models.tokens import encode_plain, vocabulary_size
from hypviz.records.models import ModelRef
from hypviz.records.texts import TokenCounts, WordCounts

ANCHOR = "a"
_BATCH = 4096


def count_word_tokens(
    ref: ModelRef,
    words: WordCounts,
    *,
    progress: Callable[[int, int], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> TokenCounts:
    """How often each embedding row's token would occur in the words of the table; raises `Stopped` or `HypvizError`."""
    anchor = encode_plain(ref, [ANCHOR])[0]
    n_rows, n_unplaced, n_without_row = vocabulary_size(ref), 0, 0
    counts = np.zeros(n_rows, dtype=np.int64)
    for start in range(0, len(words.forms), _BATCH):
        if should_stop is not None and should_stop():
            raise Stopped(f"Counting the tokens of {words.name} was stopped; start it again to get a result.")
        forms, times = words.forms[start : start + _BATCH], words.counts[start : start + _BATCH]
        tokens, unplaced = _in_context(ref, forms, anchor)
        n_unplaced += int(times[unplaced].sum())
        ids = np.fromiter((i for row in tokens for i in row), dtype=np.int64)
        weight = np.repeat(times, [len(row) for row in tokens])
        there = ids < n_rows
        n_without_row += int(weight[~there].sum())
        np.add.at(counts, ids[there], weight[there])
        if progress is not None:
            progress(min(start + _BATCH, len(words.forms)), len(words.forms))
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


def _in_context(ref: ModelRef, forms: tuple[str, ...], anchor: list[int]) -> tuple[list[list[int]], np.ndarray]:
    """The tokens of each form, and which forms (n,) the anchor could not be taken off."""
    opens = np.array([not form[0].isspace() for form in forms])
    found = encode_plain(ref, [form if opening else ANCHOR + form for form, opening in zip(forms, opens, strict=True)])
    placed = np.array([opening or row[: len(anchor)] == anchor for row, opening in zip(found, opens, strict=True)])
    alone = iter(encode_plain(ref, [form.strip() for form, fits in zip(forms, placed, strict=True) if not fits]))
    tokens = []
    for row, opening, fits in zip(found, opens, placed, strict=True):
        tokens.append(row if opening else row[len(anchor) :] if fits else next(alone))
    return tokens, ~placed
