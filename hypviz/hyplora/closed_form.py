"""The HypLoRA update: LoRA times one scalar gain per token (arXiv 2410.04010v2, eqs. 5 to 8, in closed form).

    delta(x) = log_o( LLR(B A, exp_o(x)) ) = g(u, p) * B A x,      u = |x|/R,   p = |B A x|/R,

with the g that a variant in `hypviz.gains` gives. Tokens with u above `lora_beyond`, if it is given, have g = 1: the formula would give
them an update as long as they are themselves, however small B is, and a gradient to match.

In: x (..., d), A (r, d), B (k, r) as PEFT keeps them. Out: (..., k). Norms and the gain are float64 whatever the dtype of x;
finite forward and backward wherever B A x itself is. Training saves x, A x, three float64 numbers per token and B^T B; without
gradients the norm of the output is taken directly. Does not choose the gain or R by variant (`delta` does), merge, store or adapt anything.
"""

from __future__ import annotations

import math
import sys
from numbers import Real
from typing import Any

import torch
from jaxtyping import Float, Float64
from torch import Tensor
from torch.nn.functional import linear

from hypviz.errors import AdapterError
from hypviz.gains import GAIN_CAP, RadialGain
from hypviz.hyplora.norms import gram_matrix, in_float64, norms, norms_through, shared_norms
from hypviz.records.hyplora import LARGEST_CURVATURE


def require_curvature(c: object) -> None:
    """`AdapterError` unless c is a number above 0 and at most `LARGEST_CURVATURE`, beyond which 1/R^2 overflows in the gradients."""
    if isinstance(c, bool) or not isinstance(c, Real):
        raise AdapterError(f"The curvature c must be a plain number, but got c={c!r}; write for example c=1.0.")
    if not 0 < c <= LARGEST_CURVATURE:
        largest = f" and at most {LARGEST_CURVATURE:g}" if c > LARGEST_CURVATURE else ""
        raise AdapterError(f"HypLoRA needs a finite curvature c above 0{largest} but got c={shown(c)}; for c = 0 use LoRA.")


def log_radius_from_curvature(c: float | Float[Tensor, "..."], *, d: int, wide: bool) -> Float64[Tensor, "1"]:
    """log R in float64, shape (1,): R = sqrt(d/c) if `wide` (u is then sqrt(c) times the RMS of x), 1/sqrt(c) as printed."""
    if not isinstance(c, Tensor):
        require_curvature(c)
    curvature = torch.as_tensor(c, dtype=torch.float64).reshape(1)
    return 0.5 * ((math.log(d) if wide else 0.0) - torch.log(curvature))


def curvature_from_log_radius(log_radius: float, *, d: int, wide: bool) -> float:
    """The inverse of `log_radius_from_curvature`."""
    return (d if wide else 1) * math.exp(-2.0 * log_radius)


def require_lora_beyond(lora_beyond: object) -> None:
    """`AdapterError` unless it is None or a finite number above 0."""
    if lora_beyond is None:
        return
    if isinstance(lora_beyond, bool) or not isinstance(lora_beyond, Real) or not 0 < lora_beyond <= sys.float_info.max:
        raise AdapterError(f"lora_beyond is a length in radii above 0, or None for no such length, but got {shown(lora_beyond)}; try 6.0.")


def shown(value: object) -> str:
    """As Python writes it, an integer of hundreds of digits as a power of ten."""
    return f"about 1e{len(str(value)) - 1}" if isinstance(value, int) and value > sys.float_info.max else repr(value)


def closed_form(
    x: Float[Tensor, "*batch d"],
    A: Float[Tensor, "r d"],
    B: Float[Tensor, "k r"],
    *,
    gain: RadialGain,
    log_radius: Float[Tensor, "1"],
    lora_beyond: float | None = None,
    scaling: float = 1.0,
    onto: Float[Tensor, "*batch k"] | None = None,
) -> Float[Tensor, "*batch k"]:
    """scaling * g * B A x of shape (..., k), added to `onto` if given; log R has shape (1,).

    The products run in the autocast dtype, else in that of A; float16, which ends at 65,504, counts as float32. Adding and scaling
    happen inside the low-rank product, which saves the passes over (..., k) that a separate product, scaling and sum would take.
    """
    dtype = torch.get_autocast_dtype(x.device.type) if torch.is_autocast_enabled(x.device.type) else A.dtype
    if dtype is torch.float16:
        with torch.autocast(x.device.type, enabled=False):
            return closed_form(
                x, A.float(), B.float(), gain=gain, log_radius=log_radius, lora_beyond=lora_beyond, scaling=scaling, onto=onto
            )
    if onto is not None and onto.dtype != dtype:
        return onto + closed_form(x, A, B, gain=gain, log_radius=log_radius, lora_beyond=lora_beyond, scaling=scaling)
    rows = x.reshape(-1, x.shape[-1]).to(dtype)
    sums = None if onto is None else onto.reshape(-1, B.shape[0])
    compute = _Gained.apply if torch.is_grad_enabled() else _direct
    given = sums, rows, A.to(dtype), B.to(dtype), log_radius, shared_norms(x, rows), scaling, lora_beyond, gain
    return compute(*given).reshape(*x.shape[:-1], B.shape[0])


