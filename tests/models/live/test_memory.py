"""What is free, what gives way where it is short, and in which format a model answers."""

from __future__ import annotations

from pathlib import Path

import pytest

from hypviz.errors import ModelError
from hypviz.models import resolve
from hypviz.models.live import memory
from hypviz.models.live.number import answering_number, number_sentence


def a_container(root: Path, monkeypatch: pytest.MonkeyPatch, *lines: str, **files: str) -> None:
    """Control groups below `root` in place of the machine's own: the process is in those of `lines`, and the root has these files."""
    root.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (root / name.replace("_", ".", 1)).write_text(text, encoding="ascii")
    monkeypatch.setattr(memory, "GROUP", root)
    monkeypatch.setattr(memory, "OWN", root / "own")
    (root / "own").write_text("\n".join(lines), encoding="ascii")


STAT = "anon 100\ninactive_file 300\ntotal_inactive_file 200\n"


def test_the_limit_of_a_container_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    a_container(tmp_path, monkeypatch, "0::/", memory_max="1000\n", memory_current="800\n", memory_stat=STAT, memory_events="oom_kill 3\n")
    assert (memory.available_memory(), memory.total_memory(), memory.out_of_memory_kills()) == (500, 1000, 3)


def test_the_limit_of_a_batch_job_counts_which_is_that_of_a_group_farther_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    a_container(tmp_path / "slurm", monkeypatch, memory_max="700\n", memory_current="100\n", memory_stat="inactive_file 0\n")
    a_container(tmp_path / "slurm" / "job 7", monkeypatch, memory_max="max\n", memory_current="90\n", memory_stat=STAT)
    a_container(tmp_path, monkeypatch, "0::/slurm/job 7")
    assert (memory.available_memory(), memory.total_memory(), memory.out_of_memory_kills()) == (600, 700, None)


def test_the_limits_of_the_first_version_of_control_groups_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = {"memory_limit_in_bytes": "1000\n", "memory_usage_in_bytes": "800\n", "memory_stat": STAT}
    a_container(tmp_path / "memory", monkeypatch, memory_oom_control="oom_kill_disable 0\noom_kill 2\n", **files)
    a_container(tmp_path, monkeypatch, "5:cpu,cpuacct:/a", "4:memory:/docker/that/is/not/seen", "0::/../above")
    assert (memory.available_memory(), memory.total_memory(), memory.out_of_memory_kills()) == (400, 1000, 2)


def test_a_container_without_a_limit_or_none_at_all_has_the_machine_s(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    a_container(tmp_path, monkeypatch)
    free, whole = memory.available_memory(), memory.total_memory()
    assert 0 < free <= whole and memory.out_of_memory_kills() is None
    a_container(tmp_path, monkeypatch, "0::/", memory_max="max\n", memory_current="5\n", memory_stat=STAT)
    (tmp_path / "own").unlink()
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
