"""What has been fine-tuned and what waits: the line of active runs, and the list of all runs with their settings."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import TYPE_CHECKING

import streamlit as st

from hypviz.methods import METHODS, title_of
from hypviz.records.runs import STOPPING, RunRecord
from hypviz.studies.finetune import shelf
from hypviz.studies.finetune.following import ask_to_stop
from hypviz.studies.finetune.lessons import lesson
from hypviz.ui.finetune.run import open_run
from hypviz.ui.finetune.settings import alphas
from hypviz.ui.shell.session import current_source
from hypviz.ui.shell.text import escape_markdown
from hypviz.words.runs import SHIPPED, describe

if TYPE_CHECKING:
    import pandas as pd

LOSSES = "Loss, last tenth (at most 10 steps)"
SETTINGS = "Settings"
_LOSS = "The mean on the answers over the last steps: a tenth of the run's, at most 10. The run's own page takes more."
_WIDTHS = {"Started": 140, "State": 130, "Model": 145, "Steps": 90}  # with the losses, all that a window of 1280 has room for
_LOSS_WIDTH = 100


def show_line(shown: str | None) -> None:
    """Active runs other than the one on the page, refreshed while there are any."""
    if any(record.is_active and record.run_id != shown for record in shelf.own()):
        _line(shown)


def show_list(shown: str | None) -> None:
    """All runs that have ended, newest first, then what ships with the model; choosing a row opens it."""
    st.subheader("Past runs", anchor=False)
    records = [record for record in shelf.own() if not record.is_active]
    for sentence in shelf.damaged():
        st.warning(escape_markdown(sentence), icon=":material/broken_image:")
    if not records:
        st.caption("No fine-tune of yours has ended yet. Its adapters will then be offered on the Compare and Evaluate pages.")
    records += [record for record in shelf.shipped() if record.spec.base.source == current_source()]
    if not records:
        return
    opened = st.session_state.setdefault("finetune-opened", 0)
    event = st.dataframe(
        _table(records),
        key=f"finetune-runs-{opened}",
        hide_index=True,
        on_select="rerun",
        selection_mode="single-row",
        column_config={
            **{name: st.column_config.Column(width=width) for name, width in _WIDTHS.items()},
            "Started": st.column_config.DatetimeColumn(format="D MMM YYYY, HH:mm", width=_WIDTHS["Started"]),
            **{title_of(m): st.column_config.NumberColumn(format="%.3f", help=_LOSS, width=_LOSS_WIDTH) for m in _methods(records)},
        },
    )
    st.caption("Choose a row to open that run. Runs are kept until they are deleted; clearing the cache does not touch them.")
    picked = event["selection"]["rows"]
    if picked and records[picked[0]].run_id != shown:
        st.session_state["finetune-opened"] = opened + 1  # a fresh table, or the old selection would open the run again
        open_run(records[picked[0]].run_id)


@st.fragment(run_every=2.0)
def _line(shown: str | None) -> None:
    active = [record for record in shelf.own() if record.is_active and record.run_id != shown]
    if not active:
        st.rerun()
    st.subheader("Running and waiting", anchor=False)
    for record in sorted(active, key=lambda r: r.queue_position or 0):
        words, look, stop = st.columns([6, 1, 1], vertical_alignment="center")
        spec = record.spec
        words.progress(
            record.step / spec.steps,
            text=escape_markdown(f"{spec.base.label} · {lesson(spec.problems)} · {spec.steps} steps: {describe(record)}"),
        )
        if look.button("Open", key=f"open-{record.run_id}", width="stretch"):
            st.query_params["run"] = record.run_id
            st.rerun()
        stop.button(
            "Stop",
            key=f"line-stop-{record.run_id}",
            disabled=record.state == STOPPING,
            width="stretch",
            on_click=ask_to_stop,
            args=(record.run_id,),
        )


def _methods(records: Sequence[RunRecord]) -> list[str]:
    """The members of any of these runs in the order of the menu; those whose file is gone come last."""
    there = dict.fromkeys(member.method for record in records for member in record.members)
    return [*(method for method in METHODS if method in there), *(method for method in there if method not in METHODS)]


def _table(records: Sequence[RunRecord]) -> pd.DataFrame:
    """A row for each run under two rows of headings: what it is and how far it came, its losses, its settings."""
    import pandas as pd

    methods = _methods(records)
    rows = [_row(record, methods) for record in records]
    return pd.DataFrame([list(row.values()) for row in rows], columns=pd.MultiIndex.from_tuples(list(rows[0])))


def _row(record: RunRecord, methods: Sequence[str]) -> dict[tuple[str, str], object]:
    parts = {"": _standing(record), LOSSES: _losses(record, methods), SETTINGS: _settings(record)}
    return {(part, name): value for part, cells in parts.items() for name, value in cells.items()}


def _standing(record: RunRecord) -> dict[str, object]:
    return {
        "Started": datetime.datetime.fromtimestamp(record.created_at),
        "State": SHIPPED if record.is_shipped else record.state,
        "Model": record.spec.base.label,
        "Steps": f"{record.step} / {record.spec.steps}",
    }


def _losses(record: RunRecord, methods: Sequence[str]) -> dict[str, object]:
    return {title_of(method): m.last_loss if (m := record.member(method)) else None for method in methods}


def _settings(record: RunRecord) -> dict[str, object]:
    spec = record.spec
    return {
        "Problems": spec.problems,
        "r": spec.rank,
        "Alpha": alphas(spec),
        "Rate": f"{spec.lr:g}",
        "Radius": spec.radius if spec.radius == "calibrated" else f"c = {spec.c:g}",
        "Seed": spec.seed,
        "Batch": spec.batch,
        "As LoRA beyond": None if spec.lora_beyond is None else f"u = {spec.lora_beyond:g}",
        "Layers": ", ".join(spec.targets),
        "Run": record.run_id,
    }
