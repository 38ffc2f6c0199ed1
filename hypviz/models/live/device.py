"""On which device, and in which format, a model answers: a GPU that torch has and that has room for it, else the CPU, with the reason.

CUDA comes first, then Apple's MPS. ``HYPVIZ_DEVICE`` names one (``cpu``, ``cuda``, ``cuda:1``, ``mps``) and no other is tried. What is free
on a GPU is asked once for each size of model in a process, so that all answers of one process come from one device. The format is float32,
or bfloat16 where float32 would fill the memory. Only models that answer go there: what is computed from their tables and states is float64
on the CPU.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from hypviz.errors import ModelError
from hypviz.models.checkpoint.folder import open_checkpoint
from hypviz.models.live.memory import KEPT_WHOLE, available_memory, let_all_go, show_size
from hypviz.models.live.number import SHARE, answering_number
from hypviz.models.live.skeleton import input_table
from hypviz.records.models import BFLOAT16, CPU, FLOAT32, ModelRef
from hypviz.sharing import next_here

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedModel

VARIABLE = "HYPVIZ_DEVICE"
BYTES = {FLOAT32: 4, BFLOAT16: 2}
SAME_ANSWER = {4: 0.01, 2: 0.2}  # by bytes a number: how much of the probability may lie on other tokens by rounding
_DRIVERS = ("/dev/nvidiactl", "/dev/kfd", "/dev/dxg")  # of NVIDIA, AMD, either below Windows; without one torch has no GPU on Linux


@dataclass(frozen=True, slots=True, kw_only=True)
class Gpu:
    """A device beside the CPU: its name for torch, what its maker calls it, its free bytes, and whether it multiplies bfloat16."""

    name: str
    title: str
    free: int
    has_bfloat16: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a model answers and in which format; `why` is a clause that follows "answers on ...", None for a machine without a GPU."""

    device: str
    number: str
    why: str | None


def answering_place(n_parameters: int) -> Place:
    """The place for a model of so many parameters; raises `ModelError` where ``HYPVIZ_DEVICE`` names no device of this machine."""
    return _place(n_parameters, os.environ.get(VARIABLE) or None)


def answering_bytes(n_parameters: int, n_table: int) -> int:
    """What a model of so many parameters takes in memory while it answers: its weights, and the rows of its table of `n_table` numbers
    that are held for the pages beside them."""
    return BYTES[answering_place(n_parameters).number] * n_parameters + min(4 * n_table, KEPT_WHOLE)


def place_sentence(ref: ModelRef) -> str | None:
    """Where a model answers and why; None on the CPU of a machine without a GPU."""
    place = answering_place(open_checkpoint(Path(ref.path), with_code=ref.trust_remote_code).n_parameters)
    why = f", {place.why}" if place.why is not None and place.device == ref.device else ""
    if ref.device == CPU:
        return f"{ref.label} answers on the CPU{why}." if why else None
    return (
        f"{ref.label} answers on {ref.device}{why}. The last digits of its numbers are others than on a CPU, so that near ties can fall "
        "either way; its answers are kept apart from those of other devices."
    )


def choose(n_parameters: int, gpus: Sequence[Gpu], *, named: str | None) -> Place:
    """The first of `gpus` whose free memory the weights fill by `SHARE` at most, in float32 or else in bfloat16; else the CPU."""
    number = answering_number(n_parameters)
    if named == CPU:
        return Place(device=CPU, number=number, why=f"because {VARIABLE} names it" if gpus else None)
    for form in (FLOAT32, BFLOAT16):
        for gpu in gpus:
            if BYTES[form] * n_parameters <= SHARE * gpu.free and (form == FLOAT32 or gpu.has_bfloat16):
                return Place(device=gpu.name, number=form, why=_chosen(n_parameters, gpu, form, named))
    return Place(device=CPU, number=number, why=_passed_over(n_parameters, gpus) if gpus else None)


def gpus() -> tuple[Gpu, ...]:
    """The GPUs that torch has here, CUDA before MPS; what this process holds on one counts as free, because the model before gives way.

    Processes of a group each begin with another one.
    """
    if sys.platform == "linux" and not any(Path(driver).exists() for driver in _DRIVERS):
        return ()  # and torch, whose import takes seconds, need not be asked
    import torch

    found = [
        Gpu(
            name=f"cuda:{i}",
            title=torch.cuda.get_device_name(i),
            free=torch.cuda.mem_get_info(i)[0] + torch.cuda.memory_reserved(i),
            has_bfloat16=torch.version.hip is not None or torch.cuda.get_device_capability(i)[0] >= 8,
        )
        for i in range(torch.cuda.device_count() if torch.cuda.is_available() else 0)
    ]
    if torch.backends.mps.is_available():
        found.append(Gpu(name="mps", title="Apple's MPS", free=available_memory(), has_bfloat16=True))
    return next_here(found)


