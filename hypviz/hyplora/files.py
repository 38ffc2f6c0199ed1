"""Adapter folders: a plain PEFT folder (adapter_config.json, adapter_model.safetensors) plus `hypviz.json`, the card.

Saving is atomic: the folder appears whole or not at all. Loading checks before it changes the model: the folder is complete,
its weights are finite, every tensor fits its layer, and the adapter was made for this base. Pickle checkpoints are refused.
"""

from __future__ import annotations

import copy
import hashlib
import json
import logging
import os
import re
import shutil
import uuid
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch
from peft import PeftConfig, PeftModel, get_peft_model
from peft.mapping import PEFT_TYPE_TO_CONFIG_MAPPING
from peft.utils import get_peft_model_state_dict, set_peft_model_state_dict
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from hypviz.errors import AdapterError, HypvizError
from hypviz.hyplora.adapters import BASE, peft_name, require_adapter
from hypviz.hyplora.config import FILE_TYPE
from hypviz.records.hyplora import AdapterCard
from hypviz.store import write_atomically

CARD, CONFIG, WEIGHTS, PICKLE = "hypviz.json", "adapter_config.json", "adapter_model.safetensors", "adapter_model.bin"
# What decides the function together with the tensors; training options and paths do not.
_DEFINING = (
    "peft_type",
    "r",
    "lora_alpha",
    "use_rslora",
    "rank_pattern",
    "alpha_pattern",
    "target_modules",
    "fan_in_fan_out",
    "use_dora",
    "variant",
)
_log = logging.getLogger(__name__)


def save_adapter(
    peft_model: PeftModel, name: str, folder: str | Path, *, base_fingerprint: str, method: str, run_id: str | None
) -> AdapterCard:
    """Write one adapter and its card to `folder`, replacing an older adapter there; refuses weights that are not finite."""
    folder, key = Path(folder), require_adapter(peft_model, name)
    if folder.exists() and not (folder / CONFIG).is_file() and (not folder.is_dir() or any(folder.iterdir())):
        raise AdapterError(f"{folder} exists and is not an adapter folder; choose another folder to save the adapter {name}.")
    state = get_peft_model_state_dict(peft_model, adapter_name=key, save_embedding_layers=False)
    state = {tensor_name: tensor.detach().cpu().contiguous().clone() for tensor_name, tensor in state.items()}
    _require_finite(state, f"The adapter {name}", "it was not saved; train again with a lower learning rate")
    config = _config_to_save(peft_model, key)
    card = AdapterCard(
        method=method,
        run_id=run_id,
        base_fingerprint=base_fingerprint,
        base_name=_hub_name(config.base_model_name_or_path) or Path(config.base_model_name_or_path or "").name,
        adapter_fingerprint=_fingerprint(json.loads(json.dumps(config.to_dict(), default=sorted)), state),
        versions={package: version(package) for package in ("torch", "peft", "transformers")},
    )
    partial = folder.with_name(f".{folder.name}.partial-{uuid.uuid4().hex}")
    try:
        partial.mkdir(parents=True)
        save_file(state, partial / WEIGHTS, metadata={"format": "pt"})
        config.save_pretrained(str(partial))
        write_atomically(partial / CARD, card.to_json())
        _sync(partial)
        _swap_in(partial, folder)
    except OSError as error:
        raise AdapterError(
            f"The adapter {name} could not be written to {folder} ({error.strerror}); free some space or choose another."
        ) from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return card


def load_adapter(model: nn.Module, name: str, folder: str | Path, *, base_fingerprint: str | None = None) -> PeftModel:
    """The model with the adapter of `folder` added under `name`, frozen; active if it is the first one, else inactive.

    Raises `AdapterError`, with the model as it was, if the folder is damaged or the adapter was made for another base.
    """
    folder, key = Path(folder), peft_name(name)
    if name == BASE:
        raise AdapterError("The name base stands for the model without an adapter; load the adapter under another name.")
    if isinstance(model, PeftModel) and key in model.peft_config:
        raise AdapterError(f"The model already has an adapter named {name}; load {folder} under another name or delete the old one.")
    notice = check_adapter(model, folder, base_fingerprint=base_fingerprint)
    if notice:
        _log.warning(notice)
    config = _peft_config(folder)
    config.inference_mode = True
    state = _read_state(folder)
    fresh = not isinstance(model, PeftModel)
    peft_model = _inject(model, key, config, folder)
    try:
        result = set_peft_model_state_dict(peft_model, state, adapter_name=key)
        missing = [entry for entry in result.missing_keys if f".{key}" in entry]
        if missing or result.unexpected_keys:
            problem = f"lacks {missing[0]}" if missing else f"holds {result.unexpected_keys[0]}, which the model has no place for"
            raise AdapterError(f"The adapter in {folder} {problem}; it was probably made for another model.")
    except (RuntimeError, KeyError, HypvizError) as error:
        peft_model.unload() if fresh else peft_model.delete_adapter(key)
        if isinstance(error, HypvizError):
            raise
        raise AdapterError(f"The adapter in {folder} does not fit this model ({_first_line(error)}); choose its own base model.") from error
    return peft_model


