"""The disk in Firefox: drawn, clicked, dragged, magnified at the cursor and searched, as in Chromium."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator

import numpy as np
import pytest

from hypviz.geometry import polar_distance
from tests.browser.firefox import FirefoxPage, firefox

pytestmark = [pytest.mark.browser, pytest.mark.slow]
FIREFOX = shutil.which("firefox-esr") or shutil.which("firefox")
DISK = "[...(globalThis.hypvizDisks ?? new Map()).values()].find((spot) => spot.disk).disk"
SETTLED = f"{DISK}.root.dataset.settled === 'yes'"
PLACE = f"""(() => {{ const disk = {DISK}; const box = disk.stage.over.getBoundingClientRect();
  const {{ cx, cy, scale }} = disk.sight.place(); return [box.left, box.top, cx, cy, scale]; }})()"""


@pytest.fixture(scope="module")
def opened(app_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FirefoxPage]:
    """The Disk page of the bundled model, drawn."""
    if FIREFOX is None:
        reason = "no Firefox on this machine; install the package firefox-esr"
        if os.environ.get("HYPVIZ_REQUIRE_BROWSER"):
            pytest.fail(reason)
        pytest.skip(reason)
    with firefox(FIREFOX, tmp_path_factory.mktemp("profile")) as page:
        page.resize(1280, 900)
        page.goto(f"{app_url}/disk?model=bundled")
        page.wait_for("[...(globalThis.hypvizDisks ?? new Map()).values()].some((spot) => spot.disk?.stage.frames > 1)")
        page.wait_for(SETTLED)
        yield page


def seen(page: FirefoxPage, row: int) -> tuple[float, float]:
    """Where a token stands in the window."""
    left, top, *_ = page.evaluate(PLACE)
    x, y = page.evaluate(f"[{DISK}.sight.of({row}).x, {DISK}.sight.of({row}).y]")
    return left + x, top + y


def test_every_token_is_drawn(opened: FirefoxPage) -> None:
    assert 3900 < opened.evaluate(f"{DISK}.scene.n") < 4096  # without those never trained
    dark = f"""(() => {{ const copy = {DISK}.points.flat();
      const pixels = copy.getContext('2d').getImageData(0, 0, copy.width, copy.height).data; let n = 0;
      for (let k = 3; k < pixels.length; k += 4) n += pixels[k] > 60; return n / (pixels.length / 4); }})()"""
    assert opened.evaluate(dark) > 0.05


def test_a_click_brings_a_token_to_the_middle_with_its_neighbours(opened: FirefoxPage) -> None:
    bare = f"""(() => {{ const d = {DISK}; return [...d.sight.X.keys()].find((row) => {{ const {{ x, y }} = d.sight.of(row);
      return d.sight.S[row] < 0.6 && d.plates.at(x, y) === null && d.picks.at(x, y) === row; }}); }})()"""
    opened.click(*seen(opened, opened.evaluate(bare)))
    opened.wait_for(f"{DISK}.state.selected !== null && {DISK}.state.answers.has({DISK}.state.selected) && {SETTLED}")
    row = opened.evaluate(f"{DISK}.state.selected")
    left, top, x, y, _ = opened.evaluate(PLACE)
    assert seen(opened, row) == pytest.approx((left + x, top + y), abs=1.0)
    opened.wait_for(f"location.search.includes('token=' + {DISK}.scene.id[{row}])")


def test_a_drag_is_an_isometry(opened: FirefoxPage) -> None:
    opened.evaluate(f"{DISK}.motion.home()")
    opened.wait_for(SETTLED)
    left, top, x, y, size = opened.evaluate(PLACE)
    before = opened.evaluate(f"JSON.stringify({DISK}.state.camera)")
    opened.drag((left + x, top + y), (left + x + size / 3, top + y - size / 5))
    opened.wait_for(f"{SETTLED} && JSON.stringify({DISK}.state.camera) !== {before!r}")
    rho, theta = (np.array(opened.evaluate(f"Array.from({DISK}.scene.{name}.slice(0, 50))")) for name in ("rho", "theta"))
    seen_at = f"Array.from({{length: 50}}, (_, k) => {DISK}.sight.seen(k)).map(({{c, u, v}}) => [u / c, v / c])"
    u, v = np.array(opened.evaluate(seen_at)).T
    z = u + 1j * v
    apart = 2 * np.arctanh(np.abs((z[:-1] - z[1:]) / (1 - np.conj(z[:-1]) * z[1:])))
    assert apart == pytest.approx(polar_distance(rho[:-1], theta[:-1], to_rho=rho[1:], to_theta=theta[1:]), rel=1e-4)


def test_the_wheel_magnifies_at_the_cursor(opened: FirefoxPage) -> None:
    opened.evaluate(f"{DISK}.motion.home()")
    opened.wait_for(SETTLED)
    before = seen(opened, 40)
    opened.wheel(*before, 240)
    opened.wait_for(f"{DISK}.state.zoom.scale > 1.2 && {SETTLED}")
    assert seen(opened, 40) == pytest.approx(before, abs=2.0)


def test_the_slash_searches(opened: FirefoxPage) -> None:
    opened.evaluate(f"{DISK}.root.focus()")
    opened.type("/")
    opened.wait_for(f"{DISK}.root.getRootNode().activeElement === {DISK}.search.box")
    opened.type("cows\ue007")
    opened.wait_for(f"{DISK}.state.selected !== null && {DISK}.scene.text({DISK}.state.selected).includes('cow')")
