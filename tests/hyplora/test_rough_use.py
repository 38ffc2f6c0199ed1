"""What people do with PEFT models besides the plain path: float16, reused buffers, hot swaps, foreign weights, odd batches."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from peft import LoraConfig, get_peft_model
from peft.utils import set_peft_model_state_dict
from peft.utils.hotswap import hotswap_adapter
from peft.utils.save_and_load import get_peft_model_state_dict

from hypviz.errors import AdapterError
from hypviz.hyplora import HypLoraConfig, calibrate_radius, delta, load_adapter, peft_name, probe, save_adapter, use_adapter
from tests.hyplora.test_model import OneLayer, snapshot

D, OUT = 64, 16
GENERATOR = torch.Generator().manual_seed(0)
A, DIRECTION = torch.randn(4, D, generator=GENERATOR) / 8, torch.randn(OUT, 4, generator=GENERATOR)
X = torch.randn(6, D, generator=GENERATOR)


@pytest.mark.parametrize("grad", [True, False])
@pytest.mark.parametrize("b", [0.0, 1e-6, 1e-3, 0.1])
@pytest.mark.parametrize("norm", [1.0, 100.0, 3000.0])
@pytest.mark.parametrize("n", [1, 6])
def test_float16_is_finite_and_agrees_with_float32(grad, b, norm, n):
    x, B = norm / 8 * X[:n], b * DIRECTION
    onto = torch.ones(n, OUT)
    expected = delta(x.half().float(), A.half().float(), B.half().float(), variant="exact", c=1.0, onto=onto)
    parts = [t.half().requires_grad_(grad) for t in (x, A, B)]
    with torch.set_grad_enabled(grad):
        found = delta(*parts, variant="exact", c=1.0, onto=onto.half())
    torch.testing.assert_close(found.float(), expected, rtol=2e-3, atol=2e-3)
    if grad:
        (found.float() / 1e4).sum().backward()
        assert torch.isfinite(parts[0].grad).all() and torch.isfinite(parts[1].grad).all()


def test_float16_autocast_trains_where_the_first_gain_is_enormous():
    B = torch.zeros(OUT, 4, requires_grad=True)
    with torch.autocast("cpu", torch.float16):
        update = delta(100 * X, A, B, variant="paper", c=1.0)
    update.float().sum().backward()
    assert torch.equal(update, torch.zeros_like(update)) and torch.isfinite(B.grad).all() and B.grad.any()


def change_numpy(x: torch.Tensor) -> None:
    x.numpy()[:] = np.random.default_rng(1).normal(size=x.shape).astype("float32") * 4


def change_data(x: torch.Tensor) -> None:
    x.data = 3.0 * torch.ones(9, x.shape[1])


@pytest.mark.parametrize("change", [change_numpy, change_data, lambda x: x.data.mul_(3.0)])
def test_a_reused_buffer_is_measured_anew(change):
    model = get_peft_model(OneLayer(False, torch.float32), HypLoraConfig(target_modules=["inner"], c=4.0)).eval()
    model.base_model.model.inner.lora_B["default"].weight.data.normal_()
    x = torch.from_numpy(np.random.default_rng(0).normal(size=(5, 6)).astype("float32"))
    with torch.no_grad():
        model(x)
        change(x)
        torch.testing.assert_close(model(x), model(x.clone()), rtol=0, atol=0)


@pytest.mark.parametrize("reentrant", [True, False])
def test_a_probe_counts_a_recomputed_token_once(make_pair, ids, reentrant):
    model = make_pair(b=0.1).train()
    model.set_adapter(peft_name("hyplora"))
    model.gradient_checkpointing_enable(gradient_checkpointing_kwargs={"use_reentrant": reentrant})
    model.enable_input_require_grads()
    with probe(model) as seen:
        model(input_ids=ids, labels=ids).loss.backward()
    assert seen.summary().of("hyplora").overall.n_tokens == 14 * ids.numel()


@pytest.mark.parametrize(("here", "there"), [(HypLoraConfig, LoraConfig), (LoraConfig, HypLoraConfig)])
def test_a_hot_swap_between_the_methods_is_refused(tmp_path, here, there):
    other = get_peft_model(OneLayer(False, torch.float32), there(target_modules=["inner"]))
    other.save_pretrained(tmp_path)
    model = get_peft_model(OneLayer(False, torch.float32), here(target_modules=["inner"]))
    before = snapshot(model)
    with pytest.raises(ValueError, match="Configs are incompatible: for peft_type"):
        hotswap_adapter(model, str(tmp_path), adapter_name="default", torch_device="cpu")
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())


def test_loras_weights_under_hyploras_name_are_refused(tmp_path):
    lora = get_peft_model(OneLayer(False, torch.float32), LoraConfig(target_modules=["inner"]))
    model = get_peft_model(OneLayer(False, torch.float32), HypLoraConfig(target_modules=["inner"]))
    before = snapshot(model)
    with pytest.raises(AdapterError, match=r"lack .*inner\.lora_log_radius\.default: they are incomplete, or of plain LoRA"):
        set_peft_model_state_dict(model, get_peft_model_state_dict(lora))
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    set_peft_model_state_dict(model, get_peft_model_state_dict(model))  # its own are welcome


@pytest.mark.parametrize(
    ("batch", "sentence"),
    [
        (torch.zeros(0, 4, dtype=torch.long), "holds no token"),
        (torch.zeros(2, 0, dtype=torch.long), "holds no token"),
        (torch.zeros(4, dtype=torch.long), r"shape \(rows, length\)"),
        ({}, r"shape \(rows, length\)"),
        ({"input_ids": [[1, 2]]}, "return_tensors='pt'"),
        ("hello", "but got str"),
        (["hello"], "but got list"),
    ],
)
def test_odd_batches_for_calibration_are_one_sentence(make_pair, batch, sentence):
    with pytest.raises(AdapterError, match=sentence):
        calibrate_radius(make_pair(), batch)


def test_calibration_without_an_adapter_or_with_a_broken_one_says_so(make_base, make_pair, ids):
    with pytest.raises(AdapterError, match="call get_peft_model first"):
        calibrate_radius(make_base(), ids)
    with pytest.raises(AdapterError, match=r"a target above 0, but got 1\.0 and '3'"):
        calibrate_radius(make_pair(), ids, target="3")
    broken = make_pair(b=float("nan"))
    with pytest.raises(AdapterError, match="check the weights of the model and of hyplora"):
        calibrate_radius(broken, ids)


def test_use_adapter_works_where_adapters_are_switched_off(make_pair, ids):
    model = make_pair(b=0.1)
    with torch.no_grad():
        with use_adapter(model, "hyplora"):
            expected = model(input_ids=ids).logits
        with model.disable_adapter():
            base = model(input_ids=ids).logits
            with use_adapter(model, "hyplora"):
                assert torch.equal(model(input_ids=ids).logits, expected)
            assert torch.equal(model(input_ids=ids).logits, base) and not torch.equal(base, expected)
        model.set_adapter(peft_name("lora"))
        assert not torch.equal(model(input_ids=ids).logits, base)


def test_use_adapter_refuses_while_an_adapter_is_merged(make_pair, ids):
    model = make_pair(b=0.1)
    model.set_adapter(peft_name("lora"))
    model.merge_adapter()
    with pytest.raises(AdapterError, match=r"The adapter lora is merged .*; call unmerge_adapter\(\)"):
        calibrate_radius(model, ids, adapter="hyplora")
    assert any(layer.merged for layer in model.modules() if hasattr(layer, "merged_adapters"))


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"learn_c": "no"}, "learn_c is True or False, but got 'no'"),
        ({"c": torch.tensor(1.0)}, "must be a plain number"),
        ({"c": 1e200}, "finite curvature c above 0"),
        ({"init_lora_weights": "eva"}, "cannot start from init_lora_weights='eva'"),
    ],
)
def test_more_impossible_configs(options, sentence):
    with pytest.raises(AdapterError, match=sentence):
        HypLoraConfig(**options)
    assert HypLoraConfig(c=np.float32(0.5)).c == 0.5


@pytest.mark.parametrize(
    ("setting", "value"),
    [("r", "8"), ("r", None), ("lora_alpha", "x"), ("target_modules", 5), ("lora_dropout", "a"), ("modules_to_save", 5), ("bias", "zzz")],
)
def test_a_hand_edited_config_is_one_sentence_and_leaves_the_model_alone(make_pair, make_base, ids, tmp_path, setting, value):
    import json

    save_adapter(make_pair(b=0.1), "hyplora", tmp_path / "it", base_fingerprint="0" * 64, method="hyplora", run_id=None)
    (tmp_path / "it" / "hypviz.json").unlink()
    config = tmp_path / "it" / "adapter_config.json"
    config.write_text(json.dumps(json.loads(config.read_text()) | {setting: value}))
    base = make_base()
    modules, logits = [name for name, _ in base.named_modules()], base(input_ids=ids).logits
    with pytest.raises(AdapterError) as caught:
        load_adapter(base, "hyplora", tmp_path / "it")
    assert "\n" not in str(caught.value) and str(caught.value).endswith(".")
    assert [name for name, _ in base.named_modules()] == modules
    assert torch.equal(base(input_ids=ids).logits, logits)


def test_open_targets_are_found_where_peft_empties_them(make_base):
    config = HypLoraConfig(r=2)
    config.target_modules = set()  # what PEFT's weight conversion makes of None for mixtures of experts
    assert any("lora_log_radius" in name for name, _ in get_peft_model(make_base(), config).named_parameters())
    with pytest.raises(ValueError, match="target_modules"):
        get_peft_model(make_base(), HypLoraConfig(r=2, target_modules=[]))
