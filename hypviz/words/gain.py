"""What HypLoRA's gain does, in sentences: layer by layer, by kind of module, and as a whole.

In: an `AdapterProbe`. Because HypLoRA is LoRA times a gain g per token (arXiv 2410.04010v2, eqs. 5 to 8, radial at the origin), a layer
whose g is the same for all tokens does nothing that LoRA with another alpha would not do. "Give or take" is half the distance between
the 5th and the 95th percentile of g within one layer over its median there. Plain LoRA has no gain, and nothing is said about it; nor
about a probe that lacks the numbers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from hypviz.records.hyplora import MASSIVE, AdapterProbe, LayerProbe
from hypviz.words.layer_names import listed, place, short_modules
from hypviz.words.numbers import between, factor, percent

ACTS, SCALED, FEW, DEPENDS = "acts as LoRA", "LoRA times a constant", "a constant for most tokens", "depends on the token"
NEAR_ONE = 0.05  # nine tokens in ten get LoRA's update to within a twentieth of its length
DEPENDS_FROM = 0.5  # the 95th percentile of the gain is then about three times the 5th: no single alpha is near both
FEW_SHARE = 0.1  # a bell-shaped gain that varies by 0.5 leaves 0.085 to the token; a larger share at less variation is not in the many
TOLD_TOGETHER = 0.1  # kinds of module whose scales differ by less than this, and give or take by half of it, share a sentence
LITTLE_U, BENT_U = 1.0, 3.0  # up to u = 1 the gain is at most sinh 1 = 1.18; at u = 3 it is up to 3.3
LONG_U = 10.0  # the gain of a vanishing update is 1,100 there
_MOST_BLOCKS = 6


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
    found = []
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
    parts = [_does(kind, [layer], by_layer=False), *_beyond_lora([layer], by_layer=False)]
    sentences = ["; ".join(parts)]
    if layer.n_massive:
        longest = "" if layer.longest is None else f", the longest {factor(layer.longest)} times the median"
        sentences.append(f"Massive: {layer.n_massive:,} of {_tokens(layer.n_tokens)}{longest}, {massive_places(layer)}")
    if layer.n_as_lora:
        sentences.append(f"Adapted as LoRA: {layer.n_as_lora:,} of {_tokens(layer.n_tokens)}")
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


def kind_sentences(entry: AdapterProbe) -> tuple[str, ...]:
    """One sentence per kind of module, kinds that behave alike together: ``In q, k and v HypLoRA is LoRA times 2.4, ...``."""
    groups: list[list[str]] = []
    layers = _by_kind(entry)
    for name, mine in layers.items():
        alike = next((group for group in groups if _alike(layers[group[0]], mine)), None)
        if alike is None:
            groups.append([name])
        else:
            alike.append(name)
    return tuple(
        _sentence(f"In {listed([_bare(name) for name in group])} HypLoRA", [part for name in group for part in layers[name]])
        for group in groups
    )


def whole_sentence(entry: AdapterProbe, *, subject: str = "In this run HypLoRA") -> str | None:
    """The same over all layers in a few short sentences, the first beginning with `subject`; None where nothing is known, or for LoRA.

    Layers with a scale are told together, whether LoRA at that scale gives nearly all of the update or misses the part of few tokens.
    """
    layers = [layer for mine in _by_kind(entry).values() for layer in mine]
    if not layers:
        return None
    groups: dict[str, list[LayerProbe]] = {DEPENDS: [], SCALED: [], ACTS: []}
    for layer in layers:
        kind = behaviour(layer)
        groups[SCALED if kind == FEW or kind is None else kind].append(layer)
    usual = max(groups, key=lambda kind: len(groups[kind]))
    mine = groups[usual]
    most = f", in {len(mine):,} of {_layers(len(layers))}" if len(mine) < len(layers) else ""
    said = [f"{subject} {_does(usual, mine, by_layer=True, spreads=False)}{most}.", *_missed(mine, layers)]
    for other in (ACTS, SCALED, DEPENDS):
        if other != usual and groups[other]:
            said.append(f"In {len(groups[other]):,} of {_layers(len(layers))} ({_kinds(groups[other], layers)}) it {_OTHERWISE[other]}.")
    return " ".join(said)


def _missed(layers: list[LayerProbe], everything: list[LayerProbe]) -> list[str]:
    """What LoRA at each layer's scale cannot give, over all layers, and in how many it is much; nothing while there is no update yet."""
    shares = [layer.unlike_lora for layer in layers if layer.unlike_lora is not None]
    if not shares:
        return []
    if len(shares) == 1:
        said = _beyond_lora(layers, by_layer=False)[0]
    else:
        said = (
            f"LoRA at each layer's own scale cannot give {percent(float(np.median(shares)))} of the update's variance at the median layer"
        )
        large = [layer for layer in layers if (layer.unlike_lora or 0.0) > FEW_SHARE]
        if large and float(np.median(shares)) <= FEW_SHARE:
            of = f"these {len(layers):,} layers" if len(layers) < len(everything) else _layers(len(layers))
            said += f", and more than {percent(FEW_SHARE)} in {len(large):,} of {of} ({_kinds(large, everything)})"
    return [f"{said}."]


