"""The Start page's choice: bundled, on this machine, folder or GGUF file, or hub id; the cost before loading; the Load button."""

from __future__ import annotations

import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import streamlit as st

from hypviz.errors import HypvizError, ModelError, ModelGone
from hypviz.records.models import LoadCost
from hypviz.studies.model import ModelReport
from hypviz.studies.models import BUNDLED_SOURCE, parse_source, shortened
from hypviz.ui.shell.address import Kept
from hypviz.ui.shell.jobs import jobs, run_job
from hypviz.ui.shell.session import MODEL_PARAMETER, choose_model, current_source, model_ref, trusts_remote_code
from hypviz.ui.shell.text import escape_markdown, short_count
from hypviz.ui.start.costs import cost_of, forget_costs, loading_seconds
from hypviz.ui.start.here import forget_list, show_here
from hypviz.ui.start.parts import choose_part
from hypviz.ui.start.rows import WANTED
from hypviz.words.local_models import as_downloaded, file_words
from hypviz.work import Work

KINDS = {
    "bundled": ":material/inventory_2: Bundled",
    "here": ":material/hard_drive: On this machine",
    "folder": ":material/folder: Folder or GGUF file",
    "hub": ":material/cloud_download: Hub id",
}
_FIELDS = {
    "folder": (
        "Folder in Hugging Face format (config.json, tokenizer.json, model.safetensors), or a GGUF file (model.Q8_0.gguf)",
        "~/models/Qwen3-0.6B",
        ":material/folder:",
    ),
    "hub": (
        "Hub id, with @revision if it should be another than main; of several GGUF files with the file behind it (org/name/x.Q8_0.gguf)",
        "org/name",
        ":material/cloud:",
    ),
}


@contextmanager
def model_errors() -> Generator[None]:
    """Show what is wrong with a choice as one sentence, and go on with the rest of the page."""
    try:
        yield
    except HypvizError as error:
        st.error(escape_markdown(str(error)), icon=":material/error:")


def choose_source() -> str | None:
    """The four ways to name a model; returns MODEL, or None while nothing has been chosen or typed."""
    current, kept = current_source(), Kept("start")
    key = kept.key("kind", _kind_of(current), among=list(KINDS))
    kind = str(st.segmented_control("Choose a language model", list(KINDS), format_func=KINDS.__getitem__, required=True, key=key))
    kept.keep(kind=kind)
    if kind == "bundled":
        st.caption("A small language model that ships with hypviz. It needs no network and answers in seconds on any laptop.")
        return BUNDLED_SOURCE
    if kind == "here":
        show_here(kept)
        return None
    words, example, icon = _FIELDS[kind]
    key = kept.key(kind, current.split("#", 1)[0] if _kind_of(current) == kind else "")
    text = st.text_input(words, key=key, placeholder=example, icon=icon)
    kept.keep(**{kind: text})
    if kind == "hub":
        source = choose_part(kept, text.strip(), current)
        return _of_kind(source, kind) if source else None
    if not text.strip():
        _ask("Paste the path of the folder or file")
        return None
    return _of_kind(text.strip(), kind)


def _ask(what: str) -> None:
    st.info(f"{what} and press Enter: its cost is shown before anything is loaded.", icon=":material/keyboard_return:")


def load_panel(source: str) -> ModelReport | None:
    """The cost of `source`, the Load button, and the report once it is loaded and has become the chosen model."""
    cost = cost_of(source)
    chosen = st.query_params.get(MODEL_PARAMETER) == source
    job = jobs().get(_key(source))
    under_way = job is not None and job.active  # begun before a reload, or in another browser
    wanted = under_way or st.session_state.get(WANTED) == source or (chosen and not cost.bytes_to_download)
    if cost.as_downloaded and cost.commit is not None:
        st.info(escape_markdown(as_downloaded(source, cost.commit)), icon=":material/cloud_off:")
    if not wanted or job is None or job.state != "done":
        show_cost(cost, only_vocabulary=parse_source(source).only_vocabulary)
    if not wanted:
        verb = "Download and load" if cost.bytes_to_download else "Load"
        if st.button(verb, key="start-load", type="primary", icon=":material/play_arrow:"):
            st.session_state[WANTED] = source
            st.rerun()
        return None
    report = _load(source, cost)
    if report is None:
        return None
    st.session_state.pop(WANTED, None)
    if cost.bytes_to_download:
        forget_costs()
        forget_list()
    if not chosen:
        choose_model(source)
        st.rerun()
    if model_ref(source).fingerprint != report.ref.fingerprint:  # the files changed since they were looked at
        jobs().forget(_key(source))
        st.rerun()
    return report


def show_cost(cost: LoadCost, *, only_vocabulary: bool) -> None:
    """The four numbers that decide whether to press Load, and what they mean for this machine."""
    from hypviz.studies.models import available_memory, show_size

    free = available_memory()
    shown = {
        "To download": show_size(cost.bytes_to_download) if cost.bytes_to_download else "nothing",
        "To read": show_size(cost.bytes_to_read),
        "Memory": show_size(cost.memory_bytes),
        "Parameters": short_count(cost.n_parameters),
    }
    for column, (label, value) in zip(st.columns(len(shown)), shown.items(), strict=True):
        column.metric(label, value, border=True)
    held = (
        "the rows that are held at once"
        if only_vocabulary
        else "the weights in the format in which the model answers here and the rows that are held"
    )
    pinned = f" of commit {cost.commit[:12]}" if cost.commit is not None else ""
    st.caption(f"{file_words(cost.n_files)}{pinned}. Memory is for {held}; {show_size(free)} are free on this machine.")
    if cost.quantised and not only_vocabulary:
        st.caption(escape_markdown(cost.quantised))
    if cost.memory_bytes > free:
        st.warning(
            f"The whole model needs {show_size(cost.memory_bytes)} and {show_size(free)} are free: its vocabulary can be looked at, "
            "but fine-tuning, comparing and evaluating will refuse to load it.",
            icon=":material/memory:",
        )


def _load(source: str, cost: LoadCost) -> ModelReport | None:
    trust = trusts_remote_code()

    def load(work: Work) -> ModelReport:
        from hypviz.studies.model import load_report

        return load_report(source, trust_remote_code=trust, work=work)

    seconds = loading_seconds(cost)
    return run_job(
        _key(source), f"Loading {escape_markdown(Path(source).name or source)}", load, estimate_s=seconds, auto=True, button="Load"
    )


def _key(source: str) -> str:
    return f"load-{source}"


def _kind_of(source: str) -> str:
    try:
        found = parse_source(source).kind
        return "folder" if found == "gguf" else found
    except ModelError:
        return "folder"


def _of_kind(text: str, kind: str) -> str:
    """`text` if it names what the chosen tab asks for; otherwise the sentence that says what it is instead."""
    try:
        found = parse_source(text).kind
    except ModelGone:
        raise
    except ModelError:
        if kind == "folder" and not os.path.isfile(os.path.expanduser(text)):
            raise ModelError(
                f"There is no folder {shortened(text)} on this machine; check the path, or choose Hub id to download a model."
            ) from None
        raise
    if kind == "folder" and found == "hub":
        raise ModelError(f"There is no folder {text} on this machine; check the path, or choose Hub id to download a model.")
    if kind == "hub" and found != "hub":
        raise ModelError(
            f"{text} is not a hub id but on this machine already; choose {KINDS[_kind_of(text)].split(maxsplit=1)[1]} to use it."
        )
    return text
