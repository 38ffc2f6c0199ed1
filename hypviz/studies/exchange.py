"""Evaluations going out and samples coming in: a task folder for lm-evaluation-harness, and files of samples, read and compared."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from hypviz import __version__
from hypviz.errors import HypvizError
from hypviz.exchange.against import Agreement, compare
from hypviz.exchange.harness import task_files, task_name, zipped
from hypviz.exchange.marks import PAPER, RULES, mark
from hypviz.exchange.report import report_html
from hypviz.exchange.samples import Samples, read_samples
from hypviz.exchange.table import rows_csv
from hypviz.records.answers import Evaluation
from hypviz.records.problems import Problem
from hypviz.store import write_atomically
from hypviz.words.counting import about_all, about_pair, worked_answers

__all__ = [
    "PAPER",
    "RULES",
    "Agreement",
    "Samples",
    "compare_with",
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


def task_zip(found: Evaluation, rule: str = PAPER) -> bytes:
    """The task as one zip, for a download."""
    return zipped(task_files(found, version=__version__, rule=rule), task_name(found))


def write_task(found: Evaluation, folder: Path, rule: str = PAPER) -> None:
    """The files of the task into `folder`, which is made; `HypvizError` where that cannot be written."""
    for name, text in task_files(found, version=__version__, rule=rule).items():
        written(folder / name, text)


def said_of(found: Evaluation, problems: Sequence[Problem] = ()) -> tuple[str, ...]:
    """All that is said of the columns together and of every pair; `problems` are those asked, with their worked answers."""
    worked = worked_answers(problems)
    return (*about_all(found), *(sentence for pair in found.pairs for sentence in about_pair(found, pair, worked)))


def report_of(found: Evaluation, problems: Sequence[Problem] = ()) -> str:
    """The page to audit, as HTML; `problems` are those asked, with their references as the file has them."""
    given = {problem.question: problem.given for problem in problems if problem.given is not None}
    return report_html(found, version=__version__, sentences=said_of(found, problems), given=given)


def written(path: Path, data: bytes | str) -> None:
    """A file written whole; one sentence where it cannot be."""
    try:
        write_atomically(path, data)
    except OSError as error:
        raise HypvizError(f"{path} could not be written ({error.strerror}); choose another place.") from error


def samples_of(path: Path) -> Samples:
    """The samples that lm-evaluation-harness logged in this file."""
    return read_samples(_text(path), path.name)


def compare_with(samples: Samples, answers: Path, column: str, rule: str = PAPER) -> Agreement:
    """The samples against hypviz's answers: a task folder, or what ``evaluate --out`` wrote."""
    file = answers / "answers.jsonl" if answers.is_dir() else answers
    return compare(samples, _text(file), column, rule=rule)


def right_by_rule(samples: Samples) -> dict[str, int]:
    """How many samples are right by each rule; the harness does not say which were cut, so that all are read as finished."""
    return {rule: sum(mark(rule, sample.text, sample.problem).right for sample in samples.rows) for rule in RULES}


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8")
    except OSError as error:
        raise HypvizError(f"{path} could not be read ({error.strerror}); give a file that is there.") from error
    except UnicodeDecodeError as error:
        raise HypvizError(f"{path} is no text in UTF-8; give the file as lm-evaluation-harness or hypviz wrote it.") from error
