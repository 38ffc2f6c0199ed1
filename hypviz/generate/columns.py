"""Which weights stand in which column: names, adapter folders and their fingerprints. Loads no model."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from hypviz.errors import AdapterError
from hypviz.generate.whole_models import ADAPTER_CONFIG, is_whole_model, notice, whole_model
from hypviz.methods import of_file
from hypviz.methods.elsewhere import WHOLE
from hypviz.models.live.description import skeleton
from hypviz.models.live.hearing import hearing
from hypviz.models.live.libraries import transformers_library
from hypviz.records.answers import BASE, Column, Weights
from hypviz.records.asking import PLAIN_QUESTION, Asking
from hypviz.records.hyplora import LoraOfHypLora
from hypviz.records.models import ModelRef
from hypviz.records.specs.answers import AskedColumn

Stamps = tuple[tuple[str, int, int], ...]  # name, bytes and time of every file of a folder


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    fingerprint: str
    method: str
    unproved: str | None
    made: str | None
    n_virtual: int
    warned: tuple[str, ...]
    remarks: tuple[str, ...]
    asking: Asking | None


def parse_column(text: str) -> Column:
    """A column from ``NAME=DIR``."""
    name, equals, folder = text.partition("=")
    if not equals or not name.strip() or not folder.strip():
        raise AdapterError(f"An adapter is given as NAME=DIR, but got {text!r}; write for example lora=my-run/adapter/lora.")
    return Column(name=name.strip(), adapter=os.path.expanduser(folder.strip()))


def given_columns(texts: Sequence[str]) -> list[Column]:
    """The adapters' columns from texts ``NAME=DIR``, with what can be refused before a model is read: their names, and folders that hold
    no adapter.
    """
    columns = [parse_column(text) for text in texts]
    check_columns(columns)
    for column in columns:
        if not os.path.isfile(Path(str(column.adapter)) / ADAPTER_CONFIG) and not is_whole_model(str(column.adapter)):
            raise AdapterError(
                f"{column.adapter} is not an adapter folder, because it has no {ADAPTER_CONFIG}; choose the folder that a fine-tune wrote, "
                "or that of a fine-tuned model."
            )
    return columns


def check_columns(columns: Sequence[Column]) -> tuple[Column, ...]:
    """The base first, then the adapters; refuses a name used twice or the name ``base`` for an adapter."""
    adapters = [column for column in columns if column.adapter is not None]
    names = [column.name for column in adapters]
    if BASE in names:
        raise AdapterError(f"The name {BASE} stands for the model without an adapter; give the adapter another name.")
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise AdapterError(f"Two adapters are named {twice}; give each its own name.")
    return (Column(name=BASE), *adapters)


def asked_columns(ref: ModelRef, columns: Sequence[Column]) -> tuple[AskedColumn, ...]:
    """The columns as a spec has them, the base first, each with its fingerprints; raises as `check_columns` and `column_weights` do."""
    return tuple(AskedColumn(column=column, weights=column_weights(ref, column)) for column in check_columns(columns))


def column_weights(ref: ModelRef, column: Column) -> Weights:
    """The fingerprints of a column; `AdapterError` for a folder that holds no usable adapter. Loading checks that it fits the base."""
    if column.adapter is None:
        return Weights(base=ref.answering, adapter=None, method=BASE)
    if is_whole_model(column.adapter):
        return Weights(base=ref.answering, adapter=whole_model(ref, column).fingerprint, method=WHOLE)
    known = _known(column.adapter, ref.path)
    return Weights(base=ref.answering, adapter=known.fingerprint, method=known.method, curvature=column.curvature)


def virtual_tokens(ref: ModelRef, columns: Sequence[Column]) -> dict[str, int]:
    """How many virtual tokens the model reads before every text in each of the columns where it reads any, by the column's name."""
    adapters = {column.name: column.adapter for column in columns if column.adapter is not None and not is_whole_model(column.adapter)}
    return {name: n for name, folder in adapters.items() if (n := _known(folder, ref.path).n_virtual)}


def column_asking(ref: ModelRef, column: Column) -> Asking | None:
    """How the column's adapter was asked in training; None for the base, and for what says nothing of it."""
    if column.adapter is None or is_whole_model(column.adapter):
        return None
    return _known(column.adapter, ref.path).asking


def column_notice(ref: ModelRef, column: Column) -> str | None:
    """What could not be checked about an adapter, and what PEFT says of its settings, or None. Loading checks that the shapes fit."""
    if column.adapter is None:
        return None
    if is_whole_model(column.adapter):
        return notice(ref, column)
    known = _known(column.adapter, ref.path)
    parts = [] if column.curvature == 1.0 else [turned_notice(column)]
    parts += [f"{column.name} has no hypviz.json: its shapes fit, but {known.unproved}."] if known.unproved else []
    remarks = (*filter(None, (known.made,)), *known.remarks, *_fitting(column.adapter, _stamps(column.adapter), ref))
    parts += [f"{column.name} {remark}." for remark in remarks]
    parts += [f"{column.name}: {text}" for text in known.warned]
    return " ".join(parts) or None


def turned_notice(column: Column) -> str:
    """That the column's adapter was not trained at the curvature that it runs with."""
    what = "as plain LoRA (c = 0)" if column.curvature == 0 else f"with its c multiplied by {column.curvature:g} in every layer"
    return f"{column.name} runs {what}, and was not trained at this value."


def _known(folder: str, base: str) -> _Known:
    return _read(folder, _stamps(folder), base)


def _stamps(folder: str) -> Stamps:
    files = (path for path in sorted(Path(folder).glob("*")) if path.is_file())
    return tuple((path.name, path.stat().st_size, path.stat().st_mtime_ns) for path in files)


@lru_cache(maxsize=64)
def _fitting(folder: str, stamps: Stamps, ref: ModelRef) -> tuple[str, ...]:
    """What has to be done to the adapter for this model, in clauses; found without the model's weights."""
    from hypviz.hyplora.fitting import fitted
    from hypviz.hyplora.folders import read_folder

    return fitted(read_folder(folder), skeleton(ref)).remarks


@lru_cache(maxsize=64)
def _read(folder: str, stamps: Stamps, base: str) -> _Known:
    """What the folder holds, to be put on the base at `base`; `stamps` make the cache forget a folder whose files have changed."""
    transformers_library()  # hyplora imports it too, and must not be the first while another thread does
    from hypviz.hyplora.folders import read_folder
    from hypviz.hyplora.loading import peft_config, unproved_base

    with hearing() as heard:
        found = read_folder(folder)
        peft_config(found)
    plain = of_file(found.config["peft_type"], use_dora=found.config.get("use_dora") is True)
    return _Known(
        fingerprint=found.fingerprint,
        method=found.card.method if found.card else plain,
        made=None if found.card is None or found.card.made_from is None else _made(found.card.made_from),
        unproved=None if found.card else unproved_base(found.config, base),
        n_virtual=found.n_virtual,
        warned=tuple(heard),
        remarks=found.remarks,
        asking=None if found.card is None else found.card.asking or PLAIN_QUESTION,
    )


def _made(fit: LoraOfHypLora) -> str:
    """Where a plain LoRA comes from that is an export of HypLoRA."""
    return (
        f"is plain LoRA made from the HypLoRA adapter {fit.made_from[:12]}: one gain a layer in place of one a token, "
        f"which missed {100.0 * fit.error:.1f} % of its update over {fit.n_tokens:,} tokens"
    )
