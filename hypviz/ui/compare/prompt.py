"""What is asked on the Compare page: a case study or a text of one's own, the template, and the decoding."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import streamlit as st

from hypviz.records.answers import PAPER_BEAMS, Decoding
from hypviz.records.models import ModelRef
from hypviz.records.numbers import show_number
from hypviz.records.specs.answers import CONTROL, QUESTION, RAW, ComparisonSpec
from hypviz.studies.asking import CASE_STUDIES, as_read, asked_columns, expected_number, virtual_tokens
from hypviz.ui.shared.adapters import Picked, named
from hypviz.ui.shared.answer_length import choose_length
from hypviz.ui.shared.stop_strings import choose_stops
from hypviz.ui.shell.address import Kept
from hypviz.ui.shell.text import escape_markdown
from hypviz.words.comparison import virtual_sentence

PAGE = "compare"
LARGEST_SEED = 2**31 - 1
OWN = "own"
_FORMS = {QUESTION: "As a word problem", RAW: "As it stands", CONTROL: "As it stands, control tokens read"}
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
    with settings:
        form, decoding = _settings(ref, picked.folders)
    with reading, st.expander("What the models read", icon=":material/visibility:"):
        st.code(as_read(text, form), language=None, wrap_lines=True)
        chosen = named(ref, picked)
        if before := virtual_sentence(virtual_tokens(ref, chosen.columns), chosen.titles):
            st.caption(escape_markdown(before))
    if not text.strip():
        st.info("Type a prompt to compare the answers to it.", icon=":material/keyboard:")
        return None
    spec = ComparisonSpec(
        model=ref,
        columns=asked_columns(ref, chosen.columns),
        prompt=text,
        form=form,
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


def _settings(ref: ModelRef, folders: tuple[str, ...]) -> tuple[str, Decoding]:
    kept = Kept(PAGE)
    with st.expander("Decoding and template", icon=":material/tune:"):
        template, tokens = st.columns(2)
        heat, dice = st.columns(2)
        form = template.selectbox(
            "Template",
            list(_FORMS),
            key=kept.key("form", QUESTION, among=list(_FORMS)),
            format_func=_FORMS.__getitem__,
            help="A word problem is put between “Question:” and “Answer:”, as the fine-tunes are. Names of control tokens, such as "
            "`<s>` or `<|im_start|>`, are text like any other unless they are read.",
        )
        n = choose_length(kept, ref, folders, tokens.container())
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
    kept.keep(form=form, temperature=float(temperature), seed=int(seed), paper=search)
    beams = PAPER_BEAMS if search and temperature == 0 else 1
    at = {"temperature": float(temperature), "seed": int(seed), "beams": beams, "stop": stop}
    return form, Decoding(max_new_tokens=n, stop_at_question=form == QUESTION, **at)