def _kinds(some: list[LayerProbe], layers: list[LayerProbe]) -> str:
    """The kinds of module of some layers, by the names that tell all the layers apart."""
    shown = short_modules([layer.layer for layer in layers])
    return listed(list(dict.fromkeys(_bare(shown[place(layer.layer)[1]]) for layer in some)))


def massive_sentence(entry: AdapterProbe) -> str | None:
    """In how many layers tokens are massive, where the longest are, and how many tokens were adapted as LoRA; None if there is neither."""
    layers = [layer for layer in entry.layers if layer.n_massive]
    as_lora = as_lora_sentence(entry)
    if not entry.hyperbolic or not layers:
        return as_lora
    worst = max(layers, key=lambda layer: layer.longest or 0.0)
    at_first = all(layer.massive_positions == (0,) for layer in layers)
    others = ", everywhere at position 0" if at_first and len(layers) > 1 else ""
    longest = "" if worst.longest is None else f", the longest {factor(worst.longest)} times"
    of = f"{worst.n_massive:,} of {_tokens(worst.n_tokens)}{longest}, {massive_places(worst)}"
    said = (
        f"Massive tokens, more than {MASSIVE:g} times as long as their layer's median one, are in {len(layers):,} of "
        f"{_layers(len(entry.layers))}{others}: most so in {_label(entry, worst)}, {of}."
    )
    return said if as_lora is None else f"{said} {as_lora}"


def as_lora_sentence(entry: AdapterProbe) -> str | None:
    """How many tokens lay beyond the limit and were adapted as LoRA; None if there were none."""
    as_lora = [layer for layer in entry.layers if layer.n_as_lora]
    if not entry.hyperbolic or not as_lora:
        return None
    total = sum(layer.n_as_lora or 0 for layer in as_lora)
    beyond = f" beyond u = {as_lora[0].lora_beyond:g}" if as_lora[0].lora_beyond is not None else ""
    lie, are = ("lies", "is") if total == 1 else ("lie", "are")
    return (
        f"{total:,} of {sum(layer.n_tokens for layer in entry.layers):,} token steps {lie}{beyond} and {are} adapted as LoRA, "
        f"in {len(as_lora):,} of {_layers(len(entry.layers))}."
    )


def curvature_sentence(entry: AdapterProbe) -> str | None:
    """Where the median token is so short against the radius that the gain can do little, and the c that would bring it to u = 3.

    u = |x|/R grows with the square root of c. None where no layer is so, or its c is not known.
    """
    little = [layer for layer in entry.layers if layer.u is not None and layer.c is not None and 0.0 < layer.u.median < LITTLE_U]
    if not little:
        return None
    shown = short_modules([layer.layer for layer in entry.layers])
    kinds = list(dict.fromkeys(_bare(shown[place(layer.layer)[1]]) for layer in little))
    u = [layer.u.median for layer in little if layer.u is not None]
    c = [layer.c for layer in little if layer.c is not None]
    needed = [now * (BENT_U / at) ** 2 for now, at in zip(c, u, strict=True)]
    longest = max(BENT_U * layer.u.maximum / layer.u.median for layer in little if layer.u is not None)
    price = f" The longest token would then be u = {factor(longest)} long." if longest > LONG_U else ""
    return (
        f"In {len(little):,} of {_layers(len(entry.layers))} ({listed(kinds)}) the median token has u = |x|/R of only "
        f"{_ends(u)}, at c = {_ends(c)}; the gain there is {between(*_range([layer.gain.median for layer in little]))}. "
        f"A median u of {BENT_U:g} needs c = {_ends(needed)}, by layer.{price}"
    )


def sentences(entry: AdapterProbe) -> tuple[str, ...]:
    """All that is to be said of one adapter: by kind of module, massive tokens, and the curvature against the tokens it met."""
    if not entry.hyperbolic:
        return ()
    return (*kind_sentences(entry), *filter(None, (massive_sentence(entry), curvature_sentence(entry))))


def _by_kind(entry: AdapterProbe) -> dict[str, list[LayerProbe]]:
    """Short name of the module to its layers; only layers whose behaviour is known, none of plain LoRA."""
    known = [layer for layer in entry.layers if entry.hyperbolic and behaviour(layer) is not None]
    shown = short_modules([layer.layer for layer in entry.layers])
    kinds: dict[str, list[LayerProbe]] = {}
    for layer in known:
        kinds.setdefault(shown[place(layer.layer)[1]], []).append(layer)
    return kinds


def _alike(some: list[LayerProbe], others: list[LayerProbe]) -> bool:
    m, n = _scale(some), _scale(others)
    return (
        _usual(some) == _usual(others)
        and abs(m - n) <= TOLD_TOGETHER * min(m, n)
        and abs(_variation(some) - _variation(others)) <= TOLD_TOGETHER / 2
    )


