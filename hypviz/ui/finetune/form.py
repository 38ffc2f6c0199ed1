"""The form of the Fine-tune page: what to learn from, how, how long that will take, and the button that starts the members."""

from __future__ import annotations

import dataclasses

import streamlit as st

from hypviz import runs
from hypviz.corpora import problems_from_bytes, read_problems
from hypviz.errors import HypvizError
from hypviz.problems import PROBLEM_SET_NAMES
from hypviz.records.models import ModelRef, ModelSummary
from hypviz.records.runs import HYPLORA, METHODS, RunRecord
from hypviz.records.texts import ProblemSet
from hypviz.statistics.pace import roughly
from hypviz.studies.finetune.defaults import default_lr, default_warmup
from hypviz.studies.finetune.planning import LORA_BEYOND, PRESETS, Choices, Planned, plan_run
from hypviz.studies.finetune.seeds import MOST_SEEDS, begin_all, with_seeds
from hypviz.studies.finetune.setups import MATCHED, PAPER, SETUPS, WHOSE, Setup, missing_sentence, setup_targets
from hypviz.ui.finetune.run import open_run
from hypviz.ui.shared.problem_preview import show_reading
from hypviz.ui.shell.session import model_summary
from hypviz.ui.shell.text import escape_markdown
from hypviz.words.members import ROLES, WHY_THREE, named
from hypviz.words.runs import memory_sentence

UPLOAD = "a file of your own"
CUSTOM = "Custom"
CALIBRATED = "calibrated"
RADIUS_LABELS = {CALIBRATED: "calibrated", "typical": "typical: from c"}
_START_LABELS = {1: "Start it", 2: "Start the two", 3: "Start the three"}
_ALPHA_HELP = (
    "The update is scaled by alpha / r, the same for LoRA and HypLoRA unless HypLoRA has its own (More settings). Scaled LoRA has "
    "HypLoRA's, times HypLoRA's median gain in each layer."
)
_C_HELP = (
    "The sectional curvature is −c; c → 0 is LoRA. With R = √(d/c) a token has u = |x|/R = √c times the RMS of the layer's input. In a "
    "real model normalised inputs have an RMS of about 0.14 to 0.4 (SmolLM2-135M-Instruct), not 1: at c = 1 the gain there is 1.00 to "
    "1.03, and HypLoRA is LoRA. u = 3, where the gain is up to 3.3, needs c of about 60 to 460. Calibration finds c layer by layer."
)
_PAPER_SHORT = (
    "The paper trains HypLoRA with twice LoRA's alpha. Scaled LoRA has that alpha too, times the gains HypLoRA starts with, and so shows "
    "what the two explain without geometry. Loss, steps and data stay ours; the help above says which settings are whose."
)


def finetune_form(ref: ModelRef) -> None:
    """Draw the form; starting puts the new run into the URL and draws the page again."""
    summary = model_summary(ref)
    problems = _choose_problems()
    above = st.container()  # how long it takes depends on what is chosen below
    choices = _choose_settings(ref, summary)
    planned = None
    if problems is not None:
        with st.spinner("Trying one block of the model on this machine…", show_time=False):
            planned = _planned(ref, summary, problems, choices)
    with above:
        steps = _choose_steps(planned if isinstance(planned, Planned) else None)
    if problems is None or planned is None:
        return
    if isinstance(planned, HypvizError):
        st.error(escape_markdown(str(planned)), icon=":material/error:")
        return
    _start(_with_steps(planned, steps), problems, choices.seeds)


def _planned(ref: ModelRef, summary: ModelSummary, problems: ProblemSet, choices: Choices) -> Planned | HypvizError:
    """What these choices come to, or the sentence that refuses them."""
    try:
        return plan_run(ref, summary, problems, choices)
    except HypvizError as error:
        return error


def _with_steps(planned: Planned, steps: int) -> Planned:
    return dataclasses.replace(planned, spec=dataclasses.replace(planned.spec, steps=steps, warmup=default_warmup(steps)))


@st.cache_resource(show_spinner="Writing the problems…", max_entries=8)
def _named(name: str) -> ProblemSet:
    return read_problems(name, split="train")


