"""What a fine-tune is asked to do, and what has become of it.

`RunSpec` decides every number of a run on one machine. `RunRecord` is what a reader sees: the spec, the state, one `MemberReport`
per method, and for a run that ended badly the sentence that says why. Times are seconds since the epoch; bytes say how they
were measured. The worker keeps `RunStatus` on disk; the state ``lost`` is never written, it is what a reader concludes when an
unfinished run has no living worker.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hypviz.records.asking import PLAIN_QUESTION, Asking
from hypviz.records.base import Record
from hypviz.records.hyplora import ProbeSummary
from hypviz.records.models import ModelRef
from hypviz.records.resources import RunPlan, RunResources

RADII = ("typical", "calibrated")
CLIPS = ("layer", "all")
PRECISIONS = ("float32", "bfloat16")

QUEUED, RUNNING, STOPPING, DONE, STOPPED, FAILED, LOST = "queued", "running", "stopping", "done", "stopped", "failed", "lost"
STATES = (QUEUED, RUNNING, STOPPING, DONE, STOPPED, FAILED, LOST)
ACTIVE = (QUEUED, RUNNING, STOPPING)
ENDED = (DONE, STOPPED, FAILED, LOST)
MOST_STEPS = 1_000_000  # of a run: more would take years, and its order of batches all memory


def loss_window(steps: int) -> int:
    """Over how many of the last steps `MemberReport.last_loss` is averaged: a tenth, at least 1 and at most 10."""
    return max(1, min(10, steps // 10))


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSpec(Record):
    """One fine-tune: the base, the methods trained in turn on the same batches, the data, and every setting.

    `batch` examples make one optimizer step, in `accumulate` equal parts over `processes` processes. `warmup` steps rise to `lr`,
    then it falls linearly to 0. `radius` "typical" uses `c`; "calibrated" sets each layer's radius from the first batch, whatever
    `c` says, so that the `quantile` of its tokens' u is 3; with `learn_c` the radius is trained from there. Tokens longer than
    `lora_beyond` radii are adapted as by LoRA.
    `alpha` is LoRA's, and HypLoRA's too unless `hyplora_alpha` gives it its own; what a method makes of them, of the variant of the
    `gain` and of the rest is in its file in `hypviz.methods`.
    `clip` says what is shortened to `clip_norm`: the gradient of each adapted layer by itself ("layer"), or that of all of them
    together ("all").
    `asking` says how the problems are put to the model, as they are asked afterwards; the examples in it are not learned from.
    `max_tokens` is the longest example used; longer ones are left out and counted. `threads` is per process; like `precision` and
    `device` it decides the last bits of the result.
    """

    base: ModelRef
    problems: str
    problems_fingerprint: str
    methods: tuple[str, ...]
    steps: int
    rank: int
    alpha: float
    lr: float
    targets: tuple[str, ...]
    c: float
    radius: str
    learn_c: bool
    seed: int
    batch: int
    accumulate: int
    warmup: int
    weight_decay: float
    clip_norm: float
    max_tokens: int
    precision: str
    device: str
    processes: int
    threads: int
    probe_every: int
    checkpoint_seconds: float
    hyplora_alpha: float | None = None
    quantile: float = 0.99
    lora_beyond: float | None = None
    clip: str = "all"
    gain: str = "exact"
    asking: Asking = PLAIN_QUESTION


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberReport(Record):
    """How far one method has come.

    `seconds` is its own time (forward, backward, optimizer), without probes and checkpoints; `peak_bytes` its own memory in one step,
    measured as `RunRecord.bytes_measured` says. `first_loss` is that of the first step, `last_loss` the mean over the last
    `loss_window(steps)` steps.
    `adapter` is the folder of the saved adapter (absolute in a `RunRecord`), taken after `adapter_steps` steps; None before that.
    `n_clipped` counts steps in which a gradient was longer than `clip_norm`, `n_layers_clipped` the layers in all these steps.
    """

    method: str
    steps: int
    seconds: float
    first_loss: float | None
    last_loss: float | None
    n_parameters: int
    n_clipped: int
    peak_bytes: int | None
    adapter: str | None
    adapter_steps: int
    adapter_fingerprint: str | None
    n_layers_clipped: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RunStatus(Record):
    """What the worker writes to status.json: replaced as a whole, at least once a second while it lives.

    `layer_c` is the curvature that calibration chose for each adapted layer, in the model's order; empty without calibration.
    """

    state: str
    message: str | None
    phase: str
    created_at: float
    queued_at: float
    started_at: float | None
    ended_at: float | None
    heartbeat_at: float
    pid: int | None
    step: int
    n_problems: int
    n_examples: int
    n_too_long: int
    n_answer_tokens: int
    bytes_measured: str | None
    layer_c: tuple[float, ...]
    members: tuple[MemberReport, ...]
    versions: dict[str, str]
    n_rejoined: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberState(Record):
    """The counters of one member in a checkpoint; `recent` are the last losses, for `MemberReport.last_loss`."""

    method: str
    seconds: float
    first_loss: float | None
    recent: tuple[float, ...]
    n_clipped: int
    peak_bytes: int | None
    adapter_fingerprint: str
    n_layers_clipped: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckpointState(Record):
    """After how many steps a checkpoint was taken, and the counters then."""

    step: int
    members: tuple[MemberState, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRecord(Record):
    """A run as read from its folder, newest knowledge first.

    `is_shipped` runs came with hypviz and are nobody's to delete. `state` may be ``lost``; `queue_position` is 1 for the run that
    starts next, None unless queued; `log_tail` is filled for runs that failed or were lost; `checkpoint_step` is where
    `hypviz.runs.resume` goes on from, 0 for the beginning. Adapters are given for runs that have ended: of a run that failed or was
    lost those of its checkpoint, so that all members stand at the same step. `plan` and `resources` are None where a run has none, or
    one that cannot be read: `damaged` then says so.
    """

    run_id: str
    folder: str
    is_shipped: bool
    spec: RunSpec
    state: str
    message: str | None
    phase: str
    created_at: float
    started_at: float | None
    ended_at: float | None
    heartbeat_at: float
    pid: int | None
    step: int
    queue_position: int | None
    checkpoint_step: int
    log_tail: str
    n_problems: int
    n_examples: int
    n_too_long: int
    n_answer_tokens: int
    bytes_measured: str | None
    layer_c: tuple[float, ...]
    members: tuple[MemberReport, ...]
    versions: dict[str, str]
    plan: RunPlan | None
    resources: RunResources | None
    damaged: tuple[str, ...] = ()
    n_rejoined: int = 0

    @property
    def is_active(self) -> bool:
        """Queued, running or stopping: a worker lives."""
        return self.state in ACTIVE

    def member(self, method: str) -> MemberReport | None:
        """The report of one method, or None."""
        return next((m for m in self.members if m.method == method), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberCurve(Record):
    """One method's metrics: per step (n,) its number, loss, seconds, learning rate and the length of its gradient over all layers, before
    it was shortened (NaN where a run did not note it); per probe (m,) what HypLoRA or LoRA adds.

    `delta_ratio` is the median over tokens and layers of |Delta|/|Wx|; `gain_low`, `gain_median`, `gain_high` are the 1st, 50th and
    99th percentile of HypLoRA's gain g over all tokens of all layers (1 means: acts as LoRA), `gain_variation` the median over the
    layers of its variation within the layer; NaN for LoRA, and the variation where it was not measured.
    """

    method: str
    steps: np.ndarray
    losses: np.ndarray
    seconds: np.ndarray
    lrs: np.ndarray
    gradients: np.ndarray
    probe_steps: np.ndarray
    delta_ratio: np.ndarray
    gain_low: np.ndarray
    gain_median: np.ndarray
    gain_high: np.ndarray
    gain_variation: np.ndarray

    def until(self, step: int) -> MemberCurve:
        """The curve up to and including `step`."""
        n, m = int(np.searchsorted(self.steps, step, side="right")), int(np.searchsorted(self.probe_steps, step, side="right"))
        return MemberCurve(
            method=self.method,
            steps=self.steps[:n],
            losses=self.losses[:n],
            seconds=self.seconds[:n],
            lrs=self.lrs[:n],
            gradients=self.gradients[:n],
            probe_steps=self.probe_steps[:m],
            delta_ratio=self.delta_ratio[:m],
            gain_low=self.gain_low[:m],
            gain_median=self.gain_median[:m],
            gain_high=self.gain_high[:m],
            gain_variation=self.gain_variation[:m],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RunProbe(Record):
    """What every member's layers did on the batch of the last probe, after `step` steps."""

    step: int
    summary: ProbeSummary


@dataclass(frozen=True, slots=True, kw_only=True)
class RunMetrics(Record):
    """All curves of one run; `n_damaged` counts lines of metrics.jsonl that could not be read."""

    run_id: str
    curves: tuple[MemberCurve, ...]
    n_damaged: int

    def curve(self, method: str) -> MemberCurve | None:
        """The curve of one method, or None."""
        return next((c for c in self.curves if c.method == method), None)

    def until(self, step: int) -> RunMetrics:
        """The curves up to and including `step`."""
        return RunMetrics(run_id=self.run_id, curves=tuple(curve.until(step) for curve in self.curves), n_damaged=self.n_damaged)
