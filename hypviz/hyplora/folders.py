"""Reading adapter folders: a plain PEFT folder plus `hypviz.json`, the card.

In: a path. Out: config, tensors and card, or one sentence saying why the folder cannot be used (not an adapter, another method,
damaged, a pickle, weights that are not finite). Touches no model: that is `loading`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file

from hypviz.errors import AdapterError, HypvizError
from hypviz.hyplora.authors import from_release, oddities
from hypviz.hyplora.gate import FAMILY, judge, left_out, require_type
from hypviz.hyplora.names import former_name
from hypviz.hyplora.spellings import AdapterState, usual_names
from hypviz.methods.elsewhere import ELSEWHERE
from hypviz.records.hyplora import AdapterCard

CARD, CONFIG, WEIGHTS, PICKLE = "hypviz.json", "adapter_config.json", "adapter_model.safetensors", "adapter_model.bin"
# Settings that are not the adapter's: everything else in its configuration counts, unless it is null.
NOT_ITS_OWN = {
    "base_model_name_or_path": "where the base lay; the base has a fingerprint of its own",
    "revision": "which version of the base lay there",
    "peft_version": "who wrote the file",
    "auto_mapping": "Python classes for whoever loads the base by them",
    "inference_mode": "whether its weights may be trained further",
}
VIRTUAL = "prompt_embeddings"  # the tensor of an adapter that is virtual tokens, with a row for each
RULE = 2  # of the fingerprint; a card says by which rule its own was made, and one without a word by the first
# What the first rule counted.
_FIRST_RULE = (
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
    """Everything a folder holds, in this package's own form; `card` is None for an adapter that hypviz did not write.

    `remarks` are clauses that follow the adapter's name: what the person should know of it.
    """

    path: Path
    config: dict[str, Any]
    state: AdapterState
    card: AdapterCard | None
    remarks: tuple[str, ...] = ()

    @property
    def fingerprint(self) -> str:
        """sha256 (hex) of the tensors and of the configuration."""
        return fingerprint(self.config, self.state)

    @property
    def n_virtual(self) -> int:
        """How many virtual tokens it has the model read before every text; 0 for an adapter that changes layers."""
        return len(self.state.get(VIRTUAL, ())) if is_virtual(self.config) else 0


def read_folder(folder: str | Path) -> AdapterFolder:
    """The whole folder, checked: complete, finite, of settings that leave a base alone, and what its card describes."""
    path = Path(folder)
    config, state = _understood(path)
    found = AdapterFolder(path=path, config=config, state=state, card=read_adapter_card(path))
    require_finite(found.state, f"The adapter in {path}", "its training must have diverged; train it again with a lower learning rate")
    judge(found.config, {name: tuple(tensor.shape) for name, tensor in found.state.items()}, path)
    if found.card is not None and found.card.adapter_fingerprint != fingerprint(
        found.config, found.state, rule=found.card.fingerprint_rule
    ):
        raise AdapterError(f"The weights or settings in {path} are not those that its {CARD} describes; save the adapter again.")
    return replace(found, remarks=_remarks(found.config, found.state))


def read_adapter_card(folder: str | Path) -> AdapterCard | None:
    """The card of an adapter folder, or None for a PEFT folder that hypviz did not write."""
    path = Path(folder) / CARD
    if not path.is_file():
        _read_config(Path(folder))
        return None
    try:
        return AdapterCard.from_json(
            json.dumps({"fingerprint_rule": 1, "made_from": None, "asking": None} | json.loads(path.read_text(encoding="utf-8")))
        )
    except (ValueError, KeyError, AttributeError, TypeError, OverflowError, RecursionError, OSError, HypvizError) as error:
        raise AdapterError(f"{path} is damaged ({first_line(error)}); save the adapter again, or delete this file.") from error


def trains_tokens(folder: str | Path) -> bool:
    """Whether the adapter trained single rows of an embedding table; PEFT 0.21.2 adds such adapters only after all others."""
    return _read_config(Path(folder)).get("trainable_token_indices") is not None


def stands_beside_others(folder: str | Path) -> bool:
    """Whether several adapters of this type can be on a model at once; one of any other type must be there alone."""
    return _read_config(Path(folder))["peft_type"] in FAMILY


def is_virtual(config: Mapping[str, Any]) -> bool:
    """Whether the adapter of these settings changes no layer, and has the model read virtual tokens before every text."""
    known = ELSEWHERE.get(str(config["peft_type"]))
    return known is not None and known.is_virtual


def adapter_fingerprint(folder: str | Path) -> str:
    """sha256 (hex) of the tensors and of every setting of the adapter's own; paths and versions (`NOT_ITS_OWN`) do not count."""
    return fingerprint(*_understood(Path(folder)))


