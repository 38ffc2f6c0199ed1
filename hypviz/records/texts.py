"""Records of texts: what was read, from where, and what was left out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from hypviz.records.base import Record
from hypviz.records.problems import Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Corpus(Record):
    """Texts to count tokens over; `field` is the column they came from (None for plain text), `n_skipped` the rows without it.

    `skipped` has the reasons of the first of these rows, `notices` what was done to read the file at all.
    """

    SCHEMA: ClassVar[int] = 2

    name: str
    texts: tuple[str, ...]
    fingerprint: str
    n_skipped: int
    field: str | None = None
    skipped: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()

    @property
    def identity(self) -> dict[str, str | int]:
        """What a spec says of texts: their content, and what a record repeats of the file."""
        return {"name": self.name, "texts": self.fingerprint, "skipped": self.n_skipped}


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemSet(Record):
    """Problems to train on or to ask; `n_skipped` counts rows without a question or without one number for an answer.

    `skipped` has the reasons of the first of these rows, `notices` what was done to read the file at all.
    """

    SCHEMA: ClassVar[int] = 2

    name: str
    problems: tuple[Problem, ...]
    fingerprint: str
    n_skipped: int
    skipped: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()

    @property
    def identity(self) -> dict[str, str | int]:
        """What a spec says of a problem set: its content, and what a record repeats of the file."""
        return {"name": self.name, "problems": self.fingerprint, "skipped": self.n_skipped}


@dataclass(frozen=True, slots=True, kw_only=True)
class Commit(Record):
    """Which commit (40 hex) a revision of a repository was when it was last asked for."""

    repository: str
    revision: str
    commit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TextFile(Record):
    """A file of text as the person gave it; `fingerprint` is the sha256 of its UTF-8 bytes."""

    name: str
    text: str
    fingerprint: str

    @property
    def identity(self) -> dict[str, str]:
        """What a spec says of a file: its content, and its name, which a record repeats."""
        return {"name": self.name, "text": self.fingerprint}


@dataclass(frozen=True, slots=True, kw_only=True)
class WordCounts(Record):
    """How often words occur: `counts` (n,) of the distinct `forms`, words as they stand in a text with the white space before them.

    A form without white space before it opened a text. `sources` names what was counted, `n_texts` texts in all.
    """

    name: str
    forms: tuple[str, ...]
    counts: np.ndarray
    sources: tuple[str, ...]
    n_texts: int
    fingerprint: str
    n_skipped: int = 0

    @property
    def n_words(self) -> int:
        """The sum of the counts."""
        return int(self.counts.sum())

    @property
    def identity(self) -> dict[str, str | int]:
        """What a spec says of a table of words: its content, and what a record repeats of the file."""
        return {"name": self.name, "words": self.fingerprint, "skipped": self.n_skipped}


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenCounts(Record):
    """How often each token id occurs: `counts` is int64 of shape (vocabulary,), `n_tokens` its sum.

    `corpus` names what was counted. `source` says how where that was a table of words, cut into tokens again; `n_unplaced` of its words
    could not be cut as they stand in a text and were cut alone, and `n_without_row` words were left out for a token without an embedding
    row. `fingerprint` is the model's, or that of such a table.
    """

    corpus: str
    counts: np.ndarray
    n_tokens: int
    n_texts: int
    fingerprint: str
    source: str = ""
    n_unplaced: int = 0
    n_without_row: int = 0
