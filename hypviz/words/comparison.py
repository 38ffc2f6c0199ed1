"""What answers to one prompt say side by side, in sentences: who is right, where two part, and how each ended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

from hypviz.marking import RULES
from hypviz.records.answers import (
    CUT,
    END_OF_TEXT,
    NEW_QUESTION,
    NO_NUMBER,
    NO_TEXT,
    READ,
    RIGHT,
    STOP_STRING,
    STOPPED,
    TIME_LIMIT,
    TOKEN_LIMIT,
    WRONG,
    FirstDifference,
    Generation,
)
from hypviz.records.cases import Case
from hypviz.records.evaluations import Outcome, as_number
from hypviz.records.problems import show_answer
from hypviz.words.evaluation import rule_label
from hypviz.words.layer_names import listed
from hypviz.words.numbers import counted

ENDED = {
    END_OF_TEXT: "ended by itself",
    NEW_QUESTION: "ended where it began a new question",
    STOP_STRING: "ended at a stop string",
    TOKEN_LIMIT: "cut at the token limit",
    STOPPED: "stopped",
    TIME_LIMIT: "cut at the time limit",
}
STATE_WORDS = {RIGHT: "right", WRONG: "wrong", CUT: "unfinished", NO_NUMBER: "without an answer", NO_TEXT: "empty"}


def finding(case: Case, outcome: Outcome, titles: Sequence[str]) -> str:
    """Who is right, wrong or unfinished by the rule, or who says what where nobody said what is right; `titles` in the columns' order."""
    if not case.is_marked:
        said = (f"{title} {_read(outcome, k)}" for k, title in enumerate(titles))
        return f"Read as the answer ({rule_label(outcome.rule)} rule): {', '.join(said)}."
    groups: dict[str, list[str]] = {state: [] for state in STATE_WORDS}
    for title, state in zip(titles, outcome.states, strict=True):
        groups[state].append(title)
    groups = {state: names for state, names in groups.items() if names}
    answer, (state, names) = f"The answer is {show_answer(outcome.answer)}", next(iter(groups.items()))
    if len(groups) == 1 and state == RIGHT:
        return f"{answer}, and {listed(names)} {'finds' if len(names) == 1 else 'all find'} it."
    if len(groups) == 1 and state == WRONG:
        return f"{answer}, and {listed(names)} {'misses' if len(names) == 1 else 'all miss'} it."
    return f"{answer}: {', '.join(f'{listed(names)} {STATE_WORDS[state]}' for state, names in groups.items())}."


def other_rules(outcome: Outcome, k: int) -> list[tuple[str, str]]:
    """What the other rules make of column k's answer where they judge it otherwise: (sentence, state), those alike in one.

    Where nobody said what would be right, those that read something else.
    """
    own = outcome.marks[outcome.rule][k]
    found: dict[tuple[str, str], list[str]] = {}
    for name, marks in outcome.marks.items():
        mark = marks[k]
        differs = _differ(mark.value, own.value) if READ in (own.state, mark.state) else (mark.state == RIGHT) != (own.state == RIGHT)
        if differs and not (mark.is_formal and mark.value is None):
            found.setdefault((_value(mark.value), mark.state), []).append(name)
    return [
        (
            f"{listed([RULES[names[0]].label, *map(rule_label, names[1:])])}: {value}"
            + ("" if state in (READ, NO_NUMBER) else f", {STATE_WORDS[state]}"),
            state,
        )
        for (value, state), names in found.items()
    ]


def time_taken(generation: Generation) -> str:
    """``12 tokens in 0.4 s, measured in 0.3 s more``: what is shown about the tokens is no part of the time of answering."""
    return f"{counted(len(generation.pieces), 'token')} in {generation.seconds:.1f} s, measured in {generation.measuring:.1f} s more"


def difference_words(difference: FirstDifference) -> str:
    """The two tokens at which answers part: ``“ 12” instead of “ 13”``."""
    return f"{piece_words(difference.piece)} instead of {piece_words(difference.other)}"


def parting_sentence(one: str, other: str, difference: FirstDifference | None) -> str:
    """Where the answer titled `other` parts from the one titled `one`, in a sentence."""
    if difference is None:
        return f"{one} and {other} give the same tokens."
    return f"{other} parts from {one} at token {difference.index + 1}, {difference_words(difference)}."


def virtual_sentence(before: Mapping[str, int], titles: Mapping[str, str]) -> str | None:
    """What some columns read besides the text, from the number of their virtual tokens by column; None where there is none."""
    if not before:
        return None
    told = listed([f"{titles[name]} {counted(n, 'virtual token')}" for name, n in before.items()])
    return f"Before it {'reads' if len(before) == 1 else 'read'} {told}: trained vectors that stand for no text."


def piece_words(text: str | None) -> str:
    """A token for running text: quoted, its white space visible."""
    if text is None:
        return "nothing (it has ended)"
    if not text:
        return "the end of the text"
    visible = text.strip() or text.replace("\n", "⏎").replace(" ", "␣")
    return f"“{visible}”"


def _read(outcome: Outcome, k: int) -> str:
    mark = outcome.marks[outcome.rule][k]
    return f"{_value(mark.value)}{' (unfinished)' if mark.state == CUT else ''}"


def _value(value: Fraction | str | None) -> str:
    return "no answer found" if value is None else show_answer(value)


def _differ(one: Fraction | str | None, other: Fraction | str | None) -> bool:
    """Whether two rules read different things; a number is the same as its digits."""
    return (None if one is None else as_number(one)) != (None if other is None else as_number(other))
