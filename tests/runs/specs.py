"""The smallest fine-tune worth the name: twenty one-step problems, six steps, rank 4, on a tiny Llama."""

from __future__ import annotations

from pathlib import Path

from hypviz.methods.comparison import BASELINE, CONTROL, SUBJECT
from hypviz.models import resolve
from hypviz.problems import problem_set
from hypviz.records.runs import RunSpec
from hypviz.records.texts import ProblemSet

TRIO = (BASELINE, CONTROL, SUBJECT)  # the three that are compared, whatever other methods there are


def tiny_problems() -> ProblemSet:
    """Twenty problems."""
    return ProblemSet(name="one-step", problems=problem_set("one-step", 20), fingerprint="twenty", n_skipped=0)


def tiny_spec(folder: Path) -> RunSpec:
    """A pair on the model in `folder`."""
    return RunSpec(
        base=resolve(str(folder)),
        problems="one-step",
        problems_fingerprint="twenty",
        methods=("lora", "hyplora"),
        steps=6,
        rank=4,
        alpha=8.0,
        lr=1e-2,
        targets=("q_proj", "v_proj", "down_proj"),
        c=1.0,
        radius="typical",
        learn_c=True,
        seed=0,
        batch=4,
        accumulate=1,
        warmup=1,
        weight_decay=0.0,
        clip_norm=1.0,
        max_tokens=200,
        precision="float32",
        device="cpu",
        processes=1,
        threads=1,
        probe_every=3,
        checkpoint_seconds=1000.0,
    )
