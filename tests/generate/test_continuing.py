"""Decoding: against a cache-free loop written from the definition, against itself in batches, and its ways to end."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch

from hypviz.errors import HypvizError
from hypviz.generate import continue_prompts
from hypviz.generate.watching import gumbel_noise
from hypviz.models import encode_prompts
from hypviz.problems import format_prompt
from hypviz.records.answers import END_OF_TEXT, NEW_QUESTION, NEW_QUESTION_MARK, STOPPED, TIME_LIMIT, TOKEN_LIMIT, Decoding
from hypviz.work import Deadline, Work
from tests.checkpoints import ARCHITECTURES
from tests.stages import Stage, scripted

PROMPTS = [
    "Tom has 12 apples.",
    "A dog",
    "How much time does it cost to load 3 trucks with 480 small stones, in hours?",
    "purple is a color;",
]


def by_definition(stage: Stage, ids: list[int], n: int, ends: set[int]) -> tuple[list[int], list[float]]:
    """Greedy decoding, one full forward pass per token, no cache, no padding."""
    ids, new, log_probs = list(ids), [], []
    while len(new) < n and not (new and new[-1] in ends):
        with torch.no_grad():
            logits = stage.model(input_ids=torch.tensor([ids]), use_cache=False).logits[0, -1].double()
        new.append(int(logits.argmax()))
        log_probs.append(float(torch.log_softmax(logits, -1)[new[-1]]))
        ids.append(new[-1])
    return new, log_probs


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_a_left_padded_batch_equals_one_by_one_equals_the_definition(architecture: str, stages: Callable[[str], Stage]) -> None:
    stage = stages(architecture)
    prompts = encode_prompts(stage.ref, PROMPTS)
    assert len({len(p) for p in prompts}) > 2
    decoding = Decoding(max_new_tokens=12)
    batch = continue_prompts(stage.model, stage.tokenizer, prompts, decoding)
    for prompt, together in zip(prompts, batch, strict=True):
        (alone,) = continue_prompts(stage.model, stage.tokenizer, [prompt], decoding)
        tokens, log_probs = by_definition(stage, prompt, 12, {stage.tokenizer.eos_token_id})
        assert alone.token_ids == together.token_ids == tuple(tokens)
        assert together.ended == alone.ended
        np.testing.assert_allclose(together.log_probs, log_probs, atol=1e-4)
        np.testing.assert_allclose(alone.log_probs, log_probs, atol=1e-4)


def test_the_models_own_generation_defaults_are_set_aside_and_put_back(stage: Stage) -> None:
    from transformers import GenerationConfig

    prompts = encode_prompts(stage.ref, PROMPTS[:1])
    plain = continue_prompts(stage.model, stage.tokenizer, prompts, Decoding(max_new_tokens=10))
    first = plain[0].token_ids[0]
    own = GenerationConfig(do_sample=True, temperature=5.0, repetition_penalty=9.0, suppress_tokens=[first], min_new_tokens=9)
    kept, stage.model.generation_config = stage.model.generation_config, own
    try:
        assert continue_prompts(stage.model, stage.tokenizer, prompts, Decoding(max_new_tokens=10)) == plain
        assert stage.model.generation_config is own
    finally:
        stage.model.generation_config = kept


def test_rows_end_at_the_end_token_at_a_new_question_and_at_the_limit(stage: Stage) -> None:
    tokenizer = stage.tokenizer
    words = tokenizer(" 42.", add_special_tokens=False)["input_ids"]
    question = tokenizer("\nQuestion: Tom", add_special_tokens=False)["input_ids"]
    end = tokenizer.eos_token_id
    scripts = [[*words, end, *words, *words], [*words, *question], [*words, *words, *words]]
    prompts = encode_prompts(stage.ref, PROMPTS[:3])
    with scripted(stage.model, scripts):
        found = continue_prompts(stage.model, tokenizer, prompts, Decoding(max_new_tokens=len(words) + len(question) + 6))
    assert [c.ended for c in found] == [END_OF_TEXT, NEW_QUESTION, TOKEN_LIMIT]
    assert found[0].token_ids == (*words, end)
    assert NEW_QUESTION_MARK in tokenizer.decode(found[1].token_ids) and not tokenizer.decode(found[1].token_ids).endswith("Tom")
    assert all(len(c.token_ids) == len(c.log_probs) for c in found)
    on_and_on = Decoding(max_new_tokens=len(words) + len(question), stop_at_question=False)
    with scripted(stage.model, [scripts[1]]):
        (on,) = continue_prompts(stage.model, tokenizer, prompts[:1], on_and_on)
    assert on.ended == TOKEN_LIMIT


def test_the_mark_of_a_new_question_is_how_the_template_begins() -> None:
    assert ("\n" + format_prompt("x")).startswith(NEW_QUESTION_MARK)


def test_all_ids_that_end_a_text_are_known(stage: Stage) -> None:
    other = stage.tokenizer("apple", add_special_tokens=False)["input_ids"][0]
    kept = stage.model.generation_config.eos_token_id
    stage.model.generation_config.eos_token_id = [kept, other]
    try:
        with scripted(stage.model, [[other]]):
            (found,) = continue_prompts(stage.model, stage.tokenizer, encode_prompts(stage.ref, PROMPTS[:1]), Decoding(max_new_tokens=5))
    finally:
        stage.model.generation_config.eos_token_id = kept
    assert (found.token_ids, found.ended) == ((other,), END_OF_TEXT)


def test_stop_and_deadline_end_between_two_tokens(stage: Stage) -> None:
    prompts = encode_prompts(stage.ref, PROMPTS[:1])
    script = [stage.tokenizer("apple", add_special_tokens=False)["input_ids"][:1] * 50]
    seen: list[int] = []
    with scripted(stage.model, script):
        work, decoding = Work(asked_to_stop=lambda: len(seen) >= 3), Decoding(max_new_tokens=50)
        (stopped,) = continue_prompts(stage.model, stage.tokenizer, prompts, decoding, on_token=seen.append, work=work)
    assert stopped.ended == STOPPED and len(stopped.token_ids) == 4 == len(stopped.log_probs)
    assert list(stopped.token_ids) == seen
    with scripted(stage.model, script):
        (late,) = continue_prompts(stage.model, stage.tokenizer, prompts, decoding, deadline=Deadline(-1.0))
    assert late.ended == TIME_LIMIT and len(late.token_ids) == 1


def test_sampling_repeats_with_its_seed_and_leaves_the_global_dice_alone(stage: Stage) -> None:
    prompts = encode_prompts(stage.ref, PROMPTS[:1])
    before = torch.get_rng_state()

    def draw(seed: int) -> tuple[int, ...]:
        decoding = Decoding(max_new_tokens=20, temperature=1.0, seed=seed)
        return continue_prompts(stage.model, stage.tokenizer, prompts, decoding)[0].token_ids

    assert draw(3) == draw(3)
    assert len({draw(seed) for seed in range(4)}) == 4
    assert torch.equal(before, torch.get_rng_state())


def test_gumbel_noise_draws_from_the_softmax() -> None:
    """Frequencies of the maximum of logits/T + noise over seeds against softmax(logits/T), within 4 standard errors."""
    logits, temperature, n = np.array([1.0, 0.0, -0.5, 2.0, 0.7]), 1.3, 6000
    expected = np.exp(logits / temperature) / np.exp(logits / temperature).sum()
    drawn = np.bincount([(logits / temperature + gumbel_noise(seed, 2, 5)).argmax() for seed in range(n)], minlength=5) / n
    assert np.all(np.abs(drawn - expected) < 4 * np.sqrt(expected * (1 - expected) / n))
    steps = [(logits / temperature + gumbel_noise(7, step, 5)).argmax() for step in range(n)]
    assert np.all(np.abs(np.bincount(steps, minlength=5) / n - expected) < 4 * np.sqrt(expected * (1 - expected) / n))


def test_log_probabilities_are_the_models_own_at_any_temperature(stage: Stage) -> None:
    prompts = encode_prompts(stage.ref, PROMPTS[:1])
    (found,) = continue_prompts(stage.model, stage.tokenizer, prompts, Decoding(max_new_tokens=8, temperature=2.0, seed=1))
    ids = [*prompts[0], *found.token_ids]
    with torch.no_grad():
        logits = stage.model(input_ids=torch.tensor([ids]), use_cache=False).logits[0].double()
    rows = torch.log_softmax(logits, -1)[len(prompts[0]) - 1 : -1]
    expected = rows.gather(1, torch.tensor(found.token_ids)[:, None])[:, 0]
    np.testing.assert_allclose(found.log_probs, expected.numpy(), atol=1e-4)


def test_logits_that_are_not_numbers_are_refused(stage: Stage) -> None:
    handle = stage.model.get_output_embeddings().register_forward_hook(lambda _, __, output: output * float("nan"))
    try:
        with pytest.raises(HypvizError, match="not numbers"):
            continue_prompts(stage.model, stage.tokenizer, encode_prompts(stage.ref, PROMPTS[:1]), Decoding(max_new_tokens=5))
    finally:
        handle.remove()


@pytest.mark.parametrize("bad", [{"max_new_tokens": 0}, {"temperature": -0.1}, {"temperature": float("nan")}, {"seed": -1}])
def test_decoding_refuses_what_makes_no_sense(bad: dict[str, float]) -> None:
    with pytest.raises(HypvizError):
        Decoding(**{"max_new_tokens": 8, **bad})
