"""Rows that were never trained, on a page: the choice to take them in, why they count as such, and their list."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import streamlit as st

from hypviz.plots.token_text import visible
from hypviz.records.models import ModelRef
from hypviz.records.untrained import UntrainedRows
from hypviz.ui.shell.address import Kept
from hypviz.ui.shell.session import token_table
from hypviz.ui.shell.text import escape_markdown
from hypviz.words.untrained import TAKE_IN, TAKE_IN_HELP, reason_words, untrained_sentences

if TYPE_CHECKING:
    import pandas as pd


def choose_untrained(kept: Kept, *, key: str | None = None) -> bool:
    """Whether rows that were never trained take part; kept in the address by whoever calls."""
    return bool(st.toggle(TAKE_IN, key=kept.key("untrained", False, key=key), help=TAKE_IN_HELP))


def untrained_lines(ref: ModelRef, table: str, *, taken_in: bool) -> list[str]:
    """What was found in the table, in sentences; none where there is nothing to say."""
    text = token_table(ref).text
    found = _found(ref.fingerprint, table, ref)
    return list(untrained_sentences(found, lambda i: visible(text[i]), taken_in=taken_in, quantised=ref.quantised_rows))


def show_untrained(ref: ModelRef, tables: Sequence[str], *, taken_in: bool) -> None:
    """What was found in each of `tables`, and the rows in a fold; nothing where there is nothing to say."""
    table = token_table(ref)
    for name in tables:
        found, lines = _found(ref.fingerprint, name, ref), untrained_lines(ref, name, taken_in=taken_in)
        if not lines:
            continue
        st.caption(escape_markdown(" ".join(lines)))
        if len(found.ids):
            with st.expander(f"Rows never trained, {name} table ({len(found.ids):,})"):
                st.dataframe(_listed(found, table.text), hide_index=True, width="stretch")


@st.cache_resource(show_spinner="Looking for rows that were never trained…", show_time=True, max_entries=8)
def _found(fingerprint: str, table: str, _ref: ModelRef) -> UntrainedRows:
    from hypviz.studies.untrained import untrained_rows

    return untrained_rows(_ref, table=table)


def _listed(found: UntrainedRows, text: Sequence[str]) -> pd.DataFrame:
    import pandas as pd

    ids: list[int] = found.ids.tolist()
    reasons = [reason_words(found, place) for place in range(len(ids))]
    return pd.DataFrame({"token id": ids, "token": [visible(text[i]) for i in ids], "why": reasons})
