"""What loading a quantised model will come to, from config.json and how many numbers are stored in which format."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hypviz.models.checkpoint.packed.tensors import is_read, method_of, settings_of

_WORDS = {"I32": 32, "U32": 32}  # formats whose numbers hold several weights, with their bits
_TWO_A_BYTE = {"bitsandbytes", "compressed-tensors", "modelopt", "mxfp4"}


def quantised_sentence(config: Mapping[str, Any]) -> str | None:
    """What a config.json says of a quantisation and what comes of it here; None where it says nothing."""
    settings = settings_of(config)
    method = method_of(settings)
    if method is None:
        return None
    if is_read(method):
        return (
            f"Its weights are quantised ({method}): the whole model is used as the plain numbers that they stand for, and the memory is "
            "for those."
        )
    return (
        f"Its weights are quantised by {method}, which hypviz cannot turn back into plain numbers: its tables can be looked at, but "
        "answering, fine-tuning and measuring layers will be refused; for these load the release that it was made from."
    )


def n_numbers(config: Mapping[str, Any], stored: Mapping[str, int]) -> int:
    """About how many weights `stored` numbers (by safetensors' formats) stand for; a few per cent more where scales are stored as words."""
    settings = settings_of(config)
    method, bits = method_of(settings), _bits(settings)
    if method is None or not is_read(method):
        return sum(stored.values())
    found = 0.0
    for dtype, n in stored.items():
        if dtype in _WORDS and bits is not None:
            found += n * _WORDS[dtype] / bits
        else:
            found += 2 * n if dtype == "U8" and method in _TWO_A_BYTE else n
    return round(found)


def _bits(settings: Mapping[str, Any]) -> int | None:
    """The bits of a weight as the settings name them; of compressed-tensors those of the first group of layers."""
    found: Any = settings.get("bits", settings.get("w_bit"))
    groups: dict[str, dict[str, Any]] | None = settings.get("config_groups")
    if isinstance(groups, dict) and groups:
        first = next(iter(groups.values()))
        weights: dict[str, Any] | None = first.get("weights") if isinstance(first, dict) else None
        found = weights.get("num_bits") if isinstance(weights, dict) else None
    return found if isinstance(found, int) and 0 < found <= 32 else None
