"""How the tokens of the answers are marked on the Compare page: the choice, kept in the address, its legend, and the marks."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from hypviz.records.answers import Comparison
from hypviz.ui.shared.answer_text import show_swatches
from hypviz.ui.shell.address import Kept
from hypviz.ui.shell.text import escape_markdown
from hypviz.words.next_tokens import LABELS, MEANING, PARTING, WORDS, Colouring, colouring, lacking, measures
from hypviz.words.word_differences import difference_sentence, marked_pieces, word_differences

PAGE = "compare"
_HELP = "Whatever is chosen, hovering over a token shows the likeliest tokens at its place; the list below each answer has them all."
Marks = dict[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """The titles of the columns, and the mark of every token by column; None where what is marked is where answers part."""

    titles: dict[str, str]
    marks: Marks | None


def choose_marks(comparison: Comparison, titles: dict[str, str]) -> Shown:
    """What the tokens are marked by, with the legend."""
    kept, options = Kept(PAGE), measures(comparison)
    place = kept.key("colour", PARTING, among=options)
    picked = str(st.segmented_control("Mark tokens by", options, format_func=LABELS.__getitem__, required=True, key=place, help=_HELP))
    kept.keep(colour=picked)
    if picked == WORDS:
        return Shown(titles=titles, marks=_by_words(comparison, titles))
    chosen = colouring(comparison, picked)
    return Shown(titles=titles, marks=None if chosen is None else _by_steps(comparison, titles, chosen))


def _by_steps(comparison: Comparison, titles: dict[str, str], chosen: Colouring) -> Marks:
    show_swatches(chosen.labels, key="compare-colours")
    told = [MEANING[chosen.measure], "The stronger the colour, the thicker the line below.", lacking(comparison, titles, chosen.measure)]
    st.caption(escape_markdown(" ".join(sentence for sentence in told if sentence)))
    return {column.name: tuple(f"step{step}" for step in chosen.steps(column.generation) or ()) for column in comparison.columns}


def _by_words(comparison: Comparison, titles: dict[str, str]) -> Marks:
    """The words that only one of two columns has, which are chosen here; at first the last two."""
    kept, answers = Kept(PAGE), {column.name: column.generation for column in comparison.columns}
    names = list(answers)
    left, right = st.columns(2)
    one = left.selectbox("Words of", names, key=kept.key("words_of", names[-2], among=names), format_func=titles.__getitem__)
    other = right.selectbox("and of", names, key=kept.key("words_and", names[-1], among=names), format_func=titles.__getitem__)
    kept.keep(words_of=one, words_and=other)
    if one == other:
        st.info("Choose two different columns to have their words compared.", icon=":material/compare_arrows:")
        return {}
    found = word_differences(answers[one].text, answers[other].text)
    st.markdown(escape_markdown(difference_sentence(found, titles[one], titles[other])))
    spans = {one: found.only_one, other: found.only_other}
    return {name: tuple("word" if there else "" for there in marked_pieces(answers[name].pieces, spans[name])) for name in spans}
