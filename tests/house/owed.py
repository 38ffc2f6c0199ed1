"""Lists of what is still owed: one entry a line in ``owed/*.txt``, each with its particulars, that may only shrink.

A check hands in what it finds; `judge` answers with what is new (a fault) and what is listed but no longer there (to be struck off).
Both fail the check's test, so that a list says the truth on every commit.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).with_name("owed")
Entries = Mapping[str, Set[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a check found against its list: particulars that are not listed, and listed ones that were not found, by entry."""

    new: dict[str, frozenset[str]]
    paid: dict[str, frozenset[str]]


def read(name: str) -> dict[str, frozenset[str]]:
    """The list `name`: ``entry: particular particular``; lines with # are comments; `ValueError` for an entry that stands twice."""
    entries: dict[str, frozenset[str]] = {}
    for line in (FOLDER / f"{name}.txt").read_text(encoding="utf-8").splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        entry, _, particulars = line.partition(":")
        if entry in entries:
            raise ValueError(f"{name}.txt lists {entry} twice")
        entries[entry] = frozenset(particulars.split())
    return entries


def judge(name: str, found: Entries) -> Verdict:
    """`found` against the list `name`."""
    listed = read(name)
    return Verdict(new=_less(found, listed), paid=_less(listed, found))


def strike(name: str, paid: Entries) -> None:
    """Rewrite the list `name` without the particulars in `paid`; nothing is ever added."""
    _write(name, {entry: particulars - paid.get(entry, frozenset()) for entry, particulars in read(name).items()})


def follow(name: str, verdict: Verdict) -> Verdict:
    """Give the entries of files that are gone to files that are new and owe no more than they did; what is left of `verdict`.

    A moved file keeps its debt; the list grows by nothing.
    """
    listed, new, paid = read(name), dict(verdict.new), dict(verdict.paid)
    for entry in verdict.paid:
        heirs = sorted(heir for heir, owes in new.items() if heir not in listed and owes <= listed[entry])
        if not (FOLDER.parents[2] / entry).exists() and heirs:
            heir = max(heirs, key=lambda each: (Path(each).name == Path(entry).name, len(new[each])))
            listed[heir] = new.pop(heir)
            del listed[entry], paid[entry]
    _write(name, listed)
    return Verdict(new=new, paid=paid)


def _write(name: str, entries: Entries) -> None:
    path = FOLDER / f"{name}.txt"
    comments = [line for line in path.read_text(encoding="utf-8").splitlines() if line.startswith("#")]
    lines = [f"{entry}: {' '.join(sorted(particulars))}" for entry, particulars in sorted(entries.items()) if particulars]
    path.write_text("\n".join([*comments, *lines]) + "\n", encoding="utf-8")


def _less(these: Entries, those: Entries) -> dict[str, frozenset[str]]:
    found = {entry: frozenset(particulars - those.get(entry, frozenset())) for entry, particulars in these.items()}
    return {entry: particulars for entry, particulars in sorted(found.items()) if particulars}
