"""Five functions of PEFT 0.21.2 that read adapters by the names of their parameters and ask neither the model nor the layer.

Hot swapping, LoRA+, LoRA-FA, LoftQ and the loader of transformers (`model.load_adapter`) walk over parameters or a bare state dict; no
attribute or method that they call tells them from ordinary use, so nothing of HypLoRA's own could speak up. `guard` therefore puts one
look in front of each, at a name that is looked up when they run, so that functions imported before this package are covered too.
Adapters of plain LoRA pass unchanged.

* Hot swap: names of earlier versions are read, a layer that the new adapter leaves out keeps its geometry (PEFT would set it to 0), and
  tensors of plain LoRA are refused under a HypLoRA adapter's name (PEFT compares the settings of the active adapter only).
* LoRA+ trains every 1-d parameter `loraplus_lr_ratio` times faster than A, and so the radius: refused while a radius is trained.
* LoRA-FA pairs the parameters by their order, and its projection of B's gradient is derived for a linear update (arXiv 2308.03303):
  refused. PEFT has frozen A by then; A is put back to learn where B learns.
* LoftQ overwrites A and B so that B A makes up for the quantisation of W, which a gain undoes; which adapter is meant is not known where
  it can be stopped, so that a model with any HypLoRA adapter is refused.
* transformers' loader renames what a file holds by a list of patterns that PEFT makes; the names of earlier versions are added to it.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any

from peft.optimizers import lorafa, loraplus
from peft.tuners.lora import LoraLayer
from peft.utils import hotswap, loftq_utils, transformers_weight_conversion
from torch import Tensor, nn
from transformers.core_model_loading import WeightRenaming

from hypviz.errors import AdapterError
from hypviz.hyplora.config import HypLoraConfig
from hypviz.hyplora.names import GEOMETRY, current_name, is_geometry

_MARK = "_guarded_by_hypviz"
LORAPLUS_REFUSAL = (
    "LoRA+ would train the geometry of HypLoRA ({name}) at the rate of B, which is loraplus_lr_ratio times that of A; "
    "set learn_c=False, or give the optimizer your own groups of adapter_parameters."
)
LORAFA_REFUSAL = (
    "LoRA-FA corrects the gradient of B for a linear update, which HypLoRA's ({name}) is not; "
    "train it with another optimizer, with A frozen if you like."
)
LOFTQ_REFUSAL = (
    "LoftQ makes B A the difference that quantisation left, which the gain of a HypLoRA adapter ({adapter}) would change; "
    "call it before HypLoRA adapters are attached."
)
SWAP_REFUSAL = (
    "The tensors to swap in lack the geometry of the HypLoRA adapter {adapter} ({name}): they are incomplete, or of plain LoRA or another "
    "variant; load them under a name of their own."
)


def guard() -> None:
    """Put the five looks in place; calling it again changes nothing."""
    for owner, name, look in (
        (hotswap, "hotswap_adapter_from_state_dict", _swapping),
        (loraplus, "get_parameter_names", _before_loraplus),
        (lorafa.LoraFAOptimizer, "add_param_group", _before_lorafa),
        (loftq_utils, "_SafetensorLoader", _before_loftq),
        (transformers_weight_conversion, "build_peft_weight_mapping", _mapping),
    ):
        found = getattr(owner, name)
        if not hasattr(found, _MARK):
            guarded = look(found)
            setattr(guarded, _MARK, True)
            setattr(owner, name, guarded)


def _swapping(swap: Callable[..., None]) -> Callable[..., None]:
    @functools.wraps(swap)
    def guarded(model: nn.Module, state_dict: Mapping[str, Tensor], adapter_name: str, *args: Any, **kwargs: Any) -> None:
        state = {current_name(name): tensor for name, tensor in state_dict.items()}
        return swap(model, _with_its_geometry(model, adapter_name, state), adapter_name, *args, **kwargs)

    return guarded


def _with_its_geometry(model: nn.Module, adapter: str, state: dict[str, Tensor]) -> dict[str, Tensor]:
    """The tensors to swap in, with the present geometry of the layers that they leave out."""
    kept = {}
    for name, layer in getattr(model, "_orig_mod", model).named_modules():
        if not isinstance(layer, LoraLayer):
            continue
        for entry in (entry for entry in GEOMETRY if adapter in getattr(layer, entry, ())):
            full = f"{name}.{entry}.{adapter}.weight"
            if full in state:
                continue
            if f"{name}.lora_A.{adapter}.weight" in state:
                raise AdapterError(SWAP_REFUSAL.format(adapter=adapter, name=full))
            kept[full] = getattr(layer, entry)[adapter].weight.detach().clone()
    return state | kept


def _before_loraplus(get_parameter_names: Callable[..., list[str]]) -> Callable[..., list[str]]:
    @functools.wraps(get_parameter_names)
    def guarded(model: nn.Module, *args: Any, **kwargs: Any) -> list[str]:
        trained = next((name for name, entry in model.named_parameters() if entry.requires_grad and is_geometry(name)), None)
        if trained is not None:
            raise AdapterError(LORAPLUS_REFUSAL.format(name=trained))
        return get_parameter_names(model, *args, **kwargs)

    return guarded


def _before_lorafa(add_param_group: Callable[..., None]) -> Callable[..., None]:
    @functools.wraps(add_param_group)
    def guarded(optimizer: lorafa.LoraFAOptimizer, param_group: dict[str, Any]) -> None:
        names = list(param_group.get("names", ()))
        bent = next((name for name in names if is_geometry(name)), None)
        if bent is None:
            return add_param_group(optimizer, param_group)
        parameters = dict(zip(names, param_group["params"], strict=False))
        for name, entry in parameters.items():
            partner = parameters.get(name.replace(".lora_A.", ".lora_B."))
            if ".lora_A." in name and partner is not None:
                entry.requires_grad_(partner.requires_grad)
        raise AdapterError(LORAFA_REFUSAL.format(name=bent))

    return guarded


def _before_loftq(loader: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(loader, updated=())
    def guarded(peft_model: nn.Module, *args: Any, **kwargs: Any) -> Any:
        configs = getattr(peft_model, "peft_config", {})
        bent = next((adapter for adapter, config in configs.items() if isinstance(config, HypLoraConfig)), None)
        if bent is not None:
            raise AdapterError(LOFTQ_REFUSAL.format(adapter=bent))
        return loader(peft_model, *args, **kwargs)

    return guarded


def _mapping(build: Callable[..., list[Any]]) -> Callable[..., list[Any]]:
    @functools.wraps(build)
    def guarded(weight_conversions: list[Any] | None, adapter_name: str, peft_config: Any = None) -> list[Any]:
        found = build(weight_conversions, adapter_name, peft_config=peft_config)
        if not isinstance(peft_config, HypLoraConfig):
            return found
        return [WeightRenaming(rf"\.({name})$", r".\1.weight") for name in GEOMETRY] + found

    return guarded