def _direct(
    onto: Tensor | None,
    x: Tensor,
    A: Tensor,
    B: Tensor,
    log_radius: Tensor,
    size_in: Tensor,
    scaling: float,
    lora_beyond: float | None,
    gain: RadialGain,
) -> Tensor:
    """Without gradients the output is there anyway, so its norm costs less than a Gram matrix."""
    plain = linear(linear(x, A), B)
    size_out = norms(plain)
    # a decoding step: Python numbers beat a dozen tiny tensor operations
    if gain.number is not None and len(x) == 1 and x.device.type == "cpu" and not torch.compiler.is_compiling():
        radius = math.exp(log_radius.item())
        u = size_in.item() / radius
        factor = scaling if lora_beyond is not None and u > lora_beyond else scaling * gain.number(u, size_out.item() / radius)
        return plain.mul_(factor) if onto is None else torch.add(onto, plain, alpha=factor)
    inverse = torch.exp(-in_float64(log_radius))
    g = _bounded(gain, size_in * inverse, size_out * inverse, lora_beyond)
    g = g.mul_(scaling).unsqueeze(-1).to(torch.promote_types(plain.dtype, torch.float32)).to(plain.device)
    return (plain * g).to(plain.dtype) if onto is None else torch.addcmul(onto, plain, g.to(plain.dtype))


def _bounded(gain: RadialGain, u: Tensor, p: Tensor, lora_beyond: float | None) -> Tensor:
    """The gain, at most `GAIN_CAP`, and 1 where u is above `lora_beyond`."""
    g = gain.capped(u, p)
    return g if lora_beyond is None else torch.where(u > lora_beyond, 1.0, g)


class _Gained(torch.autograd.Function):
    """The same value with a backward pass that needs only rank-r tensors and three numbers per token besides x."""

    @staticmethod
    def forward(
        ctx: Any,
        onto: Tensor | None,
        x: Tensor,
        A: Tensor,
        B: Tensor,
        log_radius: Tensor,
        size_in: Tensor,
        scaling: float,
        lora_beyond: float | None,
        gain: RadialGain,
    ) -> Tensor:
        low = linear(x, A)
        inverse = torch.exp(-log_radius.double())
        gram = gram_matrix(B)
        u, p = size_in * inverse, norms_through(gram, low.double()).mul_(inverse)
        g = _bounded(gain, u, p, lora_beyond)
        ctx.save_for_backward(x, A, B, log_radius, low, gram, inverse, u, p, g)
        ctx.lora_beyond, ctx.slopes = lora_beyond, gain.slopes
        ctx.scaling = scaling
        gained = low * (g * scaling).unsqueeze(-1).to(low.dtype)
        return linear(gained, B) if onto is None else torch.addmm(onto, gained, B.T)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        """By the chain rule on log g; the part of the gradient of B that comes from |B A x| is B times an (r, r) matrix."""
        if torch.is_grad_enabled():
            raise AdapterError("HypLoRA has no second derivative; call backward without create_graph=True.")
        x, A, B, log_radius, low, gram, inverse, u, p, g = ctx.saved_tensors
        needs_sum, needs_x, needs_a, needs_b, needs_radius, *_ = ctx.needs_input_grad
        wide, pull, factor = low.double(), (grad @ B).double(), g * ctx.scaling
        slopes, inverse2 = ctx.slopes(u, p, g), inverse.square()
        moves = g < GAIN_CAP if ctx.lora_beyond is None else (g < GAIN_CAP) & (u <= ctx.lora_beyond)
        weight = torch.linalg.vecdot(pull, wide).mul_(factor).mul_(moves)  # dL / d log g, 0 where g is capped or set to 1
        turned = wide * (weight * slopes.by_output_over_p2).mul_(inverse2).unsqueeze(-1)
        grad_low = pull.mul_(factor.unsqueeze(-1)).addmm_(turned, gram).to(x.dtype)
        grad_x = grad_a = grad_b = grad_radius = None
        if needs_x:
            along = (weight * slopes.by_input_over_u2).mul_(inverse2).unsqueeze(-1)
            grad_x = (grad_low @ A).addcmul_(x, along.to(x.dtype))
        if needs_a:
            grad_a = grad_low.T @ x
        if needs_b:
            grad_b = torch.addmm(B @ (wide.T @ turned).to(B.dtype), grad.T, low * factor.unsqueeze(-1).to(low.dtype))
        if needs_radius:
            grad_radius = torch.dot(weight, slopes.by_radius).reshape(log_radius.shape).to(log_radius.dtype)
        return grad if needs_sum else None, grad_x, grad_a, grad_b, grad_radius, None, None, None, None
