"""What the training losses of a run's members say about each other, in numbers with intervals and in sentences.

In: `RunMetrics`. All members see the same batches, so their losses are compared step by step, over the last fifth of the steps that all
have done; the intervals do not take neighbouring steps for independent (`hypviz.statistics.steps`). Two comparisons matter: HypLoRA
against LoRA, and against LoRA at the scale that HypLoRA starts with, which is what a larger alpha does not explain. One run is one seed,
and these are losses in training: which member answers better is another question.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hypviz.methods import title_of
from hypviz.methods.comparison import BASELINE, CONTROL, SUBJECT
from hypviz.records.runs import RunMetrics
from hypviz.records.statistics import Interval
from hypviz.statistics.steps import mean_over_steps, ratio_over_steps, whole_blocks
from hypviz.words.numbers import percent, signed

FEWEST_STEPS = 10
ONE_SEED = "One seed, training loss."


def window(metrics: RunMetrics) -> slice:
    """The steps that are compared: the last fifth of those that all members have done, at least ten where there are so many."""
    done = min((len(curve.losses) for curve in metrics.curves), default=0)
    n = min(whole_blocks(max(FEWEST_STEPS, done // 5)), done)
    return slice(done - n, done)


def loss_gap(metrics: RunMetrics, method: str, against: str) -> Interval | None:
    """Loss of `method` minus loss of `against` on the same batches; None without both members or with fewer than ten common steps."""
    one, other = metrics.curve(method), metrics.curve(against)
    steps = window(metrics)
    if one is None or other is None or steps.stop - steps.start < FEWEST_STEPS:
        return None
    return mean_over_steps(one.losses[steps] - other.losses[steps])


def recent_loss(metrics: RunMetrics, method: str) -> tuple[float | None, int]:
    """A member's mean loss over the same steps as `loss_gap`, and their number; None before the first step."""
    curve, steps = metrics.curve(method), window(metrics)
    n = steps.stop - steps.start
    return (float(np.mean(curve.losses[steps])), n) if curve is not None and n else (None, n)


def told_apart(gap: Interval) -> bool:
    """Whether 0 lies outside."""
    return gap.excludes(0.0)


def loss_finding(metrics: RunMetrics) -> str:
    """What the losses say, in one short line."""
    lora, scaled = loss_gap(metrics, SUBJECT, BASELINE), loss_gap(metrics, SUBJECT, CONTROL)
    if lora is None and scaled is None:
        return _last_losses(metrics)
    if lora is not None and scaled is not None:
        return f"{_both_gaps(lora, scaled)} over the last {lora.n} steps"
    other, gap = (BASELINE, lora) if lora is not None else (CONTROL, scaled)
    assert gap is not None
    if not told_apart(gap):
        return f"The training losses of HypLoRA and {title_of(other)} are not told apart over the last {gap.n} steps"
    return f"HypLoRA's training loss is {_beside(gap, other)} over the last {gap.n} steps"


def gap_sentence(metrics: RunMetrics) -> str | None:
    """The comparisons with their intervals; None where `loss_gap` has none."""
    found = {other: gap for other in (BASELINE, CONTROL) if (gap := loss_gap(metrics, SUBJECT, other)) is not None}
    if not found:
        return None
    parts = [f"minus {title_of(other)} {with_ends(gap)}" for other, gap in found.items()]
    gap = next(iter(found.values()))
    blocks = gap.method.removeprefix("Student's t over ")
    return f"HypLoRA {', '.join(parts)} over the last {gap.n} steps on the same batches (95 %, from {blocks})."


def conclusion(metrics: RunMetrics) -> str | None:
    """What follows from the losses for alpha against what HypLoRA does beyond it, in one sentence; None with too few steps.

    Not told apart is not equal: the sentence says what is enough to explain what is seen, and no more.
    """
    lora, scaled = loss_gap(metrics, SUBJECT, BASELINE), loss_gap(metrics, SUBJECT, CONTROL)
    if lora is None:
        return None
    if scaled is not None:
        return f"In training loss, over the last {lora.n} steps, {_CONCLUSIONS[_side(lora), _side(scaled)]}"
    return "Without Scaled LoRA it cannot be told whether alpha explains the difference from LoRA." if told_apart(lora) else None


