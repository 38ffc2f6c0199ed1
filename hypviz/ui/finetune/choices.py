"""The settings of the Fine-tune form: who takes part, sizes, the radius, and those that are rarely touched.

Every widget takes its key from `Kept`, so that the browser's address carries the choices; values of the paper's setup stand under names
of their own, because its defaults are others.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import streamlit as st

from hypviz.gains import radial_gains
from hypviz.methods import METHODS, default_methods, with_radius
from hypviz.records.models import ModelRef, ModelSummary
from hypviz.records.specs.finetune import LORA_BEYOND
from hypviz.studies.finetune.defaults import default_lr
from hypviz.studies.finetune.seeds import MOST_SEEDS
from hypviz.studies.finetune.setups import MATCHED, PAPER, SETUPS, WHOSE, Setup, missing_sentence, setup_targets
from hypviz.ui.shell.address import Kept
from hypviz.ui.shell.text import escape_markdown
from hypviz.words.members import WHY_THREE

PAGE = "finetune"
CALIBRATED = "calibrated"
RADIUS_LABELS = {CALIBRATED: "calibrated", "typical": "typical: from c"}
_ALPHA_HELP = (
    "The update is scaled by alpha / r, the same for LoRA and HypLoRA unless HypLoRA has its own (More settings). Scaled LoRA has "
    "HypLoRA's, times HypLoRA's median gain in each layer."
)
_C_HELP = (
    "The sectional curvature is −c; c → 0 is LoRA. With R = √(d/c) a token has u = |x|/R = √c times the RMS of the layer's input. In a "
    "real model normalised inputs have an RMS of about 0.14 to 0.4 (SmolLM2-135M-Instruct), not 1: at c = 1 the gain there is 1.00 to "
    "1.03, and HypLoRA is LoRA. u = 3, where the gain is up to 3.3, needs c of about 60 to 460. Calibration finds c layer by layer."
)
_RADIUS_HELP = (
    "Calibrated: R such that in every layer the longest token of the first batch has u = |x|/R = 3 (or the quantile in More settings). "
    "Typical: R from c, √(d/c) in every layer, or 1/√c with the gain as printed."
)
_QUANTILE_HELP = (
    "This quantile of a layer's |x|/R is 3. At 1 every token counts; below 1 the longest tokens are left out and may be hundreds of radii "
    "long."
)
_LIMIT_HELP = (
    "Tokens longer than so many radii have gain 1, as in LoRA; they are counted. Off, a token with a massive activation makes the first "
    "update of training as long as itself."
)
_PARTS_HELP = "A batch worked off in parts needs less memory and gives the same training. Left open, as many as memory asks for."
_SEEDS_HELP = (
    "With several, the fine-tune is repeated with the seeds that follow: one run a seed, in turn. Only several seeds tell whether another "
    "one would say the same."
)
_PAPER_SHORT = (
    "The paper trains HypLoRA with twice LoRA's alpha. Scaled LoRA has that alpha too, times the gains HypLoRA starts with, and so shows "
    "what the two explain without geometry. Loss, steps and data stay ours; the help above says which settings are whose."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Form:
    """What the widgets hang on: the model, the setup, its own part of the address, and whether a member has a radius."""

    ref: ModelRef
    summary: ModelSummary
    kept: Kept
    own: Kept
    setup: Setup
    methods: tuple[str, ...]

    @property
    def suffix(self) -> str:
        """Of the keys of widgets that every setup has of its own."""
        return "" if self.setup.name == MATCHED else f"-{self.setup.name}"

    @property
    def bends(self) -> bool:
        """Whether a member has a radius."""
        return bool(with_radius(self.methods))


def choose_settings(ref: ModelRef, summary: ModelSummary, kept: Kept) -> dict[str, Any]:
    """The fields of an `ExperimentSpec` that are settings, by name."""
    setup, methods = _choose_setup(summary, kept)
    own = kept if setup.name == MATCHED else Kept(PAGE, prefix=f"{setup.name}-")
    form = _Form(ref=ref, summary=summary, kept=kept, own=own, setup=setup, methods=methods)
    chosen = {"methods": methods, **_choose_sizes(form), **_choose_radius(form)}
    with st.expander("More settings", icon=":material/tune:"):
        return {**chosen, **_choose_bending(form, calibrated=chosen["radius"] == CALIBRATED), **_choose_running(form)}


def _choose_setup(summary: ModelSummary, kept: Kept) -> tuple[Setup, tuple[str, ...]]:
    """Who takes part, and whether matched or as the paper."""
    place = _several(kept.key("methods", default_methods(), read=_known_methods, key="finetune-methods"))
    picked = st.pills(
        "Members", list(METHODS), selection_mode="multi", format_func=lambda name: METHODS[name].shown, key=place, help=WHY_THREE
    )
    name = st.segmented_control(
        "Settings",
        list(SETUPS),
        format_func=lambda name: SETUPS[name].label,
        required=True,
        key=kept.key("setup", MATCHED, among=list(SETUPS), key="finetune-setup"),
        help=f"Every value can still be changed below. {WHOSE}",
    )
    setup, methods = SETUPS[str(name)], tuple(method for method in METHODS if method in (picked or ()))
    if setup.name == PAPER:
        st.caption(escape_markdown(" ".join(filter(None, [_PAPER_SHORT, missing_sentence(setup, summary)]))))
    kept.keep(methods=methods, setup=setup.name)
    return setup, methods


def _several(place: str) -> str:
    """The key of a widget of several choices, which keeps them in a list."""
    st.session_state[place] = list(st.session_state[place] or ())
    return place


def _known_methods(text: str) -> tuple[str, ...]:
    names = tuple(name for name in text.split(",") if name)
    if any(name not in METHODS for name in names):
        raise ValueError("which is no choice of members")
    return names


def _choose_sizes(form: _Form) -> dict[str, Any]:
    setup, own, suffix, usual = form.setup, form.own, form.suffix, default_lr(form.ref)
    first = st.columns(4)
    place = own.key("rank", setup.rank, low=1, high=4096, key=f"finetune-rank{suffix}")
    rank = first[0].number_input("Rank r", 1, 4096, key=place, help="A is r × d, B is k × r.")
    place = own.key("alpha", setup.alpha, low=0.001, high=1e6, key=f"finetune-alpha{suffix}")
    alpha = first[1].number_input("Alpha", 0.001, 1e6, key=place, help=_ALPHA_HELP)
    lr = first[2].number_input(
        "Learning rate",
        1e-8,
        10.0,
        step=usual / 10,
        format="%.5f",
        key=form.kept.key("lr", usual, low=1e-8, high=10.0, key=f"finetune-lr-{usual}"),
        help="The peak: it rises over a short warm-up and then falls linearly to 0.",
    )
    place = form.kept.key("seed", 0, low=0, high=2**31 - 1)
    seed = first[3].number_input("Seed", 0, 2**31 - 1, key=place, help="Decides the initial A and the order of the problems.")
    own.keep(rank=int(rank), alpha=float(alpha))
    form.kept.keep(lr=float(lr), seed=int(seed))
    return {"rank": int(rank), "alpha": float(alpha), "lr": float(lr), "seed": int(seed)}


def _choose_radius(form: _Form) -> dict[str, Any]:
    kept, layers = form.kept, list(form.summary.linear_names)
    row = st.columns([3, 1, 1])

    def known(text: str) -> tuple[str, ...]:
        names = tuple(name for name in text.split(",") if name)
        if any(name not in layers for name in names):
            raise ValueError("which names a layer that the model does not have")
        return names

    key = f"finetune-targets-{form.ref.fingerprint}{form.suffix}"
    place = _several(form.own.key("targets", setup_targets(form.setup, form.summary), read=known, key=key))
    targets = row[0].multiselect("Layers to adapt", layers, key=place)
    radius = row[1].selectbox(
        "HypLoRA's radius",
        list(RADIUS_LABELS),
        format_func=RADIUS_LABELS.__getitem__,
        key=kept.key("radius", CALIBRATED, among=list(RADIUS_LABELS)),
        disabled=not form.bends,
        help=_RADIUS_HELP,
    )
    place, fixed = kept.key("c", 1.0, low=1e-9, high=1e6), radius == CALIBRATED or not form.bends
    c = row[2].number_input("Curvature c", 1e-9, 1e6, format="%.4g", key=place, disabled=fixed, help=_C_HELP)
    form.own.keep(targets=tuple(targets))
    kept.keep(radius=radius, c=float(c))
    return {"targets": tuple(targets), "radius": radius, "c": float(c)}


def _choose_bending(form: _Form, *, calibrated: bool) -> dict[str, Any]:
    """HypLoRA's own alpha, the quantile that calibration takes, and the variant of the gain."""
    kept, off, row = form.kept, not form.bends, st.columns(3, vertical_alignment="bottom")
    place = form.own.key("hyplora_alpha", form.setup.hyplora_alpha, read=_alpha_or_none, key=f"finetune-hyplora-alpha{form.suffix}")
    alpha = row[0].number_input(
        "HypLoRA's own alpha",
        0.001,
        1e6,
        None,
        key=place,
        placeholder="that of LoRA",
        disabled=off,
        help="Left open, HypLoRA has LoRA's alpha. Scaled LoRA starts from HypLoRA's.",
    )
    place = kept.key("quantile", 1.0, low=0.5, high=1.0)
    quantile = row[1].number_input(
        "Calibrated quantile of u", 0.5, 1.0, step=0.01, format="%.4g", key=place, disabled=off or not calibrated, help=_QUANTILE_HELP
    )
    gains = radial_gains()
    place = kept.key("gain", next(iter(gains)), among=list(gains))
    gain = row[2].selectbox("Gain", list(gains), format_func=lambda name: gains[name].label, key=place, disabled=off, help=_gains_help())
    form.own.keep(hyplora_alpha=alpha)
    kept.keep(quantile=float(quantile), gain=gain)
    return {"hyplora_alpha": alpha, "quantile": float(quantile), "gain": gain, **_choose_limit(form)}


