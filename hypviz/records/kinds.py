"""Questions about a value of unknown kind, which a type checker understands as answers."""

from __future__ import annotations

from typing import Any, TypeGuard

import numpy as np


def is_list(value: object) -> TypeGuard[list[Any]]:
    """A list of JSON."""
    return isinstance(value, list)


def is_table(value: object) -> TypeGuard[dict[str, Any]]:
    """An object of JSON, whose keys are texts; or any dict that was made for one."""
    return isinstance(value, dict)


def is_sequence(value: object) -> TypeGuard[tuple[Any, ...] | list[Any]]:
    """A tuple or a list."""
    return isinstance(value, (tuple, list))


def is_array(value: object) -> TypeGuard[np.ndarray]:
    """An array of numpy."""
    return isinstance(value, np.ndarray)
