"""A batch changes nothing: architectures that do not hide padding are found out, and answer one prompt at a time."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from hypviz.corpora import read_problems
from hypviz.generate import asked_columns, encode_questions
from hypviz.generate.padding import padding_changes_answers
from hypviz.generate.problem_sets import ManyPrompts, answer_problems
from hypviz.models import load_model, load_tokenizer, resolve
from hypviz.records.answers import Column, Decoding
from hypviz.records.models import ModelRef
from hypviz.records.texts import Corpus
from hypviz.store import Store
from hypviz.studies.compare import compare
from hypviz.studies.evaluate import evaluate, stored_evaluation
from hypviz.studies.hyperbolicity import PROMPTS, prompt_spec
from hypviz.studies.layers import layers_spec, layers_study
from hypviz.words.evaluation import answered_one_by_one
from hypviz.work import Work
from tests.checkpoints import byte_level_tokenizer, with_token_without_row
from tests.stages import comparison, evaluation

BASE = (Column(name="base"),)
TOKENS = 6
PADDING_BLIND = ("rwkv", "bart", "xlnet")


def config_of(architecture: str) -> Any:
    import transformers as t

    size = {"vocab_size": 405}
    if architecture == "rwkv":
        return t.RwkvConfig(**size, hidden_size=32, num_hidden_layers=2, attention_hidden_size=32, context_length=512)
    if architecture == "xlnet":
        return t.XLNetConfig(**size, d_model=32, n_layer=2, n_head=4, d_inner=64)
    if architecture == "bart":
        heads = {"decoder_attention_heads": 4, "encoder_attention_heads": 4, "decoder_layers": 2, "encoder_layers": 2}
        return t.BartConfig(
            **size, **heads, d_model=32, decoder_ffn_dim=64, is_decoder=True, is_encoder_decoder=False, max_position_embeddings=512
        )
    if architecture == "bloom":
        return t.BloomConfig(**size, hidden_size=32, n_layer=2, n_head=4)
    return t.MambaConfig(**size, hidden_size=32, num_hidden_layers=2)


@pytest.fixture(scope="session")
def other_model(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], ModelRef]:
    """``other_model("rwkv")``: a tiny model of that architecture, built once."""
    built: dict[str, ModelRef] = {}

    def build(architecture: str) -> ModelRef:
        if architecture not in built:
            import torch
            from transformers import AutoModelForCausalLM

            folder = tmp_path_factory.mktemp(architecture) / architecture
            with torch.random.fork_rng():
                torch.manual_seed(5)
                AutoModelForCausalLM.from_config(config_of(architecture), dtype=torch.float32).save_pretrained(folder)
            byte_level_tokenizer(bos=True).save_pretrained(folder)
            built[architecture] = resolve(str(folder))
        return built[architecture]

    return build


@contextlib.contextmanager
def lent(ref: ModelRef) -> Iterator[tuple[Any, Any]]:
    yield load_model(ref, dtype="float32"), load_tokenizer(ref)


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
@pytest.mark.parametrize("architecture", ["llama", "gpt2", "qwen3", "gemma3"])
def test_rounding_is_not_taken_for_a_difference(architecture: str, dtype: Any, checkpoint_folder: Callable[..., Path]) -> None:
    ref = resolve(str(checkpoint_folder(architecture)))
    model, tokenizer = load_model(ref, dtype=dtype), load_tokenizer(ref)
    assert not padding_changes_answers(model, tokenizer, [range(10, 16), range(20, 60), range(30, 40)])


@pytest.mark.parametrize(("architecture", "changes"), [*((name, True) for name in PADDING_BLIND), ("bloom", False), ("mamba", False)])
def test_the_loaded_model_is_asked_not_a_list_of_names(architecture: str, changes: bool, other_model: Callable[[str], ModelRef]) -> None:
    with lent(other_model(architecture)) as (model, tokenizer):
        assert padding_changes_answers(model, tokenizer, [range(10, 16), range(20, 60)]) is changes
        assert not padding_changes_answers(model, tokenizer, [range(10, 16), range(20, 26)])  # nothing to pad


@pytest.mark.parametrize("architecture", ["rwkv", "bart"])
def test_where_padding_changes_answers_every_prompt_is_answered_alone_and_it_is_said(
    architecture: str, other_model: Callable[[str], ModelRef]
) -> None:
    ref, problems = other_model(architecture), read_problems("bundled", limit=4, split="test")
    found = evaluate(evaluation(ref, BASE, problems, tokens=TOKENS), lend=lambda: lent(ref), store=Store())
    assert found.columns[0].one_by_one
    sentence = answered_one_by_one(found, {"base": "Base"})
    assert sentence is not None and sentence.startswith("Base: padding a prompt") and "answered alone" in sentence
    for row, problem in zip(found.outcomes, problems.problems, strict=True):
        alone = compare(comparison(ref, (), problem.question, tokens=TOKENS), lend=lambda: lent(ref), store=Store())
        assert row.texts == (alone.base.text,)
    again = stored_evaluation(evaluation(ref, BASE, problems, tokens=TOKENS), Store())
    assert again is not None and again.columns[0].one_by_one


def test_a_model_that_hides_padding_answers_in_batches_and_nothing_is_said(tiny_llama: Path) -> None:
    ref, problems = resolve(str(tiny_llama)), read_problems("bundled", limit=4, split="test")
    found = evaluate(evaluation(ref, BASE, problems, tokens=TOKENS), lend=lambda: lent(ref), store=Store())
    assert not found.columns[0].one_by_one and answered_one_by_one(found, {}) is None


def test_a_stop_among_prompts_answered_alone_leaves_whole_batches(
    other_model: Callable[[str], ModelRef], monkeypatch: pytest.MonkeyPatch
) -> None:
    ref, problems = other_model("rwkv"), read_problems("bundled", limit=6, split="test")
    prompts = [p for p in encode_questions(ref, [p.question for p in problems.problems], max_new_tokens=6) if p is not None]
    asked: list[int] = []

    def stop_in_the_second_batch() -> bool:
        asked.append(1)
        return len(asked) > 3 * 6 + 7

    decoding = Decoding(max_new_tokens=6, stop_at_question=False)
    work = Work(asked_to_stop=stop_in_the_second_batch)
    written = answer_problems(ManyPrompts(ref, asked_columns(ref, BASE), prompts, decoding, lambda: lent(ref), batch_size=3, work=work))
    assert written["base"].one_by_one and len(written["base"].texts) == 3


@pytest.mark.parametrize("role", ["pad", "eos", "bos"])
def test_hidden_states_and_prompt_deltas_know_no_id_without_a_row(role: str, tiny_llama: Path, tmp_path: Path) -> None:
    ref = resolve(str(with_token_without_row(tiny_llama, tmp_path / role, role)))
    texts = ("a dog <new> a cow", "Tom has 12 red apples and buys 30 more", "The average of 80, 90 and 100 is 90")
    corpus = Corpus(name="mine", texts=texts, fingerprint="f", n_skipped=0)
    states = layers_study(lambda: lent(ref)).get(layers_spec(ref, corpus, BASE[0], nulls=("gaussian",))).record
    deltas = PROMPTS.get(prompt_spec(ref, corpus)).record
    assert len(states.n_points) == len(deltas.deltas.n_points) == 3


@pytest.mark.parametrize("role", ["pad", "eos", "bos"])
def test_a_padding_end_or_begin_token_without_a_row_never_reaches_a_batch(role: str, tiny_llama: Path, tmp_path: Path) -> None:
    ref = resolve(str(with_token_without_row(tiny_llama, tmp_path / role, role)))
    problems = read_problems("bundled", limit=2, split="test")
    found = evaluate(evaluation(ref, BASE, problems, tokens=TOKENS), lend=lambda: lent(ref), store=Store())
    assert found.n == 2
    for row, problem in zip(found.outcomes, problems.problems, strict=True):
        alone = compare(comparison(ref, (), problem.question, tokens=TOKENS), lend=lambda: lent(ref), store=Store())
        assert row.texts == (alone.base.text,)
