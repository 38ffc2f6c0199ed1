"""The writing system of a token: that of its first letter, from the letter's Unicode name.

In: token texts. Out: codes into `SCRIPTS`. The most common systems have a name here; rarer ones are "other".
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

import numpy as np

SCRIPTS = (
    "none",
    "Latin",
    "Cyrillic",
    "Greek",
    "Arabic",
    "Hebrew",
    "Han",
    "Japanese",
    "Hangul",
    "Devanagari",
    "Thai",
    "Bengali",
    "Tamil",
    "Georgian or Armenian",
    "other",
)
_SCRIPT_OF = {
    "LATIN": 1,
    "CYRILLIC": 2,
    "GREEK": 3,
    "ARABIC": 4,
    "HEBREW": 5,
    "CJK": 6,
    "HIRAGANA": 7,
    "KATAKANA": 7,
    "HANGUL": 8,
    "DEVANAGARI": 9,
    "THAI": 10,
    "BENGALI": 11,
    "TAMIL": 12,
    "GEORGIAN": 13,
    "ARMENIAN": 13,
}


def script_codes(texts: Sequence[str]) -> np.ndarray:
    """The index into `SCRIPTS` of each text's first letter (n,), 0 where it has none."""
    return np.array([_script(next((sign for sign in text if sign.isalpha()), "")) for text in texts], dtype=np.int64)


def _script(letter: str) -> int:
    if not letter:
        return 0
    name = unicodedata.name(letter, "OTHER").removeprefix("FULLWIDTH ").removeprefix("HALFWIDTH ")
    return _SCRIPT_OF.get(name.split(" ")[0].split("-")[0], len(SCRIPTS) - 1)
