"""Several adapters on one base model, by the names that people use.

PEFT stores an adapter under a module key, and a key such as "lora" collides with its own parameter prefix while a dot is not
allowed at all. Every function here takes the person's name; `peft_name` gives the key that PEFT's own methods want.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Generator, Mapping
from contextlib import contextmanager

import torch
from peft import LoraConfig, PeftModel, get_peft_model
from peft.tuners.lora import LoraLayer
from torch import nn
from transformers.pytorch_utils import Conv1D

from hypviz.errors import AdapterError
from hypviz.hyplora.model import default_target_modules, outer_modules
from hypviz.records.answers import BASE

_BASE_KEY = "__base__"


def peft_name(name: str) -> str:
    """PEFT's key for the adapter called `name`: "adapter_", the name, other signs than letters and digits as _hex_, and "_".

    The last sign is there because PEFT finds modules to save by how their names end, and would take a key that ends alike for one.
    "base" is "__base__", which PEFT understands in `adapter_names` as the model without an adapter.
    """
    if not name:
        raise AdapterError("An adapter needs a name; give it one, for example lora or hyplora.")
    if name == BASE:
        return _BASE_KEY
    return "adapter_" + "".join(sign if sign.isascii() and sign.isalnum() else f"_{ord(sign):x}_" for sign in name) + "_"


def shown_name(key: str) -> str:
    """The inverse of `peft_name`; a key that PEFT got from elsewhere, such as "default", is its own name."""
    if key == _BASE_KEY:
        return BASE
    if not key.startswith("adapter_"):
        return key
    return re.sub(r"_([0-9a-f]+)_", lambda match: chr(int(match[1], 16)), key.removeprefix("adapter_").removesuffix("_"))


def attach_adapters(model: nn.Module, configs: Mapping[str, LoraConfig], seed: int) -> PeftModel:
    """One untrained adapter per entry (B = 0); equal rank and targets give an equal A; the first is active and trainable.

    The configs are copied. Without `target_modules` every linear layer inside the blocks is adapted. The global random state is
    left as it was.
    """
    if not configs:
        raise AdapterError("No adapter was asked for; pass at least one config.")
    peft_model: PeftModel | None = None
    for name, given in configs.items():
        peft_model = _with_adapter(model, peft_model, name, given, seed)
    assert peft_model is not None
    return peft_model


def attach_adapter(peft_model: PeftModel, name: str, config: LoraConfig, seed: int) -> None:
    """One more untrained adapter beside those that are attached, as `attach_adapters` would have attached it."""
    _with_adapter(peft_model.get_base_model(), peft_model, name, config, seed)


def _with_adapter(model: nn.Module, peft_model: PeftModel | None, name: str, given: LoraConfig, seed: int) -> PeftModel:
    key, config = peft_name(name), _completed(given, model)
    if key == _BASE_KEY:
        raise AdapterError("The name base stands for the model without an adapter; choose another name.")
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(seed)  # adapters are initialised on the CPU
        if peft_model is None:
            return get_peft_model(model, config, adapter_name=key)
        peft_model.add_adapter(key, config)
    return peft_model


def adapter_parameters(peft_model: PeftModel, name: str) -> list[nn.Parameter]:
    """The parameters of one adapter that training may change, frozen or not at this moment; a frozen radius is left out."""
    key = require_adapter(peft_model, name)
    found: list[nn.Parameter] = []
    for layer in adapted_layers(peft_model).values():
        frozen = layer.frozen_peft_weight_names.get(key, ())
        for attribute in layer.adapter_layer_names:
            holder = getattr(layer, attribute)
            if key in holder and attribute not in frozen:
                entry = holder[key]
                found += [entry] if isinstance(entry, nn.Parameter) else list(entry.parameters())
    return found


@contextmanager
def use_adapter(peft_model: PeftModel, name: str) -> Generator[PeftModel]:
    """Run with one adapter active ("base": with none), then go back to what was active; no gradients are switched on.

    Works inside PEFT's `disable_adapter` too. `AdapterError` while an adapter is merged, because switching would take it out.
    """
    layers = adapted_layers(peft_model).values()
    merged = sorted({shown_name(key) for layer in layers for key in layer.merged_adapters})
    if merged:
        raise AdapterError(f"The adapter {merged[0]} is merged into the base weights; call unmerge_adapter() before switching adapters.")
    off = any(layer.disable_adapters for layer in layers)
    flags = [(parameter, parameter.requires_grad) for parameter in peft_model.parameters()]
    before = list(peft_model.active_adapters)
    try:
        if name == BASE:
            with peft_model.disable_adapter():
                yield peft_model
        else:
            if off:
                peft_model.base_model.enable_adapter_layers()
            peft_model.base_model.set_adapter(require_adapter(peft_model, name), inference_mode=True)
            yield peft_model
    finally:
        peft_model.base_model.set_adapter(before)
        if off:
            peft_model.base_model.disable_adapter_layers()
        for parameter, flag in flags:
            parameter.requires_grad_(flag)


def require_adapter(peft_model: PeftModel, name: str) -> str:
    """PEFT's key of an adapter that exists, one that PEFT itself named ("default") included, or `AdapterError` naming those that do."""
    here = {shown_name(key): key for key in peft_model.peft_config}
    if name not in here:
        raise AdapterError(f"The model has no adapter named {name}; it has {', '.join(here) or 'none'}, so load or attach it first.")
    return here[name]


def adapted_layers(peft_model: nn.Module) -> dict[str, LoraLayer]:
    """The LoRA layers by the name they have in the base model."""
    found = {name: module for name, module in peft_model.named_modules() if isinstance(module, LoraLayer)}
    return {name.removeprefix("base_model.model."): module for name, module in found.items()}


def _completed(given: LoraConfig, model: nn.Module) -> LoraConfig:
    """A copy with targets, task and weight layout filled in, so that PEFT has nothing to warn about."""
    config = copy.deepcopy(given)
    if config.target_modules is None:
        config.target_modules = set(default_target_modules(model))
    if config.task_type is None:
        config.task_type = "CAUSAL_LM"
    if not isinstance(config.target_modules, str):
        kinds = {type(module) for name, module in outer_modules(model) if name.rpartition(".")[2] in config.target_modules}
        config.fan_in_fan_out = config.fan_in_fan_out or kinds == {Conv1D}
    return config
