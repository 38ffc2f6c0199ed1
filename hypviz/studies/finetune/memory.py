"""How much memory a fine-tune will need at its largest, in how many parts a step must be worked off, and when not even that helps.

The forward pass keeps, for every token, about the inputs and outputs of all linear layers of the blocks; the factors were measured
on a Llama of 135 M parameters in both precisions, and cover the room that the backward pass takes and what the allocator cannot
give back. The tests hold the sum against what a training process really took.
"""

from __future__ import annotations

import dataclasses
from functools import lru_cache

from hypviz.errors import HypvizError
from hypviz.methods import METHODS
from hypviz.models import available_memory, show_size
from hypviz.models.live.memory import let_all_go, make_room
from hypviz.records.models import ModelRef, ModelSummary
from hypviz.records.resources import MemoryPlan
from hypviz.records.runs import RunSpec
from hypviz.studies.finetune.lengths import Lengths

PROCESS_BYTES = 600_000_000  # Python with torch, transformers, PEFT and accelerate
GPU_PROCESS_BYTES = 500_000_000
PART_FACTOR = {"float32": 2.0, "bfloat16": 2.0}  # of inputs and outputs; norms are float32 in both, and casts are kept beside
LOGIT_COPIES = 4
ENOUGH_TOKENS = 512  # parts this large lose nothing on a CPU to larger ones ...
COMFORTABLE_BYTES = 1_300_000_000  # ... so that they are kept below this
KEEP_FREE = 0.05


def plan_memory(spec: RunSpec, summary: ModelSummary, lengths: Lengths, *, chosen: bool) -> tuple[RunSpec, MemoryPlan]:
    """The spec with its number of parts, and the plan; `chosen` says that the number is to be found here.

    `HypvizError` where what is free now is too little: for the parts asked for, or for one example at a time.
    """
    free, share = free_memory(spec.device), max(1, spec.batch // spec.processes)
    most = share if chosen and spec.batch % spec.processes == 0 else spec.accumulate
    candidates = [p for p in range(1, most + 1) if share % p == 0] if chosen else [spec.accumulate]
    plans = [_plan(dataclasses.replace(spec, accumulate=p), summary, lengths, free, chosen=chosen) for p in candidates]
    fitting = _fitting(plans, spec, free)
    if not fitting:  # what is held to save time gives way
        if spec.device == "cpu":
            make_room(int(spec.processes * plans[-1].total_bytes / (1.0 - KEEP_FREE)) + 1)
        else:
            let_all_go()
        free = free_memory(spec.device)
        plans = [dataclasses.replace(plan, free_bytes=free) for plan in plans]
        fitting = _fitting(plans, spec, free)
    if not fitting:
        raise HypvizError(_refusal(spec, plans[-1], chosen=chosen))
    easy = [plan for plan in fitting if _is_comfortable(spec, plan, share // plan.parts * lengths.longest)]
    plan = easy[0] if easy else fitting[0]
    return dataclasses.replace(spec, accumulate=plan.parts), plan


def _fitting(plans: list[MemoryPlan], spec: RunSpec, free: int) -> list[MemoryPlan]:
    return [plan for plan in plans if spec.processes * plan.total_bytes <= (1.0 - KEEP_FREE) * free]


def free_memory(device: str) -> int:
    """Bytes that a process can get now on this device."""
    if device == "cpu":
        return available_memory()
    import torch

    return torch.cuda.mem_get_info(torch.device(device))[0]


def _plan(spec: RunSpec, summary: ModelSummary, lengths: Lengths, free: int, *, chosen: bool) -> MemoryPlan:
    from hypviz.worker.answer_loss import CHUNK_BYTES

    size = 2 if spec.precision == "bfloat16" else 4
    shapes = _shapes(spec.base)
    per_token = PART_FACTOR[spec.precision] * size * sum(n_in + n_out for _, n_in, n_out in shapes)
    trained = sum(spec.rank * (n_in + n_out) for name, n_in, n_out in shapes if name in spec.targets)
    fixed = {
        "process_bytes": PROCESS_BYTES if spec.device == "cpu" else GPU_PROCESS_BYTES,
        "model_bytes": size * summary.n_parameters,
        "adapter_bytes": int(4 * 4 * trained * sum(METHODS[method].memory for method in spec.methods)),
    }

    def part(n_parts: int) -> int:
        tokens = max(1, spec.batch // (n_parts * spec.processes)) * lengths.longest
        logits = min(CHUNK_BYTES, 4 * tokens * summary.vocab_size)
        return int(per_token * tokens) + LOGIT_COPIES * logits

    return MemoryPlan(
        **fixed,
        part_bytes=part(spec.accumulate),
        whole_bytes=sum(fixed.values()) + part(1),
        free_bytes=free,
        parts=spec.accumulate,
        chosen=chosen,
    )


def _is_comfortable(spec: RunSpec, plan: MemoryPlan, tokens: int) -> bool:
    return spec.device != "cpu" or plan.part_bytes <= COMFORTABLE_BYTES or tokens <= ENOUGH_TOKENS


def _refusal(spec: RunSpec, plan: MemoryPlan, *, chosen: bool) -> str:
    needs = f"needs about {show_size(spec.processes * plan.total_bytes)} of memory and {show_size(plan.free_bytes)} are free"
    if chosen:
        return (
            f"Even with one example at a time this fine-tune of {spec.base.label} {needs}; close other programs, or choose a smaller "
            "model, a smaller rank or shorter problems."
        )
    parts = f"{plan.parts} part{'s' if plan.parts > 1 else ''}"
    return (
        f"With each step in {parts} this fine-tune of {spec.base.label} {needs}; choose more parts, leave their number open, or close "
        "other programs."
    )


@lru_cache(maxsize=8)
def _shapes(ref: ModelRef) -> tuple[tuple[str, int, int], ...]:
    from hypviz.models.live.description import linear_shapes

    return linear_shapes(ref)