def fingerprint(config: dict[str, Any], state: AdapterState, *, rule: int = RULE) -> str:
    """The content hash behind `adapter_fingerprint`, from a config as JSON holds it and CPU tensors.

    `rule` 1 is that of cards which name none: it counted only the fields that decide what plain LoRA and HypLoRA compute. Both count the
    tensors of a geometry under their `former_name`, so that an older adapter that is loaded and saved again keeps its fingerprint.
    """
    if rule not in (1, RULE):
        raise AdapterError(
            f"The fingerprint of this adapter follows rule {rule}, but this hypviz knows rules 1 and {RULE}; use a newer one."
        )
    digest = hashlib.sha256(json.dumps(_counted(config, rule), sort_keys=rule == 1).encode("utf-8"))
    named = {former_name(name): tensor for name, tensor in state.items()}
    for name in sorted(named):
        tensor = named[name].contiguous()
        digest.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}\n".encode())
        digest.update(tensor.reshape(-1).view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()


def _counted(config: dict[str, Any], rule: int) -> Any:
    """The settings in the order of their names; patterns keep the order of the file, by which PEFT takes the first that fits."""
    if rule == 1:
        return {key: sorted(value) if isinstance(value := config.get(key), list) else value for key in sorted(_FIRST_RULE)}
    counted = {key: value for key, value in sorted(config.items()) if key not in NOT_ITS_OWN and value is not None}
    for key in ("target_modules", "exclude_modules"):  # sets, which PEFT writes in any order
        if isinstance(counted.get(key), list):
            counted[key] = sorted(counted[key], key=str)
    return counted


def require_finite(state: AdapterState, what: str, advice: str) -> None:
    """`AdapterError` counting the values that are not finite, if there are any."""
    # float8 formats have no test of their own; float32 holds each of their numbers
    wide = (tensor.float() if tensor.element_size() == 1 else tensor for tensor in state.values() if tensor.is_floating_point())
    bad = sum(int((~torch.isfinite(tensor)).sum()) for tensor in wide)
    if bad:
        raise AdapterError(f"{what} holds {bad} values that are not finite; {advice}.")


def first_line(error: BaseException) -> str:
    """What a foreign error says, short enough for our own sentence."""
    return (str(error).strip() or type(error).__name__).splitlines()[0].rstrip(".")[:160]


def _understood(folder: Path) -> tuple[dict[str, Any], AdapterState]:
    """Settings and tensors by the names and in the form that this package has for them, however they were saved."""
    config = _read_config(folder)
    return from_release(config, usual_names(_read_state(folder), folder), folder)


def _remarks(config: dict[str, Any], state: AdapterState) -> tuple[str, ...]:
    odd, unknown = oddities(config, state), left_out(config)
    names = " and ".join(unknown)
    told = f"has settings that this PEFT does not know ({names}), which are taken as never used" if unknown else None
    n = len(state.get(VIRTUAL, ())) if is_virtual(config) else 0
    before = f"has the model read {n:,} virtual {'token' if n == 1 else 'tokens'} of its own before every text" if n else None
    return tuple(filter(None, (before, odd, told)))


def _read_config(folder: Path) -> dict[str, Any]:
    path = folder / CONFIG
    if not path.is_file():
        raise AdapterError(f"{folder} is not an adapter folder, because it has no {CONFIG}; choose the folder that a fine-tune wrote.")
    try:
        config = json.loads(path.read_text(encoding="utf-8"), object_pairs_hook=_named_once)
    except (ValueError, OSError, RecursionError) as error:
        raise AdapterError(f"{path} is not readable JSON ({first_line(error)}); save the adapter again.") from error
    require_type(config.get("peft_type") if isinstance(config, dict) else None, folder)
    return config


def _named_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """The object, unless it names a setting twice: one of the two values would be lost."""
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"it names {next(name for name in names if names.count(name) > 1)} twice")
    return found


def _read_state(folder: Path) -> AdapterState:
    path = folder / WEIGHTS
    if not path.is_file() and (folder / PICKLE).is_file():
        raise AdapterError(
            f"{folder} holds only {PICKLE}, a pickle that can run code when it is opened; "
            f"load it with PEFT where you trust it and call save_pretrained, which writes {WEIGHTS}."
        )
    if not path.is_file():
        raise AdapterError(f"{folder} has no {WEIGHTS}; choose the folder that a fine-tune wrote.")
    try:
        state = load_file(path)
    except (SafetensorError, OSError) as error:
        raise AdapterError(f"{path} is damaged ({first_line(error)}); copy or train the adapter again.") from error
    # wider whole numbers are places and sizes, which some types of adapter save
    packed = (name for name, tensor in state.items() if not tensor.is_floating_point() and (tensor.element_size() == 1 or ".lora_" in name))
    whole = next(packed, None)
    if whole is not None:
        raise AdapterError(
            f"{path} stores {whole} as {str(state[whole].dtype).removeprefix('torch.')}, whole numbers whose scale it does not say; "
            "save the adapter in float32, float16 or bfloat16."
        )
    return state
