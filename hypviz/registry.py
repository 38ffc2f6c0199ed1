"""Registries: the entries of one kind, each from a file of its own in one package, so that a new entry is a new file and nothing else.

In: a package and the type of its entries. Out: a mapping from name to entry, in the order the entries ask for. A file of the package that
holds a constant called ``ENTRY`` is one; a file without it is a helper of others. A file that does not load, or holds something else, is a
`HypvizError` that names it. Entries import heavy libraries inside their functions.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from typing import Generic, TypeVar

from hypviz.errors import HypvizError

CONSTANT = "ENTRY"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What every entry has: the `name` in specs, addresses and commands, its `label` on a page and one line of `help`.

    Smaller `order` comes first. `libraries` are the distributions whose version decides the result.
    """

    name: str
    label: str
    help: str
    order: int = 100
    libraries: tuple[str, ...] = ()

    @property
    def versions(self) -> dict[str, str]:
        """The installed version of each deciding library."""
        return {name: version(name) for name in self.libraries}


E = TypeVar("E", bound=Entry)


class Registry(Mapping[str, E], Generic[E]):
    """The entries of `package` by name; `noun` names one of them in error sentences ("layout method")."""

    def __init__(self, package: str, entry_type: type[E], *, noun: str) -> None:
        self._package, self._type, self._noun = package, entry_type, noun
        self._entries: dict[str, E] | None = None

    def scan(self) -> None:
        """Look through the package again at the next use, as after a file was added to it."""
        self._entries = None

    def require(self, name: str) -> E:
        """The entry of that name; `HypvizError` with all names otherwise."""
        found = self.get(name)
        if found is None:
            raise HypvizError(f"There is no {self._noun} {name!r}; choose one of {', '.join(self)}.")
        return found

    @property
    def labels(self) -> dict[str, str]:
        """Name to label, in order."""
        return {name: entry.label for name, entry in self.items()}

    def __getitem__(self, name: str) -> E:
        return self._found()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._found())

    def __len__(self) -> int:
        return len(self._found())

    def _found(self) -> dict[str, E]:
        if self._entries is None:
            self._entries = {entry.name: entry for entry in sorted(self._read(), key=lambda entry: (entry.order, entry.name))}
        return self._entries

    def _read(self) -> Iterator[E]:
        package = importlib.import_module(self._package)
        importlib.invalidate_caches()
        homes: dict[str, str] = {}
        for module in pkgutil.iter_modules(package.__path__):
            home = f"{self._package}.{module.name}"
            entry = self._entry_of(home)
            if entry is None:
                continue
            if entry.name in homes:
                raise HypvizError(f"{homes[entry.name]} and {home} both call their {self._noun} {entry.name!r}; give one another name.")
            homes[entry.name] = home
            yield entry

    def _entry_of(self, home: str) -> E | None:
        """The entry in the file `home`; None where the file holds none, `HypvizError` where it does not load or holds something else."""
        try:
            module = importlib.import_module(home)
        except Exception as error:  # a file of anyone's: whatever it raises, the person is told which file
            reason = f"{type(error).__name__}: {error}"
            raise HypvizError(f"The {self._noun} in {home} cannot be loaded ({reason}); mend that file or take it away.") from error
        entry = getattr(module, CONSTANT, self)
        if entry is self:
            return None
        if not isinstance(entry, self._type):
            kind = type(entry).__name__
            raise HypvizError(f"{CONSTANT} in {home} is of type {kind}, not {self._type.__name__}; mend that file or take it away.")
        return entry
