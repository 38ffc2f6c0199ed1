"""What one row cannot say of itself and a whole file can: whether words are answers, commas decimals, and places counted from 0 or 1."""

from __future__ import annotations

import re
from collections.abc import Sequence

from hypviz.corpora.forms import Reading
from hypviz.corpora.wording import quoted

_ONE_GROUP = re.compile(r"\D*[1-9]\d{0,2}[,.]\d{3}\D*")


def settled(found: Sequence[Reading]) -> list[Reading]:
    """The readings of a file's rows in the light of one another."""
    return _with_words(_without_doubtful_places(_without_doubtful_commas(list(found))))


def _with_words(found: list[Reading]) -> list[Reading]:
    """Words are answers where more rows have words than numbers or letters; then numbers that cannot be read are words too."""
    n_words = sum(row.is_wordy and row.instead is not None for row in found)
    if n_words <= sum(row.problem is not None for row in found):
        return found
    return [row if row.problem is not None or row.instead is None else Reading(problem=row.instead) for row in found]


def _without_doubtful_commas(found: list[Reading]) -> list[Reading]:
    """In a file with decimal commas 1,234 may have one too, and 1.234 be a thousand: such rows are refused."""
    if not any(row.comma for row in found):
        return found
    doubt = "may be a thousand or a decimal, for other answers of this file have decimal commas"
    return [_refused(row, doubt) if _is_doubtful(row) else row for row in found]


def _is_doubtful(row: Reading) -> bool:
    return row.problem is not None and not row.typed and _ONE_GROUP.fullmatch(row.problem.given or "") is not None


def _without_doubtful_places(found: list[Reading]) -> list[Reading]:
    """Places are counted from 0; where one lies beyond the options and none is 0, all may be counted from 1 and are refused."""
    counts = {row.position for row in found if row.position is not None}
    beyond = any(row.problem is None and row.position is not None for row in found)
    if not beyond or 0 in counts:
        return found
    doubt = "may be counted from 0 or from 1, for one of this file lies beyond the options; write the label or the text of the option"
    return [row if row.position is None or row.problem is None else _refused(row, doubt) for row in found]


def _refused(row: Reading, doubt: str) -> Reading:
    given = row.problem.given if row.problem is not None else None
    return Reading(reason=f"the answer “{quoted(given or '')}” {doubt}")
