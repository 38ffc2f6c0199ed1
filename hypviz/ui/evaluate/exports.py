"""An evaluation to take away: its rows, a table, a page to audit it, and a task for the lm-evaluation-harness."""

from __future__ import annotations

import streamlit as st

from hypviz.records.answers import Evaluation
from hypviz.records.specs.answers import EvaluationSpec
from hypviz.studies.evaluate import rows_as_json_lines
from hypviz.studies.exchange import prompts_of, report_of, rows_csv, task_name, task_zip


def offer_exports(found: Evaluation, spec: EvaluationSpec) -> None:
    """A button for each; what is in the file is made when it is pressed."""
    rows, table, page, task = st.columns(4)
    icon = ":material/download:"
    rows.download_button(
        "All problems as JSON lines",
        data=lambda: rows_as_json_lines(found),
        file_name="evaluation.jsonl",
        mime="application/x-ndjson",
        on_click="ignore",
        icon=icon,
        type="tertiary",
    )
    table.download_button(
        "As a table (CSV)",
        data=lambda: rows_csv(found),
        file_name="evaluation.csv",
        mime="text/csv",
        on_click="ignore",
        icon=icon,
        type="tertiary",
    )
    page.download_button(
        "Page to audit it (HTML)",
        data=lambda: report_of(found),
        file_name="evaluation.html",
        mime="text/html",
        on_click="ignore",
        icon=icon,
        type="tertiary",
        help="Every question and answer with what each rule read in it; opens without hypviz, a network or a script.",
    )
    if found.samples == 1:
        task.download_button(
            "Task for lm-evaluation-harness",
            data=lambda: task_zip(found, prompts_of(spec)),
            file_name=f"{task_name(found)}.zip",
            mime="application/zip",
            on_click="ignore",
            icon=icon,
            type="tertiary",
            help="The same prompts, stops and marking rule; what it logs is read back by `python -m hypviz exchange`.",
        )
