"""What a fine-tune does where nobody said otherwise: decided once, from the model and the machine, and written into the spec."""

from __future__ import annotations

import os
import re
from pathlib import Path

from hypviz.bundled import BUNDLED_SOURCE
from hypviz.errors import HypvizError
from hypviz.models.live.device import VARIABLE
from hypviz.records.models import ModelRef, ModelSummary

PAPER_TARGETS = ("q_proj", "k_proj", "v_proj", "up_proj", "down_proj")  # arXiv 2410.04010v2, section 5
PAPER_MAX_TOKENS = 256
SMALL_PARAMETERS = 50_000_000  # below that, casting to bfloat16 costs what it saves, and many threads get in each other's way
THREADS_FOR_SMALL = 4


def default_lr(ref: ModelRef) -> float:
    """3e-3 for the small bundled model, the paper's 3e-4 for every other one."""
    return 3e-3 if ref.source == BUNDLED_SOURCE else 3e-4


def default_targets(summary: ModelSummary) -> tuple[str, ...]:
    """The paper's five layers where the model has them all, otherwise every linear layer of its blocks."""
    return PAPER_TARGETS if set(PAPER_TARGETS) <= set(summary.linear_names) else summary.linear_names


def default_warmup(steps: int) -> int:
    """A fifteenth of the run, at most 100 steps."""
    return min(100, steps // 15)


def max_tokens(wanted: int | None, summary: ModelSummary) -> int:
    """256 as in the paper, or what the model can read if that is less; a larger wish than the model allows is refused."""
    most = summary.max_positions
    if wanted is None:
        return PAPER_MAX_TOKENS if most is None else min(PAPER_MAX_TOKENS, most)
    if most is not None and wanted > most:
        raise HypvizError(f"max_tokens {wanted} is more than the {most} positions the model has; choose at most {most}.")
    return wanted


def default_threads(summary: ModelSummary, processes: int) -> int:
    """For each process its share of all cores but one, which the page and the browser need, and few for a small model.

    Threads that wait for a core someone else holds make every small operation wait: two threads on two busy cores were measured
    to be four to ten times slower than one.
    """
    cores = n_cores()
    most = THREADS_FOR_SMALL if summary.n_parameters < SMALL_PARAMETERS else cores
    return max(1, min(most, (cores - 1) // processes))


def n_cores() -> int:
    """The cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def n_gpus() -> int:
    """The CUDA devices of this machine."""
    import torch

    return torch.cuda.device_count()


def default_device() -> str:
    """The first GPU, unless the operator has named another device for answers that a fine-tune can use too."""
    import torch

    named = os.environ.get(VARIABLE, "")
    if named == "cpu" or re.fullmatch(r"cuda:\d+", named):
        return named
    return "cuda:0" if torch.cuda.is_available() else "cpu"


def default_precision(device: str, summary: ModelSummary) -> str:
    """bfloat16 autocast where the hardware multiplies it and the model is large enough to gain from it, else float32."""
    if summary.n_parameters < SMALL_PARAMETERS:
        return "float32"
    if device != "cpu":
        import torch

        return "bfloat16" if torch.cuda.is_bf16_supported() else "float32"
    try:
        flags = Path("/proc/cpuinfo").read_text(encoding="ascii", errors="replace")
    except OSError:
        return "float32"
    return "bfloat16" if "avx512_bf16" in flags or "amx_bf16" in flags else "float32"
