"""Choosing whose answers stand beside the base's: a finished fine-tune (all its members), or up to three adapters one by one."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from hypviz.generate import BASE, column_weights
from hypviz.methods import title_of
from hypviz.records.answers import Column
from hypviz.records.models import ModelRef
from hypviz.records.runs import DONE, RunRecord
from hypviz.studies.finetune.lessons import lesson
from hypviz.studies.finetune.shelf import own as list_runs
from hypviz.studies.finetune.shelf import shipped
from hypviz.studies.origins import repeats
from hypviz.ui.shell.address import Kept
from hypviz.words.runs import SHIPPED

NONE, EACH, FOLDER = "none", "each", "folder"
SEEDS = "seeds-"  # before the id of the first of several runs that differ in the seed alone
SIDES = ("first", "second", "third")


@dataclass(frozen=True, slots=True, kw_only=True)
class Picked:
    """Adapter folders as chosen, what the chosen fine-tune learned from, and how many there are of this and of other models.

    `seeds` has the seed of each folder's run where several seeds of one fine-tune were chosen, else nothing.
    """

    folders: tuple[str, ...]
    seeds: tuple[int, ...] = ()
    problems: str | None
    n_offered: int
    n_elsewhere: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """The columns in order, the base first, with the title of each."""

    columns: tuple[Column, ...]
    titles: dict[str, str]


def pick_adapters(ref: ModelRef, page: str, *, several_seeds: bool = False) -> Picked:
    """The controls: a finished fine-tune (all its seeds at once where `several_seeds` says so), each adapter by itself, or none."""
    everything = list_runs()
    mine = {run.run_id: run for run in everything if run.spec.base.fingerprint == ref.fingerprint and _finished(run)}
    runs = mine | {run.run_id: run for run in shipped() if run.spec.base.fingerprint == ref.fingerprint}
    groups = {SEEDS + group[0].run_id: group for group in repeats(list(mine.values()))} if several_seeds else {}
    options = [*runs, *groups, EACH, NONE]
    kept = Kept(page)

    def known(text: str) -> str:
        if text not in options:
            raise ValueError("a fine-tune which is not here or belongs to another model")
        return text

    chosen = st.selectbox(
        "Adapters",
        options,
        key=kept.key("run", options[0] if runs else NONE, among=options, read=known, explicit=True),
        format_func=lambda option: _seeds_label(groups[option]) if option in groups else _label(option, runs),
        help="A finished fine-tune brings all its members, trained on the same batches. The base is always shown.",
    )
    kept.keep(run=chosen)
    seeds: tuple[int, ...] = ()
    if chosen == NONE:
        folders: list[str] = []
    elif chosen in groups:
        members = [(run.spec.seed, member.adapter) for run in groups[chosen] for member in run.members if member.adapter]
        seeds, folders = tuple(seed for seed, _ in members), [folder for _, folder in members]
    elif chosen == EACH:
        folders = [folder for side, column in zip(SIDES, st.columns(len(SIDES)), strict=True) if (folder := _one(page, side, runs, column))]
    else:
        folders = [member.adapter for member in runs[chosen].members if member.adapter]
    elsewhere = sum(_finished(run) for run in everything) - len(mine)
    run = groups[chosen][0] if chosen in groups else runs.get(chosen)
    problems = None if run is None else run.spec.problems
    return Picked(folders=tuple(folders), seeds=seeds, problems=problems, n_offered=len(runs), n_elsewhere=elsewhere)


def say_if_none(picked: Picked) -> None:
    """What to do where no fine-tune of this model has finished yet."""
    if picked.n_offered or picked.folders:
        return
    others = f" ({picked.n_elsewhere} of other models cannot be used with it)" if picked.n_elsewhere else ""
    st.info(f"No fine-tune of this model has finished yet{others}. The base can answer alone.", icon=":material/tune:")
    st.page_link("pages/finetune.py", label="Fine-tune LoRA, HypLoRA and the control", icon=":material/arrow_forward:")


def named(ref: ModelRef, picked: Picked) -> Chosen:
    """Columns named by method, further ones of the same method with a number, one of several seeds with its seed.

    `AdapterError` for a folder without an adapter.
    """
    columns, titles = [Column(name=BASE)], {BASE: title_of(BASE)}
    for i, folder in enumerate(picked.folders):
        method = column_weights(ref, Column(name="?", adapter=folder)).method
        title = title_of(method)
        if picked.seeds:
            name, title = f"{method} seed {picked.seeds[i]}", f"{title} seed {picked.seeds[i]}"
        else:
            again = 1 + sum(known == method or known.startswith(f"{method} ") for known in titles)
            name, title = (method, title) if again == 1 else (f"{method} {again}", f"{title} {again}")
        columns.append(Column(name=name, adapter=folder))
        titles[name] = title
    return Chosen(columns=tuple(columns), titles=titles)


def short_print(fingerprint: str) -> str:
    """The first eight signs, which is what people compare."""
    return fingerprint[:8]


def _one(page: str, side: str, runs: dict[str, RunRecord], where: st.delta_generator.DeltaGenerator) -> str | None:
    """One adapter: a member of a run, a folder, or none; the address holds ``run/method`` or the path."""
    members = {f"{run_id}/{m.method}": m.adapter for run_id, run in runs.items() for m in run.members if m.adapter}
    options, kept = [NONE, *members, FOLDER], Kept(page)
    with where:
        picked = st.selectbox(
            f"{side.capitalize()} adapter",
            options,
            key=kept.key(side, NONE, among=options, read=lambda text: text if text in options else FOLDER),
            format_func=lambda o: _member_label(o, runs),
        )
        folder = kept.key(side, "", read=lambda text: "" if text in options else text, key=f"{page}-{side}-folder")
        if picked != FOLDER:
            kept.keep(**{side: picked})
            return members.get(picked)
        path = st.text_input("Adapter folder", key=folder, placeholder="~/my-run/adapter/lora").strip()
        kept.keep(**{side: path or FOLDER})
        return str(Path(path).expanduser()) if path and path != FOLDER else None


def _finished(run: RunRecord) -> bool:
    return not run.is_active and any(member.adapter for member in run.members)


def _label(option: str, runs: dict[str, RunRecord]) -> str:
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


def _member_label(option: str, runs: dict[str, RunRecord]) -> str:
    if option in (NONE, FOLDER):
        return {NONE: "None", FOLDER: "A folder"}[option]
    run_id, _, method = option.partition("/")
    return f"{title_of(method)} of {_label(run_id, runs)}"
