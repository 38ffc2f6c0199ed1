"""LoRA: the low-rank update B A x (arXiv 2106.09685), to which the others are compared."""

from __future__ import annotations

from hypviz.methods.entry import AdapterPlan, Method
from hypviz.palette import BLUE
from hypviz.records.runs import RunSpec


def _plan(spec: RunSpec) -> AdapterPlan:
    return AdapterPlan(rank=spec.rank, alpha=spec.alpha)


ENTRY = Method(
    name="lora",
    label="LoRA",
    help="plain LoRA",
    order=10,
    plan=_plan,
    colour=BLUE,
    dash="solid",
)
