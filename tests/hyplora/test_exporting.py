"""A HypLoRA adapter as the nearest plain LoRA: least squares by brute force, the error it states, and readers that know only LoRA."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest
import torch
from peft import PeftModel
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM

from hypviz import runs
from hypviz.bundled import bundled_folder
from hypviz.errors import AdapterError
from hypviz.hyplora import HypLoraConfig, adapter_parameters, as_lora, attach_adapters, load_adapter, peft_name, probe, read_adapter_card
from hypviz.hyplora.adapters import adapted_layers
from hypviz.records.hyplora import AdapterCard, LoraOfHypLora

HERE = "b" * 64


@pytest.fixture
def make_bent(make_base):
    """``make_bent(c=20.0, rank_pattern=...)``: one HypLoRA adapter "bent" with B away from 0, in evaluation mode."""

    def make(architecture="llama", dtype=torch.float32, size=0.1, **options):
        config = HypLoraConfig(**{"r": 4, "lora_alpha": 8, **options})
        model = attach_adapters(make_base(architecture, dtype), {"bent": config}, seed=5).eval()
        for number, parameter in enumerate(adapter_parameters(model, "bent")):
            if parameter.ndim == 2 and not parameter.any():
                parameter.data.normal_(std=size, generator=torch.Generator().manual_seed(number))
        return model

    return make


def updates(model, name, ids):
    """By layer, the input (n, d) and the update (n, k) that the adapter `name` adds on its own, in float64."""
    seen, handles = {}, []
    for layer, module in adapted_layers(model).items():

        def note(module, args, out, layer=layer):
            x = args[0].reshape(-1, args[0].shape[-1])
            with torch.no_grad():
                seen[layer] = x, (out.reshape(len(x), -1) - module.base_layer(x)).double()

        handles.append(module.register_forward_hook(note))
    with torch.no_grad():
        model(input_ids=ids)
    for handle in handles:
        handle.remove()
    return seen


@pytest.mark.parametrize("architecture", ["llama", "gpt2"])
@pytest.mark.parametrize("variant", ["exact", "official", "official-simplified"])
def test_no_other_constant_comes_nearer_and_the_error_is_the_one_stated(make_bent, ids, architecture, variant):
    model = make_bent(architecture, variant=variant, **({"c": 20.0} if variant == "exact" else {}))
    plain, seen = as_lora(model, at=ids), updates(model, "bent", ids)
    missed = whole = 0.0
    for row in plain.fit.layers:
        x, update = seen[row.layer]
        A, B = (plain.state[f"base_model.model.{row.layer}.lora_{part}.weight"].double() for part in "AB")
        flat = 2.0 * x.double() @ A.T @ B.T
        gap = float((update - flat).norm())
        assert gap / float(update.norm()) == pytest.approx(row.error, rel=2e-3, abs=1e-5)
        assert all(float((update - near * flat).norm()) > gap for near in (0.99, 1.01))
        by_token = ((update - flat).norm(dim=1) / update.norm(dim=1)).numpy()
        assert by_token.max() == pytest.approx(row.largest_error, rel=5e-3, abs=1e-5)
        assert np.median(by_token) == pytest.approx(row.median_error, rel=5e-3, abs=1e-5)
        missed, whole = missed + gap**2, whole + float(update.norm()) ** 2
    assert plain.fit.error == pytest.approx((missed / whole) ** 0.5, rel=1e-3, abs=1e-5)
    assert plain.fit.largest_error == max(row.largest_error for row in plain.fit.layers)
    assert plain.fit.n_tokens == ids.numel() and plain.fit.variant == variant


def test_at_a_very_large_radius_the_export_is_the_adapter_itself(make_bent, ids):
    model = make_bent(c=1e-12)
    own = {n.replace(f".{peft_name('bent')}", ""): p for n, p in model.named_parameters() if "lora_A" in n or "lora_B" in n}
    plain = as_lora(model, at=ids)
    assert plain.state.keys() == own.keys()
    for name, tensor in plain.state.items():
        torch.testing.assert_close(tensor, own[name].detach(), rtol=1e-7, atol=0)
    assert plain.fit.error < 1e-10 and plain.fit.largest_error < 1e-10
    assert (plain.config.r, plain.config.lora_alpha, plain.config.peft_type) == (4, 8, "LORA")


def test_readers_that_know_one_rank_and_one_alpha_read_the_same_layer(make_bent, make_base, ids, tmp_path):
    uneven = {"rank_pattern": {"q_proj": 2, "down_proj": 6}, "alpha_pattern": {"up_proj": 3}, "use_rslora": True}
    model = make_bent(c=20.0, **uneven)
    plain = as_lora(model, at=ids)
    plain.save(tmp_path / "flat", base_fingerprint=HERE)
    config, state = (
        json.loads((tmp_path / "flat" / "adapter_config.json").read_text()),
        load_file(tmp_path / "flat" / "adapter_model.safetensors"),
    )
    assert config["peft_type"] == "LORA" and not config["rank_pattern"] and not config["alpha_pattern"] and not config["use_rslora"]
    assert {tensor.shape[0] for name, tensor in state.items() if "lora_A" in name} == {6} == {config["r"]}
    seen = updates(model, "bent", ids)
    for row in plain.fit.layers:
        x, update = seen[row.layer]
        A, B = (state[f"base_model.model.{row.layer}.lora_{part}.weight"].double() for part in "AB")
        flat = config["lora_alpha"] / config["r"] * x.double() @ A.T @ B.T
        assert float((update - flat).norm() / update.norm()) == pytest.approx(row.error, rel=2e-3)
    again = PeftModel.from_pretrained(make_base(), tmp_path / "flat")
    with torch.no_grad():
        loaded = again(input_ids=ids).logits
        torch.testing.assert_close(again.merge_and_unload()(input_ids=ids).logits, loaded, rtol=1e-4, atol=1e-5)


def test_a_narrow_adapter_is_not_rounded_again(make_bent, ids):
    model = make_bent(dtype=torch.bfloat16, c=20.0)
    for parameter in adapter_parameters(model, "bent"):  # PEFT keeps adapters of a bfloat16 model in float32
        if parameter.ndim == 2:
            parameter.data = parameter.data.bfloat16()
    plain = as_lora(model, at=ids)
    name = "base_model.model.model.layers.0.mlp.down_proj.lora_B.weight"
    own = adapted_layers(model)["model.layers.0.mlp.down_proj"].lora_B[peft_name("bent")].weight
    gain = next(row.gain for row in plain.fit.layers if row.layer == "model.layers.0.mlp.down_proj")
    assert plain.state[name].dtype == torch.float32
    torch.testing.assert_close(plain.state[name], (own.detach().double() * gain).float(), rtol=1e-7, atol=0)


def test_padding_does_not_count_and_batches_add_up(make_bent, ids):
    model = make_bent(c=20.0)
    apart = as_lora(model, at=[ids[:1], ids[1:, :4]])
    padded = torch.cat([ids, ids.new_zeros(3, 2)], dim=1)
    mask = torch.ones_like(padded)
    mask[:, 7:], mask[1:, 4:] = 0, 0
    together = as_lora(model, "bent", at={"input_ids": padded, "attention_mask": mask, "labels": padded})
    assert apart.fit.n_tokens == together.fit.n_tokens == 15
    np.testing.assert_allclose([row.gain for row in apart.fit.layers], [row.gain for row in together.fit.layers], rtol=1e-5)


def test_the_model_stays_as_it_was_and_the_card_says_what_was_made(make_bent, make_base, ids, tmp_path):
    model = make_bent(c=20.0, modules_to_save=["lm_head"]).train()
    model.save_pretrained(tmp_path / "bent")
    before = {name: value.clone() for name, value in model.state_dict().items()}
    plain = as_lora(model, at=ids)
    assert model.training and all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    card = plain.save(tmp_path / "flat", base_fingerprint=HERE)
    assert card == read_adapter_card(tmp_path / "flat") and AdapterCard.from_json(card.to_json()) == card
    from hypviz.hyplora import adapter_fingerprint

    assert card.made_from == plain.fit and card.made_from.made_from == adapter_fingerprint(tmp_path / "bent" / peft_name("bent"))
    assert (card.method, card.base_fingerprint, card.run_id) == ("lora", HERE, None)
    assert LoraOfHypLora.from_json(plain.fit.to_json()) == plain.fit
    loaded = load_adapter(make_base(), "flat", tmp_path / "flat", base_fingerprint=HERE)
    assert torch.isfinite(loaded(input_ids=ids).logits).all()


def test_a_layer_that_never_left_the_start_is_exported_as_it_is(make_bent, ids):
    model = make_bent(c=20.0)
    name = "model.layers.1.mlp.up_proj"
    adapted_layers(model)[name].lora_B[peft_name("bent")].weight.data.zero_()
    plain = as_lora(model, at=ids)
    row = next(row for row in plain.fit.layers if row.layer == name)
    assert (row.gain, row.error, row.median_error, row.largest_error, row.n_tokens) == (None, None, None, None, 0)
    assert not plain.state[f"base_model.model.{name}.lora_B.weight"].any() and 0 < plain.fit.error < 1


def test_what_cannot_be_exported(make_bent, make_pair, make_base, ids, tmp_path):
    bent, pair = make_bent(c=20.0), make_pair(b=0.1)
    plain = as_lora(bent, at=ids)
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "notes.txt").write_text("keep")
    plain.save(tmp_path / "flat", base_fingerprint=HERE)
    refusals = [
        (lambda: as_lora(pair, "lora", at=ids), "is plain LoRA already"),
        (lambda: as_lora(pair, "nobody", at=ids), "no adapter named nobody"),
        (lambda: as_lora(make_base(), at=ids), "has no adapter to export"),
        (lambda: as_lora(load_adapter(make_base(), "flat", tmp_path / "flat"), at=ids), "has no HypLoRA adapter"),
        (lambda: as_lora(make_pair(), at=ids), "Every B of the adapter hyplora is 0"),
        (lambda: as_lora(bent, at=[]), "No batch was given"),
        (lambda: as_lora(bent, at=ids[:0]), "holds no token"),
        (lambda: as_lora(bent, at="text"), "token ids or a tokenizer's batch, but got str"),
        (lambda: as_lora(bent, at={"input_ids": ids, "attention_mask": 0 * ids}), "No visible token of the batch reached"),
        (lambda: plain.save(tmp_path / "full", base_fingerprint=HERE), "is not an adapter folder; choose another"),
        (lambda: plain.save(tmp_path / "flat", base_fingerprint=HERE), "holds an adapter; choose another"),
    ]
    for attempt, sentence in refusals:
        with pytest.raises(AdapterError, match=sentence):
            attempt()
    assert (tmp_path / "full" / "notes.txt").read_text() == "keep"
    adapter_parameters(bent, "bent")[0].data[0, 0] = float("nan")
    with pytest.raises(AdapterError, match="not finite"):
        as_lora(bent, at=ids)


READ = """
import sys, torch
from peft import PeftModel
from transformers import AutoModelForCausalLM
base, folder, out = sys.argv[1:]
model = PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32), folder).eval()
ids = torch.arange(5, 25)[None]
with torch.no_grad():
    logits = model(input_ids=ids).logits
    merged = model.merge_and_unload()(input_ids=ids).logits
