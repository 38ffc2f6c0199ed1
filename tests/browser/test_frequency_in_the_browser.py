"""What only a browser can show of the Frequency & norm page: a reload and Back keep the question, an uploaded file too."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.slow]
MINUTE = 60_000
TEXT = "A dog is an animal and a cow is an animal.\nHow many apples does Tom have?\nTom has 12 red apples and buys 30 more.\n"


def asked(page: Any) -> dict[str, list[str]]:
    """The question in the address."""
    return parse_qs(urlsplit(page.url).query)


def choose(page: Any, name: str) -> None:
    """Take one of what can be counted; the list shows only what is typed."""
    menu = page.get_by_role("combobox", name="Counts from")
    menu.click()
    menu.fill(name)
    page.get_by_role("option", name=name).click()


def test_a_file_survives_a_reload_and_back_takes_back_the_last_choice(page: Any, app_url: str, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text(TEXT, encoding="utf-8")
    page.goto(f"{app_url}/frequency", timeout=3 * MINUTE)
    page.get_by_test_id("stPlotlyChart").first.wait_for(timeout=3 * MINUTE)
    assert "counts" not in asked(page)
    choose(page, "a file of your own")
    page.wait_for_url("**counts=upload*", timeout=3 * MINUTE)
    page.get_by_test_id("stFileUploaderDropzoneInput").set_input_files(str(tmp_path / "mine.txt"))
    page.wait_for_function("() => /counts=[0-9a-f]{64}/.test(location.search)", timeout=3 * MINUTE)
    page.get_by_text("texts of mine.txt").first.wait_for(timeout=3 * MINUTE)
    file = asked(page)
    page.reload(timeout=3 * MINUTE)
    page.get_by_text("Kept from before: mine.txt").wait_for(timeout=3 * MINUTE)
    page.get_by_text("texts of mine.txt").first.wait_for(timeout=3 * MINUTE)
    assert asked(page) == file
    page.get_by_text("Logarithmic norm axis").click()
    page.wait_for_url("**log-norm=yes*", timeout=3 * MINUTE)
    page.go_back()
    page.wait_for_url(lambda url: "log-norm" not in url, timeout=3 * MINUTE)
    page.get_by_text("texts of mine.txt").first.wait_for(timeout=3 * MINUTE)
    assert asked(page) == file
