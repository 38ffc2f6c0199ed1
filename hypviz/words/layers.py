"""What a `LayerStudy` says, in sentences for titles, captions and the command line."""

from __future__ import annotations

from collections.abc import Sequence

from hypviz.hyperbolicity.nulls import null_label
from hypviz.records.hyperbolicity import LOWER
from hypviz.records.layers import LayerStudy
from hypviz.words.digits import decimals_apart

WHAT_NORMS = (
    "Radius is |x| / √d, the hyperbolic radius of exp_o(x) at curvature −1 in HypLoRA's exact variant. Effective dimension is the "
    "participation ratio (Σλ)² / Σλ² of the covariance of all states of a layer; where one direction carries nearly everything, "
    "distances are nearly those on a line, and a line is a tree. The last layer is given as the model hands it on: in most decoders "
    "after a final norm, which is why its norms differ so much from those before. Equal states count once."
)


def reader_sentence(no_answers: str | None) -> str | None:
    """What is measured of a model that cannot answer, and what has no meaning for it; None for one that can."""
    if no_answers is None:
        return None
    return (
        f"{no_answers} The layers with which it reads are measured here, on texts with the special tokens that its tokenizer puts around "
        "them; the loss of the next token, the logit lens and answers are not shown, because these layers predict no next token."
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
    """The title: after how many blocks the base lies below Gaussian chance, and below what its norms alone give; or how far that is."""
    base, part = studies[0], _part_words(studies)
    inner, n_blocks = [state for state in base.layers if state.layer > 0], base.n_layers - 1
    compared = [state for state in inner if state.nulls]
    if not compared:
        return f"Base: δ_rel after {len(inner)} of {n_blocks} blocks, not compared with chance yet{part}"
    below = sum(state.nulls[0].comparison.verdict == LOWER for state in inner if state.nulls)
    text = f"Base: δ_rel lies below Gaussian points after {below} of {_blocks(len(compared), n_blocks)}"
    norms = [null.comparison.verdict for state in inner for null in state.nulls if null.name == "directions"]
    if not norms:
        return text + part
    explained = norms.count(LOWER)
    link = "but" if explained < below else "and"
    of = "" if len(norms) == n_blocks else f" of {_blocks(len(norms), n_blocks)}"
    if of:
        return f"{text}, below random directions of the same norms after {explained}{of}{part}"
    return f"{text}, {link} below random directions of the same norms after {explained or 'none'}{part}"


def _blocks(n: int, of: int) -> str:
    return f"{n} blocks" if n == of else f"the {n} blocks compared so far"


def _part_words(studies: Sequence[LayerStudy]) -> str:
    """How much of all nulls is in, for a title over a part; nothing over the whole."""
    if all(study.is_whole for study in studies):
        return ""
    return f" (a part: {sum(s.n_nulls for s in studies)} of {sum(s.n_nulls_asked for s in studies)} nulls are in)"


def reached_sentence(study: LayerStudy) -> str:
    """Which layers and nulls of a column are in and which are to come; empty over the whole."""
    if study.is_whole:
        return ""
    n, layers = study.n_layers, len(study.layers)
    measured = f"{study.column}: {'all' if layers == n else f'{layers} of'} {n} layers measured"
    if not study.n_nulls:
        return f"{measured}, no null yet."
    missing = {name: n - sum(len(state.nulls) > place for state in study.layers) for place, name in enumerate(study.asked)}
    words = (f"{null_label(name)} at {'every layer' if m == n else f'{m} of {n} layers'}" for name, m in missing.items() if m)
    return f"{measured}, {study.n_nulls} of {study.n_nulls_asked} nulls; to come: {', '.join(words)}."


def against(verdict: str, null: str) -> str:
    """The verdict in its fixed wording with the null's own name in the place of ``chance``."""
    return verdict.removesuffix("chance") + null


def layer_sentence(study: LayerStudy, layer: int) -> str:
    """One layer of one column, beside each of its nulls."""
    state = next(s for s in study.layers if s.layer == layer)
    mean = float(state.delta_rel.mean())
    n = decimals_apart(mean, [(null.mean, null.comparison.verdict) for null in state.nulls])
    beside = "; ".join(f"{against(null.comparison.verdict, null_label(null.name))} ({null.mean:.{n}f})" for null in state.nulls)
    where = "before the first block" if layer == 0 else f"after block {layer}"
    measured = f"{study.column}, {where}: mean δ_rel {mean:.{n}f}"
    to_come = "; ".join(null_label(name) for name in study.asked[len(state.nulls) :])
    if not beside:
        return f"{measured}, not compared with chance yet."
    return f"{measured} is {beside}{f' (to come: {to_come})' if to_come else ''}."
