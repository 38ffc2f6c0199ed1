"""The form of the Fine-tune page: what to learn from, how, how long that will take, and the button that starts the members."""

from __future__ import annotations

import dataclasses
import re

import streamlit as st

from hypviz.errors import HypvizError
from hypviz.records.models import ModelRef, ModelSummary
from hypviz.records.runs import MOST_STEPS
from hypviz.records.specs.finetune import ExperimentSpec
from hypviz.studies.finetune import shelf
from hypviz.studies.finetune.defaults import default_warmup
from hypviz.studies.finetune.planning import PRESETS, Planned, plan_run
from hypviz.studies.finetune.seeds import begin_all, with_seeds
from hypviz.ui.finetune.asked import choose_asked
from hypviz.ui.finetune.choices import PAGE, choose_settings
from hypviz.ui.finetune.problems import choose_problems
from hypviz.ui.finetune.run import open_run
from hypviz.ui.shell.address import Kept
from hypviz.ui.shell.session import model_summary
from hypviz.ui.shell.text import escape_markdown
from hypviz.words.runs import expected_sentence, expected_steps, memory_sentence

CUSTOM = "Custom"
USUAL_STEPS = 300
_START_LABELS = {1: "Start it", 2: "Start the two", 3: "Start the three"}


def finetune_form(ref: ModelRef) -> None:
    """Draw the form; starting puts the new run into the address and draws the page again."""
    kept, summary = Kept(PAGE), model_summary(ref)
    problems = choose_problems(kept)
    above = st.container()  # how long it takes depends on what is chosen below
    settings = choose_settings(ref, summary, kept)
    asking = None if problems is None else choose_asked(ref, summary, problems, kept)
    asked = None if problems is None else ExperimentSpec(model=ref, problems=problems, asking=asking, **settings)
    planned = None
    if asked is not None:
        with st.spinner("Trying one block of the model on this machine…", show_time=False):
            planned = _planned(asked, summary)
    with above:
        steps = _choose_steps(kept, planned if isinstance(planned, Planned) else None)
    if asked is None or planned is None:
        return
    if isinstance(planned, HypvizError):
        st.error(escape_markdown(str(planned)), icon=":material/error:")
        return
    _start(_with_steps(planned, steps), dataclasses.replace(asked, steps=steps))


def _planned(asked: ExperimentSpec, summary: ModelSummary) -> Planned | HypvizError:
    """What these choices come to, or the sentence that refuses them."""
    try:
        return plan_run(asked, summary)
    except HypvizError as error:
        return error


def _with_steps(planned: Planned, steps: int) -> Planned:
    return dataclasses.replace(planned, spec=dataclasses.replace(planned.spec, steps=steps, warmup=default_warmup(steps)))


def _choose_steps(kept: Kept, planned: Planned | None) -> int:
    left, right = st.columns([3, 1], vertical_alignment="bottom")
    labels = {name: f"{name} ({_steps_and_time(steps, planned)})" for name, steps in PRESETS.items()} | {CUSTOM: CUSTOM}
    first = next(iter(PRESETS))
    preset = left.segmented_control(
        "How long",
        list(labels),
        format_func=labels.__getitem__,
        required=True,
        key=kept.key("steps", first, read=_preset_of, key="finetune-preset"),
        help="Optimizer steps of each member. The time is for this model and these settings on this machine, as busy as it is now.",
    )
    if preset == CUSTOM:
        place = kept.key("steps", USUAL_STEPS, read=_steps, key="finetune-steps")
        steps = int(right.number_input("Steps of each member", 1, MOST_STEPS, key=place))
    else:
        steps = PRESETS[str(preset)]
    kept.keep(steps="" if steps == PRESETS[first] else str(steps))
    return steps


def _steps(text: str) -> int:
    if not (re.fullmatch("[0-9]{1,12}", text) and 1 <= int(text) <= MOST_STEPS):
        raise ValueError(f"which is no whole number from 1 to {MOST_STEPS:,}")
    return int(text)


def _preset_of(text: str) -> str:
    steps = _steps(text)
    return next((name for name, known in PRESETS.items() if known == steps), CUSTOM)


def _steps_and_time(steps: int, planned: Planned | None) -> str:
    return expected_steps(steps, None if planned is None else planned.time.seconds(steps))


def _start(planned: Planned, asked: ExperimentSpec) -> None:
    """The expected time and memory, and the one button."""
    button, words = st.columns([1, 3], vertical_alignment="center")
    n = len(planned.spec.methods)
    pressed = button.button(
        _START_LABELS.get(n, f"Start all {n}"), key="finetune-start", type="primary", icon=":material/play_arrow:", width="stretch"
    )
    with words:
        st.markdown(escape_markdown(_expected(planned, asked.seeds)))
        st.caption(escape_markdown(memory_sentence(planned.memory, planned.spec)))
    if pressed:
        with st.spinner("Starting…"):
            open_run(begin_all(with_seeds(planned.spec, asked.seeds), asked.problems, planned.plan())[0].run_id)


def _expected(planned: Planned, seeds: int) -> str:
    spec, time = planned.spec, planned.time
    waiting = sum(record.is_active and record.spec.device == spec.device for record in shelf.own())
    return expected_sentence(spec, time.seconds(spec.steps), corrected=time.corrected, seeds=seeds, waiting=waiting)
