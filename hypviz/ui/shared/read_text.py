"""What a model reads, in the browser: every token framed, special ones by their names, and of a training example the masked part grey.

The text reaches the page through `textContent` only, as that of answers does.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib.resources import files
from typing import Any

import streamlit as st

from hypviz.studies.how_asked import ReadToken


def _read(name: str) -> str:
    return files("hypviz.ui.shared").joinpath(name).read_text(encoding="utf-8")


_components: Any = st.components
_mount: Callable[..., object] = _components.v2.component(
    "hypviz_read", html='<div class="read" role="article"></div>', css=_read("read_text.css"), js=_read("read_text.js")
)


def show_read(tokens: Sequence[ReadToken], *, label: str, key: str) -> None:
    """The tokens in order; `label` is for screen readers."""
    shown = [{"text": token.text, "special": token.is_special, "part": token.part} for token in tokens]
    _mount(key=key, data={"label": label, "tokens": shown})
