"""Numbers printed in arXiv 2410.04010v2, to stand beside measured ones. Nothing here is computed by this project."""

from __future__ import annotations

from dataclasses import dataclass

PROVENANCE_GROUPS = "arXiv 2410.04010v2, Table 1"
PROVENANCE_GAMMA = "arXiv 2410.04010v2, Figures 1, 3 and 4 (LLaMA3 tokenizer)"

TOKEN_GROUPS: tuple[tuple[str, ...], ...] = (
    ("to", "in", "have", "that", "and", "is", "for"),
    ("how", "much", "many", "time", "cost"),
    ("animal", "fruit", "number", "color", "size"),
    ("dog", "cow", "apple", "banana", "380", "480", "purple", "red", "medium", "small", "large"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperGroup:
    """(mean, min, max) over the words of a group; the frequency is a count in the paper's training questions."""

    frequency: tuple[float, float, float]
    norm: tuple[float, float, float]


PAPER_GROUPS: dict[str, tuple[PaperGroup, PaperGroup, PaperGroup, PaperGroup]] = {
    "LLaMA-7B": (
        PaperGroup(frequency=(4993.9, 1838, 8547), norm=(0.951, 0.793, 1.06)),
        PaperGroup(frequency=(2712.6, 474, 6683), norm=(1.222, 1.118, 1.299)),
        PaperGroup(frequency=(299.8, 34, 1200), norm=(1.325, 1.274, 1.428)),
        PaperGroup(frequency=(139.1, 26, 286), norm=(1.364, 1.326, 1.417)),
    ),
    "LLaMA-13B": (
        PaperGroup(frequency=(4993.9, 1838, 8547), norm=(1.027, 0.833, 1.255)),
        PaperGroup(frequency=(2712.6, 474, 6683), norm=(1.429, 1.346, 1.489)),
        PaperGroup(frequency=(299.8, 34, 1200), norm=(1.494, 1.453, 1.532)),
        PaperGroup(frequency=(139.1, 26, 286), norm=(1.501, 1.47, 1.526)),
    ),
    "Gemma-7B": (
        PaperGroup(frequency=(4934.4, 1838, 8539), norm=(3.16, 3.06, 3.299)),
        PaperGroup(frequency=(2709.4, 474, 6681), norm=(3.561, 3.488, 3.627)),
        PaperGroup(frequency=(292.0, 34, 1191), norm=(3.765, 3.623, 3.887)),
        PaperGroup(frequency=(114.3, 25, 284), norm=(3.998, 3.66, 4.52)),
    ),
    "LLaMA3-8B": (
        PaperGroup(frequency=(4937.4, 1838, 8547), norm=(0.353, 0.33, 0.396)),
        PaperGroup(frequency=(2710.0, 474, 6683), norm=(0.456, 0.394, 0.499)),
        PaperGroup(frequency=(292.6, 34, 1191), norm=(0.499, 0.452, 0.549)),
        PaperGroup(frequency=(97.1, 13, 284), norm=(0.569, 0.499, 0.675)),
    ),
}

PAPER_GAMMA: dict[str, float] = {
    "GSM8K": 1.87,
    "AQuA": 1.89,
    "SVAMP": 1.95,
    "MAWPS": 1.90,
    "ARC-Challenge": 1.93,
    "ARC-Easy": 1.89,
    "BoolQ": 1.94,
    "HellaSwag": 1.94,
    "PIQA": 1.94,
    "SIQA": 1.76,
}
