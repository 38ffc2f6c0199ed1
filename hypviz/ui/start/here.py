"""The Start page's list of the models on this machine: found by name, opened with one click, each broken one with its reason."""

from __future__ import annotations

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from hypviz.errors import ModelError
from hypviz.records.local_models import LocalModel, ModelsHere
from hypviz.studies.models import parse_source, show_size
from hypviz.ui.shell.address import Kept
from hypviz.ui.shell.text import escape_markdown
from hypviz.ui.start.rows import Row, heading, rows, show_row
from hypviz.words.local_models import commit_words, counted, none_found, place_words, short_name, state_words

AT_ONCE = 12  # rows of the list, and so many more at each press
_SHOWN, _ALL = "start-here-shown", "everywhere"
_WIDTHS = (5.4, 1.1, 2.9, 2.1)
_ICONS = {"Ollama": ":material/pets:", "LM Studio": ":material/desktop_windows:", "Hub cache": ":material/cloud_done:"}


def show_here(kept: Kept) -> None:
    """The list, with a field to search it where it is long; a click fills MODEL and loads what is whole."""
    from hypviz.studies.local_models import VARIABLE

    found = _found()
    for note in found.notes:
        st.warning(escape_markdown(note), icon=":material/folder_off:")
    if not found.models:
        st.info(escape_markdown(none_found(found, VARIABLE)), icon=":material/search_off:")
        _look_again(st.container())
        return
    chosen = _narrowed(kept, found)
    n = st.session_state.get(_SHOWN, AT_ONCE)
    with rows("here"):
        heading(("Model", "Size", "Stored as", "Commit"), _WIDTHS)
        for k, model in enumerate(chosen[:n]):
            show_row(_row(model), f"here-{k}", _WIDTHS)
    if not chosen:
        st.info("No model on this machine has that in its name.", icon=":material/search_off:")
    below = st.container(horizontal=True, vertical_alignment="center")
    if len(chosen) > n and below.button(f"Show {min(AT_ONCE, len(chosen) - n)} more of {len(chosen):,}", key="start-here-more"):
        st.session_state[_SHOWN] = n + AT_ONCE
        st.rerun()
    below.caption(escape_markdown(counted(found)))
    _look_again(below)


def _narrowed(kept: Kept, found: ModelsHere) -> list[LocalModel]:
    """The models that the search and the choice of a store leave."""
    places = list(dict.fromkeys(model.place for model in found.models))
    models = list(found.models)
    if len(models) > AT_ONCE or len(places) > 1:
        search, where = st.columns([2, 3], vertical_alignment="bottom")
        text = search.text_input("Find", key=kept.key("find", ""), placeholder="part of a name", icon=":material/search:")
        labels = {_ALL: f"All {len(models):,}"} | {p: f"{place_words(p)} {sum(m.place == p for m in models):,}" for p in places}
        key = kept.key("in", _ALL, among=list(labels))
        place = str(where.pills("Where", list(labels), key=key, format_func=lambda p: escape_markdown(labels[p])) or _ALL)
        kept.keep(find=text, **{"in": place})
        models = [m for m in models if place in (_ALL, m.place) and all(word in m.name.lower() for word in text.lower().split())]
    return models


def _row(model: LocalModel) -> Row:
    takes = model.problem is None or model.can_finish
    return Row(
        label=short_name(model),
        source=model.source if takes else None,
        icon=_icon(model),
        load=model.problem is None,
        help=f"{model.place}: {model.name}" if model.revision else f"{model.place}: {model.source}",
        cells=(show_size(model.size) if model.size else "", state_words(model), commit_words(model)),
        is_hub=takes and _kind_of(model.source) == "hub",
    )


def _icon(model: LocalModel) -> str:
    if model.problem is None:
        return _ICONS.get(model.place, ":material/folder:")
    return ":material/cloud_download:" if model.can_finish else ":material/block:"


def _kind_of(source: str) -> str:
    """The kind of a MODEL; ``folder`` where it has gone meanwhile."""
    try:
        return parse_source(source).kind
    except ModelError:
        return "folder"


def forget_list() -> None:
    """What was found before a download is not all there is after it."""
    _found.clear()


def _look_again(where: DeltaGenerator) -> None:
    if where.button("Look again", key="start-here-again", icon=":material/refresh:", type="tertiary"):
        forget_list()
        st.rerun()


@st.cache_resource(ttl=60, show_spinner="Looking for models on this machine…")
def _found() -> ModelsHere:
    from hypviz.studies.local_models import models_here

    return models_here()
