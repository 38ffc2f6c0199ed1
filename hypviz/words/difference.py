"""What a `ModelDifference` says, in sentences for titles, captions and the command line; nothing is computed twice."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

from hypviz.records.difference import RANKS, ModelDifference, TableDifference, TensorDifference
from hypviz.words.layer_names import listed, place, short_modules
from hypviz.words.numbers import part, percent

LOW_RANK, WHOLE, ROUNDING, NOTHING, OTHERS = "low rank", "whole", "rounding", "nothing", "others"
_SHOWN = 3


def kind_of_difference(record: ModelDifference) -> str:
    """LOW_RANK where every changed matrix of the blocks is of low rank up to rounding, ROUNDING where none moved by more than that, WHOLE
    where some need many directions, OTHERS where no matrix changed but something else did, NOTHING where all numbers are equal.
    """
    moved = [tensor for tensor in record.matrices if tensor.is_changed]
    if not any(tensor.is_changed for tensor in record.tensors):
        return NOTHING
    if not moved:
        return OTHERS
    if any(tensor.rank is None for tensor in moved):
        return WHOLE
    return ROUNDING if all(tensor.rank == 0 for tensor in moved) else LOW_RANK


def difference_finding(record: ModelDifference) -> str:
    """The verdict in one sentence without its stop, for a title."""
    kind = kind_of_difference(record)
    moved = [tensor for tensor in record.matrices if tensor.is_changed]
    if kind == NOTHING:
        return f"{record.other} has the weights of {record.base}, number by number"
    if kind == OTHERS:
        n = sum(tensor.is_changed for tensor in record.tensors)
        return f"{record.other} leaves every matrix of the blocks of {record.base} as it is and changes {n:,} other tensors"
    share = f"{len(moved):,} of {len(record.matrices):,} matrices"
    middle = f"by {percent(median(tensor.relative for tensor in moved))} of their length in the middle"
    if kind == ROUNDING and record.is_quantised:
        return f"{record.other} differs from {record.base} by no more than quantising makes by itself, in {share} {middle}"
    if kind == ROUNDING:
        return f"{record.other} differs from {record.base} by no more than rounding, in {share}"
    if kind == LOW_RANK:
        largest = max(tensor.rank or 0 for tensor in moved)
        return f"{record.other} changes {share} {middle}, none by more than rank {largest} up to rounding: as a merged LoRA does"
    whole = sum(tensor.rank is None for tensor in moved)
    if any(tensor.rank is None and tensor.rounding is None for tensor in moved):
        return f"{record.other} differs from {record.base} in {share} {middle}, part or all of which may be the noise of quantising"
    which = "all of them" if whole == len(moved) else f"{whole:,} of them"
    return f"{record.other} changes {share} {middle}, {which} in too many directions for a merged LoRA"


def modules_sentence(record: ModelDifference) -> str:
    """Which kinds of layers changed, by how much and of what rank, and which did not."""
    by_module: dict[str, list[TensorDifference]] = {}
    for tensor in record.matrices:
        by_module.setdefault(module_of(tensor.name), []).append(tensor)
    short = short_modules([tensor.name.removesuffix(".weight") for tensor in record.matrices])
    names = {module: short.get(module, module) for module in by_module}
    moved = {module: [t for t in tensors if t.is_changed] for module, tensors in by_module.items()}
    said = [f"{names[module]} by {percent(median(t.relative for t in some))} ({_ranks(some)})" for module, some in moved.items() if some]
    still = [names[module] for module, some in moved.items() if not some]
    parts = [f"Changed, in the middle of the blocks: {listed(said)}"] if said else []
    parts += [f"as in the base: {listed(still)}"] if still else []
    others = sum(tensor.is_changed for tensor in record.tensors if not tensor.is_matrix)
    parts += [f"{others:,} norms, biases and other tensors changed"] if others else []
    return "; ".join(parts)[:1].upper() + "; ".join(parts)[1:] + "." if parts else ""


def table_sentence(table: TableDifference) -> str:
    """How many rows of a table moved, how far, and whether rows were added."""
    n = len(table.norm)
    more = ""
    if table.n_more:
        count = f"{abs(table.n_more):,} row{'s' if abs(table.n_more) != 1 else ''}"
        more = f"; {count} {'more than' if table.n_more > 0 else 'fewer than'} in the base could not be compared"
    if not table.n_moved:
        return f"{table.tensor}: none of {n:,} rows moved{more}."
    relative = [m / b for m, b in zip(table.moved.tolist(), table.norm.tolist(), strict=True) if m > 0 and b > 0]
    middle = f" by {percent(median(relative))} of their norm in the middle" if relative else ""
    longer = sum(a > b for a, b in zip(table.norm_after.tolist(), table.norm.tolist(), strict=True))
    return f"{table.tensor}: {table.n_moved:,} of {n:,} rows moved{middle}, {part(longer / table.n_moved)} of them to a larger norm{more}."


def remarks(record: ModelDifference) -> tuple[str, ...]:
    """What is to be known before believing the figures."""
    said: list[str] = []
    if not record.same_tokens:
        said.append(
            "The two models have different tokens for some rows, so rows of the tables are compared by number, and their answers are to "
            "different token ids."
        )
    said += [_noise(record)] if record.is_quantised else []
    for names, where in ((record.only_base, record.base), (record.only_other, record.other)):
        if names:
            said.append(f"{len(names):,} tensors are in {where} alone and are not compared ({_some(names)}).")
    if record.not_compared:
        said.append(
            f"{len(record.not_compared):,} tensors are packed or whole numbers and are not compared ({_some(record.not_compared)})."
        )
    return tuple(said)


def _noise(record: ModelDifference) -> str:
    """That weights are quantised, and how much of every difference that makes."""
    each = [
        f"{where} is quantised ({listed(formats)})"
        for where, formats in ((record.base, record.base_formats), (record.other, record.other_formats))
        if formats
    ]
    known = [t.rounding / t.length for t in record.tensors if t.shares and t.rounding is not None and t.length]
    if not known or any(t.rounding is None for t in record.tensors if t.shares):
        return f"{' and '.join(each)}, and the noise of that is in every difference; how large it is is not known for every format here."
    return (
        f"{' and '.join(each)}, and the noise of that is in every difference: {percent(median(known))} of a matrix's length is expected of "
        "it alone, in the middle."
    )


def definition_words() -> str:
    """What is measured, and what the verdict takes for granted."""
    return (
        "D = W' − W, number by number as stored. Its size is |D| / |W| in Frobenius norms. The share that rank r explains is that of |D|² "
        "in the best approximation of rank r. A merged LoRA of rank r is of rank r, but W' was rounded when it was stored: a difference is "
        "called of rank r where its best approximation of rank r leaves no more than such rounding is expected to make (the square of a "
        "step over 12 for every number, by a quarter more; of GGUF's quantised types the step of its block), and of low rank where r is at "
        "most an eighth of the shorter side. A low rank does not prove LoRA, and directions weaker than rounding are not seen. Weights of "
        "GGUF files are put into the order and shape of the architecture first. Effective rank is (Σs²)² / Σs⁴ over singular values s; "
        "beyond 1,536 on the shorter side the 256 strongest directions are found by random projection, whose shares are at least as said."
    )


def module_of(name: str) -> str:
    """``mlp.down_proj`` of ``model.layers.3.mlp.down_proj.weight``."""
    return place(name.removesuffix(".weight"))[1]


def rank_words(tensor: TensorDifference) -> str:
    """The rank for a table or a label: ``8``, ``none low``, ``rounding``, ``–``."""
    if not tensor.is_changed or not tensor.is_matrix:
        return "–"
    return "not low" if tensor.rank is None else "rounding" if tensor.rank == 0 else f"{tensor.rank}"


def explained(tensor: TensorDifference) -> dict[int, float]:
    """The share of |D|^2 by rank."""
    return dict(zip(RANKS, tensor.shares, strict=False))


def _ranks(tensors: Sequence[TensorDifference]) -> str:
    low = [tensor.rank for tensor in tensors if tensor.rank is not None]
    if not low:
        return "of no low rank"
    span = f"rank {min(low)}" if min(low) == max(low) else f"rank {min(low)} to {max(low)}"
    return span if len(low) == len(tensors) else f"{span} in {len(low)} of {len(tensors)}, no low rank in the others"


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:_SHOWN]) + (", …" if len(names) > _SHOWN else "")
