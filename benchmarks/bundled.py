"""Every figure of the bundled model's card: accuracy, what a minute teaches, its vocabulary, its speed, the shipped adapters.

``python benchmarks/bundled.py PART [PART ...]`` measures the named parts and, with ``--write``, keeps them in the card. Accuracies are
counts over unseen problems of the test split, greedy decoding, the last number read. Speeds are of the machine it runs on.
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

from hypviz.bundled import BUNDLED_SOURCE
from hypviz.bundled.card import PARTS, Figure, keep_figures
from hypviz.problems import show_number

GROUP_WORDS = (
    "to in have that and is for how much many time cost animal fruit number color size "
    "dog cow apple banana 380 480 purple red medium small large"
)
MINUTE, FIVE_MINUTES = 150, 750


def accuracy(given: argparse.Namespace) -> list[Figure]:
    """The base on every skill, with the best that one number could reach."""
    from hypviz.problems.grammar import SKILLS

    found = []
    for skill in SKILLS:
        evaluation = _evaluate(skill, {}, given.n)
        (score,) = evaluation.columns
        found.append(
            Figure(
                what=f"base, {skill}",
                value=f"{_share(score.correct, score.n)} right, {_share(score.correct + score.wrong, score.n)} finished with a number",
                note=f"always answering {show_number(evaluation.majority.answer)} "
                f"would be right {evaluation.majority.accuracy:.1%} of the time",
            )
        )
    return found


def minute(given: argparse.Namespace) -> list[Figure]:
    """The quick preset on two-step problems, seed by seed."""
    return [_taught("two-step", MINUTE, seed, given) for seed in range(given.seeds)]


def headroom(given: argparse.Namespace) -> list[Figure]:
    """The quick and the thorough preset on three-step problems."""
    return [_taught("three-step", steps, 0, given) for steps in (MINUTE, FIVE_MINUTES)]


def vocabulary(_: argparse.Namespace) -> list[Figure]:
    """Single tokens among the paper's group words, category neighbours, and the rank correlation of frequency and norm."""
    import numpy as np

    from hypviz.corpora import read_corpus
    from hypviz.layout import centred_units, nearest_by_cosine
    from hypviz.models import read_embeddings, read_token_table, resolve
    from hypviz.problems.taxonomy import TAXONOMY, members, plural
    from hypviz.records.specs.frequency import FrequencySpec
    from hypviz.studies.frequency import FREQUENCY

    ref = resolve(BUNDLED_SOURCE)
    table = read_token_table(ref)
    ids = {text: i for i, text in enumerate(table.text)}
    single = [word for word in GROUP_WORDS.split() if f" {word}" in ids]
    units = centred_units(read_embeddings(ref).values).rows
    tokens = {category: [word for word in members(category) if f" {word}" in ids] for category in TAXONOMY}
    present = [(category, word) for category, words in tokens.items() for word in words[:5]]
    nearest = nearest_by_cosine(units, np.array([ids[f" {word}"] for _, word in present]), k=5)
    hits = 0
    for (category, word), row in zip(present, nearest, strict=True):
        family = {form for member in members(category) if member != word for form in (member, plural(member))} - {plural(word)}
        hits += any(table.text[int(i)].strip().lower() in family for i in row)
    rank = FREQUENCY.get(FrequencySpec(model=ref, source=read_corpus("bundled"))).record.correlation
    assert rank is not None
    return [
        Figure(what="the paper's 28 group words that are one token", value=f"{len(single)} of 28"),
        Figure(
            what="taxonomy words with a same-category word among their 5 nearest, the first five of each category that are one token",
            value=f"{hits} of {len(present)}",
            note=f"{sum(map(len, tokens.values()))} of {sum(len(members(c)) for c in TAXONOMY)} taxonomy words are one token",
        ),
        Figure(
            what="rank correlation of frequency and norm, bundled problems",
            value=f"{rank.value:+.3f}",
            note=f"95 %: {rank.low:+.3f} to {rank.high:+.3f}",
        ),
    ]


def speed(_: argparse.Namespace) -> list[Figure]:
    """Tokens a second for one prompt, and the seconds of a first answer once the libraries are there."""
    import torch

    from hypviz.models import load_model, load_tokenizer, resolve
    from hypviz.problems import CASE_STUDIES, format_prompt

    started = time.perf_counter()
    ref = resolve(BUNDLED_SOURCE)
    model, tokenizer = load_model(ref, dtype="float32"), load_tokenizer(ref)
    batch = tokenizer(format_prompt(CASE_STUDIES[0].question), return_tensors="pt")
    model.generate(**batch, max_new_tokens=24, do_sample=False)
    first = time.perf_counter() - started
    rates = []
    for _round in range(7):
        started = time.perf_counter()
        model.generate(**batch, max_new_tokens=64, min_new_tokens=64, do_sample=False)
        rates.append(64 / (time.perf_counter() - started))
    low, middle, high = statistics.quantiles(rates, n=4)
    threads = torch.get_num_threads()
    return [
        Figure(
            what="tokens a second, one prompt, greedy", value=f"{middle:.0f}", note=f"quartiles {low:.0f} to {high:.0f}, {threads} threads"
        ),
        Figure(what="seconds from loading to the end of a first answer of 24 tokens, imports done", value=f"{first:.1f}"),
    ]


