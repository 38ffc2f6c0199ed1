"""Adding a saved adapter to a model, after checking that it belongs there.

Checks come before the model is changed: the settings must leave the base alone (`gate`), every tensor must find a layer of its
width, and the base must be the one that the card names. Without a card only shapes and names can be compared, and a name may be
another spelling, a mirror or a quantised copy: the returned or logged sentence says what is not known. What PEFT itself finds
wrong half way leaves the model as it was.
"""

from __future__ import annotations

import logging
import re
from pathlib import Path
from typing import Any

import torch
from peft import PeftConfig, PeftModel, get_peft_model
from peft.utils import get_peft_model_state_dict, set_peft_model_state_dict
from peft.utils.other import AuxiliaryTrainingWrapper
from torch import Tensor, nn

from hypviz.errors import AdapterError
from hypviz.hyplora.adapters import BASE, peft_name
from hypviz.hyplora.fitting import fitted
from hypviz.hyplora.folders import CARD, CONFIG, AdapterFolder, first_line, is_virtual, read_folder
from hypviz.hyplora.gate import FAMILY, kind_of, known_settings
from hypviz.hyplora.saving import hub_name, short_name
from hypviz.models.live.state import ModelState

_OWN_BASE = "choose the adapter's own base model"
# How quantised copies of a model are called: x-bnb-4bit, x-unsloth-bnb-4bit, x-4bit, x-GPTQ-Int4, x-AWQ, x-FP8, x-GGUF.
_ROUNDED = re.compile(r"[-_.](?:bnb|[2-8][-_]?bit|int[48]|w[48]a\d+|gptq|awq|fp8|hqq|exl[23]|gguf|nf4|q[2-8]_)", re.IGNORECASE)
_log = logging.getLogger(__name__)


def load_adapter(
    model: nn.Module, name: str, folder: str | Path, *, base_fingerprint: str | None = None, adapter_fingerprint: str | None = None
) -> PeftModel:
    """The model with the adapter of `folder` added under `name`, frozen; active if it is the first one, else inactive.

    The whole model is in evaluation mode afterwards, as PEFT's own loader leaves it: no dropout acts.
    Raises `AdapterError`, with the model as it was, if the folder is damaged, the adapter was made for another base, or it is not
    the one of `adapter_fingerprint`.
    """
    key = peft_name(name)
    if name == BASE:
        raise AdapterError("The name base stands for the model without an adapter; load the adapter under another name.")
    if isinstance(model, PeftModel) and key in model.peft_config:
        raise AdapterError(f"The model already has an adapter named {name}; load {folder} under another name or delete the old one.")
    found = read_folder(folder)
    if adapter_fingerprint is not None and found.fingerprint != adapter_fingerprint:
        raise AdapterError(
            f"The adapter in {folder} was replaced by another while it was in use, so nothing of this was kept; start again, and leave "
            "the folder alone meanwhile."
        )
    notice = _check(model, found, base_fingerprint)
    if notice:
        _log.warning(notice)
    found = for_model(found, model)
    config, before = peft_config(found), ModelState.of(model)
    try:
        peft_model = _inject(model, key, config, found.path)
        _fill(peft_model, key, found, before)
    except AdapterError as error:
        before.restore()
        if not isinstance(model, PeftModel):
            raise
        what = str(error).rstrip(".")
        raise AdapterError(
            f"{what}; or, where it loads alone, it cannot be put beside the other adapters: ask for it without them."
        ) from error
    except BaseException:
        before.restore()
        raise
    return peft_model.eval()


def check_adapter(model: nn.Module, folder: str | Path, *, base_fingerprint: str | None = None) -> str | None:
    """Refuse an adapter that does not belong to the model; the sentence returned says what could not be checked, if anything."""
    return _check(model, read_folder(folder), base_fingerprint)


