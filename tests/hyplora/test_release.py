"""The releases' variants against numbers from the releases, and the defects that the project shows instead of hiding."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from torch.nn.functional import softplus

from hypviz.errors import AdapterError
from hypviz.hyplora import (
    HypLoraConfig,
    attach_adapters,
    calibrate_radius,
    delta,
    load_adapter,
    peft_name,
    probe,
    save_adapter,
    use_adapter,
)
from hypviz.hyplora.release import v1

VECTORS = load_file(Path(__file__).with_name("official_vectors.safetensors"))
CASES = sorted({name.partition(".")[0] for name in VECTORS})


def case(name: str) -> dict[str, torch.Tensor]:
    return {key.partition(".")[2]: value for key, value in VECTORS.items() if key.startswith(name + ".")}


def output_norm(size: float, k: float) -> float:
    """|official| for |v| = `size` where v = B A x_s: d = 1, A = 1, B scaled to give that v."""
    root = math.sqrt(float(softplus(torch.tensor(k))) + 1e-6)
    lifted = root * math.sinh(1.0 / root)
    one = torch.ones(1, 1)
    return float(delta(one, one, one * (size / lifted), variant="official", k=k, n=1.0).abs())


@pytest.mark.parametrize("name", CASES)
def test_official_agrees_with_the_release(name):
    """To 1e-5, or where theta is nearly 1 to two float32 roundings of theta, which the release's cancellation enlarges."""
    given = case(name)
    found = delta(given["x"], given["A"], given["B"], variant="official", k=given["k"], n=given["n"])
    size = given["official"].norm(dim=-1)
    excess = torch.cosh(size / (softplus(given["k"]) + 1e-6).sqrt()) - 1.0  # theta - 1
    allowed = size * (1e-5 + 2.5e-7 / excess.clamp(min=1e-6))
    assert ((found - given["official"]).norm(dim=-1) <= allowed).all()
    assert (size > 0).any() == bool(given["B"].any())


@pytest.mark.parametrize("name", CASES)
def test_the_simplified_release_agrees_too(name):
    given = case(name)
    found = delta(given["x"], given["A"], given["B"], variant="official-simplified", k=given["k"])
    expected = given["official_simplified"]
    assert ((found - expected).norm(dim=-1) <= 1e-5 * expected.norm(dim=-1)).all() and found.any() == given["B"].any()


@pytest.mark.parametrize("variant", ["official", "official-simplified"])
def test_the_releases_stay_in_float32_under_autocast(variant):
    given = case(CASES[-1])
    parts = given["x"], given["A"], given["B"]
    with torch.autocast("cpu", dtype=torch.bfloat16):
        found = delta(*parts, variant=variant, k=given["k"])
    assert torch.equal(found, delta(*parts, variant=variant, k=given["k"]))


def test_the_shipped_curvature_has_a_dead_zone():
    sizes = torch.linspace(0.01, 0.74, 20).tolist()
    norms = [output_norm(size, 1.0) for size in sizes]
    assert max(norms) == pytest.approx(min(norms), rel=1e-4) and norms[0] == pytest.approx(1.6e-3, rel=0.05)
    assert output_norm(0.76, 1.0) > 50 * norms[0]
    B = torch.tensor([[0.2]], requires_grad=True)
    delta(torch.ones(1, 1), torch.ones(1, 1), B, variant="official", k=1.0, n=1.0).sum().backward()
    assert abs(B.grad.item()) < 1e-6


def test_a_smaller_curvature_has_a_jump_at_zero():
    assert output_norm(1e-4, 0.5) == pytest.approx(0.227, abs=0.002)
    assert output_norm(0.0, 0.5) == 0.0


@pytest.mark.parametrize(("d", "times"), [(576, 764), (3584, 306)])
def test_the_first_gradient_of_b_is_hundreds_of_times_loras(d, times):
    x = torch.randn(8, d, generator=torch.Generator().manual_seed(0))
    A = torch.randn(4, d, generator=torch.Generator().manual_seed(1)) / math.sqrt(d)
    B = torch.zeros(d, 4, requires_grad=True)
    pull = torch.randn(8, d, generator=torch.Generator().manual_seed(2))
    (official,) = torch.autograd.grad((delta(x, A, B, variant="official", k=1.0) * pull).sum(), B)
    (lora,) = torch.autograd.grad((x @ A.T @ B.T * pull).sum(), B)
    assert float(official.norm() / lora.norm()) == pytest.approx(times, rel=0.05)


