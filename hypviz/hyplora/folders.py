"""Reading adapter folders: a plain PEFT folder plus `hypviz.json`, the card.

In: a path. Out: config, tensors and card, or one sentence saying why the folder cannot be used (not an adapter, another method,
damaged, a pickle, weights that are not finite). Touches no model: that is `loading`.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from hypviz.errors import AdapterError, HypvizError
from hypviz.hyplora.config import FILE_TYPE
from hypviz.records.hyplora import AdapterCard

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


@dataclass(frozen=True, slots=True, kw_only=True)
class AdapterFolder:
    """Everything a folder holds; `card` is None for an adapter that hypviz did not write."""

    path: Path
    config: dict[str, Any]
    state: dict[str, Tensor]
    card: AdapterCard | None

    @property
    def fingerprint(self) -> str:
        """sha256 (hex) of the tensors and of the config fields that decide the function."""
        return fingerprint(self.config, self.state)


def read_folder(folder: str | Path) -> AdapterFolder:
    """The whole folder, checked: complete, finite, and the same weights that its card describes."""
    path = Path(folder)
    found = AdapterFolder(path=path, config=_read_config(path), state=_read_state(path), card=read_adapter_card(path))
    require_finite(found.state, f"The adapter in {path}", "its training must have diverged; train it again with a lower learning rate")
    if found.card is not None and found.card.adapter_fingerprint != found.fingerprint:
        raise AdapterError(f"The weights in {path} are not those that its {CARD} describes; save the adapter again.")
    return found


def read_adapter_card(folder: str | Path) -> AdapterCard | None:
    """The card of an adapter folder, or None for a PEFT folder that hypviz did not write."""
    path = Path(folder) / CARD
    if not path.is_file():
        _read_config(Path(folder))
        return None
    try:
        return AdapterCard.from_json(path.read_text(encoding="utf-8"))
    except (ValueError, KeyError, AttributeError, OSError, HypvizError) as error:
        raise AdapterError(f"{path} is damaged ({first_line(error)}); save the adapter again, or delete this file.") from error


def adapter_fingerprint(folder: str | Path) -> str:
    """sha256 (hex) of the tensors and of the config fields that decide the function; paths and versions do not count."""
    return fingerprint(_read_config(Path(folder)), _read_state(Path(folder)))


def fingerprint(config: dict[str, Any], state: dict[str, Tensor]) -> str:
    """The content hash behind `adapter_fingerprint`, from a JSON-able config and contiguous CPU tensors."""
    defining = {key: sorted(value) if isinstance(value := config.get(key), list) else value for key in _DEFINING}
    digest = hashlib.sha256(json.dumps(defining, sort_keys=True).encode("utf-8"))
    for name in sorted(state):
        tensor = state[name].contiguous()
        digest.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}\n".encode())
        digest.update(tensor.reshape(-1).view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()


def require_finite(state: dict[str, Tensor], what: str, advice: str) -> None:
    """`AdapterError` counting the values that are not finite, if there are any."""
    bad = sum(int((~torch.isfinite(tensor)).sum()) for tensor in state.values() if tensor.is_floating_point())
    if bad:
        raise AdapterError(f"{what} holds {bad} values that are not finite; {advice}.")


def first_line(error: BaseException) -> str:
    """What a foreign error says, short enough for our own sentence."""
    return (str(error).strip() or type(error).__name__).splitlines()[0].rstrip(".")[:160]


def _read_config(folder: Path) -> dict[str, Any]:
    path = folder / CONFIG
    if not path.is_file():
        raise AdapterError(f"{folder} is not an adapter folder, because it has no {CONFIG}; choose the folder that a fine-tune wrote.")
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, OSError) as error:
        raise AdapterError(f"{path} is not readable JSON ({first_line(error)}); save the adapter again.") from error
    kind = config.get("peft_type") if isinstance(config, dict) else None
    if kind not in ("LORA", FILE_TYPE):
        raise AdapterError(f"{folder} holds an adapter of type {kind!r}; only LORA and {FILE_TYPE} adapters can be loaded.")
    return config


def _read_state(folder: Path) -> dict[str, Tensor]:
    path = folder / WEIGHTS
    if not path.is_file() and (folder / PICKLE).is_file():
        raise AdapterError(
            f"{folder} holds only {PICKLE}, a pickle that can run code when it is opened; "
            f"load it with PEFT where you trust it and call save_pretrained, which writes {WEIGHTS}."
        )
    if not path.is_file():
        raise AdapterError(f"{folder} has no {WEIGHTS}; choose the folder that a fine-tune wrote.")
    try:
        return load_file(path)
    except (SafetensorError, OSError) as error:
        raise AdapterError(f"{path} is damaged ({first_line(error)}); copy or train the adapter again.") from error
