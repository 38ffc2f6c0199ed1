"""The laws of the update: against its definition at 60 digits, against geoopt, and where it must be LoRA or nothing at all."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from hypviz.errors import AdapterError
from hypviz.gains import GAIN_CAP
from hypviz.hyplora import delta
from hypviz.hyplora.norms import shared_norms
from tests.hyplora import oracle

CLOSED = ("exact", "paper")
D, RANK, OUT = 12, 3, 7


def weights(dtype=torch.float64, *, b=0.3, seed=0, d=D, r=RANK, k=OUT):
    generator = torch.Generator().manual_seed(seed)
    A = torch.randn(r, d, generator=generator, dtype=torch.float64) / math.sqrt(d)
    B = b * torch.randn(k, r, generator=generator, dtype=torch.float64)
    return A.to(dtype), B.to(dtype)


def tokens(norm: float, n=5, *, dtype=torch.float64, seed=1, d=D):
    x = torch.randn(n, d, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    return (norm * x / x.norm(dim=-1, keepdim=True)).to(dtype)


@pytest.mark.parametrize("variant", CLOSED)
@pytest.mark.parametrize("c", [0.25, 1.0, 4.0])
@pytest.mark.parametrize("norm", [1e-6, 0.3, 5.0, 60.0])
def test_value_agrees_with_the_definition_at_60_digits(variant, c, norm):
    x, (A, B) = tokens(norm), weights()
    truth = oracle.delta(x, A, B, radius=oracle.radius_of(c, D, variant))
    torch.testing.assert_close(delta(x, A, B, variant=variant, c=c), truth, rtol=1e-12, atol=0)
    with torch.no_grad():
        torch.testing.assert_close(delta(x, A, B, variant=variant, c=c), truth, rtol=1e-12, atol=0)


@pytest.mark.parametrize("norm", [1e-3, 1.0, 8.0, 30.0, 1e4])
@pytest.mark.parametrize("b", [1e-3, 0.1])
def test_the_gain_of_float32_inputs_is_good_to_2e_7(norm, b):
    """The matrix products round as LoRA's do; the gain between them must not."""
    x, (A, B) = tokens(norm, dtype=torch.float32), weights(torch.float32, b=b)
    low = x @ A.T
    for row, token in enumerate(x):
        size = (low[row].double() @ B.double().T).norm()
        truth = oracle.gain(float(token.double().norm()), float(size), 1.0)
        if truth < 1e15:
            found = delta(x, A, B, variant="paper", c=1.0)[row].double().norm() / (low[row].double() @ B.double().T).norm()
            assert float(found) == pytest.approx(float(truth), rel=2e-7)


