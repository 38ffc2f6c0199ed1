"""Which problems the Evaluate page asks: the test split of a bundled set, or an upload that a reload still finds."""

from __future__ import annotations

import streamlit as st

from hypviz.corpora import problems_from_bytes, read_problems
from hypviz.problems import PROBLEM_SET_NAMES
from hypviz.records.answers import Decoding
from hypviz.records.texts import ProblemSet
from hypviz.ui.compare_choice import recalled, recalled_int, remember
from hypviz.ui.session import store

PAGE = "evaluate"
UPLOAD = "upload"
KIND = "uploads"
LARGEST = 3000


def choose_problems(learned: str | None) -> ProblemSet | None:
    """The set, cut to n, at first the one that the fine-tune `learned`; None while an upload is awaited."""
    options = [*PROBLEM_SET_NAMES, UPLOAD]
    start = recalled(PAGE, "problems", learned if learned in PROBLEM_SET_NAMES else options[0])
    chosen, how_many = st.columns([2, 1])
    name = chosen.selectbox(
        "Problems",
        options,
        index=options.index(start) if start in options else len(options) - 1,
        key="evaluate-problems",
        format_func=_label,
        help="Bundled sets are asked from their test split, which no fine-tune has seen.",
    )
    found = _uploaded(start) if name == UPLOAD else None
    if name == UPLOAD and found is None:
        return None
    most = LARGEST if found is None else len(found.problems)
    usual = recalled_int(PAGE, "n", min(100, most), 1, most)
    n = how_many.number_input("How many", 1, most, usual, key=f"evaluate-n-{most}", help=f"The first n, at most {most:,}.")
    remember(PAGE, {"problems": name if found is None else found.fingerprint, "n": str(n)})
    return _cut(found, int(n)) if found is not None else read_problems(name, limit=int(n), split="test")


def choose_decoding() -> Decoding:
    """Greedy always; only the longest answer is a choice."""
    with st.expander("Decoding", icon=":material/tune:"):
        n = st.number_input("Longest answer (tokens)", 1, 4096, recalled_int(PAGE, "tokens", 96, 1, 4096), key="evaluate-tokens", width=240)
        st.caption("Greedy. An answer is right when its last number is within 0.001 of the reference, as the paper counts.")
    remember(PAGE, {"tokens": "" if n == 96 else str(n)})
    return Decoding(max_new_tokens=int(n))


def _uploaded(fingerprint: str) -> ProblemSet | None:
    """The file given now, else the one whose fingerprint the URL names, as the store keeps it."""
    file = st.file_uploader(
        "A .jsonl, .json or .csv file with question and answer (or instruction, output, answer)",
        type=["jsonl", "json", "csv"],
        key="evaluate-file",
    )
    if file is not None:
        found = problems_from_bytes(file.getvalue(), file.name)
        return store().load_or_compute(KIND, {"fingerprint": found.fingerprint}, ProblemSet, lambda: found).record
    kept = store().get(KIND, {"fingerprint": fingerprint}, ProblemSet)
    if kept is None:
        st.info("Choose a file with problems: each row needs a question and a number for an answer.", icon=":material/upload_file:")
    else:
        st.caption(f"Kept from before: {len(kept.problems):,} problems.")
    return kept


def _cut(found: ProblemSet, n: int) -> ProblemSet:
    """The first n problems; their fingerprint tells them from the whole set."""
    if n == len(found.problems):
        return found
    return ProblemSet(name=found.name, problems=found.problems[:n], fingerprint=f"{found.fingerprint}:{n}", n_skipped=found.n_skipped)


def _label(name: str) -> str:
    if name == UPLOAD:
        return "a file of your own"
    return "bundled problems, all skills" if name == PROBLEM_SET_NAMES[0] else f"bundled problems, {name}"
