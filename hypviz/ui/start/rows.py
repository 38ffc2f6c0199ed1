"""Rows of models of which each is a button with a few words beside it: a click fills MODEL on the Start page."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import streamlit as st

from hypviz.ui.shell.text import escape_markdown

WANTED = "start-wanted"  # the MODEL whose loading was asked for
LIST = "start-list"  # begins the key of every list of rows
# a list is read down its columns: rows stand close, with a line between them, and long names end in dots
STYLE = f"""<style>
div[class*="st-key-{LIST}"] > div[data-testid="stLayoutWrapper"] {{
  border-bottom: 1px solid color-mix(in srgb, currentColor 12%, transparent);
}}
div[class*="st-key-{LIST}"] > div[data-testid="stLayoutWrapper"]:has(button:hover) {{
  background: color-mix(in srgb, currentColor 6%, transparent);
}}
div[class*="st-key-{LIST}"] button {{ min-height: 2.1rem; padding: 0.1rem 0; text-align: left; justify-content: flex-start; }}
div[class*="st-key-{LIST}"] p {{ font-size: 0.92rem; line-height: 1.35; overflow-wrap: anywhere; }}
</style>"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """`source` is the MODEL that a click gives, None where there is none to give; `load` says whether the click loads it, too."""

    label: str
    source: str | None
    icon: str
    cells: tuple[str, ...]
    help: str = ""
    load: bool = False
    is_hub: bool = True


@contextmanager
def rows(name: str) -> Generator[None]:
    """A list of rows."""
    st.html(STYLE)
    with st.container(key=f"{LIST}-{name}", gap=None):
        yield


def heading(names: Sequence[str], widths: Sequence[float]) -> None:
    """The names of the columns."""
    for column, name in zip(st.columns(widths), names, strict=True):
        column.caption(name)


def show_row(row: Row, key: str, widths: Sequence[float]) -> None:
    """One model."""
    first, *others = st.columns(widths, vertical_alignment="center")
    first.button(
        escape_markdown(row.label),
        key=f"start-{key}",
        icon=row.icon,
        type="tertiary",
        disabled=row.source is None,
        help=escape_markdown(row.help) or None,
        on_click=_give,
        args=(row.source or "",),
        kwargs={"is_hub": row.is_hub, "load": row.load},
    )
    for column, text in zip(others, row.cells, strict=True):
        column.markdown(escape_markdown(text))


def _give(source: str, *, is_hub: bool, load: bool) -> None:
    """Fill MODEL, as if it had been typed, in the address too, which goes before what the session says of a field that is not there yet."""
    kind = "hub" if is_hub else "folder"
    for name, value in (("kind", kind), (kind, source)):
        st.query_params[name] = st.session_state[f"start-{name}"] = value
    if load:
        st.session_state[WANTED] = source
