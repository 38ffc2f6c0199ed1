"""Which examples come when, what is learned in them, and the loss against its definition."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch

from hypviz.errors import HypvizError
from hypviz.models import encode_prompts, load_tokenizer, resolve
from hypviz.models.tokenizer.tokens import encoder
from hypviz.problems import format_prompt, format_solution
from hypviz.worker.data import IGNORED, Example, Examples, Stream, answer_loss, collate, encode_examples, example_order


@pytest.fixture
def ref(tiny_llama):
    return resolve(str(tiny_llama))


def test_every_round_shows_every_example_once_in_an_order_the_seed_decides():
    order = example_order(7, 24, seed=3)
    assert len(order) == 24
    for start in (0, 7, 14):
        assert sorted(order[start : start + 7]) == list(range(7))
    assert order[:7].tolist() != order[7:14].tolist()
    assert np.array_equal(order, example_order(7, 24, seed=3))
    assert not np.array_equal(order, example_order(7, 24, seed=4))
    assert np.array_equal(example_order(7, 10, seed=3), order[:10])


def test_an_example_is_the_prompt_as_it_is_asked_then_answer_and_end_token(ref, problems):
    tokenizer = load_tokenizer(ref)
    found = encode_examples(ref, problems.problems, max_tokens=300)
    assert (len(found.items), found.n_too_long) == (20, 0)
    for example, problem in zip(found.items, problems.problems, strict=True):
        prompt = list(example.ids[: example.n_prompt])
        assert prompt == encode_prompts(ref, [format_prompt(problem.question)])[0]
        assert prompt[0] == tokenizer.bos_token_id
        assert tokenizer.decode(example.ids[example.n_prompt : -1]) == format_solution(problem)
        assert example.ids[-1] == tokenizer.eos_token_id


def test_longer_examples_are_counted_and_never_cut(ref, problems):
    whole = encode_examples(ref, problems.problems, max_tokens=300)
    lengths = sorted(len(example.ids) for example in whole.items)
    most = lengths[9]
    kept = encode_examples(ref, problems.problems, max_tokens=most)
    assert kept.n_too_long == sum(length > most for length in lengths) > 0
    assert set(kept.items) <= set(whole.items)
    with pytest.raises(HypvizError, match="All 20 problems are longer than 10 tokens"):
        encode_examples(ref, problems.problems, max_tokens=10)


def test_a_tokenizer_without_end_token_is_one_sentence(ref, problems, monkeypatch):
    monkeypatch.setattr(encoder(ref).tokenizer, "_special_tokens_map", {})
    assert encoder(ref).tokenizer.eos_token_id is None
    with pytest.raises(HypvizError, match="no end-of-text token"):
        encode_examples(ref, problems.problems, max_tokens=300)


def _examples(n: int = 5) -> Examples:
    items = tuple(Example(ids=tuple(range(3, 3 + 4 + i)), n_prompt=2 + i % 2) for i in range(n))
    return Examples(items=items, n_too_long=0, pad_id=2)


def test_weights_make_the_sum_over_a_step_a_mean_over_its_answer_tokens():
    stream = Stream(_examples(), steps=4, batch=3, seed=1)
    assert len(stream) == 12
    for step in range(4):
        items = [stream[step * 3 + i] for i in range(3)]
        assert len({item.weight for item in items}) == 1
        assert sum(item.weight * item.example.n_answer for item in items) == pytest.approx(1.0)


def test_a_resumed_stream_is_the_end_of_the_whole_one():
    whole = Stream(_examples(), steps=4, batch=3, seed=1)
    rest = Stream(_examples(), steps=4, batch=3, seed=1, start=2)
    assert [rest[i] for i in range(len(rest))] == [whole[i] for i in range(6, 12)]


def test_padding_and_prompts_are_never_learned():
    stream = Stream(_examples(), steps=1, batch=5, seed=0)
    items = [stream[i] for i in range(5)]
    batch = collate(items, pad_id=2)
    for row, item in enumerate(items):
        n, n_prompt = len(item.example.ids), item.example.n_prompt
        assert batch["attention_mask"][row].tolist() == [1] * n + [0] * (batch["input_ids"].shape[1] - n)
        labels = batch["labels"][row]
        assert (labels[:n_prompt] == IGNORED).all() and (labels[n:] == IGNORED).all()
        assert labels[n_prompt:n].tolist() == list(item.example.ids[n_prompt:])
        assert (batch["input_ids"][row, n:] == 2).all()


def test_the_loss_is_the_mean_negative_log_probability_of_the_answers():
    items = [Stream(_examples(), steps=1, batch=4, seed=0)[i] for i in range(4)]
    batch = collate(items, pad_id=2)
    logits = torch.randn(*batch["input_ids"].shape, 12, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    expected, n = 0.0, 0
    for row, item in enumerate(items):
        ids = item.example.ids
        for at in range(item.example.n_prompt, len(ids)):
            expected -= float(torch.log_softmax(logits[row, at - 1], dim=-1)[ids[at]])
            n += 1
    assert float(answer_loss(logits, batch["labels"], batch["weights"])) == pytest.approx(expected / n, rel=1e-6)
    halves = [dataclasses.replace(item) for item in items]
    parts = sum(
        float(answer_loss(logits[rows, : part["input_ids"].shape[1]], part["labels"], part["weights"]))
        for rows, part in (([0, 1], collate(halves[:2], pad_id=2)), ([2, 3], collate(halves[2:], pad_id=2)))
    )
    assert parts == pytest.approx(expected / n, rel=1e-6)
