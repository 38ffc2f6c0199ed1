"""A finished evaluation: the verdict, two charts, the pairs, and every problem with its answers."""

from __future__ import annotations

import hashlib
import json

import streamlit as st

from hypviz.marking import DEFAULT, RULES
from hypviz.plots.evaluation import accuracy_chart, answer_chart, outcome_chart
from hypviz.records.evaluations import Evaluation, PairCounts
from hypviz.records.specs.answers import EvaluationSpec
from hypviz.studies.evaluate import recount
from hypviz.ui.evaluate.every_problem import places_of, show_problems
from hypviz.ui.evaluate.exports import offer_exports
from hypviz.ui.evaluate.problems import PAGE
from hypviz.ui.shared.problem_preview import left_out
from hypviz.ui.shell.address import Kept
from hypviz.ui.shell.charts import provenance, show
from hypviz.ui.shell.text import escape_markdown
from hypviz.words.clusters import on_the_clusters
from hypviz.words.counting import about_all, about_pair
from hypviz.words.evaluation import answered_one_by_one, on_the_constant, on_the_limit, on_the_rule
from hypviz.words.numbers import counted, signed
from hypviz.words.origins import not_known, on_the_training
from hypviz.words.over_seeds import about_seeds, verdict_sentence
from hypviz.words.samples import how_decoded, on_the_samples, single_sentence, single_shares
from hypviz.words.stopping import on_the_stop
from hypviz.words.verdict import adjustment, pair_sentence, title

MOST_BUTTONS = 6


def show_evaluation(found: Evaluation, titles: dict[str, str], spec: EvaluationSpec) -> None:
    """Everything about one evaluation, marked by the rule that is chosen here: its answers are counted again, not asked again."""
    _what_was_asked(found, titles)
    found = recount(found, _choose_rule(found))
    for sentences in (on_the_samples(found, titles), on_the_clusters(found)):
        if sentences:
            st.caption(escape_markdown(" ".join(sentences)))
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
    for sentence in single_shares(found, titles):
        st.markdown(escape_markdown(sentence))
    if found.over_seeds:
        _over_seeds(found)
    kept = Kept(PAGE)
    pair = _pairs(found, titles, kept) if found.pairs else None
    if pair is None:
        st.caption("Choose adapters above to compare them with the base on the same problems.")
    for sentence in about_all(found):
        st.markdown(escape_markdown(sentence))
    show_problems(found, titles, pair, kept, spec.problems.fingerprint)
    offer_exports(found, spec)
    provenance(found.provenance.line + f" · {how_decoded(found)}")


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
    parts = [f"{counted(found.n, 'problem')} of “{found.problems}”, answered by every column ({how_decoded(found)})."]
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
    if stopped := on_the_stop(found):
        st.warning(f"{stopped}; the button above goes on from there.", icon=":material/stop_circle:")


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
    singles = [single_sentence(one) for one in found.single_pairs if (one.a, one.b) == (pair.a, pair.b)]
    for sentence in (*singles, *_said_of_pair(found, pair)):
        st.markdown(escape_markdown(sentence))
    if pair.other_unfinished:
        st.caption(f"On {pair.other_unfinished:,} of the problems that only one of them got right the other's answer is unfinished.")
    together = adjustment(len(found.pairs))
    if together:
        st.caption(together)
    return pair


def _said_of_pair(found: Evaluation, pair: PairCounts) -> tuple[str, ...]:
    """Power and features, which take a moment: worked out once for these marks of these two columns."""
    a, b = places_of(found, pair)
    marks = [(row.question, row.problem.group, row.right[a], row.right[b]) for row in found.outcomes]
    content = json.dumps([pair.a, pair.b, pair.verdict, pair.difference.level, marks])
    return _pair_words(hashlib.sha256(content.encode("utf-8", "surrogatepass")).hexdigest(), found, pair)


@st.cache_data(show_spinner="Looking for what tells the two apart…", max_entries=64)
def _pair_words(key: str, _found: Evaluation, _pair: PairCounts) -> tuple[str, ...]:
    return about_pair(_found, _pair)
