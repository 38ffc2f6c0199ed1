"""An entry of a registry in one file that is not in the repository: what a stranger would add."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from hypviz.registry import Registry


@contextmanager
def toy_entry(registry: Registry[Any], package: str, module: str, text: str, folder: Path) -> Iterator[None]:
    """While open, `registry` also finds the file ``module.py`` with this text, written to `folder`, as if it lay in `package`."""
    place = folder / f"{module}-package"
    place.mkdir()
    (place / f"{module}.py").write_text(text.lstrip(), encoding="utf-8")
    found = importlib.import_module(package)
    found.__path__.append(str(place))
    registry.scan()
    try:
        yield
    finally:
        found.__path__.remove(str(place))
        sys.modules.pop(f"{package}.{module}", None)
        found.__dict__.pop(module, None)
        registry.scan()
