"""The Disk page in the windows of projectors: how large the disk is there, and that it is seen whole."""

from __future__ import annotations

from typing import Any

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.slow]
MINUTES = 60_000
# none while one picture takes the place of another
DISK = "[...(globalThis.hypvizDisks ?? new Map()).values()].find((spot) => spot.disk)?.disk"
DIAMETER = f"2 * {DISK}?.sight.place().scale"
FILLS = f"() => {DIAMETER} >= %d && {DISK}?.root.dataset.settled === 'yes'"


@pytest.fixture
def low(page: Any, app_url: str) -> Any:
    """The Disk page of the bundled model in a window of 1280 x 720."""
    page.set_viewport_size({"width": 1280, "height": 720})
    page.goto(f"{app_url}/disk?model=bundled", timeout=3 * MINUTES)
    page.locator(".hv[data-settled=yes]").wait_for(timeout=MINUTES)
    page.locator("[data-test-script-state=notRunning]").wait_for(state="attached")
    return page


def test_the_disk_is_whole_without_scrolling_and_takes_the_height_of_the_window(low):
    for width, height, least in ((1280, 720, 520), (1280, 900, 640), (1920, 1080, 860), (1280, 720, 520)):
        low.set_viewport_size({"width": width, "height": height})
        low.wait_for_function(FILLS % least)
        box = low.locator("canvas.over").bounding_box()
        assert box["y"] >= 0 and box["y"] + box["height"] <= height
        assert box["width"] == pytest.approx(low.evaluate(f"{DISK}.sight.wide"), abs=1)  # circles stay circles
        panel = low.locator(".hv .panel").bounding_box()
        assert panel["x"] >= box["x"] + box["width"] and panel["height"] <= box["height"] + 1


def test_full_screen_is_one_click_away_and_its_panel_scrolls_alone(low):
    low.get_by_role("button", name="Full screen", exact=True).click()
    low.wait_for_function("() => document.fullscreenElement !== null")
    low.wait_for_function(FILLS % 600)
    low.evaluate(f"{DISK}.selection.set([...Array(200).keys()])")
    scrolled = low.evaluate(
        f"""() => {{ const root = {DISK}.root, panel = root.querySelector('.panel');
          panel.scrollTop = 400;
          return [root.scrollHeight - root.clientHeight, panel.scrollTop, panel.clientHeight]; }}"""
    )
    assert scrolled[0] <= 0 and scrolled[1] == 400 and scrolled[2] <= 720
    box = low.locator("canvas.over").bounding_box()
    assert box["y"] >= 0 and box["y"] + box["height"] <= 720


def test_a_line_above_that_comes_and_goes_leaves_the_disk_as_large_as_it_was(low):
    low.wait_for_function(FILLS % 520)
    before = low.evaluate(DIAMETER)
    low.evaluate(
        """() => { const line = document.createElement('div'); line.id = 'line'; line.style.height = '90px';
          document.querySelector('[data-testid=stMainBlockContainer]').firstChild.prepend(line); }"""
    )
    low.wait_for_function(f"() => {DIAMETER} < {before} - 60")
    low.evaluate("document.getElementById('line').remove()")
    low.wait_for_function(FILLS % (before - 3))


LEAST = """() => { globalThis.least = Infinity;
  const look = () => { const found = %s; if (found) globalThis.least = Math.min(least, found); requestAnimationFrame(look); };
  look(); }"""


def test_playing_and_following_take_nothing_from_the_disk(low):
    low.wait_for_function(FILLS % 520)
    before, address = low.evaluate(DIAMETER), low.url
    low.goto(f"{address}&tokens=1000&beside=played&play=layers&stops=2&pin=Tom%20has%203%20apples", timeout=3 * MINUTES)
    low.get_by_role("button", name="through the layers").wait_for(timeout=MINUTES)
    low.wait_for_function(FILLS % (before - 10))
    low.evaluate(LEAST % DIAMETER)
    low.get_by_role("button", name="Path", exact=True).click()
    low.wait_for_function(f"({DISK}?.state.path ?? null) !== null && {DISK}.root.dataset.settled === 'yes'", timeout=3 * MINUTES)
    assert low.evaluate("least") >= before - 10
    stands = low.evaluate(f"[{DIAMETER}, {DISK}.stage.top()]")
    low.get_by_role("button", name="Play", exact=True).click()
    low.get_by_role("combobox", name="Layers to rest at").wait_for()
    assert low.evaluate(f"[{DIAMETER}, {DISK}.stage.top()]") == stands
    low.keyboard.press("Escape")
    low.get_by_role("button", name="through the layers").click()
    there = "(spot) => spot.disk?.scene.frames.length === 3 && spot.disk.root.dataset.settled === 'yes'"
    low.wait_for_function(f"[...(globalThis.hypvizDisks ?? new Map()).values()].some({there})", timeout=3 * MINUTES)
    low.wait_for_function(FILLS % (before - 10))
