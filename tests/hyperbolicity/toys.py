"""A null and a control in one file each, as a stranger would add them."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hypviz.hyperbolicity import CONTROLS, NULLS, controls, nulls

NULL = '''"""A null for tests: every token becomes a corner of a cube."""

from __future__ import annotations

import numpy as np

from hypviz.hyperbolicity.nulls.entry import Draw, Null, Sample


def prepare(sample: Sample) -> Draw:
    """Signs without sizes."""
    return lambda rng: rng.integers(0, 2, sample.table.shape).astype(np.float32)


ENTRY = Null(
    name="toy-corners", label="corners of a cube", help="Every token becomes a random corner.", prepare=prepare, needs_values=False
)
'''
CONTROL = '''"""A control for tests: a path, on which every point lies between two others."""

from __future__ import annotations

import numpy as np

from hypviz.hyperbolicity.controls.entry import Control


def on_path(n: int, rng: np.random.Generator) -> np.ndarray:
    """Distances along a line."""
    place = rng.uniform(size=n)
    return np.abs(place[:, None] - place)


ENTRY = Control(name="toy path", label="toy path", help="Points on a line.", distances=on_path, stream=77)
'''


@contextmanager
def planted(folder: Path) -> Iterator[None]:
    """Both files found by their registries while the block lasts."""
    for package, registry, text in ((nulls, NULLS, NULL), (controls, CONTROLS, CONTROL)):
        place = folder / package.__name__.rsplit(".", 1)[1]
        place.mkdir()
        (place / "toy_entry.py").write_text(text, encoding="utf-8")
        package.__path__.append(str(place))
        registry.scan()
    try:
        yield
    finally:
        for package, registry in ((nulls, NULLS), (controls, CONTROLS)):
            package.__path__.pop()
            sys.modules.pop(f"{package.__name__}.toy_entry", None)
            registry.scan()
