"""Without target_modules HypLoRA adapts exactly the layers that LoRA adapts."""

from __future__ import annotations

import pytest
import torch
from peft import LoraConfig, PeftModel, get_peft_model
from peft.utils import TRANSFORMERS_MODELS_TO_LORA_TARGET_MODULES_MAPPING as LORA_TARGETS
from torch import nn

from hypviz.errors import AdapterError
from hypviz.hyplora import HypLoraConfig, attach_adapters, default_target_modules


class Blocks(nn.Module):
    """Two repeated blocks of a type that PEFT does not know, or of the `model_type` given."""

    def __init__(self, model_type: str | None = None, **extra: nn.Module) -> None:
        super().__init__()
        if model_type is not None:
            self.config = {"model_type": model_type}
        self.blocks = nn.ModuleList(nn.ModuleDict({"up": nn.Linear(4, 6), "down": nn.Linear(6, 4), **extra}) for _ in range(2))
        self.head = nn.Linear(4, 3)


def adapted(model: PeftModel) -> list[str]:
    return sorted(model.base_model.targeted_module_names)


@pytest.mark.parametrize("architecture", ["llama", "gpt2"])
@pytest.mark.parametrize("variant", ["exact", "official"])
def test_open_targets_are_loras(make_base, architecture, variant):
    plain = get_peft_model(make_base(architecture), LoraConfig(r=2))
    bent = get_peft_model(make_base(architecture), HypLoraConfig(r=2, variant=variant))
    assert adapted(plain) == adapted(bent) != []
    assert bent.peft_config["default"].target_modules == plain.peft_config["default"].target_modules


@pytest.mark.parametrize("model_type", sorted(LORA_TARGETS))
def test_every_type_that_peft_knows_gets_its_targets(model_type):
    names = LORA_TARGETS[model_type]
    names = ["up"] if isinstance(names, str) else [name.rpartition(".")[2] for name in names]
    base = Blocks(model_type, **{name: nn.Linear(4, 4) for name in names})
    again = Blocks(model_type, **{name: nn.Linear(4, 4) for name in names})
    assert outcome(base, LoraConfig(r=2)) == outcome(again, HypLoraConfig(r=2))


def outcome(base: nn.Module, config: LoraConfig) -> list[str] | str:
    """The adapted layers, or the sentence where none is found: some targets are spelt with parents that these blocks lack."""
    try:
        return adapted(get_peft_model(base, config))
    except ValueError as error:
        return str(error)


def test_where_peft_knows_no_targets_all_linear_layers_of_the_blocks_are_adapted():
    with pytest.raises(ValueError, match="Please specify `target_modules`"):
        get_peft_model(Blocks(), LoraConfig(r=2))
    model = get_peft_model(Blocks(), HypLoraConfig(r=2))
    assert adapted(model) == [f"blocks.{i}.{name}" for i in (0, 1) for name in ("down", "up")]
    with pytest.raises(AdapterError, match="has no linear layers inside repeated blocks; name the layers in target_modules"):
        get_peft_model(nn.Sequential(nn.ReLU()), HypLoraConfig(r=2))


def test_attach_adapters_adapts_all_linear_layers_of_the_blocks_whatever_peft_knows(make_base):
    for config in (LoraConfig(r=2), HypLoraConfig(r=2)):
        model = attach_adapters(make_base(), {"x": config}, seed=0)
        assert {name.rpartition(".")[2] for name in adapted(model)} == set(default_target_modules(make_base()))


def test_empty_targets_are_not_open_ones(make_base):
    with pytest.raises(ValueError, match="target_modules"):
        get_peft_model(make_base(), HypLoraConfig(r=2, target_modules=[]))


def test_an_adapter_with_open_targets_is_the_same_when_loaded(make_base, tmp_path, ids):
    model = get_peft_model(make_base(), HypLoraConfig(r=2)).eval()
    model.save_pretrained(tmp_path)
    again = PeftModel.from_pretrained(make_base(), tmp_path)
    assert adapted(again) == adapted(model)
    assert torch.equal(again(input_ids=ids).logits, model(input_ids=ids).logits)
