"""The ways numbers are written in prose and LaTeX, found in a text as `Quantity`s with exact values.

In: text as people and models write it. Out: where each number stands and what it is worth, or why that cannot be said. Known:
signs (also U+2212 and ``minus``), currencies, thousands groups (``1,234``, ``1 234 567``, ``9{,}500``, ``1'000``, ``1.234.567,89``),
``1.5e3``, ``2 × 10^4``, ``10⁴``, fractions (``3/4``, ``½``, ``\\frac{1}{2}``), mixed numbers, ``1.2k``, ``3 million``. A percent sign is a
unit: 50% is 50. What an expression such as ``3 + 4`` comes to is not worked out.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from hypviz.problems.tracing import Traced

MAX_DIGITS = 50  # a longer number is no answer to a word problem, and its powers of ten would be expensive
DECIMAL_COMMA = "may be a decimal comma or two numbers (write 1.5 with a point)"

_NEAR = 12  # signs looked back at for what a number hangs on
_THIN = "\u2009"  # stands for every space that typesetters put between groups of digits
_SIGNS = str.maketrans(
    {
        **dict.fromkeys("\u2212\u2012\u2013\u2010\u2011\ufe63\uff0d", "-"),
        **dict.fromkeys("\u00a0\u2007\u202f\u2006\u200a", _THIN),
        **dict.fromkeys("\u200b\u2060\ufeff\u200e\u200f", None),
        **dict.fromkeys("\u2019\u02bc", "'"),
        **dict.fromkeys("\u2044\u2215\uff0f", "/"),
        **dict.fromkeys("\u22c5\u00b7\u2715", "×"),
        **{"\uff0c": ",", "\uff0e": ".", "\u066b": ".", "\u066c": ",", "\uff05": "%", "\uff04": "$", "\uff0b": "+"},
    }
)
_SUPERSCRIPTS = {ord(a): b for a, b in zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺", "0123456789-+", strict=True)}
_LATEX = (
    (re.compile(r"\{,\}"), ","),
    (re.compile(r"\\[dtc]frac"), r"\\frac"),
    (re.compile(r"\\frac\s*(\d)\s*(\d)"), r"\\frac{\1}{\2}"),
    (re.compile(r"\\(?:times|cdot|ast)\b"), "×"),
    (re.compile(r"(?<=\d)(?:\\[,;:! ]|~)+(?=\d)"), _THIN),
    (re.compile(r"\\[,;:! ]|~|\\quad\b|\\[()\[\]]|\\(?:left|right|displaystyle)\b"), " "),
    (re.compile(r"\\(?:text|textbf|textit|mathrm|mathbf|mbox|operatorname)\s*\{([^{}]*)\}"), r" \1 "),
    (re.compile(r"\^\s*(?:\\circ\b|\{\s*\\circ\s*\})|\\degree\b"), "°"),
    (re.compile(r"\\([$%#&])"), r"\1"),
    (re.compile(r"(?<=[\d)])\*\*(?=[\d({-])"), "^"),
    (re.compile(r"\*\*|__|`"), ""),
)

_CALCULATOR = re.compile(r"<<[^<>]*>>")
_RAISED = re.compile("[⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺]+")
_NUMERAL = re.compile(rf"(?<![\d])(?:\d+(?:[,.'_{_THIN}]\d+| \d{{3}}(?!\d))*|(?<![\w.])\.\d+)")
_GROUPED = re.compile(rf"([1-9]\d{{0,2}}(?:([,'_{_THIN} ])\d{{3}})(?:\2\d{{3}})*)(\.\d+)?")
_DOTTED = re.compile(r"([1-9]\d{0,2}(?:\.\d{3}){2,})(?:,(\d+))?|([1-9]\d{0,2}(?:\.\d{3})+),(\d{1,2}|\d{4,})")
_COMMA_END = re.compile(rf"([1-9]\d{{0,2}}(?:([{_THIN}' ])\d{{3}})(?:\2\d{{3}})*),(\d{{1,2}})")
_EXPONENT = re.compile(r"[eE]([+-]?\d+)(?!\w|\.\d)")
_TEN_TO = re.compile(r"\s*[×x*]\s*10\s*\^\s*(?:\{\s*([+-]?\d+)\s*\}|([+-]?\d+))")
_POWER = re.compile(r"\s?\^\s*(?:\{\s*([+-]?\d+)\s*\}|\(\s*([+-]?\d+)\s*\)|([+-]?\d+))")
_OVER = re.compile(r"\s?/\s?(?=\d)")
_FRAC = re.compile(r"\\frac\s*\{\s*(-?\d+)\s*\}\s*\{\s*(-?\d+)\s*\}")
_MIXED = re.compile(rf"(?:[ {_THIN}]|\s+and\s+|)(?:(\d+)/(\d+)(?![\d/])|\\frac\s*\{{\s*(\d+)\s*\}}\s*\{{\s*(\d+)\s*\}})")
_WORDS = {
    "k": 3, "hundred": 2, "thousand": 3, "million": 6, "mn": 6, "mln": 6, "billion": 9, "bn": 9, "trillion": 12,
}  # fmt: skip
_SCALE = re.compile(r"(?:[ \u2009]?(hundred|thousand|million|billion|trillion|mn|mln|bn)|(k))(?![^\W\d_])", re.IGNORECASE)
_PERCENT = re.compile(r"\s?(?:%|percent\b|per cent\b)", re.IGNORECASE)
_CURRENCY = r"(?:(?:US|CA|AU|NZ|HK|C|A|S)?[$£€¥₹₩₽₪¢]|(?:USD|EUR|GBP|INR|CHF|CAD|AUD|JPY|Rs\.?)\s?)"
_BEFORE = re.compile(rf"([+-]?)(\s?)({_CURRENCY}\s?)?([+-]?)$")
_MINUS_WORD = re.compile(r"(?:\bminus|\bnegative)\s+$", re.IGNORECASE)
_CURRENCY_CODE = re.compile(r"(?:^|[^A-Za-z])(?:USD|EUR|GBP|INR|CHF|CAD|AUD|JPY|Rs\.?)\s?$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantity:
    """A number from `start` to `end`, sign and currency included; `value` None and a `reason` where it cannot be read.

    `joined` means that an operator or a hyphen ties it to what stands before it, as in ``3-4`` or ``covid-19``.
    """

    start: int
    end: int
    value: Fraction | None
    reason: str | None
    joined: bool


def normalise(text: str) -> str:
    """One spelling for each sign: digits, minus signs, spaces, LaTeX's fractions and separators, superscripts, bold marks."""
    return trace(text).text


