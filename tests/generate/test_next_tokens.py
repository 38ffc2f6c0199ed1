"""What could have stood at every token of an answer, against the definition on the columns' own logits."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from hypviz.generate import answer_prompt, answer_together, asked_columns, bench, encode_prompt
from hypviz.generate.next_tokens import divergence, next_tokens
from hypviz.records.answers import Column, Decoding, Generation
from hypviz.records.asking import PLAIN_QUESTION
from tests.stages import Stage

DECODING = Decoding(max_new_tokens=7)


@pytest.fixture
def answers(stage: Stage, columns: tuple[Column, ...]) -> dict[str, tuple[Generation, np.ndarray]]:
    """By column: the answer, and the log-probabilities (n, vocabulary) of what follows, float64, under these weights and the base's."""
    prompt = encode_prompt(stage.ref, "Tom has 12 apples and buys 30 more.", asking=PLAIN_QUESTION, max_new_tokens=7)
    with bench(stage.ref, stage.model, stage.tokenizer, columns) as on_bench:
        asked, found = asked_columns(stage.ref, columns), {}
        for one in asked:
            answer = answer_prompt(on_bench, one, prompt, DECODING)
            ids, both = torch.tensor([[*prompt.ids, *answer.token_ids]]), []
            for column in (one.column, asked[0].column):
                with torch.no_grad(), on_bench.using(column) as model:
                    logits = model(input_ids=ids).logits[0, len(prompt.ids) - 1 : -1].double().numpy()
                both.append(logits - np.logaddexp.reduce(logits, axis=1, keepdims=True))
            found[one.name] = answer, np.stack(both)
        together = answer_together(on_bench, asked, prompt, DECODING, on_piece=lambda name, piece: None)
        assert next_tokens(on_bench, columns[1], prompt.ids, ()) is None
        unknown = next_tokens(on_bench, columns[1], prompt.ids, [1, 2])
        stage.model.config.vocab_size, n_rows = 2, stage.model.config.vocab_size
        nameless = next_tokens(on_bench, columns[2], prompt.ids, [n_rows - 1, 5])
        try:
            lacking = next_tokens(on_bench, columns[1], prompt.ids, [1, 2])
        finally:
            stage.model.config.vocab_size = n_rows
    assert len(stage.tokenizer) < n_rows and nameless is not None and nameless.gain is not None  # rows that stand for no token
    assert unknown is not None and unknown.base is not None and lacking is not None and lacking.base is None and lacking.kl is None
    kl = together["hyplora"].next_tokens.kl
    np.testing.assert_allclose(kl, found["hyplora"][0].next_tokens.kl, atol=1e-5)
    return found


def test_five_likeliest_tokens_and_the_divergence_are_those_of_the_definition(answers: dict[str, tuple[Generation, np.ndarray]]) -> None:
    for name, (answer, (own, base)) in answers.items():
        weighed, n = answer.next_tokens, len(answer.token_ids)
        assert weighed is not None and weighed.own.ids.shape == (n, 5) and weighed.own.log_probs.dtype == np.float32
        assert [len(row) for row in weighed.own.texts] == [5] * n
        assert weighed.own.ids[:, 0].tolist() == answer.token_ids.tolist()  # greedy
        np.testing.assert_allclose(weighed.own.log_probs, -np.sort(-own, axis=1)[:, :5], atol=1e-5)
        if name == "base":
            assert weighed.base is None and weighed.kl is None
            continue
        assert weighed.base is not None and weighed.kl is not None and weighed.kl.dtype == np.float32
        np.testing.assert_allclose(weighed.base.log_probs, -np.sort(-base, axis=1)[:, :5], atol=1e-5)
        np.testing.assert_allclose(weighed.kl, (np.exp(own) * (own - base)).sum(axis=1), atol=1e-5)
        assert weighed.kl.max() > 0


def test_only_hyplora_has_a_gain(answers: dict[str, tuple[Generation, np.ndarray]]) -> None:
    gains = {name: answer.next_tokens.gain for name, (answer, _) in answers.items() if answer.next_tokens is not None}
    assert gains["base"] is None and gains["lora"] is None
    answer, gain = answers["hyplora"][0], gains["hyplora"]
    assert gain is not None and gain.shape == answer.token_ids.shape and (gain > 0).all()
    assert Generation.from_json(answer.to_json()).to_json() == answer.to_json()


def test_the_divergence_of_extremes() -> None:
    one = torch.tensor([[0.0, 0.0, -float("inf")], [0.0, 0.0, 0.0]])
    assert divergence(one, one).tolist() == [0.0, 0.0]
    assert divergence(torch.zeros(1, 3), one[:1]).tolist() == [float("inf")]
    assert divergence(torch.tensor([[0.0, 0.0, 9.0]]), torch.zeros(1, 2)).tolist() == [0.0]  # over the tokens that both have
    wide = divergence(torch.randn(130, 6, generator=torch.Generator().manual_seed(0)), torch.zeros(130, 6))
    assert wide.shape == (130,) and (wide > 0).all()
