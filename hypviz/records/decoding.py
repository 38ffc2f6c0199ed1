"""Decoding: the values of JSON and the arrays beside them, as what a record's annotations promise.

In: what `hypviz.records.encoding` wrote, and the annotation of the class or field that it is for. Out: the value, or `Unreadable` with
the field's place (``RunSpec.members[2].seconds``), what stands there and what belongs there. Annotations are None, bool, int, float (an
int will do, infinity will not), str, Fraction, Literal, tuples, string-keyed dicts, unions, Any (plain values), numpy arrays (jaxtyping's
``Float[np.ndarray, "n d"]`` holds their class of numbers and rank), and records. A type is taken from the annotation alone; among the
records of a union the tag in the file chooses. Annotations are resolved once a class, when it is first read.
"""

from __future__ import annotations

import base64
import binascii
import dataclasses
import math
import types
import typing
from collections.abc import Callable, Mapping
from decimal import Decimal
from fractions import Fraction
from functools import cache
from typing import Any, ClassVar, Protocol, TypeGuard

import numpy as np

from hypviz.errors import HypvizError
from hypviz.records.kinds import is_array, is_list, is_table

Arrays = Mapping[str, np.ndarray]
Decoder = Callable[[Any, Arrays], Any]
SCALARS: dict[Any, str] = {
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    str: "a text",
    Fraction: "a fraction",
    types.NoneType: "nothing",
    np.ndarray: "an array",
}


class RecordType(Protocol):
    """What decoding asks of a record's class."""

    __name__: str
    SCHEMA: ClassVar[int]
    __dataclass_fields__: ClassVar[dict[str, dataclasses.Field[Any]]]


class Unfit(Exception):
    """A value that is not what was promised; `place` grows on the way out: ``.members[2].seconds``."""

    def __init__(self, said: str) -> None:
        super().__init__(said)
        self.said, self.place = said, ""

    def inside(self, step: str) -> Unfit:
        """The same, seen from one step further out."""
        self.place = step + self.place
        return self


