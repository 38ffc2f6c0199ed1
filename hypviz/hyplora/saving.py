"""Writing one adapter of a model to a folder, whole or not at all."""

from __future__ import annotations

import copy
import json
import os
import re
import shutil
import uuid
from importlib.metadata import version
from pathlib import Path

from peft import PeftConfig, PeftModel
from peft.utils import get_peft_model_state_dict
from safetensors.torch import save_file

from hypviz.errors import AdapterError
from hypviz.hyplora.adapters import adapted_layers, require_adapter
from hypviz.hyplora.folders import CARD, CONFIG, RULE, WEIGHTS, AdapterState, fingerprint, require_finite
from hypviz.records.asking import Asking
from hypviz.records.hyplora import AdapterCard, LoraOfHypLora
from hypviz.store import write_atomically


def save_adapter(
    peft_model: PeftModel,
    name: str,
    folder: str | Path,
    *,
    base_fingerprint: str,
    method: str,
    run_id: str | None,
    asking: Asking | None = None,
) -> AdapterCard:
    """Write one adapter and its card to `folder`, replacing an older adapter there; refuses weights that are not finite.

    `asking` is how it was asked in training.
    """
    folder, key = Path(folder).absolute(), require_adapter(peft_model, name)
    if not (folder / CONFIG).is_file():
        require_free(folder, name)
    state, config = adapter_state(peft_model, name), config_to_save(peft_model, key)
    named = base_name(peft_model, config)
    return write_folder(
        folder,
        config,
        state,
        name=name,
        base_fingerprint=base_fingerprint,
        base_name=named,
        method=method,
        run_id=run_id,
        asking=asking,
    )


def require_free(folder: Path, name: str) -> None:
    """`AdapterError` if the adapter `name` could not go to `folder` without hiding or replacing what lies there."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        what = "holds an adapter" if (folder / CONFIG).is_file() else "exists and is not an adapter folder"
        raise AdapterError(f"{folder} {what}; choose another folder to save the adapter {name}.")


def adapter_state(peft_model: PeftModel, name: str) -> AdapterState:
    """The tensors of one adapter on the CPU, by the names they have in a file; refuses sharded ones and values that are not finite."""
    key = require_adapter(peft_model, name)
    state = get_peft_model_state_dict(peft_model, adapter_name=key, save_embedding_layers=False)
    # FSDP2 leaves pieces, ZeRO-3 empty tensors, and under FSDP1 PEFT 0.21.2 does not find the layers by the names they get
    layers = sum(key in layer.lora_A for layer in adapted_layers(peft_model).values())
    lacking = sum(entry.endswith("lora_A.weight") for entry in state) < layers
    if lacking or any(hasattr(tensor, "full_tensor") or not tensor.numel() for tensor in state.values()):
        raise AdapterError(
            f"The adapter {name} is sharded over processes and was not saved; gather it (get_model_state_dict of "
            "torch.distributed.checkpoint, FSDP1's full state dict, DeepSpeed's GatheredParameters), load that into a model that is not "
            "sharded, and save this one."
        )
    state = {tensor_name: tensor.detach().cpu().contiguous().clone() for tensor_name, tensor in state.items()}
    require_finite(state, f"The adapter {name}", "it was not saved; train again with a lower learning rate")
    return state


def write_folder(
    folder: Path,
    config: PeftConfig,
    state: AdapterState,
    *,
    name: str,
    base_fingerprint: str,
    base_name: str,
    method: str,
    run_id: str | None,
    made_from: LoraOfHypLora | None = None,
    asking: Asking | None = None,
) -> AdapterCard:
    """Configuration, tensors and card at `folder`, replacing an adapter there; `name` is for messages."""
    partial = folder.with_name(f".{folder.name}.partial-{uuid.uuid4().hex}")
    try:
        partial.mkdir(parents=True)
        save_file(state, partial / WEIGHTS, metadata={"format": "pt"})
        config.save_pretrained(str(partial))
        card = AdapterCard(
            method=method,
            run_id=run_id,
            base_fingerprint=base_fingerprint,
            base_name=base_name,
            adapter_fingerprint=fingerprint(json.loads((partial / CONFIG).read_text(encoding="utf-8")), state),
            fingerprint_rule=RULE,
            versions={package: version(package) for package in ("torch", "peft", "transformers")},
            made_from=made_from,
            asking=asking,
        )
        write_atomically(partial / CARD, card.to_json())
        _swap_in(partial, folder)
    except OSError as error:
        raise AdapterError(
            f"The adapter {name} could not be written to {folder} ({error.strerror}); free space or choose another."
        ) from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return card


def fingerprint_of(config: PeftConfig, state: AdapterState) -> str:
    """The fingerprint that a folder with this configuration and these tensors has."""
    values = {key: list(value) if isinstance(value, set) else value for key, value in config.to_dict().items()}
    return fingerprint(json.loads(json.dumps(values)), state)


def base_name(peft_model: PeftModel, config: PeftConfig) -> str:
    """What people call the base of an adapter: as its configuration says, or the model's class."""
    return short_name(config.base_model_name_or_path or type(peft_model.get_base_model()).__name__)


def hub_name(name: str | None) -> str | None:
    """org/model from a hub id or from the path of its snapshot in the local cache; None for any other path."""
    snapshot = re.search(r"models--([^/\\]+)[/\\]snapshots", name or "")
    if snapshot:
        return snapshot[1].replace("--", "/")
    return name if name and re.fullmatch(r"[\w.-]+/[\w.-]+", name) and not Path(name).exists() else None


def short_name(name: str) -> str:
    """A model's name as people know it: the hub id, or the last part of a path."""
    return hub_name(name) or Path(name).name


def config_to_save(peft_model: PeftModel, key: str) -> PeftConfig:
    """As PEFT would save it, but with the target modules in a fixed order."""
    config = copy.deepcopy(peft_model.peft_config[key])
    config.inference_mode = True
    if isinstance(config.target_modules, set):
        config.target_modules = sorted(config.target_modules)
    if config.base_model_name_or_path is None:
        config.base_model_name_or_path = getattr(peft_model.get_base_model(), "name_or_path", None) or None
    return config


def _swap_in(partial: Path, folder: Path) -> None:
    """Rename into place; an older adapter is deleted only when the new one stands."""
    for path in partial.iterdir():
        with open(path, "rb") as file:
            os.fsync(file.fileno())
    old = folder.with_name(f".{folder.name}.old-{uuid.uuid4().hex}")
    if folder.exists():
        os.replace(folder, old)
    os.replace(partial, folder)
    shutil.rmtree(old, ignore_errors=True)
