"""The members of a fine-tune in running text."""

from __future__ import annotations

from collections.abc import Sequence

from hypviz.methods import title_of

WHY_THREE = (
    "HypLoRA is LoRA times a gain for every token. What it does better than LoRA may come from the gain's size alone, which a larger alpha "
    "gives too, or from what the gain does beyond that: it differs between tokens, and changes as HypLoRA learns. Scaled LoRA has the "
    "size only (alpha times HypLoRA's median gain at the start, layer by layer), so HypLoRA against Scaled LoRA shows the rest."
)


def named(methods: Sequence[str]) -> str:
    """``LoRA, Scaled LoRA and HypLoRA``."""
    titles = [title_of(method) for method in methods]
    return titles[0] if len(titles) == 1 else f"{', '.join(titles[:-1])} and {titles[-1]}"
