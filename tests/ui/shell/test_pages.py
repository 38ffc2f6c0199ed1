"""The menu and the files under pages are the same pages."""

from __future__ import annotations

from hypviz.ui.shell.pages import MENU, START
from tests.house.source import ROOT


def test_every_page_has_its_place_in_the_menu_and_every_place_a_page():
    names = [entry.name for entry in MENU]
    assert sorted(names) == sorted(path.stem for path in (ROOT / "pages").glob("*.py"))
    assert len(set(names)) == len(names) == len({entry.icon for entry in MENU}) and MENU[0] is START


def test_every_page_but_start_says_which_question_it_answers():
    assert all(entry.question.endswith((".", "?")) for entry in MENU[1:])
