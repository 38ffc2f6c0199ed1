"""Evaluations going out and samples coming in: a task folder for lm-evaluation-harness, and files of samples, read and compared."""

from __future__ import annotations

from pathlib import Path

from hypviz import __version__
from hypviz.errors import HypvizError
from hypviz.exchange.again import Again, again, is_ours
from hypviz.exchange.against import Agreement, compare
from hypviz.exchange.harness import task_files, task_name, zipped
from hypviz.exchange.marks import judge
from hypviz.exchange.report import report_html
from hypviz.exchange.rows import Prompts, json_lines
from hypviz.exchange.samples import Samples, read_samples
from hypviz.exchange.table import rows_csv
from hypviz.generate import encode_questions
from hypviz.marking import rules_for
from hypviz.records.evaluations import Evaluation
from hypviz.records.specs.answers import EvaluationSpec
from hypviz.store import write_atomically
from hypviz.words.counting import about_all, about_counts, about_pair

__all__ = [
    "Again",
    "Agreement",
    "Samples",
    "again_from",
    "compare_with",
    "is_evaluation",
    "prompts_of",
    "report_of",
    "right_by_rule",
    "rows_json",
    "rows_table",
    "said_of",
    "samples_of",
    "task_name",
    "task_zip",
    "write_task",
    "written",
]


def prompts_of(spec: EvaluationSpec) -> dict[str, str]:
    """What the model read of every question, by question."""
    questions = [problem.question for problem in spec.problems.problems]
    encoded = encode_questions(spec.model, questions, max_new_tokens=spec.decoding.max_new_tokens, asking=spec.asking)
    return {question: prompt.text for question, prompt in zip(questions, encoded, strict=True) if prompt is not None}


def task_zip(found: Evaluation, prompts: Prompts | None = None) -> bytes:
    """The task as one zip, for a download; `prompts` as `prompts_of` gives them."""
    return zipped(task_files(found, version=__version__, prompts=prompts), task_name(found))


def write_task(found: Evaluation, folder: Path, prompts: Prompts | None = None) -> None:
    """The files of the task into `folder`, which is made; `HypvizError` where that cannot be written."""
    for name, text in task_files(found, version=__version__, prompts=prompts).items():
        written(folder / name, text)


def said_of(found: Evaluation) -> tuple[str, ...]:
    """All that is said of the columns together and of every pair; of several seeds only their verdicts, not the pairs of one seed each."""
    pairs = () if found.over_seeds else found.pairs
    return (*about_all(found), *(sentence for pair in pairs for sentence in about_pair(found, pair)))


def report_of(found: Evaluation, prompts: Prompts | None = None) -> str:
    """The page to audit, as HTML; `prompts` as `prompts_of` gives them."""
    return report_html(found, version=__version__, sentences=(*about_counts(found), *said_of(found)), prompts=prompts)


def rows_json(found: Evaluation, prompts: Prompts | None = None) -> str:
    """One JSON object a problem, from which everything can be recomputed."""
    return json_lines(found, version=__version__, prompts=prompts)


def rows_table(found: Evaluation, prompts: Prompts | None = None) -> bytes:
    """The same as a CSV file."""
    return rows_csv(found, version=__version__, prompts=prompts)


def is_evaluation(path: Path) -> bool:
    """Whether a file is one that `rows_json` or `rows_table` wrote, by its beginning."""
    return is_ours(_bytes(path))


def again_from(path: Path) -> Again:
    """What the rows of such a file say when they are marked and counted again."""
    return again(_bytes(path), path.name)


def written(path: Path, data: bytes | str) -> None:
    """A file written whole; one sentence where it cannot be."""
    try:
        write_atomically(path, data)
    except OSError as error:
        raise HypvizError(f"{path} could not be written ({error.strerror}); choose another place.") from error


def samples_of(path: Path) -> Samples:
    """The samples that lm-evaluation-harness logged in this file."""
    return read_samples(_text(path), path.name)


def compare_with(samples: Samples, answers: Path, column: str, rule: str) -> Agreement:
    """The samples against hypviz's answers: a task folder, or what ``evaluate --out`` wrote."""
    file = answers / "answers.jsonl" if answers.is_dir() else answers
    return compare(samples, _text(file), column, rule=rule)


def right_by_rule(samples: Samples) -> dict[str, int]:
    """How many samples are right by every rule that marks such problems.

    The harness does not say which were cut, so that all are read as finished.
    """
    rules = rules_for(frozenset(sample.problem.kind for sample in samples.rows))
    return {rule: sum(judge(rule, sample.text, sample.problem).right for sample in samples.rows) for rule in rules}


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise HypvizError(f"{path} could not be read ({error.strerror}); give a file that is there.") from error


def _text(path: Path) -> str:
    try:
        return _bytes(path).decode("utf-8")
    except UnicodeDecodeError as error:
        raise HypvizError(f"{path} is no text in UTF-8; give the file as lm-evaluation-harness or hypviz wrote it.") from error
