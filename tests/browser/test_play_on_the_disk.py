"""A vocabulary played from table to table in a real browser: every token on its geodesic, those that moved selected, and taken home."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from hypviz.geometry import polar_distance
from tests.browser.alone import open_alone
from tests.browser.test_disk_in_the_browser import DISK, DRAWN, MINUTES, settle

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def played(page: Any, app_url: str) -> Any:
    """The Disk page of the bundled model, 1,000 tokens of it taken through the layers and laid out."""
    page.goto(f"{app_url}/disk?model=bundled&beside=played&play=layers&stops=2&tokens=1000", timeout=3 * MINUTES)
    page.get_by_role("button", name="through the layers").click(timeout=3 * MINUTES)
    page.wait_for_function(f"{DRAWN} && {DISK}.scene.frames.length === 3", timeout=3 * MINUTES)
    settle(page)
    return page


def test_tokens_move_along_geodesics_and_those_that_moved_are_selected(played, tmp_path):
    page = played
    frames = page.evaluate(f"{DISK}.scene.frames.map((frame) => [[...frame.rho], [...frame.theta]])")
    page.evaluate(f"{DISK}.play.player.go(0.25)")
    rho, theta = np.array(page.evaluate(f"[[...{DISK}.scene.rho], [...{DISK}.scene.theta]]"))
    (rho_0, theta_0), (rho_1, theta_1) = np.array(frames[0]), np.array(frames[1])
    whole = polar_distance(rho_1, theta_1, to_rho=rho_0, to_theta=theta_0)
    np.testing.assert_allclose(polar_distance(rho, theta, to_rho=rho_0, to_theta=theta_0), whole / 4, atol=1e-6)
    np.testing.assert_allclose(polar_distance(rho, theta, to_rho=rho_1, to_theta=theta_1), whole * 3 / 4, atol=1e-6)
    slider = page.get_by_role("slider", name="Table")
    slider.fill("2")
    assert page.evaluate(f"{DISK}.state.frame") == 2 and slider.get_attribute("aria-valuetext") == "layer 6"
    page.get_by_role("button", name="Select those that moved").click()
    expected = page.evaluate(f"[...{DISK}.scene.frames[2].moved].reduce((a, b) => a + b, 0)")
    assert expected > 0 and page.evaluate(f"{DISK}.state.chosen.rows.length") == expected
    page.evaluate(f"{DISK}.root.focus()")
    page.evaluate(f"{DISK}.play.player.go(0)")
    page.keyboard.press("p")
    page.wait_for_function(f"{DISK}.state.frame === 2 && !{DISK}.play.player.isPlaying")

    page.evaluate(f"{DISK}.play.player.go(1)")
    with page.expect_download() as taken:
        page.get_by_role("button", name="HTML", exact=True).click()
    taken.value.save_as(tmp_path / "played.html")
    other = page.context.browser.new_context(offline=True).new_page()
    other.goto((tmp_path / "played.html").as_uri())
    other.wait_for_selector(".hv[data-settled=yes]")
    assert other.get_by_role("slider", name="Table").input_value() == "1"
    other.context.close()


def test_a_scene_that_is_not_played_has_no_player(page):
    open_alone(page, tuple(f" w{i}" for i in range(9)))
    page.evaluate(
        "document.body.replaceChildren(document.createElement('div')); globalThis.d = new m.Disk(document.body.firstChild, scene, {bytes});"
    )
    assert page.evaluate("d.play.player === null && d.play.element.childElementCount === 0")
