"""What HypLoRA's gain does in a whole adapter, in sentences: by kind of module, over all layers, massive tokens, curvature against length.

In: an `AdapterProbe`; what is said of a single layer is in `gain_of_layers`, with the words' meaning.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from hypviz.records.hyplora import MASSIVE, AdapterProbe, LayerProbe
from hypviz.words.gain_of_layers import (
    ACTS,
    DEPENDS,
    FEW,
    FEW_SHARE,
    SCALED,
    TOLD_TOGETHER,
    behaviour,
    beyond_lora,
    clause,
    massive_places,
    smallest_and_largest,
    usual_gain,
    usual_variation,
)
from hypviz.words.layer_names import listed, place, short_modules
from hypviz.words.numbers import between, counted, factor, percent

LITTLE_U, BENT_U = 1.0, 3.0  # up to u = 1 the gain is at most sinh 1 = 1.18; at u = 3 it is up to 3.3
LONG_U = 10.0  # the gain of a vanishing update is 1,100 there
_MOST_BLOCKS = 6


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
    most = f", in {len(mine):,} of {counted(len(layers), 'layer')}" if len(mine) < len(layers) else ""
    said = [f"{subject} {clause(usual, mine, by_layer=True, spreads=False)}{most}.", *_missed(mine, layers)]
    for other in (ACTS, SCALED, DEPENDS):
        if other != usual and groups[other]:
            where = f"{len(groups[other]):,} of {counted(len(layers), 'layer')} ({_kinds(groups[other], layers)})"
            said.append(f"In {where} it {_OTHERWISE[other]}.")
    return " ".join(said)


def _missed(layers: list[LayerProbe], everything: list[LayerProbe]) -> list[str]:
    """What LoRA at each layer's scale cannot give, over all layers, and in how many it is much; nothing while there is no update yet."""
    shares = [layer.unlike_lora for layer in layers if layer.unlike_lora is not None]
    if not shares:
        return []
    if len(shares) == 1:
        said = beyond_lora(layers, by_layer=False)[0]
    else:
        said = (
            f"LoRA at each layer's own scale cannot give {percent(float(np.median(shares)))} of the update's variance at the median layer"
        )
        large = [layer for layer in layers if (layer.unlike_lora or 0.0) > FEW_SHARE]
        if large and float(np.median(shares)) <= FEW_SHARE:
            of = f"these {len(layers):,} layers" if len(layers) < len(everything) else counted(len(layers), "layer")
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
    of = f"{worst.n_massive:,} of {counted(worst.n_tokens, 'token')}{longest}, {massive_places(worst)}"
    said = (
        f"Massive tokens, more than {MASSIVE:g} times as long as their layer's median one, are in {len(layers):,} of "
        f"{counted(len(entry.layers), 'layer')}{others}: most so in {_label(entry, worst)}, {of}."
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
        f"in {len(as_lora):,} of {counted(len(entry.layers), 'layer')}."
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
        f"In {len(little):,} of {counted(len(entry.layers), 'layer')} ({listed(kinds)}) the median token has u = |x|/R of only "
        f"{_ends(u)}, at c = {_ends(c)}; the gain there is {between(*smallest_and_largest([layer.gain.median for layer in little]))}. "
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
    m, n = usual_gain(some), usual_gain(others)
    return (
        _usual(some) == _usual(others)
        and abs(m - n) <= TOLD_TOGETHER * min(m, n)
        and abs(usual_variation(some) - usual_variation(others)) <= TOLD_TOGETHER / 2
    )


def _sentence(head: str, layers: list[LayerProbe]) -> str:
    """What most of the layers do, and how many do otherwise."""
    usual = _usual(layers)
    mine = [layer for layer in layers if behaviour(layer) == usual]
    most = f", in {len(mine):,} of {counted(len(layers), 'layer')}," if len(mine) < len(layers) else ""
    parts = [f"{head}{most} {clause(usual, mine, by_layer=True)}", *beyond_lora(mine, by_layer=True)]
    for other in (ACTS, SCALED, FEW, DEPENDS):
        rest = [layer for layer in layers if behaviour(layer) == other]
        if other != usual and rest:
            parts.append(f"in {len(rest):,} of {counted(len(layers), 'layer')} ({_where(rest, layers)}) it {_OTHERWISE[other]}")
    return "; ".join(parts) + "."


_OTHERWISE = {
    ACTS: "acts as LoRA",
    SCALED: "is LoRA times a constant",
    FEW: "is LoRA times a constant for nine tokens in ten, but LoRA at that scale misses more than a tenth of the update's variance",
    DEPENDS: "depends on the token",
}


def _usual(layers: list[LayerProbe]) -> str:
    """What most of the layers do; the stronger statement if two are equally many."""
    often = Counter(behaviour(layer) for layer in layers)
    return max((DEPENDS, FEW, SCALED, ACTS), key=lambda kind: often[kind])


def _ends(values: Sequence[float]) -> str:
    """The smallest and the largest, to two digits, or one where they read the same."""
    return " to ".join(dict.fromkeys(f"{value:.2g}" if value < 100 else f"{value:,.0f}" for value in smallest_and_largest(values)))


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
