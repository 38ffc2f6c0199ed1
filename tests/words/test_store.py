"""Every kind that a study stores has its words on the Start page."""

from __future__ import annotations

import importlib
import pkgutil

import hypviz.studies
from hypviz.studies.frame import Study
from hypviz.words.store import KINDS, kind_words


def studied_kinds() -> set[str]:
    """The kinds of all studies of the package."""
    found: set[str] = set()
    for module in pkgutil.walk_packages(hypviz.studies.__path__, "hypviz.studies."):
        found |= {value.kind for value in vars(importlib.import_module(module.name)).values() if isinstance(value, Study)}
    return found


def test_every_study_has_words_for_what_it_stores() -> None:
    kinds = studied_kinds()
    assert len(kinds) > 5
    assert kinds <= set(KINDS)


def test_an_unknown_kind_is_called_by_its_own_name() -> None:
    assert kind_words("older_things") == "Older things"
