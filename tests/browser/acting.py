"""What a person does in a browser; each of these waits until the page has taken it: for a state, never for a time."""

from __future__ import annotations

import re
from typing import Any

MINUTES = 60_000
DRAWN = "() => [...document.querySelectorAll('[data-testid=stPlotlyChart]')].every((chart) => chart.querySelector('.main-svg text'))"


def at_rest(page: Any) -> None:
    """The script of the page has run to its end, and every chart it sent is drawn."""
    page.locator("[data-test-script-state=notRunning]").wait_for(state="attached", timeout=3 * MINUTES)
    page.wait_for_function(DRAWN, timeout=MINUTES)


def number(page: Any, name: str | re.Pattern[str], value: int, *, address: str) -> None:
    """Type a number that is not there yet, which the page then keeps in its address as `address`."""
    box = page.get_by_role("spinbutton", name=name).or_(page.get_by_role("textbox", name=name)).first
    box.fill(str(value))
    box.press("Enter")
    page.wait_for_url(re.compile(rf"[?&]{address}={value}(&|$)"), timeout=3 * MINUTES)
    at_rest(page)


def stop_button(page: Any) -> Any:
    """The page's own, of a job; Streamlit has one in its header while a script runs."""
    return page.get_by_test_id("stMain").get_by_role("button", name="Stop")
