"""Long measurements in a real browser: pictures before the end, a stop that keeps them, the rest on demand, and little on the wire."""

from __future__ import annotations

import re
import time

import pytest

from tests.browser.acting import MINUTES, at_rest, number, stop_button

pytestmark = [pytest.mark.browser, pytest.mark.slow]
A_SECOND = 40_000  # bytes of polling, new pictures among them


def test_layers_are_drawn_before_the_end_kept_by_a_stop_and_finished_on_demand(page, app_url):
    came: list[int] = []
    page.on("websocket", lambda socket: socket.on("framereceived", lambda frame: came.append(len(frame))))
    page.goto(f"{app_url}/layers?model=bundled", timeout=3 * MINUTES)
    page.get_by_role("button", name="Measure the layers").wait_for(timeout=3 * MINUTES)
    page.get_by_text("Does depth predict norm?").wait_for()
    number(page, re.compile("^How many"), 12, address="limit")
    page.get_by_role("button", name="Measure the layers").click()
    part = page.get_by_role("heading", name=re.compile(r"\(a part: \d+ of 112 nulls are in\)"))
    part.wait_for(timeout=3 * MINUTES)
    assert stop_button(page).count() == 1
    assert page.get_by_test_id("stPlotlyChart").first.is_visible()
    before, start = sum(came), time.monotonic()
    page.wait_for_timeout(4000)
    assert (sum(came) - before) / (time.monotonic() - start) < A_SECOND
    stop_button(page).click()
    rest = page.get_by_role("button", name="Measure the rest")
    rest.wait_for(timeout=2 * MINUTES)
    assert part.is_visible() and page.get_by_text("Stopped on the way; what there is has been kept").is_visible()
    kept = int(re.search(r"(\d+) of 112", part.inner_text())[1])
    rest.click()
    stop_button(page).wait_for()
    part.wait_for(timeout=2 * MINUTES)
    assert int(re.search(r"(\d+) of 112", part.inner_text())[1]) >= kept
    page.get_by_role("heading", name=re.compile("of the same norms after (none|[0-9]+)$")).wait_for(timeout=5 * MINUTES)
    stop_button(page).wait_for(state="detached")  # the last picture may stand before the job has ended
    at_rest(page)
    assert rest.count() == 0
    assert page.get_by_test_id("stException").count() == 0


def test_the_certified_interval_is_drawn_as_it_closes(page, app_url):
    page.goto(f"{app_url}/hyperbolicity?model=bundled", timeout=3 * MINUTES)
    at_rest(page)
    page.get_by_role("tab", name="A sample of the vocabulary").click(timeout=3 * MINUTES)
    page.wait_for_url(re.compile("part=vocabulary"))
    panel = page.get_by_role("tabpanel", name="A sample of the vocabulary")
    panel.get_by_role("combobox", name="Tokens").click()
    page.get_by_role("option", name="1000", exact=True).click()
    page.wait_for_url(re.compile("=1000(&|$)"))  # the run that knows the choice
    at_rest(page)
    panel.get_by_role("button", name="Measure", exact=True).click()
    panel.get_by_role("heading", name=re.compile("certain to lie between|closed after")).wait_for(timeout=3 * MINUTES)
    panel.get_by_role("heading", name=re.compile("closed after")).wait_for(timeout=5 * MINUTES)
    value = panel.get_by_role("heading", name=re.compile(r"δ_rel of 1,000 tokens is 0\.\d{4}, not compared with chance yet"))
    value.wait_for(timeout=3 * MINUTES)
    panel.get_by_role("button", name="Stop").click()
    panel.get_by_text(re.compile("interval closed and . of 4 nulls measured")).wait_for(timeout=3 * MINUTES)
    assert panel.get_by_test_id("stPlotlyChart").count() == 2
