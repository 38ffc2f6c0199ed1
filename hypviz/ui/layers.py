"""What adapters do inside the model, on the Fine-tune and Compare pages: by layer, by token of a prompt, and massive activations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

from hypviz.plots.layers import NAMES, layer_chart, token_chart
from hypviz.records.hyplora import QUANTITIES, AdapterProbe, PromptProbe, RadiusCalibration
from hypviz.ui.charts import show
from hypviz.ui.text import escape_markdown

LONG = 30.0  # from u of about 30 the first update of training is as long as the token, however small B is
_HELP = (
    "u is a token's length in radii. The gain is what HypLoRA multiplies LoRA's update BAx by; 1 is LoRA. "
    "|Δ| / |Wx| is the update against what the frozen layer gives. Tokens of padding are left out."
)


def show_layers(adapters: Sequence[AdapterProbe], *, key: str) -> None:
    """One quantity at a time over the layers of all adapters."""
    quantity = _choose(adapters, key=f"layers-quantity-{key}")
    chart = layer_chart(adapters, quantity)
    if chart is None:
        st.caption("Plain LoRA has neither a radius nor a gain; choose another quantity.")
        return
    show(chart, f"layers-{quantity}-{key}")


def show_tokens(probes: Mapping[str, PromptProbe], *, key: str) -> None:
    """The map of one adapter over the tokens of the prompt; `probes` by the column's title."""
    left, right = st.columns(2)
    title = next(iter(probes))
    if len(probes) > 1:
        bent = next((name for name, probe in probes.items() if probe.u is not None), title)
        title = str(left.segmented_control("Adapter", list(probes), default=bent, required=True, key=f"tokens-adapter-{key}"))
    probe = probes[title]
    options = [name for name in QUANTITIES if token_chart(probe, name) is not None]
    with right:
        quantity = _pick("Measured", options, key=f"tokens-quantity-{key}-{title}")
    chart = token_chart(probe, quantity)
    if chart is not None:
        show(chart, f"tokens-{quantity}-{key}-{title}")


def say_if_long(adapters: Sequence[AdapterProbe]) -> None:
    """A sentence where tokens are so long that the first update of training is no small one."""
    long = [layer for entry in adapters for layer in entry.layers if layer.u is not None and layer.u.maximum > LONG]
    if not long:
        return
    worst = max(long, key=lambda layer: layer.u.maximum if layer.u is not None else 0.0)
    assert worst.u is not None
    st.warning(
        f"In {_count(len(long))} some tokens are more than {LONG:.0f} radii long (u up to {worst.u.maximum:,.0f} in "
        f"{escape_markdown(worst.layer)}): there HypLoRA's first update is as long as the token itself, however small B is, "
        "and the loss jumps once. A calibrated radius prevents it.",
        icon=":material/straighten:",
    )


def say_if_massive(calibration: RadiusCalibration) -> None:
    """The tokens with massive activations that calibration found, and what its radii leave of them."""
    found = [layer for layer in calibration.layers if layer.n_massive]
    if not found:
        return
    worst = max(found, key=lambda layer: layer.massive[0].times_median)
    token = worst.massive[0]
    where = "" if token.position is None else f"; token {token.position + 1} of example {(token.row or 0) + 1}, id {token.token_id}"
    st.info(
        f"Massive activations in {_count(len(found))}: in {escape_markdown(worst.layer)} {worst.n_massive:,} of {worst.u.n:,} tokens "
        f"are more than ten times as long as the median one, the longest {token.times_median:,.0f} times "
        f"(u = {token.u:.3g} at the calibrated radius{where}).",
        icon=":material/straighten:",
    )


def _choose(adapters: Sequence[AdapterProbe], *, key: str) -> str:
    bent = any(entry.hyperbolic for entry in adapters)
    return _pick("Measured in every layer", [name for name in QUANTITIES if bent or layer_chart(adapters, name) is not None], key=key)


def _pick(label: str, quantities: Sequence[str], *, key: str) -> str:
    return str(
        st.segmented_control(label, quantities, format_func=NAMES.__getitem__, default=quantities[0], required=True, key=key, help=_HELP)
    )


def _count(n: int) -> str:
    return f"{n} layer{'' if n == 1 else 's'}"
