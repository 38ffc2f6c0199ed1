"""Tokens of a table of words are those of the texts it was made from, for each of the ways tokenizers write spaces."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from hypviz import models
from hypviz.corpora.general.recipe import count
from hypviz.errors import HypvizError, Stopped
from hypviz.models.tokenizer import word_tokens
from hypviz.models.tokenizer.word_tokens import count_word_tokens
from hypviz.records.models import ModelRef
from hypviz.records.texts import Corpus, WordCounts
from tests.checkpoints import SENTENCES
from tests.watching import Watcher

TEXTS = [s for s in SENTENCES[:6] if s.isascii()] + ["dogs and 12 dogs, Dogs", "Apples?\nA dog"]


def table_of(texts: list[str], name: str = "my table") -> WordCounts:
    counted = count([({"name": "mine", "origin": "here", "licence": "MIT"}, texts)])
    forms = tuple(sorted(counted.forms))
    return WordCounts(
        name=name, forms=forms, counts=np.array([counted.forms[f] for f in forms]), sources=("mine",), n_texts=len(texts), fingerprint="f"
    )


def wordpiece_tokenizer():
    from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    inner = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    inner.normalizer, inner.pre_tokenizer = normalizers.BertNormalizer(lowercase=True), pre_tokenizers.BertPreTokenizer()
    inner.decoder = decoders.WordPiece()
    inner.train_from_iterator(TEXTS, trainers.WordPieceTrainer(vocab_size=200, special_tokens=["[UNK]", "[PAD]"], show_progress=False))
    return PreTrainedTokenizerFast(tokenizer_object=inner, unk_token="[UNK]", pad_token="[PAD]")


def prefixing_tokenizer():
    """Sentencepiece's spelling with a space put before every text, as Llama 2 has it."""
    from tests.checkpoints import sentencepiece_tokenizer

    tokenizer = sentencepiece_tokenizer()
    from tokenizers import pre_tokenizers

    tokenizer.backend_tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="first")
    return tokenizer


@pytest.fixture(params=["llama", "gpt2", "gemma3", "prefixing", "wordpiece"])
def ref(request, checkpoint_folder, monkeypatch) -> ModelRef:
    """A tiny model, or its rows under another tokenizer."""
    made = {"prefixing": prefixing_tokenizer, "wordpiece": wordpiece_tokenizer}.get(request.param)
    found = models.resolve(str(checkpoint_folder(request.param if made is None else "gemma3")))
    if made is not None:
        tokenizer = made()
        monkeypatch.setattr(word_tokens, "encode_plain", lambda _ref, texts: [tokenizer.encode(t, add_special_tokens=False) for t in texts])
    return found


def encoded(ref: ModelRef, texts: list[str]) -> list[list[int]]:
    return word_tokens.encode_plain(ref, texts)


def test_a_table_gives_the_counts_of_its_texts(ref):
    found = count_word_tokens(ref, table_of(TEXTS))
    by_hand = Counter(i for row in encoded(ref, TEXTS) for i in row)
    assert {int(i): int(found.counts[i]) for i in np.flatnonzero(found.counts)} == dict(by_hand)
    assert (found.n_tokens, found.n_unplaced, found.n_without_row) == (by_hand.total(), 0, 0)
    assert (found.corpus, found.source) == (
        "my table",
        f"general table: {sum(len(t.split()) for t in TEXTS)} words from mine, re-tokenised",
    )


def test_words_count_as_often_as_the_table_says(ref):
    once, table = count_word_tokens(ref, table_of(TEXTS)), table_of(TEXTS)
    often = WordCounts(name="x", forms=table.forms, counts=table.counts * 1000, sources=("mine",), n_texts=1, fingerprint="g")
    assert (count_word_tokens(ref, often).counts == 1000 * once.counts).all()


def test_a_tokenizer_that_joins_words_is_counted_word_by_word_and_said(tiny_llama: Path, monkeypatch):
    ref = models.resolve(str(tiny_llama))
    inner = word_tokens.encode_plain

    def joining(ref: ModelRef, texts: list[str]) -> list[list[int]]:
        return [[7] if text == "a dog" else row for text, row in zip(texts, inner(ref, texts), strict=True)]

    monkeypatch.setattr(word_tokens, "encode_plain", joining)
    found = count_word_tokens(ref, table_of(["my dog", "no cat", "my dog and dog"]))
    assert found.n_unplaced == 3
    assert found.counts[inner(ref, ["dog"])[0]].min() >= 3


def test_words_with_a_token_that_has_no_row_are_left_out_and_counted(tiny_llama: Path, monkeypatch):
    ref = models.resolve(str(tiny_llama))
    inner = word_tokens.encode_plain

    def refusing(ref: ModelRef, texts: list[str]) -> list[list[int]]:
        if any("zebra" in text for text in texts):
            raise HypvizError("The text holds a token without an embedding row.")
        return inner(ref, texts)

    monkeypatch.setattr(word_tokens, "encode_plain", refusing)
    found, without = count_word_tokens(ref, table_of(["a zebra dog", "the zebra"])), count_word_tokens(ref, table_of(["a", "the"]))
    assert (found.n_without_row, without.n_without_row) == (2, 0)
    assert found.n_tokens == found.counts.sum() == without.n_tokens + len(inner(ref, [" dog"])[0])


def test_counting_can_be_watched_and_stopped_and_nothing_to_count_is_refused(tiny_llama: Path, monkeypatch):
    ref, table = models.resolve(str(tiny_llama)), table_of(TEXTS)
    monkeypatch.setattr(word_tokens, "_BATCH", 20)
    work = Watcher()
    whole = count_word_tokens(ref, table, work=work)
    n = len(table.forms)
    assert [(done, total) for done, total, _ in work.reports] == [(min(k, n), n) for k in range(20, n + 20, 20)]
    monkeypatch.setattr(word_tokens, "_BATCH", 4096)
    assert (count_word_tokens(ref, table).counts == whole.counts).all()
    with pytest.raises(Stopped, match="my table was stopped"):
        count_word_tokens(ref, table, work=Watcher(stop_at=1))
    empty = WordCounts(name="nothing", forms=(), counts=np.zeros(0, dtype=np.int64), sources=(), n_texts=0, fingerprint="e")
    with pytest.raises(HypvizError, match="No word of nothing"):
        count_word_tokens(ref, empty)


def test_texts_and_their_table_agree_with_counting_the_corpus(tiny_llama: Path):
    ref = models.resolve(str(tiny_llama))
    texts = models.count_tokens(ref, Corpus(name="mine", texts=tuple(TEXTS), fingerprint="f", n_skipped=0))
    assert (texts.counts == count_word_tokens(ref, table_of(TEXTS)).counts).all()
