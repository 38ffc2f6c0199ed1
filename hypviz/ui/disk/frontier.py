"""What frequency costs, where one turns it: the frontier of the chosen layout, from what is laid out, and the button for the rest."""

from __future__ import annotations

import streamlit as st

from hypviz.plots.frontier import frontier_chart
from hypviz.records.frontier import Frontier
from hypviz.records.specs.disk import LayoutSpec
from hypviz.studies.disk import BASIS, LAYOUTS
from hypviz.studies.disk.frontier import find_frontier, known_frontier, missing_pulls
from hypviz.ui.shell.address import Kept
from hypviz.ui.shell.charts import show
from hypviz.ui.shell.jobs import jobs, run_job
from hypviz.ui.shell.session import store
from hypviz.ui.shell.text import escape_markdown
from hypviz.words.frontier import frontier_sentence

MEASURING = 1.5  # of the seconds of a layout: measuring it, about


def show_frontier(spec: LayoutSpec, n_tokens: int) -> None:
    """A fold below the picture; nothing is read or computed while it is shut, and nothing stands there for methods without the dial."""
    if not LAYOUTS.require(spec.method).can_pull:
        return
    kept = Kept("disk")
    fold = st.expander("What frequency costs", key=kept.key("frontier", False), on_change="rerun")
    kept.keep(frontier=bool(fold.open))
    if not fold.open:
        return
    with fold:
        missing = missing_pulls(spec, store=store())
        if not missing:
            _draw(known_frontier(spec, store=store()), spec)
            return
        seconds = len(missing) * MEASURING * LAYOUTS.require(spec.method).seconds(n_tokens)
        key = f"frontier {BASIS.key(spec.basis)} {spec.radius:g}"
        found = run_job(
            key,
            "Laying out at every position of Frequency",
            lambda work: find_frontier(spec, work),
            estimate_s=seconds,
            button=f"Lay out the {len(missing)} other positions",
            draw=lambda record: _draw(record, spec),
        )
        job = jobs().get(key)
        if job is None or not job.active:  # else it draws itself
            _draw(found or known_frontier(spec, store=store()), spec)


def _draw(frontier: Frontier | None, spec: LayoutSpec) -> None:
    if frontier is None:
        return
    show(frontier_chart(frontier, pull=spec.pull), key="frontier", file="frontier")
    st.caption(escape_markdown(frontier_sentence(frontier)))
