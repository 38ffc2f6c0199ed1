"""What is asked on the Compare page: a case study of any kind, a prompt of one's own, or one after another of a file of prompts."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from hypviz.records.cases import Case, CaseList
from hypviz.records.problems import LETTER, NUMBER, OPTION, TEXT, TRUTH, show_answer
from hypviz.studies.asking import CASE_STUDIES, CHOICE_STUDIES
from hypviz.studies.cases import ANSWER_KINDS, AUTO, given_cases, typed_case
from hypviz.ui.compare.hidden import is_hidden
from hypviz.ui.shared.problem_file import ENDINGS
from hypviz.ui.shared.problem_preview import left_out
from hypviz.ui.shared.uploads import Files, file_alone, parsed
from hypviz.ui.shell.address import Kept
from hypviz.ui.shell.text import escape_markdown

PAGE = "compare"
OWN, LIST = "own", "list"
TALL, LONG = 220, 700  # pixels for a prompt of more than so many signs
_CASES = {case.title: case for case in (*CASE_STUDIES, *CHOICE_STUDIES)}
_KINDS = {NUMBER: "Number", LETTER: "Letter", OPTION: "Option", TRUTH: "True or false", TEXT: "Words"}
_READ_AS = {NUMBER: "a number", LETTER: "a letter", OPTION: "an option", TRUTH: "true or false", TEXT: "words"}
_MORE = {OWN: "Write your own", LIST: "Your own list, from a file"}
_LAST, _LISTED = "_compare-last", "_compare-listed"
_LIST_HELP = (
    "One prompt a line (.txt), or rows with a question, and an answer where it is known, in any form that Evaluate reads. "
    "They are asked one at a time."
)


def choose_case(learned: str | None) -> str:
    """A case study's title, `OWN` or `LIST`; at first one of the kind that the fine-tune `learned`."""
    options, kept = [*_CASES, *_MORE], Kept(PAGE)
    first = next((title for title, case in _CASES.items() if case.skill == learned), options[0])
    case = st.selectbox(
        "Prompt",
        options,
        key=kept.key("case", first, among=options, explicit=True),
        format_func=lambda option: _MORE[option] if option in _MORE else f"{_KINDS[_CASES[option].problem.kind]}: {option}",
        help="Case studies of our own, chosen before any answer was seen, named by the kind of their answer.",
    )
    kept.keep(case=case)
    return case


def take_case(chosen: str, *, can_hide: bool) -> Case | None:
    """The case that was chosen, shown or typed here; None while there is no prompt. Raises `HypvizError` for one that cannot be marked.

    Where there are several columns (`can_hide`), what is expected is not said in the blind view before Reveal.
    """
    if chosen == OWN:
        return _own_prompt(can_hide=can_hide)
    if chosen == LIST:
        return _of_a_list(can_hide=can_hide)
    case = Case(problem=_CASES[chosen].problem)
    _show(case, can_hide=can_hide)
    return case


def _show(case: Case, *, can_hide: bool) -> None:
    """The prompt, a long one in a box of its own height, and what would be right."""
    st.session_state[_LAST] = case.question
    with st.container(border=True, height=TALL if len(case.question) > LONG else "content"):
        words, expected = st.columns([5, 1], vertical_alignment="top")
        words.text(case.question)
        if can_hide and case.is_marked and is_hidden(case.question):
            expected.badge("Expected: after Reveal", icon=":material/visibility_off:", color="gray")
        elif case.is_marked:
            expected.badge(f"Expected: {escape_markdown(show_answer(case.problem.answer))}", icon=":material/flag:", color="gray")
        else:
            expected.badge("Not marked", icon=":material/outlined_flag:", color="gray")


def _own_prompt(*, can_hide: bool) -> Case | None:
    kept, (asked, right) = Kept(PAGE), st.columns([4, 1])
    key = kept.key("prompt", st.session_state.get(_LAST, ""), explicit=True)
    text = asked.text_area("Your prompt", key=key, height=150, placeholder="A question, with what it offers to choose from")
    expected = right.text_input(
        "Expected answer",
        key=kept.key("expected", ""),
        placeholder="optional",
        type="password" if can_hide and text.strip() and is_hidden(text) else "default",
        help="Answers are marked right or wrong against it; without it they are only read.",
    )
    kind = right.selectbox(
        "Kind of answer",
        ANSWER_KINDS,
        key=kept.key("kind", AUTO, among=ANSWER_KINDS),
        format_func=lambda kind: "As it is written" if kind == AUTO else _KINDS[kind],
        help="As it is written: the letters or options that the prompt offers, true or false where it asks so, else a number, else words.",
    )
    kept.keep(prompt=text, expected=expected.strip(), kind=kind)
    if not text.strip():
        st.info("Type a prompt to compare the answers to it.", icon=":material/keyboard:")
        return None
    case = typed_case(text, expected, kind)
    st.caption(f"Answers are read as {_READ_AS[case.problem.kind]}. {_offers(case)}".strip())
    return case


def _offers(case: Case) -> str:
    offered = ", ".join(f"{option.label}: {option.text}" for option in case.problem.options)
    return escape_markdown(f"The prompt offers {offered}.") if offered else ""


def _of_a_list(*, can_hide: bool) -> Case | None:
    """The prompt of the file at which the person is."""
    kept = Kept(PAGE)
    found = file_alone(kept, "prompts", PROMPTS)
    if found is None:
        return None
    most = len(found.cases)
    if st.session_state.get(_LISTED, found.fingerprint) != found.fingerprint:
        kept.keep(place=1)  # another file begins with its first prompt
    st.session_state[_LISTED] = found.fingerprint
    place = kept.key("place", 1, low=1, high=most, key=f"compare-place-{found.fingerprint[:12]}")
    before, number, after = st.columns([1, 2, 1], vertical_alignment="bottom")
    at = int(number.number_input(f"Prompt, of {most:,}", 1, most, key=place))
    before.button("Previous", icon=":material/arrow_back:", width="stretch", disabled=at == 1, on_click=_step(place, -1))
    after.button("Next", icon=":material/arrow_forward:", width="stretch", disabled=at == most, on_click=_step(place, 1))
    kept.keep(place=at)
    case = found.cases[at - 1]
    _show(case, can_hide=can_hide)
    return case


def _step(place: str, by: int) -> Callable[[], None]:
    """What a button does to the number of the prompt."""

    def move() -> None:
        st.session_state[place] += by

    return move


def _take(key: str) -> CaseList | None:
    file = st.file_uploader("A file of prompts", ENDINGS, key=key, help=_LIST_HELP)
    if file is None:
        return None
    data = file.getvalue()
    return parsed(data, ["prompts", file.name], lambda: given_cases(data, file.name))


def _show_reading(found: CaseList) -> None:
    for notice in found.notices:
        st.caption(f":material/info: {escape_markdown(notice)}")
    if found.n_skipped:
        st.warning(escape_markdown(left_out(found.n_skipped, found.skipped)), icon=":material/filter_alt:")
    n_marked = sum(case.is_marked for case in found.cases)
    st.caption(f"{n_marked:,} of {len(found.cases):,} have an answer to be marked against.")


PROMPTS: Files[CaseList] = Files(
    record=CaseList,
    take=_take,
    show=_show_reading,
    size=lambda found: f"{len(found.cases):,} prompts",
    awaited="Choose a file with prompts: one a line, or rows with a question and, where it is known, an answer.",
)
