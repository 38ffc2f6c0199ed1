"""The training texts of the bundled model: generated problems, bare equations, the taxonomy, real problems and prose, mixed by weight.

In: a folder of real texts (optional; its files are those of GSM8K, LLM-Adapters' math_data and MAWPS, AI2 ARC and OpenBookQA in
the LLM-Adapters format, and WikiText-2). Out: a seeded endless stream of `Document`. Only the training split of the generated
problems is used, and the skills in `HELD_OUT` never appear, so that a fine-tune has something to teach.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from hypviz.errors import HypvizError
from hypviz.problems.answers import format_prompt, format_solution
from hypviz.problems.arithmetic import evaluate
from hypviz.problems.facts import make_facts
from hypviz.problems.grammar import SKILLS, make_problem, operands
from hypviz.problems.sets import split_of
from hypviz.problems.words import Draw

HELD_OUT = ("two-step", "three-step", "nested", "average")
BASE_SKILLS = tuple(skill for skill in SKILLS if skill not in HELD_OUT)
LARGEST_TERM, LARGEST_PRODUCT = 250, 400  # in bare equations; problems of one step stay below 100 and 120
MASKED_SHARE = 0.7  # share of generated problems whose question carries no loss
WEIGHTS = {"problem": 0.40, "equation": 0.24, "fact": 0.10, "real": 0.14, "prose": 0.12}


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A text whose first `prompt` part carries no loss when `masked`."""

    prompt: str
    rest: str
    masked: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RealTexts:
    """Real problems and prose; both empty when no data folder is given, and then the mixture has none."""

    problems: tuple[Document, ...] = ()
    prose: tuple[Document, ...] = ()
    sources: dict[str, int] = field(default_factory=dict)


def read_real_texts(folder: Path | None) -> RealTexts:
    """Every known file found in `folder`; `HypvizError` if the folder holds none of them."""
    if folder is None:
        return RealTexts()
    problems: list[Document] = []
    prose: list[Document] = []
    sources: dict[str, int] = {}
    for name, reader, kind in _FILES:
        path = folder / name
        if path.is_file():
            documents = list(reader(path.read_text(encoding="utf-8")))
            (problems if kind == "real" else prose).extend(documents)
            sources[name] = len(documents)
    if not sources:
        raise HypvizError(
            f"None of {', '.join(n for n, _, _ in _FILES)} is in {folder}; give the folder that holds them, or leave --data out."
        )
    return RealTexts(problems=tuple(problems), prose=tuple(prose), sources=sources)


def stream(real: RealTexts, *, seed: int) -> Iterator[Document]:
    """Documents without end, the same for the same seed and texts."""
    rng = random.Random(f"bundled:{seed}")
    weights = {kind: w for kind, w in WEIGHTS.items() if (kind != "real" or real.problems) and (kind != "prose" or real.prose)}
    while True:
        kind = rng.choices(list(weights), weights=list(weights.values()))[0]
        if kind == "problem":
            yield _problem(rng)
        elif kind == "equation":
            yield _equation(rng)
        elif kind == "fact":
            yield Document(prompt="", rest=make_facts(Draw(rng)))
        else:
            yield rng.choice(real.problems if kind == "real" else real.prose)


def _problem(rng: random.Random) -> Document:
    while True:
        skill = rng.choices(BASE_SKILLS, weights=[3 if s == "one-step" else 1 for s in BASE_SKILLS])[0]
        problem = make_problem(skill, rng, source="recipe")
        if split_of(problem.question) == "train":
            return Document(prompt=format_prompt(problem.question), rest=format_solution(problem), masked=rng.random() < MASKED_SHARE)


def _equation(rng: random.Random) -> Document:
    """One to three equations; many have larger numbers than one-step problems, as a second step does."""
    return Document(prompt="", rest=". ".join(_written(rng) for _ in range(rng.randint(1, 3))))


def _written(rng: random.Random) -> str:
    operator = rng.choice("+-*/")
    a, b = operands(operator, Draw(rng))
    if operator in "+-" and rng.random() < 0.5:
        a = rng.randint(b, LARGEST_TERM)
    if operator == "*" and rng.random() < 0.4:
        a = rng.randint(2, 19)
        b = rng.randint(2, LARGEST_PRODUCT // a)
    return f"{a} {operator} {b} = {evaluate((a, operator, b))}"


def _gsm8k(text: str) -> Iterator[Document]:
    for line in text.splitlines():
        row = json.loads(line)
        worked, _, answer = re.sub(r"<<.*?>>", "", row["answer"]).rpartition("####")
        worked = " ".join(worked.split())
        yield Document(prompt=format_prompt(row["question"]), rest=f" {worked} The answer is {answer.strip()}.")


def _adapters(text: str) -> Iterator[Document]:
    for row in json.loads(text):
        output = " ".join(row["output"].removeprefix("\nA:").split())
        if output:
            yield Document(prompt=format_prompt(tidy(row["instruction"])), rest=" " + output)


def _mawps(text: str) -> Iterator[Document]:
    for row in json.loads(text):
        answer = row["ans"]  # a few are text such as "8 and 28"
        yield Document(
            prompt=format_prompt(tidy(row["original_text"])), rest=f" The answer is {answer if isinstance(answer, str) else f'{answer:g}'}."
        )


def _wikitext(text: str) -> Iterator[Document]:
    for line in text.splitlines():
        line = tidy(line)
        if len(line) > 200 and "<unk>" not in line[:120]:
            for part in re.findall(r".{200,700}?[.!?](?= |$)", line):
                if "<unk>" not in part:
                    yield Document(prompt="", rest=part.strip())


def tidy(text: str) -> str:
    """Undo the spaces that tokenised corpora put around punctuation."""
    text = re.sub(r" @([-,.])@ ", r"\1", text.strip())
    text = re.sub(r" ([.,?!;:)'%])", r"\1", text)
    return re.sub(r"([(]) ", r"\1", " ".join(text.split()))


_FILES = (
    ("gsm8k/train.jsonl", _gsm8k, "real"),
    ("math_data/math_data.json", _adapters, "real"),
    ("mawps/trainset.json", _mawps, "real"),
    ("commonsense/ARC-Easy-train.json", _adapters, "prose"),
    ("commonsense/openbookqa-train.json", _adapters, "prose"),
    ("wikitext2/valid.txt", _wikitext, "prose"),
    ("wikitext2/test.txt", _wikitext, "prose"),
)
