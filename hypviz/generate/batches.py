"""Which prompts are answered in one batch, and by which columns as rows of it: planned once, before the first answer."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hypviz.generate.bench import Bench
from hypviz.generate.padding import padding_changes_answers
from hypviz.generate.rows import columns_together, rows_that_fit
from hypviz.records.answers import Column, Decoding
from hypviz.work import NOBODY, Work


@dataclass(frozen=True, slots=True, kw_only=True)
class Batches:
    """Columns that answer as rows of one batch, the others each alone, and the batches, of places among the prompts.

    `one_by_one` has the names of columns whose answers change when a prompt is padded; of the others `n_rows` fit at once.
    """

    groups: tuple[tuple[Column, ...], ...]
    one_by_one: frozenset[str]
    places: tuple[tuple[int, ...], ...]
    n_rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """How batches are made: columns `together` where they can be, `size` prompts in one, None for what the memory has room for, which
    `n_processes` share."""

    decoding: Decoding
    together: bool = True
    size: int | None = None
    n_processes: int = 1


def plan_batches(
    on_bench: Bench, prompts: Sequence[Sequence[int]], missing: Mapping[Column, set[int]], sizes: Sizes, work: Work = NOBODY
) -> Batches:
    """The batches of all prompts at whose place some column has no answer yet; `missing` has those places, of every column asked.

    Prompts of like length share a batch, and batches come in a mixed order. Raises `Stopped` between two columns once `work` is asked to
    end.
    """
    work.check()
    rows = columns_together(on_bench, tuple(missing), prompts) if sizes.together else ()
    one_by_one: set[str] = set()
    for column in missing if len(prompts) > 1 else ():
        work.check()
        if column not in rows:  # those were tried with padding
            with on_bench.using(column) as ready:
                one_by_one |= {column.name} if padding_changes_answers(ready, on_bench.tokenizer, prompts) else set()
    n_rows = rows_that_fit(on_bench.model, max(map(len, prompts)), sizes.decoding, sizes.n_processes)
    groups = (*((rows,) if rows else ()), *((column,) for column in missing if column not in rows))
    size = sizes.size or max(1, n_rows // max(map(len, groups)))
    asked = {place for places in missing.values() for place in places}
    by_length = sorted(asked, key=lambda place: (len(prompts[place]), place))
    return Batches(groups=groups, one_by_one=frozenset(one_by_one), places=_equal_parts(by_length, size), n_rows=n_rows)


def _equal_parts(places: Sequence[int], size: int) -> tuple[tuple[int, ...], ...]:
    n, k = len(places), -(-len(places) // size)
    parts = [tuple(places[n * i // k : n * (i + 1) // k]) for i in range(k)]
    random.Random(0).shuffle(parts)
    return tuple(parts)
