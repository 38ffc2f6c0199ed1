"""Which columns cannot be told apart and which stand above others, in one sentence each."""

from __future__ import annotations

from collections.abc import Sequence

from hypviz.records.evaluations import ColumnScore, PairCounts
from hypviz.scoring.groups import Groups, groups
from hypviz.words.verdict import title


def groups_sentence(columns: Sequence[ColumnScore], pairs: Sequence[PairCounts]) -> str | None:
    """Over all columns at once; None for fewer than three, of which the sentence on their one pair says all."""
    found = groups(columns, pairs)
    if found is None or len(columns) < 3:
        return None
    parts = [f"{_and(each)} cannot be told apart" for each in found.together] or ["Every two columns are told apart"]
    parts += [_above(each.better, each.worse, found) for each in found.above]
    said = "; ".join(parts) + "."
    if found.constants:
        said += f" {_and(found.constants)} {'gives' if len(found.constants) == 1 else 'give'} one answer to nearly every problem and "
        said += f"{'is' if len(found.constants) == 1 else 'are'} left out."
    return said + (" Not told apart is not the same as alike." if found.together else "")


def _above(better: Sequence[str], worse: str, found: Groups) -> str:
    if len(found.together) == 1 and tuple(better) == found.together[0]:
        return f"{'both' if len(better) == 2 else 'all'} are above {title(worse)}"
    return f"{_and(better)} {'is' if len(better) == 1 else 'are'} above {title(worse)}"


def _and(names: Sequence[str]) -> str:
    told = [title(name) for name in names]
    return told[0] if len(told) == 1 else f"{', '.join(told[:-1])} and {told[-1]}"
