"""A run that exists only as a record."""

from __future__ import annotations

import dataclasses

import pytest

from hypviz.records.runs import DONE, MemberReport, RunRecord
from tests.runs.specs import tiny_spec


@pytest.fixture
def record(tiny_llama):
    """``record(members, state, **spec)``."""

    def make(*members: MemberReport, state: str = DONE, **changes: object) -> RunRecord:
        empty = {field.name: None for field in dataclasses.fields(RunRecord)}
        spec = dataclasses.replace(tiny_spec(tiny_llama), **{"clip": "layer", **changes})
        return RunRecord(**empty | {"spec": spec, "state": state, "members": members})

    return make
