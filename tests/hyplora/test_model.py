"""HypLoRA inside PEFT: one layer against the formula, PEFT's options, and everything that must be refused."""

from __future__ import annotations

import subprocess
import sys
from functools import partial

import pytest
import torch
from peft import LoraConfig, PeftModel, get_peft_model
from peft.tuners.lora import LoraModel
from torch import nn
from transformers.pytorch_utils import Conv1D

from hypviz.errors import AdapterError
from hypviz.hyplora import HypLoraConfig, attach_adapters, delta, peft_name


class OneLayer(nn.Module):
    """x (n, 6) -> (n, 5) through one Linear or Conv1D layer, and an untouched head."""

    def __init__(self, conv1d: bool, dtype: torch.dtype = torch.float64) -> None:
        super().__init__()
        with torch.random.fork_rng():
            torch.manual_seed(3)
            self.inner = (Conv1D(5, 6) if conv1d else nn.Linear(6, 5)).to(dtype)
            self.head = nn.Linear(5, 2).to(dtype)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.inner(x)


def wrapped(*, conv1d=False, dtype=torch.float64, **options) -> tuple[PeftModel, nn.Module]:
    options = {"r": 3, "lora_alpha": 6, "target_modules": ["inner"], "fan_in_fan_out": conv1d, **options}
    model = get_peft_model(OneLayer(conv1d, dtype), HypLoraConfig(**options))
    layer = model.base_model.model.inner
    layer.lora_B["default"].weight.data.copy_(torch.randn(5, layer.r["default"], generator=torch.Generator().manual_seed(4)))
    return model, layer


X = 4 * torch.randn(4, 6, dtype=torch.float64, generator=torch.Generator().manual_seed(9))


@pytest.mark.parametrize("conv1d", [False, True])
@pytest.mark.parametrize("variant", ["exact", "paper"])
@pytest.mark.parametrize("use_rslora", [False, True])
def test_a_layer_is_the_base_plus_the_scaled_delta(conv1d, variant, use_rslora):
    model, layer = wrapped(conv1d=conv1d, variant=variant, use_rslora=use_rslora, c=0.7)
    scale = 6 / 3**0.5 if use_rslora else 2.0
    A, B = layer.lora_A["default"].weight, layer.lora_B["default"].weight
    expected = layer.base_layer(X) + scale * delta(X, A, B, variant=variant, c=0.7)
    torch.testing.assert_close(model(X), expected, rtol=1e-12, atol=1e-12)
    assert not torch.allclose(model(X), layer.base_layer(X) + scale * X @ A.T @ B.T, rtol=1e-2)


@pytest.mark.parametrize("conv1d", [False, True])
def test_gradcheck_of_a_wrapped_layer_with_its_radius(conv1d):
    model, layer = wrapped(conv1d=conv1d)
    weights = (layer.lora_A["default"].weight, layer.lora_B["default"].weight, layer.lora_log_radius["default"].weight)
    assert layer.lora_log_radius["default"].weight.shape == (1,)

    def run(x, *values):
        names = ("inner.lora_A.default.weight", "inner.lora_B.default.weight", "inner.lora_log_radius.default.weight")
        return torch.func.functional_call(model.base_model.model, dict(zip(names, values, strict=True)), (x,))

    assert torch.autograd.gradcheck(run, (X.clone().requires_grad_(), *weights))


def test_dropout_reaches_the_norm_as_well():
    model, layer = wrapped(lora_dropout=0.5)
    model.train()
    with torch.random.fork_rng():
        torch.manual_seed(1)
        found = model(X)
        torch.manual_seed(1)
        dropped = layer.lora_dropout["default"](X)
    A, B = layer.lora_A["default"].weight, layer.lora_B["default"].weight
    torch.testing.assert_close(found, layer.base_layer(X) + 2 * delta(dropped, A, B, variant="exact", c=1.0), rtol=1e-12, atol=1e-12)
    model.eval()
    assert torch.equal(model(X), model(X))