@pytest.mark.parametrize("c", [0.25, 1.0, 4.0])
@pytest.mark.parametrize("norm", [0.1, 1.0, 3.0])
def test_agrees_with_geoopt_and_lies_on_the_hyperboloid(c, norm):
    import geoopt

    manifold = geoopt.Lorentz(k=torch.tensor(1 / c, dtype=torch.float64))
    x, (A, B) = tokens(norm), weights()
    lifted = manifold.expmap0(torch.cat([torch.zeros(len(x), 1, dtype=x.dtype), x], dim=1))
    space = lifted[:, 1:] @ A.T @ B.T
    moved = torch.cat([torch.sqrt(space.square().sum(1, keepdim=True) + 1 / c), space], dim=1)
    assert torch.allclose(moved[:, 1:].square().sum(1) - moved[:, 0].square(), torch.full((len(x),), -1 / c, dtype=x.dtype), atol=1e-9)
    assert manifold.check_point_on_manifold(moved)
    torch.testing.assert_close(delta(x, A, B, variant="paper", c=c), manifold.logmap0(moved)[:, 1:], rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("c", [0.25, 4.0])
def test_the_route_through_the_tangent_space_is_only_lora(c):
    """exp_o, then log_o, B A, exp_o, then log_o: the inner maps cancel, whatever the curvature."""
    import geoopt

    manifold = geoopt.Lorentz(k=torch.tensor(1 / c, dtype=torch.float64))
    x, (A, B) = tokens(2.0), weights()
    zero = torch.zeros(len(x), 1, dtype=x.dtype)
    tangent = manifold.logmap0(manifold.expmap0(torch.cat([zero, x], dim=1)))[:, 1:]
    back = manifold.logmap0(manifold.expmap0(torch.cat([zero, tangent @ A.T @ B.T], dim=1)))[:, 1:]
    torch.testing.assert_close(back, x @ A.T @ B.T, rtol=1e-9, atol=1e-12)
    assert not torch.allclose(delta(x, A, B, variant="paper", c=c), back, rtol=1e-2)


@pytest.mark.parametrize("variant", CLOSED)
def test_flat_space_is_lora_bit_for_bit_with_its_gradients(variant):
    ours = [t.requires_grad_() for t in (tokens(9.0, dtype=torch.float32), *weights(torch.float32))]
    theirs = [t.detach().clone().requires_grad_() for t in ours]
    update, lora = delta(*ours, variant=variant, c=1e-12), theirs[0] @ theirs[1].T @ theirs[2].T
    assert torch.equal(update, lora)
    pull = torch.linspace(-1, 1, OUT)
    (update * pull).sum().backward()
    (lora * pull).sum().backward()
    for mine, plain in zip(ours, theirs, strict=True):
        torch.testing.assert_close(mine.grad, plain.grad, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("norm", [0.0, 1e-6, 1.0, 1e4])
def test_zero_b_gives_exactly_nothing_but_a_gradient_for_b(dtype, norm):
    x, (A, _) = tokens(norm, dtype=dtype), weights(dtype)
    B = torch.zeros(OUT, RANK, dtype=dtype, requires_grad=True)
    update = delta(x, A, B, variant="exact", c=1.0)
    assert torch.equal(update, torch.zeros_like(update))
    update.sum().backward()
    assert torch.isfinite(B.grad).all()
    assert bool(B.grad.any()) == (norm > 0)


@pytest.mark.parametrize("variant", CLOSED)
@given(log_c=st.floats(-3, 3), log_norm=st.floats(-4, 4), seed=st.integers(0, 99))
@settings(max_examples=30, deadline=None)
def test_an_isometry_is_left_alone(variant, log_c, log_norm, seed):
    """|B A x| = |x| has gain 1 for every R."""
    turn, _ = torch.linalg.qr(torch.randn(D, D, generator=torch.Generator().manual_seed(seed), dtype=torch.float64))
    x = tokens(10**log_norm)
    found = delta(x, turn, torch.eye(D, dtype=torch.float64), variant=variant, c=10**log_c)
    torch.testing.assert_close(found, x @ turn.T, rtol=1e-9, atol=0)


@given(log_scale=st.floats(-2, 2), log_c=st.floats(-1, 1), seed=st.integers(0, 99))
@settings(max_examples=30, deadline=None)
def test_a_norm_scale_and_a_curvature_are_the_same_parameter(log_scale, log_c, seed):
    scale, c, x, (A, B) = 10**log_scale, 10**log_c, tokens(0.7, seed=seed), weights(seed=seed)
    zoomed = delta(scale * x, A, B, variant="paper", c=c) / scale
    torch.testing.assert_close(zoomed, delta(x, A, B, variant="paper", c=c * scale**2), rtol=1e-9, atol=0)


@pytest.mark.parametrize("variant", CLOSED)
@given(log_c=st.floats(-1, 1), log_u=st.floats(-4, -1.5), b=st.floats(0.0, 1.0), seed=st.integers(0, 99))
@settings(max_examples=40, deadline=None)
def test_first_order_law_of_the_update(variant, log_c, log_u, b, seed):
    """delta = B A x (1 + (|x|^2 - |B A x|^2)/(6 R^2)) up to fourth order in |x|/R."""
    c, u, (A, B) = 10**log_c, 10**log_u, weights(b=b, seed=seed)
    radius = oracle.radius_of(c, D, variant)
    x = tokens(u * radius, seed=seed)
    lora = x @ A.T @ B.T
    q = (lora.norm(dim=-1, keepdim=True) / x.norm(dim=-1, keepdim=True)).max().item()
    expected = lora * (1 + (x.square().sum(-1, keepdim=True) - lora.square().sum(-1, keepdim=True)) / (6 * radius**2))
    fourth = u**4 * (1 + q**4)
    assert (delta(x, A, B, variant=variant, c=c) - expected).norm() <= (fourth + 1e-14) * lora.norm()


@pytest.mark.parametrize("mode", ["float32", "bfloat16", "bfloat16 tokens", "autocast"])
@pytest.mark.parametrize("variant", CLOSED)
@pytest.mark.parametrize("b", [0.0, 1e-3, 0.1])
def test_finite_everywhere(mode, variant, b):
    """Every decade of norms from 1e-6 to 1e4 and K from 0.01 to 100; with bfloat16 tokens or under autocast the adapter is float32."""
    dtype = torch.bfloat16 if mode.startswith("bfloat16") else torch.float32
    kept = torch.bfloat16 if mode == "bfloat16" else torch.float32
    for norm in (0.0, *(10.0**decade for decade in range(-6, 5))):
        for c in (0.01, 0.1, 1.0, 10.0, 100.0):
            log_c = torch.tensor([math.log(c)], requires_grad=True)
            parts = [t.requires_grad_() for t in (tokens(norm, dtype=dtype), *weights(kept, b=b))]
            with torch.autocast("cpu", dtype=torch.bfloat16, enabled=mode == "autocast"):
                update = delta(*parts, variant=variant, c=log_c.exp())
            update.float().square().sum().add(update.float().sum()).backward()
            assert torch.isfinite(update).all(), (norm, c)
            for part in (*parts, log_c):
                assert torch.isfinite(part.grad).all(), (norm, c, part.shape)


def test_where_the_gain_is_capped_it_is_constant():
    x, (A, _) = tokens(50.0).requires_grad_(), weights()
    B = torch.full((OUT, RANK), 1e-30, dtype=torch.float64, requires_grad=True)
    log_radius = torch.zeros(1, dtype=torch.float64, requires_grad=True)
    delta(x, A, B, variant="paper", log_radius=log_radius).sum().backward()
    assert log_radius.grad.item() == 0.0
    torch.testing.assert_close(B.grad, GAIN_CAP * (x.detach() @ A.T).sum(0).expand(OUT, -1), rtol=1e-9, atol=0)


def test_norms_are_shared_only_while_the_tensor_is_the_same():
    x = torch.randn(300, 400, generator=torch.Generator().manual_seed(0))
    first = shared_norms(x, x)
    assert shared_norms(x, x) is first
    torch.testing.assert_close(first, x.double().norm(dim=-1), rtol=1e-14, atol=0)
    x.mul_(2.0)
    torch.testing.assert_close(shared_norms(x, x), 2.0 * first, rtol=1e-14, atol=0)
    torch.testing.assert_close(shared_norms(x, x.bfloat16()), x.bfloat16().double().norm(dim=-1), rtol=1e-14, atol=0)
    torch.testing.assert_close(shared_norms(x, x), 2.0 * first, rtol=1e-14, atol=0)
    other = 3.0 * x
    torch.testing.assert_close(shared_norms(other, other), 6.0 * first, rtol=1e-6, atol=0)


@pytest.mark.parametrize("variant", CLOSED)
@pytest.mark.parametrize("norm,b", [(1e-3, 0.3), (2.0, 0.3), (2.0, 0.0), (60.0, 0.05), (60.0, 3.0)])
def test_gradcheck(variant, norm, b):
    x, (A, B) = tokens(norm, n=3), weights(b=b)
    c = torch.tensor([0.5], dtype=torch.float64)
    inputs = [t.requires_grad_() for t in (x, A, B, c)]
    assert torch.autograd.gradcheck(lambda x, A, B, c: delta(x, A, B, variant=variant, c=c), inputs, rtol=1e-4, atol=1e-6)


def test_only_what_is_asked_gets_a_gradient():
    x, (A, B) = tokens(1.0), weights()
    delta(x, A, B.requires_grad_(), variant="exact", c=1.0).sum().backward()
    assert x.grad is None and A.grad is None and B.grad is not None


def test_a_second_derivative_is_refused_instead_of_being_wrong():
    x, (A, B) = tokens(1.0).requires_grad_(), weights()
    with pytest.raises(AdapterError, match="no second derivative"):
        torch.autograd.grad(delta(x, A, B, variant="exact", c=1.0).sum(), x, create_graph=True)


def test_training_saves_three_numbers_per_token_and_one_small_matrix_more_than_lora():
    def saved(run) -> int:
        seen: dict[int, int] = {}

        def note(t):
            seen[t.data_ptr()] = t.numel() * t.element_size()
            return t

        with torch.autograd.graph.saved_tensors_hooks(note, lambda t: t):
            keep = run()
        assert keep.requires_grad
        return sum(seen.values())

    n, d, r = 1024, 576, 32
    x = torch.randn(n, d, requires_grad=True)
    A, B = torch.randn(r, d, requires_grad=True), torch.zeros(d, r, requires_grad=True)
    lora = saved(lambda: torch.nn.functional.linear(torch.nn.functional.linear(x, A), B))
    ours = saved(lambda: delta(x, A, B, variant="exact", c=1.0))
    assert ours <= lora + 24 * n + 8 * r * r + 16


def test_shapes_and_empty_batches():
    A, B = weights()
    x = tokens(1.0, n=6).reshape(2, 3, D)
    assert delta(x, A, B, variant="exact", c=1.0).shape == (2, 3, OUT)
    torch.testing.assert_close(
        delta(x, A, B, variant="exact", c=1.0)[1, 2], delta(x[1, 2], A, B, variant="exact", c=1.0), rtol=1e-12, atol=0
    )
    assert delta(x[:0], A, B, variant="exact", c=1.0).shape == (0, 3, OUT)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("shape", [(1,), (4,), (2, 3)])
@pytest.mark.parametrize("grad", [False, True])
def test_adding_onto_the_base_output_is_the_same_as_adding_afterwards(dtype, shape, grad):
    x, (A, B) = tokens(4.0, n=math.prod(shape), dtype=dtype).reshape(*shape, D), weights(dtype)
    onto = torch.linspace(-1, 1, math.prod(shape) * OUT, dtype=dtype).reshape(*shape, OUT)
    before = onto.clone()
    with torch.set_grad_enabled(grad):
        found = delta(x, A, B, variant="exact", c=2.0, scaling=1.7, onto=onto)
        separate = onto + 1.7 * delta(x, A, B, variant="exact", c=2.0)
    torch.testing.assert_close(
        found, separate, rtol=1e-6 if dtype is torch.float32 else 1e-13, atol=1e-6 if dtype is torch.float32 else 1e-13
    )
    assert torch.equal(onto, before)
    with torch.set_grad_enabled(grad):
        assert torch.equal(delta(x, A, torch.zeros_like(B), variant="exact", c=2.0, scaling=1.7, onto=onto), onto)


def test_gradcheck_onto_a_base_output_with_a_scale():
    x, (A, B) = tokens(2.0, n=3), weights()
    onto, log_radius = torch.randn(3, OUT, dtype=torch.float64), torch.tensor([0.3], dtype=torch.float64)
    inputs = [t.requires_grad_() for t in (onto, x, A, B, log_radius)]

    def run(onto, x, A, B, log_radius):
        return delta(x, A, B, variant="paper", log_radius=log_radius, scaling=-2.5, onto=onto)

    assert torch.autograd.gradcheck(run, inputs, rtol=1e-4, atol=1e-6)


def test_an_unknown_variant_is_one_sentence():
    with pytest.raises(AdapterError, match="no variant 'tangent'; choose one of exact, "):
        delta(tokens(1.0), *weights(), variant="tangent", c=1.0)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"variant": "exact"}, "needs either the curvature c or log_radius"),
        ({"variant": "exact", "c": 1.0, "log_radius": torch.zeros(1)}, "needs either the curvature c or log_radius"),
        ({"variant": "paper", "c": 0.0}, "finite curvature c above 0"),
        ({"variant": "paper", "c": 1.0, "k": 1.0}, "takes no k"),
        ({"variant": "official", "c": 1.0}, "takes no c"),
        ({"variant": "official"}, "needs its raw curvature parameter k"),
        ({"variant": "official-simplified", "k": 1.0, "n": 2.0}, "takes no n"),
    ],
)
def test_parameters_of_another_variant_are_refused(options, sentence):
    with pytest.raises(AdapterError, match=sentence):
        delta(tokens(1.0), *weights(), **options)
