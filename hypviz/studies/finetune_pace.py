"""How long a fine-tune will take, said before it starts: from an earlier run, or from how fast this machine multiplies matrices."""

from __future__ import annotations

import statistics
import time
from dataclasses import dataclass
from functools import lru_cache

from hypviz.records.runs import RunRecord, RunSpec

TOKENS_PER_EXAMPLE = 90  # of the bundled problems
START_SECONDS = 12.0
SHARE_OF_PRODUCT = 0.75  # of the speed of a bare product, what a step of a small model reaches
FIXED_SECONDS = 0.03  # of a step: Python between the products
_SHAPE = (720, 256, 512)  # rows, in, out: a batch of the one-minute preset in a small model


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedTime:
    """Wall-clock seconds from start to end without waiting in line; `measured` says whether an earlier run on this base told."""

    seconds: float
    measured: bool


def expected_time(spec: RunSpec, n_parameters: int, known: tuple[RunRecord, ...]) -> ExpectedTime:
    """From the newest earlier run on the same base with the same batch and precision, else from the model's size and the machine.

    A step takes 4 operations per parameter and token: two forward, two for the gradient of the activations.
    """
    for record in known:
        like = record.spec
        same = (like.base.fingerprint, like.batch, like.precision, like.device) == (
            spec.base.fingerprint,
            spec.batch,
            spec.precision,
            spec.device,
        )
        paces = {m.method: m.seconds / m.steps for m in record.members if m.steps >= 5}
        if same and set(spec.methods) <= set(paces):
            return ExpectedTime(seconds=START_SECONDS + 1.1 * spec.steps * sum(paces[m] for m in spec.methods), measured=True)
    operations = 4 * n_parameters * spec.batch * min(TOKENS_PER_EXAMPLE, spec.max_tokens)
    per_step = FIXED_SECONDS + operations / (SHARE_OF_PRODUCT * product_speed(spec.device))
    return ExpectedTime(seconds=START_SECONDS + spec.steps * len(spec.methods) * per_step, measured=False)


@lru_cache(maxsize=4)
def product_speed(device: str) -> float:
    """Floating-point operations a second of one float32 product on this machine now, the median of some; takes milliseconds."""
    import torch

    rows, d, k = _SHAPE
    left, right = torch.ones(rows, d, device=device), torch.ones(d, k, device=device)
    seconds = []
    for _ in range(9):
        started = time.perf_counter()
        (left @ right)[0, 0].item()  # waits for a GPU
        seconds.append(time.perf_counter() - started)
    return 2.0 * rows * d * k / statistics.median(seconds)
