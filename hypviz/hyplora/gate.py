"""What an adapter's settings would do to its base, judged before a model is touched.

In: adapter_config.json as it was read, and the names and shapes of the tensors beside it. Out: nothing, or an `AdapterError` whose
sentence names the setting and says what to do. Whatever passes leaves the base's weights alone while PEFT 0.21.2 injects it, and
computes what PEFT's own loader computes. Every field of `LoraConfig` and `HypLoraConfig` has its verdict here; a field that has
none, from a later PEFT, passes at its default only, and a setting that no class knows passes where it says nothing or no.

Of other types of adapter only what all types share is judged: the type itself, unknown settings, the task and biases.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

from peft import PeftConfig, PeftType
from peft.mapping import PEFT_TYPE_TO_CONFIG_MAPPING

from hypviz.errors import AdapterError
from hypviz.hyplora.config import FILE_TYPE, HypLoraConfig
from hypviz.methods.elsewhere import ELSEWHERE
from hypviz.records.hyplora import LARGEST_ALPHA

Shapes = Mapping[str, tuple[int, ...]]

# Which layers, how wide and how strong, and what PEFT saves and puts in place whole: its layers do these truly.
_DONE = frozenset(
    {
        "r",
        "rank_pattern",
        "lora_alpha",
        "alpha_pattern",
        "use_rslora",
        "use_dora",
        "lora_bias",
        "target_modules",
        "exclude_modules",
        "layers_to_transform",
        "layers_pattern",
        "fan_in_fan_out",
        "modules_to_save",
        "trainable_token_indices",
        "ensure_weight_tying",
        "c",
        "lora_beyond",
        "variant",
        "official_k",
    }
)
# Without effect on a loaded adapter: where the base lay, who wrote the file, how training went, options of what is refused below.
_WITHOUT_EFFECT = frozenset(
    {
        "auto_mapping",
        "base_model_name_or_path",
        "corda_config",
        "eva_config",
        "inference_mode",
        "learn_c",
        "loftq_config",
        "lora_dropout",
        "lora_ga_config",
        "megatron_core",
        "peft_type",
        "peft_version",
        "qalora_group_size",
        "revision",
        "runtime_config",
    }
)
PASSING = _DONE | _WITHOUT_EFFECT
_MERGED = "merge it into its base where it was trained, and open the merged model"
# Other than their default: what they do, and the way round.
REFUSED = {
    "alora_invocation_tokens": (
        "acts only after its invocation tokens, through a hook that hypviz does not run",
        "ask it with PEFT itself",
    ),
    "arrow_config": ("routes between other adapters", "open one of those adapters instead"),
    "kasa_config": ("cuts the smallest singular values out of the base's weights", _MERGED),
    "layer_replication": ("repeats layers, which makes another model of the base", _MERGED),
    "megatron_config": ("is made for Megatron's parallel layers", _MERGED),
    "monteclora_config": ("draws its weights by chance", "ask it with PEFT itself"),
    "target_parameters": ("adapts bare parameters of the base instead of layers", _MERGED),
    "use_bdlora": ("is made of blocks for several devices", _MERGED),
    "use_qalora": ("is made for quantised layers", _MERGED),
    "velora_config": ("compresses what training keeps, which hypviz has no layer for", _MERGED),
}

_SWITCHES = ("use_rslora", "use_dora", "lora_bias", "fan_in_fan_out", "ensure_weight_tying")
# Starts after which the tensors of the file alone make the adapter, on the base as it is.
_PLAIN_STARTS = ("gaussian", "orthogonal", "eva", "mica")
_CONVERT = (
    "save it again where it was trained with PEFT's save_pretrained(folder, path_initial_model_for_weight_conversion=...), "
    "which makes a plain LoRA of it, or merge it there and open the merged model"
)
_REWRITING_STARTS = ("pissa", "olora", "corda", "lora_ga")
_FORMER = {"merge_weights": False, "enable_lora": None}  # fields of PEFT before 0.3, at the values that did nothing
FAMILY = ("LORA", FILE_TYPE)  # those that live beside each other in one model


def judge(config: Mapping[str, Any], shapes: Shapes, folder: Path) -> None:
    """`AdapterError` for the first setting that would change the base, be dropped without a word, or make another function."""
    adapter = f"The adapter in {folder}"
    peft_type = str(config.get("peft_type"))
    defaults = default_settings(kind_of(peft_type))
    if unknown := {name: value for name, value in _unknown(config).items() if not _is_off(value)}:
        named = " and ".join(f"{name} = {_shown(value)}" for name, value in sorted(unknown.items()))
        raise AdapterError(
            f"{adapter} sets {named}, which {peft_type} in PEFT {version('peft')} does not know and would leave out; use a hypviz whose "
            "PEFT knows it, or, where it was never used, take it out of adapter_config.json."
        )
    for name in sorted(config.keys() & defaults.keys()):
        value = config[name]
        expected = _not_its_kind(name, value, peft_type)
        if expected is not None:
            raise AdapterError(f"{adapter} has {name} = {_shown(value)}, which is no {expected}; save the adapter again.")
        sentence = _verdict(name, value, defaults.get(name), config, shapes)
        if sentence:
            what, advice = sentence
            raise AdapterError(f"{adapter} has {name} = {_shown(value)}, which {what}; {advice}.")


def kind_of(peft_type: str) -> type[PeftConfig]:
    """PEFT's class for the settings of an adapter of this type."""
    return HypLoraConfig if peft_type == FILE_TYPE else PEFT_TYPE_TO_CONFIG_MAPPING[PeftType(peft_type)]


