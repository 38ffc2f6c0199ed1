"""Token by token, the text adds up."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hypviz.generate.pieces import Pieces, split_pieces
from tests.checkpoints import byte_level_tokenizer, sentencepiece_tokenizer

TOKENIZERS = {"byte-level": byte_level_tokenizer(bos=True), "sentencepiece": sentencepiece_tokenizer()}
SPACE = "\u2581"  # sentencepiece writes a space so, and cannot tell a typed one from it
LETTERS = st.characters(min_codepoint=32, max_codepoint=0x9FFF, exclude_categories=["Cs", "Cn"], exclude_characters=SPACE)
PROMPT = "Question: Ein Löwe?\nAnswer:"


@pytest.mark.parametrize("kind", TOKENIZERS)
@given(text=st.text(alphabet=LETTERS, min_size=1, max_size=20))
@settings(max_examples=60, deadline=None)
def test_pieces_of_a_continued_text_are_that_text(kind: str, text: str) -> None:
    tokenizer = TOKENIZERS[kind]
    prompt = tokenizer(PROMPT)["input_ids"]
    continuation = tokenizer(" " + text, add_special_tokens=False)["input_ids"]
    pieces = split_pieces(tokenizer, prompt, continuation)
    assert len(pieces) == len(continuation)
    assert "".join(pieces) == " " + text


@pytest.mark.parametrize("kind", TOKENIZERS)
def test_special_tokens_and_broken_characters(kind: str) -> None:
    tokenizer = TOKENIZERS[kind]
    prompt = tokenizer(PROMPT)["input_ids"]
    whole = tokenizer(" 🐎", add_special_tokens=False)["input_ids"]
    assert len(whole) > 2
    pieces = split_pieces(tokenizer, prompt, [*whole, tokenizer.eos_token_id])
    assert "".join(pieces) == " 🐎" and pieces[-1] == ""
    cut = split_pieces(tokenizer, prompt, whole[:-1])
    assert "".join(cut).endswith("\ufffd")
    streamed = Pieces(tokenizer, prompt)
    assert all("\ufffd" not in streamed.add(token) for token in whole)


def test_nothing_has_no_pieces() -> None:
    assert split_pieces(TOKENIZERS["byte-level"], [5], []) == ()
