"""The numbers and charts of a run on the Fine-tune page: a line of figures per member, losses, update sizes, the gain."""

from __future__ import annotations

import streamlit as st

from hypviz.methods import title_of
from hypviz.methods.comparison import SUBJECT
from hypviz.plots.scale import scale_chart
from hypviz.plots.training import (
    BY_SECONDS,
    BY_STEP,
    acts_as_lora,
    gain_chart,
    loss_chart,
    update_chart,
)
from hypviz.records.hyplora import RadiusCalibration
from hypviz.records.runs import MemberReport, RunMetrics, RunProbe, RunRecord, RunSpec
from hypviz.studies.finetune import shelf
from hypviz.studies.finetune.seeds import metrics_by_seed, siblings
from hypviz.studies.finetune.shelf import Shown
from hypviz.ui.shared.probe import say_if_long, say_if_massive, show_layers
from hypviz.ui.shell.address import Kept
from hypviz.ui.shell.charts import show
from hypviz.ui.shell.text import escape_markdown
from hypviz.words.clipping import clipped, clipping_warning
from hypviz.words.gain import whole_sentence
from hypviz.words.losses import ONE_SEED, gap_sentence, recent_loss
from hypviz.words.numbers import factor, size
from hypviz.words.runs import last_steps, memory_taken
from hypviz.words.seeds import seeds_gaps, seeds_sentences
from hypviz.words.start import start_gain, start_sentences

PAGE = "finetune"
REDRAWS = 30


def show_members(record: RunRecord, metrics: RunMetrics) -> None:
    """One bordered box per member: loss, seconds per step, bytes, size, clipping; below them what most steps clipped means, and memory."""
    for column, member in zip(st.columns(len(record.members)), record.members, strict=True):
        with column.container(border=True, height="stretch"):
            st.markdown(f"**{title_of(member.method)}**")
            with st.container(horizontal=True):
                for label, (value, words) in _figures(record, member, metrics).items():
                    st.metric(label, value, help=words, width="content")
            if member.steps:
                st.caption(f"{member.n_parameters:,} trainable numbers. {escape_markdown(clipped(member, record.spec))}")
    warning = clipping_warning(record)
    if warning:
        st.warning(escape_markdown(warning), icon=":material/content_cut:")
    taken = memory_taken(record)
    if taken:
        st.caption(escape_markdown(f"Memory of the process so far {taken}." if record.is_active else f"Memory of the process {taken}."))


