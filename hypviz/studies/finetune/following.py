"""Starting a fine-tune, following it to its end, and how long it will still take.

The run is its own process: nothing but the run folder lies between it and whoever follows it here.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from hypviz import runs
from hypviz.records.resources import RunPlan
from hypviz.records.runs import ENDED, RunRecord, RunSpec
from hypviz.records.texts import ProblemSet
from hypviz.statistics.pace import duration
from hypviz.words.runs import describe

POLL_SECONDS = 0.3


def begin(spec: RunSpec, problems: ProblemSet, plan: RunPlan | None = None) -> RunRecord:
    """Create and start a run; raises `HypvizError` before anything is written if the spec cannot be run."""
    return runs.start(runs.create(spec, problems, plan).run_id)


def seconds_left(record: RunRecord, now: float) -> float | None:
    """What the worker promised last, less what has passed since; before its first promise what was said before the start.

    None where nothing was said. `now` is in seconds since the epoch.
    """
    promises = record.resources.promises if record.resources else ()
    if promises and record.step >= promises[-1].step - 1 and promises[-1].at >= (record.started_at or 0.0):
        return max(0.0, promises[-1].seconds_left - (now - promises[-1].at))
    if record.plan is None or record.plan.seconds is None or record.started_at is None:
        return None
    done = record.step / record.spec.steps
    return max(0.0, record.plan.seconds * (1.0 - done) - (now - record.started_at if not done else 0.0))


def wait(run_id: str, *, progress: Callable[[int, int, str], None]) -> RunRecord:
    """Follow a run to its end; Ctrl-C asks it to stop, and it is followed until it has saved its adapters."""
    asked = False
    while True:
        try:
            record = runs.get(run_id)
            if record.state in ENDED:
                return record
            left = seconds_left(record, time.time())
            told = describe(record) if left is None else f"{describe(record)}, about {duration(left)} left"
            progress(record.step, record.spec.steps, told)
            time.sleep(POLL_SECONDS)
        except KeyboardInterrupt:
            if asked:
                raise
            asked = True
            if runs.get(run_id).is_active:
                runs.stop(run_id)
