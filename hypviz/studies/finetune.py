"""A fine-tune from a few choices: the full spec, the expected time, starting it, waiting for it, taking it home.

The same for all members: data order, initial A, rank, steps, seed, learning rate, and alpha unless HypLoRA has its own. Defaults that
depend on the model are decided here, once, and written into the spec.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from hypviz import runs
from hypviz.errors import HypvizError
from hypviz.models import show_size
from hypviz.records.models import ModelRef, ModelSummary
from hypviz.records.resources import MemoryPlan, RunPlan
from hypviz.records.runs import DONE, ENDED, FAILED, LOST, METHOD_TITLES, METHODS, QUEUED, RunRecord, RunSpec
from hypviz.records.texts import ProblemSet
from hypviz.runs.checks import check_spec
from hypviz.statistics.pace import duration, roughly
from hypviz.studies.finetune_defaults import (
    default_device,
    default_lr,
    default_precision,
    default_targets,
    default_threads,
    default_warmup,
    max_tokens,
)
from hypviz.studies.finetune_lengths import example_lengths
from hypviz.studies.finetune_memory import plan_memory
from hypviz.studies.finetune_pace import Expected, expected_time

PRESETS = {"Quick": 150, "Thorough": 750}
POLL_SECONDS = 0.3
LORA_BEYOND = 6.0  # radii: twice what a calibrated layer's longest token has; the gain of a vanishing update is 34 there


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """What a person decides; None means: the default for this model, and for `accumulate` as many parts as memory asks for.

    `seeds` is for `hypviz.studies.finetune_seeds`: how many runs are made of it.
    """

    methods: tuple[str, ...] = METHODS
    steps: int = 150
    rank: int = 16
    alpha: float = 32.0
    hyplora_alpha: float | None = None
    lr: float | None = None
    targets: tuple[str, ...] | None = None
    c: float = 1.0
    radius: str = "calibrated"
    quantile: float = 1.0
    lora_beyond: float | None = LORA_BEYOND
    learn_c: bool = True
    seed: int = 0
    seeds: int = 1
    batch: int = 8
    accumulate: int | None = None
    warmup: int | None = None
    max_tokens: int | None = None
    precision: str | None = None
    device: str | None = None
    processes: int = 1
    threads: int | None = None


def make_spec(ref: ModelRef, summary: ModelSummary, problems: ProblemSet, choices: Choices) -> RunSpec:
    """Every setting explicit; `HypvizError` names a target that the model does not have."""
    targets = choices.targets if choices.targets is not None else default_targets(summary)
    strangers = [target for target in targets if target not in summary.linear_names]
    if strangers:
        there = ", ".join(summary.linear_names)
        raise HypvizError(f"{ref.label} has no layer named {strangers[0]!r}; choose targets from {there}.")
    device = choices.device or default_device()
    return RunSpec(
        base=ref,
        problems=problems.name,
        problems_fingerprint=problems.fingerprint,
        methods=choices.methods,
        steps=choices.steps,
        rank=choices.rank,
        alpha=float(choices.alpha),
        lr=float(choices.lr if choices.lr is not None else default_lr(ref)),
        targets=targets,
        c=float(choices.c),
        radius=choices.radius,
        learn_c=choices.learn_c,
        seed=choices.seed,
        batch=choices.batch,
        accumulate=choices.accumulate or 1,
        warmup=choices.warmup if choices.warmup is not None else default_warmup(choices.steps),
        weight_decay=0.0,
        clip_norm=1.0,
        max_tokens=max_tokens(choices.max_tokens, summary),
        precision=choices.precision or default_precision(device, summary),
        device=device,
        processes=choices.processes,
        threads=choices.threads or default_threads(summary, choices.processes),
        probe_every=10,
        checkpoint_seconds=20.0,
        hyplora_alpha=choices.hyplora_alpha,
        quantile=choices.quantile,
        lora_beyond=choices.lora_beyond,
        clip="layer",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """A spec with its number of parts decided, and what is said about it before the start."""

    spec: RunSpec
    memory: MemoryPlan
    time: Expected

    def plan(self) -> RunPlan:
        """For the run's folder."""
        return RunPlan(memory=self.memory, seconds=self.time.seconds(self.spec.steps), correction=self.time.correction)


