"""The matched three once more, written plainly: what the worker's losses are held against.

Nothing here comes from hypviz's adapters or its worker. The layer is the formula of arXiv 2410.04010v2 (eqs. 5 to 8) in float64 with
torch's own derivatives, the loss is torch's cross-entropy over all logits, the radii and the scales are taken with hooks, and the
optimizer is AdamW on whole batches, one row after the other. In: a causal language model, batches of (ids, first learned position),
settings. Out: the losses of every member.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from peft import LoraConfig, get_peft_model
from torch import Tensor, nn

Row = tuple[list[int], int]
"""Token ids, and how many of them are given; the rest is learned."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Of all three members alike."""

    rank: int
    alpha: float
    lr: float
    warmup: int
    targets: tuple[str, ...]
    seed: int
    longest: float = 3.0
    lora_beyond: float = 6.0
    clip: float = 1.0


class PlainAdapter(nn.Module):
    """W x + s g B A x with g = 1, or HypLoRA's gain at the radius e^log_radius."""

    def __init__(self, base: nn.Linear, A: Tensor, *, scaling: float, radius: float | None, lora_beyond: float) -> None:
        super().__init__()
        self.base, self.scaling, self.lora_beyond = base, scaling, lora_beyond
        self.A, self.B = nn.Parameter(A.clone()), nn.Parameter(torch.zeros(base.out_features, len(A)))
        self.log_radius = None if radius is None else nn.Parameter(torch.tensor([math.log(radius)], dtype=torch.float32))

    def forward(self, x: Tensor) -> Tensor:
        """x (..., d) to (..., k)."""
        plain = x @ self.A.T @ self.B.T
        if self.log_radius is None:
            return self.base(x) + self.scaling * plain
        radius = self.log_radius.double().exp()
        u = x.double().norm(dim=-1, keepdim=True) / radius
        p2 = plain.double().square().sum(dim=-1, keepdim=True) / radius.square()
        g = torch.where(u > self.lora_beyond, torch.ones_like(u), gain(u.clamp(max=self.lora_beyond), p2))
        return self.base(x) + (self.scaling * g * plain.double()).to(x.dtype)


def gain(u: Tensor, p2: Tensor) -> Tensor:
    """arsinh(p k)/p with k = sinh(u)/u, as a function of p squared, so that its derivative exists at p = 0."""
    k = torch.sinh(u) / u
    z = p2 * k.square()
    safe = torch.where(z > 1e-6, p2, torch.ones_like(p2)).sqrt()
    return torch.where(z > 1e-6, torch.asinh(safe * k) / safe, k * (1 - z / 6 + 3 * z.square() / 40))


def losses(model: nn.Module, batches: Sequence[Sequence[Row]], settings: Settings, *, n_steps: int) -> dict[str, list[float]]:
    """One loss a step and member: the mean of -log p over the learned tokens of the batch, before its update.

    The batches may be the first of a run of `n_steps`, over which the learning rate falls.
    """
    model = model.eval().requires_grad_(False)
    starts = initial_weights(model, settings)
    lengths = input_lengths(model, batches[0], tuple(starts))
    radii = {name: float(found.max()) / settings.longest for name, found in lengths.items()}
    ahead = input_lengths(model, batches[min(1, len(batches) - 1)], tuple(starts))
    scales = {name: _start_scale(found / radii[name], settings) for name, found in ahead.items()}
    members: dict[str, Callable[[str], tuple[float, float | None]]] = {
        "lora": lambda name: (1.0, None),
        "scaled-lora": lambda name: (scales[name], None),
        "hyplora": lambda name: (1.0, radii[name]),
    }
    return {method: train(model, batches, settings, starts, of, n_steps) for method, of in members.items()}


def initial_weights(model: nn.Module, settings: Settings) -> dict[str, Tensor]:
    """PEFT's A by layer, drawn with the seed."""
    options = {"r": settings.rank, "target_modules": list(settings.targets), "task_type": "CAUSAL_LM"}
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(settings.seed)
        drawn = get_peft_model(copy.deepcopy(model), LoraConfig(**options))
    found = {name: p.detach().clone() for name, p in drawn.named_parameters() if "lora_A" in name}
    return {name.removeprefix("base_model.model.").partition(".lora_A")[0]: A for name, A in found.items()}


@torch.no_grad()
def input_lengths(model: nn.Module, batch: Sequence[Row], names: tuple[str, ...]) -> dict[str, Tensor]:
    """|x| of every token of the batch before each of the layers, float64."""
    seen: dict[str, list[Tensor]] = {name: [] for name in names}
    handles = [
        model.get_submodule(name).register_forward_pre_hook(lambda _, args, name=name: seen[name].append(args[0].double().norm(dim=-1)[0]))
        for name in names
    ]
    for ids, _ in batch:
        model(torch.tensor([ids]), use_cache=False)
    for handle in handles:
        handle.remove()
    return {name: torch.cat(found) for name, found in seen.items()}


def _start_scale(u: Tensor, settings: Settings) -> float:
    g = torch.where(u > settings.lora_beyond, torch.ones_like(u), torch.sinh(u) / u)
    ordered = g.sort().values
    middle = len(ordered) // 2
    return float(ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2)


def train(
    model: nn.Module,
    batches: Sequence[Sequence[Row]],
    settings: Settings,
    starts: dict[str, Tensor],
    of: Callable[[str], tuple[float, float | None]],
    n_steps: int,
) -> list[float]:
    """The losses of one member, whose layers have the (scale, radius) that `of` gives by name."""
    layers = {}
    for name, A in starts.items():
        scale, radius = of(name)
        base = model.get_submodule(name)
        options = {"scaling": scale * settings.alpha / settings.rank, "radius": radius, "lora_beyond": settings.lora_beyond}
        layers[name] = (base, PlainAdapter(base, A, **options))
        _put(model, name, layers[name][1])
    try:
        own = [[p for p in layer.parameters() if p.requires_grad] for _, layer in layers.values()]
        optimizer = torch.optim.AdamW([p for group in own for p in group], lr=settings.lr, weight_decay=0.0)
        found = []
        for step, batch in enumerate(batches):
            found.append(_backward(model, batch))
            for group in own:
                nn.utils.clip_grad_norm_(group, settings.clip)
            for options in optimizer.param_groups:
                options["lr"] = _rate(step, n_steps, settings)
            optimizer.step()
            optimizer.zero_grad()
        return found
    finally:
        for name, (base, _) in layers.items():
            _put(model, name, base)


def _backward(model: nn.Module, batch: Sequence[Row]) -> float:
    n_learned, total = sum(len(ids) - given for ids, given in batch), 0.0
    for ids, given in batch:
        logits = model(torch.tensor([ids]), use_cache=False).logits[0, given - 1 : -1]
        loss = nn.functional.cross_entropy(logits, torch.tensor(ids[given:]), reduction="sum") / n_learned
        loss.backward()
        total += loss.item()
    return total


def _rate(step: int, steps: int, settings: Settings) -> float:
    if step < settings.warmup:
        return settings.lr * (step + 1) / (settings.warmup + 1)
    return settings.lr * (steps - step) / (steps - settings.warmup)


def _put(model: nn.Module, name: str, module: nn.Module) -> None:
    parent, _, last = name.rpartition(".")
    setattr(model.get_submodule(parent), last, module)