def _check(model: nn.Module, found: AdapterFolder, base_fingerprint: str | None) -> str | None:
    base, card = model.get_base_model() if isinstance(model, PeftModel) else model, found.card
    here = getattr(base, "name_or_path", "") or type(base).__name__
    saved = str(found.config.get("base_model_name_or_path") or "a base it does not name")
    ours, theirs = short_name(here), card.base_name if card else short_name(saved)
    refusal = f"The adapter in {found.path} was made for {theirs}"
    unlike = f"{refusal}, but the model is {ours}" if theirs != ours else f"The adapter in {found.path} does not fit {ours}"
    if card is not None and base_fingerprint is not None and card.base_fingerprint != base_fingerprint:
        numbers = f"({card.base_fingerprint[:12]}), but the model is {ours} ({base_fingerprint[:12]})"
        raise AdapterError(f"{refusal} {numbers}; {_OWN_BASE}.")
    _require_fit(base, for_model(found, base), unlike)
    if card is None:
        return f"{found.path} has no {CARD}: its shapes fit {ours}, but {unproved_base(found.config, here)}."
    if base_fingerprint is None:
        return f"{found.path} fits {ours} in shape, but its base could not be compared, because the model's fingerprint was not given."
    return None


def for_model(found: AdapterFolder, model: nn.Module) -> AdapterFolder:
    """The adapter with the names and rows of the model."""
    return fitted(found, model.get_base_model() if isinstance(model, PeftModel) else model).folder


def unproved_base(config: dict[str, Any], here: str) -> str:
    """What cannot be said of the base of an adapter without a card, where the model lies or is called `here`, with the way round."""
    saved = str(config.get("base_model_name_or_path") or "")
    theirs, ours = hub_name(saved) or saved, hub_name(here)
    rounded = _ROUNDED.search(short_name(saved)) if saved and theirs != ours else None
    if rounded:
        what = ours or "this model"
        return (
            f"it names {short_name(saved)} as its base, a copy with weights rounded to fewer bits, and whether {what} has the weights that "
            f"were rounded could not be checked; its answers here can differ a little from those it learned to give, so open "
            f"{short_name(saved)} as the model to have exactly those"
        )
    if hub_name(saved) and ours and hub_name(saved) != ours:
        return (
            f"it names {hub_name(saved)} as its base, and whether {ours} has the same weights could not be checked; "
            f"open {hub_name(saved)} to be sure"
        )
    return "whether it was trained on these very weights could not be checked"


def _require_fit(base: nn.Module, found: AdapterFolder, refusal: str) -> None:
    """Every A and B must find a layer of its width in the base."""
    modules = dict(base.named_modules())
    for name, tensor in found.state.items():
        match = re.fullmatch(r"(?:base_model\.model\.)?(.+)\.lora_([AB])\.weight", name)
        if match is None or tensor.ndim != 2:
            continue
        layer = modules.get(match[1])
        if layer is None:
            raise AdapterError(f"{refusal}, which has no layer {match[1]}; {_OWN_BASE}.")
        is_a = match[2] == "A"
        expected = _width(layer, "in_features", "nx") if is_a else _width(layer, "out_features", "nf")
        width = tensor.shape[1] if is_a else tensor.shape[0]
        if expected is not None and expected != width:
            raise AdapterError(f"{refusal}, whose layer {match[1]} has width {expected} instead of {width}; {_OWN_BASE}.")


def _width(layer: nn.Module, linear: str, conv1d: str) -> int | None:
    return getattr(layer, linear, getattr(layer, conv1d, None))


def peft_config(found: AdapterFolder) -> PeftConfig:
    """The folder's settings as PEFT has them, ready to be injected."""
    kind, settings = kind_of(found.config["peft_type"]), known_settings(found.config)
    try:
        config = kind.from_peft_type(**kind.check_kwargs(**settings))
    except AdapterError:
        raise
    except Exception as error:
        raise AdapterError(f"{found.path / CONFIG} holds an unusable setting ({first_line(error)}); save the adapter again.") from error
    config.inference_mode = True
    if hasattr(config, "bias"):
        config.bias = "none"  # the gate has seen that the file holds no biases
    if hasattr(config, "init_lora_weights"):
        config.init_lora_weights = True  # the file brings the weights: no start has to be computed from the base's
    if hasattr(config, "prompt_tuning_init"):
        config.prompt_tuning_init = "RANDOM"  # likewise, nor read from other files
    return config


def _inject(model: nn.Module, key: str, config: PeftConfig, folder: Path) -> PeftModel:
    try:
        if isinstance(model, PeftModel):
            model.add_adapter(key, config)
            return model
        config.base_model_name_or_path = None  # PEFT notes the model at hand, and warns if another name stands there
        return get_peft_model(model, config, adapter_name=key)
    except ValueError as error:
        raise AdapterError(f"The adapter in {folder} does not fit this model ({first_line(error)}); {_OWN_BASE}.") from error
    except Exception as error:  # PEFT checks few settings, and each goes wrong in its own way
        raise AdapterError(f"{folder / CONFIG} holds an unusable setting ({first_line(error)}); save the adapter again.") from error


