"""Scaled LoRA, the control: plain LoRA whose alpha is HypLoRA's times the median gain that HypLoRA starts with, layer by layer.

What HypLoRA does beyond the alpha of its start gains is the difference between the two.
"""

from __future__ import annotations

from hypviz.methods.entry import AdapterPlan, Method
from hypviz.palette import GREEN
from hypviz.records.runs import RunSpec


def _plan(spec: RunSpec) -> AdapterPlan:
    return AdapterPlan(rank=spec.rank, alpha=spec.alpha if spec.hyplora_alpha is None else spec.hyplora_alpha)


ENTRY = Method(
    name="scaled-lora",
    label="Scaled LoRA",
    help="the control, LoRA whose alpha is multiplied in every layer by the median gain that HypLoRA starts with",
    order=20,
    plan=_plan,
    colour=GREEN,
    dash="dot",
    role="LoRA at HypLoRA's scale, the control",
    scaled_by="hyplora",
)
