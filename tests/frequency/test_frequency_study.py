"""The study end to end on tiny checkpoints of four architectures, judged by a count and a correlation written out here."""

from __future__ import annotations

import dataclasses
import os
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from hypviz.corpora import corpus_from_bytes, read_corpus
from hypviz.errors import Stopped
from hypviz.models import load_tokenizer, read_embeddings, resolve
from hypviz.records.frequency import STAGES, FrequencyNorm
from hypviz.records.models import ModelRef
from hypviz.records.specs.frequency import FrequencySpec
from hypviz.records.texts import Corpus
from hypviz.studies.frequency import FREQUENCY
from tests.checkpoints import SENTENCES
from tests.watching import Watcher

TEXT = "\n".join([*SENTENCES[:6], "to to to in that and is for", "How much time, how many dogs?", "a a a a a b b b c"] * 3).encode()


def measured(ref: ModelRef, corpus: Corpus, seed: int = 0) -> FrequencyNorm:
    """What the study says of these texts."""
    return FREQUENCY.get(FrequencySpec(model=ref, source=corpus, seed=seed)).record


@pytest.mark.parametrize("architecture", ["llama", "gpt2", "qwen3", "gemma3"])
def test_counts_norms_and_correlation_are_those_of_the_tokenizer_and_the_weights(architecture, checkpoint_folder):
    from scipy.stats import spearmanr

    ref = resolve(str(checkpoint_folder(architecture)))
    corpus = corpus_from_bytes(TEXT, "words.txt")
    record = measured(ref, corpus)
    tokenizer = load_tokenizer(ref)
    counted = Counter(i for text in corpus.texts for i in tokenizer(text, add_special_tokens=False)["input_ids"])
    assert dict(zip(record.token_id.tolist(), record.count.tolist(), strict=True)) == dict(counted)
    assert (record.n_tokens, record.n_distinct) == (sum(counted.values()), len(counted))
    rows = read_embeddings(ref).values[record.token_id].astype(np.float64)
    assert record.norm == pytest.approx(np.sqrt((rows**2).sum(axis=1)))
    assert record.correlation.value == pytest.approx(spearmanr(record.count, record.norm).statistic)
    assert record.correlation.low <= record.correlation.value <= record.correlation.high
    assert (record.embedding_scale != 1) == (architecture == "gemma3")
    inside, scale = record.as_read(), record.embedding_scale
    assert inside.norm == pytest.approx(record.norm * scale) and inside.embedding_scale == 1
    assert inside.bins.median == pytest.approx(record.bins.median * scale)
    for found in ("forms", "groups"):
        both = zip(getattr(inside, found), getattr(record, found), strict=True)
        assert all((a.norm is None) == (b.norm is None) for a, b in both)
    told = [(a.norm, b.norm) for a, b in zip(inside.groups, record.groups, strict=True) if b.norm is not None]
    assert all(a == pytest.approx([value * scale for value in b]) for a, b in told)
    assert {(f.word, f.leading_space): f for f in record.forms}["380", False].token_id is None


def test_the_same_question_is_answered_from_the_store_and_another_seed_is_another_question(tiny_llama):
    ref, corpus = resolve(str(tiny_llama)), corpus_from_bytes(TEXT, "words.txt")
    first = FREQUENCY.get(FrequencySpec(model=ref, source=corpus))
    again = FREQUENCY.get(FrequencySpec(model=ref, source=corpus))
    assert (first.from_store, again.from_store) == (False, True)
    assert again.record.to_json() == first.record.to_json()
    assert FrequencyNorm.from_json(first.record.to_json()).text == first.record.text
    other = FREQUENCY.get(FrequencySpec(model=ref, source=corpus, seed=1))
    assert not other.from_store
    assert other.record.correlation.low != first.record.correlation.low


def test_names_of_special_tokens_in_the_text_are_text_and_no_special_token_is_in_the_record(tiny_llama):
    ref = resolve(str(tiny_llama))
    record = measured(ref, corpus_from_bytes(b"one <|end|> two <|end|> three four\nfive", "s.txt"))
    assert record.n_special == 0 and "<|end|>" not in record.text
    assert record.n_tokens == FREQUENCY.get(
        FrequencySpec(model=ref, source=corpus_from_bytes(b"one <|end|> two <|end|> three four", "s.txt"))
    ).record.n_tokens + len(load_tokenizer(ref)("five", add_special_tokens=False)["input_ids"])


def test_a_text_too_small_to_fit_says_so_and_still_shows_its_tokens(tiny_llama):
    record = measured(resolve(str(tiny_llama)), corpus_from_bytes(b"abc", "tiny.txt"))
    assert record.fit is None and "different token counts" in record.fit_missing
    assert record.correlation is None and record.correlation_missing
    assert record.curve.survival[0] == 1


def test_progress_reaches_the_end_and_only_ever_grows(tiny_llama):
    work = Watcher()
    spec = FrequencySpec(model=resolve(str(tiny_llama)), source=corpus_from_bytes(TEXT, "words.txt"), seed=2)
    found = FREQUENCY.get(spec, work)
    assert not found.from_store and found.record.is_whole
    assert work.shares == sorted(work.shares) and work.shares[-1] == 1.0
    assert [record.measured for record in work.found] == [STAGES[:n] for n in range(len(STAGES))], "what is known is handed out"


def test_a_stop_before_the_counts_leaves_nothing(tiny_llama):
    spec = FrequencySpec(model=resolve(str(tiny_llama)), source=corpus_from_bytes(TEXT, "words.txt"), seed=3)
    with pytest.raises(Stopped):
        FREQUENCY.get(spec, Watcher(stop_at=1))
    assert FREQUENCY.stored_part(spec) is None


def test_a_stop_keeps_the_stages_that_are_done_and_the_next_start_goes_on(tiny_llama, monkeypatch):
    spec = FrequencySpec(model=resolve(str(tiny_llama)), source=corpus_from_bytes(TEXT, "words.txt"), seed=4)
    whole = FREQUENCY.get(dataclasses.replace(spec, seed=5)).record
    work = Watcher()
    work.hand_out = lambda record: work.stop_now() if record.measured == ("fit", "correlation") else None
    part = FREQUENCY.get(spec, work).record
    assert part.measured == ("fit", "correlation") and part.ranges == () and part.correlation is not None
    assert FREQUENCY.stored(spec) is None and FREQUENCY.stored_part(spec).to_json() == part.to_json()
    monkeypatch.setattr("hypviz.studies.frequency.token_counts", lambda *a, **b: pytest.fail("counted again"))
    monkeypatch.setattr("hypviz.studies.frequency.fit_power_law", lambda *a: pytest.fail("fitted again"))
    rest = FREQUENCY.get(spec).record
    assert rest.is_whole and rest.correlation == part.correlation and len(rest.ranges) == len(whole.ranges)
    assert FREQUENCY.stored(spec).to_json() == rest.to_json() and FREQUENCY.stored_part(spec) is None


@pytest.mark.skipif("HYPVIZ_TEST_DATA" not in os.environ, reason="HYPVIZ_TEST_DATA names no folder of real texts")
@pytest.mark.parametrize(("name", "n_texts"), [("gsm8k/train.jsonl", 7473), ("mawps/test.json", 238)])
def test_real_problems_are_counted_whole(name, n_texts, tiny_llama):
    record = FREQUENCY.get(
        FrequencySpec(model=resolve(str(tiny_llama)), source=read_corpus(str(Path(os.environ["HYPVIZ_TEST_DATA"]) / name)))
    ).record
    assert (record.n_texts, record.n_skipped) == (n_texts, 0)
    assert record.fit is not None and record.correlation is not None
