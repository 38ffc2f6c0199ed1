"""The tokenizer's side of a model: its texts as typed, their kinds, counts over a corpus, and encoded prompts."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from hypviz.errors import HypvizError, ModelError, Stopped
from hypviz.models.checkpoint.folder import read_json
from hypviz.models.live.architecture import no_answers
from hypviz.models.live.config import load_config, one_line, rows_of_the_whole
from hypviz.models.live.description import identity_of, vocabulary_size
from hypviz.models.live.held import Held
from hypviz.models.live.libraries import transformers_library
from hypviz.models.tokenizer.encoding import Encoder
from hypviz.records.models import ModelRef, TokenTable
from hypviz.vocabulary.kinds import token_kind
from hypviz.vocabulary.typed import spelling, texts_as_typed, typed
from hypviz.work import NOBODY, Work

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

    from hypviz.records.texts import Corpus, TokenCounts

_BATCH = 256
_TABLES: Held[TokenTable] = Held(4)


def load_tokenizer(ref: ModelRef) -> PreTrainedTokenizerBase:
    """A fresh tokenizer of the model, for one thread's use; raises `ModelError`."""
    transformers = transformers_library()
    folder = Path(ref.path)
    for name in ("tokenizer.json", "tokenizer_config.json"):
        if (folder / name).is_file():
            read_json(folder / name)
    try:
        tokenizer = transformers.AutoTokenizer.from_pretrained(folder, local_files_only=True, trust_remote_code=ref.trust_remote_code)
    except Exception as error:  # tokenizer formats fail in many ways; each is this one sentence to the person
        load_config(folder, trust_remote_code=ref.trust_remote_code)  # transformers reads config.json on the way: it may be at fault
        raise ModelError(
            f"The tokenizer in {folder} cannot be loaded ({one_line(error)}); put the tokenizer.json of the same model there."
        ) from error
    backend = getattr(tokenizer, "backend_tokenizer", None)
    if backend is not None:
        # a tokenizer.json can carry the truncation and padding of its training, which would cut texts without a word
        backend.no_truncation()
        backend.no_padding()
    return tokenizer


@lru_cache(maxsize=4)
def _shared_tokenizer(ref: ModelRef) -> PreTrainedTokenizerBase:
    return load_tokenizer(ref)


@lru_cache(maxsize=4)
def encoder(ref: ModelRef) -> Encoder:
    """The model's own reading of texts, one for all threads."""
    whole = rows_of_the_whole(Path(ref.path))
    return Encoder(_shared_tokenizer(ref), label=ref.label, n_rows=vocabulary_size(ref), n_rows_of_whole=whole)


def read_token_table(ref: ModelRef) -> TokenTable:
    """One line per embedding row, read once for all threads; raises `ModelError` when the tokenizer belongs to a larger vocabulary."""
    return _TABLES.get(identity_of(ref), lambda: _read_token_table(ref))


def _read_token_table(ref: ModelRef) -> TokenTable:
    tokenizer = _shared_tokenizer(ref)
    n_rows = vocabulary_size(ref)
    vocabulary = tokenizer.get_vocab()
    added = {int(i): token for i, token in tokenizer.added_tokens_decoder.items()}
    beyond = [i for i in vocabulary.values() if i >= n_rows]
    whole = rows_of_the_whole(Path(ref.path))
    strangers = [i for i in beyond if i not in added and i >= (whole or n_rows)]
    if strangers or not vocabulary:
        raise ModelError(
            f"The tokenizer of {ref.label} has {len(vocabulary):,} tokens but the model has {n_rows:,} embedding rows; "
            "they belong to different models, so put the model's own tokenizer.json in its folder."
        )
    names: list[str | None] = [None] * n_rows
    for name, index in vocabulary.items():
        if index < n_rows:
            names[index] = name
    special = set(tokenizer.all_special_ids) | {i for i, token in added.items() if token.special}
    texts = texts_as_typed(tokenizer, names, set(added))
    kinds = [
        token_kind(
            t.text, special=i in special, added=i in added, fragment=t.fragment, starts_word=t.starts_word, exists=names[i] is not None
        )
        for i, t in enumerate(texts)
    ]
    return TokenTable(
        text=tuple(t.text for t in texts),
        kind=np.array(kinds, dtype=np.uint8),
        is_special=np.array([i in special for i in range(n_rows)]),
        has_token=np.array([name is not None for name in names]),
        fingerprint=ref.fingerprint,
        n_without_token=sum(name is None for name in names),
        n_without_row=len(beyond),
    )


def encode_prompts(ref: ModelRef, texts: Sequence[str], *, control_tokens: bool = False, what: str = "The prompt") -> list[list[int]]:
    """Token ids per text as the model reads a prompt: with the tokenizer's special first token if it has one, no last one.

    Control tokens typed in a text are text unless `control_tokens`. Raises `HypvizError` for an id without a row; `what` names the text.
    """
    return encoder(ref).prompts(texts, control_tokens=control_tokens, what=what)


def encode_to_read(ref: ModelRef, texts: Sequence[str], *, what: str = "The prompt") -> list[list[int]]:
    """Token ids per text as the model's layers read it: of a decoder a prompt, of what cannot answer with its last special token too."""
    if no_answers(ref) is None:
        return encode_prompts(ref, texts, what=what)
    return encoder(ref).whole(texts, what=what)


def encode_plain(ref: ModelRef, texts: Sequence[str], *, control_tokens: bool = False, what: str = "The text") -> list[list[int]]:
    """Token ids per text without any special token added; otherwise as `encode_prompts`."""
    return encoder(ref).plain(texts, control_tokens=control_tokens, what=what)


def typed_tokens(tokenizer: PreTrainedTokenizerBase, ids: Sequence[int]) -> tuple[str, ...]:
    """The text of each token id as typed, special tokens by their names; a row of the model that stands for no token has its number."""
    names: list[str | None] = list(tokenizer.convert_ids_to_tokens(list(ids)))
    added, style = {int(i) for i in tokenizer.added_tokens_decoder}, spelling(tokenizer)
    return tuple(
        f"(row {i}, no token)" if name is None else typed(name, style, is_added=i in added).text for i, name in zip(ids, names, strict=True)
    )


def count_tokens(ref: ModelRef, corpus: Corpus, *, work: Work = NOBODY) -> TokenCounts:
    """How often each embedding row's token occurs in the corpus, no special tokens added and none read from the text.

    Raises `Stopped` or `HypvizError`.
    """
    from hypviz.records.texts import TokenCounts

    reader, n_rows = encoder(ref), vocabulary_size(ref)
    counts = np.zeros(n_rows, dtype=np.int64)
    for start in range(0, len(corpus.texts), _BATCH):
        if work.is_stopped:
            raise Stopped(f"Counting the tokens of {corpus.name} was stopped; start it again to get a result.")
        rows = reader.plain(corpus.texts[start : start + _BATCH], what=corpus.name, first=start)
        ids = np.fromiter((i for row in rows for i in row), dtype=np.int64)
        counts += np.bincount(ids, minlength=n_rows)
        work.report(min(start + _BATCH, len(corpus.texts)), len(corpus.texts))
    if not counts.any():
        raise HypvizError(f"{corpus.name} holds no tokens; choose a corpus with text in it.")
    return TokenCounts(
        corpus=corpus.name, counts=counts, n_tokens=int(counts.sum()), n_texts=len(corpus.texts), fingerprint=ref.fingerprint
    )
