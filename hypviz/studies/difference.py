"""A fine-tuned model against its base: what has changed, tensor by tensor, and whether it was of low rank as LoRA's is.

In: two models of the same shape, as files, each a folder or a GGUF file. Out: a `ModelDifference`. No model is built and no more than one
tensor of each is in memory; the tables are read by rows. Different shapes are refused, different tokenizers noted.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import numpy as np
from jaxtyping import Float32

from hypviz.errors import HypvizError
from hypviz.measures.low_rank import Gram, Spectrum, nothing, spectrum
from hypviz.models import check_memory, read_token_table
from hypviz.models.checkpoint.folder import Checkpoint, open_checkpoint
from hypviz.models.checkpoint.shared_tensors import (
    SharedTensors,
    quantised_format,
    rounding_energy,
    rows_of,
    shared_tensors,
    whole_tensor,
)
from hypviz.models.live.description import description
from hypviz.models.live.gguf_names import named_checkpoint
from hypviz.records.difference import RANKS, ModelDifference, TableDifference, TensorDifference
from hypviz.records.models import ModelRef
from hypviz.records.specs.difference import DifferenceSpec
from hypviz.studies.frame import Sitting, Study
from hypviz.work import Work

ROWS_AT_ONCE = 8192
MOST_TOP = 30
BYTES_A_SECOND = 8e6  # of stored weights, with the spectra of their differences; measured on two cores
_AT_ONCE = 1 << 20
_ROUNDINGS = 1.25  # times the expected energy of rounding that counts as no more than rounding
_LOWEST = 1e-6  # share of the energy that is float32's own noise in these sums
_FEW = 8  # a rank of at most the shorter side divided by this is low


def estimated_seconds(spec: DifferenceSpec) -> float:
    """A rough guess, by the size of the base's files."""
    return 2.0 + open_checkpoint(Path(spec.base.path)).tensor_bytes / BYTES_A_SECOND


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pair:
    """Two checkpoints, and one tensor of each by its names there."""

    base: Checkpoint
    other: Checkpoint
    name: str
    twin: str

    @property
    def shape(self) -> tuple[int, ...]:
        return self.base.tensors[self.name].shape

    @property
    def rows(self) -> int:
        """The rows that both have."""
        return min(self.shape[0], self.other.tensors[self.twin].shape[0])

    def pieces(self) -> Iterator[tuple[int, Float32[np.ndarray, "m d"], Float32[np.ndarray, "m d"]]]:
        """Rows of both, with the number of the first."""
        ours, theirs = rows_of(self.base, self.name, self.rows, ROWS_AT_ONCE), rows_of(self.other, self.twin, self.rows, ROWS_AT_ONCE)
        for (first, before), (_, after) in zip(ours, theirs, strict=True):
            yield first, before, after

    def rounding(self, before: np.ndarray, after: np.ndarray, first: int = 0) -> float | None:
        """The energy that storing both makes by itself, from row `first` on: the rounding of the other, and the noise of a quantised base.

        A base that is not quantised is what the other was made from, with all its numbers.
        """
        base, twin = self.base.tensors[self.name], self.other.tensors[self.twin]
        found = [rounding_energy(twin, after, first)]
        found += [rounding_energy(base, before, first)] if quantised_format(base) else []
        return None if None in found else sum(energy or 0.0 for energy in found)


def _energy(values: np.ndarray) -> float:
    """The sum of squares; a million numbers at a time in float32, whose rounding is far below what is told."""
    flat = values.reshape(-1)
    return sum(float(np.vdot(part, part)) for part in (flat[i : i + _AT_ONCE] for i in range(0, flat.size, _AT_ONCE)))


class _Sums:
    """What is summed over the numbers of one tensor."""

    def __init__(self) -> None:
        self.n = self.n_changed = 0
        self.length = self.moved = self.largest = 0.0
        self.rounding: float | None = 0.0

    def add(self, before: np.ndarray, difference: np.ndarray, rounding: float | None) -> None:
        """Some more numbers: the base's, the difference, and the energy that rounding makes."""
        self.n += difference.size
        self.n_changed += int(np.count_nonzero(difference))
        self.length += _energy(before)
        self.moved += _energy(difference)
        self.largest = max(self.largest, float(np.abs(difference).max(initial=0.0)))
        self.rounding = None if rounding is None or self.rounding is None else self.rounding + rounding

    def record(self, name: str, shape: tuple[int, ...], found: Spectrum | None) -> TensorDifference:
        """Of all numbers so far."""
        return TensorDifference(
            name=name,
            shape=shape,
            n=self.n,
            n_changed=self.n_changed,
            length=self.length**0.5,
            moved=self.moved**0.5,
            largest=self.largest,
            rounding=None if self.rounding is None else self.rounding**0.5,
            shares=() if found is None else tuple(found.share(rank) for rank in RANKS if rank <= len(found.squares)),
            effective_rank=None if found is None else found.effective_rank,
            rank=None if found is None else self._rank(found),
        )

    def _rank(self, found: Spectrum) -> int | None:
        if not found.energy:
            return 0
        rank = found.rank_that_leaves(max(_ROUNDINGS * (self.rounding or 0.0), _LOWEST * found.energy))
        return rank if rank is not None and rank * _FEW <= max(found.n, _FEW) else None