def check_adapter(model: nn.Module, folder: str | Path, *, base_fingerprint: str | None = None) -> str | None:
    """Refuse an adapter that does not belong to the model; the sentence returned says what could not be checked, if anything."""
    folder = Path(folder)
    config, state, card = _read_config(folder), _read_state(folder), read_adapter_card(folder)
    base = model.get_base_model() if isinstance(model, PeftModel) else model
    here = getattr(base, "name_or_path", "") or type(base).__name__
    shown = _hub_name(here) or Path(here).name
    if card is not None and card.adapter_fingerprint != _fingerprint(config, state):
        raise AdapterError(
            f"The weights in {folder} are not those that its {CARD} describes; the folder is damaged, save the adapter again."
        )
    if card is not None and base_fingerprint is not None and card.base_fingerprint != base_fingerprint:
        raise AdapterError(
            f"The adapter in {folder} was made for {card.base_name or 'a base'} ({card.base_fingerprint[:12]}), "
            f"but the model is {shown} ({base_fingerprint[:12]}); choose the adapter's own base model."
        )
    _require_fit(base, state, folder, card.base_name if card else config.get("base_model_name_or_path") or "an unnamed base", shown)
    if card is not None:
        return None if base_fingerprint else f"{folder} fits in shape, but without the model's fingerprint its base could not be compared."
    theirs = _hub_name(config.get("base_model_name_or_path"))
    ours = _hub_name(here)
    if theirs and ours and theirs != ours:
        raise AdapterError(f"The adapter in {folder} was made for {theirs}, but the model is {ours}; choose the adapter's own base model.")
    return f"{folder} has no {CARD}: its shapes fit {shown}, but whether it was trained on exactly these weights could not be checked."


def read_adapter_card(folder: str | Path) -> AdapterCard | None:
    """The card of an adapter folder, or None for a PEFT folder that hypviz did not write."""
    path = Path(folder) / CARD
    if not path.is_file():
        _read_config(Path(folder))
        return None
    try:
        return AdapterCard.from_json(path.read_text(encoding="utf-8"))
    except (ValueError, KeyError, AttributeError, HypvizError) as error:
        raise AdapterError(f"{path} is damaged ({_first_line(error)}); save the adapter again or delete this file.") from error


def adapter_fingerprint(folder: str | Path) -> str:
    """sha256 (hex) of the tensors and of the config fields that decide the function; paths and versions do not count."""
    return _fingerprint(_read_config(Path(folder)), _read_state(Path(folder)))


