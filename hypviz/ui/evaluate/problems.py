"""Which problems the Evaluate page asks: the test split of a bundled set, or an upload that a reload still finds."""

from __future__ import annotations

import dataclasses

import streamlit as st

from hypviz.corpora import problems_from_bytes, read_problems
from hypviz.problems import PROBLEM_SET_NAMES
from hypviz.records.answers import Decoding
from hypviz.records.models import ModelRef
from hypviz.records.texts import ProblemSet
from hypviz.ui.shared.answer_length import choose_length
from hypviz.ui.shared.problem_preview import show_reading
from hypviz.ui.shell.address import Kept
from hypviz.ui.shell.session import store
from hypviz.ui.shell.text import escape_markdown

PAGE = "evaluate"
UPLOAD = "upload"
KIND = "uploads"
ALGORITHM = 2
LARGEST = 3000
_GIVEN = "evaluate-given"  # the fingerprint of the file given last


def choose_problems(learned: str | None) -> ProblemSet | None:
    """The set, cut to n, at first the one that the fine-tune `learned`; None while an upload is awaited."""
    options, kept = [*PROBLEM_SET_NAMES, UPLOAD], Kept(PAGE)
    first = learned if learned in PROBLEM_SET_NAMES else options[0]
    key = kept.key("problems", str(first), among=options, read=lambda text: text if text in options else UPLOAD, explicit=True)
    given = kept.key("problems", "", read=lambda text: "" if text in options else text, key=_GIVEN)
    chosen, how_many = st.columns([2, 1])
    name = chosen.selectbox(
        "Problems",
        options,
        key=key,
        format_func=_label,
        help="Bundled sets are asked from their test split, which no fine-tune has seen.",
    )
    found = _uploaded(st.session_state[given]) if name == UPLOAD else None
    if name == UPLOAD and found is None:
        kept.keep(problems=name)
        return None
    most = LARGEST if found is None else len(found.problems)
    usual = kept.key("n", min(100, most), low=1, high=most, key=f"evaluate-n-{most}")
    n = how_many.number_input("How many", 1, most, key=usual, help=f"The first n, at most {most:,}.")
    if found is not None:
        st.session_state[given] = found.fingerprint
    kept.keep(problems=name if found is None else found.fingerprint, n=int(n))
    return _cut(found, int(n)) if found is not None else read_problems(name, limit=int(n), split="test")


def choose_decoding(ref: ModelRef, folders: tuple[str, ...], problems: ProblemSet | None) -> Decoding:
    """Greedy always; only the longest answer is a choice."""
    with st.expander("Decoding", icon=":material/tune:"):
        tokens = choose_length(PAGE, ref, folders, st.container(), problems)
        st.caption(
            "Greedy. An answer is right when its last number is within 0.001 of the reference, as the paper counts. Beside it stands "
            "what careful reading finds: fractions, signs, exponents, boxed answers and separators (below 1: within a thousandth of it)."
        )
    return Decoding(max_new_tokens=tokens)


def _uploaded(fingerprint: str) -> ProblemSet | None:
    """The file given now, else the one whose fingerprint the address names, as the store keeps it."""
    file = st.file_uploader(
        "A .jsonl, .json, .csv or .tsv file with question and answer (or instruction, input, output, answer)",
        type=["jsonl", "json", "csv", "tsv"],
        key="evaluate-file",
    )
    if file is not None:
        found = problems_from_bytes(file.getvalue(), file.name)
        show_reading(found)
        return store().load_or_compute(KIND, _kept_as(found.fingerprint), ProblemSet, lambda: found).record
    kept = store().get(KIND, _kept_as(fingerprint), ProblemSet) if fingerprint else None
    if kept is None and fingerprint:
        words = f"The address says problems={fingerprint}, a file that is not kept here; choose it once more."
        st.warning(escape_markdown(words), icon=":material/link_off:")
    if kept is None:
        st.info("Choose a file with problems: each row needs a question and a number for an answer.", icon=":material/upload_file:")
    else:
        st.caption(f"Kept from before: {len(kept.problems):,} problems.")
        show_reading(kept)
    return kept


def _kept_as(fingerprint: str) -> dict[str, object]:
    return {"algorithm": ALGORITHM, "fingerprint": fingerprint}


def _cut(found: ProblemSet, n: int) -> ProblemSet:
    """The first n problems; their fingerprint tells them from the whole set."""
    if n == len(found.problems):
        return found
    return dataclasses.replace(found, problems=found.problems[:n], fingerprint=f"{found.fingerprint}:{n}")


def _label(name: str) -> str:
    if name == UPLOAD:
        return "a file of your own"
    return "bundled problems, all skills" if name == PROBLEM_SET_NAMES[0] else f"bundled problems, {name}"
