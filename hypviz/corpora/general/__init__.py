"""The general word table: how often words occur in ordinary English, to be re-tokenised by any model.

Out: a `WordCounts` record from the file that ships with the package; the card beside it says what it was made from. Knows no tokenizer.
"""

from __future__ import annotations

import gzip
import hashlib
import json
from functools import lru_cache
from pathlib import Path

import numpy as np

from hypviz.errors import HypvizError
from hypviz.records.texts import WordCounts

GENERAL = "general"  # its name in menus, addresses and commands
WORDS_FILE, SOURCES_FILE = "words.tsv.gz", "sources.json"


def folder() -> Path:
    """Where the table lies in the package."""
    return Path(__file__).resolve().parent


@lru_cache(maxsize=1)
def general_words() -> WordCounts:
    """The table that ships with the package; raises `HypvizError` where it is absent or damaged."""
    return read_words(folder())


def read_words(place: Path) -> WordCounts:
    """The table in a folder that the recipe wrote."""
    try:
        data = gzip.decompress((place / WORDS_FILE).read_bytes())
        facts = json.loads((place / SOURCES_FILE).read_text(encoding="utf-8"))
        pairs = [line.rsplit("\t", 1) for line in data.decode("utf-8").split("\n")]
        forms, counts = tuple(_unescaped(form) for form, _ in pairs), np.array([int(n) for _, n in pairs], dtype=np.int64)
        n_texts, sources = sum(s["texts"] for s in facts["sources"]), tuple(s["name"] for s in facts["sources"])
    except (OSError, EOFError, ValueError, KeyError, TypeError) as error:
        raise HypvizError(f"The general word table in {place} cannot be read ({error}); install hypviz again.") from error
    return WordCounts(
        name="the general word table",
        forms=forms,
        counts=counts,
        sources=sources,
        n_texts=n_texts,
        fingerprint=hashlib.sha256(data).hexdigest(),
    )


def _unescaped(form: str) -> str:
    if "\\" not in form:
        return form
    return "\\".join(part.replace("\\n", "\n") for part in form.split("\\\\"))
