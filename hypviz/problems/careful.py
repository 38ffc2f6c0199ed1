"""The careful rule on reference answers: the one number that a person reads in a cell, or none, with the reason.

`read_cell` reads a cell that is one number, perhaps with currency, unit or a note in parentheses, or a worked text that marks its answer
(``#### N``, ``\\boxed{N}``, "the answer is N", one equation). Anything that could mean two things is refused. The rule on generated
texts, `generated.read_carefully`, rests on the same pieces.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction

from hypviz.problems.notation import MAX_DIGITS, Quantity, normalise, quantities

ANSWER = re.compile(r"\banswer(?:\s+(?:to|for)\s[^.:=\n\d]{0,60}?)?\s*(?:\b(?:is|are|was)\b|:|=)\s*:?\s*", re.IGNORECASE)
_CLAUSE_END = re.compile(r"[.!?;](?=\s|$)|,\s|\n|\s\(|\b(?:because|since|which|as|so|where|when|if)\b", re.IGNORECASE)
_BEFORE = re.compile(
    r"(?:[A-Za-z]\w*\s*=|=|about|approximately|approx\.?|around|roughly|circa|ca\.?|≈|is|it is|it's|total:?|[\"'(\[{$]|\s)*", re.IGNORECASE
)
_NOT_ONE = re.compile(
    r"\b(?:or|and|to|than|plus|minus|times|more|less|fewer|least|most|between|halves|half|thirds?|quarters?|fourths?|fifths?|sixths?"
    r"|sevenths?|eighths?|ninths?|tenths?|hundredths?|thousandths?|hundreds?|thousands?|(?:[mb]|tr|quadr|quint|sext)illions?|dozens?"
    r"|score|gross|lakhs?|lacs?|crores?|mio|mrd|mil|squared|cubed|factorial|sqrt|pi|sin|cos|tan|log|ln|mod|infinity|below|remainder)\b",
    re.IGNORECASE,
)
_MANY = (
    r"(?:hundreds?|thousands?|(?:[mb]|tr|quadr|quint|sext)illions?|dozens?|score|gross|lakhs?|lacs?|crores?|mio|mrd|mil"
    r"|halves|thirds|quarters|fourths|fifths|sixths|eighths|tenths)\b"
)
# In a sentence, dozens and quarters are things as often as numbers; these are numbers only.
_TIMES_MANY = re.compile(r"\s?(?:(?i:lakhs?|lacs?|crores?|(?:m|b|tr|quadr|quint|sext)illions?|mio|mrd|mil)|MM)\b")
_MONEY_LETTER = re.compile(r"\s?(?:m|mm|b|t|k)(?![A-Za-z])", re.IGNORECASE)  # $5m, $5 B: millions, billions, or metres and a name
_SCALING_NOTE = re.compile(rf"\s*(?:or\b|(?:in\s+)?{_MANY}|[×x*]\s*10)", re.IGNORECASE)
_NAME_AND_DIGITS = re.compile(
    r"(?!(?:mm|cm|dm|m|km|in|ft|yd|mi)\d(?!\d))[A-Za-z]+\d|x[0-9A-Fa-f]+\b|\s[rRxX]\s?\d"
)  # 5r2, 0xFF; m2 is a unit
_GOES_ON = re.compile(r"\d\s?(?:\.\.+|…)")
_BOX_AROUND = re.compile(r"\\(?:boxed|fbox)\s*\{\s*$")
_BEFORE_BOX = re.compile(r"([-+*/×÷^]|(?<=\d)|(?<=[)\]}])|\b(?:minus|negative))(\s*)$", re.IGNORECASE)
_AFTER_BOX = re.compile(rf"\s*(?:[/×÷^]\s*[\d({{\\]|\*\s*\d|[+-]\s?\d|k(?![A-Za-z])|{_MANY})", re.IGNORECASE)
STRANGE = re.compile(r"[√π∞±∓<>≤≥≠∑∫|]|\\(?!frac\b)[A-Za-z]+")
_OPERATOR = re.compile(r"\s*(?:[+*×÷^!:=>-]|/(?!\s?[A-Za-z])|/\s?[abknxyz](?![A-Za-z]))|.*[\^+*×÷=]", re.DOTALL)
_UNIT_POWER = re.compile(r"(?<=[A-Za-z°])\s?\^\s?(?:\{\s*-?\d+\s*\}|-?\d+)")
_LETTER = re.compile(r"([A-Za-z]+)")
_LONE_LETTERS = frozenset("abeikntxyzEKMBTG")  # variables, constants, or a thousand and a kelvin alike
_LIST = re.compile(r"[,;]\s|\b(?:and|or)\b", re.IGNORECASE)
ONLY_NUMBERS = re.compile(r"(?:[\d\s.,;:/'$€£%+-]|\b(?:and|or|to)\b)+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """The number of a reference answer, or None and why: a phrase that goes on from the quoted cell."""

    value: Fraction | None
    reason: str | None = None


def read_cell(text: str) -> Reading:
    """The number of a reference answer; the reason where it is none or more than one."""
    if not text.strip():
        return _refused("is empty")
    marks = {whole(normalise(part).strip().partition("\n")[0]).value for part in text.split("####")[1:]} - {None}
    if len(marks) > 1:
        return _refused("has several answers after ####")
    marked = text.rpartition("####")[2].strip().partition("\n")[0] if "####" in text else text
    plain = normalise(marked)
    boxed = boxes(plain)
    if boxed:
        readings = [in_box(plain, box) for box in boxed]
        values = {reading.value for reading in readings}
        return readings[-1] if len(values) == 1 else _refused("has several boxed numbers")
    answers = list(ANSWER.finditer(plain))
    if answers and "####" not in text:
        return whole(clause_of(plain[answers[-1].end() :]))
    return whole(plain)


def whole(plain: str) -> Reading:
    """The number that a normalised text is, decorations apart."""
    plain = plain.strip().strip('"')
    strange = STRANGE.search(plain)
    if strange is not None:
        return _refused(f"holds {strange.group()}, which is not part of a plain number")
    if _GOES_ON.search(plain):
        return _refused("goes on with dots after its digits")
    plain = plain.rstrip(".").strip()
    found = quantities(plain)
    if not found:
        return _refused("has no number in digits")
    if _scaled_by_a_note(plain, found[0]):
        return _refused("has a note that changes the number")
    if "=" in plain and len(found) > 1:
        if _LIST.search(plain):
            return _refused(f"holds {len(found)} numbers")
        return whole(plain.rpartition("=")[2])
    plain, found = _without_note(plain, found)
    if len(found) != 1:
        return _refused(f"holds {len(found)} numbers")
    return _alone(plain, found[0])


def _alone(plain: str, number: Quantity) -> Reading:
    """One quantity with what stands before and after it."""
    before, after = plain[: number.start], plain[number.end :]
    if number.value is None:
        return _refused(number.reason or "cannot be read")
    if number.joined:
        return _refused("hangs on what stands before it")
    if _BEFORE.fullmatch(before) is None:
        return _refused("has words before the number")
    if before.strip().endswith("(") and after.strip().startswith(")") and number.value > 0:
        return _refused("may be negative, as accountants write it, or not")
    letters = _LETTER.match(after)
    if letters is not None and len(letters.group()) == 1 and letters.group() in _LONE_LETTERS:
        return _refused(f"has a letter {letters.group()} whose meaning is not clear")
    if re.match(r"\s[KMkGBT](?![A-Za-z])", after) or _is_unclear_money(plain, number):
        return _refused(f"has a letter {after.strip()[0]} whose meaning is not clear")
    if _NAME_AND_DIGITS.match(after) or _TIMES_MANY.match(after):
        return _refused(f"goes on with {after.split()[0]} after the number")
    if _OPERATOR.match(_UNIT_POWER.sub("", after)):
        return _refused("goes on after the number")
    word = _NOT_ONE.search(after)
    if word is not None:
        return _refused(f"says “{word.group()}” after the number")
    if len(str(abs(number.value.numerator))) > 2 * MAX_DIGITS:
        return _refused(f"has more than {MAX_DIGITS} digits")
    return Reading(value=number.value)


def _without_note(plain: str, found: tuple[Quantity, ...]) -> tuple[str, tuple[Quantity, ...]]:
    """Without a remark in parentheses after the first number."""
    note = re.match(r"([^()]*?\S)\s*\([^()]*\)\s*$", plain[found[0].end :] if plain[: found[0].end].count("(") == 0 else "")
    if note is None and plain[: found[0].end].count("(") == 0:
        note = re.match(r"()\s*\([^()]*\)\s*$", plain[found[0].end :])
    if note is None:
        return plain, found
    kept = plain[: found[0].end] + note.group(1)
    return kept, tuple(number for number in found if number.end <= len(kept))


def _scaled_by_a_note(plain: str, number: Quantity) -> bool:
    """Whether what follows the number in parentheses says that it is another one: ``5 (million)``, ``42 (or 43)``."""
    note = re.match(r"[^()\d]*\(", plain[number.end :])
    return note is not None and _SCALING_NOTE.match(plain, number.end + note.end()) is not None


def _is_unclear_money(plain: str, number: Quantity) -> bool:
    return re.search(r"[$£€¥₹]", plain[number.start : number.end]) is not None and _MONEY_LETTER.match(plain, number.end) is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """A \\boxed{...} of a text: what stands in it, from `inside_at` signs after where it begins, and where it begins and ends."""

    inside: str
    inside_at: int
    start: int
    end: int


def in_box(plain: str, box: Box) -> Reading:
    """The number in a box, with a minus sign that stands before it; refused where the box is only a part of the number."""
    reading, before, after = whole(box.inside), plain[: box.start], plain[box.end :]
    while outer := _BOX_AROUND.search(before):
        before, after = before[: outer.start()], after.lstrip().removeprefix("}")
    before, after = re.sub(r"[$\s]*\$$", "", before), re.sub(r"^\$", "", after)
    if reading.value is None:
        return reading
    if _AFTER_BOX.match(after):
        return _refused("goes on after the box")
    found = _BEFORE_BOX.search(before)
    if found is None:
        return reading
    mark, gap = found.groups()
    left = before[: found.start()]
    if gap and (mark == "" or (mark in "-*" and not left.rpartition("\n")[2].strip())):  # a number of the prose, the bullet of a list
        return reading
    if mark.lower() in ("minus", "negative") or (mark == "-" and not gap and not re.search(r"[\w)\]}%*/×÷+-]\s*$", left)):
        return _refused("has two signs") if reading.value < 0 else Reading(value=-reading.value)
    return _refused("hangs on what stands before its box")


def boxes(text: str) -> list[Box]:
    """Each \\boxed{...}, braces matched, in the order in which they close; an unclosed one is left out."""
    found: list[Box] = []
    opened: list[tuple[int, int] | None] = []  # where a box and its content begin; None for other braces
    for match in re.finditer(r"\\(?:boxed|fbox)\s*\{|[{}]", text):
        if match.group() == "{":
            opened.append(None)
        elif match.group() != "}":
            opened.append((match.start(), match.end()))
        elif opened:
            box = opened.pop()
            if box is not None:
                found.append(Box(inside=text[box[1] : match.start()], inside_at=box[1] - box[0], start=box[0], end=match.end()))
                opened = [None] * len(opened)  # a box around this one says nothing more
    return found


def clause_of(text: str) -> str:
    """The text up to the end of its sentence or clause, but never before its first number."""
    text = text.lstrip()
    first = quantities(text.partition("\n")[0] + "\n")
    end = _CLAUSE_END.search(text, first[0].end if first else 0)
    return text if end is None else text[: end.start()]


def is_another_number(plain: str, number: Quantity) -> bool:
    """Whether what follows the digits makes another number of them: ``5 dozen``, ``$5m``, ``5 (million)``, ``5r2``."""
    after = plain[number.end :]
    many = _TIMES_MANY.match(after) or _NAME_AND_DIGITS.match(after)
    return many is not None or _is_unclear_money(plain, number) or _scaled_by_a_note(plain, number)


def _refused(reason: str) -> Reading:
    return Reading(value=None, reason=reason)
