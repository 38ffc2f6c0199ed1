"""One fine-tune with several seeds: starting it, and what the losses say over all of them.

A seed decides the initial A and the order of the problems; everything else is the same in every run. One seed tells how two members
differ on its batches; whether another seed would say the same is told by the spread of the seeds alone.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from hypviz import runs
from hypviz.errors import HypvizError
from hypviz.records.resources import RunPlan
from hypviz.records.runs import DONE, METHOD_TITLES, RunMetrics, RunRecord, RunSpec
from hypviz.records.statistics import Interval
from hypviz.records.texts import ProblemSet
from hypviz.statistics import mean_of_few
from hypviz.studies.finetune import begin, wait
from hypviz.studies.origins import repeats

MOST_SEEDS = 100
LAST_SHARE = 5  # the gap of a run is taken over the last fifth of its steps


@dataclass(frozen=True, slots=True, kw_only=True)
class SeedsGap:
    """Loss of `b` minus loss of `a` on the same batches: `per_seed` is its mean over the last `n_steps` steps of the run with that seed.

    `interval` is their mean with Student's t over the seeds, which knows nothing of the steps.
    """

    a: str
    b: str
    n_steps: int
    per_seed: dict[int, float]
    interval: Interval


def with_seeds(spec: RunSpec, n: int) -> tuple[RunSpec, ...]:
    """The spec with its own seed and the n - 1 that follow."""
    if isinstance(n, bool) or not 1 <= n <= MOST_SEEDS:
        raise HypvizError(f"A fine-tune has 1 to {MOST_SEEDS} seeds, but {n} were asked for; choose a number in between.")
    return tuple(dataclasses.replace(spec, seed=spec.seed + i) for i in range(n))


def begin_all(specs: Sequence[RunSpec], problems: ProblemSet, plan: RunPlan | None = None) -> tuple[RunRecord, ...]:
    """Create and start a run for each spec; they take their turns."""
    return tuple(begin(spec, problems, plan) for spec in specs)


def wait_for_all(started: Sequence[RunRecord], *, progress: Callable[[int, int, str], None]) -> tuple[RunRecord, ...]:
    """Follow the runs in turn to their ends; where one ends other than whole, those behind it are stopped too."""
    ended: list[RunRecord] = []
    for place, record in enumerate(started, start=1):

        def of_all(done: int, total: int, told: str, place: int = place) -> None:
            where = f"seed {started[place - 1].spec.seed}, run {place} of {len(started)}: " if len(started) > 1 else ""
            progress((place - 1) * total + done, total * len(started), where + told)

        ended.append(wait(record.run_id, progress=of_all))
        if ended[-1].state != DONE:
            for later in started[place:]:
                if runs.get(later.run_id).is_active:
                    runs.stop(later.run_id)
                ended.append(wait(later.run_id, progress=lambda *_: None))
            break
    return tuple(ended)


def siblings(record: RunRecord, known: Sequence[RunRecord]) -> tuple[RunRecord, ...]:
    """The finished runs that differ from this one in the seed alone, itself among them; empty where there is only one."""
    groups = repeats([other for other in known if other.state == DONE])
    return next((group for group in groups if any(other.run_id == record.run_id for other in group)), ())


def gap_over_seeds(a: str, b: str, metrics: dict[int, RunMetrics]) -> SeedsGap | None:
    """Of two methods, from the metrics by seed; None with fewer than two seeds that have both."""
    gaps, n = {}, 0
    for seed, found in metrics.items():
        one, other = found.curve(a), found.curve(b)
        both = 0 if one is None or other is None else min(len(one.losses), len(other.losses))
        if one is None or other is None or not both:
            continue
        n = max(1, both // LAST_SHARE)
        gaps[seed] = float((other.losses[both - n : both] - one.losses[both - n : both]).mean())
    if len(gaps) < 2:
        return None
    return SeedsGap(a=a, b=b, n_steps=n, per_seed=gaps, interval=mean_of_few(np.array(list(gaps.values()))))


def gap_sentence(gap: SeedsGap) -> str:
    """What the seeds say, with every number behind it."""
    a, b, found = METHOD_TITLES[gap.a], METHOD_TITLES[gap.b], gap.interval
    seeds = f"{len(gap.per_seed)} seeds"
    each = ", ".join(f"{value:+.4f}" for value in gap.per_seed.values())
    span = f"{found.low:+.4f} to {found.high:+.4f}, 95% interval by t over the seeds; seed by seed {each}"
    if not found.excludes(0.0):
        few = " Two seeds tell almost nothing: their interval is 13 standard errors wide either way." if found.n == 2 else ""
        return f"Over {seeds}, {b}'s and {a}'s training losses are not told apart ({b} minus {a}: {span}).{few}"
    side = "below" if found.value < 0 else "above"
    return f"Over {seeds}, {b}'s training loss is {abs(found.value):.4f} {side} {a}'s ({span})."


def shown_gaps(group: Sequence[RunRecord]) -> tuple[SeedsGap, ...]:
    """HypLoRA against each of the others, over the runs of one group."""
    metrics = {record.spec.seed: runs.metrics(record.run_id) for record in group}
    methods = [method for method in METHOD_TITLES if any(record.member(method) for record in group)]
    pairs = [(a, "hyplora") for a in methods if a != "hyplora"]
    return tuple(gap for a, b in pairs if (gap := gap_over_seeds(a, b, metrics)) is not None and math.isfinite(gap.interval.value))
