"""Text shown through Markdown keeps its characters; quantities are written for people."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hypviz.ui.shell.text import duration, escape_markdown, short_source


@given(st.text(alphabet=st.characters(min_codepoint=32, max_codepoint=126)))
def test_every_active_character_is_escaped_and_nothing_is_lost(text: str) -> None:
    escaped = escape_markdown(text)
    assert re.sub(r"\\(.)", r"\1", escaped) == text
    assert not re.search(r"(?<!\\)(?:\\\\)*[$*_<>:`\[\]]", escaped)


@pytest.mark.parametrize(("s", "words"), [(-1, "0 s"), (59.4, "59 s"), (125, "2 min 5 s"), (3900, "1 h 5 min")])
def test_seconds(s: float, words: str) -> None:
    assert duration(s) == words


def test_a_commit_is_cut_and_nothing_else() -> None:
    commit = "0123456789abcdef0123456789abcdef01234567"
    assert short_source(f"org/name@{commit}") == "org/name@0123456789ab…"
    assert short_source(f"org/name/x.gguf@{commit}#vocabulary=9") == "org/name/x.gguf@0123456789ab…#vocabulary=9"
    for text in ("org/name@main", f"/models/{commit}", "bundled"):
        assert short_source(text) == text