assert not [name for name in sys.modules if name.startswith("hypviz")]
from safetensors.torch import save_file
save_file({"logits": logits, "merged": merged}, out)
"""


def test_the_shipped_adapter_differs_by_what_is_stated_and_any_peft_reads_it(tmp_path):
    (run,) = runs.shipped()
    folder = next(member.adapter for member in run.members if member.method == "hyplora")
    base = AutoModelForCausalLM.from_pretrained(bundled_folder(), dtype=torch.float32).eval()
    model, ids = load_adapter(base, "bent", folder), torch.arange(5, 25)[None]
    plain = as_lora(model, at=ids)
    plain.save(tmp_path / "flat", base_fingerprint=HERE)
    load_adapter(model, "flat", tmp_path / "flat")
    logits = {}
    with torch.no_grad():
        for name in ("bent", "flat"):
            model.set_adapter(peft_name(name))
            logits[name] = model(input_ids=ids).logits
        with model.disable_adapter():
            logits["base"] = model(input_ids=ids).logits
    moved, apart = logits["bent"] - logits["base"], logits["bent"] - logits["flat"]
    assert 0.3 < float(apart.norm() / moved.norm()) / plain.fit.error < 3
    arguments = [bundled_folder(), tmp_path / "flat", tmp_path / "out.safetensors"]
    subprocess.run([sys.executable, "-c", READ, *map(str, arguments)], check=True, cwd=tmp_path)
    read = load_file(tmp_path / "out.safetensors")
    torch.testing.assert_close(read["logits"], logits["flat"], rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(read["merged"], logits["flat"], rtol=1e-3, atol=1e-4)
    with probe(model) as seen, torch.no_grad():
        model.set_adapter(peft_name("bent"))
        model(input_ids=ids)
    variation = np.concatenate([seen.tokens("bent", row.layer).gain / row.gain for row in plain.fit.layers])
    assert np.abs(1 / variation - 1).max() == pytest.approx(plain.fit.largest_error, rel=1e-6)


@pytest.mark.parametrize(
    ("at", "sentence"),
    [
        (None, "needs token ids or a tokenizer's batch, but got NoneType"),
        (5, "needs token ids or a tokenizer's batch, but got int"),
        ("a text", "needs token ids or a tokenizer's batch, but got str"),
        (torch.full((1, 3), 0.5), "needs token ids, whole numbers, but got float32"),
        (torch.ones(1, 3, dtype=torch.bool), "needs token ids, whole numbers, but got bool"),
        (torch.tensor([[1, 10**6]]), r"token id 1000000, but the model has ids 0 to \d+; use its own tokenizer"),
        ({"input_ids": torch.tensor([[-1, 2]])}, "token id -1, but"),
    ],
    ids=str,
)
def test_a_batch_that_no_model_can_read_is_refused_in_a_sentence(make_bent, at, sentence):
    with pytest.raises(AdapterError, match=sentence):
        as_lora(make_bent(c=20.0), at=at)
