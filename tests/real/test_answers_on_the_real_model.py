"""Answers of a real language model: cut ones are unfinished, and its own notation is read."""

from __future__ import annotations

from pathlib import Path

from hypviz.cli.generate import lender
from hypviz.models import resolve
from hypviz.records.answers import CUT, RIGHT, TOKEN_LIMIT
from hypviz.scoring import judged
from hypviz.store import Store
from hypviz.studies.answer_length import MODEL_TOKENS, answer_length
from hypviz.studies.cases import typed_case
from hypviz.studies.compare import compare
from tests.stages import comparison


def test_a_cut_answer_is_unfinished_and_a_longer_one_is_read(real_model: Path) -> None:
    ref = resolve(str(real_model))
    assert answer_length(ref, []).tokens == MODEL_TOKENS
    lend, store = lender(ref), Store()
    text = "Tom has 2 apples and buys 3 more. How many apples does Tom have?"
    for tokens in (2, 24):
        generation = compare(comparison(ref, [], text, tokens=tokens), lend=lend, store=store).base
        marks = judged(typed_case(text, "5"), [generation], "careful").marks
        states = (marks["paper"][0].state, marks["careful"][0].state)
        if generation.ended == TOKEN_LIMIT:
            assert states[0] in (CUT, RIGHT) and states[1] in (CUT, RIGHT)
        if tokens == 2:
            assert generation.ended == TOKEN_LIMIT and states == (CUT, CUT)
