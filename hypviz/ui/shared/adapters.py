"""Choosing whose answers stand beside the base's: a finished fine-tune (all its members), or up to three adapters one by one."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from hypviz.methods import title_of
from hypviz.records.models import ModelRef
from hypviz.records.runs import DONE, RunRecord
from hypviz.studies.adapters import Chosen, Offered, named_columns, offered
from hypviz.studies.finetune.lessons import lesson
from hypviz.ui.shell.address import Kept
from hypviz.words.runs import SHIPPED

NONE, EACH, FOLDER = "none", "each", "folder"
SEEDS = "seeds-"  # before the id of the first of several runs that differ in the seed alone
SIDES = ("first", "second", "third")
FOLDER_HELP = "Of an adapter, or of a whole model that was fine-tuned from this one."


@dataclass(frozen=True, slots=True, kw_only=True)
class Picked:
    """Adapter folders as chosen, what the chosen fine-tune learned from, and how many there are of this and of other models.

    `seeds` has the seed of each folder's run where several seeds of one fine-tune were chosen, else nothing.
    """

    folders: tuple[str, ...]
    seeds: tuple[int, ...] = ()
    problems: str | None = None
    n_offered: int
    n_elsewhere: int


def pick_adapters(ref: ModelRef, page: str, *, several_seeds: bool = False) -> Picked:
    """The controls: a finished fine-tune (all its seeds at once where `several_seeds` says so), each adapter by itself, or none."""
    there = offered(ref)
    groups = {SEEDS + first: group for first, group in there.groups.items()} if several_seeds else {}
    options, kept = [*there.runs, *groups, EACH, NONE], Kept(page)

    def known(text: str) -> str:
        if text not in options:
            raise ValueError("a fine-tune which is not here or belongs to another model")
        return text

    chosen = st.selectbox(
        "Adapters",
        options,
        key=kept.key("run", options[0] if there.runs else NONE, among=options, read=known, explicit=True),
        format_func=lambda option: _seeds_label(groups[option]) if option in groups else _label(option, there.runs),
        help="A finished fine-tune brings all its members, trained on the same batches. The base is always shown.",
    )
    kept.keep(run=chosen)
    if chosen in groups:
        return _picked(there, groups[chosen], with_seeds=True)
    if chosen in there.runs:
        return _picked(there, (there.runs[chosen],))
    folders: list[str] = []
    if chosen == EACH:
        sides = zip(SIDES, st.columns(len(SIDES)), strict=True)
        folders = [folder for side, column in sides if (folder := _one(kept, side, there.runs, column))]
    return Picked(folders=tuple(folders), n_offered=len(there.runs), n_elsewhere=there.n_elsewhere)


def say_if_none(picked: Picked) -> None:
    """What to do where no fine-tune of this model has finished yet."""
    if picked.n_offered or picked.folders:
        return
    others = f" ({picked.n_elsewhere} of other models cannot be used with it)" if picked.n_elsewhere else ""
    st.info(f"No fine-tune of this model has finished yet{others}. The base can answer alone.", icon=":material/tune:")
    st.page_link("pages/finetune.py", label="Fine-tune LoRA, HypLoRA and the control", icon=":material/arrow_forward:")


def named(ref: ModelRef, picked: Picked) -> Chosen:
    """The base and a column for each adapter, named by its method; `AdapterError` for a folder without an adapter."""
    return named_columns(ref, picked.folders, picked.seeds)


def short_print(fingerprint: str) -> str:
    """The first eight signs, which is what people compare."""
    return fingerprint[:8]


def _picked(there: Offered, runs: tuple[RunRecord, ...], *, with_seeds: bool = False) -> Picked:
    """All adapters of these runs."""
    members = [(run.spec.seed, member.adapter) for run in runs for member in run.members if member.adapter]
    return Picked(
        folders=tuple(folder for _, folder in members),
        seeds=tuple(seed for seed, _ in members) if with_seeds else (),
        problems=runs[0].spec.problems,
        n_offered=len(there.runs),
        n_elsewhere=there.n_elsewhere,
    )


def _one(kept: Kept, side: str, runs: Mapping[str, RunRecord], where: DeltaGenerator) -> str | None:
    """One adapter: a member of a run, a folder, or none; the address holds ``run/method`` or the path."""
    members = {f"{run_id}/{m.method}": m.adapter for run_id, run in runs.items() for m in run.members if m.adapter}
    options = [NONE, *members, FOLDER]
    with where:
        picked = st.selectbox(
            f"{side.capitalize()} adapter",
            options,
            key=kept.key(side, NONE, among=options, read=lambda text: text if text in options else FOLDER),
            format_func=lambda option: _member_label(option, runs),
        )
        folder = kept.key(side, "", read=lambda text: "" if text in options else text, key=kept.place(f"{side}-folder"))
        if picked != FOLDER:
            kept.keep(**{side: "" if picked == NONE else picked})
            return members.get(picked)
        path = st.text_input("Adapter folder", key=folder, placeholder="~/my-run/adapter/lora", help=FOLDER_HELP).strip()
        kept.keep(**{side: path or FOLDER})
        return os.path.expanduser(path) if path and path != FOLDER else None


def _label(option: str, runs: Mapping[str, RunRecord]) -> str:
    if option == NONE:
        return "None: the base alone"
    if option == EACH:
        return "Choose each adapter, or a folder"
    run = runs[option]
    when = SHIPPED.capitalize() if run.is_shipped else time.strftime("%d %b %H:%M", time.localtime(run.created_at))
    steps = max(member.adapter_steps for member in run.members)
    state = "" if run.state == DONE else f", {run.state}"
    curvature = "" if run.spec.c == 1 or run.spec.radius != "typical" else f", c = {run.spec.c:g}"
    alpha = "" if run.spec.hyplora_alpha is None else f", alpha {run.spec.alpha:g} and {run.spec.hyplora_alpha:g}"
    return f"{when}: {lesson(run.spec.problems)}, {steps} steps, rank {run.spec.rank}{alpha}{curvature}{state}"


def _seeds_label(group: tuple[RunRecord, ...]) -> str:
    first = group[0]
    seeds = ", ".join(str(run.spec.seed) for run in group)
    steps = max(member.adapter_steps for member in first.members)
    return f"{len(group)} seeds ({seeds}): {lesson(first.spec.problems)}, {steps} steps, rank {first.spec.rank}"


def _member_label(option: str, runs: Mapping[str, RunRecord]) -> str:
    if option in (NONE, FOLDER):
        return {NONE: "None", FOLDER: "A folder"}[option]
    run_id, _, method = option.partition("/")
    return f"{title_of(method)} of {_label(run_id, runs)}"
