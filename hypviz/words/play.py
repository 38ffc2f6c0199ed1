"""What a played vocabulary shows: how many tokens move more than the noise between seeds, and where the most do."""

from __future__ import annotations

import numpy as np

from hypviz.records.play import NOISE_SHARE, Played
from hypviz.words.numbers import share


def play_title(played: Played) -> str:
    """The share of tokens that move more than the noise: of the one step, or of the step with the most."""
    shares, n = played.moved.mean(axis=1), played.drift.shape[1]
    most = int(np.argmax(shares))
    where = f"From {played.labels[most]} to {played.labels[most + 1]}"
    said = f"{where}, {share(float(shares[most]))} of {n:,} tokens move beyond noise ({share(NOISE_SHARE)} by noise alone)"
    return said if len(shares) == 1 else f"{said}, the most of {len(shares)} steps"


def step_sentences(played: Played) -> tuple[str, ...]:
    """One sentence a step: how many move, how far in the median, and how far by noise."""
    found: list[str] = []
    for k, drift in enumerate(played.drift):
        moved = f"{int(played.moved[k].sum()):,} tokens ({share(float(played.moved[k].mean()))})"
        found.append(
            f"{played.labels[k]} to {played.labels[k + 1]}: {moved} move farther than the noise; in the median tokens move "
            f"{np.median(drift):.2f} ({played.noise_median[k]:.2f} by noise)."
        )
    return tuple(found)


def tables_need(n: int) -> str:
    """What playing on to another table needs, beside its seconds."""
    return f"{n:,} tokens in one more table, twice"


def layers_need(n: int, n_laid_out: int, n_layers: int) -> str:
    """What playing `n` of the `n_laid_out` tokens through so many layers needs, beside its seconds."""
    return (
        f"the {n:,} most frequent of {n_laid_out:,} tokens" if n < n_laid_out else f"{n:,} tokens laid out at {n_layers} layers, each twice"
    )


HOW = (
    "Every layout begins with the one before and is laid over it by the best isometry. The noise is how far tokens go where only the seed "
    "changes: the old rows laid out once more from where they are, every point shaken by a mean spacing. A token counts as moved if it "
    f"goes farther than {share(1.0 - NOISE_SHARE)} of the tokens that are about as far out do there."
)
