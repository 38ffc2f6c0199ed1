"""Options that name an entry of a registry: the choices and their help are read when they are needed, and never listed here."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from hypviz.errors import HypvizError

if TYPE_CHECKING:
    from hypviz.registry import Entry, Registry

F = TypeVar("F", bound=Callable[..., Any])


class EntryName(click.ParamType[str]):
    """The name of an entry of the registry that `read` imports, when the command line is read."""

    name = "entry"

    def __init__(self, read: Callable[[], Registry[Any]]) -> None:
        self._read = read

    @property
    def registry(self) -> Registry[Entry]:
        """The registry itself."""
        return self._read()

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str:
        """``[dendrogram|tree]``."""
        return f"[{'|'.join(self.registry)}]"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The name, if it is one of the registry's."""
        try:
            return self.registry.require(str(value)).name
        except HypvizError as error:
            self.fail(str(error), param, ctx)


class _EntryOption(click.Option):
    """An option whose help has a line for every entry."""

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        """The record with what each entry is."""
        found = super().get_help_record(ctx)
        if found is None or not isinstance(self.type, EntryName):
            return found
        entries = "; ".join(f"{name}: {entry.help}" for name, entry in self.type.registry.items())
        return found[0], f"{found[1]}  {entries}."


def entry_option(*names: str, registry: Callable[[], Registry[Any]], default: str | None, help: str) -> Callable[[F], F]:
    """A decorator: the option with the `names`, whose values are the entries of the registry that `registry` imports."""
    return click.option(*names, cls=_EntryOption, type=EntryName(registry), default=default, show_default=True, help=help)
