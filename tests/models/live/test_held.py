"""What is held once for all threads, and what becomes of it where memory is asked for while it is made."""

from __future__ import annotations

import pytest

from hypviz.models.live.held import Held


def test_what_asked_for_room_while_it_was_made_is_held_all_the_same() -> None:
    held, made = Held[str](1), []

    def make() -> str:
        held.forget()
        made.append("it")
        return "it"

    assert [held.get("key", make) for _ in range(2)] == ["it", "it"] and len(made) == 1
    held.forget()
    assert held.get("key", make) == "it" and len(made) == 2


def test_the_one_before_goes_first_and_a_failure_is_not_kept() -> None:
    held = Held[int](1)
    assert (held.get("a", lambda: 1), held.get("b", lambda: 2), held.get("a", lambda: 3)) == (1, 2, 3)
    with pytest.raises(ZeroDivisionError):
        held.get("c", lambda: 1 // 0)
    assert held.get("c", lambda: 4) == 4
