"""From what a person decides to a run's spec with every number, with the memory and the time that it will take.

The same for all members: data order, initial A, rank, steps, seed, learning rate, and alpha unless HypLoRA has its own. Defaults that
depend on the model are decided here, once, and written into the spec.
"""

from __future__ import annotations

from dataclasses import dataclass

from hypviz import runs
from hypviz.errors import HypvizError
from hypviz.methods import default_methods
from hypviz.models.live.loading import require_whole
from hypviz.models.tokenizer.asked import end_of_answer, require_template, usual_template
from hypviz.records.asking import Asking
from hypviz.records.models import ModelSummary
from hypviz.records.resources import MemoryPlan, RunPlan
from hypviz.records.runs import RunSpec
from hypviz.records.specs.finetune import ExperimentSpec
from hypviz.runs.checks import check_choices, check_parts, check_spec, check_warmup
from hypviz.studies.finetune.defaults import (
    default_device,
    default_lr,
    default_precision,
    default_targets,
    default_threads,
    default_warmup,
    max_tokens,
    n_cores,
    n_gpus,
)
from hypviz.studies.finetune.lengths import example_lengths
from hypviz.studies.finetune.memory import plan_memory
from hypviz.studies.finetune.pace import Expected, expected_time
from hypviz.studies.finetune.seeds import check_seeds

__all__ = [
    "PRESETS",
    "Planned",
    "check_choices",
    "check_parts",
    "check_warmup",
    "make_spec",
    "plan_run",
    "require_cores",
]

PRESETS = {"Quick": 150, "Thorough": 750}


def make_spec(asked: ExperimentSpec, summary: ModelSummary) -> RunSpec:
    """Every setting explicit; `HypvizError` names a target that the model does not have, `ModelError` says why it cannot be trained."""
    require_whole(asked.model)
    device = asked.device or default_device()
    return RunSpec(
        base=asked.model,
        problems=asked.problems.name,
        problems_fingerprint=asked.problems.fingerprint,
        methods=default_methods() if asked.methods is None else asked.methods,
        steps=asked.steps,
        rank=asked.rank,
        alpha=float(asked.alpha),
        lr=float(asked.lr if asked.lr is not None else default_lr(asked.model)),
        targets=_targets(asked, summary),
        c=float(asked.c),
        radius=asked.radius,
        learn_c=asked.learn_c,
        seed=asked.seed,
        batch=asked.batch,
        accumulate=asked.accumulate or 1,
        warmup=asked.warmup if asked.warmup is not None else default_warmup(asked.steps),
        weight_decay=0.0,
        clip_norm=1.0,
        max_tokens=max_tokens(asked.max_tokens, summary),
        precision=asked.precision or default_precision(device, summary),
        device=device,
        processes=asked.processes,
        threads=asked.threads or default_threads(summary, asked.processes),
        probe_every=10,
        checkpoint_seconds=20.0,
        hyplora_alpha=asked.hyplora_alpha,
        quantile=asked.quantile,
        lora_beyond=asked.lora_beyond,
        clip="layer",
        gain=asked.gain,
        asking=asked.asking or Asking(template=usual_template(asked.model)),
    )


def _targets(asked: ExperimentSpec, summary: ModelSummary) -> tuple[str, ...]:
    targets = asked.targets if asked.targets is not None else default_targets(summary)
    strangers = [target for target in targets if target not in summary.linear_names]
    if strangers:
        there = ", ".join(summary.linear_names)
        raise HypvizError(f"{asked.model.label} has no layer named {strangers[0]!r}; choose targets from {there}.")
    return targets


def require_cores(device: str, processes: int) -> None:
    """`HypvizError` where this machine has no core, or no GPU, for every process."""
    if processes == 1:
        return
    n, what = (n_cores(), "core") if device == "cpu" else (n_gpus(), "GPU")
    if processes > n:
        there = f"1 {what}" if n == 1 else f"{n} {what}s"
        raise HypvizError(f"processes is {processes}, but this machine has {there}, and each process takes one; choose at most {n}.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """A spec with its number of parts decided, and what is said about it before the start."""

    spec: RunSpec
    memory: MemoryPlan
    time: Expected

    def plan(self) -> RunPlan:
        """For the run's folder."""
        return RunPlan(memory=self.memory, seconds=self.time.seconds(self.spec.steps), correction=self.time.correction)


def plan_run(asked: ExperimentSpec, summary: ModelSummary) -> Planned:
    """`make_spec`, then memory and time on this machine now; about two seconds the first time.

    `HypvizError` for a spec that cannot be run, a model without an end token, or too little free memory.
    """
    check_seeds(asked.seeds)
    spec = make_spec(asked, summary)
    check_spec(spec)
    require_cores(spec.device, spec.processes)
    require_template(asked.model, spec.asking)
    end_of_answer(asked.model, spec.asking)
    lengths = example_lengths(asked.model, asked.problems, spec.max_tokens, spec.asking)
    spec, memory = plan_memory(spec, summary, lengths, chosen=asked.accumulate is None)
    return Planned(spec=spec, memory=memory, time=expected_time(spec, summary, lengths, runs.list_runs()))
