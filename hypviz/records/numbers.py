"""Exact numbers and how they are written: a `Fraction` to digits for texts, labels and JSON.

No float stands between a number and its digits. A fraction whose decimal digits end is written as a decimal, any other one as
``1/3``. The whole digits of integers are written through `Decimal`, which has no limit on their length.
"""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

LONGEST_SHOWN = 24


def exact(value: Fraction | int | float | Decimal) -> Fraction:
    """The number itself; a float stands for its shortest decimal digits, so 0.1 is one tenth. `ValueError` for inf and nan."""
    if isinstance(value, float):
        value = Decimal(repr(value))
    if isinstance(value, Decimal) and not value.is_finite():
        raise ValueError(f"{value} is not a finite number")
    return Fraction(value)


def write_number(value: Fraction) -> str:
    """All digits: ``13451.36``, ``0.00001``, ``-4.5``, ``10000000000000000``; ``1/3`` where the decimals never end."""
    places = decimal_places(value.denominator)
    if places is None:
        return f"{_digits(value.numerator)}/{_digits(value.denominator)}"
    sign, digits = "-" if value < 0 else "", _digits(abs(value.numerator) * 10**places // value.denominator)
    if places == 0:
        return sign + digits
    digits = digits.rjust(places + 1, "0")
    return f"{sign}{digits[:-places]}.{digits[-places:]}"


def show_number(value: Fraction | None) -> str:
    """For labels: `write_number`, or six digits after a ``≈`` where that is longer than `LONGEST_SHOWN` signs; ``none`` for None."""
    if value is None:
        return "none"
    written = write_number(value)
    if len(written) <= LONGEST_SHOWN:
        return written
    return f"≈ {Decimal(value.numerator) / Decimal(value.denominator):.6g}"


def json_number(value: Fraction | None) -> int | float | str | None:
    """For JSON: a number where JSON's can hold it exactly by its shortest digits, else the text of `write_number`."""
    if value is None:
        return None
    if value.denominator == 1:
        return value.numerator if abs(value.numerator) <= 2**53 else write_number(value)
    try:
        near = float(value)
    except OverflowError:
        return write_number(value)
    return near if exact(near) == value else write_number(value)


def _digits(value: int) -> str:
    return format(Decimal(value), "f")


def decimal_places(denominator: int) -> int | None:
    """How many decimals 1/denominator has; None if they never end."""
    twos = (denominator & -denominator).bit_length() - 1
    rest, fives = denominator >> twos, 0
    while rest % 5 == 0:
        rest, fives = rest // 5, fives + 1
    return max(twos, fives) if rest == 1 else None
