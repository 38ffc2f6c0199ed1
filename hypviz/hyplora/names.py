"""The names of the geometry's parameters in models, adapter files and checkpoints.

In a model: `<layer>.lora_log_radius.<adapter>.weight`; in an adapter's file: `<layer>.lora_log_radius.weight`, like the weights of
A and B. Files and checkpoints of earlier versions of this package lack the last part: `current_name` maps them, and `former_name` is
the spelling that fingerprints count, so that an adapter that is loaded and saved again keeps its own.
"""

from __future__ import annotations

import re

from hypviz.gains.entry import INPUT_SCALE, LOG_RADIUS, RAW_CURVATURE

GEOMETRY = (LOG_RADIUS, RAW_CURVATURE, INPUT_SCALE)

_NAME = rf"(?:^|(?<=\.))({'|'.join(GEOMETRY)})"
_BARE = re.compile(rf"{_NAME}(\.(?!weight$)[^.]+)?$")
_LONG = re.compile(rf"{_NAME}(\.[^.]+)?\.weight$")


def is_geometry(name: str) -> bool:
    """Whether a parameter of this name, in either spelling, belongs to the geometry of a HypLoRA adapter."""
    return bool(_BARE.search(name) or _LONG.search(name))


def current_name(name: str) -> str:
    """The name as models and files have it; any other name is returned as it is."""
    return f"{name}.weight" if _BARE.search(name) else name


def former_name(name: str) -> str:
    """The name without its last part, as in the first files; any other name is returned as it is."""
    return name.removesuffix(".weight") if _LONG.search(name) else name
