"""The common behaviour of records: a schema number, JSON both ways, and read-only arrays.

A record is a ``@dataclass(frozen=True, slots=True, kw_only=True)`` that inherits from `Record`. Its fields hold None, bool,
int, finite float, exact `Fraction`, str, tuples and string-keyed dicts of these, numpy arrays, and other records; what a file holds is
read by the fields' annotations (`hypviz.records.decoding`). `Record.to_store` separates the arrays for the store, which keeps them as
safetensors.
"""

from __future__ import annotations

import dataclasses
import json
from typing import Any, ClassVar, Self

import numpy as np

from hypviz.records.decoding import Unreadable, decode
from hypviz.records.encoding import encode
from hypviz.records.kinds import is_array


def read_only(values: np.ndarray) -> np.ndarray:
    """The same values as a C-contiguous array that cannot be written to; a writable input is copied, never frozen in place."""
    if values.flags.writeable or not values.flags.c_contiguous:
        values = np.array(values, order="C", copy=True)
        values.flags.writeable = False
    return values


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """A record taken apart: `fields` as JSON can hold them, and `arrays` by dotted path."""

    fields: dict[str, Any]
    arrays: dict[str, np.ndarray]


class Record:
    """Base of every record; subclasses are frozen keyword-only dataclasses."""

    __slots__ = ()
    SCHEMA: ClassVar[int] = 1
    __dataclass_fields__: ClassVar[dict[str, dataclasses.Field[Any]]]

    def __post_init__(self) -> None:
        for field in dataclasses.fields(self):
            value = getattr(self, field.name)
            if is_array(value):
                object.__setattr__(self, field.name, read_only(value))

    def to_json(self) -> str:
        """One JSON object; arrays travel inside it as base64."""
        return json.dumps(encode(self, None), ensure_ascii=False, allow_nan=False)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """The record that `to_json` wrote; `Unreadable` names the field that is not what this class says."""
        try:
            value = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise Unreadable(f"{cls.__name__} is to be read, but this is no JSON ({error})") from error
        return decode(cls, value, {})

    def to_store(self) -> Stored:
        """The form that the store keeps on disk."""
        arrays: dict[str, np.ndarray] = {}
        return Stored(fields=encode(self, arrays), arrays=arrays)

    @classmethod
    def from_store(cls, stored: Stored) -> Self:
        """The inverse of `to_store`; `Unreadable` as in `from_json`."""
        return decode(cls, stored.fields, stored.arrays)


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
