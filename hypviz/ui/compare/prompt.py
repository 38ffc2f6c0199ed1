"""What is asked on the Compare page: a case study or a text of one's own, the template, and the decoding."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import streamlit as st

from hypviz.records.answers import PAPER_BEAMS, Decoding
from hypviz.records.asking import NONE, Asking
from hypviz.records.models import ModelRef
from hypviz.records.numbers import show_number
from hypviz.records.specs.answers import ComparisonSpec
from hypviz.studies.asking import CASE_STUDIES, asked_columns, expected_number, virtual_tokens
from hypviz.studies.how_asked import learned_otherwise, prompt_tokens
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
OWN = "own"
_CONTROL_HELP = "Names of control tokens, such as `<s>` or `<|im_start|>`, are text like any other unless they are read."
_CASES = {case.title: case for case in CASE_STUDIES}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The question, the title of each column, and the number that would be right (None where nobody said)."""

    spec: ComparisonSpec
    titles: dict[str, str]
    expected: Fraction | None


def choose_case(learned: str | None) -> str:
    """A case study's title, or `OWN`; at first one of the kind that the fine-tune `learned`."""
    options, kept = [*_CASES, OWN], Kept(PAGE)
    first = next((title for title, case in _CASES.items() if case.skill == learned), options[0])
    case = st.selectbox(
        "Prompt",
        options,
        key=kept.key("case", first, among=options, explicit=True),
        format_func=lambda option: "Write your own" if option == OWN else option,
        help="Case studies of our own, chosen before any answer was seen.",
    )
    kept.keep(case=case)
    return case


def ask(case: str, ref: ModelRef, picked: Picked) -> Asked | None:
    """The text, the template and the decoding; None while the person's own prompt is still empty."""
    text, expected = _own_prompt() if case == OWN else _case_study(case)
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
    if not text.strip():
        st.info("Type a prompt to compare the answers to it.", icon=":material/keyboard:")
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
    return Asked(spec=spec, titles=chosen.titles, expected=expected)


def _case_study(title: str) -> tuple[str, Fraction]:
    case = _CASES[title]
    st.session_state["_compare-last"] = case.question
    with st.container(border=True):
        words, number = st.columns([5, 1], vertical_alignment="center")
        words.text(case.question)
        number.badge(f"Expected: {show_number(case.answer)}", icon=":material/flag:", color="gray")
    return case.question, case.answer


def _own_prompt() -> tuple[str, Fraction | None]:
    kept, (asked, right) = Kept(PAGE), st.columns([4, 1])
    key = kept.key("prompt", st.session_state.get("_compare-last", ""), explicit=True)
    text = asked.text_area("Your prompt", key=key, height=110, placeholder="A question that ends in a number")
    number = right.text_input(
        "Expected number",
        key=kept.key("expected", ""),
        placeholder="optional",
        help="Answers are marked right or wrong against it.",
    )
    kept.keep(prompt=text, expected=number.strip())
    return text, expected_number(number)


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
