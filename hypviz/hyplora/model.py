"""HypLoRA inside PEFT 0.21.2: a `LoraModel` that lets PEFT build its plain layer and then bends it.

`register` adds mapping entries: the file type HYPLORA leads to `HypLoraConfig`, and every LoRA-type config, plain ones included, is
built by `HypLoraModel`, so that both kinds live on one base model in any order. For a plain LoRA config `HypLoraModel` does exactly
what `LoraModel` does. Whatever takes the update for linear is refused before any weight is touched; `guards` does so for the five
functions of PEFT that ask neither the model nor the layer.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from peft import LoraConfig, PeftModel, PeftType
from peft.mapping import PEFT_TYPE_TO_CONFIG_MAPPING, PEFT_TYPE_TO_PREFIX_MAPPING, PEFT_TYPE_TO_TUNER_MAPPING
from peft.tuners.lora import LoraModel
from peft.tuners.tuners_utils import BaseTunerLayer
from peft.utils.hotswap import CONFIG_KEYS_TO_CHECK
from torch import nn
from transformers.pytorch_utils import Conv1D

from hypviz.errors import AdapterError
from hypviz.hyplora.config import FILE_TYPE, HypLoraConfig
from hypviz.hyplora.folders import AdapterState
from hypviz.hyplora.guards import guard
from hypviz.hyplora.layer import MERGE_REFUSAL, bend
from hypviz.hyplora.names import current_name, is_geometry

ARROW_REFUSAL = (
    "Arrow routes between linear updates and would run the HypLoRA adapter {adapter} as plain LoRA; "
    "give it LoRA adapters only, in a model without HypLoRA."
)
CONVERSION_REFUSAL = (
    "A HypLoRA adapter cannot be rewritten for another base or another start, because its update is not B A; "
    "save it without path_initial_model_for_weight_conversion."
)


def default_target_modules(model: nn.Module) -> tuple[str, ...]:
    """Last name components of all linear layers inside the repeated blocks: q_proj ... down_proj, or c_attn, c_proj, c_fc."""
    names = {}
    for name, module in outer_modules(model):
        parts = name.split(".")
        if isinstance(module, (nn.Linear, Conv1D)) and any(part.isdigit() for part in parts[:-1]):
            names[parts[-1]] = None
    if not names:
        raise AdapterError(f"{type(model).__name__} has no linear layers inside repeated blocks; name the layers in target_modules.")
    return tuple(names)


def outer_modules(model: nn.Module) -> Iterator[tuple[str, nn.Module]]:
    """The named modules of the model as if no adapter were attached: an adapted layer stands for its base layer."""
    wrapped: list[str] = []
    for name, module in model.named_modules():
        if any(name.startswith(prefix) for prefix in wrapped):
            continue
        if isinstance(module, BaseTunerLayer):
            wrapped.append(name + ".")
            module = module.get_base_layer()
        yield name, module


class HypLoraModel(LoraModel):
    """PEFT's LoRA tuner, which also knows `HypLoraConfig`."""

    def _check_new_adapter_config(self, config: LoraConfig) -> None:
        super()._check_new_adapter_config(config)
        bent = [name for name, known in self.peft_config.items() if isinstance(known, HypLoraConfig)]
        if bent and any(getattr(known, "arrow_config", None) for known in self.peft_config.values()):
            raise AdapterError(ARROW_REFUSAL.format(adapter=bent[0]))

    def _prepare_adapter_config(self, peft_config: LoraConfig, model_config: dict[str, Any]) -> LoraConfig:
        if not isinstance(peft_config, HypLoraConfig):
            return super()._prepare_adapter_config(peft_config, model_config)
        if not peft_config.target_modules and peft_config.targets_left_open:  # PEFT makes None an empty set for some models
            named = self.target_module_mapping.get(model_config.get("model_type"))
            peft_config.target_modules = named if isinstance(named, str) else set(named or default_target_modules(self.model))
        for key, module in outer_modules(self.model):
            hit = self._check_target_module_exists(peft_config, key)
            if hit is True or isinstance(hit, re.Match):
                _require_linear(key, module)
        return peft_config

    def _create_and_replace(
        self,
        lora_config: LoraConfig,
        adapter_name: str,
        target: nn.Module,
        target_name: str,
        parent: nn.Module,
        current_key: str,
        *,
        parameter_name: str | None = None,
    ) -> None:
        bent = isinstance(lora_config, HypLoraConfig)
        plain = lora_config.plain() if bent else lora_config
        super()._create_and_replace(plain, adapter_name, target, target_name, parent, current_key, parameter_name=parameter_name)
        if bent:
            lora_config.fan_in_fan_out = plain.fan_in_fan_out  # PEFT corrects it to suit the layer
            bend(getattr(parent, target_name), adapter_name, lora_config, current_key)

    def merge_adapter(self, adapter_names: list[str] | None = None, safe_merge: bool = False) -> None:
        """Merges plain LoRA adapters; refuses, before touching a weight, if a HypLoRA adapter is among them."""
        self._refuse_bent(adapter_names)
        super().merge_adapter(adapter_names=adapter_names, safe_merge=safe_merge)

    def _unload_and_optionally_merge(
        self, merge: bool = True, progressbar: bool = False, safe_merge: bool = False, adapter_names: list[str] | None = None
    ) -> nn.Module:
        if merge:
            self._refuse_bent(adapter_names)
        return super()._unload_and_optionally_merge(merge, progressbar, safe_merge, adapter_names)

    def _check_add_weighted_adapter(self, adapters: list[str], combination_type: str, svd_rank: int | None) -> tuple[str, int, str]:
        self._refuse_bent(adapters)
        return super()._check_add_weighted_adapter(adapters, combination_type, svd_rank)

    @classmethod
    def _remap_adapter_state_dict_for_load(
        cls, model: nn.Module, config: LoraConfig, adapter_name: str, state_dict: AdapterState
    ) -> AdapterState:
        state = {current_name(name): tensor for name, tensor in state_dict.items()}
        return super()._remap_adapter_state_dict_for_load(model=model, config=config, adapter_name=adapter_name, state_dict=state)

    @classmethod
    def _convert_state_dict_for_initial_model(
        cls,
        peft_model: PeftModel,
        peft_config: LoraConfig,
        path_initial_model_for_weight_conversion: str,
        output_state_dict: AdapterState,
        kwargs: dict[str, Any],
    ) -> AdapterState:
        if isinstance(peft_config, HypLoraConfig):
            raise AdapterError(CONVERSION_REFUSAL)
        return super()._convert_state_dict_for_initial_model(
            peft_model, peft_config, path_initial_model_for_weight_conversion, output_state_dict, kwargs
        )

    def subtract_mutated_init(
        self, output_state_dict: AdapterState, adapter_name: str, kwargs: dict[str, Any] | None = None
    ) -> AdapterState:
        """PEFT's difference of two plain adapters; `AdapterError` if the one taken away or the one given is HypLoRA."""
        if isinstance(self.peft_config.get(adapter_name), HypLoraConfig) or any(map(is_geometry, output_state_dict)):
            raise AdapterError(CONVERSION_REFUSAL)
        return super().subtract_mutated_init(output_state_dict, adapter_name, kwargs)

    def _refuse_bent(self, adapter_names: list[str] | None) -> None:
        names = self.active_adapters if adapter_names is None else adapter_names
        if any(isinstance(self.peft_config.get(name), HypLoraConfig) for name in names):
            raise AdapterError(MERGE_REFUSAL)


