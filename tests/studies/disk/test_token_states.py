"""The states of single tokens: what one forward pass of each gives, in the order of the layout, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest

from hypviz.errors import HypvizError
from hypviz.generate import hidden_states
from hypviz.models.tokenizer.tokens import encoder
from hypviz.records.specs.disk import LayoutSpec, ModelRows
from hypviz.studies.disk import lay_out, token_states
from hypviz.studies.disk.token_states import layer_rows, token_states_spec, token_states_study


@pytest.mark.parametrize("architecture", ["llama", "gpt2"])
def test_each_token_stands_alone_behind_the_begin_or_end_token(stages, architecture):
    stage = stages(architecture)
    layout = lay_out(LayoutSpec(rows=ModelRows(model=stage.ref), method="pca", n_tokens=90)).record
    spec = token_states_spec(stage.ref, layout.token_ids, (0, 2))
    assert spec.before == (encoder(stage.ref).begin or (stage.tokenizer.eos_token_id,)) and len(spec.before) == 1
    states = token_states_study(lambda work: stage.lend()).get(spec).record
    rows = layer_rows(spec, states, layout)
    assert [one.label for one in rows] == [f"{architecture}, layer 0", f"{architecture}, layer 2"]
    for k in (0, 1, 50, 89):
        alone = hidden_states(stage.model, [*spec.before, int(layout.token_ids[k])])[:, -1]
        for one, layer in zip(rows, (0, 2), strict=True):
            np.testing.assert_allclose(one.values[k], alone[layer], atol=1e-5)
    assert rows[0].fingerprint != rows[1].fingerprint


def test_too_many_tokens_and_layers_that_are_none_are_refused(stage, monkeypatch):
    monkeypatch.setattr(token_states, "MOST_TOKENS", 10)
    with pytest.raises(HypvizError, match="10 tokens at most, but 11 are laid out"):
        token_states_spec(stage.ref, np.arange(11), (1,))
    for layers in ((3,), (-1,), ()):
        with pytest.raises(HypvizError, match="has the layers 0 to 2"):
            token_states_spec(stage.ref, np.arange(5), layers)
