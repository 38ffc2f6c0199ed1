"""The blind view of a comparison: answers under letters in an order drawn by lot, votes kept in the session, and Reveal."""

from __future__ import annotations

import dataclasses

import streamlit as st

from hypviz.records.answers import BASE, Comparison
from hypviz.records.cases import Case
from hypviz.records.specs.answers import ComparisonSpec
from hypviz.studies.compare import judged
from hypviz.ui.compare.hidden import reveal
from hypviz.ui.compare.live import job_key
from hypviz.ui.compare.marking import choose_rule, say_marks
from hypviz.ui.compare.prompt import PAGE
from hypviz.ui.shared.answer_text import show_plain
from hypviz.ui.shell.address import Kept
from hypviz.ui.shell.text import escape_markdown
from hypviz.words.blind import lettered, revealed
from hypviz.words.numbers import counted

_HELP = "Answers stand under letters in an order drawn by lot, without colours, weights, probes or what is right, until Reveal is pressed."


def choose_blind(spec: ComparisonSpec) -> bool:
    """Whether the columns' names are hidden; of one column there is nothing to hide."""
    if len(spec.columns) < 2:
        return False
    kept = Kept(PAGE)
    chosen = st.toggle("Blind: hide which answer is whose", key=kept.key("blind", False), help=_HELP)
    kept.keep(blind=chosen)
    return chosen


def show_blind(spec: ComparisonSpec, comparison: Comparison, titles: dict[str, str], case: Case) -> bool:
    """The answers to vote on; True once they were revealed, with the sentence that says who was who."""
    key, letters = job_key(spec), lettered(comparison)
    votes: dict[str, int] = st.session_state.setdefault(f"_votes-{key}", {})
    if st.session_state.get(f"_revealed-{key}", False):
        st.info(escape_markdown(revealed(letters, titles, votes)), icon=":material/how_to_vote:")
        if st.button("Hide the names again", key=f"hide-{key}", icon=":material/visibility_off:"):
            _turn(key, case, shown=False)
        return True
    _answers(key, comparison, letters, case, votes)
    st.caption("Votes are kept in this browser session only: a reload loses them, and nobody else sees them.")
    if st.button("Reveal", key=f"reveal-{key}", type="primary", icon=":material/visibility:"):
        _turn(key, case, shown=True)
    return False


def _turn(key: str, case: Case, *, shown: bool) -> None:
    st.session_state[f"_revealed-{key}"] = shown
    reveal(case.question, shown=shown)
    st.rerun()


def _answers(key: str, comparison: Comparison, letters: dict[str, str], case: Case, votes: dict[str, int]) -> None:
    """Texts and letters only: what was read is framed, and nothing says or shows whether it is right."""
    columns = {column.name: column for column in comparison.columns}
    shuffled = dataclasses.replace(comparison, columns=tuple(columns[name] for name in letters.values()))
    hidden = {name: letter for letter, name in letters.items()}
    outcome = judged(case, [column.generation for column in shuffled.columns], choose_rule(case))
    for k, (column, where) in enumerate(zip(shuffled.columns, st.columns(len(letters)), strict=True)):
        letter = hidden[column.name]
        with where.container(border=True, height="stretch"):
            st.subheader(letter, anchor=False)
            read = outcome.marks[outcome.rule][k]
            show_plain(column.generation.text, method=BASE, title=letter, key=f"blind-{letter}", read=read)
            if st.button(f"Vote for {letter}", key=f"vote-{letter}-{key}", icon=":material/how_to_vote:"):
                votes[letter] = votes.get(letter, 0) + 1
            st.markdown(f"**{counted(votes.get(letter, 0), 'vote')}**")
    say_marks(outcome, ())
