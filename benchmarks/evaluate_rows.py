"""Evaluate with columns as rows of one batch against the baseline: the same columns one after another, as many problems a batch.

The bundled model, its LoRA and its HypLoRA (or MODEL with ``--adapter NAME=DIR``) answer problems of a bundled set greedily, by the same
function as the Evaluate page but without the store; both ways take turns, and the ratio is that of each round. Prints one line, or with
``--json`` one JSON object; ``same`` says whether every answer was the same both ways.
``python benchmarks/evaluate_rows.py [MODEL --adapter NAME=DIR --problems two-step --n 64 --tokens 96 --rounds 5]``
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

WAYS = {"one after another": False, "rows of one batch": True}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", nargs="?", default="bundled")
    parser.add_argument("--adapter", action="append", default=[], metavar="NAME=DIR")
    parser.add_argument("--problems", default="two-step")
    for name, value in {"n": 64, "tokens": 96, "rounds": 5, "batch": 0}.items():
        parser.add_argument(f"--{name}", type=int, default=value)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    seconds, same = measured(given)
    ratios = [slow / fast for slow, fast in zip(*(seconds[way] for way in WAYS), strict=True)]
    found = {"setting": vars(given), "ratio": statistics.median(ratios), "ratios": ratios, "same": same}
    found["seconds"] = {way: statistics.median(values) for way, values in seconds.items()}
    print(json.dumps(found, indent=1) if given.json else line(found))


def measured(given: argparse.Namespace) -> tuple[dict[str, list[float]], bool]:
    """Seconds of every round by way, the first round not counted, and whether the answers are the same."""
    from hypviz.cli.generate import lender
    from hypviz.generate.problem_sets import ManyPrompts, answer_problems
    from hypviz.generate.prompts import encode_questions
    from hypviz.models import resolve
    from hypviz.records.answers import Decoding
    from hypviz.studies.asking import asked_columns, given_columns
    from hypviz.studies.problem_sets import problems_of

    ref = resolve(given.model)
    adapters = given.adapter or [f"{name}={bundled(name)}" for name in ("lora", "hyplora")]
    asked = asked_columns(ref, given_columns(adapters))
    questions = [problem.question for problem in problems_of(given.problems, given.n).problems]
    prompts = [prompt for prompt in encode_questions(ref, questions, max_new_tokens=given.tokens) if prompt is not None]
    lend, seconds, same = lender(ref), {way: list[float]() for way in WAYS}, True
    for _ in range(given.rounds + 1):
        texts: list[Any] = []
        for way, together in WAYS.items():
            began = time.perf_counter()
            decoding = Decoding(max_new_tokens=given.tokens)
            written = answer_problems(ManyPrompts(ref, asked, prompts, decoding, lend, together=together, batch_size=given.batch or None))
            seconds[way].append(time.perf_counter() - began)
            texts.append({name: column.texts for name, column in written.items()})
        same = same and texts[0] == texts[1]
    return {way: values[1:] for way, values in seconds.items()}, same


def bundled(method: str) -> Path:
    """The adapter of that method that ships with the bundled model."""
    runs = Path(__file__).resolve().parents[1] / "hypviz" / "bundled" / "runs"
    return next(runs.glob(f"*/adapter/{method}"))


def line(found: dict[str, Any]) -> str:
    """The ratio with the range of the rounds, in words."""
    seconds, ratios = found["seconds"], found["ratios"]
    each = ", ".join(f"{way} {seconds[way]:.2f} s" for way in WAYS)
    same = "the same answers" if found["same"] else "NOT the same answers"
    return f"{each}: {found['ratio']:.2f} x as fast ({min(ratios):.2f} to {max(ratios):.2f} over {len(ratios)} rounds), {same}"


if __name__ == "__main__":
    main()