def trace(text: str) -> Traced:
    """As `normalise`, with where each sign of the result stood in `text`."""
    traced = Traced(text=text).sub(_CALCULATOR, "")
    if not text.isascii():
        traced = traced.each(lambda sign: _plain(sign).translate(_SIGNS)).sub(_RAISED, _as_power)
    for pattern, spelling in _LATEX:
        traced = traced.sub(pattern, spelling)
    return traced


def _as_power(run: re.Match[str]) -> str:
    return "^{" + run.group().translate(_SUPERSCRIPTS) + "}"


def quantities(text: str) -> tuple[Quantity, ...]:
    """Every number of a normalised text, in order."""
    return tuple(_scan(text))


def _plain(sign: str) -> str:
    if sign.isascii():
        return sign
    if sign.isdecimal():
        return str(unicodedata.decimal(sign))
    if unicodedata.decomposition(sign).startswith("<fraction>"):
        top, _, bottom = unicodedata.normalize("NFKC", sign).partition("\u2044")
        return f"\\frac{{{top}}}{{{bottom}}}" if bottom else sign
    return sign


def _scan(text: str) -> Iterator[Quantity]:
    place, fraction = 0, _FRAC.search(text)
    while True:
        numeral = _NUMERAL.search(text, place)
        if fraction is not None and fraction.start() < place:
            fraction = _FRAC.search(text, place)
        if fraction is not None and (numeral is None or fraction.start() < numeral.start()):
            bottom = int(fraction.group(2))
            value = Fraction(int(fraction.group(1)), bottom) if bottom else None
            found = (fraction.end(), value, None if bottom else "divides by zero")
            start = fraction.start()
        elif numeral is None:
            return
        else:
            start = numeral.start()
            if _belongs_to_a_word(text, start):
                place = numeral.end()
                continue
            found = _magnitude(text, numeral)
        end, value, reason = found
        first, negative, joined, trouble = _sign(text, start, place)
        value = None if value is None or trouble else -value if negative else value
        yield Quantity(start=first, end=end, value=value, reason=trouble or reason, joined=joined)
        place = end


def _belongs_to_a_word(text: str, start: int) -> bool:
    """Whether the digits are part of a name (x2, CO2, m^2, a_1) and count nothing."""
    if start == 0:
        return False
    before = text[start - 1]
    if before.isalpha():
        return _CURRENCY_CODE.search(text, max(0, start - _NEAR), start) is None
    mark = re.search(r"(?:[A-Za-z)°]\s?\^\s?[{(]?\s?-?|_\s?\{?)$", text[max(0, start - _NEAR) : start])
    return mark is not None


