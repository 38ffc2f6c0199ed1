"""Which model the person looks at, and the copies of it that all sessions share.

The choice lives in the URL (``?model=``) and is carried from page to page; nothing else about it is kept in the session.
What was read of a model is held once for all sessions, threads and studies: its description and its rows by `hypviz.models`, what the
store has of it and the loaded model by Streamlit's caches. A lock per model keeps two browsers from mixing adapters.
"""

from __future__ import annotations

import sys
import threading
from typing import Any

import numpy as np
import streamlit as st

from hypviz.records.models import Embeddings, ModelRef, ModelSummary, TokenTable
from hypviz.studies.kept import Store
from hypviz.studies.models import BUNDLED_SOURCE

MODEL_PARAMETER = "model"


def carry_model() -> None:
    """Keep the model in the URL when the person moves to another page; call once per run, before the page."""
    if MODEL_PARAMETER in st.query_params:
        st.session_state["_model"] = st.query_params[MODEL_PARAMETER]
    elif "_model" in st.session_state:
        st.query_params[MODEL_PARAMETER] = st.session_state["_model"]


def current_source() -> str:
    """MODEL as the URL names it; the bundled model where it names none."""
    return st.query_params.get(MODEL_PARAMETER) or BUNDLED_SOURCE


def choose_model(source: str) -> None:
    """Put MODEL into the URL, for this page and the following ones."""
    st.query_params[MODEL_PARAMETER] = source
    st.session_state["_model"] = source


def trusts_remote_code() -> bool:
    """Whether the operator started the app with ``streamlit run app.py -- --trust-remote-code``."""
    return "--trust-remote-code" in sys.argv[1:]


def model_ref(source: str | None = None) -> ModelRef:
    """The chosen model, resolved to a folder with a fingerprint; `ModelError` with the sentence to show otherwise.

    A folder is looked at again on every call, because its files can change; the fingerprints are cached by size and time.
    A hub model is never downloaded here: that is for the Start page, where its cost is shown.
    """
    from hypviz.studies.models import resolve

    return resolve(source or current_source(), trust_remote_code=trusts_remote_code(), download=False)


@st.cache_resource(show_spinner="Reading the vocabulary…", show_time=True, max_entries=4)
def _token_table(fingerprint: str, _ref: ModelRef) -> TokenTable:
    from hypviz.studies.tokens import token_table as stored

    return stored(_ref)


@st.cache_resource(show_spinner=False, max_entries=4)
def _row_norms(fingerprint: str, table: str, _ref: ModelRef) -> np.ndarray:
    from hypviz.studies.tokens import row_norms as stored

    return stored(_ref, table=table)


@st.cache_resource(show_spinner=False)
def _locks() -> dict[str, threading.RLock]:
    return {}


_LOCKS_GUARD = threading.Lock()


def model_summary(ref: ModelRef) -> ModelSummary:
    """Architecture and sizes, read once for all sessions."""
    from hypviz.studies.models import summarise

    return summarise(ref)


def token_table(ref: ModelRef) -> TokenTable:
    """The tokens, read once for all sessions."""
    return _token_table(ref.fingerprint, ref)


def row_norms(ref: ModelRef, table: str = "input") -> np.ndarray:
    """The L2 norm of every row of the "input" or "output" table (n_rows,)."""
    return _row_norms(ref.fingerprint, table, ref)


def embeddings(ref: ModelRef, table: str = "input") -> Embeddings:
    """The rows of the "input" or "output" table, read once for all sessions."""
    with st.spinner("Reading the embedding rows…", show_time=True):
        return read_once(ref, table)


def read_once(ref: ModelRef, table: str) -> Embeddings:
    """The same without a word on the page, for threads."""
    from hypviz.studies.models import read_embeddings

    return read_embeddings(ref, output=table == "output")


def language_model(ref: ModelRef, *, to_answer: bool = True) -> tuple[Any, Any]:
    """(model in the format in which it answers, tokenizer), one in memory for all sessions; hold `model_lock` while using it.

    Raises `ModelError`; without `to_answer` a model that only reads text is lent too.
    """
    from hypviz.studies.answering_model import answering_model

    return answering_model(ref, store=store(), to_answer=to_answer)


def forget_language_model() -> None:
    """Let the shared copy go, for it is not itself any more; the next `language_model` reads it again. Hold `model_lock`."""
    from hypviz.studies.answering_model import let_go

    let_go()


def model_lock(ref: ModelRef) -> threading.RLock:
    """The lock of one model: whoever switches adapters or generates holds it."""
    with _LOCKS_GUARD:
        return _locks().setdefault(ref.fingerprint, threading.RLock())


@st.cache_resource(show_spinner=False)
def store() -> Store:
    """The store under the cache root."""
    return Store()
