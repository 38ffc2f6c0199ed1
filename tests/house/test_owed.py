"""A list of what is owed says what is new, what is paid, and can only lose entries."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.house import owed


@pytest.fixture
def listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(owed, "FOLDER", tmp_path)
    path = tmp_path / "toy.txt"
    path.write_text("# why\nb.py: two one\na.py: one\n", encoding="utf-8")
    return path


def test_new_and_paid_particulars_are_told_apart(listed: Path) -> None:
    verdict = owed.judge("toy", {"b.py": {"one", "three"}, "c.py": {"one"}})
    assert verdict.new == {"b.py": {"three"}, "c.py": {"one"}}
    assert verdict.paid == {"a.py": {"one"}, "b.py": {"two"}}


def test_striking_keeps_the_rest_and_adds_nothing(listed: Path) -> None:
    owed.strike("toy", {"a.py": {"one"}, "b.py": {"two"}, "c.py": {"nine"}})
    assert listed.read_text(encoding="utf-8") == "# why\nb.py: one\n"
    assert owed.judge("toy", {"b.py": {"one"}}) == owed.Verdict(new={}, paid={})


def test_a_moved_file_keeps_its_debt_and_no_more(listed: Path) -> None:
    verdict = owed.judge("toy", {"rooms/b.py": {"one"}, "rooms/c.py": {"nine"}, "a.py": {"one"}})
    assert owed.follow("toy", verdict) == owed.Verdict(new={"rooms/c.py": frozenset({"nine"})}, paid={})
    assert owed.read("toy") == {"a.py": {"one"}, "rooms/b.py": {"one"}}


def test_an_entry_that_stands_twice_is_refused(listed: Path) -> None:
    listed.write_text("a.py: one\na.py: two\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"a\.py twice"):
        owed.read("toy")
