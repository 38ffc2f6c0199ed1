"""Which adapters can stand beside a model's own answers: the fine-tunes of it that have ended, several seeds of one, and their columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hypviz.generate import column_weights
from hypviz.methods import title_of
from hypviz.records.answers import BASE, Column
from hypviz.records.models import ModelRef
from hypviz.records.runs import RunRecord
from hypviz.runs import list_runs, shipped
from hypviz.studies.origins import repeats


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """The ended fine-tunes of one model by id, newest first and then those that ship; groups of several seeds by their first id.

    `n_elsewhere` counts the ended fine-tunes of other models.
    """

    runs: Mapping[str, RunRecord]
    groups: Mapping[str, tuple[RunRecord, ...]]
    n_elsewhere: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """The columns in order, the base first, with the title of each."""

    columns: tuple[Column, ...]
    titles: dict[str, str]


def offered(ref: ModelRef) -> Offered:
    """What there is for this model here."""
    everything = list_runs()
    mine = {run.run_id: run for run in everything if run.spec.base.fingerprint == ref.fingerprint and _has_ended(run)}
    ours = {run.run_id: run for run in shipped() if run.spec.base.fingerprint == ref.fingerprint}
    return Offered(
        runs=mine | ours,
        groups={group[0].run_id: group for group in repeats(list(mine.values()))},
        n_elsewhere=sum(_has_ended(run) for run in everything) - len(mine),
    )


def named_columns(ref: ModelRef, folders: Sequence[str], seeds: Sequence[int] = ()) -> Chosen:
    """The base and a column for each adapter folder, named by its method, and by its seed where `seeds` gives one for each.

    `AdapterError` for a folder without an adapter.
    """
    columns, titles = [Column(name=BASE)], {BASE: title_of(BASE)}
    for i, folder in enumerate(folders):
        method = column_weights(ref, Column(name="?", adapter=folder)).method
        title = title_of(method)
        if seeds:
            name, title = f"{method} seed {seeds[i]}", f"{title} seed {seeds[i]}"
        else:
            again = 1 + sum(known == method or known.startswith(f"{method} ") for known in titles)
            name, title = (method, title) if again == 1 else (f"{method} {again}", f"{title} {again}")
        columns.append(Column(name=name, adapter=folder))
        titles[name] = title
    return Chosen(columns=tuple(columns), titles=titles)


def _has_ended(run: RunRecord) -> bool:
    return not run.is_active and any(member.adapter for member in run.members)
