"""A finished evaluation: the verdict, two charts, the pairs, and every problem with its answers."""

from __future__ import annotations

import streamlit as st

from hypviz.evaluate import (
    adjustment,
    few_seeds,
    not_known,
    on_the_constant,
    on_the_limit,
    on_the_rule,
    on_the_training,
    read_differently,
)
from hypviz.plots.evaluation import accuracy_chart, answer_chart, outcome_chart
from hypviz.problems import show_number, write_number
from hypviz.records.answers import CUT, NO_NUMBER, NO_TEXT, RIGHT, WRONG, Evaluation, Outcome, PairCounts
from hypviz.studies.evaluate import answered_one_by_one, rows_as_json_lines
from hypviz.ui.shared.adapters import SEEDS
from hypviz.ui.shared.answer_text import show_plain
from hypviz.ui.shared.problem_preview import left_out
from hypviz.ui.shell.address import carried
from hypviz.ui.shell.charts import provenance, show
from hypviz.ui.shell.text import escape_markdown
from hypviz.words.verdict import title

MOST_BUTTONS = 6
_MARKS = {RIGHT: "✓", WRONG: "✗", CUT: "✂", NO_NUMBER: "–", NO_TEXT: "–"}


def show_evaluation(found: Evaluation, titles: dict[str, str]) -> None:
    """Everything about one evaluation."""
    _what_was_asked(found, titles)
    show(accuracy_chart(found, titles), "evaluation-accuracy")
    constant = on_the_constant(found)
    if constant and any(score.answers_constant for score in found.columns):
        st.warning(escape_markdown(constant), icon=":material/repeat_one:")
    elif constant:
        st.caption(escape_markdown(constant))
    show(answer_chart(found, titles), "evaluation-answers")
    for sentence in (on_the_limit(found), on_the_rule(found)):
        if sentence:
            st.markdown(escape_markdown(sentence))
    if found.over_seeds:
        _over_seeds(found)
    pair = _pairs(found, titles) if found.pairs else None
    if pair is None:
        st.caption("Choose adapters above to compare them with the base on the same problems.")
    _problems(found, titles, pair)
    provenance(found.provenance.line + f" · {found.decoding.line}")


def _what_was_asked(found: Evaluation, titles: dict[str, str]) -> None:
    parts = [f"{found.n:,} problems of “{found.problems}”, answered greedily by every column."]
    if found.n_too_long:
        parts.append(f"{found.n_too_long:,} did not fit into the model and were left out.")
    if found.n_skipped:
        parts.append(left_out(found.n_skipped, found.skipped))
    st.caption(escape_markdown(" ".join(parts)))
    alone = answered_one_by_one(found, titles)
    if alone:
        st.info(escape_markdown(alone), icon=":material/looks_one:")
    trained_on, unknown = on_the_training(found), not_known(found)
    if trained_on:
        st.warning(escape_markdown(trained_on), icon=":material/school:")
    if unknown:
        st.caption(escape_markdown(unknown))
    if found.notice:
        st.warning(escape_markdown(found.notice))
    if found.stopped_early:
        st.warning(
            f"Stopped early: these are the first {found.n:,} of {found.n_asked:,} problems. Nothing unfinished is stored.",
            icon=":material/stop_circle:",
        )


def _over_seeds(found: Evaluation) -> None:
    """Every two methods over all seeds and problems, and the rows of each seed."""
    st.markdown("#### Over seeds and problems")
    for verdict in found.over_seeds:
        st.markdown(escape_markdown(verdict.sentence))
    rows = [
        {
            "Seed": row.seed,
            "Columns": f"{title(row.a)} and {title(row.b)}",
            "Right": f"{row.right_a:,} and {row.right_b:,}",
            "Only the first": row.only_a,
            "Only the second": row.only_b,
            "Difference": f"{100 * (row.right_b - row.right_a) / verdict.n:+.1f} points",
        }
        for verdict in found.over_seeds
        for row in verdict.rows
    ]
    with st.expander("Every seed", icon=":material/table_rows:"):
        st.dataframe(rows, hide_index=True, key="evaluate-seeds")
    st.caption(few_seeds(found.over_seeds) or "")


def _pairs(found: Evaluation, titles: dict[str, str]) -> PairCounts:
    """Two columns against each other; returns which two were chosen."""
    last = len(found.pairs) - 1  # the last two columns: of a fine-tune's members HypLoRA and its control, or LoRA where there is none
    names = {i: f"{titles[pair.a]} and {titles[pair.b]}" for i, pair in enumerate(found.pairs)}
    key = f"evaluate-pair-{len(names)}"
    if len(names) > MOST_BUTTONS:
        chosen = st.selectbox("Which two", list(names), index=last, format_func=names.__getitem__, key=key)
    else:
        chosen = st.segmented_control("Which two", list(names), format_func=names.__getitem__, default=last, required=True, key=key)
    pair = found.pairs[last if chosen is None else chosen]
    show(outcome_chart(pair, titles), "evaluation-outcomes")
    st.markdown(escape_markdown(pair.sentence))
    if pair.other_unfinished:
        st.caption(f"On {pair.other_unfinished:,} of the problems that only one of them got right the other's answer is unfinished.")
    together = adjustment(len(found.pairs))
    if together:
        st.caption(together)
    return pair