class Unreadable(HypvizError):
    """What stands in a file is not the record that it should be; `reason` says so without the advice, for whoever knows the file."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"{reason}: the file is damaged, or another version of hypviz wrote it; make it anew.")
        self.reason = reason


def decode(kind: type[Any], value: Any, arrays: Arrays) -> Any:
    """The record of class `kind` that `value` holds; `Unreadable` names the field that is not what `kind` says."""
    try:
        return _decoder(kind)(value, arrays)
    except Unfit as error:
        subject = "it" if not error.place and error.said.startswith(" is ") else kind.__name__
        raise Unreadable(f"{subject}{error.place}{error.said}") from error
    except RecursionError as error:
        raise Unreadable(f"{kind.__name__} is nested too deeply") from error


def shown(value: Any) -> str:
    """A value as an error names it: short, records by their class, arrays by their class and shape."""
    if is_array(value):
        return f"an array of {value.dtype} {value.shape}"
    if is_table(value) and isinstance(name := value.get("record"), str):
        return f"the record {name[:40]}"
    text = repr(value) if not isinstance(value, (int, list, dict)) or isinstance(value, bool) else _json_like(value)
    return text if len(text) <= 60 else f"{text[:60]} ..."


def _json_like(value: Any) -> str:
    if isinstance(value, int):
        return str(value) if value.bit_length() < 200 else "a number of more than 60 digits"
    return "a list" if isinstance(value, list) else "a table"


def _unfit(value: Any, hint: Any) -> Unfit:
    return Unfit(f" is {shown(value)}, not {_wanted(hint)}")


def _wanted(hint: Any) -> str:
    """What an annotation promises, in words."""
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if hint in SCALARS:
        return SCALARS[hint]
    if origin in (typing.Union, types.UnionType):
        return " or ".join(_wanted(each) for each in inner)
    if origin is typing.Literal:
        return "one of " + ", ".join(map(repr, inner))
    if origin is tuple:
        return "a list" if inner[-1:] == (Ellipsis,) else f"a list of {len(inner)}"
    if origin in (dict, Mapping):
        return "a table"
    if _is_record(hint):
        return f"the record {hint.__name__}"
    return f"an array of {hint.__name__.removesuffix('[ndarray')}"


def _is_record(hint: Any) -> TypeGuard[type[RecordType]]:
    return isinstance(hint, type) and dataclasses.is_dataclass(hint) and hasattr(hint, "SCHEMA")


def _is_array(hint: Any) -> bool:
    return hint is np.ndarray or getattr(hint, "array_type", None) is np.ndarray  # jaxtyping's classes name what they hold


@cache
def _decoder(hint: Any) -> Decoder:
    """How values of one annotation are decoded; `TypeError` for an annotation that a record cannot have."""
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if hint is Any or hint is object:
        return _plain
    if hint in _ONES:
        return _ONES[hint]
    if _is_array(hint):
        return _array(hint)
    if _is_record(hint):
        return _record(hint)
    if origin is tuple:
        return _list(hint, inner[0]) if inner[-1:] == (Ellipsis,) else _row(hint, tuple(_decoder(each) for each in inner))
    if origin in (dict, Mapping):
        return _table(hint, _decoder(inner[1]))
    if origin in (typing.Union, types.UnionType):
        return _union(hint, inner)
    if origin is typing.Literal:
        return _choice(hint, inner)
    raise TypeError(f"a record cannot hold {hint}")


def _exactly(kind: type) -> Decoder:
    def read(value: Any, arrays: Arrays) -> Any:
        if type(value) is not kind:  # True is an int to isinstance
            raise _unfit(value, kind)
        return value

    return read


def _float(value: Any, arrays: Arrays) -> float:
    if type(value) is int or (type(value) is float and math.isfinite(value)):
        return value
    raise _unfit(value, float)


def _fraction(value: Any, arrays: Arrays) -> Fraction:
    try:
        numerator, denominator = value["fraction"].split("/")
        return Fraction(int(Decimal(numerator)), int(Decimal(denominator)))  # Decimal reads integers of any length
    except (TypeError, KeyError, AttributeError, ValueError, ArithmeticError) as error:
        raise _unfit(value, Fraction) from error


def _plain(value: Any, arrays: Arrays) -> Any:
    """A value without a promise: lists as tuples, tables, texts and numbers."""
    if is_list(value):
        return tuple(_plain(item, arrays) for item in value)
    if is_table(value):
        return {key: _plain(item, arrays) for key, item in _items(value, dict[str, Any])}
    return value


_ONES: dict[Any, Decoder] = {
    bool: _exactly(bool),
    int: _exactly(int),
    float: _float,
    str: _exactly(str),
    Fraction: _fraction,
    types.NoneType: _exactly(types.NoneType),
}


def _array(hint: Any) -> Decoder:
    def read(value: Any, arrays: Arrays) -> np.ndarray:
        found = _stored_array(value, arrays, hint)
        if not isinstance(found, hint):
            raise _unfit(found, hint)
        return found

    return read


def _stored_array(value: Any, arrays: Arrays, hint: Any) -> np.ndarray:
    try:
        if value["array"] is not None:
            return arrays[value["array"]]
        flat = np.frombuffer(base64.b64decode(value["base64"], validate=True), dtype=np.dtype(value["dtype"]))
        return flat.reshape(value["shape"])
    except (TypeError, KeyError, ValueError, binascii.Error) as error:
        raise _unfit(value, hint) from error


def _list(hint: Any, item: Any) -> Decoder:
    read_item = _decoder(item)

    def read(value: Any, arrays: Arrays) -> tuple[Any, ...]:
        if not is_list(value):
            raise _unfit(value, hint)
        if _all_are(item, value):
            return tuple(value)
        return tuple(_step(read_item, each, arrays, f"[{i}]") for i, each in enumerate(value))

    return read


def _all_are(kind: Any, items: list[Any]) -> bool:
    """Whether a list holds values of one plain kind only, seen without a call an item."""
    found = set(map(type, items))
    if kind is float and found == {float}:
        return all(map(math.isfinite, items))
    return kind in (str, int, bool) and found <= {kind}


def _row(hint: Any, readers: tuple[Decoder, ...]) -> Decoder:
    def read(value: Any, arrays: Arrays) -> tuple[Any, ...]:
        if not is_list(value) or len(value) != len(readers):
            raise _unfit(value, hint)
        return tuple(_step(reader, each, arrays, f"[{i}]") for i, (reader, each) in enumerate(zip(readers, value, strict=True)))

    return read


def _table(hint: Any, read_item: Decoder) -> Decoder:
    def read(value: Any, arrays: Arrays) -> dict[str, Any]:
        return {key: _step(read_item, each, arrays, f"[{key}]") for key, each in _items(value, hint)}

    return read


def _items(value: Any, hint: Any) -> list[tuple[str, Any]]:
    found = value.get("map") if is_table(value) else None
    if not is_table(found):
        raise _unfit(value, hint)
    return list(found.items())


def _step(reader: Decoder, value: Any, arrays: Arrays, step: str) -> Any:
    try:
        return reader(value, arrays)
    except Unfit as error:
        raise error.inside(step) from None


def _choice(hint: Any, choices: tuple[Any, ...]) -> Decoder:
    def read(value: Any, arrays: Arrays) -> Any:
        if not any(type(value) is type(choice) and value == choice for choice in choices):
            raise _unfit(value, hint)
        return value

    return read


def _union(hint: Any, options: tuple[Any, ...]) -> Decoder:
    """One of several: records by the tag in the file, others by the first that fits."""
    readers = [_decoder(each) for each in options]
    tagged = {each.__name__: reader for each, reader in zip(options, readers, strict=True) if _is_record(each)}
    others = [reader for each, reader in zip(options, readers, strict=True) if not _is_record(each)]

    def read(value: Any, arrays: Arrays) -> Any:
        tag = value.get("record") if is_table(value) else None
        if isinstance(tag, str) and tag in tagged:
            return tagged[tag](value, arrays)
        for reader in others:
            try:
                return reader(value, arrays)
            except Unfit as error:
                if error.place:  # the kind was right, something inside was not
                    raise
        raise _unfit(value, hint)

    return read


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    """How one class of records is read: its fields' decoders, and those that a file must hold."""

    readers: dict[str, Decoder]
    needed: frozenset[str]


