"""Charts and the disk through a change of theme: every word stays readable, and what the person had zoomed into stays.

Contrast is WCAG 2.2's, success criterion 1.4.3: at least 4.5, or 3 for text of 24 pixels, or of 18.66 where it is bold.
"""

from __future__ import annotations

import itertools
import re
import time
from typing import Any

import pytest

from tests.browser.acting import MINUTES, at_rest, number, stop_button

pytestmark = [pytest.mark.browser, pytest.mark.slow]
# every word of every chart with its contrast against what is painted behind it: the page, the bar it stands in, or its own plate
WORDS = """() => {
  const numbers = (text) => { const [r, g, b, a = 1] = (text.match(/[\\d.]+/g) ?? [0, 0, 0, 0]).map(Number); return {r, g, b, a}; };
  const luminance = ({r, g, b}) => {
    const linear = [r, g, b].map((v) => v / 255).map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
  };
  const over = (top, under) => {
    const mixed = (k) => top[k] * top.a + under[k] * (1 - top.a);
    return {r: mixed('r'), g: mixed('g'), b: mixed('b')};
  };
  const filled = (shape) => { const s = getComputedStyle(shape), c = numbers(s.fill); return {...c, a: c.a * Number(s.fillOpacity)}; };
  const page = numbers(getComputedStyle(document.querySelector('.stApp')).backgroundColor);
  return [...document.querySelectorAll('.js-plotly-plot .main-svg text')].filter((text) => text.textContent.trim()).map((text) => {
    const ink = text.querySelector('[style*="fill"]') ?? text, style = getComputedStyle(ink);
    const plate = text.closest('.hovertext')?.querySelector('path') ?? text.closest('.annotation-text-g')?.querySelector('rect.bg')
      ?? (text.classList.contains('bartext-inside') ? text.parentElement.querySelector('path') : null);
    const behind = plate ? over(filled(plate), page) : page, front = over(numbers(style.fill), behind);
    const [low, high] = [luminance(front), luminance(behind)].sort((a, b) => a - b);
    const size = parseFloat(style.fontSize), large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    return {text: text.textContent.slice(0, 60), contrast: (high + 0.05) / (low + 0.05), needed: large ? 3 : 4.5};
  });
}"""
IDS = "() => [...document.querySelectorAll('.js-plotly-plot')].map((plot) => (plot.made ??= String(Math.random())))"
ZOOM = "document.querySelector('.js-plotly-plot').layout.xaxis.range.map(Number)"
DRAG = ".js-plotly-plot .nsewdrag"
READY = {
    "frequency": re.compile("occurrences", re.IGNORECASE),
    "hyperbolicity": re.compile("lower than chance|not distinguishable from chance|higher than chance"),
    "start": re.compile("rows start a word"),
}


def readable(page: Any, *, at_least: int) -> None:
    """Every word is, once the charts have followed the page: for that they have half a minute."""
    end = time.monotonic() + 30
    while True:
        words = page.evaluate(WORDS)
        faint = [word for word in words if word["contrast"] < word["needed"]]
        if len(words) >= at_least and not faint:
            return
        assert time.monotonic() < end, faint or words
        page.evaluate("new Promise(requestAnimationFrame)")


def await_shade(page: Any, *, dark: bool) -> None:
    """Wait until the page is painted dark, or light."""
    shade = "getComputedStyle(document.querySelector('.stApp')).backgroundColor.match(/\\d+/g).slice(0, 3)"
    page.wait_for_function(f"{shade}.reduce((sum, v) => sum + Number(v), 0) {'<' if dark else '>='} 384")


def choose_theme(page: Any, name: str) -> None:
    page.get_by_test_id("stMainMenu").click()
    page.get_by_test_id(f"stMainMenuItem-theme-{name}").click()
    page.keyboard.press("Escape")
    await_shade(page, dark=name == "Dark")


def open_charts(page: Any, app_url: str, name: str) -> None:
    page.goto(f"{app_url}/{'' if name == 'start' else name}?model=bundled", timeout=3 * MINUTES)
    page.get_by_text(READY[name]).first.wait_for(timeout=5 * MINUTES)
    page.locator(".js-plotly-plot").first.wait_for(timeout=3 * MINUTES)
    stop_button(page).wait_for(state="detached", timeout=5 * MINUTES)  # what runs would draw them anew
    at_rest(page)


