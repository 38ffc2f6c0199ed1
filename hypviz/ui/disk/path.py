"""A pinned text's path through the layers on the Disk page: computed as a job once it is asked for, and told to the component."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from hypviz.errors import HypvizError
from hypviz.records.layout import DiskLayout
from hypviz.records.models import ModelRef, TokenTable
from hypviz.records.path import LOGIT, PathOnDisk, PromptPath
from hypviz.records.specs.path import PathSpec
from hypviz.studies.disk.path import estimated_seconds, path_spec, path_study
from hypviz.studies.disk.path_view import SHOWN, path_on_disk, path_table
from hypviz.ui.disk.frame import aside
from hypviz.ui.disk.selection import follow, followed, pinned_text, read_followed
from hypviz.ui.shared.answered import is_answered
from hypviz.ui.shell.jobs import run_job
from hypviz.ui.shell.lending import borrowed
from hypviz.ui.shell.session import model_summary, store
from hypviz.ui.shell.tables import csv_button
from hypviz.ui.shell.text import escape_markdown
from hypviz.work import Work

if TYPE_CHECKING:
    from hypviz.studies.kept import Lookup

ASKED = "disk-path-asked"  # the model of which this session has asked for a path, so that other texts need no more asking
OTHER_TABLE = "Lay out the output table"
OTHER_HELP = "The rows that give tokens their probabilities: on their map the path stays within one space."


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """What the address asks, and the path with its question where it is there."""

    asked: str
    spec: PathSpec | None = None
    path: PromptPath | None = None


def ask_for_path(ref: ModelRef, said: str) -> None:
    """The person asked in the picture for a path, for another one, or for none."""
    follow(said)
    if said:
        st.session_state[ASKED] = ref.fingerprint


def follow_pinned(ref: ModelRef, layout: DiskLayout) -> Followed | None:
    """The path of the pinned text, or what is still to come of it; None where none is asked for. What is wrong is said here."""
    said = followed()
    if said is None:
        return None
    with aside("path"):
        try:
            lens, position = read_followed(said)
            if not pinned_text():
                raise HypvizError("There is no text to follow through the layers; type one where texts are tokenised, and press Enter.")
            spec = path_spec(ref, pinned_text(), token_ids=layout.token_ids, table=layout.table, lens=lens, position=position)
            found = _computed(ref, spec)
        except HypvizError as error:
            st.warning(escape_markdown(str(error)), icon=":material/route:")
            return Followed(asked=said)
    return Followed(asked=said, spec=spec, path=found.record if found is not None else None)


def _computed(ref: ModelRef, spec: PathSpec) -> Lookup[PromptPath] | None:
    """Unasked where the store has it or this session has asked for one already; None while it is computed."""

    def get(work: Work) -> Lookup[PromptPath]:
        return path_study(lambda part: borrowed(ref, part, lambda text: part.report(0.0, 1.0, text))).get(spec, work, store=store())

    study = path_study(lambda part: borrowed(ref, part, part.say))
    return run_job(
        study.key(spec),
        "Following the text through the layers",
        get,
        estimate_s=estimated_seconds(model_summary(ref).n_parameters),
        auto=st.session_state.get(ASKED) == ref.fingerprint or is_answered(study, spec),
        button="Follow the text through the layers",
    )


def path_message(ref: ModelRef, followed: Followed | None, layout: DiskLayout, table: TokenTable) -> dict[str, Any] | None:
    """What the component is told of a path: columns over the layers, and the texts of tokens that it does not draw."""
    if followed is None:
        return None
    if followed.path is None or followed.spec is None:
        return {"asked": followed.asked}
    path, view = followed.path, view_of(ref, followed, layout, table)
    tokens, values = path.tokens[:, :SHOWN], path.values[:, :SHOWN]
    strangers = np.setdiff1d(tokens, layout.token_ids)
    return {
        "asked": followed.asked,
        "lens": path.lens,
        "title": view.title,
        "said": list(view.said),
        "at": path.placed.tolist(),
        "tokens": tokens.tolist(),
        "values": np.round(values, 4).tolist(),
        "spread": np.round(view.spread, 2).tolist(),
        "chance": round(view.chance, 2),
        "texts": {str(i): table.text[i] for i in strangers.tolist()},
    }


def view_of(ref: ModelRef, followed: Followed, layout: DiskLayout, table: TokenTable) -> PathOnDisk:
    """The path that is there, on that layout."""
    assert followed.path is not None
    return path_on_disk(followed.path, layout, table.text, tied=model_summary(ref).tied)


def path_row(row: DeltaGenerator, ref: ModelRef, followed: Followed | None, layout: DiskLayout, table: TokenTable) -> None:
    """The path's numbers to take home; and the table whose rows speak, where another one is laid out."""
    if followed is None or followed.path is None:
        return
    path = followed.path
    words = "The tokens of every layer with their values and, where they are laid out, their places, as CSV (UTF-8)."
    key = f"path-{layout.table}"
    csv_button(row, "Path data", lambda: path_table(path, layout, table.text), file="disk-path.csv", key=key, words=words)
    if path.lens != LOGIT or layout.table != "input" or model_summary(ref).tied:
        return
    if row.button(OTHER_TABLE, icon=":material/swap_horiz:", type="tertiary", key="path-other-table", help=OTHER_HELP):
        st.query_params["table"] = "output"
        st.rerun()
