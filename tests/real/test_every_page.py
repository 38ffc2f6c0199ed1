"""The real model through every page of the running app, once, in a real browser, without a network, on two cores and 4 GB.

The machine is pretended to the app and to its training process, whose own choices are those of such a machine; what they really take is
measured, printed page by page, and stays below it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from tests.browser.acting import MINUTES, number
from tests.browser.conftest import running_app
from tests.browser.test_journey import picture
from tests.real.small_machine import MEMORY, SmallMachine

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def sane(page: Any) -> None:
    """No traceback, no error box, and the real model still in the URL."""
    assert page.get_by_test_id("stException").count() == 0
    assert page.get_by_test_id("stAlertContentError").count() == 0, page.get_by_test_id("stAlertContentError").all_inner_texts()
    assert "model=" in page.url and "model=bundled" not in page.url


@pytest.fixture
def small_machine(tmp_path: Path) -> Iterator[tuple[str, SmallMachine]]:
    """The address of an app on two cores and 4 GB, and what is taken of them; asked for before the page, which is then closed first."""
    machine = SmallMachine(tmp_path)
    with running_app(tmp_path, **machine.variables) as (url, pid), machine.watching(pid):
        yield url, machine


def test_the_real_model_through_every_page(small_machine: tuple[str, SmallMachine], page: Any, real_model: Path, tmp_path: Path) -> None:
    app_url, machine = small_machine

    def visit(page: Any, name: str) -> None:
        machine.enter(name)
        page.get_by_test_id("stSidebarNav").get_by_role("link", name=name, exact=True).click()
        page.get_by_role("heading", name=name, exact=True, level=1).wait_for(timeout=3 * MINUTES)

    machine.enter("Start")
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
    page.get_by_text("One layer in words").wait_for(timeout=10 * MINUTES)
    sane(page)
    picture(page, "real-layers")

    visit(page, "Fine-tune")
    page.get_by_test_id("stButtonGroup").get_by_text("Custom", exact=True).click()
    number(page, "Steps of each member", 3, address="steps")
    page.get_by_role("button", name="Start the three").click()
    page.get_by_text("All 3 members have done 3 steps").wait_for(timeout=20 * MINUTES)
    sane(page)
    picture(page, "real-finetune")
    (plan,) = tmp_path.glob("cache/runs/*/plan.json")
    assert 0 < json.loads(plan.read_text(encoding="utf-8"))["memory"]["free_bytes"] < MEMORY  # what the app believed in

    visit(page, "Compare")
    page.get_by_role("button", name="Compare 4 answers").click()
    page.get_by_text("What the adapters did on the prompt").wait_for(timeout=20 * MINUTES)
    sane(page)
    picture(page, "real-compare")

    visit(page, "Evaluate")
    number(page, "How many", 6, address="n")
    page.get_by_role("button", name="Ask 6 problems").click()
    page.get_by_text("n is too small to tell").first.wait_for(timeout=20 * MINUTES)
    sane(page)
    picture(page, "real-evaluate")

    visit(page, "Disk")  # last: the longest of all
    fill_button = page.get_by_role("button", name=re.compile("Lay out [0-9,]+ tokens"))
    page.locator("canvas.over").or_(fill_button).first.wait_for(timeout=5 * MINUTES)
    if fill_button.count():
        fill_button.click()
    page.locator("canvas.over").wait_for(timeout=20 * MINUTES)
    sane(page)
    picture(page, "real-disk")

    assert machine.peak < MEMORY, machine.peaks