def open_layers(page: Any, app_url: str) -> None:
    page.goto(f"{app_url}/layers?model=bundled", timeout=3 * MINUTES)
    page.get_by_role("button", name="Measure the layers").wait_for(timeout=3 * MINUTES)
    number(page, re.compile("^How many"), 3, address="limit")
    page.get_by_role("button", name="Measure the layers").click()
    page.get_by_text(re.compile("of the same norms after (none|[0-9]+)$")).first.wait_for(timeout=5 * MINUTES)


def open_evaluate(page: Any, app_url: str) -> None:
    page.goto(f"{app_url}/evaluate?model=bundled", timeout=3 * MINUTES)
    page.get_by_role("button", name=re.compile("^Ask ")).wait_for(timeout=3 * MINUTES)
    number(page, "How many", 4, address="n")
    page.get_by_role("button", name="Ask 4 problems").click()
    page.locator(".js-plotly-plot").nth(1).wait_for(timeout=5 * MINUTES)


@pytest.mark.parametrize("opened", [open_layers, open_evaluate])
def test_results_on_the_page_stay_readable_in_the_other_theme(page, app_url, opened):
    page.emulate_media(color_scheme="light")
    opened(page, app_url)
    stop_button(page).wait_for(state="detached")
    at_rest(page)
    readable(page, at_least=5)
    made = page.evaluate(IDS)
    choose_theme(page, "Dark")
    readable(page, at_least=5)
    choose_theme(page, "Light")
    readable(page, at_least=5)
    assert page.evaluate(IDS) == made


@pytest.mark.parametrize("name", list(READY))
def test_every_word_of_every_chart_is_readable_after_each_change_of_theme(page, app_url, name):
    page.emulate_media(color_scheme="light")
    open_charts(page, app_url, name)
    await_shade(page, dark=False)
    readable(page, at_least=3)
    made = page.evaluate(IDS)
    page.emulate_media(color_scheme="dark")  # the browser's own setting, which the theme "System" follows
    await_shade(page, dark=True)
    readable(page, at_least=3)
    choose_theme(page, "Light")
    readable(page, at_least=3)
    choose_theme(page, "Dark")
    readable(page, at_least=3)
    assert page.evaluate(IDS) == made  # no chart was made anew


def test_a_page_opened_in_the_dark_is_readable_in_the_light(page, app_url):
    page.emulate_media(color_scheme="dark")
    open_charts(page, app_url, "frequency")
    await_shade(page, dark=True)
    readable(page, at_least=10)
    choose_theme(page, "Light")
    readable(page, at_least=10)


def test_zoom_and_hover_labels_live_through_a_change_of_theme(page, app_url):
    page.emulate_media(color_scheme="light")
    open_charts(page, app_url, "frequency")
    box = page.locator(DRAG).first.bounding_box()
    whole = page.evaluate(ZOOM)
    page.mouse.move(box["x"] + 0.3 * box["width"], box["y"] + 0.3 * box["height"])
    page.mouse.down()
    page.mouse.move(box["x"] + 0.7 * box["width"], box["y"] + 0.7 * box["height"], steps=8)
    page.mouse.up()
    page.wait_for_function(f"Math.abs({ZOOM}[0] - {whole[0]}) > 1e-6")
    zoomed = page.evaluate(ZOOM)
    choose_theme(page, "Dark")
    readable(page, at_least=10)
    assert page.evaluate(ZOOM) == pytest.approx(zoomed)
    box = page.locator(DRAG).first.bounding_box()
    end = time.monotonic() + 60
    for share in itertools.cycle((0.2, 0.35, 0.5, 0.65, 0.8)):
        page.mouse.move(box["x"] + share * box["width"], box["y"] + 0.5 * box["height"], steps=4)
        page.evaluate("new Promise(requestAnimationFrame)")
        if page.locator(".hovertext").count():
            break
        assert time.monotonic() < end, "no point of the chart has a label"
    readable(page, at_least=10)
