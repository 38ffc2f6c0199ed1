"""The model card: what the bundled model was made from, by which command, and what it can do as measured."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from hypviz.bundled.texts import HELD_OUT, WEIGHTS, RealTexts
from hypviz.store import write_atomically

if TYPE_CHECKING:
    from hypviz.bundled.training import Progress, TrainingSpec

_LICENCES = {
    "gsm8k": "MIT (openai/grade-school-math)",
    "math_data": "Apache-2.0, data ODC-By (AGI-Edgerunners/LLM-Adapters)",
    "mawps": "Apache-2.0, data ODC-By (AGI-Edgerunners/LLM-Adapters)",
    "commonsense": "Apache-2.0 (OpenBookQA), CC BY-SA (AI2 ARC)",
    "wikitext2": "CC BY-SA (WikiText-2)",
}


def write_card(target: Path, spec: TrainingSpec, progress: Progress, real: RealTexts, log: Path) -> None:
    """Write ``README.md`` beside the weights, and ``training.json`` with the spec, the loss curve and the text counts."""
    curve = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()] if log.is_file() else []
    facts = {"spec": asdict(spec), "progress": asdict(progress), "sources": real.sources, "loss": curve[:: max(1, len(curve) // 60)]}
    write_atomically(target / "training.json", json.dumps(facts, indent=1))
    write_atomically(target / "README.md", _text(spec, progress, real, curve))


def _text(spec: TrainingSpec, progress: Progress, real: RealTexts, curve: list[dict[str, float]]) -> str:
    shares = ", ".join(f"{share:.0%} {kind}" for kind, share in WEIGHTS.items())
    sources = (
        "\n".join(f"| {name} | {count:,} | {_LICENCES[name.split('/')[0]]} |" for name, count in real.sources.items()) or "| none | 0 | - |"
    )
    loss = f"{curve[-1]['loss']:.3f}" if curve else "not recorded"
    data = " --data DIR" if real.sources else ""
    return f"""# The bundled model

A Llama of {spec.n_layers} layers and width {spec.hidden_size} with tied embeddings and {spec.vocab_size:,} tokens,
trained from scratch so that hypviz works without a network. It is a teaching model: it knows one-step word problems and a
little English, and nothing else.

* Made by `python -m hypviz.bundled.recipe --hours {spec.hours:g} --seed {spec.seed}{data}`
* {progress.tokens:,} tokens in {progress.step:,} steps, {progress.seconds / 60:.0f} minutes
* Last running loss {loss} (curve in `training.json`)
* Mixture by document: {shares}.
  "problem" and "equation" come from `hypviz.problems` (training split only); the skills {", ".join(HELD_OUT)}
  are kept out, so that a fine-tune has something to teach.

| real text | documents | licence |
|---|---|---|
{sources}

Recompute its accuracy with `python -m hypviz evaluate bundled --problems one-step --n 500` (test split, greedy decoding);
likewise for the other skills. It states false things fluently; do not use it for anything but demonstrations.
"""
