"""How the answers of a comparison are marked: the rule, kept in the address, and the badges that say what it makes of an answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import streamlit as st

from hypviz.marking import DEFAULT, RULES, Step, rules_for
from hypviz.records.answers import CUT, NO_NUMBER, NO_TEXT, READ, RIGHT
from hypviz.records.cases import Case
from hypviz.records.evaluations import Outcome
from hypviz.records.problems import show_answer
from hypviz.ui.shell.address import Kept
from hypviz.ui.shell.text import escape_markdown
from hypviz.words.comparison import ENDED, other_rules

PAGE = "compare"
_READ = "Nobody said what would be right, so an answer is only read: {help}."


def choose_rule(case: Case) -> str:
    """By which of the rules for such problems to mark."""
    kept, labels = Kept(PAGE), _labels(case)
    key = kept.key("rule", DEFAULT, among=list(labels), key=_place(labels))
    help = escape_markdown(" ".join(f"{RULES[name].label}: {RULES[name].help}." for name in labels))
    chosen = st.segmented_control("Marked by", list(labels), format_func=labels.__getitem__, required=True, key=key, help=help)
    rule = str(chosen or DEFAULT)
    kept.keep(rule=rule)
    st.caption(escape_markdown(f"An answer is {RULES[rule].sentence}" if case.is_marked else _READ.format(help=RULES[rule].help)))
    return rule


def chosen_rule(case: Case) -> str:
    """The rule that `choose_rule` gave above on the page."""
    return str(st.session_state.get(_place(_labels(case))) or DEFAULT)


def _labels(case: Case) -> dict[str, str]:
    return {name: rule.label for name, rule in rules_for(frozenset({case.problem.kind})).items()}


def _place(labels: dict[str, str]) -> str:
    return f"compare-rule-{len(labels)}"


def say_marks(outcome: Outcome, steps: Sequence[Sequence[Step]]) -> None:
    """The legend of what is framed and underlined inside the answers; nothing where nothing is."""
    said = ["In a bold frame: what was read as the answer."] if any(value is not None for value in outcome.found) else []
    said += ["Underlined: a step that is true; with a wave: one that is not."] if any(steps) else []
    if said:
        st.caption(" ".join(said))


def show_badges(outcome: Outcome, k: int) -> None:
    """What was read, and right, wrong or unfinished, as icon, word and colour; and every rule that judges otherwise."""
    mark, value = outcome.marks[outcome.rule][k], show_answer(outcome.found[k])
    if mark.state == RIGHT:
        _badge(f"Right: {value}", ":material/check_circle:", "green")
    elif mark.state == CUT:
        _badge(f"Unfinished: {ENDED[outcome.ended[k]]}", ":material/content_cut:", "violet")
    elif mark.state == NO_TEXT:
        _badge("Empty: the model wrote no text", ":material/check_box_outline_blank:", "gray")
    elif mark.state == NO_NUMBER:
        _badge("No answer found", ":material/help:", "orange")
    elif mark.state == READ:
        _badge(f"Read: {value}", ":material/tag:", "blue")
    else:
        _badge(f"Wrong: {value} instead of {show_answer(outcome.answer)}", ":material/cancel:", "red")
    for words, state in other_rules(outcome, k):
        _badge(words, ":material/flag:", "green" if state == RIGHT else "gray")


def _badge(words: str, icon: str, colour: Literal["green", "violet", "gray", "orange", "blue", "red"]) -> None:
    st.badge(escape_markdown(" ".join(words.split())), icon=icon, color=colour)