def _choose_limit(form: _Form) -> dict[str, Any]:
    """From which length on tokens are adapted as LoRA, and whether the radius is trained."""
    kept, off, row = form.kept, not form.bends, st.columns(3, vertical_alignment="bottom")
    limited = row[0].toggle("Limit long tokens", key=kept.key("limited", True), disabled=off, help=_LIMIT_HELP)
    place = kept.key("lora_beyond", LORA_BEYOND, low=0.001, high=1e6, key="finetune-beyond")
    beyond = row[1].number_input("As LoRA beyond u =", 0.001, 1e6, key=place, disabled=off or not limited, help="In radii.")
    place = kept.key("learn_c", True, key="finetune-learn-c")
    learn_c = row[2].toggle("Train the radius", key=place, disabled=off, help="One radius per layer, learned along with A and B.")
    kept.keep(limited=limited, lora_beyond=float(beyond), learn_c=learn_c)
    return {"lora_beyond": float(beyond) if limited else None, "learn_c": learn_c}


def _gains_help() -> str:
    said = "; ".join(f"{name}: {gain.help}" for name, gain in radial_gains().items())
    return f"The variant of HypLoRA's gain. {said}."


def _alpha_or_none(text: str) -> float | None:
    if text == "none":
        return None
    try:
        value = float(text)
    except ValueError as error:
        raise ValueError("which is no number") from error
    if not 0.001 <= value <= 1e6:
        raise ValueError("which is not between 0.001 and 1e+06")
    return value


def _choose_running(form: _Form) -> dict[str, Any]:
    """Problems a step, in how many parts, and how many seeds."""
    kept, row = form.kept, st.columns(3, vertical_alignment="bottom")
    batch = row[0].number_input("Problems per step", 1, 4096, key=kept.key("batch", 8, low=1, high=4096))
    place = kept.key("accumulate", None, read=_parts_or_none, key="finetune-parts")
    parts = row[1].number_input("In how many parts", 1, 4096, None, key=place, placeholder="as memory asks", help=_PARTS_HELP)
    seeds = row[2].number_input("Seeds", 1, MOST_SEEDS, key=kept.key("seeds", 1, low=1, high=MOST_SEEDS), help=_SEEDS_HELP)
    chosen: dict[str, Any] = {"batch": int(batch), "accumulate": parts and int(parts), "seeds": int(seeds)}
    kept.keep(**chosen)
    return chosen


def _parts_or_none(text: str) -> int | None:
    if text == "none":
        return None
    if not (re.fullmatch("[0-9]{1,12}", text) and 1 <= int(text) <= 4096):
        raise ValueError("which is no whole number from 1 to 4,096")
    return int(text)
