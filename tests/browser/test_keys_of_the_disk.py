"""The keys of the disk with the focus anywhere in the component: heard from buttons, legend and lists, left to boxes that need them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.browser.alone import open_alone

pytestmark = [pytest.mark.browser, pytest.mark.slow]
COMPONENT = """() => {
  const host = document.createElement('div');
  document.body.replaceChildren(host);
  const root = host.attachShadow({mode: 'open'}).appendChild(document.createElement('div'));
  root.style.width = '1100px';
  window.outside = [];
  document.addEventListener('keydown', (event) => window.outside.push(event.key));
  window.disk = new m.Disk(root, scene, {bytes, colour: 'kind', menu: true, send: () => undefined});
  disk.filled = 0;
  disk.home.fill = () => (disk.filled += 1);
}"""


@pytest.fixture
def disk(page: Any) -> Any:
    """The component alone, in a shadow tree as Streamlit mounts it, with 400 tokens."""
    open_alone(page, tuple(f" w{i}" for i in range(400)))
    page.evaluate(COMPONENT)
    return page


def focused(page: Any) -> str:
    return str(page.evaluate("m.focusedIn(disk.root) === disk.root ? 'disk' : (m.focusedIn(disk.root)?.textContent || 'nothing')"))


PLACES = {
    "a button": "disk.selection.button",
    "the legend": "disk.legend.element.querySelector('button')",
    "the list of keys": "disk.keyboard.help.querySelector('summary')",
    "the disk": "disk.root",
}


@pytest.mark.parametrize("place", list(PLACES))
def test_keys_are_heard_wherever_the_focus_is(disk, place):
    page = disk
    focus = f"{PLACES[place]}.focus()"
    page.evaluate(focus)
    page.keyboard.press("ArrowRight")
    assert page.evaluate("disk.state.selected") is not None
    page.evaluate(focus)
    page.keyboard.press("f")
    page.keyboard.press("Shift+F")
    assert page.evaluate("disk.filled") == 2
    page.evaluate("disk.motion.centre(7)")
    page.wait_for_function("!disk.state.gliding")
    away = "Math.hypot(disk.state.camera.br, disk.state.camera.bi)"
    assert page.evaluate(away) > 0.01
    page.evaluate(focus)
    page.keyboard.press("0")
    page.wait_for_function(f"!disk.state.gliding && {away} < 1e-9")
    page.keyboard.press("Backspace")
    page.wait_for_function(f"!disk.state.gliding && {away} > 0.01")
    page.evaluate(focus)
    page.keyboard.press("Escape")
    assert page.evaluate("disk.state.selected") is None
    page.evaluate(focus)
    page.keyboard.press("/")
    assert page.evaluate("m.focusedIn(disk.root) === disk.search.box")
    assert page.evaluate("outside") == ["Shift"] or page.evaluate("outside") == []  # nothing reached Streamlit's own keys


def test_enter_presses_what_has_the_focus_and_centres_otherwise(disk):
    page = disk
    page.evaluate("disk.picks.choose(9, false); disk.selection.button.focus()")
    page.keyboard.press("Enter")
    assert page.evaluate("disk.state.lassoing") and page.evaluate("Math.hypot(disk.state.camera.br, disk.state.camera.bi)") < 1e-9
    page.evaluate("disk.root.focus()")
    page.keyboard.press("Enter")
    page.wait_for_function("!disk.state.gliding && Math.hypot(disk.state.camera.br, disk.state.camera.bi) > 0.01")


def test_text_boxes_and_selects_keep_their_keys(disk):
    page = disk
    for box in ("disk.search.box", "disk.pins.box"):
        page.evaluate(f"{box}.focus()")
        page.keyboard.type("f/0n?")
        page.keyboard.press("ArrowLeft")
        page.keyboard.press("Backspace")
        assert page.evaluate(f"{box}.value") == "f/0?"
    page.evaluate("disk.motion.viewSelect.focus()")
    page.keyboard.press("ArrowDown")
    assert page.evaluate("disk.motion.viewSelect.value") == "klein" and page.evaluate("disk.state.view") == "klein"
    page.keyboard.press("p")  # the choice by its first letter
    assert page.evaluate("disk.motion.viewSelect.value") == "poincare"
    page.keyboard.press("f")
    assert page.evaluate("disk.filled") == 0 and page.evaluate("disk.state.selected") is None
    page.keyboard.press("/")
    assert page.evaluate("m.focusedIn(disk.root) === disk.search.box")


def test_the_focus_stays_in_the_component_when_its_button_goes(disk):
    page = disk
    page.evaluate("disk.selection.set([0, 1])")
    page.get_by_role("button", name="Clear", exact=True).click()
    assert focused(page) == "disk"
    page.keyboard.press("ArrowRight")
    assert page.evaluate("disk.state.selected") is not None
    page.evaluate("disk.motion.centre(7)")
    page.wait_for_function("!disk.state.gliding && !disk.stage.frame")
    page.get_by_role("button", name="←").click()  # the last step back switches the button off
    page.wait_for_function("!disk.state.gliding && !disk.stage.frame && disk.motion.backButton.disabled")
    assert focused(page) == "disk"
    page.keyboard.press("Escape")
    assert page.evaluate("disk.state.selected") is None


@pytest.mark.parametrize("waits", [False, True])
def test_the_search_is_reached_from_the_origin_button(disk, waits):
    disk.evaluate("disk.motion.centre(7)")
    disk.get_by_role("button", name="Origin").click()
    if waits:
        disk.wait_for_function("!disk.state.gliding")
    disk.keyboard.press("/")
    disk.keyboard.type("w7")
    assert disk.evaluate("[m.focusedIn(disk.root) === disk.search.box, disk.search.box.value]") == [True, "w7"]
