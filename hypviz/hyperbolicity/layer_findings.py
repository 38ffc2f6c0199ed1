"""What a `LayerStudy` says, in sentences for titles, captions and the command line."""

from __future__ import annotations

from collections.abc import Sequence

from hypviz.hyperbolicity.nulls import NULLS
from hypviz.records.hyperbolicity import LOWER
from hypviz.records.layers import LayerStudy

WHAT_NORMS = (
    "Radius is |x| / √d, the hyperbolic radius of exp_o(x) at curvature −1 in HypLoRA's exact variant. Effective dimension is the "
    "participation ratio (Σλ)² / Σλ² of the covariance of all states of a layer; where one direction carries nearly everything, "
    "distances are nearly those on a line, and a line is a tree. The last layer is what the output layer reads: after the model's final "
    "norm, which is why its norms differ so much from those before."
)


def points_sentence(study: LayerStudy) -> str:
    """What the points are, and what was left out."""
    n = study.n_points
    first = "the first position left out" if study.first_dropped else "the first position kept"
    parts = [
        f"{n.size:,} prompts of {study.corpus}, {int(n.min())} to {int(n.max())} states each, d = {study.dimension}",
        f"every position is a point, repeated tokens too ({first}); at layer 0 equal tokens at different positions may be one point",
    ]
    if study.n_too_short:
        parts.append(f"{study.n_too_short:,} prompts with too few tokens not measured")
    if study.n_too_long:
        parts.append(f"{study.n_too_long:,} longer than the model's positions not measured")
    return "; ".join(parts) + "."


def layers_finding(studies: Sequence[LayerStudy]) -> str:
    """The title: after how many blocks the base lies below Gaussian chance, and below what its norms alone give."""
    inner = [state for state in studies[0].layers if state.layer > 0]
    below = sum(state.nulls[0].comparison.verdict == LOWER for state in inner)
    text = f"Base: δ_rel lies below Gaussian points after {below} of {len(inner)} blocks"
    norms = [null.comparison.verdict for state in inner for null in state.nulls if null.name == "directions"]
    if not norms:
        return text
    explained = norms.count(LOWER)
    return f"{text}, {'but' if explained < below else 'and'} below random directions of the same norms after {explained or 'none'}"


def against(verdict: str, null: str) -> str:
    """The verdict in its fixed wording with the null's own name in the place of ``chance``."""
    return verdict.removesuffix("chance") + null


def layer_sentence(study: LayerStudy, layer: int) -> str:
    """One layer of one column, beside each of its nulls."""
    state = next(s for s in study.layers if s.layer == layer)
    beside = "; ".join(f"{against(null.comparison.verdict, NULLS[null.name])} ({null.mean:.3f})" for null in state.nulls)
    where = "before the first block" if layer == 0 else f"after block {layer}"
    return f"{study.column}, {where}: mean δ_rel {state.delta_rel.mean():.3f} is {beside}."
