"""Clicks that bring a token's neighbours apart, the way back, the wheel and two fingers, on the disk alone."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.browser.alone import open_alone

pytestmark = [pytest.mark.browser, pytest.mark.slow]
DISK = """() => { document.body.replaceChildren(document.createElement('div'));
  window.disk = new m.Disk(document.body.firstChild, scene, {bytes}); disk.control({neighbours: null}); }"""
LEFT, DOWN = np.array([-50, 0]), np.array([0, 20])
SETTLED = "() => disk.root.dataset.settled === 'yes'"
NEAR = """(row) => { const ten = m.nearestInDisk(scene, row, 10).at(-1), a = disk.sight.of(row), b = disk.sight.of(ten.row);
  return [Math.hypot(a.x - b.x, a.y - b.y), disk.state.zoom.scale, a.x - disk.sight.wide / 2, a.y - disk.sight.side / 2]; }"""


@pytest.fixture
def alone(page: Any) -> Any:
    """A blank page with a `disk` of 3,000 tokens."""
    open_alone(page, tuple(f" w{i}" for i in range(3000)))
    page.evaluate(DISK)
    page.wait_for_function(SETTLED)
    return page


def place(page: Any, row: int) -> tuple[float, float]:
    x, y = page.evaluate("(row) => { const at = disk.sight.of(row); return [at.x, at.y]; }", row)
    box = page.locator("canvas.over").bounding_box()
    return box["x"] + x, box["y"] + y


def test_a_click_brings_the_tenth_neighbour_100_pixels_away_and_back_undoes_it(alone):
    row = alone.evaluate(
        """() => [...disk.sight.X.keys()].find((i) => { const at = disk.sight.of(i);
          return disk.sight.S[i] > 0.01 && disk.sight.S[i] < 0.6 && disk.picks.at(at.x, at.y) === i; })"""
    )
    before = alone.evaluate("disk.sight.pointRadius")
    alone.mouse.click(*place(alone, row))
    alone.wait_for_function(f"() => disk.state.selected === {row} && disk.root.dataset.settled === 'yes'")
    away, scale, x, y = alone.evaluate(NEAR, row)
    assert np.hypot(x, y) < 1e-6 and 1 <= scale <= 60
    assert away == pytest.approx(100, abs=0.5) if 1 < scale < 60 else away >= 100
    assert alone.evaluate("disk.sight.pointRadius") >= before
    alone.keyboard.press("Backspace")
    alone.wait_for_function("() => disk.root.dataset.settled === 'yes' && disk.state.zoom.scale === 1")
    assert alone.evaluate("Math.hypot(disk.state.camera.br, disk.state.camera.bi)") < 1e-9


def test_everything_close_is_magnified_at_most_60_times_and_origin_ends_it(alone):
    for row in (5, 700, 2900):
        alone.evaluate("(row) => disk.motion.centre(row)", row)
        alone.wait_for_function(SETTLED)
        away, scale, *_ = alone.evaluate(NEAR, row)
        assert 1 <= scale <= 60 and (scale in (1, 60) or away == pytest.approx(100, abs=0.5))
    alone.evaluate("disk.root.focus()")
    alone.keyboard.press("0")
    alone.wait_for_function("() => disk.root.dataset.settled === 'yes' && disk.state.zoom.scale === 1")


def test_the_wheel_magnifies_what_is_under_the_cursor(alone):
    row = 1200
    alone.evaluate("disk.root.focus()")
    before = np.array(place(alone, row))
    at = np.round(before)  # a wheel tells whole pixels
    alone.mouse.move(*at)
    alone.mouse.wheel(0, -400)
    alone.wait_for_function("() => disk.state.zoom.scale > 1.5 && disk.root.dataset.settled === 'yes'")
    expected = at + alone.evaluate("disk.state.zoom.scale") * (before - at)
    assert np.hypot(*(np.array(place(alone, row)) - expected)) < 0.01


def test_two_fingers_magnify_and_move_the_picture_and_drag_nothing(alone):
    box = alone.locator("canvas.over").bounding_box()
    middle = np.array([box["x"] + box["width"] / 2, box["y"] + box["height"] / 2])
    session = alone.context.new_cdp_session(alone)

    def touch(kind: str, *places: Any) -> None:
        points = [{"x": float(x), "y": float(y), "id": k} for k, (x, y) in enumerate(places)]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    camera = alone.evaluate("disk.memory.camera()")
    touch("touchStart", middle + LEFT)
    touch("touchStart", middle + LEFT, middle - LEFT)
    touch("touchMove", middle + 3 * LEFT, middle - 3 * LEFT)
    touch("touchMove", middle + 3 * LEFT + DOWN, middle - 3 * LEFT + DOWN)
    touch("touchEnd")
    alone.wait_for_function("() => !disk.state.holding && disk.root.dataset.settled === 'yes'")
    zoom = alone.evaluate("disk.state.zoom")
    assert zoom["scale"] == pytest.approx(3, rel=0.01) and zoom["y"] == pytest.approx(20, abs=0.5) and abs(zoom["x"]) < 0.5
    assert alone.evaluate("disk.memory.camera()") == camera and alone.evaluate("disk.state.selected") is None


def test_words_are_chosen_anew_by_a_magnifier_that_stands_and_not_in_every_frame_of_a_glide(alone):
    moving, still = alone.evaluate(
        """() => {
          const asked = (change) => {
            disk.stage.draw(performance.now());
            disk.store.change(change);
            return disk.stage.relabel;
          };
          disk.store.change({gliding: m.identity()});
          const moving = asked({zoom: {scale: 2, x: 0, y: 0}});
          disk.store.change({gliding: null});
          return [moving, asked({zoom: {scale: 3, x: 0, y: 0}})];
        }"""
    )
    assert (moving, still) == (False, True)
