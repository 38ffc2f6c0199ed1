"""Names of groups in the picture: two levels, none over another, clicked and reached by keys, there and back again."""

from __future__ import annotations

from itertools import combinations, pairwise
from typing import Any

import numpy as np
import pytest

from hypviz.records.disk_scene import SceneColour
from hypviz.records.disk_view import DiskColour, Group, WideGroup
from tests.browser.alone import open_alone

pytestmark = [pytest.mark.browser, pytest.mark.slow]
N, SECTORS, WIDE = 6000, 20, 5
SETTLED = "() => disk.root.dataset.settled === 'yes'"
OPEN = """() => {
  const root = document.createElement('div');
  root.style.width = '1100px';
  document.body.replaceChildren(root);
  window.disk = new m.Disk(root, scene, {bytes, colour: 'region', menu: true});
  disk.control({neighbours: null});
  window.labels = () => disk.plates.placed.map(({label}) => label).sort();
  window.clientOf = (x, y) => {
    const box = disk.stage.over.getBoundingClientRect();
    return [box.left + x, box.top + y];
  };
  window.middleOf = (label) => {
    const {x, y} = disk.plates.placed.find((place) => place.label === label);
    return clientOf(x, y);
  };
}"""


def sectors() -> dict[str, Any]:
    """Tokens in 20 sectors of the disk, four of them to each of five wide ones, all with a name and a middle."""
    rng = np.random.default_rng(0)
    code = rng.integers(0, SECTORS, N)
    rho = 4.0 * np.sqrt(rng.uniform(size=N))
    theta = 2.0 * np.pi * (code + rng.uniform(size=N)) / SECTORS
    z = np.tanh(rho / 2.0) * np.exp(1j * theta)

    def middle(rows: np.ndarray) -> int:
        return int(rows[np.argmin(np.abs(z[rows] - z[rows].mean()))])

    ordered = np.arange(SECTORS)
    groups = tuple(Group(name=f"g{k}", label=f"group {k}", colour="#0072B2", shape="circle") for k in ordered)
    wide = tuple(
        WideGroup(label=f"wide {w}", colour="#E69F00", middle=middle(np.flatnonzero(code // 4 == w)), codes=tuple(range(4 * w, 4 * w + 4)))
        for w in range(WIDE)
    )
    middles = tuple(middle(np.flatnonzero(code == k)) for k in ordered)
    region = DiskColour(label="region", values=code.astype(float), groups=groups, middles=middles, on_middles=True, wide=wide)
    norms = DiskColour(label="norm", values=np.linspace(1.0, 2.0, N), stops=((0.0, "#000000"), (1.0, "#ffffff")))
    colours = (("region", region), ("norm", norms))
    return {"rho": rho, "theta": theta, "colours": tuple(SceneColour(name=n, label=n, help="", colour=c) for n, c in colours)}


@pytest.fixture
def alone(page: Any) -> Any:
    """A blank page with a `disk` of named groups."""
    open_alone(page, tuple(f" w{i}" for i in range(N)), **sectors())
    page.evaluate(OPEN)
    page.wait_for_function(SETTLED)
    return page


def no_two_cover_each_other(page: Any) -> bool:
    boxes = page.evaluate("disk.plates.placed.map(({box}) => box)")
    words = page.evaluate("disk.names.placed(disk.plates.placed).map(({x, y, row}) => [x, y])")
    apart = all(a[0] >= b[2] or b[0] >= a[2] or a[1] >= b[3] or b[1] >= a[3] for a, b in combinations(boxes, 2))
    return apart and not any(box[0] < x < box[2] and box[1] < y - 4 < box[3] for x, y in words for box in boxes)


def test_the_whole_disk_has_the_wide_names_and_a_magnified_one_those_in_sight(alone):
    assert alone.evaluate("labels()") == [f"wide {w}" for w in range(WIDE)] and no_two_cover_each_other(alone)
    alone.evaluate("disk.motion.magnify(3)")
    alone.wait_for_function(SETTLED)
    found = alone.evaluate("labels()")
    assert found and all(label.startswith("group") for label in found) and no_two_cover_each_other(alone)
    alone.evaluate("disk.motion.home()")
    alone.wait_for_function(f"() => ({SETTLED})() && disk.state.zoom.scale === 1")
    assert alone.evaluate("labels()") == [f"wide {w}" for w in range(WIDE)]


def test_a_name_comes_and_goes_by_degrees_and_then_stands_still(alone):
    strengths = alone.evaluate(
        """async () => {
          const found = [], strength = (key) => disk.plates.strengths.get(key)?.strength ?? 0;
          disk.motion.magnify(3);
          for (let k = 0; k < 4; k++) {
            disk.stage.draw(disk.plates.drawnAt + 30);
            found.push([strength('0,1,2,3'), Math.max(...[...disk.plates.strengths.values()].map(({strength: s}) => s))]);
          }
          return found;
        }"""
    )
    going = [one for one, _ in strengths]
    assert all(a > b or a == b == 0 for a, b in pairwise(going)) and going[-1] < going[0]
    alone.wait_for_function(SETTLED)
    before = alone.evaluate("[disk.stage.frames, JSON.stringify(disk.plates.placed.map(({box}) => box))]")
    alone.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    assert alone.evaluate("disk.stage.frames") == before[0] and not alone.evaluate("disk.plates.isFading")
    alone.evaluate("disk.stage.dirty(true)")
    alone.wait_for_function(SETTLED)
    assert alone.evaluate("JSON.stringify(disk.plates.placed.map(({box}) => box))") == before[1]


def test_a_click_on_a_name_fills_the_picture_with_its_group_and_back_undoes_it(alone):
    alone.mouse.click(*alone.evaluate("middleOf('wide 2')"))
    alone.wait_for_function(f"() => ({SETTLED})() && disk.state.only !== null")
    assert alone.evaluate("disk.state.only") == [8, 9, 10, 11] and alone.evaluate("disk.state.selected") is None
    size = alone.evaluate(
        """() => {
          const {cx, cy} = {cx: disk.sight.wide / 2, cy: disk.sight.side / 2};
          const own = [...scene.rho.keys()].filter((i) => disk.state.onlyMask[i]);
          const away = own.map((i) => Math.hypot(disk.sight.of(i).x - cx, disk.sight.of(i).y - cy)).sort((a, b) => a - b);
          return away[Math.floor(0.84 * away.length)] / (disk.sight.side / 2);
        }"""
    )
    assert 0.6 < size <= 1.0
    assert "only wide 2" in alone.locator(".chips").inner_text()
    alone.keyboard.press("Backspace")
    alone.wait_for_function(f"() => ({SETTLED})() && disk.state.only === null")
    assert alone.evaluate("disk.state.zoom.scale") == 1 and alone.evaluate("m.offOrigin(disk.state.camera)") < 1e-9


def test_a_name_is_reached_by_tab_and_the_corner_shows_all_again(alone):
    button = alone.get_by_role("button", name="wide 1: ")
    button.focus()
    alone.keyboard.press("Enter")
    alone.wait_for_function(f"() => ({SETTLED})() && disk.state.only !== null")
    assert alone.evaluate("disk.state.only") == [4, 5, 6, 7]
    alone.locator(".chips button").click()
    alone.wait_for_function(f"() => ({SETTLED})() && disk.state.only === null")
    assert alone.evaluate("disk.chips.element.querySelector('button')") is None
    alone.evaluate("disk.legend.isolate([3])")
    alone.wait_for_function(SETTLED)
    assert alone.evaluate("labels()") in (["group 3"], [])  # its middle may lie out of sight
    alone.evaluate("disk.root.focus()")
    alone.keyboard.press("Escape")
    assert alone.evaluate("disk.state.only") is None


def test_names_make_room_for_a_selected_token_and_another_colour_forgets_what_was_alone(alone):
    alone.evaluate("disk.picks.choose(7, false)")
    alone.wait_for_function(SETTLED)
    assert alone.evaluate("labels()") and alone.locator(".names button").count() == len(alone.evaluate("labels()"))
    assert alone.evaluate(
        """() => disk.names.strongBoxes().length > 1
          && disk.plates.placed.every(({box}) => disk.names.strongBoxes().every((mark) => !m.overlap(box, mark.box, 0)))"""
    )
    alone.evaluate("disk.picks.choose(null, false)")
    alone.evaluate("disk.visits.to(disk.plates.names.wide[0])")
    alone.evaluate("disk.legend.recolour('norm')")
    alone.wait_for_function(SETTLED)
    assert alone.evaluate("[disk.state.only, disk.state.past.map(({only}) => only)]") == [None, [None]]
    assert alone.evaluate("labels()") == []


def test_a_line_around_tokens_is_let_go_where_the_picture_moves(alone):
    place = alone.evaluate("clientOf(disk.sight.wide / 2, disk.sight.side / 2)")
    alone.evaluate("disk.root.focus()")
    camera = alone.evaluate("disk.memory.camera()")
    alone.keyboard.down("Shift")
    alone.mouse.move(place[0] - 90, place[1] - 90)
    alone.mouse.down()
    alone.mouse.move(place[0] + 90, place[1] - 90)
    alone.mouse.wheel(0, -300)
    alone.keyboard.press("+")
    alone.keyboard.press("0")
    assert alone.evaluate("[disk.state.zoom.scale, disk.memory.camera()]") == [1, camera]
    alone.mouse.move(place[0], place[1] + 90)
    alone.mouse.up()
    chosen = alone.evaluate("disk.state.chosen.rows.length")
    assert chosen > 10
    alone.mouse.move(place[0] - 90, place[1] - 90)
    alone.mouse.down()
    alone.mouse.move(place[0] + 90, place[1] - 90)
    alone.evaluate("disk.motion.glide(m.toOrigin(1, 1))")  # as when the page names another token
    alone.wait_for_function("() => disk.state.lasso === null && !disk.pointer.isDrawing")
    alone.mouse.up()
    alone.keyboard.up("Shift")
    assert "line around tokens is gone" in alone.evaluate("disk.voice.element.textContent")
