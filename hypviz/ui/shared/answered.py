"""Whether the store has the answer to a question already, so that a page shows it without being asked to compute."""

from __future__ import annotations

from typing import TypeVar

from hypviz.records import Record
from hypviz.records.spec import Spec
from hypviz.studies.frame import Study
from hypviz.ui.shell.jobs import jobs
from hypviz.ui.shell.session import store

S = TypeVar("S", bound=Spec)
R = TypeVar("R", bound=Record)


def is_answered(study: Study[S, R], spec: S) -> bool:
    """Whether it is stored and no job of this server is at it or has been."""
    return jobs().get(study.key(spec)) is None and study.stored(spec, store=store()) is not None
