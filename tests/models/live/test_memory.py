"""What is free, what gives way where it is short, and in which format a model answers."""

from __future__ import annotations

from pathlib import Path

import pytest

from hypviz.errors import ModelError
from hypviz.models import resolve
from hypviz.models.live import memory
from hypviz.models.live.number import answering_number, number_sentence


def a_container(root: Path, monkeypatch: pytest.MonkeyPatch, **files: str) -> None:
    """A cgroup with these files, in place of the machine's own."""
    for name, text in files.items():
        (root / name.replace("_", ".")).write_text(text, encoding="ascii")
    monkeypatch.setattr(memory, "GROUP", root)


def test_the_limit_of_a_container_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stat = "anon 100\ninactive_file 300\n"
    a_container(tmp_path, monkeypatch, memory_max="1000\n", memory_current="800\n", memory_stat=stat, memory_events="oom_kill 3\n")
    assert (memory.available_memory(), memory.total_memory(), memory.out_of_memory_kills()) == (500, 1000, 3)


def test_a_container_without_a_limit_or_none_at_all_has_the_machine_s(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    a_container(tmp_path, monkeypatch)
    free, whole = memory.available_memory(), memory.total_memory()
    assert 0 < free <= whole and memory.out_of_memory_kills() is None
    (tmp_path / "memory.max").write_text("max\n", encoding="ascii")
    assert memory.total_memory() == whole


def test_what_gives_way_is_let_go_only_where_memory_is_short(monkeypatch: pytest.MonkeyPatch) -> None:
    held = [300]
    monkeypatch.setattr(memory, "available_memory", lambda: 1000 - sum(held))
    monkeypatch.setattr(memory, "_GIVING_WAY", [])
    assert memory.make_room(900) == 700
    memory.give_way(held.clear)
    assert memory.make_room(700) == 700 and held
    memory.check_memory(900, "It")
    assert not held and memory.make_room(2000) == 1000
    with pytest.raises(ModelError, match=r"It needs 2\.0 kB of memory and 1\.0 kB are free; close other programs"):
        memory.check_memory(2000, "It")


def test_a_model_answers_in_float32_where_that_leaves_room(tiny_llama: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hypviz.models.live.number.total_memory", lambda: 8_000_000_000)
    assert answering_number(135_000_000) == answering_number(1_100_000_000) == "float32"
    assert answering_number(1_700_000_000) == "bfloat16"
    assert number_sentence(resolve(str(tiny_llama)), 1000) is None
