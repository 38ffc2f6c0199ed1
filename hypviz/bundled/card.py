"""The model card: what the bundled model was made from, by which command, and what it can do as measured.

``training.json`` beside the weights holds how they were made, ``figures.json`` what was measured of them; the card is their text.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hypviz.bundled import bundled_folder
from hypviz.bundled.texts import HELD_OUT, WEIGHTS, RealTexts
from hypviz.store import write_atomically

if TYPE_CHECKING:
    from hypviz.bundled.training import Reached, TrainingSpec

PARTS = ("accuracy", "minute", "headroom", "vocabulary", "speed", "three")
_TITLES = {
    "accuracy": "What the base can do",
    "minute": "What the quick preset teaches",
    "headroom": "What a harder skill leaves open",
    "vocabulary": "Its vocabulary",
    "speed": "Its speed",
    "three": "The three fine-tunes that ship with it",
}
_LICENCES = {
    "gsm8k": "MIT (openai/grade-school-math)",
    "math_data": "Apache-2.0, data ODC-By (AGI-Edgerunners/LLM-Adapters)",
    "mawps": "Apache-2.0, data ODC-By (AGI-Edgerunners/LLM-Adapters)",
    "commonsense": "Apache-2.0 (OpenBookQA), CC BY-SA (AI2 ARC)",
    "wikitext2": "CC BY-SA (WikiText-2)",
}
_KEPT_LINES = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One measured line of the card, in words."""

    what: str
    value: str
    note: str = ""


def write_training(target: Path, spec: TrainingSpec, progress: Reached, real: RealTexts, log: Path) -> None:
    """Write ``training.json`` with the spec, the loss curve and the text counts, and the card of a model without figures yet."""
    curve = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()] if log.is_file() else []
    kept = curve[:: max(1, len(curve) // _KEPT_LINES)]
    if curve and kept[-1] != curve[-1]:
        kept.append(curve[-1])
    facts = {"spec": asdict(spec), "progress": asdict(progress), "sources": real.sources, "loss": kept}
    write_atomically(target / "training.json", json.dumps(facts, indent=1))
    write_card(target)


def keep_figures(part: str, figures: list[Figure], target: Path | None = None) -> None:
    """Replace one part of the figures, and write the card anew."""
    target = bundled_folder() if target is None else target
    kept = _read(target / "figures.json") | {part: [asdict(figure) for figure in figures]}
    write_atomically(
        target / "figures.json", json.dumps({name: kept[name] for name in PARTS if name in kept}, indent=1, ensure_ascii=False)
    )
    write_card(target)


def write_card(target: Path) -> None:
    """Write ``README.md`` beside the weights from ``training.json`` and ``figures.json``."""
    write_atomically(target / "README.md", _text(_read(target / "training.json"), _read(target / "figures.json")))


def _read(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}


def _text(facts: dict[str, Any], figures: dict[str, Any]) -> str:
    spec, progress, sources = facts["spec"], facts["progress"], facts["sources"]
    shares = ", ".join(f"{share:.0%} {kind}" for kind, share in WEIGHTS.items())
    rows = "\n".join(f"| {name} | {count:,} | {_LICENCES[name.split('/')[0]]} |" for name, count in sources.items())
    loss = f"{facts['loss'][-1]['loss']:.3f}" if facts["loss"] else "not recorded"
    data = " --data DIR" if sources else ""
    measured = "\n\n".join(_section(part, figures[part]) for part in PARTS if part in figures)
    return f"""# The bundled model

A Llama of {spec["n_layers"]} layers and width {spec["hidden_size"]} with tied embeddings and {spec["vocab_size"]:,} tokens,
trained from scratch so that hypviz works without a network. It is a teaching model: it knows one-step word problems, which
things are animals, fruits or tools, and a little English, and nothing else. It states false things fluently; do not use it for
anything but demonstrations.

* Made by `python -m hypviz.bundled.recipe --hours {spec["hours"]:g} --seed {spec["seed"]}{data}`
* {progress["tokens"]:,} tokens in {progress["step"]:,} steps, {progress["seconds"] / 60:.0f} minutes on two cores
* Last running loss {loss} (curve in `training.json`)
* Mixture by document: {shares}.
  "problem" and "equation" come from `hypviz.problems` (training split only), "fact" says its taxonomy in plain sentences; the skills
  {", ".join(HELD_OUT)} are kept out, so that a fine-tune has something to teach.

| real text | documents | licence |
|---|---|---|
{rows or "| none | 0 | - |"}

{measured or "Nothing has been measured of these weights yet; `python benchmarks/bundled.py accuracy --write` does."}
"""


def _section(part: str, figures: list[dict[str, str]]) -> str:
    rows = "\n".join(f"| {f['what']} | {f['value']} | {f['note']} |" for f in figures)
    return f"## {_TITLES[part]}\n\nMeasured by `python benchmarks/bundled.py {part}`.\n\n| | | |\n|---|---|---|\n{rows}"