def test_the_release_is_not_the_closed_form():
    given = case(CASES[-1])
    curvature = 1.0 / float(softplus(given["k"]) + 1e-6)
    closed = delta(given["x"], given["A"], given["B"], variant="paper", c=curvature)
    official = delta(given["x"], given["A"], given["B"], variant="official", k=given["k"], n=1.0)
    assert not torch.allclose(closed, official, rtol=0.05)


def test_the_first_version_forgets_the_length_of_every_token():
    x = torch.randn(5, 6, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    A, B = torch.randn(3, 7, dtype=torch.float64), torch.randn(4, 4, dtype=torch.float64)
    assert v1(x, A, B).shape == (5, 4)
    torch.testing.assert_close(v1(17.0 * x, A, B), v1(x, A, B), rtol=1e-12, atol=0)
    unit = x / x.norm(dim=-1, keepdim=True)
    point = torch.cat([torch.full((5, 1), math.cosh(1.0), dtype=torch.float64), math.sinh(1.0) * unit], dim=-1)
    torch.testing.assert_close(point[:, :1] ** 2 - point[:, 1:].square().sum(-1, keepdim=True), torch.ones(5, 1, dtype=torch.float64))
    middle = point @ A.T
    space = torch.cat([(1 + middle.square().sum(-1, keepdim=True)).sqrt(), middle], dim=-1) @ B.T
    size = space.norm(dim=-1, keepdim=True)
    torch.testing.assert_close(v1(x, A, B), torch.arccosh((1 + size**2).sqrt()) * space / size, rtol=1e-9, atol=0)


@pytest.mark.parametrize("variant", ["official", "official-simplified"])
def test_a_model_trains_saves_and_loads_the_releases_geometry(make_base, ids, tmp_path, variant):
    model = attach_adapters(make_base("llama"), {"released": HypLoraConfig(r=2, variant=variant)}, seed=0)
    geometry = {name.rpartition(".lora_")[2].partition(".")[0] for name, _ in model.named_parameters() if "official" in name}
    assert geometry == ({"official_k", "official_n"} if variant == "official" else {"official_k"})
    for name, parameter in model.named_parameters():
        if "lora_B" in name:
            parameter.data.normal_(generator=torch.Generator().manual_seed(3)).mul_(0.3)
    model(input_ids=ids, labels=ids).loss.backward()
    grads = {name: p.grad for name, p in model.named_parameters() if p.requires_grad}
    assert all(grad is not None and torch.isfinite(grad).all() for grad in grads.values())
    assert any(grad.abs().max() > 0 for name, grad in grads.items() if "official_k" in name)
    with torch.no_grad(), probe(model) as seen:
        logits = model(input_ids=ids).logits
    found = seen.summary().of("released")
    assert found.hyperbolic and found.overall.u is None and found.overall.gain.minimum > 0
    save_adapter(model, "released", tmp_path / "folder", base_fingerprint="0" * 64, method="hyplora", run_id=None)
    again = load_adapter(make_base("llama"), "released", tmp_path / "folder", base_fingerprint="0" * 64)
    with torch.no_grad(), use_adapter(again, "released"):
        torch.testing.assert_close(again(input_ids=ids).logits, logits, rtol=0, atol=0)
    with pytest.raises(AdapterError, match="has no radius to calibrate"):
        calibrate_radius(model, ids)


def test_a_fixed_release_keeps_its_k_and_n(make_base):
    model = attach_adapters(make_base("llama"), {"fixed": HypLoraConfig(r=2, variant="official", learn_c=False, official_k=0.5)}, seed=0)
    held = {name: p for name, p in model.named_parameters() if "official" in name}
    assert held and not any(p.requires_grad for p in held.values())
    layer = next(m for m in model.modules() if hasattr(m, "lora_official_k"))
    assert layer.lora_official_k[peft_name("fixed")].weight.item() == 0.5
    assert layer.lora_official_n[peft_name("fixed")].weight.item() == pytest.approx(layer.in_features**0.5)
