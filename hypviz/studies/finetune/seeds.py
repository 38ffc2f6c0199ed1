"""One fine-tune with several seeds: starting it, following it, and finding the runs that belong together.

A seed decides the initial A and the order of the problems; everything else is the same in every run.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from hypviz import runs
from hypviz.records.limits import SEEDS
from hypviz.records.resources import RunPlan
from hypviz.records.runs import DONE, RunMetrics, RunRecord, RunSpec
from hypviz.records.texts import ProblemSet
from hypviz.runs.checks import check_spec
from hypviz.studies.finetune import following
from hypviz.studies.origins import repeats
from hypviz.work import NOBODY, Work

MOST_SEEDS = int(SEEDS.most)


def check_seeds(n: int) -> None:
    """`HypvizError` unless a fine-tune can be repeated with so many seeds."""
    SEEDS.check(n)


def with_seeds(spec: RunSpec, n: int) -> tuple[RunSpec, ...]:
    """The spec with its own seed and the n - 1 that follow; `HypvizError` for a number that makes no sense."""
    check_seeds(n)
    return tuple(dataclasses.replace(spec, seed=spec.seed + i) for i in range(n))


def begin_all(specs: Sequence[RunSpec], problems: ProblemSet, plan: RunPlan | None = None) -> tuple[RunRecord, ...]:
    """Create and start a run for each spec; they take their turns. `HypvizError` before any is started if one cannot be run.

    Where not all come to be started, by Ctrl-C or for want of disk, those that are get asked to stop: nobody would follow them.
    """
    for spec in specs:
        check_spec(spec)
    begun: list[RunRecord] = []
    try:
        for spec in specs:
            begun.append(following.begin(spec, problems, plan))
    except BaseException:
        halfway = [record for record in runs.list_runs() if record.spec in specs[len(begun) :] and record.is_active]
        _stop([*begun, *halfway])
        raise
    return tuple(begun)


def wait_for_all(started: Sequence[RunRecord], work: Work = NOBODY) -> tuple[RunRecord, ...]:
    """Follow the runs in turn to their ends; where one ends other than whole, those behind it are stopped too.

    A second Ctrl-C ends the following at once; the runs have all been asked to stop then.
    """
    try:
        return _follow(started, work)
    except KeyboardInterrupt:
        _stop(started)
        raise


def _follow(started: Sequence[RunRecord], work: Work) -> tuple[RunRecord, ...]:
    ended: list[RunRecord] = []
    for place, record in enumerate(started, start=1):
        alone = len(started) == 1
        mine = work if alone else work.part(1.0 / len(started), f"seed {record.spec.seed}, run {place} of {len(started)}")
        ended.append(following.wait(record.run_id, mine))
        if ended[-1].state != DONE:
            _stop(started[place:])
            ended += [following.wait(later.run_id) for later in started[place:]]
            break
    return tuple(ended)


def _stop(several: Sequence[RunRecord]) -> None:
    """Ask those that have not ended, the last first, so that none begins because the one before it has ended."""
    for record in reversed(several):
        following.ask_to_stop(record.run_id)


def siblings(record: RunRecord, known: Sequence[RunRecord]) -> tuple[RunRecord, ...]:
    """The finished runs that differ from this one in the seed alone, itself among them, by seed; empty where there is only one."""
    groups = repeats([other for other in known if other.state == DONE])
    return next((group for group in groups if any(other.run_id == record.run_id for other in group)), ())


def metrics_by_seed(group: Sequence[RunRecord]) -> dict[int, RunMetrics]:
    """The curves of every run of a group."""
    return {record.spec.seed: runs.metrics(record.run_id) for record in group}
