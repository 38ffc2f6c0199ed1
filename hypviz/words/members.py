"""The members of a fine-tune in running text."""

from __future__ import annotations

from collections.abc import Sequence

from hypviz.records.runs import HYPLORA, LORA, METHOD_TITLES, SCALED

ROLES = {
    LORA: "LoRA",
    SCALED: "Scaled LoRA: LoRA at HypLoRA's scale, the control",
    HYPLORA: "HypLoRA",
}
WHY_THREE = (
    "HypLoRA is LoRA times a gain for every token. What it does better than LoRA may come from the gain's size alone, which a larger alpha "
    "gives too, or from what the gain does beyond that: it differs between tokens, and changes as HypLoRA learns. Scaled LoRA has the "
    "size only (alpha times HypLoRA's median gain at the start, layer by layer), so HypLoRA against Scaled LoRA shows the rest."
)


def named(methods: Sequence[str]) -> str:
    """``LoRA, Scaled LoRA and HypLoRA``."""
    titles = [METHOD_TITLES.get(method, method) for method in methods]
    return titles[0] if len(titles) == 1 else f"{', '.join(titles[:-1])} and {titles[-1]}"