def _measure(spec: DifferenceSpec, sitting: Sitting[ModelDifference]) -> ModelDifference:
    base, other = named_checkpoint(spec.base), named_checkpoint(spec.other)
    shared = shared_tensors(base, other)
    tables = _table_names(spec.base)
    _refuse_unlike(spec, base, other, shared, tables)
    tensors: list[TensorDifference] = []
    found: list[TableDifference] = []
    total = sum(base.tensors[name].numel for name, _ in shared.pairs)
    done = 0
    for name, twin in shared.pairs:
        sitting.work.check()
        sitting.work.report(done, total, name)
        pair = _Pair(base=base, other=other, name=name, twin=twin)
        if name in tables:
            tensor, table = _of_table(pair, spec.base, sitting.work)
            found.append(table)
        else:
            tensor = _of_tensor(pair)
        tensors.append(tensor)
        done += base.tensors[name].numel
    return ModelDifference(
        base=spec.base.label,
        other=spec.other.label,
        tensors=tuple(tensors),
        tables=tuple(found),
        only_base=shared.only_base,
        only_other=shared.only_other,
        not_compared=shared.packed,
        base_formats=_formats(base, [name for name, _ in shared.pairs]),
        other_formats=_formats(other, [twin for _, twin in shared.pairs]),
        same_tokens=_same_tokens(spec),
        provenance=sitting.provenance(spec.base),
    )


def _formats(checkpoint: Checkpoint, names: list[str]) -> tuple[str, ...]:
    """The quantised formats among these tensors, that of most numbers first."""
    held: dict[str, int] = {}
    for tensor in (checkpoint.tensors[name] for name in names):
        found = quantised_format(tensor)
        if found is not None:
            held[found] = held.get(found, 0) + tensor.numel
    return tuple(sorted(held, key=lambda name: -held[name]))


def _of_tensor(pair: _Pair) -> TensorDifference:
    check_memory(4 * 4 * pair.base.tensors[pair.name].numel, f"One tensor of each model ({pair.name})")
    before, after = whole_tensor(pair.base, pair.name), whole_tensor(pair.other, pair.twin)
    sums = _Sums()
    difference = after - before
    sums.add(before, difference, pair.rounding(before, after))
    if difference.ndim != 2 or min(difference.shape) < 2:
        return sums.record(pair.name, pair.shape, None)
    return sums.record(pair.name, pair.shape, spectrum(difference) if sums.n_changed else nothing(min(difference.shape)))


def _of_table(pair: _Pair, ref: ModelRef, work: Work) -> tuple[TensorDifference, TableDifference]:
    """By rows, so that a table larger than memory can be compared."""
    sums, gram, parts = _Sums(), Gram(pair.shape[1]), list[tuple[np.ndarray, np.ndarray, np.ndarray]]()
    twin = pair.other.tensors[pair.twin]
    for first, before, after in pair.pieces():
        work.check()
        difference = after - before
        sums.add(before, difference, pair.rounding(before, after, first))
        gram.add(difference)
        parts.append((_norms(before), _norms(after), _norms(difference)))
    norm, norm_after, moved = (np.concatenate(column) for column in zip(*parts, strict=True))
    top = np.argsort(-moved / np.maximum(norm, np.finfo(np.float32).tiny), kind="stable")[:MOST_TOP]
    top = top[moved[top] > 0]
    text, rows = read_token_table(ref).text, cast("list[int]", top.tolist())
    table = TableDifference(
        tensor=pair.name,
        n_more=twin.shape[0] - pair.shape[0],
        norm=norm,
        norm_after=norm_after,
        moved=moved,
        top=top,
        top_text=tuple(text[row] if row < len(text) else "" for row in rows),
    )
    return sums.record(pair.name, pair.shape, gram.spectrum()), table


def _same_tokens(spec: DifferenceSpec) -> bool:
    """Whether the rows that both have are of the same tokens."""
    ours, theirs = read_token_table(spec.base).text, read_token_table(spec.other).text
    n = min(len(ours), len(theirs))
    return ours[:n] == theirs[:n]


def _norms(rows: Float32[np.ndarray, "m d"]) -> np.ndarray:
    return np.sqrt(np.einsum("ij,ij->i", rows, rows, dtype=np.float64))


def _table_names(ref: ModelRef) -> tuple[str, ...]:
    tables = description(ref).tables
    return tuple(dict.fromkeys(name for name in (tables.input, tables.output) if name is not None))


def _refuse_unlike(spec: DifferenceSpec, base: Checkpoint, other: Checkpoint, shared: SharedTensors, tables: tuple[str, ...]) -> None:
    ours, theirs = spec.base.label, spec.other.label
    if spec.base.fingerprint == spec.other.fingerprint:
        raise HypvizError(f"{theirs} has the same content as {ours}, so there is no difference; choose a fine-tuned model.")
    if not shared.pairs:
        raise HypvizError(
            f"{theirs} shares no weight with {ours} by name; choose a model that was fine-tuned from {ours}, in the same format."
        )
    if shared.only_base and shared.only_other and all(name in tables for name, _ in shared.pairs):  # a GGUF file of names not known
        raise HypvizError(
            f"{theirs} and {ours} name their weights differently, and which are the same is not known for this architecture, so that only "
            "their tables could be compared; choose two models in the same format, two folders or two GGUF files."
        )
    for name, twin in shared.pairs:
        before, after = base.tensors[name].shape, other.tensors[twin].shape
        if before != after and not (name in tables and before[1:] == after[1:]):
            raise HypvizError(
                f"{theirs} is of another shape than {ours}: {name} is {_size(after)} there and {_size(before)} here, so that no difference "
                "can be taken; choose a model that was fine-tuned from this one."
            )


def _size(shape: tuple[int, ...]) -> str:
    return " x ".join(f"{n:,}" for n in shape) or "one number"


DIFFERENCE: Study[DifferenceSpec, ModelDifference] = Study(
    kind="model_difference",
    record=ModelDifference,
    algorithm=2,
    measure=_measure,
    libraries=lambda spec: ("numpy",),
)
