"""Specs: a question as one frozen record, which is its identity in the store, among jobs, in caches and in the browser's address.

A spec inherits from `Spec` and holds everything that decides the answer, and nothing else. A field that is a record (a model, a corpus)
takes part by its own `identity`, which is its content and not its place. `to_address` and `from_address` carry the plain fields.
"""

from __future__ import annotations

import dataclasses
import math
import types
import typing
from collections.abc import Mapping
from typing import Any, Protocol, Self, runtime_checkable

from hypviz.errors import HypvizError
from hypviz.records.base import Record
from hypviz.records.kinds import is_sequence, is_table

NOT_IN_ADDRESS: dict[str, bool] = {"in_address": False}  # metadata of a field that another part of the address carries


@runtime_checkable
class Identified(Protocol):
    """A record that stands in specs by its content."""

    @property
    def identity(self) -> Any:
        """JSON-able; equal where the content is equal."""
        ...


class Spec(Record):
    """Base of every question; subclasses are frozen keyword-only dataclasses."""

    __slots__ = ()

    @property
    def identity(self) -> dict[str, Any]:
        """All fields in JSON-able form: equal for equal questions, different for different ones."""
        return {field.name: _plain(getattr(self, field.name), field.name) for field in dataclasses.fields(self)}

    @classmethod
    def address_names(cls) -> tuple[str, ...]:
        """The names of the plain fields, which the browser's address carries."""
        return tuple(field.name for field in _addressed(cls))

    def to_address(self) -> dict[str, str]:
        """The plain fields that differ from their default, as texts for the browser's address."""
        return {
            field.name: as_text(getattr(self, field.name))
            for field in _addressed(type(self))
            if field.default is dataclasses.MISSING or getattr(self, field.name) != field.default
        }

    @classmethod
    def from_address(cls, address: Mapping[str, str], **given: Any) -> Self:
        """The spec that an address names, with the fields it does not carry `given`; `HypvizError` names a value that cannot be read."""
        hints = typing.get_type_hints(cls)
        read = {
            field.name: _value(address[field.name], hints[field.name], field.name) for field in _addressed(cls) if field.name in address
        }
        return cls(**{**read, **given})


def _addressed(cls: type[Spec]) -> list[dataclasses.Field[Any]]:
    return [field for field in dataclasses.fields(cls) if field.metadata.get("in_address", True)]


def _plain(value: Any, name: str) -> Any:
    if isinstance(value, Identified):
        return _plain(value.identity, name)
    if isinstance(value, float) and value.is_integer():
        return int(value)  # 4.0 and 4 are one question
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if is_sequence(value):
        return [_plain(item, name) for item in value]
    if is_table(value):
        return {str(key): _plain(item, name) for key, item in value.items()}
    raise TypeError(f"field {name!r} of a spec has type {type(value).__name__}, which has no identity")


def as_text(value: Any) -> str:
    """A plain value as it stands in an address; floats with all their digits, items of a tuple between commas."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if is_sequence(value):
        return ",".join(as_text(item) for item in value)
    if isinstance(value, float):
        return short if float(short := f"{value:g}") == value else repr(value)
    return "none" if value is None else str(value)


def from_text(text: str, kind: Any) -> Any:
    """The value of type `kind` (bool, int, float, str, tuple of one of these, or one of them and None) that `as_text` wrote.

    `ValueError` for a text that is none.
    """
    if typing.get_origin(kind) in (typing.Union, types.UnionType):
        if text == "none":
            return None
        kind = next(one for one in typing.get_args(kind) if one is not type(None))
    if typing.get_origin(kind) is tuple:
        return tuple(from_text(item, typing.get_args(kind)[0]) for item in text.split(",") if item)
    if kind is bool and text in ("yes", "no"):
        return text == "yes"
    if kind in (int, float, str):
        value = kind(text)
        if not isinstance(value, float) or math.isfinite(value):
            return value
    raise ValueError(f"{text!r} is no {getattr(kind, '__name__', kind)}")


def _value(text: str, hint: Any, name: str) -> Any:
    try:
        return from_text(text, hint)
    except ValueError as error:
        wanted = getattr(hint, "__name__", str(hint))
        raise HypvizError(f"The address says {name}={text}, which is no {wanted}; correct it or take it out of the address.") from error
