"""Which columns cannot be told apart: the largest sets without a significant difference among them, and who stands above whom.

In: the pairs of an evaluation, judged together by Holm's procedure. Out: `Groups`. A set in which no two are told apart is no proof that
they are alike; two such sets may share columns, because not being told apart is not transitive. Columns that give one number to nearly
every problem solve none and are left out. Where not every two of the others were compared (several seeds), there are no groups.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from hypviz.records.evaluations import ColumnScore, PairCounts

MOST_COLUMNS = 16  # sets are listed by trying: beyond these there are too many


@dataclass(frozen=True, slots=True, kw_only=True)
class Above:
    """The columns `better`, each of which is right significantly more often than `worse`."""

    better: tuple[str, ...]
    worse: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Groups:
    """`together`: every largest set of two or more columns of which no two are told apart. The best column stands first everywhere."""

    together: tuple[tuple[str, ...], ...]
    above: tuple[Above, ...]
    constants: tuple[str, ...]


def groups(columns: Sequence[ColumnScore], pairs: Sequence[PairCounts]) -> Groups | None:
    """None with fewer than two columns that solve anything, more than `MOST_COLUMNS`, or a pair among them that was not compared."""
    constants = {name for pair in pairs for name in pair.constants}
    ranked = sorted((score for score in columns if score.name not in constants), key=lambda score: -score.correct)
    names = [score.name for score in ranked]
    better = _better(pairs)
    compared = {frozenset((pair.a, pair.b)) for pair in pairs}
    if not 2 <= len(names) <= MOST_COLUMNS or not all(frozenset(two) in compared for two in combinations(names, 2)):
        return None
    alike = {name: {other for other in names if other != name and not _apart(name, other, better)} for name in names}
    sets = sorted(_largest(names, alike), key=lambda found: [names.index(name) for name in found])
    above = [Above(better=tuple(n for n in names if n in better.get(worse, set())), worse=worse) for worse in reversed(names)]
    return Groups(
        together=tuple(found for found in sets if len(found) > 1),
        above=tuple(each for each in above if each.better),
        constants=tuple(score.name for score in columns if score.name in constants),
    )


def _better(pairs: Sequence[PairCounts]) -> dict[str, set[str]]:
    """By column those that are significantly better: the interval of Holm's step excludes 0."""
    found: dict[str, set[str]] = {}
    for pair in pairs:
        if pair.difference.low > 0:
            found.setdefault(pair.a, set()).add(pair.b)
        elif pair.difference.high < 0:
            found.setdefault(pair.b, set()).add(pair.a)
    return found


def _apart(a: str, b: str, better: Mapping[str, set[str]]) -> bool:
    return a in better.get(b, set()) or b in better.get(a, set())


def _largest(names: Sequence[str], alike: Mapping[str, set[str]]) -> list[tuple[str, ...]]:
    """The maximal cliques (Bron and Kerbosch, Communications of the ACM 16, 1973), each in the order of `names`."""
    found: list[tuple[str, ...]] = []

    def grow(chosen: set[str], open_: set[str], done: set[str]) -> None:
        if not open_ and not done:
            found.append(tuple(name for name in names if name in chosen))
        for name in [name for name in names if name in open_]:
            grow(chosen | {name}, open_ & alike[name], done & alike[name])
            open_, done = open_ - {name}, done | {name}

    grow(set(), set(names), set())
    return found