def _magnitude(text: str, numeral: re.Match[str]) -> tuple[int, Fraction | None, str | None]:
    """Where a number without its sign ends, its value, or why it has none."""
    written, end = numeral.group(), numeral.end()
    value, reason = _numeral(written)
    for pattern in (_EXPONENT, _TEN_TO):
        power = pattern.match(text, end)
        if power is not None:
            return power.end(), *_times_ten(value, reason, power.group(power.lastindex or 1))
    power = _POWER.match(text, end)
    if power is not None:
        return power.end(), *_raised(value, reason, power.group(power.lastindex or 1))
    over = _OVER.match(text, end)
    below = _NUMERAL.match(text, over.end()) if over is not None else None
    if over is not None and below is not None:
        return _divided(text, value, reason, below)
    if written.isdigit():
        mixed = _MIXED.match(text, end)
        if mixed is not None and value is not None:
            top, bottom = (int(part) for part in mixed.groups() if part is not None)
            if 0 < top < bottom:
                return mixed.end(), value + Fraction(top, bottom), None
    scale = _SCALE.match(text, end)
    if scale is not None:
        word = (scale.group(1) or scale.group(2)).lower()
        if scale.group(2) != "K":
            return scale.end(), *_times_ten(value, reason, str(_WORDS[word]))
    percent = _PERCENT.match(text, end)
    return (end if percent is None else percent.end()), value, reason


def _numeral(written: str) -> tuple[Fraction | None, str | None]:
    """Digits with their separators."""
    if sum(sign.isdigit() for sign in written) > MAX_DIGITS:
        return None, f"has more than {MAX_DIGITS} digits"
    if re.fullmatch(r"\d+|\d*\.\d+", written):
        return Fraction(written), None
    grouped = _GROUPED.fullmatch(written)
    if grouped is not None:
        if grouped.group(2) == " " and grouped.group(1).count(" ") == 1:
            return None, "may be one number or two"
        return Fraction(re.sub(r"\D", "", grouped.group(1)) + (grouped.group(3) or "")), None
    dotted = _DOTTED.fullmatch(written)
    if dotted is not None:
        whole, rest = (dotted.group(1), dotted.group(2)) if dotted.group(1) else (dotted.group(3), dotted.group(4))
        return Fraction(whole.replace(".", "") + (f".{rest}" if rest else "")), None
    comma_end = _COMMA_END.fullmatch(written)
    if comma_end is not None and not (comma_end.group(2) == " " and comma_end.group(1).count(" ") == 1):
        return Fraction(re.sub(r"\D", "", comma_end.group(1)) + f".{comma_end.group(3)}"), None
    if re.fullmatch(r"\d+,\d+", written):
        return None, DECIMAL_COMMA
    return None, "is a list, or has groups that are not thousands"


def _times_ten(value: Fraction | None, reason: str | None, power: str) -> tuple[Fraction | None, str | None]:
    if len(power) > 4 or abs(int(power)) > MAX_DIGITS:
        return None, f"has more than {MAX_DIGITS} digits"
    return (None, reason) if value is None else (value * Fraction(10) ** int(power), None)


def _raised(value: Fraction | None, reason: str | None, power: str) -> tuple[Fraction | None, str | None]:
    if value is None:
        return None, reason
    if len(power) > 4 or abs(int(power)) * len(str(value)) > 4 * MAX_DIGITS:
        return None, f"has more than {MAX_DIGITS} digits"
    if value == 0 and int(power) <= 0:
        return None, "has no value"
    return value ** int(power), None


def _divided(text: str, top: Fraction | None, reason: str | None, below: re.Match[str]) -> tuple[int, Fraction | None, str | None]:
    bottom, wrong = _numeral(below.group())
    end = below.end()
    again = _OVER.match(text, end)
    if again is not None:
        more = _NUMERAL.match(text, again.end())
        return (more.end() if more is not None else end), None, "is a date or an expression"
    if top is None or bottom is None:
        return end, None, reason or wrong
    if bottom == 0:
        return end, None, "divides by zero"
    if top.denominator != 1 or bottom.denominator != 1:
        return end, None, "is an expression"
    return end, top / bottom, None


def _sign(text: str, start: int, floor: int) -> tuple[int, bool, bool, str | None]:
    """Where the quantity begins, whether it is negative, whether it hangs on what stands before, and what is wrong with its sign."""
    word = _MINUS_WORD.search(text, floor, start)
    if word is not None:
        return word.start(), True, False, None
    match = _BEFORE.search(text, floor, start)
    assert match is not None
    outer, gap, currency, inner = match.groups()
    first = match.start()
    if outer and inner:
        return first, False, False, "has two signs"
    sign = outer or inner
    if not sign:
        return (first if currency else start), False, False, None
    left = text[max(0, first - _NEAR) : first]
    last = left.rstrip()[-1:]
    tied = left[-1:].isalnum() or left[-1:] in tuple(")]}%") if left else False
    if inner and not outer:  # $-4.50
        tied = False
    binary = bool(last) and (last.isdigit() or last in ")]}%") and sign in "+-"
    if outer and gap and not currency and last and last not in "=:(,;[{$":
        binary = True  # "a total - 42" subtracts or separates
    if tied or binary:
        return (first if currency else start), False, True, None
    if last in tuple("+-*/×÷") and last:
        return first, False, True, None
    return first, sign == "-", False, None
