"""How long a fine-tune will take, said before it starts: from a trial of one block of the model on this machine, as busy as it is now.

What a trial cannot see is corrected by the last finished fine-tune of the same base: by half (in its logarithm) of how much longer, or
less long, it took than its trial had said, because the machine may have been busier then.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass

from hypviz.methods import METHODS
from hypviz.records.models import ModelSummary
from hypviz.records.runs import DONE, RunRecord, RunSpec
from hypviz.studies.finetune.lengths import Lengths
from hypviz.studies.machine import slowdown

START_SECONDS = 9.0  # of one quiet core: imports, problems; scaled by what the machine is doing
READ_RATE = 300e6
LOOKS = 0.08  # of the steps' time: a look at every tenth, saving
STEP_SECONDS = 0.012  # of a step and part: what stands around the blocks
TRIAL_OPERATIONS = 4e9
LARGEST_BLOCK = 60_000_000  # numbers; making a larger one takes seconds
STALE_SECONDS = 120.0
CORRECTION = (0.25, 4.0)
HALF = 0.5
_KEPT = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """Seconds of a run: `start` before the first step, then `per_step` for each; `correction` is what earlier runs say, or 1."""

    start: float
    per_step: float
    correction: float

    def seconds(self, steps: int) -> float:
        """From the start of the process to its end, without waiting in line."""
        return self.correction * (self.start + steps * self.per_step)

    @property
    def corrected(self) -> bool:
        """Whether an earlier run had its say."""
        return self.correction != 1.0


def expected_time(spec: RunSpec, summary: ModelSummary, lengths: Lengths, known: tuple[RunRecord, ...] = ()) -> Expected:
    """Measured at most once in `STALE_SECONDS` for the same work; `known` are earlier runs, newest first."""
    tokens = spec.accumulate * lengths.padded(max(1, spec.batch // (spec.accumulate * spec.processes)))
    learned = float(lengths.learned.mean()) * spec.batch / spec.processes
    per_token, per_learned, slow = _measured(spec, summary, int(lengths.tokens.mean()))
    steps = sum(tokens * per_token[method] + learned * per_learned for method in spec.methods)
    per_step = (1.0 + LOOKS) * (steps + slow * STEP_SECONDS * spec.accumulate * len(spec.methods))
    start = slow * (START_SECONDS + summary.n_parameters * 2 / READ_RATE)
    return Expected(start=start, per_step=per_step, correction=_correction(spec, known))


def _correction(spec: RunSpec, known: tuple[RunRecord, ...]) -> float:
    """Took over said, of the newest finished run of this base that was said something; within `CORRECTION`."""
    for record in known:
        like = record.spec
        same = (like.base.fingerprint, like.precision, like.device, like.threads) == (
            spec.base.fingerprint,
            spec.precision,
            spec.device,
            spec.threads,
        )
        plan, start, end = record.plan, record.started_at, record.ended_at
        if same and record.state == DONE and plan and plan.seconds and start is not None and end is not None:
            low, high = CORRECTION
            return min(high, max(low, (end - start) / (plan.seconds / plan.correction))) ** HALF
    return 1.0


_Measured = tuple[Mapping[str, float], float, float]
_TRIALS: OrderedDict[tuple[object, ...], tuple[float, _Measured]] = OrderedDict()


def _measured(spec: RunSpec, summary: ModelSummary, length: int) -> _Measured:
    """Seconds per token by method, per learned token, and by what factor this machine is slowed down by others."""
    key = (spec.base.fingerprint, spec.methods, spec.rank, spec.targets, spec.precision, spec.device, spec.threads, length)
    at, found = _TRIALS.get(key, (float("-inf"), None))
    if found is None or time.monotonic() - at > STALE_SECONDS:
        found = _measure(spec, summary, max(8, length))
        _TRIALS[key] = (time.monotonic(), found)
        while len(_TRIALS) > _KEPT:
            _TRIALS.popitem(last=False)
    return found


def _measure(spec: RunSpec, summary: ModelSummary, length: int) -> _Measured:
    from hypviz.worker.trial import block_seconds, product_seconds

    n_block = max(1, (summary.n_parameters - summary.vocab_size * summary.hidden_size) // summary.n_layers)
    product = product_seconds(spec, rows=128, inputs=summary.hidden_size, outputs=2048)
    speed = 2.0 * 128 * summary.hidden_size * 2048 / product
    tokens = int(max(length, min(8 * length, TRIAL_OPERATIONS / (4 * n_block))))
    try:
        if n_block > LARGEST_BLOCK:
            raise ValueError("too large to be made up")
        block = block_seconds(spec, tokens=tokens, length=length)
        rows = max(1, round(tokens / length)) * length
        per_token = {method: summary.n_layers * seconds / rows for method, seconds in block.items()}
    except Exception:  # an architecture that cannot be had with one block: its products alone
        plain = 1.3 * 4.0 * n_block * summary.n_layers / speed
        per_token = {method: plain * METHODS[method].pace for method in spec.methods}
    per_learned = 5.0 * summary.vocab_size * summary.hidden_size / speed
    return per_token, per_learned, slowdown()