def _require_linear(key: str, module: nn.Module) -> None:
    if not isinstance(module, (nn.Linear, Conv1D)):
        kind = type(module).__name__
        raise AdapterError(f"HypLoRA adapts Linear and Conv1D layers, but {key} is a {kind}; take it out of target_modules.")
    libraries = {parent.__module__.partition(".")[0] for parent in type(module).__mro__}
    if "bitsandbytes" not in libraries and not module.weight.dtype.is_floating_point:
        raise AdapterError(
            f"HypLoRA cannot adapt {key}, because its weights are quantised; load the model in float32 or bfloat16, or let torchao or "
            "bitsandbytes quantise it."
        )


def register() -> None:
    """Make PEFT know the type HYPLORA; calling it again changes nothing."""
    PEFT_TYPE_TO_CONFIG_MAPPING[FILE_TYPE] = HypLoraConfig
    PEFT_TYPE_TO_PREFIX_MAPPING[FILE_TYPE] = HypLoraModel.prefix
    PEFT_TYPE_TO_TUNER_MAPPING[PeftType.LORA] = HypLoraModel
    checked = CONFIG_KEYS_TO_CHECK[PeftType.LORA]  # what a hot swap would lose, because no tensor holds it
    checked += [key for key in ("peft_type", "variant", "lora_beyond") if key not in checked]
    guard()
