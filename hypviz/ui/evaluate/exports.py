"""An evaluation to take away: its rows, a table, a page to audit it, and a task for the lm-evaluation-harness."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from hypviz.records.evaluations import Evaluation
from hypviz.records.specs.answers import EvaluationSpec
from hypviz.studies.exchange import prompts_of, report_of, rows_json, rows_table, task_name, task_zip


@dataclass(frozen=True, slots=True, kw_only=True)
class _File:
    """What a button hands out; `make` is called when it is pressed."""

    label: str
    name: str
    mime: str
    make: Callable[[], str | bytes]
    help: str | None = None


def offer_exports(found: Evaluation, spec: EvaluationSpec) -> None:
    """A button for each file; of several samples there is no task, which would ask once."""
    files = _files(found, spec)
    for place, file in zip(st.columns(len(files)), files, strict=True):
        place.download_button(
            file.label,
            data=file.make,
            file_name=file.name,
            mime=file.mime,
            on_click="ignore",
            icon=":material/download:",
            type="tertiary",
            help=file.help,
        )


def _files(found: Evaluation, spec: EvaluationSpec) -> list[_File]:
    files = [
        _File(
            label="All problems as JSON lines",
            name="evaluation.jsonl",
            mime="application/x-ndjson",
            make=lambda: rows_json(found, prompts_of(spec)),
        ),
        _File(
            label="As a table (CSV)",
            name="evaluation.csv",
            mime="text/csv",
            make=lambda: rows_table(found, prompts_of(spec)),
            help="`python -m hypviz exchange evaluation.csv` marks and counts it again from its rows alone.",
        ),
        _File(
            label="Page to audit it (HTML)",
            name="evaluation.html",
            mime="text/html",
            make=lambda: report_of(found, prompts_of(spec)),
            help="Every question and answer with what each rule read in it; opens without hypviz, a network or a script.",
        ),
    ]
    if found.samples == 1:
        files.append(
            _File(
                label="Task for lm-evaluation-harness",
                name=f"{task_name(found)}.zip",
                mime="application/zip",
                make=lambda: task_zip(found, prompts_of(spec)),
                help="The same prompts, stops and marking rule; what it logs is read back by `python -m hypviz exchange`.",
            )
        )
    return files
