"""What the training losses of one fine-tune say over several seeds, in numbers with an interval and in sentences.

In: `RunMetrics` by seed. One seed tells how two members differ on its batches; whether another seed would say the same is told by the
spread of the seeds alone, so the interval is Student's t over the seeds and knows nothing of the steps.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from hypviz.methods import title_of
from hypviz.methods.comparison import BASELINE, CONTROL, SUBJECT
from hypviz.records.runs import RunMetrics
from hypviz.records.statistics import Interval
from hypviz.statistics import mean_of_few
from hypviz.words.losses import window
from hypviz.words.numbers import counted, signed

FEW = {2: "With two seeds the interval is 13 standard errors wide either way: they tell almost nothing."}


@dataclass(frozen=True, slots=True, kw_only=True)
class SeedsGap:
    """Loss of `method` minus loss of `against` on the same batches: by seed its mean over the last `n_steps` steps, and over the seeds."""

    method: str
    against: str
    n_steps: int
    per_seed: Mapping[int, float]
    interval: Interval


def seeds_gap(by_seed: Mapping[int, RunMetrics], method: str, against: str) -> SeedsGap | None:
    """None with fewer than two seeds that have both members."""
    gaps: dict[int, float] = {}
    n = 0
    for seed, metrics in sorted(by_seed.items()):
        one, other, steps = metrics.curve(method), metrics.curve(against), window(metrics)
        if one is None or other is None or steps.stop == steps.start:
            continue
        gaps[seed], n = float(np.mean(one.losses[steps] - other.losses[steps])), steps.stop - steps.start
    if len(gaps) < 2:
        return None
    values = np.array(list(gaps.values()))
    return SeedsGap(method=method, against=against, n_steps=n, per_seed=gaps, interval=mean_of_few(values))


def seeds_gaps(by_seed: Mapping[int, RunMetrics]) -> tuple[SeedsGap, ...]:
    """HypLoRA against LoRA and against LoRA at its scale, as far as the runs have them."""
    return tuple(gap for other in (BASELINE, CONTROL) if (gap := seeds_gap(by_seed, SUBJECT, other)) is not None)


def seeds_sentences(gaps: Sequence[SeedsGap]) -> tuple[str, ...]:
    """A sentence for each comparison, and, once, what so few seeds cannot tell."""
    few = dict.fromkeys(FEW[len(gap.per_seed)] for gap in gaps if len(gap.per_seed) in FEW)
    return (*(seeds_sentence(gap) for gap in gaps), *few)


def seeds_sentence(gap: SeedsGap) -> str:
    """What the seeds say of one comparison, with every number behind it."""
    one, other, found = title_of(gap.method), title_of(gap.against), gap.interval
    n = len(gap.per_seed)
    each = ", ".join(f"{signed(value, 4)} (seed {seed})" for seed, value in gap.per_seed.items())
    span = f"{signed(found.value, 4)}, {signed(found.low, 4)} to {signed(found.high, 4)}: 95 % by Student's t over the seeds; {each}"
    over = f"Over {n} seeds, in the last {counted(gap.n_steps, 'step')},"
    if not found.excludes(0.0):
        return f"{over} {one}'s training loss is not told apart from {other}'s ({span})."
    return f"{over} {one}'s training loss is {'below' if found.value < 0.0 else 'above'} {other}'s ({span})."