def _fingerprint(config: dict[str, Any], state: dict[str, Tensor]) -> str:
    defining = {key: sorted(value) if isinstance(value := config.get(key), list) else value for key in _DEFINING}
    digest = hashlib.sha256(json.dumps(defining, sort_keys=True).encode("utf-8"))
    for name in sorted(state):
        tensor = state[name].contiguous()
        digest.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}\n".encode())
        digest.update(tensor.reshape(-1).view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()


def _read_config(folder: Path) -> dict[str, Any]:
    path = folder / CONFIG
    if not path.is_file():
        raise AdapterError(f"{folder} is not an adapter folder, because it has no {CONFIG}; choose the folder that a fine-tune wrote.")
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise AdapterError(f"{path} is not readable JSON ({_first_line(error)}); save the adapter again.") from error
    kind = config.get("peft_type") if isinstance(config, dict) else None
    if kind not in ("LORA", FILE_TYPE):
        raise AdapterError(f"{folder} holds an adapter of type {kind!r}; only LORA and {FILE_TYPE} adapters can be loaded.")
    return config


def _peft_config(folder: Path) -> PeftConfig:
    kind = _read_config(folder)["peft_type"]
    try:
        return PEFT_TYPE_TO_CONFIG_MAPPING[kind].from_pretrained(str(folder))
    except (TypeError, ValueError) as error:
        raise AdapterError(
            f"{folder / CONFIG} holds a setting that cannot be used ({_first_line(error)}); save the adapter again."
        ) from error


def _read_state(folder: Path) -> dict[str, Tensor]:
    path = folder / WEIGHTS
    if not path.is_file():
        if (folder / PICKLE).is_file():
            raise AdapterError(
                f"{folder} holds only {PICKLE}, a pickle that can run code when opened; "
                f"load it where you trust it with PEFT and call save_pretrained to get {WEIGHTS}."
            )
        raise AdapterError(f"{folder} has no {WEIGHTS}; choose the folder that a fine-tune wrote.")
    try:
        state = load_file(path)
    except (SafetensorError, OSError) as error:
        raise AdapterError(f"{path} is damaged ({_first_line(error)}); copy or train the adapter again.") from error
    _require_finite(state, f"The adapter in {folder}", "its training must have diverged; train it again with a lower learning rate")
    return state


def _require_finite(state: dict[str, Tensor], what: str, advice: str) -> None:
    bad = sum(int((~torch.isfinite(tensor)).sum()) for tensor in state.values() if tensor.is_floating_point())
    if bad:
        raise AdapterError(f"{what} holds {bad} values that are not finite; {advice}.")


def _require_fit(base: nn.Module, state: dict[str, Tensor], folder: Path, theirs: str, ours: str) -> None:
    """Every A and B must find a layer of its width in the base."""
    modules = dict(base.named_modules())
    refusal = f"The adapter in {folder} was made for {theirs}, but the model is {ours}"
    for name, tensor in state.items():
        match = re.fullmatch(r"(?:base_model\.model\.)?(.+)\.lora_([AB])\.weight", name)
        if match is None or tensor.ndim != 2:
            continue
        layer = modules.get(match[1])
        if layer is None:
            raise AdapterError(f"{refusal}, which has no layer {match[1]}; choose the adapter's own base model.")
        wide_in, wide_out = _widths(layer)
        expected, found = (wide_in, tensor.shape[1]) if match[2] == "A" else (wide_out, tensor.shape[0])
        if expected is not None and expected != found:
            raise AdapterError(
                f"{refusal}, whose layer {match[1]} has width {expected} and not {found}; choose the adapter's own base model."
            )


def _widths(layer: nn.Module) -> tuple[int | None, int | None]:
    return getattr(layer, "in_features", getattr(layer, "nx", None)), getattr(layer, "out_features", getattr(layer, "nf", None))


def _inject(model: nn.Module, key: str, config: PeftConfig, folder: Path) -> PeftModel:
    try:
        if not isinstance(model, PeftModel):
            config.base_model_name_or_path = None  # PEFT notes the name of the model at hand and warns about any other
            return get_peft_model(model, config, adapter_name=key)
        model.add_adapter(key, config)
        return model
    except ValueError as error:
        raise AdapterError(f"The adapter in {folder} does not fit this model ({_first_line(error)}); choose its own base model.") from error


def _config_to_save(peft_model: PeftModel, key: str) -> PeftConfig:
    config = copy.deepcopy(peft_model.peft_config[key])
    config.inference_mode = True
    if isinstance(config.target_modules, set):
        config.target_modules = sorted(config.target_modules)
    if config.base_model_name_or_path is None:
        config.base_model_name_or_path = getattr(peft_model.get_base_model(), "name_or_path", None) or None
    return config


def _hub_name(name: str | None) -> str | None:
    """org/model from a hub id or from the path of its snapshot in the local cache; None for any other path."""
    if not name:
        return None
    snapshot = re.search(r"models--([^/\\]+)[/\\]snapshots", name)
    if snapshot:
        return snapshot[1].replace("--", "/")
    return name if re.fullmatch(r"[\w.-]+/[\w.-]+", name) and not Path(name).exists() else None


def _sync(folder: Path) -> None:
    for path in folder.iterdir():
        with open(path, "rb") as file:
            os.fsync(file.fileno())


def _swap_in(partial: Path, folder: Path) -> None:
    """Rename into place; an older adapter stays readable until the new one is complete."""
    old = folder.with_name(f".{folder.name}.old-{uuid.uuid4().hex}")
    if folder.exists():
        os.replace(folder, old)
    os.replace(partial, folder)
    shutil.rmtree(old, ignore_errors=True)


def _first_line(error: BaseException) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0][:160]
