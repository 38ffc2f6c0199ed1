"""What `test_types` runs in a process of its own: measures of delta, every call of which is checked but the compiled loops."""

from __future__ import annotations

import importlib
import importlib.util
from pathlib import Path

import numpy as np
from jaxtyping import TypeCheckError, install_import_hook

import tests.checked  # found by its name
from hypviz.records.hyperbolicity import LOWER

ROOM = "hypviz.hyperbolicity"


def names() -> list[str]:
    """Every module of the room, found without importing it."""
    spec = importlib.util.find_spec("hypviz")
    assert spec is not None and spec.submodule_search_locations
    home = Path(spec.submodule_search_locations[0]) / "hyperbolicity"
    files = [path.relative_to(home).with_suffix("") for path in home.rglob("*.py") if path.name != "__init__.py"]
    return [".".join((ROOM, *path.parts)) for path in sorted(files)]


def main() -> None:
    """Measure points, twice, and judge them; a wrong shape is refused."""
    with install_import_hook([name for name in names() if ".loops." not in name], f"{tests.checked.__name__}.call"):
        for name in names():
            importlib.import_module(name)
    room = importlib.import_module(ROOM)
    D = room.euclidean_distances(np.random.default_rng(0).normal(size=(40, 5)))
    whole = room.four_point_delta(D)
    assert room.delta_at_base(D, 0, device="cpu") <= whole.upper
    assert 0.0 <= room.average_delta(D, seed=0, n_quadruples=500).value <= whole.upper
    null = np.random.default_rng(1).uniform(0.3, 0.4, size=(99, 6))
    assert room.compare_with_chance(np.full(6, 0.1), null).verdict == LOWER
    try:
        room.compare_with_chance(np.full((2, 3), 0.1), null)
    except TypeCheckError:
        return
    raise AssertionError("calls are not checked")


if __name__ == "__main__":
    main()
