"""Options that are numbers: every one of them has a limit of `hypviz.records.limits`, which the record behind the command has too."""

from __future__ import annotations

from typing import Any

import click

from hypviz.records.limits import Limit, shown


class Number(click.ParamType[float]):
    """A number within a limit; refused when the command line is read, with the sentence of the record's own door."""

    name = "number"

    def __init__(self, limit: Limit) -> None:
        self.limit = limit

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str:
        """``[1..100]``."""
        return f"[{'>' if self.limit.above else ''}{_short(self.limit.least)}..{_short(self.limit.most)}]"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """The number that the text says, a whole one as int."""
        try:
            number = int(value) if self.limit.whole else float(value)
        except (ValueError, OverflowError):
            self.fail(self.limit.sentence(value).rstrip("."), param, ctx)
        if not self.limit.holds(number):
            self.fail(self.limit.sentence(number).rstrip("."), param, ctx)
        return number


def _short(value: float) -> str:
    """Without spaces and separators, as a metavar is."""
    return shown(value).replace(",", "").replace(" ", "")
