"""In which format a model answers on the CPU of this machine: float32 as a rule, bfloat16 where float32 would fill the memory."""

from __future__ import annotations

from hypviz.models.live.memory import show_size, total_memory
from hypviz.records.models import BFLOAT16, CPU, FLOAT32, ModelRef

SHARE = 0.6  # of the machine's memory, that weights may fill


def answering_number(n_parameters: int) -> str:
    """The format for a model of so many parameters; the same on one machine at all times, however much of its memory is free."""
    return BFLOAT16 if 4 * n_parameters > SHARE * total_memory() else FLOAT32


def number_sentence(ref: ModelRef, n_parameters: int) -> str | None:
    """Why a model does not answer in float32 on the CPU; None where it does, and on a GPU."""
    if ref.number == FLOAT32 or ref.device != CPU:
        return None
    return (
        f"{ref.label} answers in {ref.number}: its weights would fill {show_size(4 * n_parameters)} of memory in "
        f"float32, and this machine has {show_size(total_memory())}. Its numbers carry two to three digits, so that near ties can fall "
        "either way."
    )
