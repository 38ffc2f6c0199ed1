"""Chosen tokens of a disk measured: delta, dimensions and norms, beside as many random tokens of the same disk.

In: a `ChosenSpec`. Out: `ChosenMeasures`. Beside it a shelf on which a selection is kept by its content, so that a link finds it again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from jaxtyping import Float, Integer

from hypviz.errors import HypvizError
from hypviz.measures import FEWEST, beside_chance, measure_set
from hypviz.records import Provenance
from hypviz.records.layout import DiskLayout
from hypviz.records.specs.disk import ChosenSpec, MatrixRows, ModelRows, RowNumbers
from hypviz.records.token_sets import ChosenMeasures, ChosenTokens, TokenSet
from hypviz.store import Store
from hypviz.studies.disk.rows import values_of
from hypviz.studies.frame import Sitting, Study
from hypviz.work import Work

__all__ = ["CHOSEN", "beside_chance", "chosen_spec", "estimated_seconds", "keep_chosen", "kept_chosen"]

KIND = "chosen_tokens"
SECONDS_A_SET = 0.25  # of the largest, on a small machine


def keep_chosen(ids: Iterable[int], *, store: Store | None = None) -> str:
    """Keep a selection; the mark by which `kept_chosen` finds it: equal for equal tokens."""
    chosen = ChosenTokens(ids=np.unique(np.fromiter(ids, dtype=np.int64)))
    (store or Store()).load_or_compute(KIND, _kept_as(chosen.identity), ChosenTokens, lambda: chosen)
    return chosen.identity


def kept_chosen(mark: str, *, store: Store | None = None) -> ChosenTokens | None:
    """The selection with that mark, None where it is not kept here."""
    return (store or Store()).get(KIND, _kept_as(mark), ChosenTokens)


def _kept_as(mark: str) -> dict[str, object]:
    return {"ids": mark}


def chosen_spec(rows: ModelRows | MatrixRows, layout: DiskLayout, chosen: ChosenTokens) -> ChosenSpec:
    """The question for a layout; raises `HypvizError` where fewer than four of the tokens are laid out."""
    pool = np.sort(layout.token_ids)
    here = chosen.ids[np.isin(chosen.ids, pool)]
    if len(here) < FEWEST:
        raise HypvizError(
            f"{len(here)} of the {len(chosen.ids)} chosen tokens are laid out here, but a delta needs at least {FEWEST}; choose more."
        )
    return ChosenSpec(rows=rows, chosen=ChosenTokens(ids=here), pool=RowNumbers(ids=pool))


def estimated_seconds(spec: ChosenSpec) -> float:
    """For the first guess of a job."""
    n = min(len(spec.chosen.ids), spec.most)
    return 0.5 + (1 + spec.n_random) * SECONDS_A_SET * (n / spec.most) ** 2


def _measure(spec: ChosenSpec, sitting: Sitting[ChosenMeasures]) -> ChosenMeasures:
    values, work = values_of(spec.rows), sitting.work
    rng = np.random.default_rng(spec.seed)
    ids = _at_most(spec.chosen.ids, spec.most, rng)
    pool = spec.pool.ids
    drawn = [rng.choice(pool, len(ids), replace=False) for _ in range(spec.n_random)]
    sets = [_measured(values[each], work.part(1 / (1 + spec.n_random), name)) for name, each in _named(ids, drawn)]
    return ChosenMeasures(
        n_chosen=len(spec.chosen.ids),
        n_pool=len(pool),
        ids=ids,
        four=ids[sets[0].four],
        chosen=sets[0],
        random=tuple(sets[1:]),
        provenance=_provenance(spec, sitting),
    )


def _at_most(ids: Integer[np.ndarray, " n"], most: int, rng: np.random.Generator) -> Integer[np.ndarray, " m"]:
    return ids if len(ids) <= most else np.sort(rng.choice(ids, most, replace=False))


def _named(
    chosen: Integer[np.ndarray, " n"], drawn: Sequence[Integer[np.ndarray, " n"]]
) -> Iterator[tuple[str, Integer[np.ndarray, " n"]]]:
    yield "the chosen tokens", chosen
    for k, each in enumerate(drawn, start=1):
        yield f"random tokens, set {k} of {len(drawn)}", each


def _measured(rows: Float[np.ndarray, "n d"], work: Work) -> TokenSet:
    work.report(0, 1)
    found = measure_set(rows, work)
    work.report(1, 1)
    return found


def _provenance(spec: ChosenSpec, sitting: Sitting[ChosenMeasures]) -> Provenance:
    if isinstance(spec.rows, ModelRows):
        return sitting.provenance(spec.rows.model, seed=spec.seed)
    return Provenance(model=spec.rows.label, revision=spec.rows.fingerprint, seed=spec.seed, versions=sitting.versions)


CHOSEN: Study[ChosenSpec, ChosenMeasures] = Study(
    kind="chosen_measures", record=ChosenMeasures, algorithm=1, measure=_measure, libraries=lambda spec: ("numpy",)
)
