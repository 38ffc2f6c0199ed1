"""Every problem of an evaluation with its answers: a table of those with some outcome, and one of them whole."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from hypviz.marking import check_steps
from hypviz.records.answers import CUT, NO_NUMBER, NO_TEXT, RIGHT, WRONG
from hypviz.records.evaluations import Evaluation, Outcome, PairCounts
from hypviz.records.problems import NUMBER, show_answer, write_answer
from hypviz.ui.shared.adapters import SEEDS
from hypviz.ui.shared.answer_text import show_plain
from hypviz.ui.shell.address import Kept, carried
from hypviz.ui.shell.text import escape_markdown
from hypviz.words.evaluation import about_steps, by_other_rules
from hypviz.words.references import expected_words
from hypviz.words.samples import of_problem

_MARKS = {RIGHT: "✓", WRONG: "✗", CUT: "✂", NO_NUMBER: "–", NO_TEXT: "∅"}
FLAG, UNSAID = "⚑", "file"  # a skill of which a file says nothing
PIXELS_A_SIGN, MARGIN, WIDEST = 9, 24, 220  # of a cell in the table


def show_problems(found: Evaluation, titles: dict[str, str], pair: PairCounts | None, kept: Kept, fingerprint: str) -> None:
    """The heading, the filter by outcome, the table, and the problem that is chosen in it; the fingerprint is that of the set."""
    st.markdown("#### Every problem")
    filters = _filters(found, titles, pair)
    numbers = {name: [i for i, row in enumerate(found.outcomes) if one.test(row)] for name, one in filters.items()}
    key = kept.key("show", "all", among=list(filters), key="evaluate-filter")
    chosen = st.selectbox("Show", list(filters), key=key, format_func=lambda name: f"{filters[name].label} ({len(numbers[name]):,})")
    kept.keep(show=chosen)
    if not numbers[chosen]:
        st.caption("No problem has this outcome.")
    else:
        _choose_problem(found, titles, numbers[chosen], f"evaluate-table-{chosen}-{fingerprint}", kept)


def _choose_problem(found: Evaluation, titles: dict[str, str], rows: list[int], table: str, kept: Kept) -> None:
    """The table of these problems, and the one that was selected in it, by its number from 1; 0 is none."""
    number = kept.key("problem", 0, low=0, high=found.n)

    def select() -> None:
        selected = st.session_state[table]["selection"]["rows"]
        st.session_state[number] = rows[selected[0]] + 1 if selected else 0

    shown = problem_table(found, titles, rows)
    st.dataframe(
        shown,
        hide_index=True,
        on_select=select,
        selection_mode="single-row",
        key=table,
        height=min(420, 42 + 37 * len(rows)),
        column_config={name: st.column_config.TextColumn(width=_pixels(name, shown[name])) for name in shown if name != "Question"},
    )
    kept.keep(problem=st.session_state[number])
    if st.session_state[number]:
        _one(found, titles, st.session_state[number] - 1)
    else:
        st.caption(
            f"Select a row to read the answers. ✓ right, ✗ wrong, ✂ unfinished, – no answer found, ∅ no text. {FLAG} another rule finds "
            "it right where this one does not, or the other way round."
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Filter:
    """What is shown under a label: the problems whose outcome passes the test."""

    label: str
    test: Callable[[Outcome], bool]


def _filters(found: Evaluation, titles: dict[str, str], pair: PairCounts | None) -> dict[str, _Filter]:
    """By the name in the address: filters of the two columns that were chosen, or of the base alone."""
    every = range(len(found.columns))
    return {
        "all": _Filter(label="All problems", test=lambda row: True),
        **(_filters_of_one() if pair is None else _filters_of_two(found, titles, pair)),
        "hang": _Filter(label="Right or wrong hangs on the rule", test=lambda row: row.hangs_on_the_rule),
        "rules": _Filter(label="The rules find different answers", test=lambda row: any(row.is_read_differently(k) for k in every)),
    }


def _filters_of_two(found: Evaluation, titles: dict[str, str], pair: PairCounts) -> dict[str, _Filter]:
    (a, b), one, other = places_of(found, pair), titles[pair.a], titles[pair.b]
    return {
        "both": _Filter(label="Both right", test=lambda row: row.right[a] and row.right[b]),
        "first": _Filter(label=f"Only {one} right", test=lambda row: row.right[a] and not row.right[b]),
        "second": _Filter(label=f"Only {other} right", test=lambda row: row.right[b] and not row.right[a]),
        "neither": _Filter(label="Neither right", test=lambda row: not row.right[a] and not row.right[b]),
        "first-unfinished": _Filter(label=f"{one} unfinished", test=lambda row: row.states[a] == CUT),
        "second-unfinished": _Filter(label=f"{other} unfinished", test=lambda row: row.states[b] == CUT),
        "first-silent": _Filter(label=f"No answer found from {one}", test=lambda row: row.states[a] in (NO_NUMBER, NO_TEXT)),
        "second-silent": _Filter(label=f"No answer found from {other}", test=lambda row: row.states[b] in (NO_NUMBER, NO_TEXT)),
    }


def _filters_of_one() -> dict[str, _Filter]:
    return {
        "right": _Filter(label="Right", test=lambda row: row.right[0]),
        "wrong": _Filter(label="Wrong", test=lambda row: row.states[0] == WRONG),
        "unfinished": _Filter(label="Unfinished", test=lambda row: row.states[0] == CUT),
        "silent": _Filter(label="No answer found", test=lambda row: row.states[0] in (NO_NUMBER, NO_TEXT)),
    }


def places_of(found: Evaluation, pair: PairCounts) -> tuple[int, int]:
    """The places of the two columns of a pair."""
    names = [score.name for score in found.columns]
    return names.index(pair.a), names.index(pair.b)


def problem_table(found: Evaluation, titles: dict[str, str], rows: list[int]) -> dict[str, list[str]]:
    """Number, reference, signs and answer of every column, the skill where one is said, and the question."""
    outcomes = [found.outcomes[i] for i in rows]
    numbers = {"No.": [str(i + 1) for i in rows], "Expected": [expected_words(row.problem) for row in outcomes]}
    answers = {titles[score.name]: [_cell(row, k) for row in outcomes] for k, score in enumerate(found.columns)}
    says_skill = any(row.skill != UNSAID for row in found.outcomes)
    skills = {"Skill": [row.skill for row in outcomes]} if says_skill else {}
    return numbers | answers | skills | {"Question": [row.question for row in outcomes]}


def _pixels(name: str, cells: list[str]) -> int:
    """As wide as the longest text of a column needs, so that the question takes the rest."""
    return min(WIDEST, MARGIN + PIXELS_A_SIGN * max(map(len, (name, *cells))))


def _cell(row: Outcome, k: int) -> str:
    """The signs first, which a narrow column does not cut off: ``⚑ ✗ 7``."""
    value = row.found[k]
    said = "" if value is None else f" {show_answer(value)}"
    return f"{f'{FLAG} ' if row.hangs(k) else ''}{_MARKS[row.states[k]]}{said}"


def _one(found: Evaluation, titles: dict[str, str], index: int) -> None:
    row = found.outcomes[index]
    st.text(row.question)
    st.markdown(escape_markdown(f"Expected: {expected_words(row.problem)}"))
    for k, (score, where) in enumerate(zip(found.columns, st.columns(len(found.columns)), strict=True)):
        with where.container(border=True):
            title = titles[score.name]
            unfound = {NO_TEXT: " no text", NO_NUMBER: " no answer found", CUT: " no answer yet"} if row.found[k] is None else {}
            st.markdown(f"**{title}** {escape_markdown(_cell(row, k) + unfound.get(row.states[k], ''))}")
            mark = row.marks[row.rule][k]
            steps = check_steps(row.texts[k][: mark.end] if mark.value is not None else row.texts[k]) if row.problem.kind == NUMBER else ()
            show_plain(row.texts[k], method=score.weights.method, title=title, key=f"evaluate-answer-{score.name}", read=mark, steps=steps)
            said = [about_steps(steps), by_other_rules(row, k), of_problem(found, index, k)]
            st.caption(escape_markdown(" ".join(sentence for sentence in said if sentence)))
    query = {**carried(), "case": "own", "prompt": row.question, "expected": write_answer(row.answer), "kind": row.problem.kind}
    if "run" in query:
        query["run"] = query["run"].removeprefix(SEEDS)  # Compare shows one run
    st.page_link("pages/compare.py", label="Look at this problem token by token", icon=":material/view_column:", query_params=query)
