"""Which counts a model gets unless told otherwise, and what of them the store keeps."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from hypviz.corpora import corpus_from_bytes, read_corpus
from hypviz.corpora.general import general_words
from hypviz.errors import HypvizError
from hypviz.models import resolve
from hypviz.records.texts import WordCounts
from hypviz.studies import counts
from hypviz.studies.counts import default_source, named_source, source_key, token_counts, tokenizer_fingerprint


@pytest.fixture
def few() -> WordCounts:
    """The hundred most frequent words of the general table."""
    table = general_words()
    most = table.counts.argsort()[::-1][:100]
    return WordCounts(
        name="few", forms=tuple(table.forms[i] for i in most), counts=table.counts[most], sources=("mine",), n_texts=1, fingerprint="few"
    )


def test_the_bundled_model_has_its_own_problems_and_every_other_the_general_table(tiny_llama: Path, tmp_path: Path):
    bundled = resolve("bundled")
    assert default_source(bundled) == read_corpus("bundled")
    shutil.copytree(bundled.path, tmp_path / "copy")
    for ref in (resolve(str(tiny_llama)), resolve(str(tmp_path / "copy"))):
        assert default_source(ref) is general_words() is named_source("general")
    assert named_source("one-step").name == "one-step problems"
    file = tmp_path / "mine.txt"
    file.write_text("a dog", encoding="utf-8")
    assert named_source(str(file)).texts == ("a dog",)
    with pytest.raises(HypvizError, match="no file"):
        named_source(str(tmp_path / "none.txt"))


def test_the_keys_of_texts_and_of_tables_differ(few: WordCounts):
    corpus = corpus_from_bytes(b"a dog", "mine.txt")
    assert source_key(corpus) == {"name": "mine.txt", "texts": corpus.fingerprint}
    assert source_key(few) == {"name": "few", "words": "few"}


def test_counts_of_a_table_are_kept_by_tokenizer_and_not_by_weights(tiny_llama: Path, tmp_path: Path, few: WordCounts, monkeypatch):
    first = token_counts(resolve(str(tiny_llama)), few)
    monkeypatch.setattr("hypviz.models.tokenizer.word_tokens.count_word_tokens", lambda *a, **b: pytest.fail("counted again"))
    other = tmp_path / "other"
    shutil.copytree(tiny_llama, other)
    (other / "README.md").write_text("another model", encoding="utf-8")
    with open(other / "model.safetensors", "r+b") as file:
        file.seek(-1, 2)
        file.write(b"\x01")
    ref = resolve(str(other))
    assert ref.fingerprint != resolve(str(tiny_llama)).fingerprint
    assert (token_counts(ref, few).counts == first.counts).all()
    assert tokenizer_fingerprint(other) == tokenizer_fingerprint(tiny_llama)
    config = other / "tokenizer_config.json"
    config.write_text(config.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    assert tokenizer_fingerprint(other) != tokenizer_fingerprint(tiny_llama)


def test_a_table_is_expected_to_take_longer_than_a_short_text(few: WordCounts):
    assert counts.estimated_seconds(general_words()) > counts.estimated_seconds(few) > 0
    assert counts.estimated_seconds(corpus_from_bytes(b"a dog", "mine.txt")) < 0.01
