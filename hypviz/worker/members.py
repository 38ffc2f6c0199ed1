"""One member of a matched pair: its adapter's parameters, its optimizer, and what has been metered about it."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import torch
from torch import nn

from hypviz.errors import HypvizError
from hypviz.hyplora import HypLoraConfig, adapter_parameters, attach_adapters, calibrate_radius, peft_name
from hypviz.models import load_model
from hypviz.records.runs import METHOD_TITLES, RunSpec, loss_window

if TYPE_CHECKING:
    from collections.abc import Mapping

    from peft import LoraConfig, PeftModel

    from hypviz.records.hyplora import RadiusCalibration


@dataclass(slots=True, kw_only=True)
class Member:
    """`parameters` by their names in the model; the counters are what `MemberReport` shows."""

    method: str
    parameters: dict[str, nn.Parameter]
    optimizer: torch.optim.Optimizer
    steps: int = 0
    seconds: float = 0.0
    first_loss: float | None = None
    recent: deque[float] = field(default_factory=deque)
    n_clipped: int = 0
    peak_bytes: int | None = None

    @property
    def title(self) -> str:
        """The method as people write it."""
        return METHOD_TITLES[self.method]

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


def load_base_with_adapters(spec: RunSpec) -> PeftModel:
    """The one base model in memory with one untrained adapter per method; equal A, B = 0."""
    model = load_model(spec.base, dtype="bfloat16" if spec.precision == "bfloat16" else "float32")
    _check_targets(model, spec)
    peft_model = attach_adapters(model, {method: _config(method, spec) for method in spec.methods}, spec.seed)
    return peft_model.eval()  # dropout inside the base would draw other masks for each member


def calibrate(peft_model: PeftModel, spec: RunSpec, batch: Mapping[str, torch.Tensor]) -> RadiusCalibration | None:
    """Set HypLoRA's radii from the first batch if the spec asks for it."""
    if spec.radius != "calibrated" or "hyplora" not in spec.methods:
        return None
    return calibrate_radius(peft_model, batch, adapter="hyplora")


def make_member(peft_model: PeftModel, method: str, spec: RunSpec) -> Member:
    """AdamW over the adapter's trainable parameters."""
    wanted = {id(parameter) for parameter in adapter_parameters(peft_model, method)}
    parameters = {name: p for name, p in peft_model.named_parameters() if id(p) in wanted}
    optimizer = torch.optim.AdamW(parameters.values(), lr=spec.lr, weight_decay=spec.weight_decay)
    return Member(method=method, parameters=parameters, optimizer=optimizer, recent=deque(maxlen=loss_window(spec.steps)))


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


def _config(method: str, spec: RunSpec) -> LoraConfig:
    config = HypLoraConfig(
        r=spec.rank,
        lora_alpha=spec.alpha,
        lora_dropout=0.0,
        target_modules=list(spec.targets),
        task_type="CAUSAL_LM",
        c=spec.c,
        learn_c=spec.learn_c,
        variant="exact",
    )
    return config.plain() if method == "lora" else config  # plain: PEFT's own LoRA, equal in every field the two share


def _check_targets(model: nn.Module, spec: RunSpec) -> None:
    there = {name.rpartition(".")[2] for name, _ in model.named_modules()}
    missing = [target for target in spec.targets if target not in there]
    if missing:
        raise HypvizError(f"{spec.base.label} has no layer named {missing[0]}; choose target modules from its own list.")
