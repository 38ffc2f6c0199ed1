"""The whole journey in a real browser, without a network: walk, measure, fine-tune for real, compare, count.

Set ``HYPVIZ_PICTURES`` to a folder to keep a picture of every page on the way; README's pictures are made so.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import pytest

from tests.browser.acting import MINUTES, number

pytestmark = [pytest.mark.browser, pytest.mark.slow]
STEPS = int(os.environ.get("HYPVIZ_JOURNEY_STEPS", "12"))
WIDTH = "2 * [...globalThis.hypvizDisks.values()].find((spot) => spot.disk).disk.sight.place().scale"


def picture(page: Any, name: str) -> None:
    folder = os.environ.get("HYPVIZ_PICTURES")
    if folder:
        usual = page.viewport_size
        page.set_viewport_size({"width": 1280, "height": 1200})
        page.wait_for_timeout(2500)
        page.screenshot(path=Path(folder) / f"{name}.png")
        page.set_viewport_size(usual)


def visit(page: Any, name: str) -> None:
    page.get_by_test_id("stSidebarNav").get_by_role("link", name=name, exact=True).click()
    page.get_by_role("heading", name=name, exact=True, level=1).wait_for()


def sane(page: Any) -> None:
    """No traceback, no error box, and the model still in the URL."""
    assert page.get_by_test_id("stException").count() == 0
    assert page.get_by_test_id("stAlertContentError").count() == 0, page.get_by_test_id("stAlertContentError").all_inner_texts()
    assert "model=bundled" in page.url


def disk_width(page: Any) -> float:
    """The diameter of the boundary circle in pixels."""
    return float(page.evaluate(WIDTH))


def test_journey(page: Any, app_url: str) -> None:
    page.goto(app_url, timeout=3 * MINUTES)
    page.get_by_role("button", name="Load", exact=True).click()
    page.get_by_text("The bundled model is loaded").wait_for(timeout=3 * MINUTES)
    sane(page)
    picture(page, "start")

    visit(page, "Disk")
    page.locator("canvas.over").wait_for(timeout=3 * MINUTES)
    page.locator(".hv[data-settled=yes]").wait_for()
    wide = disk_width(page)
    page.set_viewport_size({"width": 800, "height": 900})
    page.wait_for_function(f"{WIDTH} < {wide - 20}")
    page.set_viewport_size({"width": 1280, "height": 900})
    page.wait_for_function(f"Math.abs({WIDTH} - {wide}) <= 2")
    page.get_by_role("combobox", name="Find a token").fill("dogs")
    page.get_by_role("combobox", name="Find a token").press("Enter")
    page.get_by_text("Nearest in the original space").wait_for()
    page.wait_for_url(lambda url: "token=" in url)
    assert "token=" in page.url
    sane(page)
    picture(page, "disk")

    visit(page, "Frequency & norm")
    page.locator(".js-plotly-plot").first.wait_for(timeout=3 * MINUTES)
    sane(page)
    picture(page, "frequency")

    visit(page, "Hyperbolicity")
    page.get_by_text(re.compile("lower than chance|not distinguishable from chance|higher than chance")).first.wait_for(timeout=5 * MINUTES)
    sane(page)
    picture(page, "hyperbolicity")

    visit(page, "Fine-tune")
    page.get_by_test_id("stButtonGroup").get_by_text("Custom", exact=True).click()
    number(page, "Steps of each member", STEPS, address="steps")
    page.get_by_role("button", name="Start the three").click()
    page.get_by_text(f"All 3 members have done {STEPS} steps").wait_for(timeout=10 * MINUTES)
    sane(page)
    picture(page, "finetune")

    visit(page, "Compare")
    page.get_by_role("button", name="Compare 4 answers").click()
    page.get_by_text("What the adapters did on the prompt").wait_for(timeout=5 * MINUTES)
    for title in ("Base", "LoRA", "Scaled LoRA", "HypLoRA"):
        page.get_by_role("heading", name=title, exact=True).first.wait_for()
    sane(page)
    picture(page, "compare")
    page.reload()
    page.get_by_role("heading", name="HypLoRA", exact=True).first.wait_for()

    visit(page, "Evaluate")
    number(page, "How many", 6, address="n")
    page.get_by_role("button", name="Ask 6 problems").click()
    page.get_by_text("n is too small to tell").first.wait_for(timeout=5 * MINUTES)
    sane(page)
    picture(page, "evaluate")
