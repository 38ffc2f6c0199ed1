"""Adapters come and go; the shared base is the same model before, meanwhile and after."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from hypviz.errors import AdapterError
from hypviz.generate import (
    answer_prompt,
    asked_columns,
    bench,
    check_columns,
    column_notice,
    column_weights,
    continue_prompts,
    encode_prompt,
    parse_column,
)
from hypviz.generate.watching import NotNumbers
from hypviz.records.answers import Column, Decoding
from hypviz.records.asking import NONE, PLAIN_QUESTION, Asking
from hypviz.words.gain import sentences, whole_sentence
from tests.stages import Stage, make_adapters

QUESTION = "Tom has 12 apples and buys 30 more."


def logits(stage: Stage) -> torch.Tensor:
    with torch.no_grad():
        return stage.model(input_ids=torch.tensor([stage.tokenizer(QUESTION)["input_ids"]])).logits


def test_the_base_is_untouched_meanwhile_and_itself_afterwards(stage: Stage, columns: tuple[Column, ...]) -> None:
    names, before = [n for n, _ in stage.model.named_modules()], logits(stage)
    with bench(stage.ref, stage.model, stage.tokenizer, columns) as on_bench:
        for column in (columns[1], columns[0], columns[2]):
            with on_bench.using(column):
                assert torch.equal(logits(stage), before) == (column.name == "base")
    assert torch.equal(logits(stage), before)
    assert [n for n, _ in stage.model.named_modules()] == names
    assert not hasattr(stage.model, "peft_config")


@pytest.mark.parametrize("architecture", ["gpt2", "qwen3", "gemma3"])
def test_other_architectures_carry_adapters_and_lose_them_again(architecture: str, stages: Callable[[str], Stage], tmp_path: Path) -> None:
    stage = stages(architecture)
    made = make_adapters(tmp_path, stage.ref)
    everyone = tuple(Column(name=name, adapter=str(made[name])) for name in ("lora", "hyplora", "untrained"))
    before = logits(stage)
    with bench(stage.ref, stage.model, stage.tokenizer, everyone) as on_bench:
        for column in everyone:
            with on_bench.using(column):
                assert torch.equal(logits(stage), before) == (column.name == "untrained")
    assert torch.equal(logits(stage), before)


@pytest.mark.parametrize("bad_first", [True, False])
def test_a_foreign_adapter_is_refused_and_leaves_nothing_behind(
    stage: Stage, columns: tuple[Column, ...], tmp_path: Path, bad_first: bool
) -> None:
    foreign = tmp_path / "foreign"
    shutil.copytree(str(columns[1].adapter), foreign)
    card = json.loads((foreign / "hypviz.json").read_text())
    (foreign / "hypviz.json").write_text(json.dumps({**card, "base_fingerprint": "0" * 64}))
    before = logits(stage)
    bad = Column(name="foreign", adapter=str(foreign))
    with (
        pytest.raises(AdapterError, match="was made for"),
        bench(stage.ref, stage.model, stage.tokenizer, (bad, columns[1]) if bad_first else (columns[1], bad)),
    ):
        pass
    assert torch.equal(logits(stage), before) and not hasattr(stage.model, "peft_config")


def test_an_untrained_adapter_has_the_logits_of_the_base_and_a_trained_one_has_not(stage: Stage, adapters: dict[str, Path]) -> None:
    everyone = (Column(name="base"), *(Column(name=name, adapter=str(folder)) for name, folder in adapters.items()))
    prompt = encode_prompt(stage.ref, QUESTION, asking=PLAIN_QUESTION, max_new_tokens=8)
    found = {}
    with bench(stage.ref, stage.model, stage.tokenizer, everyone) as on_bench:
        for asked in asked_columns(stage.ref, everyone):
            found[asked.name] = answer_prompt(on_bench, asked, prompt, Decoding(max_new_tokens=8))
    assert found["base"].logit_difference is None and found["base"].probe is None
    assert found["untrained"].logit_difference == 0.0
    assert found["untrained"].token_ids.tolist() == found["base"].token_ids.tolist()
    assert found["lora"].logit_difference > 0 and found["hyplora"].logit_difference > 0
    assert found["lora"].probe.overall.gain.median == 1.0 and not found["lora"].probe.hyperbolic
    assert found["hyplora"].probe.hyperbolic and found["hyplora"].probe.overall.ratio.median > 0
    assert whole_sentence(found["hyplora"].probe, subject="Here HypLoRA").startswith("Here HypLoRA")
    assert sentences(found["lora"].probe) == () and whole_sentence(found["lora"].probe) is None
    assert len({g.weights.fingerprint for g in found.values()}) == 4


def test_a_streamed_answer_is_the_answer(stage: Stage, columns: tuple[Column, ...]) -> None:
    prompt, pieces = encode_prompt(stage.ref, QUESTION, asking=Asking(template=NONE), max_new_tokens=12), []
    with bench(stage.ref, stage.model, stage.tokenizer, columns) as on_bench:
        asked = asked_columns(stage.ref, columns)[2]
        found = answer_prompt(on_bench, asked, prompt, Decoding(max_new_tokens=12), on_piece=pieces.append)
    assert found.text.startswith("".join(pieces)) and len(pieces) == len(found.token_ids)


def test_columns_are_named_and_checked(adapters: dict[str, Path]) -> None:
    assert parse_column("my lora=/a=b") == Column(name="my lora", adapter="/a=b")
    for wrong in ("lora", "=dir", "lora=", " = "):
        with pytest.raises(AdapterError, match="NAME=DIR"):
            parse_column(wrong)
    one, two = Column(name="x", adapter="a"), Column(name="y", adapter="b")
    assert check_columns([one, Column(name="base"), two]) == (Column(name="base"), one, two)
    with pytest.raises(AdapterError, match="Two adapters are named x"):
        check_columns([one, one])
    with pytest.raises(AdapterError, match="stands for the model without"):
        check_columns([Column(name="base", adapter="a")])


def test_an_adapter_without_a_card_is_used_with_a_remark(stage: Stage, adapters: dict[str, Path], tmp_path: Path) -> None:
    bare = tmp_path / "bare"
    shutil.copytree(adapters["hyplora"], bare)
    (bare / "hypviz.json").unlink()
    column, carded = Column(name="mine", adapter=str(bare)), Column(name="mine", adapter=str(adapters["hyplora"]))
    assert "could not be checked" in str(column_notice(stage.ref, column)) and column_notice(stage.ref, carded) is None
    assert column_weights(stage.ref, column) == column_weights(stage.ref, carded)
    shutil.rmtree(bare)
    with pytest.raises(AdapterError, match="not an adapter folder"):
        column_weights(stage.ref, column)


def test_logits_that_are_no_numbers_are_laid_to_whose_they_are(stage: Stage, columns: tuple[Column, ...]) -> None:
    handle = stage.model.get_output_embeddings().register_forward_hook(lambda _, __, logits: logits * float("nan"))
    try:
        with bench(stage.ref, stage.model, stage.tokenizer, columns) as on_bench:
            for column, sentence in zip(columns, ("The model's logits", "With lora the logits", "With hyplora the logits"), strict=True):
                with pytest.raises(NotNumbers, match=sentence), on_bench.using(column) as model:
                    continue_prompts(model, stage.tokenizer, [[5, 6]], Decoding(max_new_tokens=1))
    finally:
        handle.remove()
