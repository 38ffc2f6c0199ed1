"""Adapters that are virtual tokens: read before a text and between its padding and it, counted, and never among what is handed out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from peft import PeftConfig, PeftModel, PrefixTuningConfig, PromptTuningConfig, get_peft_model

from hypviz.corpora import read_problems
from hypviz.errors import AdapterError, HypvizError
from hypviz.generate import bench, column_notice, column_weights, continue_prompts, encode_prompt, hidden_states, virtual_tokens
from hypviz.generate.padding import padding_changes_answers
from hypviz.models import load_model, load_tokenizer, resolve, summarise
from hypviz.records.answers import BASE, Column, Decoding
from hypviz.records.asking import PLAIN_QUESTION
from hypviz.store import Store
from hypviz.studies.compare import compare
from hypviz.studies.evaluate import evaluate
from hypviz.words.comparison import virtual_sentence
from tests.architectures import build_architecture
from tests.stages import Stage, comparison, evaluation
from tests.strangers import edited, with_tensors

SHORT, LONG = [5, 17, 42, 8, 23, 61, 9], [9, 61, 23, 8, 42, 17, 5, 5, 17, 42, 8, 23, 61, 9]
N = 5
KINDS: dict[str, Callable[..., PeftConfig]] = {"prompt": PromptTuningConfig, "prefix": PrefixTuningConfig}


def made(folder: Path, stage: Stage, kind: str, **settings: Any) -> Column:
    """A column of untrained virtual tokens, which are drawn at random and so change every answer."""
    with torch.random.fork_rng():
        torch.manual_seed(1)
        config = KINDS[kind](task_type="CAUSAL_LM", num_virtual_tokens=N, **settings)
        get_peft_model(load_model(stage.ref, dtype="float32"), config).save_pretrained(folder)
    return Column(name="it", adapter=str(folder))


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("architecture", ["llama", "gpt2", "gemma3"])
def test_a_padded_batch_is_answered_as_peft_answers_each_text_alone(
    stages: Callable[[str], Stage], architecture: str, kind: str, tmp_path: Path
) -> None:
    stage = stages(architecture)
    column = made(tmp_path, stage, kind)
    peft_model = PeftModel.from_pretrained(load_model(stage.ref, dtype="float32"), str(tmp_path))
    with bench(stage.ref, stage.model, stage.tokenizer, [column]) as on_bench, on_bench.using(column) as model:
        assert not padding_changes_answers(model, stage.tokenizer, [SHORT, LONG])
        found = continue_prompts(model, stage.tokenizer, [SHORT, LONG], Decoding(max_new_tokens=6, stop_at_question=False))
    for prompt, answer in zip([SHORT, LONG], found, strict=True):
        whole = torch.tensor([[*prompt, *answer.token_ids]])
        with torch.no_grad():
            logits = peft_model(input_ids=whole).logits[0, -len(answer.token_ids) - 1 : -1]
        assert logits.argmax(-1).tolist() == list(answer.token_ids)
        expected = logits.log_softmax(-1).gather(1, whole[0, len(prompt) :, None])[:, 0]
        assert torch.allclose(torch.tensor(answer.log_probs), expected, atol=1e-4)


@pytest.mark.filterwarnings("ignore")
def test_states_are_of_the_texts_own_positions_and_the_text_is_not_changed(stage: Stage, tmp_path: Path) -> None:
    column, plain = made(tmp_path, stage, "prompt"), hidden_states(stage.model, SHORT)
    with bench(stage.ref, stage.model, stage.tokenizer, [column]) as on_bench, on_bench.using(column) as model:
        found = hidden_states(model, SHORT)
    assert found.shape == plain.shape and (found[0] == plain[0]).all() and (found[1:] != plain[1:]).any()


@pytest.mark.filterwarnings("ignore")
def test_they_are_counted_said_and_kept_within_the_models_positions(stage: Stage, tmp_path: Path) -> None:
    column = made(tmp_path, stage, "prompt")
    assert virtual_tokens(stage.ref, [Column(name=BASE), column, Column(name="x", adapter=stage.ref.path)]) == {"it": N}
    assert "it has the model read 5 virtual tokens of its own before every text." in str(column_notice(stage.ref, column))
    assert virtual_sentence({"it": N, "other": 1}, {"it": "Prompt tuning", "other": "Prefix"}) == (
        "Before it read Prompt tuning 5 virtual tokens and Prefix 1 virtual token: trained vectors that stand for no text."
    )
    assert virtual_sentence({}, {}) is None
    limit = int(summarise(stage.ref).max_positions or 0)
    n = len(encode_prompt(stage.ref, "How many?", asking=PLAIN_QUESTION, max_new_tokens=1).ids)
    full = comparison(stage.ref, [column], "How many?", tokens=limit - n)
    with pytest.raises(HypvizError, match=rf"has {n} tokens behind 5 virtual ones and .*; ask for at most {limit - n - N} new tokens"):
        compare(full, lend=stage.lend, store=Store(tmp_path / "store"))
    problems = read_problems("one-step:7", limit=2, split="test")
    room = max(len(encode_prompt(stage.ref, p.question, asking=PLAIN_QUESTION, max_new_tokens=1).ids) for p in problems.problems)
    with pytest.raises(HypvizError, match=rf"not behind the 5 virtual tokens of it; ask for at most {limit - room - N} new"):
        evaluate(evaluation(stage.ref, [column], problems, tokens=limit - room), lend=stage.lend, store=Store(tmp_path / "store"))
    assert not stage.opened
    counted = evaluate(evaluation(stage.ref, [column], problems, tokens=2), lend=stage.lend, store=Store(tmp_path / "store"))
    assert [score.name for score in counted.columns] == [BASE, "it"]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda state: {"other": state["prompt_embeddings"]}, "lacks prompt_embeddings, which its adapter_config.json asks for"),
        (lambda state: {"prompt_embeddings": state["prompt_embeddings"][:, :8]}, "does not fit this model and its own adapter_config"),
        (lambda state: state | {"base_model.model.lm_head.x": torch.zeros(1)}, "lm_head.x, which has no place here"),
    ],
)
def test_files_that_do_not_fit_are_refused_and_leave_the_base(stage: Stage, tmp_path: Path, change: Any, sentence: str) -> None:
    column = made(tmp_path, stage, "prompt")
    with_tensors(tmp_path, change)
    before = hidden_states(stage.model, SHORT)
    with pytest.raises(AdapterError, match=sentence), bench(stage.ref, stage.model, stage.tokenizer, [column]):
        pass
    assert (hidden_states(stage.model, SHORT) == before).all() and not stage.model._forward_hooks


@pytest.mark.filterwarnings("ignore")
def test_several_tasks_are_refused_and_where_the_start_came_from_is_not_read(stage: Stage, tmp_path: Path) -> None:
    column = made(tmp_path, stage, "prompt")
    start = {"prompt_tuning_init": "TEXT", "prompt_tuning_init_text": "Answer:", "tokenizer_name_or_path": str(tmp_path / "nowhere")}
    edited(tmp_path, **start)
    with bench(stage.ref, stage.model, stage.tokenizer, [column]) as on_bench, on_bench.using(column) as model:
        assert hidden_states(model, SHORT).shape[1] == len(SHORT)
    edited(tmp_path, peft_type="MULTITASK_PROMPT_TUNING", num_tasks=3)
    with pytest.raises(AdapterError, match=r"num_tasks = 3, which mixes .* by the number of a task, which a prompt does not have; ask it"):
        column_weights(stage.ref, column)


@pytest.mark.filterwarnings("ignore")
def test_a_model_without_keys_of_earlier_tokens_cannot_have_a_prefix(tmp_path: Path) -> None:
    ref = resolve(str(build_architecture(tmp_path / "mamba", "mamba")))
    stage = Stage(ref=ref, model=load_model(ref, dtype="float32"), tokenizer=load_tokenizer(ref))
    prompt, prefix = (made(tmp_path / kind, stage, kind, num_attention_heads=4) for kind in KINDS)
    with pytest.raises(AdapterError, match="keeps no keys and values of earlier"), bench(ref, stage.model, stage.tokenizer, [prefix]):
        pass
    with bench(ref, stage.model, stage.tokenizer, [prompt]) as on_bench, on_bench.using(prompt) as model:
        assert not padding_changes_answers(model, stage.tokenizer, [SHORT, LONG])
