"""What adapters do inside the model, on the Fine-tune and Compare pages: by layer, by token of a prompt, and massive activations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from hypviz.methods import title_of
from hypviz.plots.probe import LAYER_QUANTITIES, NAMES, VARIATION, layer_chart, token_chart
from hypviz.records.hyplora import MASSIVE, QUANTITIES, AdapterProbe, PromptProbe, RadiusCalibration
from hypviz.ui.shell.address import Kept
from hypviz.ui.shell.charts import show
from hypviz.ui.shell.tables import csv_button
from hypviz.ui.shell.text import escape_markdown
from hypviz.words.activations import calibrated, long_tokens
from hypviz.words.gain import sentences
from hypviz.words.gain_of_layers import LayerWords, layer_words

PAGE = "probe"
_HELP = (
    "u is a token's length in radii. The gain is what HypLoRA multiplies LoRA's update BAx by; 1 is LoRA. "
    "Give or take is how far it varies by token within one layer, which is all that LoRA with another alpha cannot imitate. "
    "|Δ| / |Wx| is the update against what the frozen layer gives. Tokens of padding are left out."
)


def show_layers(adapters: Sequence[AdapterProbe], *, key: str) -> None:
    """What the gains do in words, one quantity at a time over the layers of all adapters, and a table of the layers."""
    say_gain(adapters)
    quantity = _choose(adapters, key=f"layers-quantity-{key}")
    chart = layer_chart(adapters, quantity)
    if chart is None:
        st.caption(_why_not(adapters, quantity))
    else:
        show(chart, f"layers-{quantity}-{key}")
    show_layer_table(adapters, key=key)


def show_tokens(probes: Mapping[str, PromptProbe], *, key: str) -> None:
    """The map of one adapter over the tokens of the prompt; `probes` by the column's title."""
    left, right = st.columns(2)
    title = next(iter(probes))
    if len(probes) > 1:
        bent = next((name for name, probe in probes.items() if probe.u is not None), title)
        kept = Kept(PAGE)
        place = kept.key("tokens_of", bent, among=list(probes), key=f"tokens-adapter-{key}")
        title = str(left.segmented_control("Adapter", list(probes), required=True, key=place))
        kept.keep(tokens_of=title)
    probe = probes[title]
    options = [name for name in QUANTITIES if token_chart(probe, name) is not None]
    with right:
        quantity = _pick("Measured", options, name="tokens_measured", key=f"tokens-quantity-{key}-{title}")
    chart = token_chart(probe, quantity)
    if chart is not None:
        show(chart, f"tokens-{quantity}-{key}-{title}")


def say_gain(adapters: Sequence[AdapterProbe]) -> None:
    """What the gain of each HypLoRA adapter does, kind of module by kind of module; nothing for plain LoRA."""
    told = {entry.adapter: sentences(entry) for entry in adapters}
    told = {name: said for name, said in told.items() if said}
    for name, said in told.items():
        if len(told) > 1:
            st.markdown(f"**{escape_markdown(title_of(name))}**")
        st.markdown("\n".join(f"- {escape_markdown(sentence)}" for sentence in said))


def show_layer_table(adapters: Sequence[AdapterProbe], *, key: str) -> None:
    """A line for every layer of a HypLoRA adapter, with its sentence; nothing where no variation is known."""
    import pandas as pd

    lines = layer_words(adapters)
    if not lines:
        return
    table = pd.DataFrame(_layer_columns(lines))
    config = _layer_config()
    st.dataframe(table, hide_index=True, width="stretch", height=min(38 + 35 * len(lines), 400), column_config=config, key=f"layers-{key}")
    words = "The table as CSV (UTF-8), shares as numbers from 0."
    csv_button(st.container(), "These layers", lambda: table, file=f"layers-{key}.csv", key=f"layers-data-{key}", words=words)


def _layer_columns(lines: Sequence[LayerWords]) -> dict[str, object]:
    """The columns of the table of layers; without those that no line has."""
    import pandas as pd

    several = len({line.adapter for line in lines}) > 1
    limited = any(line.n_as_lora is not None for line in lines)
    return {
        **({"adapter": [title_of(line.adapter) for line in lines]} if several else {}),
        "block": [line.block for line in lines],
        "module": [line.module for line in lines],
        "gain": [line.gain for line in lines],
        "give or take": [line.variation for line in lines],
        "LoRA cannot give": pd.array([line.unlike_lora for line in lines], dtype="Float64"),
        "massive": pd.array([line.n_massive for line in lines], dtype="Int64"),
        **({"as LoRA": pd.array([line.n_as_lora for line in lines], dtype="Int64")} if limited else {}),
        "in words": [line.sentence for line in lines],
    }


def _layer_config() -> dict[str, Any]:
    number = st.column_config.NumberColumn
    beyond = "Share of the update's variance that LoRA with alpha times the layer's median gain does not give."
    return {
        "gain": number(format="%.3g", help="The median over the tokens of the layer; 1 is LoRA."),
        "give or take": number(format="percent", help="Half of the 5th to 95th percentile, over the median."),
        "LoRA cannot give": number(format="percent", help=beyond),
        "massive": number(help=f"Tokens more than {MASSIVE:g} times as long as the layer's median one."),
        "as LoRA": number(help="Tokens beyond the limit, whose gain is taken as 1; empty: there is no limit."),
        "in words": st.column_config.TextColumn(width="large"),
    }


def say_if_long(adapters: Sequence[AdapterProbe], *, warnings_only: bool = False) -> None:
    """A sentence where tokens are so long that the first update of training is no small one."""
    found = long_tokens(adapters)
    if found is not None and (found.is_warning or not warnings_only):
        (st.warning if found.is_warning else st.info)(escape_markdown(found.sentence), icon=":material/straighten:")


def say_if_massive(calibration: RadiusCalibration) -> None:
    """The tokens with massive activations that calibration found, and what its radii leave of them."""
    sentence = calibrated(calibration)
    if sentence is not None:
        st.info(escape_markdown(sentence), icon=":material/straighten:")


def _why_not(adapters: Sequence[AdapterProbe], quantity: str) -> str:
    """Why there is no chart of this quantity."""
    if quantity == VARIATION and any(entry.hyperbolic for entry in adapters):
        return "This probe was taken before the variation within a layer was measured; choose another quantity."
    return "Plain LoRA has neither a radius nor a gain; choose another quantity."


def _choose(adapters: Sequence[AdapterProbe], *, key: str) -> str:
    bent = any(entry.hyperbolic for entry in adapters)
    quantities = [name for name in LAYER_QUANTITIES if bent or layer_chart(adapters, name) is not None]
    return _pick("Measured in every layer", quantities, name="layers", key=key)


def _pick(label: str, quantities: Sequence[str], *, name: str, key: str) -> str:
    """The quantity chosen; `name` is the choice's in the address."""
    kept = Kept(PAGE)
    place = kept.key(name, quantities[0], among=quantities, key=key)
    picked = str(st.segmented_control(label, quantities, format_func=NAMES.__getitem__, required=True, key=place, help=_HELP))
    kept.keep(**{name: picked})
    return picked
