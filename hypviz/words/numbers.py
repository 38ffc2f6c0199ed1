"""Numbers in running text: no more digits than they mean."""

from __future__ import annotations


def percent(share: float) -> str:
    """Two digits: ``0.83 %``, ``10 %``, ``196 %``; a positive share below a hundred-thousandth is said to be that."""
    value = 100.0 * share
    if 0.0 < value < 1e-3:
        return "below 0.001 %"
    if value >= 1e5:
        return f"{value:.0e} %"
    return f"{value:,.0f} %" if value >= 99.5 else f"{value:.2g} %"


def factor(value: float) -> str:
    """Two digits, and three where they tell the factor from 1: ``2.4``, ``3.0``, ``1.03``, ``0.98``, ``1.2e+05``."""
    if abs(value - 1.0) < 0.195:
        return f"{value:.2f}"
    if 1.0 < value < 9.95:
        return f"{value:.1f}"
    return f"{value:,.0f}" if 99.5 <= value < 1e5 else f"{value:.2g}"


def size(n_bytes: int) -> str:
    """``812 bytes``, ``6.9 MB`` or ``16.1 GB`` (decimal units, as file managers and the hub show them)."""
    for unit, least in (("TB", 1e12), ("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if n_bytes >= least:
            return f"{n_bytes / least:.1f} {unit}"
    return f"{n_bytes} bytes"


def counted(n: int, what: str) -> str:
    """``1 problem``, ``1,204 problems``, ``2 processes``."""
    several = f"{what}es" if what.endswith("s") else f"{what}s"
    return f"{n:,} {what if n == 1 else several}"


def between(low: float, high: float) -> str:
    """``2.1 to 2.9``, or one number where both read the same."""
    ends = dict.fromkeys((factor(low), factor(high)))
    return " to ".join(ends)
