"""What is said of HypLoRA's gain on a real language model: its massive token is found, and the curvature said to bend it bends it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from hypviz.hyplora import HypLoraConfig, attach_adapters, calibrate_radius, probe
from hypviz.models import load_model, load_tokenizer, resolve
from hypviz.words.gain import curvature_sentence, massive_sentence, sentences

TEXTS = ("Tom has 12 apples and buys 30 more.", "A train leaves at nine and arrives at noon; how long was it under way?")
DOWN = "model.layers.11.mlp.down_proj"


@pytest.fixture(scope="module")
def watched(real_model: Path):
    """Two texts of unequal length, padded on the left, in HypLoRA's hands at c = 1 and calibrated on every token."""
    ref = resolve(str(real_model))
    tokenizer = load_tokenizer(ref)
    tokenizer.padding_side, tokenizer.pad_token = "left", tokenizer.eos_token
    batch = tokenizer(list(TEXTS), return_tensors="pt", padding=True)
    config = HypLoraConfig(r=2, target_modules=["q_proj", "down_proj"])
    model = attach_adapters(load_model(ref, dtype="float32"), {"hyplora": config}, seed=0).eval()
    found = []
    for calibrated in (False, True):
        if calibrated:
            calibrate_radius(model, dict(batch), quantile=1.0)
        with probe(model) as seen, torch.no_grad():
            model(**batch)
        found.append(seen.summary().of("hyplora"))
    return found


def test_the_massive_token_is_the_first_of_both_rows(watched):
    layer = next(part for part in watched[0].layers if part.layer == DOWN)
    assert (layer.n_massive, layer.n_massive_first, layer.massive_positions, layer.n_rows) == (2, 2, (0,), 2)
    assert layer.longest > 300 and "most so in block 11 down_proj, 2 of " in massive_sentence(watched[0])


def test_at_c_of_one_the_normalised_inputs_are_short_and_the_page_says_which_c_would_bend(watched):
    queries = [layer for layer in watched[0].layers if layer.layer.endswith("q_proj")]
    assert all(0.04 < layer.u.median < 0.5 and layer.gain.median < 1.05 for layer in queries)
    assert "A median u of 3 needs c = " in curvature_sentence(watched[0])


def test_calibrated_it_is_a_constant_for_the_queries_and_says_so(watched):
    queries = [layer for layer in watched[1].layers if layer.layer.endswith("q_proj")]
    assert all(layer.u.maximum == pytest.approx(3.0, rel=1e-4) for layer in queries)
    assert np.median([layer.variation for layer in queries]) < 0.35 and np.median([layer.gain.median for layer in queries]) > 1.5
    assert any(sentence.startswith("In q HypLoRA") and "LoRA times" in sentence for sentence in sentences(watched[1]))