@pytest.mark.parametrize("conv1d", [False, True])
@pytest.mark.parametrize("use_rslora", [False, True])
def test_patterns_and_modules_to_save_round_trip(tmp_path, conv1d, use_rslora):
    options = {"rank_pattern": {"inner": 2}, "alpha_pattern": {"inner": 5}, "modules_to_save": ["head"], "use_rslora": use_rslora}
    model, layer = wrapped(conv1d=conv1d, dtype=torch.float32, **options)
    assert layer.r["default"] == 2 and layer.scaling["default"] == pytest.approx(5 / 2**0.5 if use_rslora else 2.5)
    model.base_model.model.head.modules_to_save["default"].weight.data.fill_(3.0)
    layer.lora_log_radius["default"].weight.data.fill_(-0.5)
    model.save_pretrained(tmp_path)
    again = PeftModel.from_pretrained(OneLayer(conv1d, torch.float32), tmp_path)
    assert isinstance(again.peft_config["default"], HypLoraConfig)
    assert torch.equal(again(X.float()), model(X.float()))
    assert again.base_model.model.head.weight[0, 0] == 3.0
    assert again.base_model.model.inner.lora_log_radius["default"].weight.item() == -0.5


@pytest.mark.parametrize("first", ["lora", "hyplora"])
def test_peft_itself_loads_both_kinds_in_any_order(make_pair, make_base, ids, tmp_path, first):
    model = make_pair(b=0.1)
    model.save_pretrained(tmp_path)
    order = [first, "lora" if first == "hyplora" else "hyplora"]
    again = PeftModel.from_pretrained(make_base(), tmp_path / peft_name(order[0]), adapter_name=order[0] + "1")
    again.load_adapter(tmp_path / peft_name(order[1]), order[1] + "1")
    for name in order:
        model.set_adapter(peft_name(name))
        again.set_adapter(name + "1")
        assert torch.equal(model(input_ids=ids).logits, again(input_ids=ids).logits)
    assert again.peft_config["lora1"].__class__ is LoraConfig


def test_low_cpu_mem_usage_loads_the_radius_too(make_pair, make_base, ids, tmp_path):
    model = make_pair(b=0.1)
    model.save_pretrained(tmp_path)
    again = PeftModel.from_pretrained(make_base(), tmp_path / peft_name("hyplora"), low_cpu_mem_usage=True)
    model.set_adapter(peft_name("hyplora"))
    assert torch.equal(model(input_ids=ids).logits, again(input_ids=ids).logits)


def test_a_peft_without_this_package_refuses_the_file(make_pair, tmp_path):
    make_pair(b=0.1).save_pretrained(tmp_path)
    code = (
        "import sys; from peft import PeftModel, PeftConfig\n"
        "assert PeftConfig.from_pretrained(sys.argv[1]).r == 4\n"
        "try: PeftModel.from_pretrained(None, sys.argv[2])\n"
        "except KeyError as error: print('refused', error)"
    )
    folders = [str(tmp_path / peft_name(name)) for name in ("lora", "hyplora")]
    done = subprocess.run([sys.executable, "-c", code, *folders], capture_output=True, text=True, cwd=tmp_path)
    assert done.stdout.strip() == "refused 'HYPLORA'", done.stderr


def test_a_peft_model_built_before_the_import_refuses_instead_of_running_plain_lora():
    with pytest.raises(AdapterError, match=r"and this is another one: import hypviz\.hyplora before the first adapter is attached"):
        LoraModel(OneLayer(False), HypLoraConfig(target_modules=["inner"]), "x")


def snapshot(model: nn.Module) -> dict[str, torch.Tensor]:
    return {name: value.clone() for name, value in model.state_dict().items()}


