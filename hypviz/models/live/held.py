"""Things made once for all threads and held while they are among those used last."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

V = TypeVar("V")


class _Slot(Generic[V]):
    """One thing, or the promise of it: whoever holds the lock makes it."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.made: list[V] = []


class Held(Generic[V]):
    """At most `most` things by key; a second thread that asks for one being made waits for it, and a failure is not kept."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._slots: OrderedDict[Hashable, _Slot[V]] = OrderedDict()
        self._guard = threading.Lock()

    def get(self, key: Hashable, make: Callable[[], V]) -> V:
        """The thing of that key, made by `make` unless it is there; raises what `make` raises."""
        with self._guard:
            slot = self._slots.setdefault(key, _Slot())
            self._slots.move_to_end(key)
            while len(self._slots) > self._most:
                self._slots.popitem(last=False)
        with slot.lock:
            if not slot.made:
                slot.made.append(make())
                with self._guard:  # making it may have asked for room, and so forgotten its own place
                    self._slots.setdefault(key, slot)
            return slot.made[0]

    def forget(self) -> None:
        """Let everything go."""
        with self._guard:
            self._slots.clear()
