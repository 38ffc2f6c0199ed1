"""Token texts are what a person types: they join back to the text, agree with the tokenizer's own decoder, and count right."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from hypviz import models
from hypviz.errors import HypvizError, ModelError, Stopped
from hypviz.records.models import TOKEN_KINDS
from hypviz.records.texts import Corpus
from hypviz.vocabulary.typed import typed
from tests.checkpoints import PADDING_ROWS, SENTENCES, SPECIALS
from tests.watching import Watcher


def corpus(*texts: str) -> Corpus:
    return Corpus(name="mine", texts=texts, fingerprint="f", n_skipped=0)


@pytest.mark.parametrize("architecture", ["llama", "gemma3"])
def test_texts_join_to_what_was_typed(checkpoint_folder: Callable[..., Path], architecture: str) -> None:
    ref = models.resolve(str(checkpoint_folder(architecture)))
    table = models.read_token_table(ref)
    for sentence in (s for s in SENTENCES if s.isascii()):
        first, *ids = models.encode_prompts(ref, [sentence])[0]
        assert table.is_special[first]
        assert "".join(table.text[i] for i in ids) == sentence


@pytest.mark.parametrize("architecture", ["llama", "gemma3"])
def test_whole_tokens_agree_with_the_tokenizers_own_decoder(checkpoint_folder: Callable[..., Path], architecture: str) -> None:
    ref = models.resolve(str(checkpoint_folder(architecture)))
    table, tokenizer = models.read_token_table(ref), models.load_tokenizer(ref)
    fragments = TOKEN_KINDS.index("byte fragment")
    whole = [i for i in range(len(tokenizer)) if table.kind[i] != fragments]
    assert len(whole) > 200
    for i in whole:
        assert table.text[i] == tokenizer.decode([i]), i
    for i in set(range(len(tokenizer))) - set(whole):
        assert "\ufffd" in tokenizer.decode([i]), table.text[i]


@pytest.mark.parametrize("architecture", ["llama", "gemma3"])
def test_the_tokens_of_a_prompt_are_those_of_the_table(checkpoint_folder: Callable[..., Path], architecture: str) -> None:
    ref = models.resolve(str(checkpoint_folder(architecture)))
    ids = models.encode_prompts(ref, [SENTENCES[0]])[0]
    table = models.read_token_table(ref)
    assert models.typed_tokens(models.load_tokenizer(ref), ids) == tuple(table.text[i] for i in ids)


def test_rows_beyond_the_tokenizer_are_unused_and_counted(tiny_llama: Path) -> None:
    ref = models.resolve(str(tiny_llama))
    table = models.read_token_table(ref)
    assert len(table.text) == len(table.kind) == len(table.is_special) == models.summarise(ref).vocab_size
    assert (table.n_without_token, table.n_without_row) == (PADDING_ROWS, 0)
    assert table.text[-1] == f"<no token {len(table.text) - 1}>"
    kinds = [TOKEN_KINDS[k] for k in table.kind]
    assert kinds[-PADDING_ROWS:] == ["unused"] * PADDING_ROWS
    assert kinds[: len(SPECIALS)] == ["special", "special", "special", "unused"]
    assert list(np.flatnonzero(table.is_special)) == [0, 1, 2, 3]


@pytest.mark.parametrize(
    ("name", "style", "text", "fragment"),
    [
        ("Ġdog", "bytes", " dog", False),
        ("Ã¶", "bytes", "ö", False),
        ("Ã", "bytes", "<0xC3>", True),
        ("Ċ", "bytes", "\n", False),
        ("日", "bytes", "日", False),
        ("▁dog", "sentencepiece", " dog", False),
        ("<0xC3>", "sentencepiece", "<0xC3>", True),
        ("<0x0A>", "sentencepiece", "\n", False),
        ("<0x0A>", "plain", "<0x0A>", False),
        ("##ing", "wordpiece", "ing", False),
    ],
)
def test_known_spellings(name: str, style: str, text: str, fragment: bool) -> None:
    shown = typed(name, style)
    assert (shown.text, shown.fragment) == (text, fragment)


def test_counts_agree_with_counting_by_hand(tiny_llama: Path) -> None:
    ref = models.resolve(str(tiny_llama))
    tokenizer = models.load_tokenizer(ref)
    counted = models.count_tokens(ref, corpus(*SENTENCES * 40))
    by_hand = Counter(i for s in SENTENCES * 40 for i in tokenizer.encode(s, add_special_tokens=False))
    assert {int(i): int(counted.counts[i]) for i in np.flatnonzero(counted.counts)} == by_hand
    assert counted.counts.shape == (405,) and counted.counts.dtype == np.int64
    assert (counted.n_tokens, counted.n_texts, counted.corpus) == (by_hand.total(), len(SENTENCES) * 40, "mine")


def test_counting_can_be_watched_and_stopped(tiny_llama: Path) -> None:
    ref, texts = models.resolve(str(tiny_llama)), corpus(*["a dog"] * 600)
    work = Watcher()
    models.count_tokens(ref, texts, work=work)
    assert [(done, total) for done, total, _ in work.reports] == [(256, 600), (512, 600), (600, 600)]
    with pytest.raises(Stopped, match="mine was stopped"):
        models.count_tokens(ref, texts, work=Watcher(stop_at=1))


def test_a_corpus_without_tokens_is_refused(tiny_llama: Path) -> None:
    with pytest.raises(HypvizError, match="mine holds no tokens"):
        models.count_tokens(models.resolve(str(tiny_llama)), corpus("", ""))


def test_long_texts_are_not_cut_by_what_the_tokenizer_file_asks_for(tiny_llama: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(tiny_llama, tmp_path / "cutting"))
    inner = json.loads((folder / "tokenizer.json").read_text(encoding="utf-8"))
    inner["truncation"] = {"direction": "Right", "max_length": 8, "strategy": "LongestFirst", "stride": 0}
    inner["padding"] = {
        "strategy": {"Fixed": 32},
        "direction": "Right",
        "pad_to_multiple_of": None,
        "pad_id": 2,
        "pad_type_id": 0,
        "pad_token": "<|pad|>",
    }
    (folder / "tokenizer.json").write_text(json.dumps(inner), encoding="utf-8")
    ref, plain = models.resolve(str(folder)), models.resolve(str(tiny_llama))
    for text in ("a", "a long sentence about dogs " * 20):
        assert models.encode_prompts(ref, [text]) == models.encode_prompts(plain, [text])


def test_prompts_start_with_the_special_token_and_are_not_closed(tiny_llama: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(tiny_llama, tmp_path / "closing"))
    inner = json.loads((folder / "tokenizer.json").read_text(encoding="utf-8"))
    single = [
        {"SpecialToken": {"id": "<|begin|>", "type_id": 0}},
        {"Sequence": {"id": "A", "type_id": 0}},
        {"SpecialToken": {"id": "<|end|>", "type_id": 0}},
    ]
    inner["post_processor"]["single"] = single
    inner["post_processor"]["special_tokens"]["<|end|>"] = {"id": "<|end|>", "ids": [1], "tokens": ["<|end|>"]}
    (folder / "tokenizer.json").write_text(json.dumps(inner), encoding="utf-8")
    ref, plain = models.resolve(str(folder)), models.resolve(str(tiny_llama))
    assert models.load_tokenizer(ref).encode("a dog")[-1] == 1
    assert models.encode_prompts(ref, ["a dog"]) == models.encode_prompts(plain, ["a dog"])
    assert models.encode_prompts(ref, ["a dog"])[0][0] == 0


def test_a_tokenizer_of_a_larger_vocabulary_is_refused(checkpoint_folder: Callable[..., Path], tmp_path: Path) -> None:
    folder = Path(shutil.copytree(checkpoint_folder("llama"), tmp_path / "mixed"))
    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copy(checkpoint_folder("gemma3") / name, folder / name)
    with pytest.raises(ModelError, match="has 453 tokens but the model has 405 embedding rows"):
        models.read_token_table(models.resolve(str(folder)))


def test_a_token_added_beyond_the_last_row_is_left_out_and_counted(tiny_llama: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(tiny_llama, tmp_path / "more"))
    tokenizer = models.load_tokenizer(models.resolve(str(folder)))
    tokenizer.add_tokens([f"<extra {i}>" for i in range(PADDING_ROWS + 1)])
    tokenizer.save_pretrained(folder)
    ref = models.resolve(str(folder))
    table = models.read_token_table(ref)
    assert (table.n_without_token, table.n_without_row, len(table.text)) == (0, 1, 405)
    with pytest.raises(HypvizError, match=r"mine holds the text '<extra 5>', a token for which more has no embedding row"):
        models.count_tokens(ref, corpus("a dog <extra 5> a cow"))


@pytest.mark.parametrize("content", [b"{", b"{}", b'{"version": "1.0"}'])
def test_a_damaged_tokenizer_is_refused(tiny_llama: Path, tmp_path: Path, content: bytes) -> None:
    folder = Path(shutil.copytree(tiny_llama, tmp_path / "damaged"))
    (folder / "tokenizer.json").write_bytes(content)
    with pytest.raises(ModelError) as caught:
        models.read_token_table(models.resolve(str(folder)))
    assert "token" in str(caught.value) and "\n" not in str(caught.value)
