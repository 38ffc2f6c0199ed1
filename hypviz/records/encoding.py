"""Encoding: a record as values of JSON that name its class, with its arrays inside as base64 or apart by their dotted path.

``{"record": class, "schema": number, field: value ...}``; an array is ``{"array": path}`` or ``{"array": null, "dtype": ..., "shape":
..., "base64": ...}``, a dict ``{"map": {...}}``, a fraction ``{"fraction": "1/3"}``, a tuple a list. `hypviz.records.decoding` reads it.
"""

from __future__ import annotations

import base64
import dataclasses
import math
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np

from hypviz.records.kinds import is_array, is_sequence, is_table

PLAIN = frozenset({str, int, bool, type(None)})  # what JSON holds as it is


def encode(value: Any, arrays: dict[str, np.ndarray] | None, path: str = "") -> Any:
    """`value` as JSON can hold it; its arrays go into `arrays`, or inside where that is None.

    `ValueError` for a number that is not finite, `TypeError` for a value that a record cannot hold, by the field's path.
    """
    if dataclasses.is_dataclass(value) and hasattr(value, "SCHEMA") and not isinstance(value, type):
        body = {
            each.name: encode(getattr(value, each.name), arrays, f"{path}.{each.name}".lstrip(".")) for each in dataclasses.fields(value)
        }
        return {"record": type(value).__name__, "schema": getattr(value, "SCHEMA"), **body}  # noqa: B009
    if is_array(value):
        return _array(value, arrays, path)
    if isinstance(value, np.generic):
        return encode(value.item(), arrays, path)
    if is_sequence(value):
        if set(map(type, value)) <= PLAIN:
            return list(value)  # a million cells of a table without a call for each
        return [encode(item, arrays, f"{path}.{i}") for i, item in enumerate(value)]
    if is_table(value):
        return {"map": {str(key): encode(item, arrays, f"{path}.{key}") for key, item in value.items()}}
    if isinstance(value, Fraction):  # through Decimal, which writes integers of any length
        return {"fraction": f"{Decimal(value.numerator):f}/{Decimal(value.denominator):f}"}
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"record field {path!r} is {value}; use None for a value that does not exist")
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    raise TypeError(f"record field {path!r} has type {type(value).__name__}, which a record cannot hold")


def _array(value: np.ndarray, arrays: dict[str, np.ndarray] | None, path: str) -> dict[str, Any]:
    if arrays is not None:
        arrays[path] = value
        return {"array": path}
    raw = base64.b64encode(np.ascontiguousarray(value).tobytes()).decode("ascii")
    return {"array": None, "dtype": value.dtype.str, "shape": list(value.shape), "base64": raw}
