"""Accuracies printed in arXiv 2410.04010v2, Tables 3 and 4 (whole in Tables 8 and 9), as reference marks; none is measured by hypviz.

In: the name of a problem set and of a model, as a person has them. Out: the rows for that set, and for that model where the paper has
one of the name. Accuracies are in percent there and means of three runs; `noise` is the half-width of a 95 % interval from the binomial
spread over n problems alone (1.96 standard errors). The sizes are those of the test files that the authors released, HellaSwag's that of
its published validation split, which stands for a test. "untuned" is what the paper calls None.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

ARITHMETIC_SOURCE, COMMONSENSE_SOURCE = "arXiv 2410.04010v2, Tables 3 and 8", "arXiv 2410.04010v2, Tables 4 and 9"
ARITHMETIC = {"MAWPS": 238, "SVAMP": 1000, "GSM8K": 1319, "AQuA": 254}  # n of the test split
COMMONSENSE = {
    "BoolQ": 3270,
    "PIQA": 1838,
    "SIQA": 1954,
    "HellaSwag": 10042,
    "WinoGrande": 1267,
    "ARC-e": 2376,
    "ARC-c": 1172,
    "OBQA": 500,
}

_ARITHMETIC: dict[str, dict[str, tuple[float | None, ...]]] = {  # by model and method, the sets in the order of ARITHMETIC
    "GPT-3.5": {
        "untuned": (87.4, 69.9, 56.4, 38.9),
    },
    "LLaMA-7B": {
        "untuned": (51.7, 32.4, 15.7, 16.9),
        "LoRA": (81.9, 48.2, 38.3, 18.5),
        "DoRA": (80.0, 48.8, 39.0, 16.4),
        "HypLoRA": (79.0, 49.1, 39.1, 20.5),
    },
    "LLaMA-13B": {
        "untuned": (65.5, 37.5, 32.4, 15.0),
        "LoRA": (83.5, 54.7, 48.5, 18.5),
        "DoRA": (83.0, 54.6, None, 18.9),
        "HypLoRA": (83.2, 54.8, 49.0, 21.5),
    },
    "Gemma-7B": {
        "untuned": (76.5, 60.4, 38.4, 25.2),
        "LoRA": (91.6, 76.2, 66.3, 28.9),
        "DoRA": (90.7, 79.2, 68.3, 33.9),
        "HypLoRA": (89.5, 78.7, 69.5, 32.7),
    },
    "LLaMA3-8B": {
        "untuned": (79.8, 50.0, 54.7, 21.0),
        "LoRA": (92.7, 78.9, 70.8, 30.4),
        "DoRA": (90.3, 79.8, 73.3, 21.3),
        "HypLoRA": (91.6, 80.5, 74.0, 34.2),
    },
    "Gemma3-4B": {
        "LoRA": (90.8, 77.3, 72.3, 50.8),
        "DoRA": (89.5, 78.8, 68.5, 52.4),
        "HypLoRA": (88.2, 83.9, 76.1, 53.2),
    },
    "Qwen2.5-7B": {
        "LoRA": (90.8, 84.4, 78.6, 68.1),
        "DoRA": (92.8, 87.4, 80.4, 64.2),
        "HypLoRA": (91.2, 92.2, 87.9, 71.6),
    },
}
_COMMONSENSE: dict[str, dict[str, tuple[float | None, ...]]] = {  # the sets in the order of COMMONSENSE
    "GPT-3.5": {
        "untuned": (73.1, 85.4, 68.5, 78.5, 66.1, 89.8, 79.9, 74.8),
    },
    "LLaMA3-8B": {
        "LoRA": (70.8, 85.2, 79.9, 91.7, 84.3, 84.2, 71.2, 79.0),
        "DoRA": (72.1, 85.5, 79.6, 92.8, 83.3, 85.2, 72.1, 84.0),
        "HypLoRA": (74.1, 87.6, 80.6, 94.5, 84.7, 90.4, 81.2, 85.2),
    },
    "Gemma3-4B": {
        "LoRA": (68.1, 83.2, 77.2, 88.9, 80.5, 84.5, 69.9, 83.6),
        "DoRA": (68.1, 84.3, 78.4, 88.3, 80.1, 84.1, 70.8, 83.8),
        "HypLoRA": (70.0, 84.3, 79.2, 91.5, 80.3, 89.1, 75.9, 86.4),
    },
    "Qwen2.5-7B": {
        "LoRA": (73.4, 89.5, 79.5, 93.6, 84.1, 92.8, 82.0, 87.0),
        "DoRA": (71.7, 88.7, 79.0, 93.7, 84.1, 92.4, 82.8, 88.4),
        "HypLoRA": (72.8, 89.3, 79.8, 94.8, 84.4, 95.5, 87.5, 90.8),
    },
}
_ALIASES = {
    "socialiqa": "SIQA",
    "arceasy": "ARC-e",
    "arcchallenge": "ARC-c",
    "openbookqa": "OBQA",
    "aquarat": "AQuA",
} | {name.lower().replace("-", ""): name for name in (*ARITHMETIC, *COMMONSENSE)}
_ENDINGS = re.compile(r"(?:\.(?:jsonl?|csv|tsv|parquet|txt|gz))+$")
_SPLIT = re.compile(r"[\s_:/.-]*\(?(?:test|validation|val|dev)\)?$")
_TUNED = re.compile(r"(?:instruct|chat|it|pt|hf|base)$")


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperRow:
    """One printed accuracy, as a share of n test problems, with its noise as a share."""

    model: str
    method: str
    problems: str
    n: int
    accuracy: float
    source: str

    @property
    def noise(self) -> float:
        """1.96 standard errors of a share of n problems."""
        return 1.96 * math.sqrt(self.accuracy * (1 - self.accuracy) / self.n)


def paper_set(name: str) -> str | None:
    """The paper's name of a set that is called so, with or without a file's ending and "test" behind it; None for any other."""
    plain = _SPLIT.sub("", _ENDINGS.sub("", name.strip().rpartition("/")[2].lower()))
    return _ALIASES.get(re.sub(r"[^a-z0-9]", "", plain))


def paper_model(label: str) -> str | None:
    """The paper's name of a model that is called so, whatever follows its size; None for any other."""
    plain = re.sub(r"[^a-z0-9.]", "", label.strip().rstrip("/").rpartition("/")[2].lower()).removeprefix("meta")
    plain = _TUNED.sub("", plain)
    known = {re.sub(r"[^a-z0-9.]", "", model.lower()): model for model in _ARITHMETIC}
    return known.get(plain)


def paper_rows(name: str, model: str) -> tuple[PaperRow, ...]:
    """The rows for the set `name`: those of `model` where the paper has it, else those of every model; empty for a set it did not use."""
    problems = paper_set(name)
    if problems is None:
        return ()
    rows = _rows(problems)
    own = paper_model(model)
    return tuple(row for row in rows if row.model == own) or rows


def _rows(problems: str) -> tuple[PaperRow, ...]:
    is_arithmetic = problems in ARITHMETIC
    sizes, table = (ARITHMETIC, _ARITHMETIC) if is_arithmetic else (COMMONSENSE, _COMMONSENSE)
    place, source = list(sizes).index(problems), ARITHMETIC_SOURCE if is_arithmetic else COMMONSENSE_SOURCE
    return tuple(
        PaperRow(model=model, method=method, problems=problems, n=sizes[problems], accuracy=value / 100, source=source)
        for model, methods in table.items()
        for method, values in methods.items()
        if (value := values[place]) is not None
    )
