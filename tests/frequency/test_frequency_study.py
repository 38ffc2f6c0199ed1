"""The study end to end on tiny checkpoints of four architectures, judged by a count and a correlation written out here."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from hypviz.corpora import corpus_from_bytes, read_corpus
from hypviz.errors import Stopped
from hypviz.models import load_tokenizer, read_embeddings, resolve
from hypviz.records.frequency import FrequencyNorm
from hypviz.studies.frequency import frequency_norm
from tests.checkpoints import SENTENCES

TEXT = "\n".join([*SENTENCES[:6], "to to to in that and is for", "How much time, how many dogs?", "a a a a a b b b c"] * 3).encode()


@pytest.mark.parametrize("architecture", ["llama", "gpt2", "qwen3", "gemma3"])
def test_counts_norms_and_correlation_are_those_of_the_tokenizer_and_the_weights(architecture, checkpoint_folder):
    from scipy.stats import spearmanr

    ref = resolve(str(checkpoint_folder(architecture)))
    corpus = corpus_from_bytes(TEXT, "words.txt")
    record = frequency_norm(ref, corpus).record
    tokenizer = load_tokenizer(ref)
    counted = Counter(i for text in corpus.texts for i in tokenizer(text, add_special_tokens=False)["input_ids"])
    assert dict(zip(record.token_id.tolist(), record.count.tolist(), strict=True)) == dict(counted)
    assert (record.n_tokens, record.n_distinct) == (sum(counted.values()), len(counted))
    rows = read_embeddings(ref).values[record.token_id].astype(np.float64)
    assert record.norm == pytest.approx(np.sqrt((rows**2).sum(axis=1)))
    assert record.correlation.value == pytest.approx(spearmanr(record.count, record.norm).statistic)
    assert record.correlation.low <= record.correlation.value <= record.correlation.high
    assert (record.embedding_scale != 1) == (architecture == "gemma3")
    assert {(f.word, f.leading_space): f for f in record.forms}["380", False].token_id is None


def test_the_same_question_is_answered_from_the_store_and_another_seed_is_another_question(tiny_llama):
    ref, corpus = resolve(str(tiny_llama)), corpus_from_bytes(TEXT, "words.txt")
    first = frequency_norm(ref, corpus)
    again = frequency_norm(ref, corpus)
    assert (first.from_store, again.from_store) == (False, True)
    assert again.record.to_json() == first.record.to_json()
    assert FrequencyNorm.from_json(first.record.to_json()).text == first.record.text
    other = frequency_norm(ref, corpus, seed=1)
    assert not other.from_store
    assert other.record.correlation.low != first.record.correlation.low


def test_names_of_special_tokens_in_the_text_are_text_and_no_special_token_is_in_the_record(tiny_llama):
    ref = resolve(str(tiny_llama))
    record = frequency_norm(ref, corpus_from_bytes(b"one <|end|> two <|end|> three four\nfive", "s.txt")).record
    assert record.n_special == 0 and "<|end|>" not in record.text
    assert record.n_tokens == frequency_norm(ref, corpus_from_bytes(b"one <|end|> two <|end|> three four", "s.txt")).record.n_tokens + len(
        load_tokenizer(ref)("five", add_special_tokens=False)["input_ids"]
    )


def test_a_text_too_small_to_fit_says_so_and_still_shows_its_tokens(tiny_llama):
    record = frequency_norm(resolve(str(tiny_llama)), corpus_from_bytes(b"abc", "tiny.txt")).record
    assert record.fit is None and "different token counts" in record.fit_missing
    assert record.correlation is None and record.correlation_missing
    assert record.curve.survival[0] == 1


def test_progress_reaches_the_end_and_stop_stops(tiny_llama):
    ref, corpus = resolve(str(tiny_llama)), corpus_from_bytes(TEXT, "words.txt")
    seen: list[tuple[int, int]] = []
    with pytest.raises(Stopped):
        frequency_norm(ref, corpus, should_stop=lambda: len(seen) >= 3, progress=lambda done, total, text: seen.append((done, total)))
    seen.clear()
    assert not frequency_norm(ref, corpus, progress=lambda done, total, text: seen.append((done, total))).from_store
    assert seen[-1] == (1000, 1000)
    assert seen == sorted(seen)


@pytest.mark.skipif("HYPVIZ_TEST_DATA" not in os.environ, reason="HYPVIZ_TEST_DATA names no folder of real texts")
@pytest.mark.parametrize(("name", "n_texts"), [("gsm8k/train.jsonl", 7473), ("mawps/test.json", 238)])
def test_real_problems_are_counted_whole(name, n_texts, tiny_llama):
    record = frequency_norm(resolve(str(tiny_llama)), read_corpus(str(Path(os.environ["HYPVIZ_TEST_DATA"]) / name))).record
    assert (record.n_texts, record.n_skipped) == (n_texts, 0)
    assert record.fit is not None and record.correlation is not None
