"""LoRA, LoRA at HypLoRA's scale and HypLoRA on a model and a file of problems: losses against a plain script's, and memory.

The worker runs in a process of its own, as from the page, and its peak is its own (resident memory, libraries included). Then
`plain_three` takes the same batches. ``python benchmarks/matched_three.py MODEL PROBLEMS [--steps 20 --batch 8 --tokens 256]``.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))


def main() -> None:
    """Print one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model")
    parser.add_argument("problems")
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--tokens", type=int, default=256)
    parser.add_argument("--limit", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--plain-steps", type=int, help="How many of the steps the plain script repeats. [default: all]")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        os.environ["HYPVIZ_CACHE"] = scratch
        print(json.dumps(compare(given), indent=2))


def compare(given: argparse.Namespace) -> dict[str, Any]:
    """The figures."""
    from hypviz import runs
    from hypviz.corpora import read_problems
    from hypviz.models import load_model, resolve, summarise
    from hypviz.records.specs.finetune import ExperimentSpec
    from hypviz.studies.finetune.copies import require_usable
    from hypviz.studies.finetune.following import begin, wait
    from hypviz.studies.finetune.planning import plan_run

    ref, problems = resolve(given.model), read_problems(given.problems, limit=given.limit, split="train")
    asked = ExperimentSpec(
        model=ref, problems=problems, steps=given.steps, batch=given.batch, max_tokens=given.tokens, precision="float32", seed=given.seed
    )
    planned = plan_run(asked, summarise(ref))
    record = wait(begin(planned.spec, problems, planned.plan()).run_id)
    require_usable(record)
    curves = {curve.method: curve for curve in runs.metrics(record.run_id).curves}
    plain = plain_losses(load_model(ref, dtype="float32"), planned.spec, problems, given.plain_steps or given.steps)
    gaps = {m: max(abs(a - b) / b for a, b in zip(curves[m].losses.tolist(), plain[m], strict=False)) for m in plain}
    return {
        "losses": {m: [round(float(v), 6) for v in curve.losses] for m, curve in curves.items()},
        "plain": {m: [round(v, 6) for v in found] for m, found in plain.items()},
        "largest relative difference": gaps,
        "seconds per step": {m: round(float(curve.seconds.mean()), 2) for m, curve in curves.items()},
        "steps with a shortened gradient": {m.method: m.n_clipped for m in record.members},
        "peak bytes": record.resources.peak_bytes if record.resources else None,
        "expected bytes": planned.memory.total_bytes,
    }


def plain_losses(model: Any, spec: Any, problems: Any, steps: int) -> dict[str, list[float]]:
    """The plain script on the batches of a spec; of a longer run its first `steps`."""
    from benchmarks.plain_three import Settings, losses
    from hypviz.worker.data import Stream, encode_examples

    stream = Stream(
        encode_examples(spec.base, problems.problems, max_tokens=spec.max_tokens), steps=spec.steps, batch=spec.batch, seed=spec.seed
    )
    rows = [(list(item.example.ids), item.example.n_prompt) for item in (stream[i] for i in range(len(stream)))]
    batches = [rows[first : first + spec.batch] for first in range(0, len(rows), spec.batch)][:steps]
    settings = Settings(rank=spec.rank, alpha=spec.alpha, lr=spec.lr, warmup=spec.warmup, targets=spec.targets, seed=spec.seed)
    return losses(model, batches, settings, n_steps=spec.steps)


if __name__ == "__main__":
    main()
