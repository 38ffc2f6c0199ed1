"""What several seeds of one fine-tune say over seeds and problems, in sentences; of answers, where `seeds` speaks of training losses.

In: `SeedsVerdict`s, judged together. Out: one sentence each, what makes their intervals wide, and what so few seeds can tell at all.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

from hypviz.records.evaluations import ALIKE, BETTER, CONSTANT, SAME_WITHIN, WORSE
from hypviz.records.seeds import SeedsVerdict
from hypviz.statistics.crossed import least_multiple
from hypviz.words.layer_names import listed
from hypviz.words.numbers import points
from hypviz.words.verdict import better_words, show_adjusted, show_p, span_words, title


def verdict_sentence(found: SeedsVerdict) -> str:
    """The verdict on method b against method a over all seeds and problems, with its numbers."""
    a, b, n_seeds = title(found.a), title(found.b), len(found.rows)
    if found.verdict == CONSTANT:
        return f"{a} and {b} give one number to nearly every problem with each of {n_seeds} seeds; they are not compared."
    over = f"Over {n_seeds} seeds and {found.n:,} problems"
    odds = f"p {show_p(found.p)}{show_adjusted(found.adjusted_p, found.n_pairs)}"
    if found.verdict in (BETTER, WORSE):
        said = f"{over} {better_words(a, b, found.difference, odds)}."
    elif found.verdict == ALIKE:
        said = f"{over} {a} and {b} are alike: right equally often to within {100 * SAME_WITHIN:.0f} points "
        said += f"({span_words(a, b, found.difference, odds)})."
    else:
        said = f"{n_seeds} seeds and {found.n:,} problems are too few to tell {a} and {b} apart "
        said += f"({span_words(a, b, found.difference, odds)})."
    return said + "".join(f" {title(method)} gives one number to nearly every problem." for method in found.constants)


def width_sentence(found: Sequence[SeedsVerdict]) -> str | None:
    """Whether seeds or problems make the intervals wide, all pairs in one sentence; None where nothing is compared."""
    compared = [verdict for verdict in found if verdict.verdict != CONSTANT]
    if not compared:
        return None
    by_seeds = [verdict for verdict in compared if verdict.seeds_half > verdict.problems_half]
    by_problems = [verdict for verdict in compared if verdict not in by_seeds]
    parts = [_wide(group, wide, len(compared)) for group, wide in ((by_seeds, "seeds"), (by_problems, "problems")) if group]
    return " ".join(parts)


def about_seeds(found: Sequence[SeedsVerdict]) -> tuple[str, ...]:
    """What is said of all verdicts together: their width, what so few seeds can tell, and which methods have no verdict."""
    told = (width_sentence(found), few_seeds(found), unshared(found))
    return tuple(sentence for sentence in told if sentence)


def unshared(found: Sequence[SeedsVerdict]) -> str | None:
    """Which methods are not compared because fewer than two seeds are there of both; None where every two are."""
    methods = list(dict.fromkeys(method for verdict in found for method in (verdict.a, verdict.b)))
    compared = {frozenset((verdict.a, verdict.b)) for verdict in found}
    alone = [f"{title(a)} and {title(b)}" for a, b in combinations(methods, 2) if frozenset((a, b)) not in compared]
    return f"Fewer than two seeds are there of both {listed(alone)}, so they get no verdict over seeds." if alone else None


def few_seeds(found: Sequence[SeedsVerdict]) -> str | None:
    """What so few seeds can tell at all, or None without seeds."""
    if not found:
        return None
    n = min(len(verdict.rows) for verdict in found)
    more = {2: 3, 3: 5, 4: 8}.get(n, 2 * n)
    return (
        f"With {n} seeds a difference must be at least {least_multiple(n):.1f} times the spread between seeds to be told from 0, "
        f"however many problems are asked; with {more} seeds {least_multiple(more):.1f} times."
    )


def _wide(group: Sequence[SeedsVerdict], wide: str, n_compared: int) -> str:
    """For the pairs whose width comes from the `wide`: the spread of the seeds' differences, and which of the two would have to grow."""
    narrow = {"seeds": "problems", "problems": "seeds"}[wide]
    spreads = [f"{title(v.b)} minus {title(v.a)} {points(v.seeds_spread, sign=False)}" for v in group]
    which = "" if len(group) == n_compared else f" for {listed([f'{title(v.a)} and {title(v.b)}' for v in group])}"
    return (
        f"Most of the width of the interval{'' if n_compared == 1 else 's'} comes from the {wide}{which}, so more {wide} would narrow it "
        f"more than more {narrow} (the seeds' differences spread by, in points: {', '.join(spreads)})."
    )
