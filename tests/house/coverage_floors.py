"""Branch coverage by room against its floor: ``python -m tests.house.coverage_floors coverage.json [--raise]``.

In: what ``coverage json`` wrote, and ``coverage_floors.json``: per room the share in percent of lines and branches that the tests must
reach. Out: a table, and 1 where a room is below its floor or has none. ``--raise`` lifts the floors to a point below what was reached.
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FLOORS = Path(__file__).with_suffix(".json")
BELOW = 1.0  # points between what was reached and the floor: what a branch that only a busy machine takes may cost


@dataclass(frozen=True, slots=True, kw_only=True)
class Covered:
    """What the tests reached of one room: lines and branches together."""

    reached: int
    of: int

    @property
    def percent(self) -> float:
        """The share in percent; 100 of nothing."""
        return 100.0 * self.reached / self.of if self.of else 100.0


def by_room(report: Mapping[str, Any]) -> dict[str, Covered]:
    """The report of ``coverage json``, summed by the folder under hypviz; files beside the rooms stand under "hypviz"."""
    found: dict[str, Covered] = {}
    for name, file in report["files"].items():
        parts = Path(name).parts
        room = parts[1] if len(parts) > 2 else parts[0]
        total, so_far = file["summary"], found.get(room, Covered(reached=0, of=0))
        reached = total["covered_lines"] + total.get("covered_branches", 0)
        of = total["num_statements"] + total.get("num_branches", 0)
        found[room] = Covered(reached=so_far.reached + reached, of=so_far.of + of)
    return dict(sorted(found.items()))


def below(covered: Mapping[str, Covered], floors: Mapping[str, float]) -> list[str]:
    """The rooms that are below their floor, or have none."""
    return [room for room, each in covered.items() if each.percent < floors.get(room, math.inf)]


def raised(covered: Mapping[str, Covered], floors: Mapping[str, float]) -> dict[str, float]:
    """Floors a little below what was reached; none is ever lowered, and rooms that are gone lose theirs."""
    return {room: max(floors.get(room, 0.0), math.floor(each.percent - BELOW)) for room, each in covered.items()}


def main(arguments: Sequence[str]) -> int:
    """Print the table; 1 where a room is too low."""
    covered = by_room(json.loads(Path(arguments[0]).read_text(encoding="utf-8")))
    floors: dict[str, float] = json.loads(FLOORS.read_text(encoding="utf-8"))
    if "--raise" in arguments:
        floors = raised(covered, floors)
        FLOORS.write_text(json.dumps(floors, indent=2) + "\n", encoding="utf-8")
    low = below(covered, floors)
    for room, each in covered.items():
        print(f"{room:16} {each.percent:6.1f} %  floor {floors.get(room, math.nan):5.1f} {'TOO LOW' if room in low else ''}")
    return int(bool(low))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
