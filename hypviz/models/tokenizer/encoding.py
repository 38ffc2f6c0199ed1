"""How typed text becomes token ids, the one way for prompts, problems, pins, corpora and training examples.

A control token's name in a text (``</s>``, ``<|im_start|>``) is text like any other unless `control_tokens` asks for the token. The
tokens that the tokenizer itself puts before a text (its begin token) stand there once, whatever the text begins with; what it would
put behind it is left out, because a model continues a text, unless the model only reads. No id without an embedding row leaves this
module: one sentence names the text, the token and the model.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from hypviz.errors import HypvizError

if TYPE_CHECKING:
    from tokenizers import Tokenizer
    from transformers import PreTrainedTokenizerBase

_PROBE = "a"
_WHOLE_WORD_MODELS = ("Unigram", "WordLevel")  # they find a control token's name in the text by themselves


class Encoder:
    """Reads texts for one model with `n_rows` embedding rows; usable from several threads.

    Where these are the first ones of `n_rows_of_whole`, the tokens of the others are left out of every text.
    """

    def __init__(self, tokenizer: PreTrainedTokenizerBase, *, label: str, n_rows: int, n_rows_of_whole: int | None = None) -> None:
        self.tokenizer, self.label, self.n_rows, self.n_rows_of_whole = tokenizer, label, n_rows, n_rows_of_whole
        self._guard = threading.Lock()  # a tokenizer keeps the way it reads control tokens as a state of its own
        self._by_pieces = _without_control_tokens(tokenizer)
        self._before, self._behind = _around_every_text(tokenizer)

    @property
    def begin(self) -> tuple[int, ...]:
        """The ids that stand before every prompt; a begin token without a row is none of them."""
        return tuple(i for i in self._before if i < self.n_rows)

    @property
    def begin_without_row(self) -> tuple[int, ...]:
        """The ids that the tokenizer would put before a text and the model has no row for."""
        return tuple(i for i in self._before if i >= self.n_rows)

    def plain(self, texts: Sequence[str], *, control_tokens: bool = False, what: str = "The text", first: int = 0) -> list[list[int]]:
        """Ids per text, nothing put before or behind.

        Raises `HypvizError` for half a character or a token without a row, where a text is called `what`, with its number (from
        `first`) where there are several.
        """
        names = [what if len(texts) == 1 and not first else f"{what} (text {first + i + 1:,})" for i in range(len(texts))]
        rows = self._ids(texts, control_tokens, names)
        if self.n_rows_of_whole is not None:
            rows = [[i for i in row if not self.n_rows <= i < self.n_rows_of_whole] for row in rows]
        for row, name in zip(rows, names, strict=True):
            require_rows(row, n_rows=self.n_rows, tokenizer=self.tokenizer, label=self.label, where=name)
        return rows

    def prompts(self, texts: Sequence[str], *, control_tokens: bool = False, what: str = "The prompt") -> list[list[int]]:
        """Ids per text as the model reads a prompt: `begin` and the text, in which typed begin tokens at the front are the same ones."""
        return [self.after_begin(row) for row in self.plain(texts, control_tokens=control_tokens, what=what)]

    def whole(self, texts: Sequence[str], *, what: str = "The text") -> list[list[int]]:
        """Ids per text as an encoder reads it: with all that the tokenizer puts before and behind a text and the model has rows for."""
        behind = [i for i in self._behind if i < self.n_rows]
        return [row + behind for row in self.prompts(texts, what=what)]

    def after_begin(self, row: Sequence[int]) -> list[int]:
        """The ids of a text behind `begin`, which is not repeated."""
        begin, ids = list(self.begin), list(row)
        while begin and ids[: len(begin)] == begin:
            ids = ids[len(begin) :]
        return begin + ids

    def _ids(self, texts: Sequence[str], control_tokens: bool, names: Sequence[str]) -> list[list[int]]:
        if not texts:
            return []
        for text, name in zip(texts, names, strict=True):
            _require_characters(text, name)
        with self._guard:
            if self._by_pieces is not None and not control_tokens:
                encoded = self._by_pieces.encode_batch(list(texts), add_special_tokens=False)
                convert: Any = self.tokenizer.convert_tokens_to_ids
                return [list(map(int, convert(one.tokens))) for one in encoded]
            found: Any = self.tokenizer(
                list(texts),
                add_special_tokens=False,
                return_attention_mask=False,
                verbose=False,
                split_special_tokens=not control_tokens,
            )
            return found["input_ids"]


def require_rows(
    ids: Iterable[int],
    *,
    n_rows: int,
    tokenizer: PreTrainedTokenizerBase,
    label: str,
    where: str,
    advice: str = "take it out of the text",
) -> None:
    """Raise `HypvizError` if one of `ids` has no row among `n_rows`; `where` begins the sentence ("The prompt"), `advice` ends it."""
    stranger = next((int(i) for i in ids if not 0 <= int(i) < n_rows), None)
    if stranger is not None:
        raise HypvizError(
            f"{where} holds the text {tokenizer.convert_ids_to_tokens(stranger)!r}, a token for which {label} has no embedding row "
            f"(id {stranger:,}, {n_rows:,} rows); {advice}, or resize the model's embeddings to its tokenizer."
        )


def padding_id(tokenizer: PreTrainedTokenizerBase, n_rows: int) -> int:
    """An id with a row for positions that the attention mask hides: the padding token's, else the end token's, else 0."""
    given: tuple[Any, ...] = (tokenizer.pad_token_id, tokenizer.eos_token_id)
    return next((i for i in given if i is not None and 0 <= i < n_rows), 0)


def _require_characters(text: str, where: str) -> None:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise HypvizError(
            f"{where} holds half a character (U+{ord(text[error.start]):04X}, a lone surrogate, at position {error.start + 1:,}), "
            "which no tokenizer reads; type that character again."
        ) from error


def _around_every_text(tokenizer: PreTrainedTokenizerBase) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """What the tokenizer puts before a text and behind it, found by encoding one with and without it."""
    whole = list(tokenizer(_PROBE, add_special_tokens=True, return_attention_mask=False, verbose=False)["input_ids"])
    plain = list(tokenizer(_PROBE, add_special_tokens=False, return_attention_mask=False, verbose=False)["input_ids"])
    starts = (i for i in range(len(whole) - len(plain) + 1) if whole[i : i + len(plain)] == plain)
    first = next(starts, None)
    return ((), ()) if first is None else (tuple(whole[:first]), tuple(whole[first + len(plain) :]))


def _without_control_tokens(tokenizer: PreTrainedTokenizerBase) -> Tokenizer | None:
    """A copy that knows no control token, where the model would find their names in a text even when asked not to; else None."""
    backend = getattr(tokenizer, "backend_tokenizer", None)
    if backend is None or type(backend.model).__name__ not in _WHOLE_WORD_MODELS:
        return None
    from tokenizers import Tokenizer

    parts: dict[str, Any] = json.loads(backend.to_str())
    names: set[str] = {token["content"] for token in parts["added_tokens"] if token["special"]}
    names.discard(str(tokenizer.unk_token))
    parts["added_tokens"] = [token for token in parts["added_tokens"] if token["content"] not in names]
    parts["post_processor"] = None
    vocabulary: dict[str, int] | list[tuple[str, float]] = parts["model"]["vocab"]
    if isinstance(vocabulary, dict):
        parts["model"]["vocab"] = {_unwritable(i) if name in names else name: i for name, i in vocabulary.items()}
    else:
        parts["model"]["vocab"] = [[_unwritable(i) if name in names else name, score] for i, (name, score) in enumerate(vocabulary)]
    return Tokenizer.from_str(json.dumps(parts))


def _unwritable(index: int) -> str:
    """A name that no text spells, between characters that Unicode keeps out of texts."""
    return f"\uffff{index}\uffff"
