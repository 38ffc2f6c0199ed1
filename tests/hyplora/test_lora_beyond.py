"""`lora_beyond`: tokens longer than so many radii are adapted as by plain LoRA, the others as if it were not set."""

from __future__ import annotations

import pytest
import torch
from peft import PeftModel

from hypviz.errors import AdapterError
from hypviz.hyplora import HypLoraConfig, attach_adapters, delta, probe, save_adapter

C = 1.0
D, K, RANK = 16, 12, 3


def draw(n: int, *, dtype: torch.dtype = torch.float64) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
    """x (n, D) with u from 0.5 to 60 in turn, A, B, and the output's gradient."""
    source = torch.Generator().manual_seed(3)
    x = torch.randn(n, D, generator=source, dtype=torch.float64)
    u = torch.logspace(-0.3, 1.78, n, dtype=torch.float64)
    x = x / x.norm(dim=1, keepdim=True) * (u * D**0.5).unsqueeze(1)
    A, B, pull = (torch.randn(*shape, generator=source, dtype=torch.float64) for shape in ((RANK, D), (K, RANK), (n, K)))
    return x.to(dtype), (0.2 * A).to(dtype), (0.01 * B).to(dtype), pull.to(dtype)


def values(x, A, B, pull, **options):
    """The output and the gradients of x, A, B and log R."""
    log_radius = torch.tensor([0.5 * torch.log(torch.tensor(D / C, dtype=torch.float64))], requires_grad=True)
    leaves = [tensor.clone().requires_grad_(True) for tensor in (x, A, B)]
    out = delta(*leaves, variant="exact", log_radius=log_radius, **options)
    (out * pull).sum().backward()
    return out.detach(), *(leaf.grad for leaf in leaves), log_radius.grad


def test_beyond_it_a_token_is_loras_forward_and_backward():
    x, A, B, pull = draw(9)
    u = x.norm(dim=1) / D**0.5
    beyond = u > 6.0
    assert 2 < int(beyond.sum()) < 7
    mixed = values(x, A, B, pull, lora_beyond=6.0)
    short = values(x[~beyond], A, B, pull[~beyond])
    long = [tensor.clone().requires_grad_(True) for tensor in (x[beyond], A, B)]
    plain = long[0] @ long[1].T @ long[2].T
    (plain * pull[beyond]).sum().backward()
    assert torch.allclose(mixed[0][~beyond], short[0], rtol=1e-12) and torch.allclose(mixed[0][beyond], plain.detach(), rtol=1e-12)
    assert torch.allclose(mixed[1][~beyond], short[1], rtol=1e-10) and torch.allclose(mixed[1][beyond], long[0].grad, rtol=1e-10)
    assert torch.allclose(mixed[2], short[2] + long[1].grad, rtol=1e-10)
    assert torch.allclose(mixed[3], short[3] + long[2].grad, rtol=1e-10)
    assert torch.allclose(mixed[4], short[4], rtol=1e-10)  # LoRA has no radius


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_with_and_without_gradients_and_token_by_token_it_is_the_same(dtype):
    x, A, B, pull = draw(9, dtype=dtype)
    trained = values(x, A, B, pull, lora_beyond=6.0)[0]
    radius = 0.5 * torch.log(torch.tensor([D / C], dtype=torch.float64))
    with torch.no_grad():
        whole = delta(x, A, B, variant="exact", log_radius=radius, lora_beyond=6.0)
        single = torch.cat([delta(row[None], A, B, variant="exact", log_radius=radius, lora_beyond=6.0) for row in x])
    close = {"rtol": 1e-5, "atol": 1e-7} if dtype is torch.float32 else {"rtol": 3e-2, "atol": 1e-2}
    assert torch.allclose(whole, trained, **close) and torch.allclose(single, trained, **close)


def test_none_and_a_length_that_no_token_has_change_nothing():
    x, A, B, pull = draw(9)
    for one, other in zip(values(x, A, B, pull), values(x, A, B, pull, lora_beyond=1e6), strict=True):
        assert torch.equal(one, other)


def test_the_probe_counts_them_and_shows_gain_1(make_base, ids):
    model = attach_adapters(make_base(), {"hyplora": HypLoraConfig(r=2, c=1e4, lora_beyond=6.0)}, seed=0)
    with probe(model) as watching, torch.no_grad():
        model(input_ids=ids)
    entry = watching.summary().of("hyplora")
    for layer in entry.layers:
        tokens = watching.tokens("hyplora", layer.layer)
        assert layer.n_as_lora == int((tokens.u > 6.0).sum()) and (tokens.gain[tokens.u > 6.0] == 1.0).all()
    assert entry.overall.n_as_lora == sum(layer.n_as_lora for layer in entry.layers) > 0
    assert entry.overall.n_capped == 0


def test_it_is_saved_with_the_adapter_and_a_folder_without_it_has_none(make_base, tmp_path, ids):
    import json

    model = attach_adapters(make_base(), {"hyplora": HypLoraConfig(r=2, c=1e4, lora_beyond=6.0)}, seed=0)
    save_adapter(model, "hyplora", tmp_path / "a", base_fingerprint="f", method="hyplora", run_id=None)
    loaded = PeftModel.from_pretrained(make_base(), tmp_path / "a")
    assert loaded.peft_config["default"].lora_beyond == 6.0
    config = json.loads((tmp_path / "a" / "adapter_config.json").read_text(encoding="utf-8"))
    assert config.pop("lora_beyond") == 6.0
    (tmp_path / "a" / "adapter_config.json").write_text(json.dumps(config), encoding="utf-8")
    assert PeftModel.from_pretrained(make_base(), tmp_path / "a").peft_config["default"].lora_beyond is None


@pytest.mark.parametrize("bad", [0.0, -1.0, float("nan"), float("inf"), 10**400, True, "6"])
def test_a_length_must_be_a_number_above_0(bad):
    with pytest.raises(AdapterError, match="lora_beyond is a length in radii above 0"):
        HypLoraConfig(r=2, lora_beyond=bad)


def test_the_releases_have_no_radius_to_count_in():
    with pytest.raises(AdapterError, match=r"has no radius for lora_beyond=6.0 to count in; leave it at None"):
        HypLoraConfig(r=2, variant="official", lora_beyond=6.0)
