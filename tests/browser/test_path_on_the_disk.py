"""A text followed through the layers in a real browser: asked for, scrubbed, played, and taken home."""

from __future__ import annotations

import csv
import re
from pathlib import Path
from typing import Any

import pytest

from tests.browser.test_disk_in_the_browser import DISK, DRAWN, MINUTES, settle

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def followed(page: Any, app_url: str) -> Any:
    """The Disk page of the bundled model with a text pinned and followed."""
    page.goto(f"{app_url}/disk?model=bundled&pin=Tom%20has%203%20red%20apples", timeout=3 * MINUTES)
    page.wait_for_function(f"{DRAWN} && {DISK}.state.pinned.length > 0", timeout=3 * MINUTES)
    page.get_by_role("button", name="Path", exact=True).click()
    page.wait_for_function(f"{DISK}.state.path !== null", timeout=3 * MINUTES)
    settle(page)
    return page


def test_it_ends_at_the_last_layer_and_a_slider_and_the_table_go_to_others(followed):
    page = followed
    assert "path=logit" in page.url
    pieces = page.evaluate(f"{DISK}.pins.list.querySelector('p').textContent")
    assert pieces.replace("␣", "").replace(" ", "") == "Tomhas3redapples"  # no piece is cut
    last = page.evaluate(f"{DISK}.state.path.rows.length - 1")
    assert page.evaluate(f"{DISK}.state.step") == last == 6
    slider = page.get_by_role("slider", name="Layer", exact=True)
    slider.focus()
    slider.press("ArrowLeft")
    assert page.evaluate(f"{DISK}.state.step") == last - 1 and slider.get_attribute("aria-valuetext") == f"layer {last - 1} of {last}"
    page.locator(".layers tbody tr").nth(2).click()
    assert page.evaluate(f"{DISK}.state.step") == 2 and page.locator(".layers tr.here td").first.inner_text() == "2"
    settle(page)
    assert page.evaluate(f"new Set({DISK}.state.path.rows).size <= {DISK}.names.first().length")


def test_every_station_has_its_word_with_its_layers_and_no_word_twice(followed):
    page = followed
    seen = page.evaluate(
        f"""(() => {{
          const d = {DISK}, found = [];
          for (let step = 0; step < d.state.path.rows.length; step++) {{
            d.path.player.go(step);
            d.stage.draw(performance.now());
            d.names.choose();
            const stations = d.trail.stations(d.overlay.pen());
            const boxes = stations.map((one) => one.box);
            const over = boxes.some((a, i) => boxes.some((b, k) => k < i && a[0] < b[2] && a[2] > b[0] && a[1] < b[3] && a[3] > b[1]));
            const twice = d.names.chosen.filter((row) => d.state.path.rows.includes(row)).length;
            found.push({{ rows: stations.map((one) => one.row), texts: stations.map((one) => one.text), over, twice }});
          }}
          return found;
        }})()"""
    )
    rows = page.evaluate(f"{DISK}.state.path.rows")
    words = page.evaluate(f"Object.fromEntries({DISK}.state.path.rows.map((row) => [row, {DISK}.scene.text(row)]))")
    for one in seen:
        assert set(one["rows"]) == set(rows) and not one["over"] and not one["twice"]
        assert all(words[str(row)].strip() in text and text[0].isdigit() for row, text in zip(one["rows"], one["texts"], strict=True))


def test_it_plays_to_the_end_gliding_and_stops_there(followed):
    page = followed
    page.evaluate(f"{DISK}.path.player.go(0)")
    seen = page.evaluate(
        f"""new Promise((done) => {{
          const steps = [];
          {DISK}.store.watch(['step'], () => {{ const s = {DISK}.state.step; steps.push(s); if (s === 6) done(steps); }});
          {DISK}.root.focus();
          {DISK}.path.player.toggle();
        }})"""
    )
    assert seen == sorted(seen) and any(step % 1 for step in seen)
    page.wait_for_function(f"!{DISK}.path.player.isPlaying && {DISK}.state.step === 6")


def test_where_motion_is_to_be_reduced_it_jumps(followed):
    page = followed
    page.emulate_media(reduced_motion="reduce")
    page.evaluate(f"{DISK}.path.player.go(4)")
    page.evaluate(f"{DISK}.root.focus()")
    page.evaluate(f"globalThis.steps = []; {DISK}.store.watch(['step'], () => steps.push({DISK}.state.step))")
    page.keyboard.press("p")
    page.wait_for_function(f"{DISK}.state.step === 6 && !{DISK}.path.player.isPlaying")
    assert page.evaluate("steps.every(Number.isInteger)")


def test_another_token_and_the_other_lens_are_asked_and_it_is_let_go(followed):
    page = followed
    page.get_by_role("combobox", name="How a layer is read").select_option("cosine")
    page.wait_for_function(f"{DISK}.state.path?.lens === 'cosine'", timeout=MINUTES)
    page.get_by_role("combobox", name="Token to follow").select_option("1")
    page.wait_for_url(re.compile(r"path=cosine(,|%2C)1"))
    page.wait_for_function(f"{DISK}.path.message?.asked === 'cosine,1' && {DISK}.state.path !== null", timeout=MINUTES)
    page.get_by_role("button", name="Path", exact=True).click()
    page.wait_for_url(lambda url: "path=" not in url)
    page.wait_for_function(f"{DISK}.state.path === null")


def test_it_and_its_controls_go_with_the_text(followed):
    page = followed
    page.get_by_role("searchbox", name="Tokenise a text and pin its tokens").press("Escape")
    page.wait_for_url(lambda url: "path=" not in url and "pin=" not in url)
    settle(page)
    assert page.evaluate(f"{DISK}.state.path === null && {DISK}.path.message === null")
    assert not page.get_by_role("button", name="Path", exact=True).is_visible()
    assert not page.get_by_role("combobox", name="Token to follow").is_visible()


def test_its_numbers_and_a_page_that_plays_it_are_taken_home(followed, tmp_path):
    page = followed
    with page.expect_download() as taken:
        page.get_by_test_id("stDownloadButton").filter(has_text="Path data").get_by_role("button").click()
    rows = list(csv.DictReader(Path(taken.value.path()).read_text(encoding="utf-8").splitlines()))
    assert len(rows) == 7 * 10 and {"layer", "place", "token_id", "text", "probability", "rho", "theta"} <= rows[0].keys()
    page.evaluate(f"{DISK}.path.player.go(3)")
    for name in ("HTML", "Page"):
        with page.expect_download() as taken:
            page.get_by_role("button", name=name, exact=True).click()
        home = tmp_path / f"{name}.html"
        taken.value.save_as(home)
        other = page.context.browser.new_context(offline=True).new_page()
        other.goto(home.as_uri())
        other.wait_for_selector(".hv[data-settled=yes]")
        slider = other.get_by_role("slider", name="Layer", exact=True)
        assert slider.input_value() == ("3" if name == "HTML" else "6")
        assert other.locator(".layers tbody tr").count() == 7
        other.context.close()
