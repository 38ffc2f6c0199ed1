"""Adapters as strangers bring them: written by PEFT itself on a copy of a model, trained or not, and by hand where PEFT writes none."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file

from hypviz.models import load_model
from hypviz.records.models import ModelRef

TARGETS = ["q_proj", "v_proj", "down_proj"]


def stranger(folder: Path, ref: ModelRef, *, trained: bool = True, **settings: Any) -> Path:
    """What `PeftModel.save_pretrained` writes for a LoraConfig of these settings; trained: every tensor of the adapter is moved."""
    from peft import LoraConfig, get_peft_model

    config = LoraConfig(**{"r": 4, "lora_alpha": 8, "target_modules": TARGETS, "task_type": "CAUSAL_LM"} | settings)
    base = load_model(ref, dtype="float32")
    theirs = {id(parameter) for parameter in base.parameters()}
    peft_model = get_peft_model(base, config)
    if trained:
        dice = torch.Generator().manual_seed(3)
        with torch.no_grad():
            for name, parameter in peft_model.named_parameters():
                if parameter.requires_grad and (id(parameter) not in theirs or name.endswith(".bias")):
                    parameter.add_(torch.randn(parameter.shape, generator=dice) * 0.2)
    peft_model.save_pretrained(folder)
    return folder


def edited(folder: Path, **settings: Any) -> Path:
    """The same folder with other settings in its adapter_config.json."""
    path = folder / "adapter_config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | settings))
    return folder


def with_tensors(folder: Path, change: Any) -> Path:
    """The same folder with its tensors changed: `change` gets the state and returns the new one."""
    path = folder / "adapter_model.safetensors"
    save_file({name: tensor.contiguous() for name, tensor in change(load_file(path)).items()}, path, metadata={"format": "pt"})
    return folder


def as_peft_has_it(folder: Path, ref: ModelRef, ids: torch.Tensor) -> torch.Tensor:
    """The logits of PEFT's own loader on a fresh copy of the base, at the positions of the ids."""
    from peft import PeftModel

    model = PeftModel.from_pretrained(load_model(ref, dtype="float32"), str(folder))
    tasks = {"task_ids": torch.zeros(len(ids), dtype=torch.long)} if "MULTITASK_PROMPT_TUNING" in str(model.peft_type) else {}
    with torch.no_grad():
        return model(input_ids=ids, **tasks).logits[:, -ids.shape[1] :]
