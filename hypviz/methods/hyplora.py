"""HypLoRA: LoRA's update mapped through hyperbolic space, which is LoRA times a gain of every token (arXiv 2410.04010v2, eqs. 5 to 8)."""

from __future__ import annotations

from hypviz.methods.entry import AdapterPlan, Geometry, Method
from hypviz.palette import VERMILION
from hypviz.records.runs import RunSpec


def _plan(spec: RunSpec) -> AdapterPlan:
    return AdapterPlan(
        rank=spec.rank,
        alpha=spec.alpha if spec.hyplora_alpha is None else spec.hyplora_alpha,
        geometry=Geometry(gain=spec.gain, c=spec.c, learn_c=spec.learn_c, lora_beyond=spec.lora_beyond),
    )


ENTRY = Method(
    name="hyplora",
    label="HypLoRA",
    help="LoRA whose update is mapped through hyperbolic space",
    order=30,
    plan=_plan,
    colour=VERMILION,
    dash="dash",
    has_radius=True,
    pace=1.2,
)
