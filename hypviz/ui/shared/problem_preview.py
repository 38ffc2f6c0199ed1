"""What was read from a problem file: rows left out with their reasons, what was done to read it, and each answer beside its cell."""

from __future__ import annotations

import streamlit as st

from hypviz.records.problems import write_answer
from hypviz.records.texts import ProblemSet
from hypviz.ui.shell.text import escape_markdown
from hypviz.words.problem_sets import kinds

SHOWN = 200


def show_reading(found: ProblemSet) -> None:
    """The notices, the rows left out, and the answers as read; nothing for a bundled set."""
    for notice in found.notices:
        st.caption(f":material/info: {escape_markdown(notice)}")
    if found.n_skipped:
        st.warning(escape_markdown(left_out(found.n_skipped, found.skipped)), icon=":material/filter_alt:")
    rows = [problem for problem in found.problems if problem.given is not None][:SHOWN]
    if not rows:
        return
    st.caption(f"Answered by: {kinds(found.problems)}.")
    more = f", the first {SHOWN} of {len(found.problems):,}" if len(found.problems) > SHOWN else ""
    with st.expander(f"How the answers were read{more}", icon=":material/pin:"):
        st.dataframe(
            {
                "No.": [str(number) for number in range(1, len(rows) + 1)],
                "Answer in the file": [problem.given or "" for problem in rows],
                "Read as": [write_answer(problem.answer) for problem in rows],
                "Kind": [problem.kind for problem in rows],
                "Options": [" | ".join(f"{option.label}: {option.text}" for option in problem.options) for problem in rows],
                "Question": [problem.question for problem in rows],
                "To learn from": [problem.solution for problem in rows],
            },
            hide_index=True,
            height=min(320, 38 + 35 * len(rows)),
            column_config={"Question": st.column_config.TextColumn(width="medium")},
        )


def left_out(n_skipped: int, reasons: tuple[str, ...]) -> str:
    """How many rows are no problems, and why the first ones are not."""
    rows = "1 row was" if n_skipped == 1 else f"{n_skipped:,} rows were"
    first = "" if n_skipped <= len(reasons) else f", the first {len(reasons)}"
    return f"{rows} left out{first}: {'; '.join(reasons)}." if reasons else f"{rows} left out."
