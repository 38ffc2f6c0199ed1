"""A problem file of the person's own: given now, or kept in the store by its content, so that a reload and a link find it again."""

from __future__ import annotations

import streamlit as st

from hypviz.corpora import problems_from_bytes
from hypviz.problems import PROBLEM_SET_NAMES
from hypviz.records.texts import ProblemSet
from hypviz.ui.shared.problem_preview import show_reading
from hypviz.ui.shell.session import store
from hypviz.ui.shell.text import escape_markdown
from hypviz.words.numbers import counted

UPLOAD = "upload"
KIND = "uploads"
ALGORITHM = 2


def set_label(name: str) -> str:
    """A set in a menu: ``bundled problems, two-step``."""
    if name == UPLOAD:
        return "a file of your own"
    return "bundled problems, all skills" if name == PROBLEM_SET_NAMES[0] else f"bundled problems, {name}"


def uploaded_problems(fingerprint: str, *, key: str) -> ProblemSet | None:
    """The file given to the uploader `key` now, else the one of this fingerprint, as the store keeps it; None while one is awaited."""
    file = st.file_uploader(
        "A .jsonl, .json, .csv or .tsv file with question and answer (or instruction, input, output, answer)",
        type=["jsonl", "json", "csv", "tsv"],
        key=key,
    )
    if file is not None:
        found = problems_from_bytes(file.getvalue(), file.name)
        st.caption(f"{counted(len(found.problems), 'problem')}.")
        show_reading(found)
        return store().load_or_compute(KIND, _kept_as(found.fingerprint), ProblemSet, lambda: found).record
    kept = store().get(KIND, _kept_as(fingerprint), ProblemSet) if fingerprint else None
    if kept is None and fingerprint:
        words = f"The address says problems={fingerprint}, a file that is not kept here; choose it once more."
        st.warning(escape_markdown(words), icon=":material/link_off:")
    if kept is not None:
        st.caption(f"Kept from before: {counted(len(kept.problems), 'problem')}.")
        show_reading(kept)
    return kept


def _kept_as(fingerprint: str) -> dict[str, object]:
    return {"algorithm": ALGORITHM, "fingerprint": fingerprint}
