"""The logit lens: each architecture's own end on its inner layers, checked against the model, and refused where it is not its own."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from hypviz.errors import HypvizError
from hypviz.generate import hidden_states, read_layers

IDS = [5, 17, 40, 9]


def _end(model, architecture: str):
    """What the architecture does between its last block and its logits, written from its definition."""
    norm = model.transformer.ln_f if architecture == "gpt2" else model.model.norm
    return lambda state: model.lm_head(norm(state))


@pytest.mark.parametrize("architecture", ["llama", "gpt2", "qwen3", "gemma3"])
def test_every_layer_is_read_by_the_models_own_end(stages, architecture):
    import torch

    model = stages(architecture).model
    reading = read_layers(model, IDS, label="m", with_logits=True)
    known = hidden_states(model, IDS)
    assert reading.logits is not None and len(reading.states) == len(reading.logits) == len(known)
    assert np.array_equal(reading.states[:-1], known[:-1, -1])
    with torch.no_grad():
        read = _end(model, architecture)(torch.from_numpy(np.array(reading.states)))
        own = model(input_ids=torch.tensor([IDS])).logits[0, -1]
    np.testing.assert_allclose(reading.logits, read.numpy(), atol=1e-5)
    np.testing.assert_allclose(reading.logits[-1], own.numpy(), atol=1e-5)


def test_the_state_of_the_last_block_is_that_before_the_final_normalisation(stages):
    import torch

    model = stages("llama").model
    states = read_layers(model, IDS, label="m", with_logits=False)
    assert states.logits is None
    with torch.no_grad():
        normed = model.model.norm(torch.from_numpy(np.array(states.states[-1]))).numpy()
    np.testing.assert_allclose(normed, hidden_states(model, IDS)[-1, -1], atol=1e-6)


def test_a_model_whose_end_looks_back_is_refused(stages):
    model, calls = stages("llama").model, []

    def look_back(_module, _given, out):
        calls.append(out)
        return out + len(calls)

    handle = model.lm_head.register_forward_hook(lambda _module, _given, out: out * (1 + len(calls)))
    counted = model.model.norm.register_forward_hook(look_back)
    try:
        with pytest.raises(HypvizError, match="gives another answer than the model itself"):
            read_layers(model, IDS, label="m", with_logits=True)
    finally:
        handle.remove()
        counted.remove()


def test_a_model_without_an_output_layer_is_refused_before_it_runs():
    with pytest.raises(HypvizError, match="m has no output layer"):
        read_layers(SimpleNamespace(get_output_embeddings=lambda: None), IDS, label="m", with_logits=True)


def test_no_hook_stays_on_the_model(stages):
    model = stages("llama").model
    hidden_states(model, IDS)  # for which transformers puts hooks of its own, which stay
    before = [dict(module._forward_hooks) for module in model.modules()]
    read_layers(model, IDS, label="m", with_logits=True)
    assert [dict(module._forward_hooks) for module in model.modules()] == before
