"""How the tokens of the answers are coloured on the Compare page: the choice, kept in the address, and the legend with its unit."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from hypviz.records.answers import Comparison
from hypviz.ui.shared.answer_text import show_swatches
from hypviz.ui.shell.address import Kept
from hypviz.ui.shell.text import escape_markdown
from hypviz.words.next_tokens import LABELS, MEANING, PARTING, Colouring, colouring, lacking, measures

PAGE = "compare"
_HELP = "Whatever is chosen, hovering over a token shows the likeliest tokens at its place; the list below each answer has them all."


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """The titles of the columns, and the colouring that was chosen; None for marks where answers part."""

    titles: dict[str, str]
    colouring: Colouring | None


def choose_colours(comparison: Comparison, titles: dict[str, str]) -> Shown:
    """The measure to colour by, and its legend."""
    kept, options = Kept(PAGE), measures(comparison)
    place = kept.key("colour", PARTING, among=options)
    picked = str(st.segmented_control("Colour tokens by", options, format_func=LABELS.__getitem__, required=True, key=place, help=_HELP))
    kept.keep(colour=picked)
    chosen = colouring(comparison, picked)
    if chosen is not None:
        show_swatches(chosen.labels, key="compare-colours")
        told = [MEANING[picked], "The stronger the colour, the thicker the line below.", lacking(comparison, titles, picked)]
        st.caption(escape_markdown(" ".join(sentence for sentence in told if sentence)))
    return Shown(titles=titles, colouring=chosen)
