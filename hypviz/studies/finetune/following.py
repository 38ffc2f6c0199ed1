"""Starting a fine-tune, following it to its end, and how long it will still take.

The run is its own process: nothing but the run folder lies between it and whoever follows it here.
"""

from __future__ import annotations

import time
from contextlib import suppress

from hypviz import runs
from hypviz.errors import HypvizError
from hypviz.records.resources import RunPlan
from hypviz.records.runs import ENDED, RunRecord, RunSpec
from hypviz.records.texts import ProblemSet
from hypviz.words.durations import duration
from hypviz.words.runs import describe
from hypviz.work import NOBODY, Work

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


def wait(run_id: str, work: Work = NOBODY) -> RunRecord:
    """Follow a run to its end; when the work is asked to end the run is asked to stop, and followed until it has saved its adapters."""
    asked = False
    while (record := runs.get(run_id)).state not in ENDED:
        if work.is_stopped and not asked:
            asked = True
            ask_to_stop(run_id)
        left = seconds_left(record, time.time())
        told = describe(record) if left is None else f"{describe(record)}, about {duration(left)} left"
        work.report(record.step, record.spec.steps, told)
        time.sleep(POLL_SECONDS)
    return record


def ask_to_stop(run_id: str) -> None:
    """Ask a run to stop; one that has ended meanwhile, or is gone, needs no asking."""
    with suppress(HypvizError):
        runs.stop(run_id)