def three(given: argparse.Namespace) -> list[Figure]:
    """The adapters that ship: HypLoRA's gains, the losses, and what they get right."""
    from hypviz import runs
    from hypviz.studies.showcase import shipped_adapters, shipped_sentences

    (record,) = runs.shipped()
    probe, _ = runs.layers(record.run_id)
    assert probe is not None
    bent = probe.summary.of("hyplora")
    assert bent is not None
    gain = bent.overall.gain
    rows = [
        Figure(
            what=f"HypLoRA's gain after {record.step} steps (calibrated radius)",
            value=f"median {gain.median:.2f}, 1st to 99th percentile {gain.low:.2f} to {gain.high:.2f}",
        )
    ]
    rows += [Figure(what=about, value=sentence) for about, sentence in shipped_sentences().items()]
    for skill in ("one-step", "two-step", "three-step", "nested", "average"):
        evaluation = _evaluate(skill, shipped_adapters(), given.n)
        rows.append(Figure(what=f"right, {skill}", value=_columns(evaluation), note=f"{given.n} unseen problems"))
    return rows


def _taught(skill: str, steps: int, seed: int, given: argparse.Namespace) -> Figure:
    from hypviz.corpora import read_problems
    from hypviz.models import resolve, summarise
    from hypviz.records.specs.finetune import ExperimentSpec
    from hypviz.studies.finetune.copies import require_usable
    from hypviz.studies.finetune.following import begin, wait
    from hypviz.studies.finetune.planning import make_spec

    ref = resolve(BUNDLED_SOURCE)
    problems = read_problems(skill, split="train")
    asked = ExperimentSpec(model=ref, problems=problems, steps=steps, seed=seed, radius=given.radius, threads=given.threads)
    record = wait(begin(make_spec(asked, summarise(ref)), problems).run_id)
    require_usable(record)
    evaluation = _evaluate(skill, {m.method: m.adapter for m in record.members if m.adapter}, given.n)
    took = (record.ended_at or 0.0) - (record.started_at or 0.0)
    pace = ", ".join(f"{m.method} {m.seconds / m.steps:.2f} s a step" for m in record.members)
    return Figure(
        what=f"{steps} steps on {skill}, seed {seed}, {given.radius} radius",
        value=_columns(evaluation),
        note=f"{took:.0f} s in all, {pace}, {record.spec.threads} thread(s)",
    )


def _evaluate(skill: str, adapters: dict[str, str], n: int) -> Any:
    from hypviz.cli.generate import lender
    from hypviz.corpora import read_problems
    from hypviz.generate import asked_columns
    from hypviz.models import resolve
    from hypviz.records.answers import Column
    from hypviz.records.specs.answers import EvaluationSpec
    from hypviz.store import Store
    from hypviz.studies.evaluate import evaluate

    ref = resolve(BUNDLED_SOURCE)
    columns = [Column(name=name, adapter=folder) for name, folder in adapters.items()]
    problems = read_problems(skill, limit=n, split="test")
    spec = EvaluationSpec(model=ref, columns=asked_columns(ref, columns), problems=problems, tokens=96)
    return evaluate(spec, lend=lender(ref), store=Store())


def _columns(evaluation: Any) -> str:
    return ", ".join(f"{score.name} {_share(score.correct, score.n)}" for score in evaluation.columns)


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.1%}"


def main() -> None:
    """Measure, print, and keep."""
    measures = {"accuracy": accuracy, "minute": minute, "headroom": headroom, "vocabulary": vocabulary, "speed": speed, "three": three}
    assert tuple(measures) == PARTS
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("parts", nargs="+", choices=PARTS)
    parser.add_argument("--n", type=int, default=500, help="Problems of each skill.")
    parser.add_argument("--seeds", type=int, default=5, help="Fine-tunes of the part minute.")
    parser.add_argument("--radius", default="calibrated", choices=("calibrated", "typical"))
    parser.add_argument("--threads", type=int, help="Of a fine-tune; the page's own choice if left out.")
    parser.add_argument("--write", action="store_true", help="Keep the figures in the card.")
    given = parser.parse_args()
    for part in given.parts:
        figures = measures[part](given)
        for figure in figures:
            print(json.dumps({"part": part, "what": figure.what, "value": figure.value, "note": figure.note}), flush=True)
        if given.write:
            keep_figures(part, figures)


if __name__ == "__main__":
    main()