def _problems(found: Evaluation, titles: dict[str, str], pair: PairCounts | None) -> None:
    st.markdown("#### Every problem")
    filters = _filters(found, titles, pair)
    chosen = st.selectbox("Show", list(filters), key="evaluate-filter", format_func=lambda name: f"{name} ({len(filters[name]):,})")
    rows = filters[chosen]
    if not rows:
        st.caption("No problem has this outcome.")
    else:
        event = st.dataframe(
            _table(found, titles, rows),
            hide_index=True,
            on_select="rerun",
            selection_mode="single-row",
            key=f"evaluate-table-{chosen}",
            height=min(420, 38 + 35 * len(rows)),
            column_config={"Question": st.column_config.TextColumn(width="large")},
        )
        selected = event.selection.rows
        if selected and selected[0] < len(rows):
            _one(found, titles, rows[selected[0]])
        else:
            st.caption(
                "Select a row to read the answers. ✓ right, ✗ wrong, ✂ unfinished, – no number or no text. In brackets what careful "
                "reading finds, where that is another number."
            )
    st.download_button(
        "All problems as JSON lines",
        data=lambda: rows_as_json_lines(found),
        file_name="evaluation.jsonl",
        mime="application/x-ndjson",
        on_click="ignore",
        icon=":material/download:",
        type="tertiary",
    )


def _filters(found: Evaluation, titles: dict[str, str], pair: PairCounts | None) -> dict[str, list[int]]:
    """Row numbers by outcome, for the two columns that were chosen, or for the base alone."""
    rows = list(enumerate(found.outcomes))
    filters = {"All problems": [i for i, _ in rows]}
    if pair is not None:
        a, b = _places(found, pair)
        tests = {
            "Both right": lambda row: row.right[a] and row.right[b],
            f"Only {titles[pair.a]} right": lambda row: row.right[a] and not row.right[b],
            f"Only {titles[pair.b]} right": lambda row: row.right[b] and not row.right[a],
            "Neither right": lambda row: not row.right[a] and not row.right[b],
            f"{titles[pair.a]} unfinished": lambda row: row.states[a] == CUT,
            f"{titles[pair.b]} unfinished": lambda row: row.states[b] == CUT,
            f"No number from {titles[pair.a]}": lambda row: row.states[a] in (NO_NUMBER, NO_TEXT),
            f"No number from {titles[pair.b]}": lambda row: row.states[b] in (NO_NUMBER, NO_TEXT),
        }
    else:
        tests = {
            "Right": lambda row: row.right[0],
            "Wrong": lambda row: row.states[0] == WRONG,
            "Unfinished": lambda row: row.states[0] == CUT,
            "No number": lambda row: row.states[0] in (NO_NUMBER, NO_TEXT),
        }
    tests["The rules find different numbers"] = lambda row: any(read_differently(row, k) for k in range(len(row.found)))
    return filters | {name: [i for i, row in rows if test(row)] for name, test in tests.items()}


def _places(found: Evaluation, pair: PairCounts) -> tuple[int, int]:
    names = [score.name for score in found.columns]
    return names.index(pair.a), names.index(pair.b)


def _table(found: Evaluation, titles: dict[str, str], rows: list[int]) -> dict[str, list[str]]:
    outcomes = [found.outcomes[i] for i in rows]
    numbers = {"No.": [str(i + 1) for i in rows], "Expected": [write_number(row.answer) for row in outcomes]}
    answers = {titles[score.name]: [_cell(row, k) for row in outcomes] for k, score in enumerate(found.columns)}
    words = {"Skill": [row.skill for row in outcomes], "Question": [row.question for row in outcomes]}
    return numbers | answers | words


def _cell(row: Outcome, k: int) -> str:
    state, value, careful = row.states[k], row.found[k], row.careful[k]
    words = {NO_TEXT: "no text", NO_NUMBER: "no number"}.get(state, "no number yet" if value is None else show_number(value))
    carefully = f" [{show_number(careful)}]" if read_differently(row, k) else ""
    return f"{_MARKS[state]} {words}{carefully}"


def _one(found: Evaluation, titles: dict[str, str], index: int) -> None:
    row = found.outcomes[index]
    st.text(row.question)
    for k, (score, where) in enumerate(zip(found.columns, st.columns(len(found.columns)), strict=True)):
        with where.container(border=True):
            title = titles[score.name]
            st.markdown(f"**{title}** {escape_markdown(_cell(row, k))}")
            show_plain(row.texts[k], method=score.weights.method, title=title, key=f"evaluate-answer-{score.name}")
    query = {**carried(), "case": "own", "prompt": row.question, "expected": write_number(row.answer)}
    if "run" in query:
        query["run"] = query["run"].removeprefix(SEEDS)  # Compare shows one run
    st.page_link("pages/compare.py", label="Look at this problem token by token", icon=":material/view_column:", query_params=query)
