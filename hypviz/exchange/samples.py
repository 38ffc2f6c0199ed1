"""What lm-evaluation-harness logs, ``samples_*.jsonl``, read back: question, text and reference of every problem, and their marks.

In: the text of such a file (lm_eval 0.4: one JSON object a line with doc, target, arguments and resps). Out: `Samples`, whose rows hypviz's
rules can mark. Lines are split at line ends only. A problem that was logged once for each filter counts once; of several
samples of one problem the first counts, and how many there were is said. A task that hypviz exported says what kind of answer a problem
has; references of other tasks are read by hypviz's careful reading of cells, and rows without one number are counted with the reasons of
the first.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, cast

from hypviz.errors import HypvizError
from hypviz.exchange.marks import Verdict, judge
from hypviz.problems import read_cell
from hypviz.records.problems import KINDS, NUMBER, Choice, Problem

REASONS = 3  # are given of the rows that were left out
_NEEDED = ("doc", "target", "resps")
_WANTED = "give a samples_*.jsonl that lm-evaluation-harness wrote with --log_samples"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One problem of the harness: its number there, the prompt, the text that was answered, and the harness's own marks by name."""

    doc_id: int
    prompt: str
    text: str
    problem: Problem
    metrics: Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Samples:
    """The rows that can be marked; `n_skipped` could not, `skipped` has the reasons of the first; `most_samples` a problem has at most."""

    rows: tuple[Sample, ...]
    n_skipped: int
    skipped: tuple[str, ...]
    most_samples: int


def read_samples(text: str, name: str) -> Samples:
    """The rows of a samples file called `name`; `HypvizError` where it is none or has no row that can be marked."""
    rows: dict[int, Sample] = {}
    reasons: list[str] = []
    refused: set[int] = set()
    most = 1
    for number, line in enumerate(text.removeprefix("\ufeff").split("\n"), start=1):
        if not line.strip():
            continue
        logged = _logged(line, f"{name}, line {number},")
        doc_id = logged["doc_id"] if type(logged.get("doc_id")) is int else number
        if doc_id in rows or doc_id in refused:
            continue
        found = _sample(logged, doc_id)
        if isinstance(found, str):
            refused.add(doc_id)
            reasons.append(f"line {number}, {found}")
        else:
            rows[doc_id], texts = found, _texts(logged)
            most = max(most, len(texts))
    if not rows:
        why = f": {reasons[0]}" if reasons else ", because it is empty"
        raise HypvizError(f"{name} has no sample that can be marked{why}; {_WANTED} for a task that is answered in text by a number.")
    return Samples(rows=tuple(rows.values()), n_skipped=len(reasons), skipped=tuple(reasons[:REASONS]), most_samples=most)


def judge_doc(rule: str, doc: Mapping[str, Any], text: str) -> Verdict:
    """The verdict on a text as the answer to a problem of an exported task."""
    return judge(rule, text, exported_problem(doc))


def exported_problem(doc: Mapping[str, Any]) -> Problem:
    """The problem that a row of an exported task holds; `ValueError` or `KeyError` for a row of any other."""
    kind, answer = doc["kind"], str(doc["answer"])
    options = tuple(Choice(label=str(option["label"]), text=str(option["text"])) for option in doc.get("options") or ())
    return Problem(
        question=str(doc["question"]),
        solution="",
        answer=Fraction(answer) if kind == NUMBER else answer,
        skill=str(doc.get("skill", "")),
        source="",
        kind=kind,
        options=options,
    )


def _logged(line: str, where: str) -> dict[str, Any]:
    try:
        found: object = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise HypvizError(f"{where} is no JSON; {_WANTED}.") from error
    if not isinstance(found, dict):
        raise HypvizError(f"{where} is no JSON object; {_WANTED}.")
    logged = cast("dict[str, Any]", found)
    missing = [key for key in _NEEDED if key not in logged]
    if missing:
        raise HypvizError(f"{where} has no {' and no '.join(missing)}, so it is no sample of lm-evaluation-harness; {_WANTED}.")
    return logged


def _sample(logged: Mapping[str, Any], doc_id: int) -> Sample | str:
    """The row, or why it cannot be marked."""
    texts = _texts(logged)
    if not texts:
        return "there is no text that was generated (the task may score its choices by their likelihood)"
    problem = _problem(logged, str(logged["target"]), _question(logged["doc"]) or _prompt(logged))
    if isinstance(problem, str):
        return problem
    return Sample(doc_id=doc_id, prompt=_prompt(logged), text=texts[0], problem=problem, metrics=_metrics(logged))


def _problem(logged: Mapping[str, Any], target: str, question: str) -> Problem | str:
    """The problem with its reference, or why there is none."""
    doc: object = logged["doc"]
    fields = cast("Mapping[str, Any]", doc if isinstance(doc, dict) else {})
    if fields.get("kind") in KINDS and "answer" in fields and "question" in fields:
        try:
            return exported_problem(fields)
        except (ValueError, KeyError, TypeError, ZeroDivisionError):
            return f"the problem of kind {fields['kind']} has no answer of that kind"
    reading = read_cell(target)
    if reading.value is None:
        return f"the target {_quoted(target)} {reading.reason}"
    return Problem(question=question, solution="", answer=reading.value, skill="", source="", given=target)


def _texts(logged: Mapping[str, Any]) -> list[str]:
    """All samples of one problem: those of its first request."""
    resps = logged["resps"]
    first: object = cast("Sequence[object]", resps)[0] if isinstance(resps, list) and resps else None
    texts = cast("list[object]", first) if isinstance(first, list) else [first]
    return [text for text in texts if isinstance(text, str)] if all(isinstance(text, str) for text in texts) else []


def _prompt(logged: Mapping[str, Any]) -> str:
    """What the model read, as far as the file says."""
    at: object = logged.get("arguments")
    for key in ("gen_args_0", "arg_0"):
        at = cast("Mapping[str, object]", at).get(key) if isinstance(at, dict) else None
    return at if isinstance(at, str) else ""


def _question(doc: object) -> str:
    if not isinstance(doc, dict):
        return ""
    fields = cast("Mapping[str, object]", doc)
    told = next((fields[key] for key in ("question", "Question", "query", "problem") if isinstance(fields.get(key), str)), "")
    body = fields.get("Body")
    return f"{body} {told}".strip() if isinstance(body, str) else str(told)


def _metrics(logged: Mapping[str, Any]) -> dict[str, float]:
    names: object = logged.get("metrics")
    named = cast("list[object]", names) if isinstance(names, list) else []
    return {name: float(logged[name]) for name in named if isinstance(name, str) and isinstance(logged.get(name), (int, float))}


def _quoted(text: str, longest: int = 40) -> str:
    return f"“{text if len(text) <= longest else text[:longest] + ' …'}”"