def _fill(peft_model: PeftModel, key: str, found: AdapterFolder, before: ModelState) -> None:
    """Copy the tensors in; every parameter of the adapter must be in the file and the other way round."""
    if is_virtual(found.config):  # PEFT takes these out of the file by their names
        _require_all(_missing(peft_model, key, found, set()), key, found)
    state = _without_base_copies(peft_model, key, found, before)
    try:
        result = set_peft_model_state_dict(peft_model, state, adapter_name=key)
    except AdapterError as error:
        raise AdapterError(f"The adapter in {found.path} cannot be used; copy or save it again. {error}") from error
    except Exception as error:  # sizes, names, and what PEFT cannot put in place
        what = re.sub(r"^Error\(s\) in loading state_dict for \w+:\s*", "", str(error)) or str(error)
        said = first_line(ValueError(_in_the_file(what, key)))
        raise AdapterError(
            f"The adapter in {found.path} does not fit this model and its own {CONFIG} ({said}); {_OWN_BASE}, or save the adapter again."
        ) from error
    _require_all(_missing(peft_model, key, found, set(result.missing_keys)), key, found)
    unexpected = [name for name in result.unexpected_keys if not (is_virtual(found.config) and name in _saved(peft_model, key))]
    if unexpected:
        raise AdapterError(f"The adapter in {found.path} holds {unexpected[0]}, which has no place here; {_OWN_BASE}.")


def _require_all(missing: list[str], key: str, found: AdapterFolder) -> None:
    if missing:
        raise AdapterError(
            f"The adapter in {found.path} lacks {_in_the_file(missing[0], key)}, which its {CONFIG} asks for; it is incomplete, copy or "
            "save it again."
        )


def _saved(peft_model: PeftModel, key: str) -> set[str]:
    """The names of what PEFT itself would save of the adapter."""
    return set(get_peft_model_state_dict(peft_model, adapter_name=key, save_embedding_layers=False))


def _missing(peft_model: PeftModel, key: str, found: AdapterFolder, lacking: set[str]) -> list[str]:
    """What the adapter has in the model and not in its file, a tied parameter counted once.

    Of types other than LoRA, what PEFT itself would save of it: some make tensors anew, from a seed or from the base.
    """
    if found.config["peft_type"] not in FAMILY:
        return sorted(_saved(peft_model, key) - found.state.keys())
    parameters = dict(peft_model.named_parameters(remove_duplicate=False))
    filled = {id(parameter) for entry, parameter in parameters.items() if entry not in lacking}
    return [entry for entry in parameters if entry in lacking and f".{key}." in f"{entry}." and id(parameters[entry]) not in filled]


def _in_the_file(text: str, key: str) -> str:
    """Names of parameters as a file has them, without the adapter's own."""
    return text.replace(f".{key}.", ".")


def _without_base_copies(peft_model: PeftModel, key: str, found: AdapterFolder, before: ModelState) -> dict[str, Tensor]:
    """The tensors without copies of the base's own, which PEFT adds beside adapted embeddings and would load over the base."""
    wrapped = {name: module for name, module in peft_model.named_modules() if isinstance(module, AuxiliaryTrainingWrapper)}
    own = {f"{name}.{entry}" for name, module in wrapped.items() for entry in module.adapter_state_dict_load_map(key)}
    theirs_before = {tensor.data_ptr() for _, tensor in before.tensors}
    base = {
        name: tensor
        for name, tensor in peft_model.state_dict().items()
        if name in found.state and name not in own and tensor.data_ptr() in theirs_before
    }
    for name, tensor in base.items():
        theirs = found.state[name]
        if theirs.shape != tensor.shape or not torch.equal(theirs.to(tensor.device, tensor.dtype), tensor):
            raise AdapterError(
                f"The adapter in {found.path} carries {name} of its own, which would take the place of the base's and differs from it; "
                "save it again with PEFT's save_pretrained(folder, save_embedding_layers=False), or merge it where it was trained."
            )
    return {name: tensor for name, tensor in found.state.items() if name not in base}
