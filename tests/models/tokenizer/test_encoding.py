"""Typed text is text: control tokens only where asked for, one begin token, no id without a row, prompt and answer as one text."""

from __future__ import annotations

import dataclasses
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
from transformers import PreTrainedTokenizerFast

from hypviz import models as hypviz_models
from hypviz.errors import HypvizError
from hypviz.models.tokenizer.encoding import Encoder, padding_id
from hypviz.models.tokenizer.tokens import encode_plain, encode_prompts, encoder
from hypviz.problems import format_prompt, format_solution
from hypviz.records.texts import Corpus
from hypviz.worker.data import Stream, collate, encode_examples
from tests.checkpoints import SENTENCES, byte_level_tokenizer, sentencepiece_tokenizer, with_token_without_row

MANY_ROWS = 10_000
_TRAINING = {"initial_alphabet": [chr(i) for i in range(32, 127)], "show_progress": False}


def llama2_style() -> PreTrainedTokenizerFast:
    """Sentencepiece BPE without splitting into words, a space put before every text."""
    given = sentencepiece_tokenizer()
    given.backend_tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="first", split=False)
    return given


def across_words() -> PreTrainedTokenizerFast:
    """A BPE whose tokens reach over the end of a prompt: ``: `` with its space is one of them."""
    inner = Tokenizer(models.BPE())
    inner.decoder = decoders.Fuse()
    inner.train_from_iterator(SENTENCES, trainers.BpeTrainer(special_tokens=["<s>", "</s>"], vocab_size=500, **_TRAINING))
    inner.post_processor = processors.TemplateProcessing(single="<s> $A", special_tokens=[("<s>", 0)])
    return PreTrainedTokenizerFast(tokenizer_object=inner, bos_token="<s>", eos_token="</s>")


def unigram() -> PreTrainedTokenizerFast:
    """A unigram model, which knows the control tokens among its own pieces."""
    inner = Tokenizer(models.Unigram())
    inner.pre_tokenizer = pre_tokenizers.Metaspace()
    special = ["<s>", "</s>", "<unk>"]
    inner.train_from_iterator(SENTENCES, trainers.UnigramTrainer(special_tokens=special, unk_token="<unk>", vocab_size=400, **_TRAINING))
    inner.post_processor = processors.TemplateProcessing(single="<s> $A", special_tokens=[("<s>", 0)])
    return PreTrainedTokenizerFast(tokenizer_object=inner, bos_token="<s>", eos_token="</s>", unk_token="<unk>")


TOKENIZERS: dict[str, Callable[[], PreTrainedTokenizerFast]] = {
    "byte level": lambda: byte_level_tokenizer(bos=True),
    "byte level without begin": lambda: byte_level_tokenizer(bos=False),
    "sentencepiece": sentencepiece_tokenizer,
    "llama 2": llama2_style,
    "across words": across_words,
    "unigram": unigram,
}


def read_by(name: str, n_rows: int = MANY_ROWS) -> Encoder:
    return Encoder(TOKENIZERS[name](), label="it", n_rows=n_rows)


@pytest.mark.parametrize("name", TOKENIZERS)
def test_a_prompt_is_what_the_tokenizer_makes_of_it(name: str) -> None:
    reader = read_by(name)
    for sentence in SENTENCES[:6]:
        assert reader.prompts([sentence])[0] == reader.tokenizer(sentence)["input_ids"]
        assert reader.plain([sentence])[0] == reader.tokenizer(sentence, add_special_tokens=False)["input_ids"]


@pytest.mark.parametrize("name", TOKENIZERS)
def test_the_name_of_a_control_token_is_text_unless_asked_for(name: str) -> None:
    reader = read_by(name)
    begin, end = reader.tokenizer.bos_token, reader.tokenizer.eos_token
    text = f"a dog {end} a cow{begin}"
    special = {reader.tokenizer.bos_token_id, reader.tokenizer.eos_token_id}
    assert not special & set(reader.plain([text])[0])
    assert special <= set(reader.plain([text], control_tokens=True)[0])
    assert not special & set(reader.plain([text])[0])  # the one way of reading leaves nothing behind for the other


@pytest.mark.parametrize("name", TOKENIZERS)
@pytest.mark.parametrize("control_tokens", [False, True])
def test_there_are_never_two_begin_tokens(name: str, control_tokens: bool) -> None:
    reader = read_by(name)
    begin = reader.tokenizer.bos_token
    (ids,) = reader.prompts([f"{begin}Question"], control_tokens=control_tokens)
    expected = 1 if control_tokens or reader.begin else 0
    assert ids.count(reader.tokenizer.bos_token_id) == expected
    assert ids[:expected] == [reader.tokenizer.bos_token_id] * expected


def test_the_bundled_model_reads_a_typed_begin_token_as_four_tokens_of_text() -> None:
    ref = hypviz_models.resolve("bundled")
    assert encode_prompts(ref, ["<s>Question"]) == [[0, 30, 85, 32, 301]]
    assert encode_prompts(ref, ["<s>Question"], control_tokens=True) == [[0, 301]]


def test_a_lone_surrogate_is_a_sentence_that_names_it() -> None:
    reader = read_by("byte level")
    with pytest.raises(HypvizError, match=r"The prompt holds half a character \(U\+D83D, a lone surrogate, at position 7\)"):
        reader.prompts(["a dog \ud83d"])
    with pytest.raises(HypvizError, match=r"mine \(text 12\) holds half a character"):
        reader.plain(["fine", "\udc00"], what="mine", first=10)


