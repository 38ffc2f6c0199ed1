"""A fine-tune from a few choices: the full spec, the expected time, starting it, waiting for it, taking it home.

The same for all members: data order, initial A, rank, steps, seed, learning rate, and alpha unless HypLoRA has its own. Defaults that
depend on the model are decided here, once, and written into the spec.
"""

from __future__ import annotations

from dataclasses import dataclass

from hypviz import runs
from hypviz.errors import HypvizError
from hypviz.records.models import ModelRef, ModelSummary
from hypviz.records.resources import MemoryPlan, RunPlan
from hypviz.records.runs import METHODS, RunSpec
from hypviz.records.texts import ProblemSet
from hypviz.runs.checks import check_spec
from hypviz.studies.finetune.defaults import (
    default_device,
    default_lr,
    default_precision,
    default_targets,
    default_threads,
    default_warmup,
    max_tokens,
)
from hypviz.studies.finetune.lengths import example_lengths
from hypviz.studies.finetune.memory import plan_memory
from hypviz.studies.finetune.pace import Expected, expected_time

PRESETS = {"Quick": 150, "Thorough": 750}
LORA_BEYOND = 6.0  # radii: twice what a calibrated layer's longest token has; the gain of a vanishing update is 34 there


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """What a person decides; None means: the default for this model, and for `accumulate` as many parts as memory asks for.

    `seeds` is for `hypviz.studies.finetune.seeds`: how many runs are made of it.
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
