"""Questions about a model alone: tokens, norms of rows, rows never trained, how often tokens occur in words, what makes it doubtful."""

from __future__ import annotations

from dataclasses import dataclass

from hypviz.records.models import ModelRef, TokenizerRef
from hypviz.records.spec import Spec
from hypviz.records.texts import WordCounts


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenTableSpec(Spec):
    """What is the token of each embedding row?"""

    model: ModelRef


@dataclass(frozen=True, slots=True, kw_only=True)
class RowNormsSpec(Spec):
    """How long is each row of the "input" or "output" `table`?"""

    model: ModelRef
    table: str = "input"


@dataclass(frozen=True, slots=True, kw_only=True)
class UntrainedSpec(Spec):
    """Which rows of the "input" or "output" `table` were never trained?"""

    model: ModelRef
    table: str = "input"


@dataclass(frozen=True, slots=True, kw_only=True)
class WordTokensSpec(Spec):
    """How often would each token occur in a table of words?"""

    tokenizer: TokenizerRef
    words: WordCounts


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticesSpec(Spec):
    """What is to be known of a model before believing it?"""

    model: ModelRef
