"""Kinds of tokens and the visible form of bytes."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hypviz.records.models import TOKEN_KINDS
from hypviz.vocabulary.kinds import show_bytes, token_kind


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (" dog", "word start"),
        ("\n\nThe", "word start"),
        ("ing", "word continuation"),
        (" don't", "word start"),
        ("'s", "word continuation"),
        (" 480", "number"),
        ("3.14", "number"),
        ("½", "number"),
        ("$5", "number"),
        (" +", "punctuation"),
        ("...", "punctuation"),
        ("→", "punctuation"),
        ("   ", "whitespace"),
        ("\n", "whitespace"),
        ("\u200b", "whitespace"),
        ("数学", "word start"),
        ("ไทย", "word start"),
        ("한국", "word continuation"),
        (" 한국", "word start"),
        ("", "unused"),
    ],
)
def test_kinds_of_plain_tokens(text: str, kind: str) -> None:
    assert TOKEN_KINDS[token_kind(text)] == kind


@pytest.mark.parametrize("name", ["<unused7>", "<|reserved_special_token_17|>", "[unused1]", "<extra_id_5>", "<|dummy_12|>"])
def test_reserved_names_are_unused_only_when_added_by_name(name: str) -> None:
    assert TOKEN_KINDS[token_kind(name, special=True)] == "unused"
    assert TOKEN_KINDS[token_kind(name, added=True)] == "unused"
    assert TOKEN_KINDS[token_kind(name)] == "word continuation"


def test_the_facts_of_the_tokenizer_come_before_the_look_of_the_text() -> None:
    assert TOKEN_KINDS[token_kind(" dog", exists=False)] == "unused"
    assert TOKEN_KINDS[token_kind("<s>", special=True)] == "special"
    assert TOKEN_KINDS[token_kind("<0xE4>", fragment=True)] == "byte fragment"
    assert TOKEN_KINDS[token_kind("the", starts_word=True)] == "word start"
    assert TOKEN_KINDS[token_kind("<table>", added=True)] == "word continuation"


@given(st.text())
def test_complete_utf8_is_shown_as_itself(text: str) -> None:
    clean = text.encode("utf-8", "ignore")
    assert show_bytes(clean) == clean.decode("utf-8")


@given(st.binary())
def test_shown_bytes_can_be_read_back(data: bytes) -> None:
    shown = show_bytes(data)
    back = re.sub(rb"<0x([0-9A-F]{2})>", lambda m: bytes([int(m[1], 16)]), shown.encode("utf-8"))
    assert back == re.sub(rb"<0x([0-9A-F]{2})>", lambda m: bytes([int(m[1], 16)]), data)
