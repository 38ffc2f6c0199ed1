"""Records that grow: what a stop left is kept under a key of its own, and the next start goes on from there.

Only a whole record answers its specification; once there is one, the part is deleted.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from hypviz.records import Record
from hypviz.store import Lookup, Store, canonical_key

R = TypeVar("R", bound=Record)
IN_PART = {"whole": False}


class _StoppedOnTheWay(Exception):
    """Carries a part past the store, which must not take it for the whole."""

    def __init__(self, record: Record) -> None:
        self.record = record


def load_or_grow(
    store: Store,
    kind: str,
    spec: dict[str, Any],
    record_type: type[R],
    grow: Callable[[R | None], R],
    *,
    is_whole: Callable[[R], bool],
) -> Lookup[R]:
    """The stored whole record, or what `grow(part)` makes of the part that an earlier stop left (None where there is none).

    `grow` hands back a part where it was stopped, and raises `Stopped` where there is nothing to hand back.
    """
    part = spec | IN_PART

    def compute() -> R:
        record = grow(store.get(kind, part, record_type))
        if not is_whole(record):
            raise _StoppedOnTheWay(record)
        return record

    try:
        found = store.load_or_compute(kind, spec, record_type, compute)
    except _StoppedOnTheWay as stopped:
        assert isinstance(stopped.record, record_type)
        unkept = store.put(kind, part, stopped.record)
        return Lookup(record=stopped.record, key=canonical_key(kind, part), from_store=False, notice=unkept)
    if not found.from_store:
        store.discard(kind, part)
    return found
