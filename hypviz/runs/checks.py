"""Whether a spec can be run at all, before anything is written; one sentence for the first thing that is wrong."""

from __future__ import annotations

import math
import re

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
    if spec.warmup >= spec.steps and spec.warmup > 0:
        raise HypvizError(f"A warm-up of {spec.warmup} steps leaves nothing of {spec.steps}; make it shorter than the run.")
    parts = spec.accumulate * spec.processes
    if spec.batch % parts:
        raise HypvizError(
            f"A batch of {spec.batch} cannot be cut into {parts} equal parts (accumulate times processes); choose a multiple of {parts}."
        )


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


def _check_names(spec: RunSpec) -> None:
    for method in spec.methods:
        METHODS.require(method)
    if not spec.methods or len(set(spec.methods)) != len(spec.methods):
        raise HypvizError(f"The methods are {','.join(spec.methods) or 'none'}; name one or more of {', '.join(METHODS)}, each once.")
    for entry in (METHODS[name] for name in spec.methods):
        if entry.scaled_by is not None and entry.scaled_by not in spec.methods:
            other = f"{title_of(entry.scaled_by)} ({entry.scaled_by})"
            raise HypvizError(
                f"{entry.label} ({entry.name}) starts at {title_of(entry.scaled_by)}'s scale and needs {other} beside it; add it, or leave "
                "the other out."
            )
    if spec.gain not in radial_gains():
        raise HypvizError(f"There is no gain {spec.gain!r} with a radius; choose {' or '.join(radial_gains())}.")
    if not spec.targets:
        raise HypvizError("No layer was chosen to adapt; choose at least one target module.")
    if spec.radius not in RADII:
        raise HypvizError(f"There is no radius {spec.radius!r}; choose {' or '.join(RADII)}.")
    if spec.clip not in CLIPS:
        raise HypvizError(f"There is no clip {spec.clip!r}; choose {' or '.join(CLIPS)}.")
    if spec.precision not in PRECISIONS:
        raise HypvizError(f"There is no precision {spec.precision!r}; choose {' or '.join(PRECISIONS)}.")
    if not re.fullmatch(r"cpu|cuda:\d+", spec.device):
        raise HypvizError(f"There is no device {spec.device!r}; choose cpu or cuda:0.")
