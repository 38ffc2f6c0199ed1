"""Names of an adapter's tensors as files have them, in the one spelling that PEFT loads, and at the layers of the model at hand.

Files saved by other means than PEFT's `save_pretrained` leave out ``base_model.model.``, keep the adapter's name (``.default.``), or have
what torch.compile and DistributedDataParallel put into every name. Adapters trained on a model with pictures name their layers under
``language_model``, which a text model does not have, and the other way round.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

from jaxtyping import Shaped
from torch import Tensor

from hypviz.errors import AdapterError
from hypviz.models.checkpoint.tensor_names import plain_name

PREFIX = "base_model.model."
_AROUND = frozenset({"base_model", "model", "language_model", "text_model"})  # before the first part that says where in the model
_ADAPTER = re.compile(r"\.(?:modules_to_save\.)?default(?=\.|$)")

AdapterState = dict[str, Shaped[Tensor, "..."]]  # the tensors of an adapter by the names they have in its file


def usual_names(state: AdapterState, folder: Path) -> AdapterState:
    """The tensors by the names PEFT loads; `AdapterError` where two of the file are then one."""
    found: dict[str, str] = {}
    for name in state:
        usual = usual_name(name)
        if (other := found.setdefault(usual, name)) != name:
            raise AdapterError(
                f"The adapter in {folder} holds both {other} and {name}, which are one tensor saved twice; keep one of them."
            )
    return {usual: state[name] for usual, name in found.items()}


def usual_name(name: str) -> str:
    """``base_model.model.`` first, no wrapper's part, no ``default``; what does not lie in a model's layer stays as it is."""
    plain = _ADAPTER.sub("", plain_name(name))
    while plain.startswith(PREFIX + PREFIX):
        plain = plain.removeprefix(PREFIX)
    return plain if "." not in plain or plain.startswith("base_model.") else PREFIX + plain


def at_the_models_layers(state: AdapterState, modules: Iterable[str]) -> tuple[AdapterState, tuple[tuple[str, str], ...]]:
    """The tensors under the names that the layers have in the model, and (theirs, ours) of one layer each that had another name.

    Only what stands around a text model may differ; a tensor that finds no layer so keeps its name. Layers saved whole are renamed too, and
    not among those.
    """
    here = [name for name in modules if name]
    known, by_place = set(here), _by_place(here)
    moved: dict[str, str] = {}
    renamed: AdapterState = {}
    for name, tensor in state.items():
        path = name.removeprefix(PREFIX)
        theirs = _layer_of(path, known)
        ours = None if theirs is not None else _same_place(path, by_place)
        if ours is None:
            renamed[name] = tensor
            continue
        part = path.removeprefix(ours[0])
        renamed[PREFIX + ours[1] + part] = tensor
        if part not in (".weight", ".bias"):  # those are the base's own, or saved whole
            moved[ours[0]] = ours[1]
    return renamed, tuple(moved.items())


def settings_for(config: Mapping[str, Any], moved: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """The settings with the layers named whole where a pattern was written for other names."""
    layers = sorted({ours for _, ours in moved})
    settings = dict(config)
    saved = {str(name) for name in cast("Sequence[object]", config.get("modules_to_save") or ())}
    settings["target_modules"] = [layer for layer in layers if layer.rpartition(".")[2] not in saved]
    for name in ("rank_pattern", "alpha_pattern"):
        pattern = cast("Mapping[str, object]", config.get(name) or {})
        settings[name] = {_without_around(key): value for key, value in pattern.items()}
    settings["exclude_modules"] = settings["layers_to_transform"] = settings["layers_pattern"] = None
    return settings


def _by_place(names: Iterable[str]) -> dict[str, str | None]:
    """From a place in the text model to the module there; None where two have it."""
    found: dict[str, str | None] = {}
    for name in names:
        place = _place(name)
        found[place] = None if place in found else name
    return found


def _place(name: str) -> str:
    """``layers.0.self_attn.q_proj`` of any of its spellings: the name without what stands around a text model."""
    parts = name.split(".")
    while len(parts) > 1 and parts[0] in _AROUND:
        parts = parts[1:]
    return ".".join(parts)


def _layer_of(path: str, known: set[str]) -> str | None:
    """The longest module of the model that the tensor lies in, deeper than what stands around it."""
    parts = path.split(".")
    for end in range(len(parts) - 1, 0, -1):
        if (name := ".".join(parts[:end])) in known:
            return name if _place(name) not in _AROUND and not _is_container(name) else None
    return None


def _is_container(name: str) -> bool:
    return all(part in _AROUND for part in name.split("."))


def _same_place(path: str, by_place: Mapping[str, str | None]) -> tuple[str, str] | None:
    """(module as the file names it, module of the model) for a tensor in a layer that stands elsewhere here."""
    parts = path.split(".")
    for end in range(len(parts) - 1, 0, -1):
        theirs = ".".join(parts[:end])
        ours = by_place.get(_place(theirs))
        if ours is not None and not _is_container(theirs):
            return theirs, ours
    return None


def _without_around(pattern: str) -> str:
    return _place(pattern) if re.fullmatch(r"[\w.]+", pattern) else pattern
