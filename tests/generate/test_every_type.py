"""Every type of adapter that PEFT has stands in a bench as PEFT's own loader has it, beside others, or is refused by name.

The walk is over PEFT's registry: a type that a later PEFT adds fails here until someone has decided.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from peft import PeftModel, get_peft_model
from peft.mapping import PEFT_TYPE_TO_CONFIG_MAPPING

from hypviz.errors import AdapterError
from hypviz.generate import bench, column_weights
from hypviz.methods import title_of
from hypviz.methods.elsewhere import ELSEWHERE
from hypviz.models import load_model
from hypviz.records.answers import BASE, Column
from hypviz.records.models import ModelRef
from hypviz.store import Store
from hypviz.studies.compare import compare
from tests.stages import Stage, comparison, make_adapters
from tests.strangers import as_peft_has_it, edited, stranger

IDS = torch.tensor([[5, 17, 42, 8, 23, 61, 9]])
STANDING = sorted(kind for kind, entry in ELSEWHERE.items() if entry.refused is None)
REFUSED = sorted(kind for kind, entry in ELSEWHERE.items() if entry.refused is not None)
TARGETS = {"target_modules": ["q_proj", "v_proj"]}
# What a type needs besides, on a model 32 wide; the others are made with their own defaults on two layers of each block.
NEEDED: dict[str, dict[str, Any]] = {
    "ADALORA": TARGETS | {"total_step": 10},
    "ADAPTION_PROMPT": {"adapter_len": 4, "adapter_layers": 2},
    "BOFT": TARGETS | {"boft_block_size": 4},
    "C3A": TARGETS | {"block_size": 8},
    "CARTRIDGE": {"num_virtual_tokens": 5},
    "CPT": {"cpt_token_ids": [5, 17, 42], "cpt_tokens_type_mask": [1, 2, 3]},
    "FOURIERFT": TARGETS | {"n_frequency": 16},
    "IA3": {"target_modules": ["k_proj", "down_proj"], "feedforward_modules": ["down_proj"]},
    "LN_TUNING": {},
    "MISS": TARGETS | {"r": 8},
    "MULTITASK_PROMPT_TUNING": {"num_virtual_tokens": 5},
    "OFT": TARGETS | {"oft_block_size": 4},
    "PREFIX_TUNING": {"num_virtual_tokens": 5},
    "PROMPT_TUNING": {"num_virtual_tokens": 5},
    "PSOFT": TARGETS | {"r": 8},
    "P_TUNING": {"num_virtual_tokens": 5},
    "ROAD": TARGETS | {"group_size": 8},
    "SHIRA": TARGETS | {"r": 2},
    "TRAINABLE_TOKENS": {"token_indices": [5, 17]},
    "VBLORA": TARGETS | {"vector_length": 8, "num_vectors": 16},
    "WAVEFT": TARGETS | {"n_frequency": 16},
}


def adapter_of(kind: str, folder: Path, ref: ModelRef) -> Path:
    """What PEFT saves of a moved adapter of this type."""
    config = PEFT_TYPE_TO_CONFIG_MAPPING[kind](task_type="CAUSAL_LM", **NEEDED.get(kind, TARGETS))
    base = load_model(ref, dtype="float32")
    theirs = {id(parameter) for parameter in base.parameters()}
    peft_model = get_peft_model(base, config)
    dice = torch.Generator().manual_seed(3)
    with torch.no_grad():
        for parameter in peft_model.parameters():
            if parameter.requires_grad and id(parameter) not in theirs and parameter.is_floating_point():
                parameter.add_(torch.randn(parameter.shape, generator=dice) * 0.1)
    peft_model.save_pretrained(folder)
    return folder


def logits(stage: Stage) -> torch.Tensor:
    with torch.no_grad():
        return stage.model(input_ids=IDS).logits


def written(model: Any) -> list[int]:
    with torch.no_grad():
        tasks = {"task_ids": torch.zeros(1, dtype=torch.long)} if "MULTITASK_PROMPT_TUNING" in str(getattr(model, "peft_type", "")) else {}
        return model.generate(input_ids=IDS, attention_mask=torch.ones_like(IDS), max_new_tokens=6, do_sample=False, **tasks)[0].tolist()


def test_every_type_of_peft_has_a_verdict() -> None:
    types = {str(getattr(kind, "value", kind)) for kind in PEFT_TYPE_TO_CONFIG_MAPPING}
    assert types - {"LORA", "HYPLORA"} == set(ELSEWHERE)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("kind", STANDING)
def test_it_is_what_peft_has_and_the_base_and_its_neighbours_are_themselves(stage: Stage, tmp_path: Path, kind: str) -> None:
    folder = adapter_of(kind, tmp_path / "it", stage.ref)
    plain, other = stranger(tmp_path / "plain", stage.ref), adapter_of("IA3", tmp_path / "other", stage.ref)
    before, expected = logits(stage), as_peft_has_it(folder, stage.ref, IDS)
    assert not torch.equal(expected, before), "the adapter under test does nothing"
    theirs = written(PeftModel.from_pretrained(load_model(stage.ref, dtype="float32"), str(folder)))
    columns = [Column(name="plain", adapter=str(plain)), Column(name="it", adapter=str(folder)), Column(name="other", adapter=str(other))]
    neighbours = {"plain": as_peft_has_it(plain, stage.ref, IDS), "other": as_peft_has_it(other, stage.ref, IDS), BASE: before}
    with bench(stage.ref, stage.model, stage.tokenizer, columns) as on_bench:
        for _ in range(2):
            with on_bench.using(columns[1]) as model:
                assert torch.equal(logits(stage), expected) and written(model) == theirs
            for name, known in neighbours.items():
                with on_bench.using(Column(name=name, adapter=None if name == BASE else "there")):
                    assert torch.equal(logits(stage), known), name
    assert torch.equal(logits(stage), before)
    assert title_of(column_weights(stage.ref, columns[1]).method) == ELSEWHERE[kind].label


@pytest.mark.parametrize("kind", REFUSED)
def test_a_type_that_cannot_stand_is_refused_by_name_with_the_reason(stage: Stage, tmp_path: Path, kind: str) -> None:
    folder = edited(stranger(tmp_path / "it", stage.ref), peft_type=kind)
    with pytest.raises(AdapterError, match=f"type {kind} \\({ELSEWHERE[kind].label}\\), which .*; ") as caught:
        column_weights(stage.ref, Column(name="it", adapter=str(folder)))
    assert str(caught.value).endswith(".")


@pytest.mark.parametrize("kind", ["LATER", None, 7, ["LORA"]])
def test_a_type_that_nobody_knows_is_named(stage: Stage, tmp_path: Path, kind: object) -> None:
    folder = edited(stranger(tmp_path / "it", stage.ref), peft_type=kind)
    with pytest.raises(AdapterError, match="does not know; use a hypviz that knows it"):
        column_weights(stage.ref, Column(name="it", adapter=str(folder)))


def test_two_types_and_hyplora_are_compared_and_only_hyplora_is_probed(stage: Stage, tmp_path: Path) -> None:
    made = {kind: adapter_of(kind, tmp_path / kind, stage.ref) for kind in ("IA3", "VERA")}
    made["hyplora"] = make_adapters(tmp_path / "made", stage.ref)["hyplora"]
    columns = [Column(name=name, adapter=str(folder)) for name, folder in made.items()]
    found = compare(comparison(stage.ref, columns, "How many?", tokens=4), lend=stage.lend, store=Store(tmp_path / "store")).columns
    assert [column.name for column in found] == [BASE, *made]
    assert [column.generation.probe is not None for column in found] == [False, False, False, True]
    assert all(column.generation.logit_difference for column in found[1:])


def test_an_unknown_file_of_such_a_type_leaves_the_model_as_it_was(stage: Stage, tmp_path: Path) -> None:
    folder = edited(stranger(tmp_path / "it", stage.ref), peft_type="LOHA", rank_dropout=0.0)  # tensors of LoRA under another type
    before = logits(stage)
    with pytest.raises(AdapterError, match="; "), bench(stage.ref, stage.model, stage.tokenizer, [Column(name="it", adapter=str(folder))]):
        pass
    assert torch.equal(logits(stage), before) and not hasattr(stage.model, "peft_config")