def _choose_problems() -> ProblemSet | None:
    """A bundled set or an upload; None while a file is awaited."""
    left, right = st.columns(2, vertical_alignment="bottom")
    name = left.selectbox(
        "Learn from",
        [*PROBLEM_SET_NAMES, UPLOAD],
        key="finetune-problems",
        format_func=_label,
        help="Bundled problems come from their training split; the Evaluate page asks the test split. The loss is taken on answers only.",
    )
    if name != UPLOAD:
        found = _named(name)
        right.caption(f"{len(found.problems):,} training problems, for example: {escape_markdown(found.problems[0].question)}")
        return found
    file = right.file_uploader(
        "A .jsonl, .json, .csv or .tsv file with question and answer", type=["jsonl", "json", "csv", "tsv"], key="finetune-file"
    )
    if file is None:
        st.info("Choose a file: each row needs a question and an answer with a number (GSM8K and MAWPS files work as they are).")
        return None
    found = problems_from_bytes(file.getvalue(), file.name)
    right.caption(f"{len(found.problems):,} problems.")
    show_reading(found)
    return found


def _choose_steps(planned: Planned | None) -> int:
    left, right = st.columns([3, 1], vertical_alignment="bottom")
    labels = {name: f"{name} ({_steps_and_time(steps, planned)})" for name, steps in PRESETS.items()} | {CUSTOM: CUSTOM}
    preset = left.segmented_control(
        "How long",
        list(labels),
        format_func=labels.__getitem__,
        default=next(iter(PRESETS)),
        required=True,
        key="finetune-preset",
        help="Optimizer steps of each member. The time is for this model and these settings on this machine, as busy as it is now.",
    )
    if preset != CUSTOM:
        return PRESETS[str(preset)]
    return int(right.number_input("Steps of each member", 1, 1_000_000, 300, key="finetune-steps"))


def _steps_and_time(steps: int, planned: Planned | None) -> str:
    return f"{steps} steps" if planned is None else f"{steps} steps, about {roughly(planned.time.seconds(steps))}"


def _choose_settings(ref: ModelRef, summary: ModelSummary) -> Choices:
    setup, methods = _choose_setup(summary)
    usual, own = default_lr(ref), "" if setup.name == MATCHED else f"-{setup.name}"  # a setup has widgets of its own, with its values
    bends = HYPLORA in methods
    first = st.columns(4)
    rank = first[0].number_input("Rank r", 1, 4096, setup.rank, key=f"finetune-rank{own}", help="A is r × d, B is k × r.")
    alpha = first[1].number_input("Alpha", 0.001, 1e6, setup.alpha, key=f"finetune-alpha{own}", help=_ALPHA_HELP)
    lr = first[2].number_input(
        "Learning rate",
        1e-8,
        10.0,
        usual,
        step=usual / 10,
        format="%.5f",
        key=f"finetune-lr-{usual}",
        help="The peak: it rises over a short warm-up and then falls linearly to 0.",
    )
    seed = first[3].number_input("Seed", 0, 2**31 - 1, 0, key="finetune-seed", help="Decides the initial A and the order of the problems.")
    second = st.columns([3, 1, 1])
    targets = second[0].multiselect(
        "Layers to adapt",
        list(summary.linear_names),
        list(setup_targets(setup, summary)),
        key=f"finetune-targets-{ref.fingerprint}{own}",
    )
    radius = second[1].selectbox(
        "HypLoRA's radius",
        list(RADIUS_LABELS),
        format_func=RADIUS_LABELS.__getitem__,
        key="finetune-radius",
        disabled=not bends,
        help="Calibrated: R such that in every layer the longest token of the first batch has u = |x|/R = 3 (or the quantile in More "
        "settings). Typical: R = √(d/c) in every layer.",
    )
    c = second[2].number_input(
        "Curvature c",
        1e-9,
        1e6,
        1.0,
        format="%.4g",
        key="finetune-c",
        disabled=radius == CALIBRATED or not bends,
        help=_C_HELP,
    )
    return dataclasses.replace(
        _choose_more(setup, own, bends=bends, calibrated=radius == CALIBRATED),
        methods=methods,
        rank=int(rank),
        alpha=float(alpha),
        lr=float(lr),
        targets=tuple(targets),
        c=float(c),
        radius=radius,
        seed=int(seed),
    )


def _choose_setup(summary: ModelSummary) -> tuple[Setup, tuple[str, ...]]:
    """Who takes part, and whether matched or as the paper."""
    picked = st.pills(
        "Members",
        list(METHODS),
        default=list(METHODS),
        selection_mode="multi",
        format_func=ROLES.__getitem__,
        key="finetune-methods",
        help=WHY_THREE,
    )
    name = st.segmented_control(
        "Settings",
        list(SETUPS),
        format_func=lambda name: SETUPS[name].label,
        default=MATCHED,
        required=True,
        key="finetune-setup",
        help=f"Every value can still be changed below. {WHOSE}",
    )
    setup = SETUPS[str(name)]
    if setup.name == PAPER:
        st.caption(escape_markdown(" ".join(filter(None, [_PAPER_SHORT, missing_sentence(setup, summary)]))))
    return setup, tuple(method for method in METHODS if method in (picked or ()))