def test_merging_refuses_with_the_reason_and_touches_no_weight(make_pair):
    model = make_pair(b=0.1)
    lora, bent = peft_name("lora"), peft_name("hyplora")
    before = snapshot(model)
    attempts = [
        lambda: model.merge_adapter([lora, bent]),
        lambda: model.merge_adapter([bent], safe_merge=True),
        lambda: model.merge_and_unload(adapter_names=[lora, bent]),
        *(
            partial(model.add_weighted_adapter, [lora, bent], [0.5, 0.5], "sum", combination_type=kind, density=0.5)
            for kind in ("linear", "cat", "svd", "ties")
        ),
        lambda: next(m for m in model.modules() if hasattr(m, "lora_log_radius")).merge(adapter_names=[bent]),
        lambda: next(m for m in model.modules() if hasattr(m, "lora_log_radius")).merge(safe_merge=True, adapter_names=[bent]),
    ]
    for attempt in attempts:
        with pytest.raises(AdapterError, match="gain depends on each token"):
            attempt()
    after = snapshot(model)
    assert list(model.peft_config) == [lora, bent]
    assert before.keys() == after.keys() and all(torch.equal(before[name], after[name]) for name in before)
    layer = next(m for m in model.modules() if hasattr(m, "lora_log_radius"))
    assert layer.supports_lora_conversion(lora) and not layer.supports_lora_conversion(bent)


def test_plain_lora_still_merges_beside_hyplora(make_pair, ids):
    model = make_pair(b=0.1)
    model.set_adapter(peft_name("lora"))
    with torch.no_grad():
        expected = model(input_ids=ids).logits
        model.merge_adapter([peft_name("lora")])
        torch.testing.assert_close(model(input_ids=ids).logits, expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"variant": "v1"}, "no variant 'v1'; choose one of exact, "),
        ({"variant": "official", "c": 2.0}, "has no curvature c .got c=2.0.; set official_k instead"),
        ({"official_k": 0.5}, "has no official_k .got 0.5.; set c instead"),
        ({"variant": "official", "official_k": float("inf")}, "finite official_k but got inf"),
        ({"variant": "official", "official_k": "1"}, "finite official_k but got '1'"),
        ({"c": 0.0}, "above 0 but got c=0.0"),
        ({"c": float("nan")}, "above 0 but got c=nan"),
        ({"c": "1"}, "must be a plain number, but got c='1'"),
        ({"use_dora": True}, "cannot be combined with use_dora=True"),
        ({"lora_bias": True}, "cannot be combined with lora_bias=True"),
        ({"init_lora_weights": "pissa"}, "cannot start from init_lora_weights='pissa'"),
        ({"init_lora_weights": "mica"}, "cannot start from init_lora_weights='mica'"),
    ],
)
def test_impossible_configs_are_one_sentence(options, sentence):
    with pytest.raises(AdapterError, match=sentence):
        HypLoraConfig(**options)


def test_a_layer_that_is_not_linear_is_refused_before_anything_changes(make_base):
    base = make_base()
    before = [name for name, _ in base.named_modules()]
    with pytest.raises(AdapterError, match=r"embed_tokens is a Embedding; take it out of target_modules"):
        get_peft_model(base, HypLoraConfig(target_modules=["q_proj", "embed_tokens"]))
    assert [name for name, _ in base.named_modules()] == before


def test_weights_of_whole_numbers_are_refused_before_anything_changes():
    base = OneLayer(False)
    base.inner.weight = nn.Parameter(torch.ones(5, 6, dtype=torch.int8), requires_grad=False)
    before = [name for name, _ in base.named_modules()]
    with pytest.raises(AdapterError, match=r"cannot adapt inner, because its weights are quantised; load the model in float32"):
        get_peft_model(base, HypLoraConfig(target_modules=["inner"]))
    assert [name for name, _ in base.named_modules()] == before


def test_regular_expressions_and_all_linear_work_as_targets(make_base, ids):
    for targets in (r".*\.layers\.1\..*q_proj", "all-linear"):
        model = attach_adapters(make_base(), {"hyplora": HypLoraConfig(r=2, target_modules=targets)}, seed=0)
        radii = [name for name, _ in model.named_parameters() if "log_radius" in name]
        assert len(radii) == (1 if "q_proj" in targets else 14)
