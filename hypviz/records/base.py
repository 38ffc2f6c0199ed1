"""The common behaviour of records: a schema number, JSON both ways, and read-only arrays.

A record is a ``@dataclass(frozen=True, slots=True, kw_only=True)`` that inherits from `Record`. Its fields hold None, bool,
int, finite float, exact `Fraction`, str, tuples and string-keyed dicts of these, numpy arrays, and other records. JSON text is
self-describing (``"record"`` names the class, ``"schema"`` its version), so `from_json` needs no type hints. `Record.split`
separates the arrays for the store, which keeps them as safetensors.
"""

from __future__ import annotations

import base64
import dataclasses
import json
import math
from decimal import Decimal
from fractions import Fraction
from typing import Any, ClassVar, Self

import numpy as np

from hypviz.errors import HypvizError

_CLASSES: dict[str, type[Record]] = {}


def read_only(values: np.ndarray) -> np.ndarray:
    """The same values as a C-contiguous array that cannot be written to; a writable input is copied, never frozen in place."""
    if values.flags.writeable or not values.flags.c_contiguous:
        values = np.array(values, order="C", copy=True)
        values.flags.writeable = False
    return values


class Record:
    """Base of every record; subclasses are frozen keyword-only dataclasses."""

    __slots__ = ()
    SCHEMA: ClassVar[int] = 1

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        _CLASSES[cls.__name__] = cls

    def __post_init__(self) -> None:
        for field in dataclasses.fields(self):  # type: ignore[arg-type]
            value = getattr(self, field.name)
            if isinstance(value, np.ndarray):
                object.__setattr__(self, field.name, read_only(value))

    def to_json(self) -> str:
        """One JSON object; arrays travel inside it as base64."""
        return json.dumps(_encode(self, None, ""), ensure_ascii=False, allow_nan=False)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """The record that `to_json` wrote; `HypvizError` if the text is another record or another schema."""
        return cls._checked(_decode(json.loads(text), {}))

    def split(self) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        """(JSON-able object, arrays by dotted path): the form the store keeps on disk."""
        arrays: dict[str, np.ndarray] = {}
        return _encode(self, arrays, ""), arrays

    @classmethod
    def join(cls, fields: dict[str, Any], arrays: dict[str, np.ndarray]) -> Self:
        """The inverse of `split`."""
        return cls._checked(_decode(fields, arrays))

    @classmethod
    def _checked(cls, value: Any) -> Self:
        if not isinstance(value, cls):
            raise HypvizError(f"Expected a {cls.__name__} record but found {type(value).__name__}; delete the file and recompute it.")
        return value


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Provenance(Record):
    """Where a result comes from; `line` is what a page prints beneath it. `seconds` is wall-clock time."""

    model: str
    revision: str | None = None
    seed: int | None = None
    versions: dict[str, str] = dataclasses.field(default_factory=dict)
    seconds: float | None = None

    @property
    def line(self) -> str:
        """``model@revision · seed s · package versions · seconds`` with the absent parts left out."""
        parts = [self.model + (f"@{self.revision[:12]}" if self.revision else "")]
        if self.seed is not None:
            parts.append(f"seed {self.seed}")
        parts += [f"{name} {version}" for name, version in sorted(self.versions.items())]
        if self.seconds is not None:
            parts.append(f"{self.seconds:.1f} s")
        return " · ".join(parts)


def _encode(value: Any, arrays: dict[str, np.ndarray] | None, path: str) -> Any:
    if isinstance(value, Record):
        body = {f.name: _encode(getattr(value, f.name), arrays, f"{path}.{f.name}".lstrip(".")) for f in dataclasses.fields(value)}  # type: ignore[arg-type]
        return {"record": type(value).__name__, "schema": value.SCHEMA, **body}
    if isinstance(value, np.ndarray):
        if arrays is not None:
            arrays[path] = value
            return {"array": path}
        raw = base64.b64encode(np.ascontiguousarray(value).tobytes()).decode("ascii")
        return {"array": None, "dtype": value.dtype.str, "shape": list(value.shape), "base64": raw}
    if isinstance(value, np.generic):
        return _encode(value.item(), arrays, path)
    if isinstance(value, (tuple, list)):
        return [_encode(item, arrays, f"{path}.{i}") for i, item in enumerate(value)]
    if isinstance(value, dict):
        return {"map": {str(k): _encode(v, arrays, f"{path}.{k}") for k, v in value.items()}}
    if isinstance(value, Fraction):  # through Decimal, which writes integers of any length
        return {"fraction": f"{Decimal(value.numerator):f}/{Decimal(value.denominator):f}"}
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"record field {path!r} is {value}; use None for a value that does not exist")
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    raise TypeError(f"record field {path!r} has type {type(value).__name__}, which a record cannot hold")


def _decode(value: Any, arrays: dict[str, np.ndarray]) -> Any:
    if isinstance(value, list):
        return tuple(_decode(item, arrays) for item in value)
    if not isinstance(value, dict):
        return value
    if "record" in value:
        return _decode_record(value, arrays)
    if "fraction" in value:
        numerator, denominator = value["fraction"].split("/")
        return Fraction(int(Decimal(numerator)), int(Decimal(denominator)))
    if "array" in value:
        if value["array"] is not None:
            return arrays[value["array"]]
        flat = np.frombuffer(base64.b64decode(value["base64"]), dtype=np.dtype(value["dtype"]))
        return flat.reshape(value["shape"])
    return {key: _decode(item, arrays) for key, item in value["map"].items()}


def _decode_record(value: dict[str, Any], arrays: dict[str, np.ndarray]) -> Record:
    cls = _CLASSES.get(value["record"])
    if cls is None:
        raise HypvizError(f"Unknown record {value['record']!r}; the file was written by another version of hypviz.")
    if value["schema"] != cls.SCHEMA:
        raise HypvizError(
            f"{cls.__name__} schema {value['schema']} is not {cls.SCHEMA}; the file was written by another version of hypviz."
        )
    known = dataclasses.fields(cls)  # type: ignore[arg-type]
    names = {f.name for f in known}
    needed = {f.name for f in known if f.default is dataclasses.MISSING and f.default_factory is dataclasses.MISSING}
    fields = {k: _decode(v, arrays) for k, v in value.items() if k not in ("record", "schema")}
    if not needed <= set(fields) <= names:  # a default is what files mean that are older than the field
        raise HypvizError(f"{cls.__name__} has fields {sorted(names)} but the file holds {sorted(fields)}; recompute it.")
    return cls(**fields)