def _sentence(head: str, layers: list[LayerProbe]) -> str:
    """What most of the layers do, and how many do otherwise."""
    usual = _usual(layers)
    mine = [layer for layer in layers if behaviour(layer) == usual]
    most = f", in {len(mine):,} of {_layers(len(layers))}," if len(mine) < len(layers) else ""
    parts = [f"{head}{most} {_does(usual, mine, by_layer=True)}", *_beyond_lora(mine, by_layer=True)]
    for other in (ACTS, SCALED, FEW, DEPENDS):
        rest = [layer for layer in layers if behaviour(layer) == other]
        if other != usual and rest:
            parts.append(f"in {len(rest):,} of {_layers(len(layers))} ({_where(rest, layers)}) it {_OTHERWISE[other]}")
    return "; ".join(parts) + "."


_OTHERWISE = {
    ACTS: "acts as LoRA",
    SCALED: "is LoRA times a constant",
    FEW: "is LoRA times a constant for nine tokens in ten, but LoRA at that scale misses more than a tenth of the update's variance",
    DEPENDS: "depends on the token",
}


def _does(kind: str, layers: list[LayerProbe], *, by_layer: bool, spreads: bool = True) -> str:
    """The clause for one layer, without a subject (``LoRA times 2.4, ...``), or for several, beginning with its verb.

    `spreads`: how far the variation itself differs by layer is told too.
    """
    low, high = min(layer.gain_p5 or 0.0 for layer in layers), max(layer.gain_p95 or 0.0 for layer in layers)
    m, v = factor(_scale(layers)), percent(_variation(layers))
    medians, variations = [layer.gain.median for layer in layers], [layer.variation or 0.0 for layer in layers]
    scale = f"{m}{_by_layer(between(*_range(medians)), by_layer and max(medians) > 1.1 * min(medians))}"
    spread = f"{percent(min(variations))} to {percent(max(variations))}"
    give = f"give or take {v} by token{_by_layer(spread, by_layer and spreads and max(variations) - min(variations) > TOLD_TOGETHER / 2)}"
    if kind == ACTS:
        return f"acts as LoRA: the gain is {between(low, high)} at nine tokens in ten"
    if kind == DEPENDS:
        return f"{'has a gain that depends' if by_layer else 'depends'} on the token: {scale} at the median one, {give}"
    words = f"LoRA times {scale}, {give}" if kind == SCALED else f"LoRA times {scale} at nine tokens in ten, {give}"
    return f"is {words}" if by_layer else words


def _beyond_lora(layers: list[LayerProbe], *, by_layer: bool) -> list[str]:
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


def _usual(layers: list[LayerProbe]) -> str:
    """What most of the layers do; the stronger statement if two are equally many."""
    counted = Counter(behaviour(layer) for layer in layers)
    return max((DEPENDS, FEW, SCALED, ACTS), key=lambda kind: counted[kind])


def _scale(layers: list[LayerProbe]) -> float:
    return float(np.median([layer.gain.median for layer in layers]))


def _variation(layers: list[LayerProbe]) -> float:
    return float(np.median([layer.variation for layer in layers if layer.variation is not None]))


def _range(values: Sequence[float]) -> tuple[float, float]:
    return min(values), max(values)


def _ends(values: Sequence[float]) -> str:
    """The smallest and the largest, to two digits, or one where they read the same."""
    return " to ".join(dict.fromkeys(f"{value:.2g}" if value < 100 else f"{value:,.0f}" for value in _range(values)))


def _by_layer(words: str, told: bool) -> str:
    return f" ({words} by layer)" if told else ""


def _where(some: list[LayerProbe], layers: list[LayerProbe]) -> str:
    """The blocks of some layers, after their modules where all the layers are of more than one kind."""
    shown = short_modules([layer.layer for layer in layers])
    kinds = list(dict.fromkeys(_bare(shown[place(layer.layer)[1]]) for layer in some))
    return _blocks(some) if len(shown) == 1 else f"{listed(kinds)}, {_blocks(some)}"


def _blocks(layers: list[LayerProbe]) -> str:
    """``blocks 3, 5 and 11``; of more than six the first ones and how many more."""
    numbers = [str(at) for at in sorted({place(layer.layer)[0] for layer in layers})]
    if len(numbers) == 1:
        return f"block {numbers[0]}"
    if len(numbers) <= _MOST_BLOCKS:
        return f"blocks {listed(numbers)}"
    return f"blocks {', '.join(numbers[:_MOST_BLOCKS])} and {len(numbers) - _MOST_BLOCKS} more"


def _bare(module: str) -> str:
    return module.removesuffix("_proj")


def _label(entry: AdapterProbe, layer: LayerProbe) -> str:
    block, module = place(layer.layer)
    return f"block {block} {short_modules([part.layer for part in entry.layers])[module]}"


def _tokens(n: int) -> str:
    return f"{n:,} token{'' if n == 1 else 's'}"


def _layers(n: int) -> str:
    return f"{n:,} layer{'' if n == 1 else 's'}"
