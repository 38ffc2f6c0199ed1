"""A finished evaluation: the verdict, two charts, the pairs, and every problem with its answers."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from hypviz.marking import DEFAULT, RULES, check_steps
from hypviz.plots.evaluation import accuracy_chart, answer_chart, outcome_chart
from hypviz.records.answers import CUT, NO_NUMBER, NO_TEXT, RIGHT, WRONG
from hypviz.records.evaluations import Evaluation, Outcome, PairCounts
from hypviz.records.problems import NUMBER, show_answer, write_answer
from hypviz.records.specs.answers import EvaluationSpec
from hypviz.studies.evaluate import recount
from hypviz.ui.evaluate.exports import offer_exports
from hypviz.ui.evaluate.problems import PAGE
from hypviz.ui.shared.adapters import SEEDS
from hypviz.ui.shared.answer_text import show_plain
from hypviz.ui.shared.problem_preview import left_out
from hypviz.ui.shell.address import Kept, carried
from hypviz.ui.shell.charts import provenance, show
from hypviz.ui.shell.text import escape_markdown
from hypviz.words.clusters import on_the_clusters
from hypviz.words.counting import about_all, about_pair
from hypviz.words.evaluation import about_steps, answered_one_by_one, by_other_rules, on_the_constant, on_the_limit, on_the_rule
from hypviz.words.numbers import signed
from hypviz.words.origins import not_known, on_the_training
from hypviz.words.over_seeds import about_seeds, verdict_sentence
from hypviz.words.samples import on_the_samples, on_the_singles
from hypviz.words.verdict import adjustment, pair_sentence, title

MOST_BUTTONS = 6
_MARKS = {RIGHT: "✓", WRONG: "✗", CUT: "✂", NO_NUMBER: "–", NO_TEXT: "–"}


def show_evaluation(found: Evaluation, titles: dict[str, str], spec: EvaluationSpec) -> None:
    """Everything about one evaluation, marked by the rule that is chosen here: its answers are counted again, not asked again."""
    _what_was_asked(found, titles)
    found = recount(found, _choose_rule(found))
    for sentence in (*on_the_samples(found, titles), *on_the_clusters(found)):
        st.caption(escape_markdown(sentence))
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
    kept = Kept(PAGE)
    pair = _pairs(found, titles, kept) if found.pairs else None
    if pair is None:
        st.caption("Choose adapters above to compare them with the base on the same problems.")
    for sentence in (*on_the_singles(found, titles), *about_all(found)):
        st.markdown(escape_markdown(sentence))
    _problems(found, titles, pair, kept)
    offer_exports(found, spec)
    provenance(found.provenance.line + f" · {found.decoding.line}")


def _choose_rule(found: Evaluation) -> str:
    """By which rule to mark."""
    kept = Kept(PAGE)
    labels = {name: RULES[name].label for name in found.rules}
    key = kept.key("rule", DEFAULT, among=list(labels), key=f"evaluate-rule-{len(labels)}")
    rule = st.segmented_control(
        "Marked by", list(labels), format_func=labels.__getitem__, required=True, key=key, help=_about_rules(found.rules)
    )
    rule = rule or DEFAULT
    kept.keep(rule=rule)
    st.caption(escape_markdown(f"An answer is {RULES[rule].sentence}"))
    return rule


def _about_rules(names: tuple[str, ...]) -> str:
    return escape_markdown(" ".join(f"{RULES[name].label}: {RULES[name].help}." for name in names))


def _what_was_asked(found: Evaluation, titles: dict[str, str]) -> None:
    parts = [f"{found.n:,} problems of “{found.problems}”, answered by every column ({found.decoding.line})."]
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
            f"Stopped early: these are {found.n:,} of {found.n_asked:,} problems, which are kept; the next start goes on from there.",
            icon=":material/stop_circle:",
        )


def _over_seeds(found: Evaluation) -> None:
    """Every two methods over all seeds and problems, and the rows of each seed."""
    st.markdown("#### Over seeds and problems")
    for verdict in found.over_seeds:
        st.markdown(escape_markdown(verdict_sentence(verdict)))
    rows = [
        {
            "Seed": row.seed,
            "Columns": f"{title(row.a)} and {title(row.b)}",
            "Right": f"{row.right_a:,} and {row.right_b:,}",
            "Only the first": row.only_a,
            "Only the second": row.only_b,
            "Difference": f"{signed(100 * (row.right_b - row.right_a) / verdict.n, 1)} points",
        }
        for verdict in found.over_seeds
        for row in verdict.rows
    ]
    with st.expander("Every seed", icon=":material/table_rows:"):
        st.dataframe(rows, hide_index=True, key="evaluate-seeds")
    st.caption(escape_markdown(" ".join(about_seeds(found.over_seeds))))


def _pairs(found: Evaluation, titles: dict[str, str], kept: Kept) -> PairCounts:
    """Two columns against each other; returns which two were chosen."""
    pairs = {f"{pair.a}/{pair.b}": pair for pair in found.pairs}
    names = list(pairs)  # the last two are of a fine-tune's members HypLoRA and its control, or LoRA where there is none
    key = kept.key("pair", names[-1], among=names, key=f"evaluate-pair-{len(names)}")

    def words(name: str) -> str:
        return f"{titles[pairs[name].a]} and {titles[pairs[name].b]}"

    if len(names) > MOST_BUTTONS:
        chosen = st.selectbox("Which two", names, format_func=words, key=key)
    else:
        chosen = st.segmented_control("Which two", names, format_func=words, required=True, key=key)
    pair = pairs[chosen or names[-1]]
    kept.keep(pair=f"{pair.a}/{pair.b}")
    show(outcome_chart(pair, titles), "evaluation-outcomes")
    st.markdown(escape_markdown(pair_sentence(pair)))
    for sentence in _said_of_pair(found, pair):
        st.markdown(escape_markdown(sentence))
    if pair.other_unfinished:
        st.caption(f"On {pair.other_unfinished:,} of the problems that only one of them got right the other's answer is unfinished.")
    together = adjustment(len(found.pairs))
    if together:
        st.caption(together)
    return pair


def _said_of_pair(found: Evaluation, pair: PairCounts) -> tuple[str, ...]:
    """Power and features, which take a moment: worked out once for these marks of these two columns."""
    a, b = _places(found, pair)
    marks = [(row.question, row.problem.group, row.right[a], row.right[b]) for row in found.outcomes]
    content = json.dumps([pair.a, pair.b, pair.verdict, pair.difference.level, marks])
    return _pair_words(hashlib.sha256(content.encode("utf-8", "surrogatepass")).hexdigest(), found, pair)


@st.cache_data(show_spinner="Looking for what tells the two apart…", max_entries=64)
def _pair_words(key: str, _found: Evaluation, _pair: PairCounts) -> tuple[str, ...]:
    return about_pair(_found, _pair)


def _problems(found: Evaluation, titles: dict[str, str], pair: PairCounts | None, kept: Kept) -> None:
    st.markdown("#### Every problem")
    filters = _filters(found, titles, pair)
    numbers = {name: [i for i, row in enumerate(found.outcomes) if one.test(row)] for name, one in filters.items()}
    key = kept.key("show", "all", among=list(filters), key="evaluate-filter")
    chosen = st.selectbox("Show", list(filters), key=key, format_func=lambda name: f"{filters[name].label} ({len(numbers[name]):,})")
    kept.keep(show=chosen)
    if not numbers[chosen]:
        st.caption("No problem has this outcome.")
    else:
        _choose_problem(found, titles, numbers[chosen], f"evaluate-table-{chosen}", kept)


def _choose_problem(found: Evaluation, titles: dict[str, str], rows: list[int], table: str, kept: Kept) -> None:
    """The table of these problems, and the one that was selected in it, by its number from 1; 0 is none."""
    number = kept.key("problem", 0, low=0, high=found.n)

    def select() -> None:
        selected = st.session_state[table]["selection"]["rows"]
        st.session_state[number] = rows[selected[0]] + 1 if selected else 0

    st.dataframe(
        _table(found, titles, rows),
        hide_index=True,
        on_select=select,
        selection_mode="single-row",
        key=table,
        height=min(420, 38 + 35 * len(rows)),
        column_config={"Question": st.column_config.TextColumn(width="large")},
    )
    kept.keep(problem=st.session_state[number])
    if st.session_state[number]:
        _one(found, titles, st.session_state[number] - 1)
    else:
        st.caption(
            "Select a row to read the answers. ✓ right, ✗ wrong, ✂ unfinished, – no answer found or no text. ⚑ another rule finds it "
            "right where this one does not, or the other way round."
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Filter:
    """What is shown under a label: the problems whose outcome passes the test."""

    label: str
    test: Callable[[Outcome], bool]


def _filters(found: Evaluation, titles: dict[str, str], pair: PairCounts | None) -> dict[str, _Filter]:
    """By the name in the address: filters of the two columns that were chosen, or of the base alone."""
    places = range(len(found.columns))
    return {
        "all": _Filter(label="All problems", test=lambda row: True),
        **(_filters_of_one() if pair is None else _filters_of_two(found, titles, pair)),
        "hang": _Filter(label="Right or wrong hangs on the rule", test=lambda row: row.hangs_on_the_rule),
        "rules": _Filter(label="The rules find different answers", test=lambda row: any(row.is_read_differently(k) for k in places)),
    }


def _filters_of_two(found: Evaluation, titles: dict[str, str], pair: PairCounts) -> dict[str, _Filter]:
    (a, b), one, other = _places(found, pair), titles[pair.a], titles[pair.b]
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


def _places(found: Evaluation, pair: PairCounts) -> tuple[int, int]:
    names = [score.name for score in found.columns]
    return names.index(pair.a), names.index(pair.b)


def _table(found: Evaluation, titles: dict[str, str], rows: list[int]) -> dict[str, list[str]]:
    outcomes = [found.outcomes[i] for i in rows]
    numbers = {"No.": [str(i + 1) for i in rows], "Expected": [write_answer(row.answer) for row in outcomes]}
    answers = {titles[score.name]: [_cell(row, k) for row in outcomes] for k, score in enumerate(found.columns)}
    words = {"Skill": [row.skill for row in outcomes], "Question": [row.question for row in outcomes]}
    return numbers | answers | words


def _cell(row: Outcome, k: int) -> str:
    state, value = row.states[k], row.found[k]
    words = {NO_TEXT: "no text", NO_NUMBER: "no answer found"}.get(state, "no answer yet" if value is None else show_answer(value))
    return f"{_MARKS[state]} {words}{' ⚑' if row.hangs(k) else ''}"


def _one(found: Evaluation, titles: dict[str, str], index: int) -> None:
    row = found.outcomes[index]
    st.text(row.question)
    for k, (score, where) in enumerate(zip(found.columns, st.columns(len(found.columns)), strict=True)):
        with where.container(border=True):
            title = titles[score.name]
            st.markdown(f"**{title}** {escape_markdown(_cell(row, k))}")
            mark = row.marks[row.rule][k]
            steps = check_steps(row.texts[k][: mark.end] if mark.value is not None else row.texts[k]) if row.problem.kind == NUMBER else ()
            show_plain(row.texts[k], method=score.weights.method, title=title, key=f"evaluate-answer-{score.name}", read=mark, steps=steps)
            said = [about_steps(steps), by_other_rules(row, k)]
            st.caption(escape_markdown(" ".join(sentence for sentence in said if sentence)))
    query = {**carried(), "case": "own", "prompt": row.question, "expected": write_answer(row.answer)}
    if "run" in query:
        query["run"] = query["run"].removeprefix(SEEDS)  # Compare shows one run
    st.page_link("pages/compare.py", label="Look at this problem token by token", icon=":material/view_column:", query_params=query)
