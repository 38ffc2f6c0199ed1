"""Numbers in running text and on charts: no more digits than they mean, ``7.7 %`` for a share and ``−`` for a minus."""

from __future__ import annotations


def percent(share: float) -> str:
    """Two digits: ``0.83 %``, ``10 %``, ``196 %``; a positive share below a hundred-thousandth is said to be that."""
    value = 100.0 * share
    if 0.0 < value < 1e-3:
        return "below 0.001 %"
    if value >= 1e5:
        return f"{value:.0e} %"
    return f"{value:,.0f} %" if value >= 99.5 else f"{value:.2g} %"


def share(value: float, digits: int = 0) -> str:
    """A share with so many decimals, to stand beside others: ``20 %``, ``7.7 %``."""
    return f"{100.0 * value:.{digits}f} %"


def part(value: float) -> str:
    """A share of a whole: ``77 %``; one or two decimals where none would make it 0 or 100."""
    return share(value, next((d for d in (0, 1, 2) if value in (0, 1) or 0 < round(value, d + 2) < 1), 2))


def signed(value: float, digits: int) -> str:
    """``+0.40``, ``−0.30``: so many decimals, and as many more, up to four, as show that a small number is not 0."""
    shown = next((d for d in range(digits, digits + 5) if value == 0 or round(value, d) != 0), digits + 4)
    return minus(f"{value:+.{shown}f}")


def minus(number: str) -> str:
    """A number as printed by Python, with a real minus sign."""
    return number.replace("-", "−")


def points(difference: float, *, sign: bool = True) -> str:
    """Percentage points with one decimal, or as many as show that the number is not 0."""
    value = 100 * difference
    if value == 0:
        return "0.0"
    shown = f"{value:+.1f}" if abs(value) >= 0.05 else f"{value:+.1g}"
    return minus(shown if sign else shown.lstrip("+"))


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
