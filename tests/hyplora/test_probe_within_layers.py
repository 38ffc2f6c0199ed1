"""What a probe says within one layer: how far the gain varies, what LoRA at the layer's scale cannot give, and where massive tokens are."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch

from hypviz.errors import HypvizError
from hypviz.hyplora import HypLoraConfig, attach_adapters, peft_name, probe, use_adapter
from hypviz.records.hyplora import MASSIVE, LayerProbe, ProbeSummary

LAYER = "model.layers.1.mlp.down_proj"
NEW = {
    "gain_p5",
    "gain_p95",
    "unlike_lora",
    "c",
    "longest",
    "n_massive",
    "n_massive_first",
    "massive_positions",
    "n_rows",
    "lora_beyond",
}


def of_layer(watching, name: str, layer: str = LAYER) -> LayerProbe:
    return next(part for part in watching.summary().of(name).layers if part.layer == layer)


def test_variation_and_the_share_are_those_of_the_definition(make_pair, ids):
    model = make_pair(b=0.1, c=400.0)
    x = {}
    module = model.get_base_model().get_submodule(LAYER)
    handle = module.register_forward_pre_hook(lambda _, args: x.update(x=args[0]))
    with probe(model) as watching, use_adapter(model, "hyplora"), torch.no_grad():
        model(input_ids=ids)
    handle.remove()
    key, found, rows = peft_name("hyplora"), of_layer(watching, "hyplora"), x["x"].double().reshape(-1, module.in_features)
    low = rows @ module.lora_A[key].weight.double().T @ module.lora_B[key].weight.double().T
    p, size = low.norm(dim=-1).numpy(), rows.norm(dim=-1).numpy()
    u, q = size / np.sqrt(module.in_features / 400.0), p / size
    g = np.arcsinh(q * np.sinh(u)) / (q * u)
    m, ends = np.median(g), np.quantile(g, [0.05, 0.95])
    assert found.variation == pytest.approx((ends[1] - ends[0]) / 2 / m, rel=1e-4)
    assert found.unlike_lora == pytest.approx(((g - m) ** 2 * p**2).sum() / (g**2 * p**2).sum(), rel=1e-3)
    assert found.c == pytest.approx(400.0, rel=1e-5) and found.n_rows == 3
    layers = watching.summary().of("hyplora").layers
    assert watching.summary().of("hyplora").variation == pytest.approx(np.median([layer.variation for layer in layers]))


def test_a_gain_of_one_everywhere_is_lora_to_the_last_bit_of_variance(make_pair, ids):
    with probe(model := make_pair(b=0.1, c=1e-8)) as watching, use_adapter(model, "hyplora"), torch.no_grad():
        model(input_ids=ids)
    found = of_layer(watching, "hyplora")
    assert found.variation < 1e-6 and found.unlike_lora < 1e-12


def test_before_the_first_step_there_is_a_variation_but_no_update_to_share_out(make_pair, ids):
    with probe(model := make_pair(c=400.0)) as watching, use_adapter(model, "hyplora"), torch.no_grad():
        model(input_ids=ids)
    assert of_layer(watching, "hyplora").variation > 0 and of_layer(watching, "hyplora").unlike_lora is None


def test_capped_gains_are_shared_out_without_overflow(make_base, ids):
    model = attach_adapters(make_base(), {"hyplora": HypLoraConfig(r=2, c=1e9)}, seed=0)
    for name, parameter in model.named_parameters():
        if "lora_B" in name:
            parameter.data.fill_(1e-30)
    with probe(model) as watching, torch.no_grad():
        model(input_ids=ids)
    assert all(np.isfinite(layer.unlike_lora) for layer in watching.summary().of("hyplora").layers)


def test_plain_lora_has_no_variation(make_pair, ids):
    with probe(model := make_pair(b=0.1)) as watching, use_adapter(model, "lora"), torch.no_grad():
        model(input_ids=ids)
    found = of_layer(watching, "lora")
    assert found.variation is None and found.unlike_lora is None and found.c is None and watching.summary().of("lora").variation is None


@pytest.mark.parametrize("side", ["left", "right", "none"])
def test_a_massive_token_is_found_at_its_place_in_the_row_whatever_the_padding(make_pair, ids, side):
    """The input of one layer is scaled at the first visible token of two rows and at the fourth of the third."""
    model, mask, places = make_pair(b=0.1), torch.ones_like(ids), [(0, 0), (1, 0), (2, 3)]
    if side == "left":
        mask[0, :2] = mask[2, :3] = 0
        places = [(0, 2), (1, 0), (2, 6)]
    elif side == "right":
        mask[0, 5:] = mask[2, 4:] = 0
    module = model.get_base_model().get_submodule(LAYER)

    def enlarge(_, args):
        x = args[0].clone()
        for row, column in places:
            x[row, column] *= 500.0 * x.norm(dim=-1).median() / x[row, column].norm()
        return (x,)

    handle = module.register_forward_pre_hook(enlarge)
    with probe(model) as watching, use_adapter(model, "hyplora"), torch.no_grad():
        model(input_ids=ids, **({} if side == "none" else {"attention_mask": mask}))
    handle.remove()
    found = of_layer(watching, "hyplora")
    assert (found.n_massive, found.n_massive_first, found.massive_positions, found.n_rows) == (3, 2, (0, 3), 3)
    assert found.longest > 10 * MASSIVE and watching.summary().of("hyplora").overall.n_massive == sum(
        layer.n_massive for layer in watching.summary().of("hyplora").layers
    )


def test_tokens_beyond_the_limit_are_counted_and_leave_the_gain_at_one(make_base, ids):
    """The limit is set between the u of the first token and that of the others, so that only the first is adapted as LoRA."""
    model = attach_adapters(make_base(), {"hyplora": HypLoraConfig(r=2, c=400.0, lora_beyond=30.0)}, seed=0)

    def enlarge(_, args):
        x = args[0].clone()
        x[:, 0] *= 40.0 / 400.0**0.5 * x.shape[-1] ** 0.5 / x[:, 0].norm(dim=-1, keepdim=True)
        x[:, 1:] *= 4.0 / 400.0**0.5 * x.shape[-1] ** 0.5 / x[:, 1:].norm(dim=-1, keepdim=True)
        return (x,)

    handle = model.get_base_model().get_submodule(LAYER).register_forward_pre_hook(enlarge)
    with probe(model) as watching, torch.no_grad():
        model(input_ids=ids)
    handle.remove()
    found = of_layer(watching, "hyplora")
    assert (found.n_as_lora, found.lora_beyond, found.gain.minimum) == (3, 30.0, 1.0)
    assert found.gain.maximum == pytest.approx(np.sinh(4.0) / 4.0, rel=1e-4)
    others = sum(layer.n_as_lora for layer in watching.summary().of("hyplora").layers)
    assert watching.summary().of("hyplora").overall.n_as_lora == others


def test_decoded_tokens_keep_counting_and_begin_no_row(make_pair, ids):
    model, mask = make_pair(b=0.1), torch.ones_like(ids)
    mask[0, :2] = 0
    with probe(model) as watching, use_adapter(model, "hyplora"):
        model.generate(input_ids=ids, attention_mask=mask, max_new_tokens=4, min_new_tokens=4, do_sample=False, pad_token_id=2)
    assert of_layer(watching, "hyplora").n_rows == 3
    with probe(model) as watching, use_adapter(model, "hyplora"), torch.no_grad():  # a cache and no mask
        cache = model(input_ids=ids).past_key_values
        model(input_ids=ids[:, :2], past_key_values=cache)
    found = of_layer(watching, "hyplora")
    assert found.n_rows == 3 and found.n_tokens == 27


def test_a_mask_that_is_no_table_of_tokens_leaves_the_places_open(make_pair, ids):
    model = make_pair(b=0.1)
    causal = torch.zeros(3, 1, 7, 7).masked_fill(torch.triu(torch.ones(7, 7, dtype=torch.bool), 1), float("-inf"))
    with probe(model) as watching, use_adapter(model, "hyplora"), torch.no_grad():
        model(input_ids=ids, attention_mask=causal)
    found = of_layer(watching, "hyplora")
    assert found.n_massive is not None and found.n_rows is found.massive_positions is found.n_massive_first is None


def test_probes_written_before_are_read_and_say_that_they_do_not_know(make_pair, ids):
    with probe(model := make_pair(b=0.1)) as watching, use_adapter(model, "hyplora"), torch.no_grad():
        model(input_ids=ids)
    found = watching.summary()
    assert ProbeSummary.from_json(found.to_json()) == found

    def older(value):
        if isinstance(value, list):
            return [older(item) for item in value]
        return {k: older(v) for k, v in value.items() if k not in NEW | {"n_as_lora"}} if isinstance(value, dict) else value

    read = ProbeSummary.from_json(json.dumps(older(json.loads(found.to_json())))).of("hyplora")
    assert read.layers[0].gain == found.of("hyplora").layers[0].gain
    assert read.variation is None and {getattr(read.layers[0], name) for name in NEW} == {None} and read.layers[0].n_as_lora == 0
    broken = json.loads(found.to_json())
    del broken["adapters"][0]["overall"]["gain"]
    with pytest.raises(HypvizError, match="overall lacks gain"):
        ProbeSummary.from_json(json.dumps(broken))
