"""In which format a model answers on this machine: float32 as a rule, bfloat16 where float32 would fill the memory."""

from __future__ import annotations

from hypviz.models.live.memory import KEPT_WHOLE, show_size, total_memory
from hypviz.records.models import BFLOAT16, FLOAT32, ModelRef

_BYTES = {FLOAT32: 4, BFLOAT16: 2}
SHARE = 0.6  # of the machine's memory, that weights may fill


def answering_number(n_parameters: int) -> str:
    """The format for a model of so many parameters; the same on one machine at all times, however much of its memory is free."""
    return BFLOAT16 if 4 * n_parameters > SHARE * total_memory() else FLOAT32


def answering_bytes(n_parameters: int, n_table: int) -> int:
    """What a model of so many parameters takes in memory while it answers: its weights, and the rows of its table of `n_table` numbers
    that are held for the pages beside them."""
    return _BYTES[answering_number(n_parameters)] * n_parameters + min(4 * n_table, KEPT_WHOLE)


def number_sentence(ref: ModelRef, n_parameters: int) -> str | None:
    """Why a model does not answer in float32; None where it does."""
    if ref.number == FLOAT32:
        return None
    return (
        f"{ref.label} answers in {ref.number}: its weights would fill {show_size(4 * n_parameters)} of memory in "
        f"float32, and this machine has {show_size(total_memory())}. Its numbers carry two to three digits, so that near ties can fall "
        "either way."
    )
