"""Coverage is summed by room and held above floors that only rise."""

from __future__ import annotations

import json

from tests.house.coverage_floors import FLOORS, Covered, below, by_room, raised
from tests.house.source import ROOT


def summary(lines: int, statements: int, branches: int = 0, of: int = 0) -> dict[str, object]:
    return {"summary": {"covered_lines": lines, "num_statements": statements, "covered_branches": branches, "num_branches": of}}


REPORT = {"files": {"hypviz/a/x.py": summary(3, 4, 1, 4), "hypviz/a/b/y.py": summary(2, 2), "hypviz/work.py": summary(0, 5)}}


def test_lines_and_branches_are_summed_by_room() -> None:
    assert by_room(REPORT) == {"a": Covered(reached=6, of=10), "hypviz": Covered(reached=0, of=5)}


def test_a_room_below_its_floor_or_without_one_is_named() -> None:
    covered = by_room(REPORT)
    assert below(covered, {"a": 60.0, "hypviz": 0.0}) == []
    assert below(covered, {"a": 60.1, "hypviz": 0.0}) == ["a"]
    assert below(covered, {"a": 60.0}) == ["hypviz"]


def test_floors_only_rise() -> None:
    assert raised(by_room(REPORT), {"a": 80.0, "gone": 10.0}) == {"a": 80.0, "hypviz": 0.0}
    assert raised(by_room(REPORT), {"a": 10.0}) == {"a": 59.0, "hypviz": 0.0}


def test_every_room_has_a_floor() -> None:
    rooms = {path.name for path in (ROOT / "hypviz").iterdir() if (path / "__init__.py").exists()} | {"hypviz"}
    assert rooms <= set(json.loads(FLOORS.read_text(encoding="utf-8")))