def put_on(model: PreTrainedModel, device: str, label: str) -> PreTrainedModel:
    """The model on the device, where it has been seen to give the CPU's probabilities; raises `ModelError` where that or its room fails."""
    if device == CPU:
        return model
    import torch

    needed, free = sum(p.numel() * p.element_size() for p in model.parameters()), free_on(device)
    if needed > free:
        let_all_go()
        free = free_on(device)
    if needed > free:
        raise ModelError(
            f"{label} needs {show_size(needed)} on {device}, and {show_size(free)} are free there; close what else uses it, or start with "
            f"{VARIABLE}={CPU}."
        )
    expected = _probabilities(model)
    try:
        moved: PreTrainedModel = model.to(device)  # pyright: ignore[reportArgumentType]  # transformers' stub wants a device
        off = 0.5 * float((_probabilities(moved) - expected).abs().sum())
    except (RuntimeError, TypeError, NotImplementedError) as error:  # out of memory, a format or an operation that it lacks
        said = (str(error).strip() or type(error).__name__).splitlines()[0].rstrip(".")
        raise ModelError(f"{label} cannot be computed on {device} ({said}); start with {VARIABLE}={CPU}.") from error
    if not off <= SAME_ANSWER[model.dtype.itemsize] and bool(torch.isfinite(expected).all()):
        raise ModelError(
            f"On {device} {label} gives other probabilities than on the CPU ({off:.2g} of 1 lie on other tokens), so that nothing it says "
            f"there can be trusted; start with {VARIABLE}={CPU}."
        )
    return moved


def free_on(device: str) -> int:
    """Bytes that are free on a device now, with what this process has asked for there and does not use."""
    if not device.startswith("cuda"):
        return available_memory()
    import torch

    unused = torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
    return torch.cuda.mem_get_info(device)[0] + unused


def _place(n_parameters: int, named: str | None) -> Place:
    if named is not None and not re.fullmatch(r"cpu|cuda(:\d+)?|mps", named):
        raise ModelError(
            f"{VARIABLE} names {named!r}, which is no device that a model answers on; set it to cpu, cuda, cuda:1 or mps, or leave it out."
        )
    there = _gpus_for(n_parameters)
    if named is None or named == CPU:
        return choose(n_parameters, there, named=named)
    meant = [gpu for gpu in there if gpu.name == named or (named == "cuda" and gpu.name.startswith("cuda"))]
    if not meant:
        others = " and ".join(gpu.name for gpu in there) or "no GPU"
        raise ModelError(f"{VARIABLE} names {named}, and torch sees {others} here; correct it, or leave it out.")
    return choose(n_parameters, meant, named=named)


@lru_cache(maxsize=256)
def _gpus_for(n_parameters: int) -> tuple[Gpu, ...]:
    """The GPUs as they were when a model of so many parameters was first asked about."""
    return gpus()


def _passed_over(n_parameters: int, gpus: Sequence[Gpu]) -> str:
    """Why none of these GPUs."""
    there = " and ".join(f"{gpu.name} ({gpu.title}) has {show_size(gpu.free)} free" for gpu in gpus)
    form = BFLOAT16 if any(gpu.has_bfloat16 for gpu in gpus) else FLOAT32
    needed = int(BYTES[form] * n_parameters / SHARE)
    return f"because {there}, and its weights, with room for what an answer takes beside them, need {show_size(needed)} there in {form}"


def _chosen(n_parameters: int, gpu: Gpu, form: str, named: str | None) -> str:
    """Why this GPU, in this format."""
    why = f"because {VARIABLE} names it" if named else "because torch has it here and the weights fit"
    if form == BFLOAT16:
        why += (
            f"; it does so in bfloat16, because in float32 its weights would fill {show_size(4 * n_parameters)} of the "
            f"{show_size(gpu.free)} that are free there"
        )
    return why


def _probabilities(model: PreTrainedModel) -> torch.Tensor:
    """(n_rows,) on the CPU: of the token after the first few of the table."""
    import torch

    some = torch.arange(min(8, len(input_table(model))), device=model.device)[None]
    with torch.no_grad():
        return model(input_ids=some, attention_mask=torch.ones_like(some), use_cache=False).logits[0, -1].float().softmax(-1).cpu()
