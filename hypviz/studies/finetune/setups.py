"""Ready-made settings of a fine-tune: three members that match, and the sizes of the paper's own comparison.

The paper's are those of arXiv 2410.04010v2's training settings: rank 32, alpha 64 for LoRA and 128 for HypLoRA, adapters in q, k, v, up and
down. Data, loss, steps and the control are this project's; `WHOSE` says so to whoever chooses it.
"""

from __future__ import annotations

from dataclasses import dataclass

from hypviz.errors import HypvizError
from hypviz.records.models import ModelSummary
from hypviz.studies.finetune.defaults import PAPER_TARGETS, default_targets

MATCHED, PAPER = "matched", "paper"
WHOSE = (
    "From the paper (arXiv 2410.04010v2): rank 32, alpha 64 for LoRA and 128 for HypLoRA, adapted layers q, k, v, up and down, AdamW "
    "with linear decay, learning rate 3e-4 (3e-3 here for the bundled model), at most 256 tokens. Not from the paper: the problems and the "
    "number of steps, 8 problems a step (the paper: 16), the loss on answers only (the paper: on the prompt too), no dropout (the paper: "
    "0.05), a warm-up of a fifteenth (the paper: 100 steps), the calibrated radius, gradients shortened layer by layer, and Scaled LoRA, "
    "without which the doubled alpha and the geometry cannot be told apart."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """`hyplora_alpha` None: HypLoRA has the same alpha as LoRA."""

    name: str
    label: str
    rank: int
    alpha: float
    hyplora_alpha: float | None


SETUPS = {
    setup.name: setup
    for setup in (
        Setup(name=MATCHED, label="Matched: one alpha for all", rank=16, alpha=32.0, hyplora_alpha=None),
        Setup(name=PAPER, label="As the paper: alpha 64 and 128", rank=32, alpha=64.0, hyplora_alpha=128.0),
    )
}


def find_setup(name: str) -> Setup:
    """By name; `HypvizError` names those there are."""
    if name not in SETUPS:
        raise HypvizError(f"There is no preset {name!r}; choose {' or '.join(SETUPS)}.")
    return SETUPS[name]


def setup_targets(setup: Setup, summary: ModelSummary) -> tuple[str, ...]:
    """The layers to adapt: for the paper's setup those of its five that the model has, the model's default where it has none."""
    if setup.name != PAPER:
        return default_targets(summary)
    return tuple(name for name in PAPER_TARGETS if name in summary.linear_names) or default_targets(summary)


def missing_sentence(setup: Setup, summary: ModelSummary) -> str | None:
    """Which of the paper's layers the model lacks; None for another setup, or where it has them all."""
    missing = [name for name in PAPER_TARGETS if name not in summary.linear_names]
    if setup.name != PAPER or not missing:
        return None
    chosen = ", ".join(setup_targets(setup, summary))
    return f"The model has no layer named {', '.join(missing)}, which the paper adapts; adapted are {chosen}."