def _choose_more(setup: Setup, own: str, *, bends: bool, calibrated: bool) -> Choices:
    """The settings that are rarely touched; `bends` says that HypLoRA takes part."""
    with st.expander("More settings", icon=":material/tune:"):
        first = st.columns(4, vertical_alignment="bottom")
        hyplora_alpha = first[0].number_input(
            "HypLoRA's own alpha",
            0.001,
            1e6,
            setup.hyplora_alpha,
            key=f"finetune-hyplora-alpha{own}",
            placeholder="that of LoRA",
            disabled=not bends,
            help="Left open, HypLoRA has LoRA's alpha. Scaled LoRA starts from HypLoRA's.",
        )
        quantile = first[1].number_input(
            "Calibrated quantile of u",
            0.5,
            1.0,
            1.0,
            step=0.01,
            format="%.4g",
            key="finetune-quantile",
            disabled=not (bends and calibrated),
            help="This quantile of a layer's |x|/R is 3. At 1 every token counts; below 1 the longest tokens are left out and may be "
            "hundreds of radii long.",
        )
        limited = first[2].toggle(
            "Limit long tokens",
            True,
            key="finetune-limited",
            disabled=not bends,
            help="Tokens longer than so many radii have gain 1, as in LoRA; they are counted. Off, a token with a massive activation "
            "makes the first update of training as long as itself.",
        )
        beyond = first[3].number_input(
            "As LoRA beyond u =", 0.001, 1e6, LORA_BEYOND, key="finetune-beyond", disabled=not (bends and limited), help="In radii."
        )
        second = st.columns(4, vertical_alignment="bottom")
        batch = second[0].number_input("Problems per step", 1, 4096, 8, key="finetune-batch")
        accumulate = second[1].number_input(
            "In how many parts",
            1,
            4096,
            None,
            key="finetune-parts",
            placeholder="as memory asks",
            help="A batch worked off in parts needs less memory and gives the same training. Left open, as many as memory asks for.",
        )
        learn_c = second[2].toggle(
            "Train the radius", True, key="finetune-learn-c", disabled=not bends, help="One radius per layer, learned along with A and B."
        )
        seeds = second[3].number_input(
            "Seeds",
            1,
            MOST_SEEDS,
            1,
            key="finetune-seeds",
            help="With several, the fine-tune is repeated with the seeds that follow: one run a seed, in turn. Only several seeds tell "
            "whether another one would say the same.",
        )
    return Choices(
        seeds=int(seeds),
        hyplora_alpha=None if hyplora_alpha is None else float(hyplora_alpha),
        quantile=float(quantile),
        lora_beyond=float(beyond) if limited else None,
        batch=int(batch),
        accumulate=accumulate and int(accumulate),
        learn_c=learn_c,
    )


def _start(planned: Planned, problems: ProblemSet, seeds: int) -> None:
    """The expected time and memory, and the one button."""
    button, words = st.columns([1, 3], vertical_alignment="center")
    pressed = button.button(
        _START_LABELS[len(planned.spec.methods)], key="finetune-start", type="primary", icon=":material/play_arrow:", width="stretch"
    )
    with words:
        st.markdown(_expected_sentence(planned, runs.list_runs(), seeds))
        st.caption(escape_markdown(memory_sentence(planned.memory, planned.spec)))
    if pressed:
        with st.spinner("Starting…"):
            open_run(begin_all(with_seeds(planned.spec, seeds), problems, planned.plan())[0].run_id)


def _expected_sentence(planned: Planned, known: tuple[RunRecord, ...], seeds: int) -> str:
    spec = planned.spec
    how = "from a trial of one block on this machine just now" + (" and an earlier fine-tune" if planned.time.corrected else "")
    active = sum(record.is_active and record.spec.device == spec.device for record in known)
    line = f" It will wait for {active} fine-tune{'s' if active > 1 else ''} before it." if active else ""
    names = named(spec.methods)
    steps, time = f"{spec.steps:,} steps each", roughly(seeds * planned.time.seconds(spec.steps))
    several = f", with each of {seeds} seeds" if seeds > 1 else ""
    return escape_markdown(f"{names}, {steps} on the same batches{several}: about {time}, {how}.{line}")


def _label(name: str) -> str:
    if name == UPLOAD:
        return name
    return "bundled problems, all skills" if name == PROBLEM_SET_NAMES[0] else f"bundled problems, {name}"
