"""What configuration and headers say of a model, found once: sizes, names, and which stored tensors are its two tables.

In: a resolved `ModelRef`. Out: a `Description` or the architecture on torch's meta device, kept by fingerprint and place, so that the
pages, the studies and the loading of weights share one. No weight is read but to compare two tables where a file holds both.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from hypviz.models.checkpoint.folder import open_checkpoint
from hypviz.models.checkpoint.tables import StoredTables, stored_tables
from hypviz.models.live.held import Held
from hypviz.models.live.skeleton import build_skeleton, input_table
from hypviz.models.live.summary import LinearShape, linear_shapes_of, summary_of
from hypviz.records.models import ModelRef, ModelSummary

if TYPE_CHECKING:
    from transformers import PreTrainedModel

_MOST = 8
_SKELETONS: Held[PreTrainedModel] = Held(_MOST)
_DESCRIPTIONS: Held[Description] = Held(_MOST)


@dataclass(frozen=True, slots=True, kw_only=True)
class Description:
    """`summary` has the sizes and whether the tables are tied, `tables` which of the checkpoint's tensors they are, `linear_shapes` what
    adapters can go on; `input_tensor` is the name under which a file stores the input table."""

    summary: ModelSummary
    tables: StoredTables
    linear_shapes: tuple[LinearShape, ...]
    input_tensor: str


def description(ref: ModelRef) -> Description:
    """The description of a resolved model; raises `ModelError` when its configuration or its tables cannot be used."""
    return _DESCRIPTIONS.get(identity_of(ref), lambda: _described(ref))


def skeleton(ref: ModelRef) -> PreTrainedModel:
    """The architecture with all parameters on the meta device, shared by all threads and not to be changed; raises `ModelError`."""
    return _SKELETONS.get(identity_of(ref), lambda: build_skeleton(Path(ref.path), trust_remote_code=ref.trust_remote_code))


def vocabulary_size(ref: ModelRef) -> int:
    """The number of embedding rows, which can exceed the number of tokens."""
    return int(input_table(skeleton(ref)).shape[0])


def summarise(ref: ModelRef) -> ModelSummary:
    """The summary of a resolved model; raises `ModelError` when its configuration cannot be used."""
    return description(ref).summary


def linear_shapes(ref: ModelRef) -> tuple[LinearShape, ...]:
    """(last name, inputs, outputs) of every linear and Conv1D layer inside the blocks; raises `ModelError` like `summarise`."""
    return description(ref).linear_shapes


def identity_of(ref: ModelRef) -> Hashable:
    """Under which a model's things are kept in memory: its content, its place, and whether its own code may run."""
    return ref.fingerprint, ref.path, ref.trust_remote_code


def _described(ref: ModelRef) -> Description:
    model = skeleton(ref)
    checkpoint = open_checkpoint(Path(ref.path))
    tables = stored_tables(checkpoint, model)
    return Description(
        summary=summary_of(model, ref, tables),
        tables=tables,
        linear_shapes=linear_shapes_of(model),
        input_tensor=checkpoint.tensors[tables.input].name,
    )
