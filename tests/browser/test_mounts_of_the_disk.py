"""The component mounted as Streamlit does it: drawn again without an end between, and taken away by what the last call gave."""

from __future__ import annotations

from typing import Any

import pytest

from tests.browser.alone import open_alone

pytestmark = [pytest.mark.browser, pytest.mark.slow]
PLACE = """globalThis.place = () => {
  const parent = document.createElement('div');
  parent.innerHTML = '<div class="hypviz-disk"></div>';
  document.body.append(parent);
  return { data: bytes, parentElement: parent, setTriggerValue() {} };
}"""
SPOT = "globalThis.hypvizDisks.get('k')"


@pytest.fixture
def alone(page: Any) -> Any:
    """A blank page with the module and a scene."""
    open_alone(page, tuple(f" w{i}" for i in range(9)))
    page.evaluate(PLACE)
    return page


def test_a_picture_that_was_drawn_twice_is_gone_when_it_is_taken_away(alone: Any) -> None:
    kept = alone.evaluate(
        f"""() => {{ const there = place(); m.default(there); const first = {SPOT}.disk;
          const end = m.default(there); const same = {SPOT}.disk === first; end();
          return [same, {SPOT}.disk === undefined, {SPOT}.left !== undefined]; }}"""
    )
    assert kept == [True, True, True]


def test_the_end_of_a_place_that_was_left_before_leaves_the_new_picture(alone: Any) -> None:
    assert alone.evaluate(
        f"""() => {{ const end = m.default(place()); const there = place(); m.default(there); end();
          return {SPOT}.disk?.root.isConnected && there.parentElement.contains({SPOT}.disk.root); }}"""
    )
