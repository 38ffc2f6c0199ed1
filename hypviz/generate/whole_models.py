"""Columns that are whole models: a fine-tune of all weights, or a merged adapter, answering beside its base.

Such a column names a model's folder or GGUF file in place of an adapter's. It must have the base's tokens, so that both read and write the
same ids; it may have more. While it answers it is in memory beside the base; whoever asks more than once keeps it there while there is
room (`KeptModels`).
"""

from __future__ import annotations

import gc
import os
import weakref
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from hypviz.errors import AdapterError
from hypviz.models import available_memory, load_model, read_token_table, resolve
from hypviz.models.checkpoint.folder import open_checkpoint
from hypviz.models.live.architecture import no_answers
from hypviz.models.live.device import BYTES, free_on, put_on
from hypviz.models.live.memory import give_way
from hypviz.records.answers import Column, Weights
from hypviz.records.models import BFLOAT16, FLOAT32, ModelRef

if TYPE_CHECKING:
    from transformers import PreTrainedModel

ADAPTER_CONFIG = "adapter_config.json"


def is_whole_model(place: str) -> bool:
    """Whether a column's folder or file is a model, and no adapter."""
    path = Path(place)
    if path.suffix.lower() == ".gguf":
        return os.path.isfile(path)  # unlike Path.is_file, False for a name too long to exist
    return not os.path.exists(path / ADAPTER_CONFIG) and os.path.isfile(path / "config.json")


def whole_model(ref: ModelRef, column: Column) -> ModelRef:
    """The column's model, found to have the tokens of the base `ref`; raises `AdapterError` and `ModelError`."""
    other = resolve(str(column.adapter), trust_remote_code=ref.trust_remote_code)
    if not _has_its_tokens(ref, other):
        raise AdapterError(
            f"{other.label} has other tokens than {ref.label}, so their answers cannot stand beside each other token by token; open it as "
            "the model, or choose one that was fine-tuned from this one."
        )
    return other


def notice(ref: ModelRef, column: Column) -> str:
    """What the person should know of such a column."""
    other = whole_model(ref, column)
    what = (
        f"{column.name} is a whole model ({other.label}) and no adapter: it is read beside the base, and what it does by layer is not known"
    )
    if other.fingerprint == ref.fingerprint:
        return f"{what}; its files have the content of the base's."
    return f"{what}; what it changed is on the Layers page, and in hypviz difference."


class KeptModels:
    """Whole models that stay in memory from one bench to the next: those for which there is room, one at least; all give way."""

    def __init__(self) -> None:
        self._models: dict[tuple[str, bool], PreTrainedModel] = {}
        _KEPT.add(self)

    def get(self, other: ModelRef, like: PreTrainedModel, *, to_answer: bool = True) -> PreTrainedModel:
        """The model of `other`, in the numbers and on the device of `like`; the others are let go where memory has no room beside them."""
        found = self._models.get((other.fingerprint, to_answer))
        if found is None:
            device = str(like.device)
            number = BFLOAT16 if like.dtype.itemsize == 2 else FLOAT32
            needed = BYTES[number] * open_checkpoint(Path(other.path)).n_parameters
            if needed > min(available_memory(), free_on(device)):
                self.close()
            found = put_on(load_model(other, dtype=number, to_answer=to_answer), device, other.label)
            self._models[other.fingerprint, to_answer] = found
        return found

    def __len__(self) -> int:
        return len(self._models)

    def close(self) -> None:
        """Forget them; whoever answers with one keeps it."""
        if self._models:
            self._models.clear()
            gc.collect()  # the parts of a model hold each other


_KEPT: weakref.WeakSet[KeptModels] = weakref.WeakSet()


def _let_go() -> None:
    for kept in list(_KEPT):
        kept.close()


give_way(_let_go)


class WholeModels:
    """The columns of a bench that are whole models, in memory while they are `kept`."""

    def __init__(self, ref: ModelRef, columns: tuple[Column, ...], weights: dict[str, Weights], kept: KeptModels) -> None:
        self._refs = {column.name: whole_model(ref, column) for column in columns}
        self._to_answer = no_answers(ref) is None
        self._kept = kept
        for name, other in self._refs.items():
            known = weights.get(name)
            if known is not None and known.adapter != other.fingerprint:
                raise AdapterError(
                    f"The model in {other.path} was replaced by another while it was in use, so nothing of this was kept; start again, and "
                    "leave the folder alone meanwhile."
                )

    def __contains__(self, name: str) -> bool:
        return name in self._refs

    def model(self, name: str, like: PreTrainedModel) -> PreTrainedModel:
        """The model of that column, in the numbers and on the device of `like`."""
        return self._kept.get(self._refs[name], like, to_answer=self._to_answer)


@lru_cache(maxsize=16)
def _has_its_tokens(ref: ModelRef, other: ModelRef) -> bool:
    """Whether the other has every token of the base's at its row."""
    ours, theirs = read_token_table(ref), read_token_table(other)
    n = len(ours.text) - ours.n_without_token
    return len(theirs.text) >= n and ours.text[:n] == theirs.text[:n]
