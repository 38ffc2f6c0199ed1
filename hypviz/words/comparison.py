"""What answers to one prompt say side by side, in sentences: who is right, where two part, and how each ended."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from hypviz.records.answers import (
    CUT,
    END_OF_TEXT,
    NEW_QUESTION,
    NO_NUMBER,
    NO_TEXT,
    RIGHT,
    STOP_STRING,
    STOPPED,
    TIME_LIMIT,
    TOKEN_LIMIT,
    WRONG,
    Comparison,
    FirstDifference,
    Generation,
)
from hypviz.records.numbers import show_number
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
STATE_WORDS = {RIGHT: "right", WRONG: "wrong", CUT: "unfinished", NO_NUMBER: "without a number", NO_TEXT: "empty"}


def finding(comparison: Comparison, titles: Mapping[str, str], expected: Fraction | None, states: Mapping[str, str]) -> str:
    """Who is right, wrong or unfinished, or who says what where nothing is `expected`; `states` by the paper's rule and column."""
    if expected is None:
        said = (f"{titles[c.name]} {_number(c.generation)}" for c in comparison.columns)
        return f"The last number of each answer: {', '.join(said)}."
    groups: dict[str, list[str]] = {state: [] for state in STATE_WORDS}
    for column in comparison.columns:
        groups[states[column.name]].append(titles[column.name])
    groups = {state: names for state, names in groups.items() if names}
    answer, (state, names) = f"The answer is {show_number(expected)}", next(iter(groups.items()))
    if len(groups) == 1 and state == RIGHT:
        return f"{answer}, and {listed(names)} {'finds' if len(names) == 1 else 'all find'} it."
    if len(groups) == 1 and state == WRONG:
        return f"{answer}, and {listed(names)} {'misses' if len(names) == 1 else 'all miss'} it."
    return f"{answer}: {', '.join(f'{listed(names)} {STATE_WORDS[state]}' for state, names in groups.items())}."


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


def _number(generation: Generation) -> str:
    return f"{show_number(generation.answer)} (unfinished)" if generation.is_cut else show_number(generation.answer)