def require_type(peft_type: object, folder: Path) -> None:
    """`AdapterError` for a type of adapter that cannot stand beside others, with the reason, or that nobody has looked at."""
    if peft_type in FAMILY:
        return
    known = ELSEWHERE.get(peft_type) if isinstance(peft_type, str) else None
    if known is None:
        raise AdapterError(
            f"{folder} holds an adapter of type {peft_type!r}, which this hypviz does not know; use a hypviz that knows it, or merge it "
            "into its base where it was trained, and open the merged model."
        )
    if known.refused is not None:
        what, advice = known.refused
        raise AdapterError(f"{folder} holds an adapter of type {peft_type} ({known.label}), which {what}; {advice}.")


def left_out(config: Mapping[str, Any]) -> tuple[str, ...]:
    """The settings that PEFT does not know and that are off, other than by null: what is to be told, and not handed to PEFT."""
    return tuple(f"{name} = {_shown(value)}" for name, value in sorted(_unknown(config).items()) if value is not None)


def known_settings(config: Mapping[str, Any]) -> dict[str, Any]:
    """The settings that PEFT knows and that belong to a file; it drops how to run (`runtime_config`) where it reads one too."""
    left = {*_unknown(config), *_FORMER, "runtime_config"}
    return {name: value for name, value in config.items() if name not in left}


def _unknown(config: Mapping[str, Any]) -> dict[str, Any]:
    defaults = default_settings(kind_of(str(config.get("peft_type"))))
    return {name: value for name, value in config.items() if name not in defaults and not (name in _FORMER and _same(value, _FORMER[name]))}


def _is_off(value: Any) -> bool:
    """What a setting says that was never used: nothing, no, or an empty list, table or text."""
    return value is None or value is False or value in ([], {}, "")


def default_settings(kind: type[PeftConfig]) -> dict[str, Any]:
    """Every field of the class with its default, as JSON would hold it."""
    found = {}
    for entry in dataclasses.fields(kind):
        value = entry.default if entry.default_factory is dataclasses.MISSING else entry.default_factory()
        found[entry.name] = None if value is dataclasses.MISSING else value
    return found


def _not_its_kind(name: str, value: Any, peft_type: str) -> str | None:
    """What a setting of numbers or of yes and no should be, where it is something else, or no finite number; PEFT checks other types."""
    if peft_type not in FAMILY:
        return None
    if name in _SWITCHES:
        return None if value is None or isinstance(value, bool) else "true or false"
    if name == "r":
        return None if type(value) is int and value > 0 else "whole number from 1 on"
    if name == "lora_alpha":
        return None if _is_strength(value) else "finite number"
    if name in ("rank_pattern", "alpha_pattern") and value:
        entries = list(value.values()) if isinstance(value, dict) else [None]
        if name == "rank_pattern":
            return None if all(type(entry) is int and entry > 0 for entry in entries) else "table of whole numbers from 1 on"
        return None if all(_is_strength(entry) for entry in entries) else "table of finite numbers"
    return None


def _is_strength(value: Any) -> bool:
    """Whether B A may be multiplied by it: float32 overflows long before it does."""
    return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) <= LARGEST_ALPHA


def _verdict(name: str, value: Any, default: Any, config: Mapping[str, Any], shapes: Shapes) -> tuple[str, str] | None:
    """What is wrong with a setting and what to do, or None."""
    if name in PASSING or value is None or _same(value, default):
        return None
    if name in JUDGED:
        return JUDGED[name](value, config, shapes)
    if config.get("peft_type") not in FAMILY:  # the bench proves that the base stayed, whatever the settings of such a type
        return None
    return REFUSED.get(name, ("this hypviz has not been tried with", "use a newer hypviz, or leave the setting at its default"))


def _init_lora_weights(value: Any, config: Mapping[str, Any], shapes: Shapes) -> tuple[str, str] | None:
    start = value.lower() if isinstance(value, str) else value
    if isinstance(start, bool) or start in _PLAIN_STARTS:
        return None
    if isinstance(start, str) and start.startswith(_REWRITING_STARTS):
        return "takes its start out of the base's weights, so that its tensors fit a changed base only", _CONVERT
    if start == "loftq":
        return "puts quantised weights in the place of the base's", _MERGED
    return "is no start that PEFT knows", "save the adapter again"


def _bias(value: Any, config: Mapping[str, Any], shapes: Shapes) -> tuple[str, str] | None:
    """A file without biases, as of models whose layers have none, moves none."""
    if value not in ("none", "all", "lora_only"):
        return "is an unusable setting", "save the adapter again"
    if any(name.endswith(".bias") and ".lora_" not in name for name in shapes):
        return "puts the adapter's biases in the place of the base's", _MERGED
    return None


def _task_type(value: Any, config: Mapping[str, Any], shapes: Shapes) -> tuple[str, str] | None:
    if value == "CAUSAL_LM":
        return None
    return "is another task than continuing text", "choose an adapter trained for CAUSAL_LM"


def _num_tasks(value: Any, config: Mapping[str, Any], shapes: Shapes) -> tuple[str, str] | None:
    return "mixes its virtual tokens by the number of a task, which a prompt does not have", "ask it with PEFT itself"


JUDGED: dict[str, Callable[[Any, Mapping[str, Any], Shapes], tuple[str, str] | None]] = {
    "bias": _bias,
    "init_lora_weights": _init_lora_weights,
    "num_tasks": _num_tasks,
    "task_type": _task_type,
}


def _same(value: Any, default: Any) -> bool:
    return type(value) is type(default) and value == default


def _shown(value: Any) -> str:
    text = json.dumps(value, default=str)
    return text if len(text) <= 60 else text[:57] + "..."