@pytest.mark.parametrize("role", ["pad", "eos", "bos"])
def test_a_token_without_a_row_reaches_no_ids(tiny_llama: Path, tmp_path: Path, role: str) -> None:
    ref = hypviz_models.resolve(str(with_token_without_row(tiny_llama, tmp_path / role, role)))
    reader = encoder(ref)
    assert reader.tokenizer.convert_tokens_to_ids("<new>") == reader.n_rows
    assert reader.begin_without_row == ((reader.n_rows,) if role == "bos" else ())
    assert 0 <= padding_id(reader.tokenizer, reader.n_rows) < reader.n_rows
    assert max(encode_prompts(ref, ["a dog <new> a cow"])[0]) < reader.n_rows  # as text
    sentence = rf"The prompt holds the text '<new>', a token for which {role} has no embedding row \(id 405, 405 rows\)"
    with pytest.raises(HypvizError, match=sentence):
        encode_prompts(ref, ["a dog <new> a cow"], control_tokens=True)
    counted = hypviz_models.count_tokens(ref, Corpus(name="mine", texts=("a dog <new>",), fingerprint="f", n_skipped=0))
    assert counted.n_tokens == len(encode_plain(ref, ["a dog <new>"])[0])


def test_an_ordinary_added_token_without_a_row_is_refused_by_its_text(tiny_llama: Path, tmp_path: Path) -> None:
    folder = with_token_without_row(tiny_llama, tmp_path / "more", "pad")
    inner = json.loads((folder / "tokenizer.json").read_text(encoding="utf-8"))
    inner["added_tokens"].append({**inner["added_tokens"][-1], "id": 406, "content": "<tool>", "special": False})
    (folder / "tokenizer.json").write_text(json.dumps(inner), encoding="utf-8")
    ref = hypviz_models.resolve(str(folder))
    with pytest.raises(HypvizError, match=r"The prompt \(text 2\) holds the text '<tool>', a token for which more has no embedding row"):
        encode_prompts(ref, ["a dog", "a <tool>"])


@pytest.mark.parametrize("name", TOKENIZERS)
def test_what_is_learned_is_the_whole_text_behind_the_prompt_as_it_is_asked(
    name: str, tiny_llama: Path, tmp_path: Path, problems: Callable[[int], tuple]
) -> None:
    folder = Path(shutil.copytree(tiny_llama, tmp_path / name))
    TOKENIZERS[name]().save_pretrained(folder)
    config = json.loads((folder / "config.json").read_text(encoding="utf-8")) | {"vocab_size": 600}
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    ref, given = hypviz_models.resolve(str(folder)), problems(6)
    found = encode_examples(ref, given, max_tokens=500)
    assert (found.n_rejoined > 0) == (name == "across words")
    reader = encoder(ref)
    for example, problem in zip(found.items, given, strict=True):
        prompt, answer = format_prompt(problem.question), format_solution(problem)
        assert list(example.ids[: example.n_prompt]) == encode_prompts(ref, [prompt])[0]
        assert example.ids[-1] == reader.tokenizer.eos_token_id
        learned = example.ids[example.n_prompt : -1]
        if not found.n_rejoined:
            assert list(example.ids[:-1]) == reader.prompts([prompt + answer])[0]
        assert "".join(hypviz_models.typed_tokens(reader.tokenizer, learned)) == answer  # one space, not two


def test_the_bundled_models_examples_are_prompt_and_answer_side_by_side(problems: Callable[[int], tuple]) -> None:
    ref, given = hypviz_models.resolve("bundled"), problems(20)
    end = encoder(ref).tokenizer.eos_token_id
    for example, problem in zip(encode_examples(ref, given, max_tokens=500).items, given, strict=True):
        prompt = encode_prompts(ref, [format_prompt(problem.question)])[0]
        assert list(example.ids) == [*prompt, *encode_plain(ref, [format_solution(problem)])[0], end]


@pytest.mark.parametrize("role", ["pad", "eos", "bos"])
def test_no_training_example_holds_an_id_without_a_row(
    tiny_llama: Path, tmp_path: Path, role: str, problems: Callable[[int], tuple]
) -> None:
    ref = hypviz_models.resolve(str(with_token_without_row(tiny_llama, tmp_path / role, role)))
    if role == "eos":
        with pytest.raises(HypvizError, match="The end of every answer holds the text '<new>', a token for which eos has no embedding row"):
            encode_examples(ref, problems(4), max_tokens=500)
        return
    found = encode_examples(ref, problems(4), max_tokens=500)
    stream = Stream(found, steps=1, batch=4, seed=0)
    batch = collate([stream[i] for i in range(4)], pad_id=found.pad_id)
    assert not batch["attention_mask"].all() and int(batch["input_ids"].min()) >= 0 and int(batch["input_ids"].max()) < 405


@pytest.fixture
def problems() -> Callable[[int], tuple]:
    """``problems(n)``: the first n bundled training problems."""
    from hypviz.corpora import read_problems

    def first(n: int) -> tuple:
        return tuple(dataclasses.replace(p) for p in read_problems("bundled", limit=n, split="train").problems)

    return first
