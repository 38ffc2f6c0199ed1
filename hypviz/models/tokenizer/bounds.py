"""Bounds on what one step of a stranger's chat template may make: sums, products, powers, widths, fillings and replacements of texts.

One step is a call into C, which no deadline ends, and jinja works out constants while it compiles. What many small steps make is bounded
by `rendering`, by its deadline and the size of what is written.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from typing import Any

LARGEST = 2_000_000  # characters of one conversation
_WIDE = re.compile(r"\d{7,}|%[^a-zA-Z%]*\*")  # a width in a format
_NESTED = re.compile(r"\{[^{}]*\{")  # a width that is itself among what is formatted


class Endless(Exception):
    """A template that would never end, or fill the memory."""


def guard(environment: Any) -> None:
    """Make jinja's environment refuse (`Endless`) a step that would make more than `LARGEST` characters."""
    environment.intercepted_binops = frozenset({"*", "**", "+", "%"})
    environment.call_binop = _binop
    environment.filters = {name: _guarded(filter_) for name, filter_ in environment.filters.items()}
    call = environment.call

    def bounded(context: Any, function: Any, /, *given: Any, **named: Any) -> Any:
        text = getattr(getattr(function, "__wrapped__", function), "__self__", None)  # jinja wraps str.format
        _check(getattr(function, "__name__", ""), (text, *given, *named.values()))
        return call(context, function, *given, **named)

    environment.call = bounded


def _guarded(function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def bounded(*given: Any, **named: Any) -> Any:
        _check(getattr(function, "__name__", "").removeprefix("do_"), (*given, *named.values()))
        return function(*given, **named)

    return bounded


def _check(name: str, values: tuple[Any, ...]) -> None:
    """`Endless` for a number that is too large a width, a width in a format, and texts too long to be put into one another."""
    if any(isinstance(value, int) and abs(value) > LARGEST for value in values):
        raise Endless
    texts = [value for value in values if isinstance(value, str)]
    if "format" in name and any(map(_WIDE.search, texts if _NESTED.search("".join(texts[:1])) else texts[:1])):
        raise Endless
    lengths = sorted((len(value) for value in values if hasattr(value, "__len__")), reverse=True)
    if name in ("replace", "join", "translate") and len(lengths) > 1 and lengths[0] * lengths[1] > 10 * LARGEST:
        raise Endless


def _binop(context: object, operator: str, left: Any, right: Any) -> Any:
    """A sum, product, power or format, unless it is too large to be meant."""
    if operator == "%":
        if isinstance(left, str) and _WIDE.search(left):
            raise Endless
        return left % right
    are_numbers = isinstance(left, (int, float)) and isinstance(right, (int, float))
    if operator == "+":
        if not are_numbers and _size(left) + _size(right) > LARGEST:
            raise Endless
        return left + right
    sizes = [_size(left), _size(right)]
    if operator == "**":
        if sizes[0] > 1 and sizes[1] > 64:
            raise Endless
        return left**right
    if sizes[0] * sizes[1] > LARGEST and not are_numbers:
        raise Endless
    return left * right


def _size(value: Any) -> float:
    return abs(value) if isinstance(value, (int, float)) else len(value) if hasattr(value, "__len__") else 1
