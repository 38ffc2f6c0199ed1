"""The probe and the calibration against numbers computed by hand from the layer's own input."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from peft import LoraConfig, get_peft_model

from hypviz.errors import AdapterError
from hypviz.hyplora import HypLoraConfig, attach_adapters, calibrate_radius, peft_name, probe, use_adapter
from hypviz.records.hyplora import ProbeSummary, PromptProbe, RadiusCalibration
from hypviz.words.gain import whole_sentence

LAYER = {"llama": "model.layers.1.mlp.down_proj", "gpt2": "transformer.h.1.mlp.c_proj"}


def captured(model, layer, name, **inputs):
    """(input of the layer (n, d), its output under the adapter, its output under the base alone on that input)."""
    module, seen = model.get_base_model().get_submodule(layer), {}
    handle = module.register_forward_hook(lambda _, args, out: seen.update(x=args[0], out=out))
    with use_adapter(model, name), torch.no_grad():
        model(**inputs)
    handle.remove()
    base = module.get_base_layer()
    return seen["x"], seen["out"], base(seen["x"]), base.bias


@pytest.mark.parametrize("architecture", ["llama", "gpt2"])
@pytest.mark.parametrize("name", ["lora", "hyplora"])
def test_the_probe_reports_what_the_layer_did(make_pair, ids, architecture, name):
    model, layer = make_pair(architecture, b=0.1), LAYER[architecture]
    x, out, base, bias = captured(model, layer, name, input_ids=ids)
    with probe(model) as watching, use_adapter(model, name), torch.no_grad():
        model(input_ids=ids)
    tokens = watching.tokens(name, layer)
    update = (out - base).double()
    plain = (base if bias is None else base - bias).double()
    np.testing.assert_allclose(tokens.ratio, (update.norm(dim=-1) / plain.norm(dim=-1)).flatten(), rtol=1e-3)
    np.testing.assert_allclose(tokens.gain * tokens.ba_norm * 2.0, update.norm(dim=-1).flatten(), rtol=1e-3)
    if name == "hyplora":
        radius = (x.shape[-1] / 20.0) ** 0.5  # exact: R = sqrt(d/c) with c = 20
        np.testing.assert_allclose(tokens.u, x.double().norm(dim=-1).flatten() / radius, rtol=1e-6)
    else:
        assert tokens.u is None and (tokens.gain == 1.0).all()
    entry = watching.summary().of(name)
    assert entry.hyperbolic == (name == "hyplora")
    assert entry.overall.n_tokens == ids.numel() * len(entry.layers)
    mine = next(part for part in entry.layers if part.layer == layer)
    assert mine.gain.median == pytest.approx(np.median(tokens.gain)) and mine.n_tokens == ids.numel()


def test_mixed_batches_are_told_apart_and_padding_is_left_out(make_pair, ids):
    model = make_pair(b=0.1)
    mask = torch.ones_like(ids)
    mask[1, :3] = 0
    with probe(model) as watching, torch.no_grad():
        model(input_ids=ids, attention_mask=mask, adapter_names=[peft_name(name) for name in ("base", "lora", "hyplora")])
    found = watching.summary()
    assert {entry.adapter for entry in found.adapters} == {"lora", "hyplora"} and found.of("base") is None
    assert len(watching.tokens("lora", LAYER["llama"]).gain) == 4
    assert len(watching.tokens("hyplora", LAYER["llama"]).gain) == 7
    assert ProbeSummary.from_json(found.to_json()) == found


def test_one_prompt_token_by_token(make_pair, ids):
    model, pieces = make_pair(b=0.1), tuple(f"t{i}" for i in range(ids.shape[1]))
    with probe(model) as watching, torch.no_grad():
        for name in ("hyplora", "lora"):
            with use_adapter(model, name):
                model(input_ids=ids[:1])
    found = watching.on_prompt("hyplora", pieces)
    assert found.pieces == pieces and found.gain.shape == found.u.shape == (14, 7) and LAYER["llama"] in found.layers
    np.testing.assert_allclose(found.u[found.layers.index(LAYER["llama"])], watching.tokens("hyplora", LAYER["llama"]).u, rtol=1e-6)
    plain = watching.on_prompt("lora", pieces)
    assert plain.u is None and (plain.gain == 1).all() and PromptProbe.from_json(found.to_json()).layers == found.layers
    assert watching.on_prompt("base", pieces) is None and watching.on_prompt("lora", pieces[1:]) is None


def test_generation_counts_every_decoded_token(make_pair, ids):
    model = make_pair(b=0.1)
    mask = torch.ones_like(ids)
    mask[0, :2] = 0
    with probe(model) as watching, use_adapter(model, "hyplora"):
        options = {"max_new_tokens": 4, "min_new_tokens": 4, "do_sample": False, "pad_token_id": 2}
        model.generate(input_ids=ids, attention_mask=mask, **options)
    assert len(watching.tokens("hyplora", LAYER["llama"]).gain) == int(mask.sum()) + 3 * 3  # the last token is not fed back


def test_the_probe_leaves_outputs_and_hooks_as_they_were(make_pair, ids):
    model = make_pair(b=0.1)

    def hooks():
        return sum(len(m._forward_hooks) + len(m._forward_pre_hooks) for m in model.modules())

    before, plain = hooks(), model(input_ids=ids).logits
    with pytest.raises(ZeroDivisionError), probe(model) as watching:
        assert torch.equal(model(input_ids=ids).logits, plain)
        raise ZeroDivisionError
    assert hooks() == before
    n = watching.summary().adapters[0].overall.n_tokens
    model(input_ids=ids)
    assert watching.summary().adapters[0].overall.n_tokens == n
    watching.clear()
    assert watching.summary().adapters == ()
    with pytest.raises(AdapterError, match="did not run in"):
        watching.tokens("lora", LAYER["llama"])


def test_base_alone_leaves_no_trace(make_pair, ids):
    model = make_pair(b=0.1)
    with probe(model) as watching, use_adapter(model, "base"), torch.no_grad():
        model(input_ids=ids)
    assert watching.summary().adapters == ()


def test_the_sentence_about_acting_as_lora(make_pair, make_base, ids):
    def seen(model):
        with probe(model) as watching, torch.no_grad():
            for name in ("lora", "hyplora"):
                with use_adapter(model, name):
                    model(input_ids=ids)
        return watching.summary()

    flat = seen(make_pair(b=0.1, c=1e-8))
    assert "In this run HypLoRA acts as LoRA: the gain is 1.00 at" in whole_sentence(flat.of("hyplora"))
    assert whole_sentence(flat.of("lora")) is None
    assert "acts as LoRA:" not in whole_sentence(seen(make_pair(b=0.1, c=400.0)).of("hyplora"))


def test_capped_tokens_are_counted(make_base, ids):
    model = attach_adapters(make_base(), {"hyplora": HypLoraConfig(r=2, c=1e9)}, seed=0)  # B = 0 and u far beyond 36
    with probe(model) as watching, torch.no_grad():
        out = model(input_ids=ids).logits
        with use_adapter(model, "base"):
            assert torch.equal(model(input_ids=ids).logits, out)
    overall = watching.summary().of("hyplora").overall
    assert overall.n_capped == overall.n_tokens > 0


@pytest.mark.parametrize("architecture", ["llama", "gpt2"])
@pytest.mark.parametrize("variant", ["exact", "paper"])
def test_calibration_puts_the_quantile_on_the_target_in_every_layer(make_base, ids, architecture, variant):
    configs = {"lora": LoraConfig(r=2), "hyplora": HypLoraConfig(r=2, variant=variant, learn_c=False)}
    model = attach_adapters(make_base(architecture), configs, seed=0).train()
    mask = torch.ones_like(ids)
    mask[2, :5] = 0
    found = calibrate_radius(model, {"input_ids": ids, "attention_mask": mask, "labels": ids})
    assert model.training and found.n_tokens == int(mask.sum()) and not found.unchanged
    assert [layer.u.maximum for layer in found.layers] == pytest.approx([3.0] * len(found.layers), rel=1e-9)
    assert RadiusCalibration.from_json(found.to_json()) == found
    model.eval()
    with probe(model) as watching, use_adapter(model, "hyplora"), torch.no_grad():
        model(input_ids=ids, attention_mask=mask)
    for layer in found.layers:
        u = watching.tokens("hyplora", layer.layer).u
        assert u.max() == pytest.approx(3.0, rel=1e-5)
        d = model.get_base_model().get_submodule(layer.layer).in_features
        assert layer.c == pytest.approx((d if variant == "exact" else 1) / layer.radius**2)
    assert len(found.layers) == 2 * (7 if architecture == "llama" else 4)


def test_calibration_can_be_steered_and_refuses_nonsense(make_pair, ids):
    model = make_pair()
    found = calibrate_radius(model, ids, 0.5, 1.0)
    assert found.layers[0].u.median == pytest.approx(1.0)
    again = calibrate_radius(model, ids, quantile=0.5, target=1.0, adapter="hyplora")
    assert again.layers[0].u_before.median == pytest.approx(1.0, rel=1e-6)
    with pytest.raises(AdapterError, match="plain LoRA and has no radius"):
        calibrate_radius(model, ids, adapter="lora")
    with pytest.raises(AdapterError, match=r"at most 1 and a target above 0, but got 2\.0 and 3\.0"):
        calibrate_radius(model, ids, quantile=2.0)
    with pytest.raises(AdapterError, match="no visible token"):
        calibrate_radius(model, {"input_ids": ids, "attention_mask": torch.zeros_like(ids)})


def test_calibration_without_a_name_needs_exactly_one_hyplora_adapter(make_base, ids):
    model = get_peft_model(make_base(), HypLoraConfig(r=2))  # PEFT calls it default
    assert calibrate_radius(model, ids).adapter == "default"
    assert calibrate_radius(model, ids, adapter="default").n_tokens == ids.numel()
    pair = attach_adapters(make_base(), {"a": HypLoraConfig(r=2), "b": HypLoraConfig(r=2), "lora": LoraConfig(r=2)}, seed=0)
    with pytest.raises(AdapterError, match=r"has 2 HypLoRA adapters .a, b., so which radius to set is open"):
        calibrate_radius(pair, ids)
    assert calibrate_radius(pair, ids, adapter="b").adapter == "b"
    with pytest.raises(AdapterError, match="no adapter named c; it has a, b, lora"):
        calibrate_radius(pair, ids, adapter="c")
    with pytest.raises(AdapterError, match="has no HypLoRA adapter"):
        calibrate_radius(attach_adapters(make_base(), {"lora": LoraConfig(r=2)}, seed=0), ids)
