"""One run on the Fine-tune page, whatever its state: waiting, live, ended well or badly; named by ``?run=`` in the URL."""

from __future__ import annotations

import time
from typing import Literal

import streamlit as st

from hypviz.errors import HypvizError
from hypviz.records.runs import DONE, FAILED, LOST, QUEUED, STOPPED, STOPPING, RunMetrics, RunRecord
from hypviz.studies.finetune import shelf
from hypviz.studies.finetune.following import ask_to_stop, seconds_left
from hypviz.studies.finetune.lessons import lesson
from hypviz.ui.finetune.charts import show_curves, show_members
from hypviz.ui.finetune.settings import show_settings
from hypviz.ui.shell.page import errors_as_sentences
from hypviz.ui.shell.session import MODEL_PARAMETER
from hypviz.ui.shell.text import duration, escape_markdown
from hypviz.words.losses import conclusion
from hypviz.words.runs import SHIPPED, all_logits_sentence, describe, rejoined_sentence, too_long_sentence

RUN_PARAMETER = "run"
SILENT_SECONDS = 15.0
_Colour = Literal["gray", "blue", "orange", "green", "red"]
_BADGES: dict[str, tuple[str, _Colour]] = {
    QUEUED: (":material/hourglass_empty:", "gray"),
    "running": (":material/play_arrow:", "blue"),
    STOPPING: (":material/stop_circle:", "orange"),
    DONE: (":material/check_circle:", "green"),
    STOPPED: (":material/stop_circle:", "orange"),
    FAILED: (":material/error:", "red"),
    LOST: (":material/help:", "red"),
}


def open_run(run_id: str) -> None:
    """Show this run: put it into the URL and draw the page again."""
    st.query_params[RUN_PARAMETER] = run_id
    st.rerun()


def close_run() -> None:
    """Take the run out of the URL, so that the form is shown."""
    st.query_params.pop(RUN_PARAMETER, None)


def chosen_run() -> RunRecord | None:
    """The run that the URL names; a run that is gone is said and forgotten."""
    run_id = st.query_params.get(RUN_PARAMETER)
    if not run_id:
        return None
    try:
        return shelf.find(run_id)
    except HypvizError as error:
        st.error(escape_markdown(str(error)), icon=":material/error:")
        return None


def show_run(record: RunRecord) -> None:
    """The run; while it is active it is drawn afresh every second."""
    if record.is_active:
        _live(record.run_id)
    else:
        shown = shelf.whole(record)
        _heading(record)
        _ending(record, shown.metrics)
        show_curves(shown, live=False)
        _about(record)


@st.fragment(run_every=1.0)
def _live(run_id: str) -> None:
    with errors_as_sentences():  # a fragment runs outside the page's own frame
        record = shelf.find(run_id)
        if not record.is_active:
            st.rerun()
        _draw_active(record)


def _draw_active(record: RunRecord) -> None:
    run_id = record.run_id
    _heading(record)
    bar, button = st.columns([5, 1], vertical_alignment="center")
    bar.progress(record.step / record.spec.steps, text=escape_markdown(_progress_text(record)))
    word = "Cancel" if record.state == QUEUED else "Stop"
    button.button(
        word,
        key=f"stop-{run_id}",
        icon=":material/stop:",
        disabled=record.state == STOPPING,
        width="stretch",
        on_click=ask_to_stop,
        args=(run_id,),
    )
    silent = time.time() - record.heartbeat_at
    if silent > SILENT_SECONDS:
        st.warning(
            f"The training process has not been heard of for {duration(silent)}; the machine may be very busy.", icon=":material/schedule:"
        )
    if record.state == QUEUED:
        st.caption("It starts by itself when its turn comes. You can close this tab; nothing is lost.")
        return
    show_curves(shelf.whole(record), live=True)
    _about(record)


def _heading(record: RunRecord) -> None:
    icon, colour = _BADGES[record.state]
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader(_title(record), anchor=False, width="content")
        st.badge(record.state, icon=icon, color=colour)


def _title(record: RunRecord) -> str:
    when = SHIPPED if record.is_shipped else time.strftime("%d %b %H:%M", time.localtime(record.created_at))
    return escape_markdown(f"{record.spec.base.label} · {lesson(record.spec.problems)} · {when}")


def _progress_text(record: RunRecord) -> str:
    left = None if record.state == QUEUED else seconds_left(record, time.time())
    told = f"about {duration(left)} left" if left is not None else "measuring the pace"
    if record.state == QUEUED or record.phase != "training":
        return describe(record) if left is None else f"{describe(record)}, {told}"
    verb = "stopping after" if record.state == STOPPING else "step"
    return f"{verb} {record.step} of {record.spec.steps}, {told}"


def _ending(record: RunRecord, metrics: RunMetrics) -> None:
    """What became of it and what can be done now."""
    if record.state == DONE:
        took = duration((record.ended_at or 0) - (record.started_at or 0))
        said = [f"{_everyone(len(record.members))} done {record.spec.steps:,} steps in {took}.", conclusion(metrics)]
        st.success(escape_markdown(" ".join(filter(None, said))))
    elif record.state == STOPPED:
        st.info(escape_markdown(record.message or "Stopped."), icon=":material/stop_circle:")
    else:
        st.error(escape_markdown(record.message or "It ended."), icon=":material/error:")
        if record.log_tail:
            with st.expander("The end of its log", icon=":material/description:", expanded=record.state == LOST):
                st.code(record.log_tail, language=None)
    _actions(record)
    show_members(record, metrics)


def _everyone(n: int) -> str:
    return {1: "The one member has", 2: "Both members have"}.get(n, f"All {n} members have")


def _actions(record: RunRecord) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        if any(member.adapter for member in record.members):
            carried = {"run": record.run_id, MODEL_PARAMETER: record.spec.base.source}
            st.page_link("pages/compare.py", label="Compare answers", icon=":material/view_column:", query_params=carried)
            st.page_link("pages/evaluate.py", label="Count right answers", icon=":material/fact_check:", query_params=carried)
        if record.state != DONE:
            at = f"Go on from step {record.checkpoint_step}" if record.checkpoint_step else "Start it again"
            if st.button(at, key=f"resume-{record.run_id}", icon=":material/resume:", type="primary"):
                shelf.go_on(record.run_id)
                st.rerun()
        st.button("Set up another", key="finetune-new", icon=":material/add:", on_click=close_run)
        if record.is_shipped:
            return
        with st.popover("Delete", icon=":material/delete:"):
            st.markdown("Delete this run with its adapters for good?")
            if st.button("Yes, delete it", key=f"delete-{record.run_id}", type="primary"):
                shelf.remove(record.run_id)
                close_run()
                st.rerun()


def _about(record: RunRecord) -> None:
    for damage in record.damaged:
        st.warning(escape_markdown(damage), icon=":material/broken_image:")
    sentence = too_long_sentence(record)
    if sentence:
        st.warning(escape_markdown(sentence), icon=":material/content_cut:")
    joined = rejoined_sentence(record)
    if joined:
        st.info(escape_markdown(joined), icon=":material/link:")
    costly = all_logits_sentence(record)
    if costly:
        st.info(escape_markdown(costly), icon=":material/memory:")
    show_settings(record)
