"""Problem sets from a name, a file or an upload.

Known forms: GSM8K (``question``, ``answer`` ending in ``#### N``; calculator marks are dropped), ``question`` with a bare number
for ``answer``, MAWPS (``original_text``, ``ans``) and the paper's (``instruction``, ``output``, ``answer``). A row without a question
or without a number is counted in `ProblemSet.n_skipped`.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from hypviz.corpora.rows import decode, parse_rows, read_bytes
from hypviz.corpora.texts import NAMED_SIZE, fingerprint
from hypviz.errors import HypvizError
from hypviz.problems import extract_answer, is_problem_set, is_right, problem_set
from hypviz.records.problems import Problem
from hypviz.records.texts import ProblemSet

_CALCULATOR = re.compile(r"<<.*?>>")


def read_problems(name_or_path: str, *, limit: int | None = None, split: str = "train") -> ProblemSet:
    """Problems of a NAME (its train or test split) or of a file, at most `limit`; `split` does not apply to files."""
    path = Path(name_or_path)
    if is_problem_set(name_or_path) and not path.is_file():
        problems = problem_set(name_or_path, NAMED_SIZE if limit is None else limit, split=split)
        return _set(name_or_path, problems, skipped=0)
    if not path.exists() and "/" not in name_or_path and "." not in name_or_path:
        problem_set(name_or_path, 0)  # not a file and not a name: raises the sentence that lists the names
    return problems_from_bytes(read_bytes(path), path.name, limit=limit)


def problems_from_bytes(data: bytes, filename: str, *, limit: int | None = None) -> ProblemSet:
    """Problems of an uploaded .jsonl, .json or .csv file."""
    rows = parse_rows(decode(data, filename), filename)
    found = [_problem(row, filename) for row in rows]
    problems = [problem for problem in found if problem is not None]
    if not problems:
        raise HypvizError(
            f"{filename} holds no problem with a question and a number for an answer; "
            "each row needs question and answer (or instruction, output and answer)."
        )
    return _set(filename, tuple(problems[:limit]), skipped=len(found) - len(problems))


def _set(name: str, problems: tuple[Problem, ...], *, skipped: int) -> ProblemSet:
    parts = (part for p in problems for part in (p.question, p.solution, repr(p.answer)))
    return ProblemSet(name=name, problems=problems, fingerprint=fingerprint(parts), n_skipped=skipped)


def _problem(row: Any, filename: str) -> Problem | None:
    if not isinstance(row, dict):
        return None
    question = next(
        (row[key] for key in ("question", "instruction", "original_text") if isinstance(row.get(key), str) and row[key].strip()), None
    )
    raw = row["answer"] if row.get("answer") not in (None, "") else row.get("ans")
    answer = _number(raw)
    if question is None or answer is None:
        return None
    return Problem(question=question.strip(), solution=_solution(row, raw, answer), answer=answer, skill="file", source=filename)


def _number(raw: Any) -> float | None:
    """The number of an answer cell: a JSON number, or the last number of its text (after ``####`` where there is one)."""
    if isinstance(raw, bool) or raw is None:
        return None
    if isinstance(raw, (int, float)):
        return extract_answer(repr(float(raw)))
    return extract_answer(str(raw).rpartition("####")[2])


def _solution(row: dict[str, Any], raw: Any, answer: float) -> str:
    """The worked text to train on; always ends with "The answer is N.". Worked text whose own number is another is left out."""
    if isinstance(row.get("output"), str) and row["output"].strip():
        text = row["output"].strip().removeprefix("A:").strip()
    elif isinstance(raw, str) and "####" in raw:
        text = " ".join(_CALCULATOR.sub("", raw.rpartition("####")[0]).split())
    else:
        text = ""
    closing = f"The answer is {answer:g}." if abs(answer) < 1e6 else f"The answer is {answer:.0f}."
    if text and not is_right(extract_answer(text), answer):
        return closing
    return text if text.endswith(closing) else f"{text} {closing}".strip()