BELOW, SAME, ABOVE = -1, 0, 1
_CONCLUSIONS = {  # HypLoRA's loss against LoRA's, and against Scaled LoRA's
    (BELOW, BELOW): "HypLoRA is ahead of LoRA and of Scaled LoRA: the alpha of its start gains does not explain all of it.",
    (BELOW, SAME): "HypLoRA is ahead of LoRA but not told apart from Scaled LoRA: alpha alone is enough to explain what is seen.",
    (BELOW, ABOVE): "Scaled LoRA is ahead of HypLoRA, and HypLoRA of LoRA: alpha alone does more than HypLoRA.",
    (SAME, BELOW): "HypLoRA is ahead of Scaled LoRA but not told apart from LoRA: no advantage over LoRA is seen.",
    (SAME, SAME): "HypLoRA is told apart neither from LoRA nor from Scaled LoRA: these steps show no difference to explain.",
    (SAME, ABOVE): "Scaled LoRA is ahead of HypLoRA, which is not told apart from LoRA: alpha alone does more than HypLoRA.",
    (ABOVE, BELOW): "LoRA is ahead of HypLoRA, and HypLoRA of Scaled LoRA: alpha alone does worse than HypLoRA.",
    (ABOVE, SAME): "LoRA is ahead of HypLoRA, which is not told apart from Scaled LoRA: alpha alone is enough to explain what is seen.",
    (ABOVE, ABOVE): "LoRA and Scaled LoRA are both ahead of HypLoRA.",
}


def _side(gap: Interval) -> int:
    if not told_apart(gap):
        return SAME
    return BELOW if gap.value < 0.0 else ABOVE


@dataclass(frozen=True, slots=True, kw_only=True)
class Shares:
    """How HypLoRA's loss comes from LoRA's, in two stages over the same steps: `by_alpha` is the loss of Scaled LoRA minus LoRA's,
    `beyond_alpha` HypLoRA's minus that of Scaled LoRA, `whole` their sum; negative is a lower loss. `share` is by_alpha / whole, None
    where the whole is not told apart from 0.
    """

    by_alpha: Interval
    beyond_alpha: Interval
    whole: Interval
    share: Interval | None


def shares(metrics: RunMetrics) -> Shares | None:
    """None without all three members, or with fewer than ten common steps."""
    by_alpha, beyond, whole = (loss_gap(metrics, a, b) for a, b in ((CONTROL, BASELINE), (SUBJECT, CONTROL), (SUBJECT, BASELINE)))
    if by_alpha is None or beyond is None or whole is None:
        return None
    lora, scaled, hyplora = (metrics.curve(method) for method in (BASELINE, CONTROL, SUBJECT))
    assert lora is not None and scaled is not None and hyplora is not None
    steps = window(metrics)
    share = ratio_over_steps((scaled.losses - lora.losses)[steps], (hyplora.losses - lora.losses)[steps])
    return Shares(by_alpha=by_alpha, beyond_alpha=beyond, whole=whole, share=share)


def shares_finding(found: Shares) -> str:
    """How much of what sets HypLoRA's loss apart from LoRA's is the scale, in one line; that it cannot be told where it cannot."""
    if found.share is None:
        return "How much is alpha cannot be told: the training losses of HypLoRA and LoRA are not told apart"
    much = f"{percent(found.share.value)} ({percent(found.share.low)} to {percent(found.share.high)})"
    if found.whole.value < 0.0:
        return f"Of HypLoRA's advantage over LoRA in the training loss, Scaled LoRA has {much}, by alpha alone"
    return f"HypLoRA's training loss is above LoRA's; Scaled LoRA's, by alpha alone, is {much} as far above it"


def _both_gaps(lora: Interval, scaled: Interval) -> str:
    if not told_apart(lora) and not told_apart(scaled):
        return "HypLoRA's training loss is told apart neither from LoRA's nor from Scaled LoRA's"
    first, second = (_beside(gap, other) if told_apart(gap) else None for gap, other in ((lora, BASELINE), (scaled, CONTROL)))
    first, second = first or "not told apart from LoRA's", second or "not told apart from Scaled LoRA's"
    return f"HypLoRA's training loss is {first}, and {second},"


def _beside(gap: Interval, other: str) -> str:
    return f"{abs(gap.value):.3f} {'below' if gap.value < 0 else 'above'} {title_of(other)}'s"


def with_ends(gap: Interval) -> str:
    """A difference with its interval: ``−0.0990 (−0.1020 to −0.0960)``."""
    return f"{signed(gap.value, 4)} ({signed(gap.low, 4)} to {signed(gap.high, 4)})"


def _last_losses(metrics: RunMetrics) -> str:
    shown = [f"{title_of(c.method)} {c.losses[-1]:.3f}" for c in metrics.curves if len(c.losses)]
    at = {len(c.losses) for c in metrics.curves if len(c.losses)}
    step = f"step {min(at)}" if len(at) == 1 else "the last steps"
    return f"Training loss of {step}: {', '.join(shown)}" if shown else "No step is done yet"
