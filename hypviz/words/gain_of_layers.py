"""What HypLoRA's gain does in one layer, or in several that behave alike: the kind of behaviour, and the clauses and lines that say it.

In: `LayerProbe`s. Because HypLoRA is LoRA times a gain g per token (arXiv 2410.04010v2, eqs. 5 to 8, radial at the origin), a layer
whose g is the same for all tokens does nothing that LoRA with another alpha would not do. "Give or take" is half the distance between
the 5th and the 95th percentile of g within one layer over its median there. Plain LoRA has no gain, and nothing is said about it; nor
about a probe that lacks the numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from hypviz.records.hyplora import AdapterProbe, LayerProbe
from hypviz.words.layer_names import place, short_modules
from hypviz.words.numbers import between, counted, factor, percent

ACTS, SCALED, FEW, DEPENDS = "acts as LoRA", "LoRA times a constant", "a constant for most tokens", "depends on the token"
NEAR_ONE = 0.05  # nine tokens in ten get LoRA's update to within a twentieth of its length
DEPENDS_FROM = 0.5  # the 95th percentile of the gain is then about three times the 5th: no single alpha is near both
FEW_SHARE = 0.1  # a bell-shaped gain that varies by 0.5 leaves 0.085 to the token; a larger share at less variation is not in the many
TOLD_TOGETHER = 0.1  # kinds of module whose scales differ by less than this, and give or take by half of it, share a sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerWords:
    """One line of a table: the numbers of one layer of a HypLoRA adapter and its sentence; `n_as_lora` is None without a limit."""

    adapter: str
    block: int
    module: str
    gain: float
    variation: float
    unlike_lora: float | None
    n_massive: int | None
    n_as_lora: int | None
    sentence: str


def behaviour(layer: LayerProbe) -> str | None:
    """ACTS, SCALED, FEW or DEPENDS; None for a layer without a gain, or of which its variation is not known."""
    v, share = layer.variation, layer.unlike_lora
    if v is None or layer.gain_p5 is None or layer.gain_p95 is None:
        return None
    if v > DEPENDS_FROM:
        return DEPENDS
    if share is not None and share > FEW_SHARE:
        return FEW
    return ACTS if layer.gain_p5 >= 1.0 - NEAR_ONE and layer.gain_p95 <= 1.0 + NEAR_ONE else SCALED


def layer_words(adapters: Sequence[AdapterProbe]) -> tuple[LayerWords, ...]:
    """A line for every layer of every HypLoRA adapter whose variation is known."""
    modules = short_modules([layer.layer for entry in adapters for layer in entry.layers])
    found: list[LayerWords] = []
    for entry in adapters:
        for layer in entry.layers:
            sentence, (block, module) = layer_sentence(layer), place(layer.layer)
            if entry.hyperbolic and sentence is not None and layer.variation is not None:
                found.append(
                    LayerWords(
                        adapter=entry.adapter,
                        block=block,
                        module=modules[module],
                        gain=layer.gain.median,
                        variation=layer.variation,
                        unlike_lora=layer.unlike_lora,
                        n_massive=layer.n_massive,
                        n_as_lora=layer.n_as_lora if layer.lora_beyond is not None else None,
                        sentence=sentence,
                    )
                )
    return tuple(found)


def layer_sentence(layer: LayerProbe) -> str | None:
    """What the gain does in this layer, what LoRA cannot give, and its massive tokens; None where `behaviour` is."""
    kind = behaviour(layer)
    if kind is None or layer.variation is None:
        return None
    parts = [clause(kind, [layer], by_layer=False), *beyond_lora([layer], by_layer=False)]
    sentences = ["; ".join(parts)]
    if layer.n_massive:
        longest = "" if layer.longest is None else f", the longest {factor(layer.longest)} times the median"
        sentences.append(f"Massive: {layer.n_massive:,} of {counted(layer.n_tokens, 'token')}{longest}, {massive_places(layer)}")
    if layer.n_as_lora:
        sentences.append(f"Adapted as LoRA: {layer.n_as_lora:,} of {counted(layer.n_tokens, 'token')}")
    return ". ".join(sentence[0].upper() + sentence[1:] if i else sentence for i, sentence in enumerate(sentences)) + "."


def massive_places(layer: LayerProbe) -> str:
    """Where in their rows a layer's massive tokens stand, in words."""
    if layer.massive_positions is None or layer.n_massive_first is None or layer.n_massive is None or layer.n_rows is None:
        return "at positions that this layer does not see"
    rows = f"{layer.n_massive_first:,} of {layer.n_rows:,} row{'' if layer.n_rows == 1 else 's'}"
    later = [at for at in layer.massive_positions if at]
    if not later:
        return f"all at position 0, in {rows}"
    others = f"position {later[0]}" if len(later) == 1 else f"{len(later)} positions from {later[0]} to {later[-1]}"
    return f"{layer.n_massive_first:,} at position 0 (in {rows}), the others at {others}" if layer.n_massive_first else f"at {others}"


def clause(kind: str, layers: list[LayerProbe], *, by_layer: bool, spreads: bool = True) -> str:
    """The clause for one layer, without a subject (``LoRA times 2.4, ...``), or for several, beginning with its verb.

    `spreads`: how far the variation itself differs by layer is told too.
    """
    low, high = min(layer.gain_p5 or 0.0 for layer in layers), max(layer.gain_p95 or 0.0 for layer in layers)
    m, v = factor(usual_gain(layers)), percent(usual_variation(layers))
    medians, variations = [layer.gain.median for layer in layers], [layer.variation or 0.0 for layer in layers]
    scale = f"{m}{_by_layer(between(*smallest_and_largest(medians)), by_layer and max(medians) > 1.1 * min(medians))}"
    spread = f"{percent(min(variations))} to {percent(max(variations))}"
    give = f"give or take {v} by token{_by_layer(spread, by_layer and spreads and max(variations) - min(variations) > TOLD_TOGETHER / 2)}"
    if kind == ACTS:
        return f"acts as LoRA: the gain is {between(low, high)} at nine tokens in ten"
    if kind == DEPENDS:
        return f"{'has a gain that depends' if by_layer else 'depends'} on the token: {scale} at the median one, {give}"
    words = f"LoRA times {scale}, {give}" if kind == SCALED else f"LoRA times {scale} at nine tokens in ten, {give}"
    return f"is {words}" if by_layer else words


def beyond_lora(layers: list[LayerProbe], *, by_layer: bool) -> list[str]:
    """What LoRA at the layer's scale cannot give; nothing while there is no update yet."""
    shares = [layer.unlike_lora for layer in layers if layer.unlike_lora is not None]
    if not shares:
        return []
    usual, most = float(np.median(shares)), max(shares)
    scale = "each layer's own scale" if by_layer and len(layers) > 1 else "that scale"
    at_worst = f" ({percent(most)} in one layer)" if most > 2.0 * usual and most > 1e-3 else ""
    if usual > 1.0:
        return [f"LoRA at {scale} is farther from the update than no update is ({percent(usual)} of its variance)"]
    return [f"LoRA at {scale} cannot give {percent(usual)} of the update's variance{at_worst}"]


def usual_gain(layers: list[LayerProbe]) -> float:
    return float(np.median([layer.gain.median for layer in layers]))


def usual_variation(layers: list[LayerProbe]) -> float:
    return float(np.median([layer.variation for layer in layers if layer.variation is not None]))


def smallest_and_largest(values: Sequence[float]) -> tuple[float, float]:
    return min(values), max(values)


def _by_layer(words: str, told: bool) -> str:
    return f" ({words} by layer)" if told else ""
