"""``--untrained``, and what the commands say of rows that were never trained, in words and as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from hypviz.records.models import ModelRef
    from hypviz.records.untrained import UntrainedRows

untrained_option = click.option(
    "--untrained",
    is_flag=True,
    help="Take in tokens whose rows were never trained: all zero, equal or nearly equal to others, next to nothing long. Without it they "
    "are left out, and listed.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Untrained:
    """What was found in tables of `ref`, and whether it was `taken_in` all the same; nothing for a bare matrix (None)."""

    ref: ModelRef | None
    found: tuple[UntrainedRows, ...]
    taken_in: bool

    @classmethod
    def of(cls, ref: ModelRef | None, tables: Sequence[str], *, taken_in: bool = False) -> Untrained:
        """Look in each of `tables`, or into the store; raises `HypvizError`."""
        from hypviz.studies.untrained import untrained_rows

        found = () if ref is None else tuple(untrained_rows(ref, table=table) for table in tables)
        return cls(ref=ref, found=found, taken_in=taken_in)

    def words(self) -> list[str]:
        """In sentences, with examples."""
        from hypviz.words.untrained import untrained_sentences

        quantised, text = self.ref.quantised_rows if self.ref is not None else None, self._text()
        told = (untrained_sentences(one, lambda i: repr(text[i])[1:-1], taken_in=self.taken_in, quantised=quantised) for one in self.found)
        return [line for lines in told for line in lines]

    def payload(self) -> list[dict[str, Any]]:
        """As JSON: every row with its token and the reason."""
        from hypviz.words.untrained import reason_words

        text = self._text()
        return [
            {"table": one.table, "token_id": i, "text": text[i], "reason": reason_words(one, place)}
            for one in self.found
            for place, i in enumerate(one.ids.tolist())
        ]

    def _text(self) -> tuple[str, ...]:
        from hypviz.studies.models import read_token_table

        return read_token_table(self.ref).text if self.ref is not None else ()
