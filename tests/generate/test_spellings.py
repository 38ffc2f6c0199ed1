"""Adapters whose tensors have other names or other tables than PEFT writes for this model."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor, nn

from hypviz.errors import AdapterError
from hypviz.generate import bench, column_notice
from hypviz.hyplora import adapter_fingerprint
from hypviz.hyplora.folders import read_folder
from hypviz.hyplora.loading import for_model
from hypviz.hyplora.spellings import at_the_models_layers, usual_name
from hypviz.records.answers import BASE, Column
from tests.stages import Stage
from tests.strangers import as_peft_has_it, edited, stranger, with_tensors

IDS = torch.tensor([[5, 17, 42, 8, 23, 61, 9]])


def logits(stage: Stage) -> Tensor:
    with torch.no_grad():
        return stage.model(input_ids=IDS).logits


def stands_as(stage: Stage, folder: Path, expected: Tensor) -> str:
    """The notice of a column that has these logits; the base stays."""
    before, column = logits(stage), Column(name="it", adapter=str(folder))
    with bench(stage.ref, stage.model, stage.tokenizer, [column]) as on_bench:
        with on_bench.using(column):
            assert torch.equal(logits(stage), expected)
        with on_bench.using(Column(name=BASE)):
            assert torch.equal(logits(stage), before)
    assert torch.equal(logits(stage), before)
    return str(column_notice(stage.ref, column))


SPELLINGS: dict[str, Callable[[str], str]] = {
    "no prefix": lambda name: name.removeprefix("base_model.model."),
    "twice the prefix": lambda name: "base_model.model." + name,
    "name of the adapter": lambda name: name.replace(".weight", ".default.weight"),
    "distributed": lambda name: "module." + name,
    "compiled": lambda name: name.replace("base_model.model.", "base_model.model._orig_mod."),
    "compiled layer": lambda name: name.replace(".lora_", "._orig_mod.lora_"),
    "everything": lambda name: "module._orig_mod." + name.removeprefix("base_model.model.").replace(".weight", ".default.weight"),
}


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_names_in_other_spellings_are_the_same_adapter(stage: Stage, tmp_path: Path, spelling: str) -> None:
    folder = stranger(tmp_path / "it", stage.ref, modules_to_save=["norm"])
    expected, known = as_peft_has_it(folder, stage.ref, IDS), adapter_fingerprint(folder)
    with_tensors(folder, lambda state: {SPELLINGS[spelling](name): tensor for name, tensor in state.items()})
    assert stands_as(stage, folder, expected) and adapter_fingerprint(folder) == known


def test_one_tensor_under_two_spellings_is_refused(stage: Stage, tmp_path: Path) -> None:
    folder = stranger(tmp_path / "it", stage.ref)
    with_tensors(folder, lambda state: state | {f"module.{name}": tensor.clone() for name, tensor in list(state.items())[:1]})
    with pytest.raises(AdapterError, match="are one tensor saved twice; keep one"):
        read_folder(folder)


def test_what_a_name_becomes() -> None:
    assert usual_name("base_model.model.lm_head.modules_to_save.default.weight") == "base_model.model.lm_head.weight"
    assert usual_name("base_model.vera_A") == "base_model.vera_A" and usual_name("prompt_embeddings") == "prompt_embeddings"
    assert usual_name("q.ia3_l.default") == "base_model.model.q.ia3_l"


AROUND: dict[str, Callable[[str], str]] = {
    "gemma3 now": lambda name: name.replace("base_model.model.model.", "base_model.model.model.language_model."),
    "llava before": lambda name: name.replace("base_model.model.", "base_model.model.language_model."),
}


@pytest.mark.parametrize("around", AROUND)
@pytest.mark.parametrize("targets", [["q_proj", "v_proj"], r".*language_model.*\.(q_proj|v_proj)"])
def test_an_adapter_of_a_model_with_pictures_acts_on_the_text_model(stage: Stage, tmp_path: Path, around: str, targets: Any) -> None:
    folder = stranger(tmp_path / "it", stage.ref, target_modules=["q_proj", "v_proj"], rank_pattern={"model.layers.0.self_attn.q_proj": 2})
    expected = as_peft_has_it(folder, stage.ref, IDS)
    with_tensors(folder, lambda state: {AROUND[around](name): tensor for name, tensor in state.items()})
    edited(folder, target_modules=targets, rank_pattern={"model.language_model.layers.0.self_attn.q_proj": 2})
    notice = stands_as(stage, folder, expected)
    assert "names its layers otherwise" in notice and "acts on the same layers here (model.layers." in notice


def test_layers_that_a_model_with_pictures_saved_whole_are_found_too(stage: Stage, tmp_path: Path) -> None:
    folder = stranger(tmp_path / "it", stage.ref, target_modules=["q_proj"], modules_to_save=["lm_head", "norm"])
    expected = as_peft_has_it(folder, stage.ref, IDS)
    with_tensors(folder, lambda state: {AROUND["llava before"](name): tensor for name, tensor in state.items()})
    assert "acts on the same layers here" in stands_as(stage, folder, expected)
    copied = stranger(tmp_path / "copied", stage.ref, target_modules=["q_proj"])
    expected, head = as_peft_has_it(copied, stage.ref, IDS), stage.model.get_output_embeddings().weight.detach()
    with_tensors(copied, lambda state: {AROUND["llava before"](n): t for n, t in state.items()} | {"language_model.lm_head.weight": head})
    assert "acts on the same layers here" in stands_as(stage, copied, expected)


def test_an_adapter_of_the_text_model_finds_its_layers_in_a_wrapper(stage: Stage, tmp_path: Path) -> None:
    wrapper, inner = nn.Module(), nn.Module()
    inner.language_model, inner.vision_tower = stage.model.model, nn.ModuleDict({"layers": nn.ModuleList([nn.Linear(2, 2)])})
    wrapper.model, wrapper.lm_head = inner, nn.Linear(2, 2)
    found = for_model(read_folder(stranger(tmp_path / "it", stage.ref, target_modules=["q_proj"])), wrapper)
    assert set(found.config["target_modules"]) == {f"model.language_model.layers.{i}.self_attn.q_proj" for i in range(2)}
    assert all(name.startswith("base_model.model.model.language_model.layers.") for name in found.state)


def test_layers_of_the_picture_part_are_nobodys_in_a_text_model(stage: Stage) -> None:
    state = {"base_model.model.vision_tower.layers.0.self_attn.q_proj.lora_A.weight": torch.ones(1, 1)}
    assert at_the_models_layers(state, [name for name, _ in stage.model.named_modules()]) == (state, ())


@pytest.mark.parametrize("which", ["whole tables", "copies"])
def test_rows_of_added_tokens_are_left_out_and_told(stage: Stage, tmp_path: Path, which: str) -> None:
    tables = ["embed_tokens", "lm_head"] if which == "whole tables" else None
    folder = stranger(tmp_path / "it", stage.ref, target_modules=["q_proj"], modules_to_save=tables)
    expected = as_peft_has_it(folder, stage.ref, IDS)
    names = {"base_model.model.model.embed_tokens.weight": stage.model.get_input_embeddings().weight}
    names["base_model.model.lm_head.weight"] = stage.model.get_output_embeddings().weight

    def with_more_rows(state: dict[str, Tensor]) -> dict[str, Tensor]:
        tables = {name: state.get(name, table.detach()) for name, table in names.items()}
        return state | {name: torch.cat([table, torch.full_like(table[:3], 9.0)]) for name, table in tables.items()}

    with_tensors(folder, with_more_rows)
    rows = len(names["base_model.model.lm_head.weight"])
    notice = stands_as(stage, folder, expected)
    assert f"a table of {rows + 3:,} rows where this model has {rows:,}: the 3 beyond are of tokens that were added" in notice


def test_lacking_rows_are_the_models_own_and_told(stage: Stage, tmp_path: Path) -> None:
    folder = stranger(tmp_path / "it", stage.ref, target_modules=["q_proj"], modules_to_save=["lm_head"])
    name = "base_model.model.lm_head.weight"
    full = load_file(folder / "adapter_model.safetensors")[name]
    own = stage.model.get_output_embeddings().weight.detach()[-2:]
    with_tensors(folder, lambda state: state | {name: torch.cat([full[:-2], own])})
    expected = as_peft_has_it(folder, stage.ref, IDS)
    with_tensors(folder, lambda state: state | {name: full[:-2]})
    assert "the 2 that it lacks are the model's own" in stands_as(stage, folder, expected)


def test_lora_on_a_table_with_more_rows_is_cut_too(stage: Stage, tmp_path: Path) -> None:
    folder = stranger(tmp_path / "it", stage.ref, target_modules=["q_proj", "lm_head"])
    with_tensors(folder, lambda state: {name: tensor for name, tensor in state.items() if "lm_head.weight" not in name})
    expected = as_peft_has_it(folder, stage.ref, IDS)
    name = "base_model.model.lm_head.lora_B.weight"
    with_tensors(folder, lambda state: state | {name: torch.cat([state[name], torch.ones_like(state[name][:5])])})
    assert "the 5 beyond are of tokens that were added" in stands_as(stage, folder, expected)


@pytest.mark.parametrize(
    ("named", "rounded"),
    [
        ("unsloth/Llama-3.2-1B-unsloth-bnb-4bit", True),
        ("unsloth/llama-3-8b-bnb-4bit", True),
        ("TheBloke/Llama-2-7B-GPTQ", True),
        ("Qwen/Qwen2.5-7B-Instruct-AWQ", True),
        ("neuralmagic/Meta-Llama-3-8B-Instruct-FP8", True),
        ("Qwen/Qwen2.5-7B-Instruct-GPTQ-Int4", True),
        ("meta-llama/Llama-3.2-1B", False),
        ("org/awqward", False),
        (None, False),
    ],
)
def test_copies_with_fewer_bits_are_known_by_their_names(stage: Stage, tmp_path: Path, named: str | None, rounded: bool) -> None:
    folder = edited(stranger(tmp_path / "it", stage.ref), base_model_name_or_path=named)
    notice = str(column_notice(stage.ref, Column(name="it", adapter=str(folder))))
    assert ("rounded to fewer bits" in notice) == rounded
    assert not rounded or f"open {named} as the model to have exactly those" in notice