def show_curves(shown: Shown, *, live: bool) -> None:
    """The charts; a live one is redrawn some thirty times in a run, because every redraw resets its zoom."""
    record, metrics = shown.record, shown.metrics
    if live:
        show_members(record, metrics)
        metrics = _in_strides(metrics, max(2, record.spec.steps // REDRAWS))
    _say_start(record, shown.start, shown.calibration)
    if not any(len(curve.losses) for curve in metrics.curves):
        return
    steps = record.spec.steps if live else record.step  # a live axis stands still
    _show_losses(record, metrics, shown.start, steps=steps, live=live)
    left, right = st.columns(2)
    with left:
        if any(len(curve.probe_steps) for curve in metrics.curves):
            show(update_chart(metrics, steps=steps), f"update-{record.run_id}")
    with right:
        chart = gain_chart(metrics, steps=steps)
        if chart is not None:
            show(chart, f"gain-{record.run_id}")
    _say_gain(metrics, shown.probe)
    _show_inside(record, shown.probe, shown.calibration, unseen_start=shown.start is None)


def _show_losses(record: RunRecord, metrics: RunMetrics, start: RunProbe | None, *, steps: int, live: bool) -> None:
    """The losses, what the seeds say together, and how much of the difference is alpha."""
    kept = Kept(PAGE)
    against = st.segmented_control(
        "Loss against",
        [BY_STEP, BY_SECONDS],
        required=True,
        key=kept.key("against", BY_STEP, among={"step": BY_STEP, "seconds": BY_SECONDS}, key=f"against-{record.run_id}"),
        help=_AGAINST_HELP,
    )
    kept.keep(against=against)
    show(loss_chart(metrics, steps=steps, against=str(against)), f"loss-{record.run_id}")
    st.caption(_caution(metrics))
    if not live:
        _say_seeds(record)
    scale = scale_chart(metrics, record.spec, start_gain(start))
    if scale is not None:
        show(scale, f"scale-{record.run_id}")
        st.caption(escape_markdown(_ABOUT_SCALE + _own_alpha(record.spec)))


def _show_inside(record: RunRecord, probe: RunProbe | None, calibration: RadiusCalibration | None, *, unseen_start: bool) -> None:
    """The layers at the last probe, redrawn at each while the run lives; `unseen_start`: nobody looked before the first step."""
    if probe is not None and probe.summary.adapters:
        with st.expander("Layer by layer", icon=":material/layers:"):  # a label that changes would close it
            st.caption(f"On the batch of step {probe.step:,}.")
            show_layers(probe.summary.adapters, key=record.run_id)
        if unseen_start:
            say_if_long(probe.summary.adapters)
    if calibration is not None and unseen_start:
        say_if_massive(calibration)


def _say_start(record: RunRecord, start: RunProbe | None, calibration: RadiusCalibration | None) -> None:
    """What was found out before the first step; a warning in the open where its update will be as long as a token."""
    said, gain = start_sentences(start, record.spec, calibration), start_gain(start)
    if said and gain is not None:
        with st.expander(f"Before the first step: HypLoRA's gain is {factor(gain)}", icon=":material/flag:"):
            st.markdown("\n".join(f"- {escape_markdown(sentence)}" for sentence in said))
    if start is not None:  # the first update is the one that long tokens decide
        say_if_long(start.summary.adapters, warnings_only=True)


_AGAINST_HELP = "By step all members have seen the same data. By their own seconds a slower one is charged for its time."
_ABOUT_SCALE = (
    "Scaled LoRA is plain LoRA with HypLoRA's start gains in its alpha, layer by layer. HypLoRA's gains differ between tokens too, and "
    "change as it learns."
)


def _own_alpha(spec: RunSpec) -> str:
    """Said where HypLoRA's alpha is not LoRA's, as in the paper: two steps are then in the first stage."""
    if spec.hyplora_alpha is None or spec.hyplora_alpha == spec.alpha:
        return ""
    return f" HypLoRA's own alpha ({spec.hyplora_alpha:g}, LoRA's {spec.alpha:g}) and its gain are both in what alpha gives here."


def _figures(record: RunRecord, member: MemberReport, metrics: RunMetrics) -> dict[str, tuple[str, str]]:
    """Label to (value, what it means); the losses differ by what the caption below the chart says."""
    missing = "–"
    pace = f"{member.seconds / member.steps:.2f} s" if member.steps else missing
    last, over = recent_loss(metrics, member.method)
    loss = f"{last:.3f}" if last is not None else missing
    memory = size(member.peak_bytes) if member.peak_bytes is not None else missing
    return {
        _loss_label(over): (loss, "The mean on the answers, over the steps on which the members are compared: a fifth, at least 10."),
        "Per step": (pace, "This member's own time: forward, backward and update; probes and saving not counted."),
        "Memory": (memory, f"Largest seen in one step: {record.bytes_measured or 'not measured yet'}."),
    }


def _loss_label(over: int) -> str:
    """``Loss, last 30 steps``: the list of runs and the sentences on how a run ended take theirs over fewer."""
    return f"Loss, {last_steps(over)}" if over else "Loss"


def _caution(metrics: RunMetrics) -> str:
    parts = (ONE_SEED, gap_sentence(metrics), "Whether answers get better is counted on the Evaluate page.")
    return escape_markdown(" ".join(part for part in parts if part))


def _say_seeds(record: RunRecord) -> None:
    """What the runs that differ from this one in the seed alone say together with it."""
    group = siblings(record, shelf.own())
    if group:
        st.caption(escape_markdown(" ".join(seeds_sentences(seeds_gaps(metrics_by_seed(group))))))


def _say_gain(metrics: RunMetrics, probe: RunProbe | None) -> None:
    """What HypLoRA is in this run, from the last probe; from the curves where the probe does not know how far the gain varies."""
    told = [whole_sentence(entry) for entry in probe.summary.adapters] if probe is not None else []
    said, curve = next(filter(None, told), None), metrics.curve(SUBJECT)
    if said is None and curve is not None and acts_as_lora(curve):
        said = (
            "HypLoRA acts as LoRA in this run: its gain is within 5 % of 1 on 98 % of tokens. "
            "A calibrated radius or a larger c makes the curvature matter."
        )
    if said is not None:
        st.info(escape_markdown(said), icon=":material/drag_handle:")


def _in_strides(metrics: RunMetrics, stride: int) -> RunMetrics:
    """The curves up to the last multiple of `stride` steps, so that a chart changes only then."""
    done = min((len(curve.losses) for curve in metrics.curves), default=0)
    return metrics.until(done if done < stride else done // stride * stride)
