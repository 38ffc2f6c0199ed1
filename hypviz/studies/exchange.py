"""Evaluations going out and samples coming in: a task folder for lm-evaluation-harness, and files of samples, read and compared."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from hypviz import __version__
from hypviz.errors import HypvizError
from hypviz.exchange.against import Agreement, compare
from hypviz.exchange.harness import task_files, task_name, zipped
from hypviz.exchange.marks import judge
from hypviz.exchange.report import report_html
from hypviz.exchange.samples import Samples, read_samples
from hypviz.exchange.table import rows_csv
from hypviz.generate import encode_questions
from hypviz.marking import rules_for
from hypviz.records.evaluations import Evaluation
from hypviz.records.specs.answers import EvaluationSpec
from hypviz.store import write_atomically
from hypviz.words.counting import about_all, about_pair
from hypviz.words.evaluation import marked_by

__all__ = [
    "Agreement",
    "Samples",
    "compare_with",
    "prompts_of",
    "report_of",
    "right_by_rule",
    "rows_csv",
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


def task_zip(found: Evaluation, prompts: Mapping[str, str] | None = None) -> bytes:
    """The task as one zip, for a download; `prompts` as `prompts_of` gives them."""
    return zipped(task_files(found, version=__version__, prompts=prompts), task_name(found))


def write_task(found: Evaluation, folder: Path, prompts: Mapping[str, str] | None = None) -> None:
    """The files of the task into `folder`, which is made; `HypvizError` where that cannot be written."""
    for name, text in task_files(found, version=__version__, prompts=prompts).items():
        written(folder / name, text)


def said_of(found: Evaluation) -> tuple[str, ...]:
    """All that is said of the columns together and of every pair."""
    return (*about_all(found), *(sentence for pair in found.pairs for sentence in about_pair(found, pair)))


def report_of(found: Evaluation) -> str:
    """The page to audit, as HTML."""
    return report_html(found, version=__version__, sentences=(marked_by(found), *said_of(found)))


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


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8")
    except OSError as error:
        raise HypvizError(f"{path} could not be read ({error.strerror}); give a file that is there.") from error
    except UnicodeDecodeError as error:
        raise HypvizError(f"{path} is no text in UTF-8; give the file as lm-evaluation-harness or hypviz wrote it.") from error
