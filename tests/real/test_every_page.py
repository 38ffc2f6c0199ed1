"""The real model through every page of the running app, once, in a real browser and without a network."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from tests.browser.acting import MINUTES, number
from tests.browser.test_journey import picture, visit

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def sane(page: Any) -> None:
    """No traceback, no error box, and the real model still in the URL."""
    assert page.get_by_test_id("stException").count() == 0
    assert page.get_by_test_id("stAlertContentError").count() == 0, page.get_by_test_id("stAlertContentError").all_inner_texts()
    assert "model=" in page.url and "model=bundled" not in page.url


def test_the_real_model_through_every_page(page: Any, app_url: str, real_model: Path) -> None:
    page.goto(f"{app_url}/?model={quote(str(real_model))}", timeout=3 * MINUTES)
    page.get_by_text("49,152").first.wait_for(timeout=3 * MINUTES)
    sane(page)
    picture(page, "real-start")

    visit(page, "Frequency & norm")
    page.locator(".js-plotly-plot").first.wait_for(timeout=3 * MINUTES)
    sane(page)
    picture(page, "real-frequency")

    visit(page, "Hyperbolicity")
    page.get_by_text(re.compile("lower than chance|not distinguishable from chance|higher than chance")).first.wait_for(timeout=5 * MINUTES)
    sane(page)
    picture(page, "real-hyperbolicity")

    visit(page, "Layers")
    number(page, re.compile("How many"), 4, address="limit")
    page.get_by_role("button", name="Measure the layers").click()
    page.get_by_text("One layer in words").wait_for(timeout=5 * MINUTES)
    sane(page)
    picture(page, "real-layers")

    visit(page, "Fine-tune")
    page.get_by_test_id("stButtonGroup").get_by_text("Custom", exact=True).click()
    number(page, "Steps of each member", 3, address="steps")
    page.get_by_role("button", name="Start the three").click()
    page.get_by_text("All 3 members have done 3 steps").wait_for(timeout=8 * MINUTES)
    sane(page)
    picture(page, "real-finetune")

    visit(page, "Compare")
    page.get_by_role("button", name="Compare 4 answers").click()
    page.get_by_text("What the adapters did on the prompt").wait_for(timeout=5 * MINUTES)
    sane(page)
    picture(page, "real-compare")

    visit(page, "Evaluate")
    number(page, "How many", 6, address="n")
    page.get_by_role("button", name="Ask 6 problems").click()
    page.get_by_text("n is too small to tell").first.wait_for(timeout=5 * MINUTES)
    sane(page)
    picture(page, "real-evaluate")

    visit(page, "Disk")  # last: the longest of all
    fill_button = page.get_by_role("button", name=re.compile("Lay out [0-9,]+ tokens"))
    page.locator("canvas.over").or_(fill_button).first.wait_for(timeout=5 * MINUTES)
    if fill_button.count():
        fill_button.click()
    page.locator("canvas.over").wait_for(timeout=8 * MINUTES)
    sane(page)
    picture(page, "real-disk")
