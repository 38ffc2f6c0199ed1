"""Whether a spec can be run at all, before anything is written; one sentence for the first thing that is wrong."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from hypviz.errors import HypvizError
from hypviz.gains import radial_gains
from hypviz.methods import METHODS, title_of
from hypviz.records import limits
from hypviz.records.runs import CLIPS, PRECISIONS, RADII, RunSpec

_LIMITS = (
    limits.STEPS,
    limits.RANK,
    limits.SEED,
    limits.BATCH,
    limits.ACCUMULATE,
    limits.WARMUP,
    limits.LEARNED_TOKENS,
    limits.PROCESSES,
    limits.THREADS,
    limits.ALPHA,
    limits.LR,
    limits.CURVATURE,
    limits.QUANTILE,
)
_OR_NONE = (limits.HYPLORA_ALPHA, limits.BEYOND)
_POSITIVE = ("probe_every", "clip_norm", "checkpoint_seconds")  # nobody is asked for these
MOST_EXAMPLES = 100_000_000  # in a run: their order is laid down before the first step


def check_spec(spec: RunSpec) -> None:
    """Raise `HypvizError` for a value that no run can have."""
    _check_numbers(spec)
    _check_names(spec)
    if spec.steps * spec.batch > MOST_EXAMPLES:
        raise HypvizError(
            f"{spec.steps:,} steps of {spec.batch:,} examples are more than the {MOST_EXAMPLES:,} that a run can put in order; take fewer."
        )
    check_warmup(spec.warmup, spec.steps)
    check_parts(spec.batch, spec.accumulate, spec.processes)


def _check_numbers(spec: RunSpec) -> None:
    for limit in _LIMITS:
        limit.check(getattr(spec, limit.name))
    for limit in _OR_NONE:
        if getattr(spec, limit.name) is not None:
            limit.check(getattr(spec, limit.name))
    for name in _POSITIVE:
        value = getattr(spec, name)
        if not math.isfinite(value) or value <= 0:
            raise HypvizError(f"{name} must be a number above 0, but it is {value}; change it.")
    if not math.isfinite(spec.weight_decay) or spec.weight_decay < 0:
        raise HypvizError(f"weight_decay must be at least 0, but it is {spec.weight_decay}; change it.")


def check_choices(*, methods: Sequence[str], gain: str, radius: str, precision: str) -> None:
    """Raise `HypvizError` for names that no run knows: what can be said before a model or a problem is read."""
    for method in methods:
        METHODS.require(method)
    if not methods or len(set(methods)) != len(methods):
        raise HypvizError(f"The methods are {','.join(methods) or 'none'}; name one or more of {', '.join(METHODS)}, each once.")
    for entry in (METHODS[name] for name in methods):
        if entry.scaled_by is not None and entry.scaled_by not in methods:
            other = f"{title_of(entry.scaled_by)} ({entry.scaled_by})"
            raise HypvizError(
                f"{entry.label} ({entry.name}) starts at {title_of(entry.scaled_by)}'s scale and needs {other} beside it; add it, or leave "
                "the other out."
            )
    for what, name, known in (("gain", gain, radial_gains()), ("radius", radius, RADII), ("precision", precision, PRECISIONS)):
        if name not in known:
            raise HypvizError(f"There is no {what} {name!r}{' with a radius' if what == 'gain' else ''}; choose {' or '.join(known)}.")


def check_warmup(warmup: int, steps: int) -> None:
    """Raise `HypvizError` for a warm-up that leaves no step of the run."""
    if warmup >= steps and warmup > 0:
        raise HypvizError(f"A warm-up of {warmup} steps leaves nothing of {steps}; make it shorter than the run.")


def check_parts(batch: int, accumulate: int, processes: int) -> None:
    """Raise `HypvizError` for a batch that cannot be cut into as many equal parts."""
    parts = accumulate * processes
    if batch % parts:
        raise HypvizError(
            f"A batch of {batch} cannot be cut into {parts} equal parts (accumulate times processes); choose a multiple of {parts}."
        )


def _check_names(spec: RunSpec) -> None:
    check_choices(methods=spec.methods, gain=spec.gain, radius=spec.radius, precision=spec.precision)
    if not spec.targets:
        raise HypvizError("No layer was chosen to adapt; choose at least one target module.")
    if spec.clip not in CLIPS:
        raise HypvizError(f"There is no clip {spec.clip!r}; choose {' or '.join(CLIPS)}.")
    if not re.fullmatch(r"cpu|cuda:\d+", spec.device):
        raise HypvizError(f"There is no device {spec.device!r}; choose cpu or cuda:0.")
