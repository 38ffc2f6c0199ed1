"""Stop strings as people type them: one a line, with ``\\n`` for a line break, ``\\t`` for a tab and ``\\\\`` for a backslash."""

from __future__ import annotations

import re
from collections.abc import Iterable

_SIGNS = {"n": "\n", "t": "\t", "\\": "\\"}


def read_stops(typed: Iterable[str]) -> tuple[str, ...]:
    """The texts that these lines mean, each once and empty lines left out; a backslash before any other sign is itself."""
    read = (re.sub(r"\\([nt\\])", lambda found: _SIGNS[found[1]], line) for line in typed)
    return tuple(dict.fromkeys(text for text in read if text))