@cache
def _plan(kind: type[RecordType]) -> _Plan:
    hints = typing.get_type_hints(kind)
    fields = dataclasses.fields(kind)
    bare = (field.name for field in fields if field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING)
    return _Plan(readers={field.name: _decoder(hints[field.name]) for field in fields}, needed=frozenset(bare))


def _record(kind: type[RecordType]) -> Decoder:
    def read(value: Any, arrays: Arrays) -> Any:
        if not is_table(value) or value.get("record") != kind.__name__:
            raise _unfit(value, kind)
        body = dict(value)
        plan, schema = _plan(kind), body.pop("schema", None)
        del body["record"]
        if type(schema) is not int or schema != kind.SCHEMA:
            raise Unfit(f" has schema {shown(schema)}, not {kind.SCHEMA}")
        if unknown := sorted(set(body) - set(plan.readers)):
            raise Unfit(f" has the unknown field {unknown[0][:60]}")
        if missing := sorted(plan.needed - set(body)):  # a default is what files mean that are older than the field
            raise Unfit(f" lacks {', '.join(missing)}")
        found = {name: _step(plan.readers[name], each, arrays, f".{name}") for name, each in body.items()}
        try:
            return kind(**found)
        except (ValueError, TypeError) as error:
            raise Unfit(f": {error}") from error

    return read
