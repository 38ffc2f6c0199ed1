"""The Start page's choice of how much of a hub model is loaded: all of it, its vocabulary, or a few tokens of that, and the costs."""

from __future__ import annotations

import streamlit as st

from hypviz.errors import HypvizError
from hypviz.studies.models import VOCABULARY, how_asked, parse_source, show_size
from hypviz.ui.shell.address import Kept
from hypviz.ui.shell.text import escape_markdown
from hypviz.ui.start.costs import cost_of, loading_seconds
from hypviz.ui.start.suggested import show_suggested
from hypviz.words.durations import roughly

FEW = 10_000
PARTS = {
    "": "whole model",
    VOCABULARY: "vocabulary only",
    f"{VOCABULARY}={FEW}": f"first {FEW:,} tokens",
}
HELP = (
    "Vocabulary only: the embedding tables and the tokenizer, for Disk, Frequency & norm and Hyperbolicity; nothing else is downloaded. "
    f"First {FEW:,} tokens: the rows of the lowest ids in the input table, which are the most frequent ones in most tokenizers."
)


def choose_part(kept: Kept, text: str, current: str) -> str | None:
    """MODEL with the part that is chosen beside the hub id `text`; None while nothing has been typed. Raises `ModelError`.

    Of a model that lies whole on this machine there is nothing to choose: its vocabulary is read by rows anyway.
    """
    said = how_asked()
    if said is not None:
        st.caption(escape_markdown(said))
    if not text:
        show_suggested()
        return None
    name, typed = _split(text)
    if typed:  # the person has said which part
        return text
    named = {label.replace(" ", "-"): label for label in PARTS.values()}
    known = _split(current)[1] if _split(current)[0] == name else ""
    if not known and _lies_here(name):
        return name
    key = kept.key("part", PARTS.get(known, PARTS[""]), among=named)
    chosen = str(st.segmented_control("What of it", list(named.values()), key=key, required=True, help=HELP))
    kept.keep(part=chosen)
    if parse_source(name).kind == "hub":
        _show_costs(name)
    return name + next(part for part, label in PARTS.items() if label == chosen)


def _split(text: str) -> tuple[str, str]:
    """MODEL without its part, and the part."""
    name, sign, part = text.partition("#")
    return name, sign + part


def _lies_here(name: str) -> bool:
    """Whether nothing of the whole model has to be downloaded; False where that cannot be told, which `load_panel` says."""
    try:
        return parse_source(name).kind == "hub" and not cost_of(name).bytes_to_download
    except HypvizError:
        return False


def _show_costs(name: str) -> None:
    """What each part costs, one below the other; nothing where the cost of the whole cannot be told, which `load_panel` says."""
    lines: list[dict[str, str]] = []
    for part, label in PARTS.items():
        try:
            cost = cost_of(name + part)
        except HypvizError as error:
            if not part:
                return
            lines.append({"part": label, "to download": escape_markdown(str(error)), "memory": "", "time": ""})
            continue
        lines.append(
            {
                "part": label,
                "to download": show_size(cost.bytes_to_download) if cost.bytes_to_download else "nothing",
                "memory": show_size(cost.memory_bytes),
                "time": f"about {roughly(loading_seconds(cost))}",
            }
        )
    st.table({column: [line[column] for line in lines] for column in lines[0]}, hide_index=True)
