"""How often gradients were shortened in a fine-tune, and what it means where that was most of the time.

In: a `RunRecord`. A member whose gradients are nearly always longer than the limit learns from their directions only, so a comparison
of members is then partly one of the limit.
"""

from __future__ import annotations

from hypviz.methods import METHODS, title_of, with_radius
from hypviz.records.runs import MemberReport, RunRecord, RunSpec
from hypviz.words.numbers import counted

MOST = 0.5
FEWEST_STEPS = 10  # of a run that goes on, before its first steps count as most of them


def clipped(member: MemberReport, spec: RunSpec) -> str:
    """In how many of a member's steps a gradient was shortened, and in how many layers."""
    limit = f"{spec.clip_norm:g}"
    if not member.n_clipped:
        return (
            f"No gradient was longer than {limit}, over all layers together."
            if spec.clip == "all"
            else f"No layer's gradient was longer than {limit}."
        )
    steps = f"{member.n_clipped:,} of {counted(member.steps, 'step')}"
    if spec.clip == "all":
        return f"{steps} had their gradient shortened to {limit}, over all layers together."
    layers = member.n_layers_clipped / member.n_clipped
    return f"{steps} had a gradient shortened to {limit}, in {_layers(layers)}."


def clipping_warning(record: RunRecord) -> str | None:
    """For members of which most steps were shortened: what that means, and what to do; None where there are none."""
    spec = record.spec
    most = [m for m in record.members if m.n_clipped > MOST * m.steps and (m.steps >= FEWEST_STEPS or not record.is_active)]
    if not most:
        return None
    who = " and ".join(f"{title_of(m.method)} ({m.n_clipped:,} of {counted(m.steps, 'step')})" for m in most)
    if spec.clip == "all":
        meaning = (
            "One limit holds for the gradient over all layers together, so a layer with a very long one keeps the others from learning. "
            "A new run shortens every layer by itself."
        )
    else:
        meaning = (
            "Of a shortened gradient only the direction counts, so in those layers a longer one taught no more, and how the members "
            "compare depends on this limit too."
        )
    whose = "a gradient" if spec.clip == "all" else "a layer's gradient"
    return f"Most steps were shortened: {who} had {whose} longer than {spec.clip_norm:g}. {meaning} {_remedy(spec, most)}"


def _remedy(spec: RunSpec, most: list[MemberReport]) -> str:
    """What makes gradients shorter and is not in use."""
    ways = ["a smaller alpha", "more problems per step"]
    if with_radius(m.method for m in most) and all(METHODS[m.method].feels_long_tokens for m in most if m.method in METHODS):
        if spec.radius != "calibrated":
            ways.insert(0, "a calibrated radius")
        elif spec.quantile < 1.0:
            ways.insert(0, "a radius calibrated at quantile 1, which counts every token")
        if spec.lora_beyond is None:
            ways.insert(0, "a limit beyond which tokens are adapted as LoRA")
    listed = f"{', '.join(ways[:-1])} or {ways[-1]}"
    return f"{listed[0].upper()}{listed[1:]} makes gradients shorter."


def _layers(mean: float) -> str:
    return "one layer each" if mean == 1.0 else f"{mean:.1f} layers on average"
