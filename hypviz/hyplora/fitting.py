"""An adapter as it was read, fitted to the model at hand: its layers by their names there, its tables cut to the rows that are there.

In: an `AdapterFolder` and a model, whose weights may be on the meta device. Out: the folder with other names and tables, and what was done
in clauses for the person. Whether it then loads is for `loading` to see.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import cast

import torch
from torch import Tensor, nn

from hypviz.hyplora.folders import AdapterFolder, AdapterState
from hypviz.hyplora.spellings import PREFIX, at_the_models_layers, settings_for

_TIED_LOADS = ("weight", "lora_embedding_A", "lora_B.weight")  # what of a table or on a table has a row for every token


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitted:
    """The adapter for this model, and clauses that follow its name: ``names its layers ...``."""

    folder: AdapterFolder
    remarks: tuple[str, ...]


def fitted(found: AdapterFolder, base: nn.Module) -> Fitted:
    """The folder for the base, itself where nothing has to be done."""
    state, moved = at_the_models_layers(found.state, list(_modules(base)))
    config = settings_for(found.config, moved) if moved else found.config
    remarks = [_moved(*moved[0])] if moved else []
    state, cut = _with_the_bases_rows(state, base)
    remarks += [cut] if cut else []
    return Fitted(folder=replace(found, config=config, state=state), remarks=tuple(remarks))


def _moved(theirs: str, ours: str) -> str:
    return f"was trained on a model that names its layers otherwise ({theirs}), and acts on the same layers here ({ours})"


def _with_the_bases_rows(state: AdapterState, base: nn.Module) -> tuple[AdapterState, str | None]:
    """Tables of the adapter with as many rows as the base's: rows beyond are left out, lacking ones are the base's own."""
    changed, said = dict(state), None
    for name, table in _tables(base):
        rows = len(table)
        for part in _TIED_LOADS:
            key = f"{PREFIX}{name}.{part}"
            tensor = state.get(key)
            axis = 1 if part == "lora_embedding_A" else 0
            if tensor is None or tensor.ndim != 2 or tensor.shape[axis] == rows:
                continue
            theirs = tensor.shape[axis]
            changed[key] = _cut(tensor, rows, axis) if theirs > rows else _filled(tensor, table if part == "weight" else None, rows, axis)
            said = _rows_said(theirs, rows)
    return changed, said


def _tables(base: nn.Module) -> Iterator[tuple[str, Tensor]]:
    """The input and the output table of a language model, by the names of their modules."""
    ends = [getattr(base, f"get_{side}_embeddings", lambda: None)() for side in ("input", "output")]
    for name, module in _modules(base).items():
        if any(module is end for end in ends if end is not None):
            yield name, cast("Tensor", module.weight)


def _modules(base: nn.Module) -> dict[str, nn.Module]:
    return dict(cast("Iterator[tuple[str, nn.Module]]", base.named_modules()))


def _cut(tensor: Tensor, rows: int, axis: int) -> Tensor:
    return tensor.narrow(axis, 0, rows).contiguous()


def _filled(tensor: Tensor, table: Tensor | None, rows: int, axis: int) -> Tensor:
    shape = list(tensor.shape)
    shape[axis] = rows - shape[axis]
    more = tensor.new_zeros(shape) if table is None or table.is_meta else table.detach()[len(tensor) :].to(tensor.device, tensor.dtype)
    return torch.cat([tensor, more], dim=axis) if more.shape == torch.Size(shape) else tensor


def _rows_said(theirs: int, rows: int) -> str:
    if theirs > rows:
        return (
            f"has a table of {theirs:,} rows where this model has {rows:,}: the {theirs - rows:,} beyond are of tokens that were added for "
            "its training, which this model's tokenizer does not know, so they are left out and it answers in the tokens of this model"
        )
    return (
        f"has a table of {theirs:,} rows where this model has {rows:,}: the {rows - theirs:,} that it lacks are the model's own, as for "
        "tokens that nothing was trained on"
    )
