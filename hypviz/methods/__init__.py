"""The methods of fine-tuning, one file each: what a method needs, how its adapter follows from a run's spec, how it is shown.

A method describes its adapter as an `AdapterPlan`; the training process makes it of PEFT. A name that no file here knows, of an older
run or of an adapter from elsewhere, is shown as it is.
"""

from __future__ import annotations

from collections.abc import Iterable

from hypviz.methods.elsewhere import DORA, label_of, method_of
from hypviz.methods.entry import AdapterPlan, Geometry, Method
from hypviz.palette import GREY
from hypviz.records.answers import BASE
from hypviz.registry import Registry

METHODS: Registry[Method] = Registry("hypviz.methods", Method, noun="method")

__all__ = [
    "BASE",
    "METHODS",
    "AdapterPlan",
    "Geometry",
    "Method",
    "colour_of",
    "dash_of",
    "default_methods",
    "of_adapter",
    "of_file",
    "title_of",
    "with_radius",
]


def title_of(name: str) -> str:
    """The label of a method, of one from elsewhere too, "Base" for the model without an adapter, any other name as it is."""
    return "Base" if name == BASE else METHODS[name].label if name in METHODS else label_of(name) or name


def colour_of(name: str) -> str:
    """``#RRGGBB`` of a method in charts and tables; grey for the base and for names that are no method's."""
    return METHODS[name].colour if name in METHODS else GREY


def dash_of(name: str) -> str:
    """The dash of a method's lines, by which those are told apart who cannot by colour."""
    return METHODS[name].dash if name in METHODS else "solid"


def default_methods() -> tuple[str, ...]:
    """The members of a fine-tune where nobody said otherwise."""
    return tuple(name for name, method in METHODS.items() if method.by_default)


def with_radius(names: Iterable[str]) -> tuple[str, ...]:
    """Those of the methods whose gain depends on the token, through a radius."""
    return tuple(name for name in names if name in METHODS and METHODS[name].has_radius)


def of_adapter(*, bent: bool) -> str:
    """The method of an adapter that does not name its own: the first plain one, or the first whose gain depends on the token."""
    return next(name for name, method in METHODS.items() if method.has_radius == bent)


def of_file(kind: str, *, use_dora: bool = False) -> str:
    """The method of an adapter from elsewhere by the type in its file: that of plain LoRA or of HypLoRA, DoRA, or a name of its own."""
    if kind in ("LORA", "HYPLORA"):
        return DORA if use_dora else of_adapter(bent=kind != "LORA")
    return method_of(kind)