def plan_run(ref: ModelRef, summary: ModelSummary, problems: ProblemSet, choices: Choices) -> Planned:
    """`make_spec`, then memory and time on this machine now; about two seconds the first time.

    `HypvizError` for a spec that cannot be run, a model without an end token, or too little free memory.
    """
    from hypviz.worker.data import end_token

    spec = make_spec(ref, summary, problems, choices)
    check_spec(spec)
    end_token(ref)
    lengths = example_lengths(ref, problems, spec.max_tokens)
    spec, memory = plan_memory(spec, summary, lengths, chosen=choices.accumulate is None)
    return Planned(spec=spec, memory=memory, time=expected_time(spec, summary, lengths, runs.list_runs()))


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


def memory_taken(record: RunRecord) -> str | None:
    """The process at its largest, and what had been expected, in one sentence; None before its first sign of life."""
    if record.resources is None:
        return None
    line = f"{show_size(record.resources.peak_bytes)}: {record.resources.peak_measured}"
    if record.spec.processes > 1:
        line += f", the first of {record.spec.processes}"
    return line if record.plan is None else f"{line}; expected {show_size(record.plan.memory.total_bytes)}"


def all_logits_sentence(record: RunRecord) -> str | None:
    """Said where the logits of all tokens had to be computed; None where those of answers were enough."""
    reason = record.resources.all_logits_because if record.resources else None
    if reason is None:
        return None
    return f"The logits of all tokens are computed, not only those of answers, because {reason}; this costs memory and time."


def time_taken(record: RunRecord) -> str | None:
    """Seconds from the start to the end against what had been said, for a run that has ended; None otherwise."""
    if record.started_at is None or record.ended_at is None or record.state != DONE:
        return None
    taken = duration(record.ended_at - record.started_at)
    said = record.plan.seconds if record.plan else None
    return taken if said is None else f"{taken}; about {roughly(said)} were expected"


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


def describe(record: RunRecord) -> str:
    """Where an active run stands, in a few words: its place in line, its phase, or the losses."""
    if record.state == QUEUED:
        place = record.queue_position
        return "starting" if place is None else f"waiting for its turn, number {place} in line"
    losses = [f"{METHOD_TITLES[m.method]} {m.last_loss:.3f}" for m in record.members if m.last_loss is not None]
    return ", ".join([record.phase if record.state != "stopping" else "stopping", *losses])


def require_usable(record: RunRecord) -> None:
    """`HypvizError` with the run's own sentence if it failed or was lost."""
    if record.state in (FAILED, LOST):
        raise HypvizError(f"{record.message} (run {record.run_id}, log in {record.folder}/log.txt)")


def require_free(out: Path) -> None:
    """`HypvizError` if `out` could not take a run: a file, or a folder with something in it."""
    if out.is_file() or (out.is_dir() and any(out.iterdir())):
        raise HypvizError(f"{out} already exists and is not empty; choose another folder for --out.")


def copy_run(record: RunRecord, out: Path) -> None:
    """A copy of the run at `out`: spec, metrics, log and adapters, without checkpoints and locks."""
    try:
        shutil.copytree(record.folder, out, dirs_exist_ok=True, ignore=shutil.ignore_patterns("*.lock", "stop", "checkpoint", ".*"))
    except (OSError, shutil.Error) as error:
        reason = getattr(error, "strerror", None) or "some files failed"
        raise HypvizError(f"The run could not be copied to {out} ({reason}); it is kept in {record.folder}.") from error


def headline(record: RunRecord) -> str:
    """One sentence for an ended run."""
    steps = f"{record.step} of {record.spec.steps} steps" if record.state != DONE else f"{record.spec.steps} steps"
    losses = [
        f"{METHOD_TITLES[m.method]} {m.first_loss:.3f} → {m.last_loss:.3f}"
        for m in record.members
        if m.first_loss is not None and m.last_loss
    ]
    return f"{record.state}: {steps}; loss {', '.join(losses)}" if losses else f"{record.state}: {steps}"


def too_long_sentence(record: RunRecord) -> str | None:
    """How many problems were left out for their length, or None."""
    if not record.n_too_long:
        return None
    return f"{record.n_too_long} of {record.n_problems} problems are longer than {record.spec.max_tokens} tokens and were left out."
