"""Beam search against one written from its definition, stop strings, and what a decoding is called and known by."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch

from hypviz.errors import HypvizError
from hypviz.generate import continue_prompts
from hypviz.generate.pieces import before_stop
from hypviz.generate.scoring import log_probabilities
from hypviz.models import encode_prompts
from hypviz.records.answers import (
    END_OF_TEXT,
    GREEDY,
    PAPER,
    SAMPLE,
    STOP_STRING,
    STOPPED,
    TIME_LIMIT,
    TOKEN_LIMIT,
    Decoding,
    named_decoding,
)
from hypviz.records.stop_strings import read_stops
from hypviz.work import Deadline, Work
from tests.stages import Stage, scripted

PROMPTS = ["Tom has 12 apples.", "How much time does it cost to load 3 trucks?"]


def next_log_probs(stage: Stage, ids: list[int]) -> Any:
    with torch.no_grad():
        return torch.log_softmax(stage.model(input_ids=torch.tensor([ids]), use_cache=False).logits[0, -1].double(), -1)


def beam_by_definition(stage: Stage, prompt: list[int], n_beams: int, n_new: int, end: int) -> tuple[list[int], float]:
    """The whole text of the greatest mean log-probability among those that n_beams beams came upon, no cache, no padding."""
    beams: list[tuple[float, list[int]]] = [(0.0, [])]
    whole: list[tuple[float, list[int]]] = []
    for step in range(1, n_new + 1):
        longer = [
            (score + float(value), [*new, token])
            for score, new in beams
            for token, value in enumerate(next_log_probs(stage, [*prompt, *new]))
        ]
        longer.sort(key=lambda one: -one[0])
        whole += [(score / step, new) for score, new in longer[:n_beams] if new[-1] == end or step == n_new]
        beams = [(score, new) for score, new in longer if new[-1] != end][:n_beams]
    score, new = max(whole, key=lambda one: one[0])
    return new, score


def test_beam_search_finds_what_its_definition_finds_padded_or_not(stage: Stage) -> None:
    prompts = encode_prompts(stage.ref, PROMPTS)
    decoding = Decoding(max_new_tokens=5, beams=4, stop_at_question=False)
    found = continue_prompts(stage.model, stage.tokenizer, prompts, decoding)
    for prompt, one in zip(prompts, found, strict=True):
        tokens, score = beam_by_definition(stage, list(prompt), 4, 5, stage.tokenizer.eos_token_id)
        assert list(one.token_ids) == tokens
        assert float(np.mean(log_probabilities(stage.model, prompt, one.token_ids))) == pytest.approx(score, abs=1e-4)
        (greedy,) = continue_prompts(stage.model, stage.tokenizer, [prompt], Decoding(max_new_tokens=5, stop_at_question=False))
        assert score >= float(np.mean(greedy.log_probs)) - 1e-5
    assert log_probabilities(stage.model, prompts[0], ()) == ()


def test_beams_end_at_a_stop_string_at_an_end_token_on_request_and_at_the_deadline(stage: Stage) -> None:
    words = stage.tokenizer(" 42.", add_special_tokens=False)["input_ids"]
    end, prompts = stage.tokenizer.eos_token_id, encode_prompts(stage.ref, PROMPTS[:1])
    with scripted(stage.model, [[*words, *words]] * 4):
        (found,) = continue_prompts(stage.model, stage.tokenizer, prompts, Decoding(max_new_tokens=12, beams=4, stop=("42",)))
        assert found.ended == STOP_STRING and "42" in stage.tokenizer.decode(found.token_ids)
    with scripted(stage.model, [[*words, end]] * 4):
        (found,) = continue_prompts(stage.model, stage.tokenizer, prompts, Decoding(max_new_tokens=12, beams=4))
        assert found.ended == END_OF_TEXT and found.token_ids[-1] == end
    steps: list[int] = []
    decoding = Decoding(max_new_tokens=40, beams=4, stop_at_question=False)
    work = Work(asked_to_stop=lambda: len(steps) > 2)
    (found,) = continue_prompts(
        stage.model, stage.tokenizer, prompts, decoding, work=work, on_logits=lambda logits: steps.append(len(logits))
    )
    assert found.ended == STOPPED and steps == [4, 4, 4]
    (late,) = continue_prompts(stage.model, stage.tokenizer, prompts, decoding, deadline=Deadline(-1.0))
    assert late.ended == TIME_LIMIT


def test_beams_of_a_model_without_an_end_run_to_the_limit(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hypviz.generate.continuing._end_tokens", lambda *_: ())
    prompts = encode_prompts(stage.ref, PROMPTS)
    words = stage.tokenizer(" 42.", add_special_tokens=False)["input_ids"]
    other = stage.tokenizer(" dogs", add_special_tokens=False)["input_ids"][:1] * 12
    with scripted(stage.model, [[*words, *words]] * 4 + [other] * 4):
        first, second = continue_prompts(stage.model, stage.tokenizer, prompts, Decoding(max_new_tokens=8, beams=4, stop=("42",)))
    assert (first.ended, second.ended, len(second.token_ids)) == (STOP_STRING, TOKEN_LIMIT, 8)


def test_a_text_is_kept_up_to_its_first_stop_string(stage: Stage) -> None:
    words = stage.tokenizer(" 42. So", add_special_tokens=False)["input_ids"]
    with scripted(stage.model, [[*words, *words]]):
        (found,) = continue_prompts(
            stage.model, stage.tokenizer, encode_prompts(stage.ref, PROMPTS[:1]), Decoding(max_new_tokens=20, stop=(". S", "So"))
        )
    assert found.ended == STOP_STRING and len(found.token_ids) < 20
    assert before_stop((" 4", "2. S", "o far"), (". S", "So")) == (" 4", "2")
    assert before_stop(("a", "b"), ("a",)) == () and before_stop(("a", "b"), ("c",)) == ("a", "b")
    assert read_stops(["\\nQ", "", "a\\\\n", "x\\y", "\\nQ"]) == ("\nQ", "a\\n", "x\\y")


def test_a_decoding_is_known_by_what_plays_a_part() -> None:
    plain = Decoding(max_new_tokens=8)
    assert plain.identity == {"max_new_tokens": 8, "temperature": 0.0, "seed": None, "stop_at_question": True}  # as it has been
    assert plain.name == GREEDY and Decoding(max_new_tokens=8, seed=4).identity == plain.identity
    beams, drawn = Decoding(max_new_tokens=8, beams=4), Decoding(max_new_tokens=8, temperature=0.5, seed=3)
    stops = Decoding(max_new_tokens=8, stop=("\n",))
    assert (beams.name, drawn.name, stops.name) == (PAPER, SAMPLE, GREEDY)
    assert len({str(one.identity) for one in (plain, beams, drawn, stops)}) == 4
    assert "4 beams" in beams.line and "seed 3" in drawn.line and "until" in stops.line
    old = plain.to_json().replace(', "beams": 1, "stop": []', "")
    assert "beams" not in old and Decoding.from_json(old) == plain


def test_names_of_decodings_and_what_contradicts_them() -> None:
    assert [named_decoding(name) for name in (GREEDY, PAPER, SAMPLE)] == [(1, 0.0), (4, 0.0), (1, 0.7)]
    assert named_decoding(SAMPLE, 1.2) == (1, 1.2)
    for name, temperature in (("beam", None), (SAMPLE, 0.0), (PAPER, 0.5), (GREEDY, 0.5)):
        with pytest.raises(HypvizError):
            named_decoding(name, temperature)
    for bad in ({"beams": 4, "temperature": 0.5}, {"stop": ("",)}, {"beams": 0}):
        with pytest.raises(HypvizError):
            Decoding(**{"max_new_tokens": 8, **bad})


def test_two_prompts_are_drawn_with_noise_of_their_own_and_one_prompt_alike_wherever_it_stands(stage: Stage) -> None:
    prompts, decoding = encode_prompts(stage.ref, PROMPTS), Decoding(max_new_tokens=6, temperature=1.0, seed=2)
    seen: list[Any] = []
    together = continue_prompts(stage.model, stage.tokenizer, prompts, decoding, on_logits=seen.append)
    alone = [continue_prompts(stage.model, stage.tokenizer, [prompt], decoding)[0].token_ids for prompt in prompts]
    assert [one.token_ids for one in together] == alone and not math.isnan(float(seen[0].sum()))
