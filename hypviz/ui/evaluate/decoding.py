"""How every problem is answered on the Evaluate page: the longest answer, the decoding by its name, samples, and stop strings."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from hypviz.records.answers import DECODINGS, GREEDY, PAPER, PAPER_BEAMS, SAMPLE, USUAL_TEMPERATURE, named_decoding
from hypviz.records.limits import SAMPLES
from hypviz.ui.shared.stop_strings import choose_stops
from hypviz.ui.shell.address import Kept

LARGEST_SEED = 2**31 - 1
_NAMES = {GREEDY: "Greedy", PAPER: f"Beam search, {PAPER_BEAMS} beams (the paper's)", SAMPLE: "Sampling"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Answering:
    """The fields of an `EvaluationSpec` that say how each problem is answered."""

    tokens: int
    beams: int
    temperature: float
    seed: int
    stop: tuple[str, ...]
    samples: int


def choose_answering(kept: Kept, tokens: int) -> Answering:
    """The controls; temperature, seed and samples are there for sampling alone."""
    name = st.selectbox(
        "Decoding",
        DECODINGS,
        key=kept.key("decoding", GREEDY, among=DECODINGS),
        format_func=_NAMES.__getitem__,
        help="Greedy takes the most likely token. Beam search is how the paper's evaluation generates, and takes about as long as "
        f"{PAPER_BEAMS} times as many problems.",
    )
    temperature, seed, samples = None, 0, 1
    if name == SAMPLE:
        heat, dice, often = st.columns(3)
        warmth = kept.key("temperature", USUAL_TEMPERATURE, low=0.1, high=2.0)
        temperature = float(heat.slider("Temperature", 0.1, 2.0, step=0.1, key=warmth))
        seed = int(dice.number_input("Seed", 0, LARGEST_SEED, key=kept.key("seed", 0, low=0, high=LARGEST_SEED)))
        least, most = int(SAMPLES.least), int(SAMPLES.most)
        samples = int(
            often.number_input(
                "Samples a problem",
                least,
                most,
                key=kept.key("samples", 1, low=least, high=most),
                help="Each with a seed of its own, counted up from the first; the answer that most of them give is the one that counts.",
            )
        )
        kept.keep(temperature=temperature, seed=seed, samples=samples)
    kept.keep(decoding=name)
    stop = choose_stops(kept)
    beams, heat_of_it = named_decoding(name, temperature)
    return Answering(tokens=tokens, beams=beams, temperature=heat_of_it, seed=seed, stop=stop, samples=samples)
