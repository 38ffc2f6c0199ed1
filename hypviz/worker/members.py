"""The members of a matched run: each with its adapter's parameters, its optimizer, and what has been metered about it.

What a method's adapter is made of is in its file in `hypviz.methods`; here it becomes one of PEFT's. A method that is scaled by another
one gets its alpha, layer by layer, when the gains that the other starts with have been measured.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from hypviz.errors import HypvizError
from hypviz.hyplora import (
    HypLoraConfig,
    adapter_parameters,
    attach_adapter,
    attach_adapters,
    calibrate_radius,
    peft_name,
    probe,
    use_adapter,
)
from hypviz.hyplora.adapters import adapted_layers
from hypviz.methods import METHODS, title_of, with_radius
from hypviz.models import load_model
from hypviz.records.hyplora import LARGEST_ALPHA
from hypviz.records.runs import RunSpec, loss_window
from hypviz.work import NOBODY, Work

if TYPE_CHECKING:
    from peft import LoraConfig, PeftModel

    from hypviz.records.hyplora import AdapterProbe, ProbeSummary, RadiusCalibration

Batch = Mapping[str, torch.Tensor]


@dataclass(slots=True, kw_only=True)
class Member:
    """`parameters` by their names in the model, `layers` the same by the layer they adapt; the counters are what `MemberReport` shows."""

    method: str
    parameters: dict[str, nn.Parameter]
    layers: tuple[tuple[nn.Parameter, ...], ...]
    optimizer: torch.optim.Optimizer
    steps: int = 0
    seconds: float = 0.0
    first_loss: float | None = None
    recent: deque[float] = field(default_factory=deque)
    n_clipped: int = 0
    n_layers_clipped: int = 0
    gradient: float = 0.0
    peak_bytes: int | None = None

    @property
    def title(self) -> str:
        """The method as people write it."""
        return title_of(self.method)

    @property
    def last_loss(self) -> float | None:
        """The mean over the window of the last steps."""
        return sum(self.recent) / len(self.recent) if self.recent else None

    def count(self, loss: float, seconds: float) -> None:
        """Note one finished step."""
        self.steps += 1
        self.seconds += seconds
        if self.first_loss is None:
            self.first_loss = loss
        self.recent.append(loss)


def load_base_with_adapters(spec: RunSpec, work: Work = NOBODY) -> PeftModel:
    """The one base model in memory with one untrained adapter per method; equal A, B = 0; `Stopped` before or behind each of the two.

    Methods scaled by another's gains are not among them: `attach_scaled` adds them once those are known.
    """
    work.check()
    model = load_model(spec.base, dtype="bfloat16" if spec.precision == "bfloat16" else "float32")
    work.check()
    _check_targets(model, spec)
    configs = {method: adapter_config(method, spec) for method in spec.methods if METHODS[method].scaled_by is None}
    peft_model = attach_adapters(model, configs, spec.seed)
    work.check()
    return peft_model.eval()  # dropout inside the base would draw other masks for each member


def calibrate(peft_model: PeftModel, spec: RunSpec, batch: Batch, work: Work = NOBODY) -> RadiusCalibration | None:
    """Set the radii from the first batch if the spec asks for it; row by row, which takes no more memory than a step.

    `Stopped` between two rows.

    B being 0, every method with a radius meets the same tokens and gets the same radii, so that the first one's are returned.
    """
    if spec.radius != "calibrated":
        return None
    bent = with_radius(spec.methods)
    found = [calibrate_radius(peft_model, batch, spec.quantile, adapter=method, rows_at_once=1, work=work) for method in bent]
    return found[0] if found else None


@torch.no_grad()
def look_before(peft_model: PeftModel, spec: RunSpec, batch: Batch, work: Work = NOBODY) -> ProbeSummary | None:
    """What methods with a radius will do at first, B being 0: u and the gain of a vanishing update, layer by layer, on one batch.

    None where no method has one; `Stopped` between two rows.
    """
    bent = with_radius(spec.methods)
    if not bent:
        return None
    with probe(peft_model) as seen:
        for method in bent:
            with use_adapter(peft_model, method):
                for row in range(len(batch["input_ids"])):
                    work.check()
                    peft_model(**{name: values[row : row + 1] for name, values in batch.items()}, use_cache=False)
    broken = next((layer for method in bent for layer in seen.not_finite(method)), None)
    if broken is not None:
        raise HypvizError(
            f"The activations that reach {broken} are not finite before anything is learned, so neither a gain nor a loss can be told; "
            f"check the weights of {spec.base.label}{'' if spec.precision == 'float32' else ', or use the precision float32'}."
        )
    return seen.summary()


def attach_scaled(peft_model: PeftModel, spec: RunSpec, method: str, start: AdapterProbe) -> None:
    """The method at the scale of the one it is scaled by: alpha times the median gain of each layer that `start` saw of that one.

    Layers that it did not see have alpha itself.

    `HypvizError` where a gain is so large that no adapter can hold the alpha.
    """
    config, names = adapter_config(method, spec), tuple(adapted_layers(peft_model))
    label, other = title_of(method), title_of(start.adapter)
    largest = max(start.layers, key=lambda layer: layer.gain.median)
    if config.lora_alpha * largest.gain.median > LARGEST_ALPHA:
        raise HypvizError(
            f"{label}'s alpha would be {config.lora_alpha * largest.gain.median:.3g} in {largest.layer}, where {other} starts with a "
            f"median gain of {largest.gain.median:.3g}, and an adapter holds at most {LARGEST_ALPHA:g}; calibrate the radius, set a "
            f"length in radii beyond which tokens are adapted as LoRA (lora_beyond), or leave {label} out."
        )
    config.alpha_pattern = {_pattern(layer.layer, names): config.lora_alpha * layer.gain.median for layer in start.layers}
    attach_adapter(peft_model, method, config, spec.seed)


def _pattern(layer: str, names: Sequence[str]) -> str:
    """What fits this layer and no other: PEFT lets a pattern without ^ fit the end of a longer name too, and takes the first that fits."""
    return f"{'^' if any(name.endswith(f'.{layer}') for name in names) else ''}{re.escape(layer)}"


def make_member(peft_model: PeftModel, method: str, spec: RunSpec) -> Member:
    """AdamW over the adapter's trainable parameters."""
    wanted = {id(parameter) for parameter in adapter_parameters(peft_model, method)}
    parameters = {name: p for name, p in peft_model.named_parameters() if id(p) in wanted}
    optimizer = torch.optim.AdamW(parameters.values(), lr=spec.lr, weight_decay=spec.weight_decay)
    recent: deque[float] = deque(maxlen=loss_window(spec.steps))
    return Member(method=method, parameters=parameters, layers=_by_layer(parameters), optimizer=optimizer, recent=recent)


