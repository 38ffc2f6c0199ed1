"""On the real model: it is asked by its own chat template, as transformers would, and ends its answer by itself."""

from __future__ import annotations

from pathlib import Path

from hypviz.cli.generate import lender
from hypviz.models import load_tokenizer, resolve
from hypviz.models.tokenizer.asked import end_of_answer, usual_template
from hypviz.records.answers import END_OF_TEXT
from hypviz.records.asking import CHAT, Asking
from hypviz.store import Store
from hypviz.studies.compare import compare
from hypviz.studies.how_asked import prompt_tokens
from tests.stages import comparison

QUESTION = "What is 2 + 3? Answer with one number."


def test_it_is_asked_in_a_chat_and_ends_its_turn(real_model: Path) -> None:
    ref, asking = resolve(str(real_model)), Asking(template=CHAT)
    assert usual_template(ref) == CHAT
    found = compare(comparison(ref, [], QUESTION, tokens=24, asking=asking), lend=lender(ref), store=Store()).base
    assert found.ended == END_OF_TEXT and int(found.token_ids[-1]) == end_of_answer(ref, asking)
    tokenizer = load_tokenizer(ref)
    theirs = tokenizer.apply_chat_template([{"role": "user", "content": QUESTION}], add_generation_prompt=True, return_dict=False)
    shown = prompt_tokens(ref, asking, QUESTION)
    assert found.n_prompt_tokens == len(theirs) == len(shown)
    assert [token.text for token in shown if token.is_special] == ["<|im_start|>", "<|im_end|>"] * 2 + ["<|im_start|>"]
