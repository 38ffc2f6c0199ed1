"""Which run trained a column's adapter, and which of the problems asked that run learned from.

A run is found by the folder that the adapter lies in, or by the run that its card names. Its training problems are those it kept; a
named set whose training split it learned is made again. Questions are the same if they differ only in case, white space and
punctuation (`plain_question`). Loads no model.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from hypviz import runs
from hypviz.corpora import read_problems
from hypviz.errors import HypvizError
from hypviz.generate import column_weights
from hypviz.generate.whole_models import is_whole_model
from hypviz.problems import is_problem_set
from hypviz.problems.alike import plain_question
from hypviz.problems.sets import split_of
from hypviz.records.answers import Column
from hypviz.records.hyplora import AdapterCard
from hypviz.records.models import ModelRef
from hypviz.records.problems import Problem
from hypviz.records.runs import RunRecord, RunSpec
from hypviz.records.seeds import Origin
from hypviz.runs.folder import ADAPTERS, RunFolder, open_run
from hypviz.store import canonical_key

# What may differ between two runs that are repeats of one fine-tune: the seed, what trains beside a method, and how the work is cut up.
NOT_THE_EXPERIMENT = ("base", "seed", "methods", "accumulate", "device", "processes", "threads", "probe_every", "checkpoint_seconds")


def origins(ref: ModelRef, columns: Sequence[Column], asked: Sequence[Problem], fingerprint: str) -> tuple[Origin, ...]:
    """One record for each column with an adapter; `asked` are the problems counted, of the set with this fingerprint."""
    return tuple(_origin(ref, column, column.adapter, asked, fingerprint) for column in columns if column.adapter is not None)


def run_columns(run_ids: Sequence[str], taken: Sequence[str] = ()) -> list[Column]:
    """A column for each adapter of these runs, named by method, or by method and seed where several runs are given.

    Raises `HypvizError` for a run that is unknown or has no adapter, or that is named twice.
    """
    twice = next((run_id for run_id in run_ids if list(run_ids).count(run_id) > 1), None)
    if twice is not None:
        raise HypvizError(f"The run {twice} is named twice; name each run once.")
    found: list[Column] = []
    names = set(taken)
    for run in [runs.get(run_id) for run_id in run_ids]:
        members = [member for member in run.members if member.adapter]
        if not members:
            later = (
                "wait for its end, or choose another" if run.is_active else "choose one that is done, or was stopped after its first step"
            )
            raise HypvizError(f"The run {run.run_id} ({run.state}) has no adapter to evaluate; {later}.")
        for member in members:
            name = member.method if len(run_ids) == 1 else f"{member.method} seed {run.spec.seed}"
            name = f"{name} of {run.run_id}" if name in names else name
            names.add(name)
            found.append(Column(name=name, adapter=member.adapter))
    return found


def repeats(records: Sequence[RunRecord]) -> list[tuple[RunRecord, ...]]:
    """Runs that are one fine-tune with several seeds: every group of at least two seeds, lowest seed first, one run a seed (the newest)."""
    groups: dict[str, dict[int, RunRecord]] = {}
    for run in records:
        steps = {member.adapter_steps for member in run.members if member.adapter}
        if len(steps) == 1:
            groups.setdefault(_experiment(run.spec, steps.pop()), {}).setdefault(run.spec.seed, run)
    return [tuple(group[seed] for seed in sorted(group)) for group in groups.values() if len(group) > 1]


def _origin(ref: ModelRef, column: Column, folder: str, asked: Sequence[Problem], fingerprint: str) -> Origin:
    method = column_weights(ref, column).method
    run = _run_of(folder)
    try:
        spec = None if run is None else run.read_spec()
    except HypvizError:
        run = spec = None  # whoever opens the run says what is wrong with it; here it tells nothing
    if run is None or spec is None:
        return Origin(column=column.name, method=method, run_id=None, seed=None, experiment=None, learned=None, seen=None, same_file=False)
    card = _card(Path(folder))
    return Origin(
        column=column.name,
        method=method,
        run_id=card.run_id if card is not None and card.run_id is not None else run.run_id,  # a copy of a run has a folder name of its own
        seed=spec.seed,
        experiment=_experiment(spec, _steps(run, method, spec)),
        learned=spec.problems,
        seen=_seen(run, spec, asked),
        same_file=fingerprint.partition(":")[0] == spec.problems_fingerprint,
    )


def _run_of(folder: str) -> RunFolder | None:
    """The run that the folder lies in, as a member's adapter or in its checkpoint, else the one that its card names."""
    path = Path(folder).absolute()
    if path.parent.name == ADAPTERS:
        for root in path.parents[1:3]:
            if (root / "spec.json").is_file():
                return RunFolder(path=root)
    card = _card(path)
    try:
        return open_run(card.run_id) if card is not None and card.run_id is not None else None
    except HypvizError:
        return None


def _card(folder: Path) -> AdapterCard | None:
    """The adapter's card, checked before by whoever took its fingerprint; None for a whole model."""
    if is_whole_model(str(folder)):
        return None
    from hypviz.hyplora.folders import read_adapter_card

    return read_adapter_card(folder)


def _steps(run: RunFolder, method: str, spec: RunSpec) -> int:
    """After how many steps the member's adapter was taken."""
    try:
        return next((m.adapter_steps for m in run.read_status().members if m.method == method and m.adapter_steps), spec.steps)
    except HypvizError:
        return spec.steps


def _experiment(spec: RunSpec, steps: int) -> str:
    """The same for runs that share every setting that decides a method's result except the seed, and the steps taken."""
    settings = {field.name: getattr(spec, field.name) for field in dataclasses.fields(spec) if field.name not in NOT_THE_EXPERIMENT}
    return canonical_key("experiment", settings | {"base": spec.base.fingerprint, "asking": spec.asking.identity, "taken": steps})


def _seen(run: RunFolder, spec: RunSpec, asked: Sequence[Problem]) -> tuple[int, ...] | None:
    """Places of the problems asked that stand in the training file; None where the run no longer has them."""
    try:
        if run.problems.is_file():
            stat = run.problems.stat()
            learned = _kept(str(run.path), stat.st_size, stat.st_mtime_ns)
        elif is_problem_set(spec.problems):
            if all(problem.given is None and split_of(problem.question) == "test" for problem in asked):
                return ()  # no training split of a named set holds any of them
            found = _named(spec.problems)
            if found[0] != spec.problems_fingerprint:
                return None
            learned = found[1]
        else:
            return None
    except HypvizError:
        return None
    return tuple(i for i, problem in enumerate(asked) if plain_question(problem.question) in learned)


@lru_cache(maxsize=16)
def _kept(run: str, size: int, changed: int) -> frozenset[str]:
    """The questions that the run in folder `run` kept; size and time make the cache forget a file that has changed."""
    return frozenset(plain_question(problem.question) for problem in RunFolder(path=Path(run)).read_problems())


@lru_cache(maxsize=16)
def _named(name: str) -> tuple[str, frozenset[str]]:
    """The fingerprint and the questions of a named set's training split."""
    found = read_problems(name, split="train")
    return found.fingerprint, frozenset(plain_question(problem.question) for problem in found.problems)
