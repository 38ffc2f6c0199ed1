"""Every entry of the gains' registry keeps the laws, has its place in menus and help, is loaded and learns."""

from __future__ import annotations

import pytest
import torch
from peft import get_peft_model

from hypviz.gains import GAINS, RadialGain, radial_gains
from hypviz.hyplora import HypLoraConfig, load_adapter, save_adapter
from tests.gains.laws import LAWS


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.__name__)
@pytest.mark.parametrize("name", radial_gains())
def test_every_gain_keeps_the_laws(name, law):
    law(radial_gains()[name])


@pytest.mark.parametrize("name", GAINS)
def test_every_variant_says_what_it_is(name):
    gain = GAINS[name]
    assert gain.label and gain.help and "\n" not in gain.help and gain.parameters
    assert isinstance(gain, RadialGain) == (name in radial_gains())


def learns_and_is_loaded(make_base, name, folder):
    """Two steps change A and B; the saved adapter gives the same logits on a fresh base."""
    model, ids = make_base(), torch.arange(3, 35).reshape(2, 16)
    model = get_peft_model(model, HypLoraConfig(r=2, target_modules=["q_proj", "down_proj"], variant=name))
    optimizer = torch.optim.SGD([p for p in model.parameters() if p.requires_grad], lr=0.5)
    losses = []
    for _ in range(3):
        loss = model(input_ids=ids, labels=ids).loss
        losses.append(float(loss))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert losses[0] > losses[-1]
    save_adapter(model, "default", folder, base_fingerprint="0", method="hyplora", run_id=None)
    again = load_adapter(make_base(), "again", folder, base_fingerprint="0")
    with torch.no_grad():
        torch.testing.assert_close(again(input_ids=ids).logits, model.eval()(input_ids=ids).logits)


@pytest.mark.parametrize("name", GAINS)
def test_every_variant_learns_and_is_loaded(make_base, name, tmp_path):
    learns_and_is_loaded(make_base, name, tmp_path / "adapter")
