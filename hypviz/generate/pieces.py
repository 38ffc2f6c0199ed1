"""Token ids to text, token by token: the pieces add up to the whole text, whatever the tokenizer does at word starts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

_CONTEXT = 8  # prompt tokens decoded along, because some tokenizers drop the space before the first token they are given
_INCOMPLETE = "\ufffd"


class Pieces:
    """The text that each new token adds; a token that ends inside a character adds nothing until the character is whole."""

    def __init__(self, tokenizer: PreTrainedTokenizerBase, prompt_ids: Sequence[int]) -> None:
        self._tokenizer = tokenizer
        self._ids = list(prompt_ids[-_CONTEXT:])
        self._shown = self._text()

    def add(self, token_id: int) -> str:
        """The text that this token completes; empty for special tokens."""
        self._ids.append(token_id)
        text = self._text()
        if text.endswith(_INCOMPLETE):
            return ""
        return self._advance(text)

    def rest(self) -> str:
        """What an unfinished last character leaves behind, shown as the replacement sign."""
        return self._advance(self._text())

    def _advance(self, text: str) -> str:
        piece, self._shown = text[len(self._shown) :], text
        return piece

    def _text(self) -> str:
        return cast(str, self._tokenizer.decode(self._ids, skip_special_tokens=True, clean_up_tokenization_spaces=False))


def split_pieces(tokenizer: PreTrainedTokenizerBase, prompt_ids: Sequence[int], token_ids: Sequence[int]) -> tuple[str, ...]:
    """One piece per token; together they are the continuation's text."""
    pieces = Pieces(tokenizer, prompt_ids)
    found = [pieces.add(token_id) for token_id in token_ids]
    if found:
        found[-1] += pieces.rest()
    return tuple(found)


def before_stop(pieces: Sequence[str], stop: Sequence[str]) -> tuple[str, ...]:
    """The pieces whose text ends before the first of the `stop` strings in it; all of them where none is there."""
    text = "".join(pieces)
    places = [at for mark in stop if (at := text.find(mark)) >= 0]
    if not places:
        return tuple(pieces)
    room, kept = min(places), list[str]()
    for piece in pieces:
        if room <= 0:
            break
        kept.append(piece[:room])
        room -= len(piece)
    return tuple(kept)