def _by_layer(parameters: Mapping[str, nn.Parameter]) -> tuple[tuple[nn.Parameter, ...], ...]:
    found: dict[str, list[nn.Parameter]] = {}
    for name, parameter in parameters.items():
        found.setdefault(name.partition(".lora_")[0], []).append(parameter)
    return tuple(map(tuple, found.values()))


def activate(peft_model: PeftModel, member: Member, everyone: list[Member]) -> None:
    """Switch the model to one member; all members stay trainable, as DistributedDataParallel requires."""
    peft_model.base_model.set_adapter(peft_name(member.method))
    for other in everyone:
        for parameter in other.parameters.values():
            parameter.requires_grad_(True)


def learning_rate(step: int, spec: RunSpec) -> float:
    """Of the step with this number (from 0): rising over `warmup` steps, then falling linearly to lr/(steps - warmup)."""
    if step < spec.warmup:
        return spec.lr * (step + 1) / (spec.warmup + 1)
    return spec.lr * (spec.steps - step) / (spec.steps - spec.warmup)


def adapter_config(method: str, spec: RunSpec) -> LoraConfig:
    """What PEFT makes the method's adapter of, as its `AdapterPlan` says; without a geometry PEFT's own LoRA, equal in all they share."""
    plan = METHODS[method].plan(spec)
    shared: dict[str, Any] = {
        "r": plan.rank,
        "lora_alpha": plan.alpha,
        "lora_dropout": 0.0,
        "target_modules": list(spec.targets),
        "task_type": "CAUSAL_LM",
    }
    bend = plan.geometry
    if bend is None:
        return HypLoraConfig(**shared).plain()
    return HypLoraConfig(**shared, c=bend.c, learn_c=bend.learn_c, variant=bend.gain, lora_beyond=bend.lora_beyond)


def _check_targets(model: nn.Module, spec: RunSpec) -> None:
    there = {name.rpartition(".")[2] for name, _ in model.named_modules()}
    missing = [target for target in spec.targets if target not in there]
    if missing:
        raise HypvizError(f"{spec.base.label} has no layer named {missing[0]}; choose target modules from its own list.")
