"""LoRA and HypLoRA on one base model: starting point, switching, mixing in one batch, training modes."""

from __future__ import annotations

import warnings

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from peft import LoraConfig

from hypviz.errors import AdapterError
from hypviz.hyplora import (
    HypLoraConfig,
    adapter_parameters,
    attach_adapters,
    default_target_modules,
    peft_name,
    shown_name,
    use_adapter,
)

NAMES = ("base", "lora", "hyplora")


@given(st.text(min_size=1, max_size=20))
def test_names_survive_the_way_into_peft_and_back(name):
    key = peft_name(name)
    assert shown_name(key) == name
    assert "." not in key and key not in "lora_"


@pytest.mark.parametrize("architecture", ["llama", "gpt2", "qwen3", "gemma3"])
def test_the_starting_point_is_the_base_and_one_a_for_all(make_base, ids, architecture):
    base = make_base(architecture)
    with torch.no_grad():
        before = base(input_ids=ids).logits
    state = torch.get_rng_state()
    configs = {"lora": LoraConfig(r=4, lora_dropout=0.1), "hyplora": HypLoraConfig(r=4), "paper": HypLoraConfig(r=4, variant="paper")}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.filterwarnings("ignore", message=".*is_gradient_checkpointing.*")  # transformers about its own name, in every PEFT model
        model = attach_adapters(base, configs, seed=7).eval()
    assert torch.equal(torch.get_rng_state(), state)
    weights = model.state_dict()
    firsts = {name: value for name, value in weights.items() if f"lora_A.{peft_name('lora')}" in name}
    assert len(firsts) == (8 if architecture == "gpt2" else 14)  # two blocks; GPT-2 has two layers named c_proj in each
    for name, value in firsts.items():
        for other in ("hyplora", "paper"):
            assert torch.equal(weights[name.replace(peft_name("lora"), peft_name(other))], value)
    for name in (*NAMES, "paper"):
        with use_adapter(model, name), torch.no_grad():
            assert torch.equal(model(input_ids=ids).logits, before), name
    assert configs["lora"].target_modules is None  # the caller's configs stay as they were


def test_the_seed_decides_a(make_base):
    def first(seed):
        return adapter_parameters(attach_adapters(make_base(), {"hyplora": HypLoraConfig(r=4)}, seed=seed), "hyplora")[0]

    assert torch.equal(first(1), first(1)) and not torch.equal(first(1), first(2))


def test_default_targets_are_the_linear_layers_of_the_blocks(make_base):
    llama = {"q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"}
    assert set(default_target_modules(make_base("llama"))) == llama
    assert set(default_target_modules(make_base("gpt2"))) == {"c_attn", "c_proj", "c_fc"}
    model = attach_adapters(make_base("llama"), {"hyplora": HypLoraConfig(r=2)}, seed=0)
    assert set(default_target_modules(model)) == llama  # an adapted model has the same
    with pytest.raises(AdapterError, match="no linear layers inside repeated blocks"):
        default_target_modules(torch.nn.Linear(2, 2))


@pytest.mark.parametrize("architecture", ["llama", "gpt2"])
def test_each_adapter_is_itself_and_hyplora_is_not_lora(make_pair, ids, architecture):
    model, outputs = make_pair(architecture, b=0.1), {}
    for name in NAMES:
        with use_adapter(model, name), torch.no_grad():
            outputs[name] = model(input_ids=ids).logits
    assert not any(torch.allclose(outputs[a], outputs[b], atol=1e-3) for a, b in [NAMES[:2], NAMES[1:], NAMES[::2]])
    model.delete_adapter(peft_name("lora"))
    with torch.no_grad():
        assert torch.equal(model(input_ids=ids).logits, outputs["hyplora"])
        with use_adapter(model, "base"):
            assert torch.equal(model(input_ids=ids).logits, outputs["base"])
    with pytest.raises(AdapterError, match="no adapter named lora"), use_adapter(model, "lora"):
        pass
    left = [name for name in model.state_dict() if peft_name("lora") in name.split(".")]
    assert left == []
    assert torch.equal(model.unload()(input_ids=ids).logits, outputs["base"])


@pytest.mark.parametrize("architecture", ["llama", "gpt2"])
@pytest.mark.parametrize("padded", [False, True])
def test_one_mixed_batch_writes_the_tokens_of_three_calls(make_pair, ids, architecture, padded):
    model = make_pair(architecture, b=0.3)
    prompt = ids if padded else ids[:1].expand(3, -1)
    options = {"max_new_tokens": 12, "do_sample": False, "pad_token_id": 2}
    mask = torch.ones_like(prompt)
    if padded:
        mask[0, :2] = mask[2, :4] = 0
    mixed = model.generate(input_ids=prompt, attention_mask=mask, adapter_names=[peft_name(name) for name in NAMES], **options)
    rows = []
    for row, name in enumerate(NAMES):
        with use_adapter(model, name):
            alone = model.generate(input_ids=prompt[row : row + 1], attention_mask=mask[row : row + 1], **options)[0]
            rows.append(alone.tolist())
        assert mixed[row, : len(alone)].tolist() == alone.tolist(), name
    assert rows[0] != rows[1] != rows[2] != rows[0]


