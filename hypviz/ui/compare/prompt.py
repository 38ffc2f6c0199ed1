"""How the prompt of the Compare page is put: the template, the decoding, and what the models read of it."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from hypviz.records.answers import PAPER_BEAMS, Decoding
from hypviz.records.asking import NONE, Asking
from hypviz.records.cases import Case
from hypviz.records.models import ModelRef
from hypviz.records.specs.answers import ComparisonSpec
from hypviz.studies.asking import asked_columns, virtual_tokens
from hypviz.studies.how_asked import learned_otherwise, prompt_tokens
from hypviz.ui.compare.cases import take_case
from hypviz.ui.shared.adapters import Picked, named
from hypviz.ui.shared.answer_length import choose_length
from hypviz.ui.shared.asking import choose_asking
from hypviz.ui.shared.read_text import show_read
from hypviz.ui.shared.stop_strings import choose_stops
from hypviz.ui.shell.address import Kept
from hypviz.ui.shell.text import escape_markdown
from hypviz.words.comparison import virtual_sentence
from hypviz.words.numbers import counted

PAGE = "compare"
LARGEST_SEED = 2**31 - 1
_CONTROL_HELP = "Names of control tokens, such as `<s>` or `<|im_start|>`, are text like any other unless they are read."


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The question, the title of each column, and the case: how answers are read, and what would be right where that is known."""

    spec: ComparisonSpec
    titles: dict[str, str]
    case: Case


def ask(chosen_case: str, ref: ModelRef, picked: Picked) -> Asked | None:
    """The case, the template and the decoding; None while there is no prompt yet."""
    case = take_case(chosen_case, can_hide=bool(picked.folders))
    text = "" if case is None else case.question
    settings, reading = st.columns(2)
    with settings, st.expander("Template and decoding", icon=":material/tune:"):
        asking, control = _choose_asking(ref, picked.folders, text)
        decoding = _settings(ref, picked.folders, asking)
    chosen = named(ref, picked)
    with reading, st.expander("What the models read", icon=":material/visibility:"):
        _show_reading(ref, asking, text, control)
        if before := virtual_sentence(virtual_tokens(ref, chosen.columns), chosen.titles):
            st.caption(escape_markdown(before))
    if otherwise := learned_otherwise(ref, chosen.columns, chosen.titles, asking):
        st.info(escape_markdown(otherwise), icon=":material/forum:")
    if case is None:
        return None
    spec = ComparisonSpec(
        model=ref,
        columns=asked_columns(ref, chosen.columns),
        prompt=text,
        asking=asking,
        control_tokens=control,
        tokens=decoding.max_new_tokens,
        temperature=decoding.temperature,
        seed=decoding.seed,
        beams=decoding.beams,
        stop=decoding.stop,
    )
    return Asked(spec=spec, titles=chosen.titles, case=case)


def _choose_asking(ref: ModelRef, folders: tuple[str, ...], text: str) -> tuple[Asking, bool]:
    """How the prompt is put, and whether names of control tokens in it are read."""
    kept = Kept(PAGE)
    asking = choose_asking(kept, ref, folders, [text])
    if asking.template != NONE:
        return asking, False
    control = st.toggle("Control tokens are read", key=kept.key("control", False), help=_CONTROL_HELP)
    kept.keep(control=control)
    return asking, control


def _show_reading(ref: ModelRef, asking: Asking, text: str, control: bool) -> None:
    """The prompt token by token; nothing for an empty one."""
    if text.strip():
        tokens = prompt_tokens(ref, asking, text, control_tokens=control)
        show_read(tokens, label="The prompt as the models read it", key="compare-read")
        st.caption(f"{counted(len(tokens), 'token')}, special ones framed.")


def _settings(ref: ModelRef, folders: tuple[str, ...], asking: Asking) -> Decoding:
    kept = Kept(PAGE)
    n = choose_length(kept, ref, folders, st.container(), asking)
    heat, dice = st.columns(2)
    warmth = kept.key("temperature", 0.0, low=0.0, high=2.0)
    temperature = heat.slider("Temperature (0 is greedy)", 0.0, 2.0, step=0.1, key=warmth)
    seed = dice.number_input(
        "Seed",
        0,
        LARGEST_SEED,
        key=kept.key("seed", 0, low=0, high=LARGEST_SEED),
        disabled=temperature == 0,
        help="Sampling only. All columns get the same noise, so that they differ by their weights alone.",
    )
    search = st.toggle(
        f"Beam search with {PAPER_BEAMS} beams, as the paper generates",
        key=kept.key("paper", False),
        disabled=temperature > 0,
        help="The whole text that is most likely among those it kept; it is shown when it is whole.",
    )
    stop = choose_stops(kept)
    kept.keep(temperature=float(temperature), seed=int(seed), paper=search)
    beams = PAPER_BEAMS if search and temperature == 0 else 1
    return Decoding(
        max_new_tokens=n,
        temperature=float(temperature),
        seed=int(seed),
        stop_at_question=asking.stops_at_question,
        beams=beams,
        stop=stop,
    )
