"""How the norm goes with frequency, by range of frequency: one order throughout, or a turn.

In: counts and norms of the counted tokens. Out: `FrequencyRange` records for the decades of the count, and a `NormTurn` where tokens
up to some count and tokens beyond it have correlations of opposite sign. Each side is tested on its own, as in the two-lines test of
U-shapes (Simonsohn, Advances in Methods and Practices in Psychological Science 1, 2018), by rank correlation instead of a line. The place
is the one of the 1-2-5 series where the weaker side speaks most clearly; because it was looked for, both sides must exclude 0 at 99 %.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from hypviz.errors import HypvizError, Stopped
from hypviz.records.frequency import FrequencyRange, NormTurn
from hypviz.records.statistics import Interval
from hypviz.statistics import spearman, spearman_interval
from hypviz.work import NOBODY, Work

FEWEST_TOKENS = 30  # of a range or of a side of a turn
FEWEST_COUNTS = 3  # different counts on a side of a turn
NEGLIGIBLE = 0.1  # rank correlations below this are no dependence worth the name, however many tokens stand behind them
TURN_LEVEL = 0.99


def direction(found: Interval | None) -> int:
    """-1 or +1 where the interval excludes 0 and the value is not negligible, else 0."""
    if found is None or not found.excludes(0.0) or abs(found.value) < NEGLIGIBLE:
        return 0
    return 1 if found.value > 0 else -1


def norm_ranges(
    count: np.ndarray,
    norm: np.ndarray,
    *,
    seed: int,
    n_resamples: int = 1000,
    work: Work = NOBODY,
) -> tuple[FrequencyRange, ...]:
    """The decades 1 to 9, 10 to 99 and so on; decades at the top with fewer than `FEWEST_TOKENS` tokens join the one below.

    Raises `HypvizError` for norms that are not finite, and `Stopped`.
    """
    _require_finite(norm)
    found: list[FrequencyRange] = []
    total = int(count.sum())
    decades = list(_decades(count))
    for low, high in decades:
        inside = (count >= low) & (count <= high) if high is not None else count >= low
        correlation, missing = _correlation(count[inside], norm[inside], seed, 0.95, n_resamples, work.part(1 / len(decades)))
        found.append(
            FrequencyRange(
                low=low,
                high=high,
                n=int(inside.sum()),
                share=int(count[inside].sum()) / total,
                correlation=correlation,
                missing=missing,
            )
        )
    return tuple(found)


def norm_turn(count: np.ndarray, norm: np.ndarray, *, seed: int, n_resamples: int = 1000, work: Work = NOBODY) -> NormTurn | None:
    """Where the sign changes, or None; also None where the sides are too small to tell. Raises as `norm_ranges` does."""
    _require_finite(norm)
    best, at, n_tried = 0.0, 0, 0
    for place in _places(count):
        below = count <= place
        if not (_enough(count[below]) and _enough(count[~below])):
            continue
        n_tried += 1
        low, high = spearman(count[below], norm[below]), spearman(count[~below], norm[~below])
        if low is None or high is None or low * high >= 0 or min(abs(low), abs(high)) < NEGLIGIBLE:
            continue
        weaker = min(abs(low) * np.sqrt(below.sum()), abs(high) * np.sqrt((~below).sum()))
        if weaker > best:
            best, at = float(weaker), place
    if not at:
        return None
    below = count <= at
    under, _ = _correlation(count[below], norm[below], seed, TURN_LEVEL, n_resamples, work.part(0.5))
    above, _ = _correlation(count[~below], norm[~below], seed, TURN_LEVEL, n_resamples, work.part(0.5))
    if under is None or above is None or direction(under) * direction(above) != -1:
        return None
    return NormTurn(at=at, below=under, above=above, share_above=int(count[~below].sum()) / int(count.sum()), n_tried=n_tried)


def _decades(count: np.ndarray) -> Iterator[tuple[int, int | None]]:
    """Inclusive (low, high) of the decades that hold tokens; the last one is open."""
    low, most = 1, int(count.max(initial=0))
    while low <= most:
        beyond = int((count >= 10 * low).sum())
        if beyond < FEWEST_TOKENS:
            yield low, None
            return
        if ((count >= low) & (count < 10 * low)).any():
            yield low, 10 * low - 1
        low *= 10


def _places(count: np.ndarray) -> Iterator[int]:
    """2, 5, 10, 20, 50 and so on below the largest count."""
    decade, most = 1, int(count.max(initial=0))
    while decade < most:
        yield from (place for place in (decade, 2 * decade, 5 * decade) if 1 < place < most)
        decade *= 10


def _require_finite(norm: np.ndarray) -> None:
    bad = int((~np.isfinite(norm)).sum())
    if bad:
        raise HypvizError(f"{bad:,} of {norm.size:,} norms are not finite numbers; leave those tokens out and say so.")


def _enough(count: np.ndarray) -> bool:
    return count.size >= FEWEST_TOKENS and np.unique(count).size >= FEWEST_COUNTS


def _correlation(
    count: np.ndarray, norm: np.ndarray, seed: int, level: float, n_resamples: int, work: Work
) -> tuple[Interval | None, str | None]:
    if count.size < FEWEST_TOKENS:
        return None, f"only {count.size} tokens"
    try:
        found = spearman_interval(count, norm, seed=seed, n_resamples=n_resamples, level=level, work=work)
    except Stopped:
        raise
    except HypvizError as error:
        return None, str(error)
    return found, None if found is not None else "all equally frequent or equally long"