def test_use_adapter_leaves_gradients_and_the_active_adapter_as_they_were(make_pair):
    model = make_pair()
    model.set_adapter(peft_name("hyplora"))
    flags = [p.requires_grad for p in model.parameters()]
    for name in NAMES:
        with use_adapter(model, name):
            assert name == "base" or not any(p.requires_grad for p in model.parameters())
        assert [p.requires_grad for p in model.parameters()] == flags
        assert model.active_adapters == [peft_name("hyplora")]
    with pytest.raises(ZeroDivisionError), use_adapter(model, "lora"):
        raise ZeroDivisionError
    assert [p.requires_grad for p in model.parameters()] == flags


def _step(model, ids, name="hyplora") -> dict[str, torch.Tensor]:
    model.set_adapter(peft_name(name))
    model.zero_grad(set_to_none=True)
    model(input_ids=ids, labels=ids).loss.backward()
    return {n: p.grad.clone() for n, p in model.named_parameters() if p.grad is not None}


def test_training_moves_one_adapter_only_and_its_radius(make_pair, ids):
    model = make_pair(b=0.1).train()
    grads = _step(model, ids)
    assert grads and all(peft_name("hyplora") in name.split(".") for name in grads)
    assert {name.split(".")[-3] for name in grads if "radius" in name} == {"lora_log_radius"}
    assert len(grads) == len(adapter_parameters(model, "hyplora"))
    assert all(torch.isfinite(g).all() and g.any() for g in grads.values())


def test_a_fixed_radius_stays_fixed_whatever_is_switched(make_base, ids):
    configs = {"lora": LoraConfig(r=4), "hyplora": HypLoraConfig(r=4, learn_c=False)}
    model = attach_adapters(make_base(), configs, seed=1)
    radii = [p for n, p in model.named_parameters() if "log_radius" in n]
    assert len(radii) == 14
    for name in ("hyplora", "lora", "hyplora"):
        model.set_adapter(peft_name(name))
        assert not any(p.requires_grad for p in radii)
    assert not any(p is radius for p in adapter_parameters(model, "hyplora") for radius in radii)
    model.train()
    optimizer = torch.optim.SGD(adapter_parameters(model, "hyplora"), lr=1.0)
    before = [radius.clone() for radius in radii]
    _step(model, ids)
    optimizer.step()
    assert all(torch.equal(a, b) for a, b in zip(radii, before, strict=True))


@pytest.mark.parametrize("reentrant", [True, False])
def test_gradient_checkpointing_changes_no_gradient(make_pair, ids, reentrant):
    model = make_pair(b=0.1).train()
    plain = _step(model, ids)
    model.gradient_checkpointing_enable(gradient_checkpointing_kwargs={"use_reentrant": reentrant})
    model.enable_input_require_grads()
    kept = _step(model, ids)
    assert kept.keys() == plain.keys()
    for name, grad in plain.items():
        assert (kept[name] - grad).norm() <= 1e-4 * grad.norm(), name


def test_bf16_base_keeps_float32_adapters_and_finite_gradients(make_pair, ids):
    model = make_pair(b=0.1, dtype=torch.bfloat16).train()
    assert {p.dtype for name in NAMES[1:] for p in adapter_parameters(model, name)} == {torch.float32}
    for enabled in (False, True):
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=enabled):
            grads = _step(model, ids)
        assert all(g.dtype == torch.float32 and torch.isfinite(g).all() for g in grads.values())


def test_autocast_stays_near_float32(make_pair, ids):
    model = make_pair(b=0.1)
    with use_adapter(model, "hyplora"), torch.no_grad():
        exact = model(input_ids=ids).logits
        with torch.autocast("cpu", dtype=torch.bfloat16):
            rough = model(input_ids=ids).logits
    assert (rough.float() - exact).norm() < 0.05 * exact.norm()


def test_wrong_requests_are_one_sentence(make_base):
    with pytest.raises(AdapterError, match="at least one config"):
        attach_adapters(make_base(), {}, seed=0)
    with pytest.raises(AdapterError, match="stands for the model without an adapter"):
        attach_adapters(make_base(), {"base": LoraConfig()}, seed=0)
    with pytest.raises(AdapterError, match="needs a name"):
        peft_name("")
