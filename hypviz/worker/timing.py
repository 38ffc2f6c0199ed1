"""What the worker says about its own time and memory while it works: a promise after every unit of work, the process at its largest.

The pace is learned from the work itself, part by part and member by member, so that the first promise comes with the first part of the
first step and not with the end of it. The clock is handed in.
"""

from __future__ import annotations

from collections.abc import Callable

import torch

from hypviz.methods import METHODS
from hypviz.models.live.memory import available_memory, out_of_memory_kills
from hypviz.records.resources import RunResources, TimePromise
from hypviz.records.runs import RunSpec
from hypviz.statistics.pace import Pace
from hypviz.worker.memory import PEAK_CPU, PEAK_CUDA, process_peak

LOOK = "look"
LOOK_PARTS = 0.7  # of the time of a part and member that a look takes, until the first one was seen
KEPT_PROMISES = 400


class Timing:
    """Notes every part of a step (by member), every look and every save, and keeps what was promised."""

    def __init__(self, spec: RunSpec, start: int, now: Callable[[], float]) -> None:
        self._spec, self._now = spec, now
        left = spec.steps - start
        units = dict.fromkeys(spec.methods, left * spec.accumulate)
        units[LOOK] = sum(is_look(step, spec) for step in range(start, spec.steps)) * len(spec.methods)
        first, *others = spec.methods
        alike = {other: (first, METHODS[other].pace / METHODS[first].pace) for other in others} | {LOOK: (first, LOOK_PARTS)}
        self._pace = Pace(units, alike=alike)
        self._stretch = max(1, spec.steps // KEPT_PROMISES)
        self._promises: list[TimePromise] = []

    def note(self, kind: str, seconds: float, step: int) -> None:
        """A unit of `kind` (a method, or `LOOK`) took `seconds`; `step` whole steps are done."""
        self._pace.note(kind, seconds)
        left = self._pace.seconds_left()
        if left is None:
            return
        promise = TimePromise(at=self._now(), step=step, seconds_left=left)
        if self._promises and self._promises[-1].step // self._stretch == step // self._stretch:
            self._promises[-1] = promise
        else:
            self._promises.append(promise)

    @property
    def promises(self) -> tuple[TimePromise, ...]:
        """In order; the latest within each stretch of steps."""
        return tuple(self._promises)


def is_look(step: int, spec: RunSpec) -> bool:
    """Whether the layers are looked at after the step with this number (from 0): the first, every `probe_every`th and the last."""
    return (step + 1) % spec.probe_every == 0 or step + 1 == spec.steps or step == 0


def resources(device: torch.device, at: float, promises: tuple[TimePromise, ...], all_logits_because: str | None) -> RunResources:
    """The process and the machine as they are."""
    on_gpu = device.type == "cuda"
    return RunResources(
        at=at,
        peak_bytes=process_peak(device),
        peak_measured=PEAK_CUDA if on_gpu else PEAK_CPU,
        free_bytes=torch.cuda.mem_get_info(device)[0] if on_gpu else available_memory(),
        n_oom_kills=out_of_memory_kills(),
        all_logits_because=all_logits_because,
        promises=promises,
    )
