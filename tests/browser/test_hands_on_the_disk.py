"""The component alone under the mouse and the keys: what is hit, held, enclosed and shown, and how wide long texts make it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.browser.alone import open_alone

pytestmark = [pytest.mark.browser, pytest.mark.slow]
LONG = "x" * 10_000
COMPONENT = """() => {
  const root = document.createElement('div');
  root.style.width = '1100px';
  document.body.replaceChildren(root);
  window.disk = new m.Disk(root, scene, {bytes, colour: 'kind', menu: true, send: () => undefined});
  disk.control({neighbours: null});
  window.clientOf = (x, y) => {
    const box = disk.stage.over.getBoundingClientRect();
    return [box.left + x, box.top + y];
  };
}"""


@pytest.fixture
def disk(page: Any) -> Any:
    """The component alone with 400 tokens up to rho = 20, the sixth of them of 10,000 characters."""
    open_alone(page, tuple(LONG if i == 5 else f" w{i}" for i in range(400)))
    page.evaluate(COMPONENT)
    page.wait_for_function("disk.stage.frames > 0")
    return page


@pytest.mark.parametrize("view", ["poincare", "klein", "native"])
def test_the_held_point_is_under_the_pointer_after_one_long_jump(disk, view):
    start, end = disk.evaluate(
        """(view) => {
          disk.motion.setView(view);
          const {cx, cy, scale} = disk.sight.place();
          window.from = [cx - 0.7 * scale, cy], window.to = [cx + 0.15 * scale, cy + 0.2 * scale];
          window.held = m.move(m.inverse(disk.state.camera), disk.sight.under(...from));
          return [clientOf(...from), clientOf(...to)];
        }""",
        view,
    )
    disk.mouse.move(*start)
    disk.mouse.down()
    disk.mouse.move(*end)
    off, adrift = disk.evaluate(
        """() => {
          const seen = disk.sight.at(m.move(disk.state.camera, held));
          return [Math.hypot(seen.x - to[0], seen.y - to[1]), disk.state.adrift];
        }"""
    )
    disk.mouse.up()
    assert off < 0.5 and not adrift


def test_a_far_token_that_was_clicked_ends_in_the_middle(disk):
    """From the other end of the plane, in one glide after another."""
    off = disk.evaluate(
        """async () => {
          const far = Array.from({length: scene.n}, (_, i) => i).sort((a, b) => scene.rho[b] - scene.rho[a]).slice(0, 6);
          let worst = 0;
          for (const row of [...far, ...far.toReversed()]) {
            disk.motion.centre(row, false);
            while (disk.state.gliding) await new Promise(requestAnimationFrame);
            disk.stage.draw(performance.now());
            const {x, y} = disk.sight.of(row), {cx, cy} = disk.sight.place();
            worst = Math.max(worst, Math.hypot(x - cx, y - cy));
          }
          return worst;
        }"""
    )
    assert off < 0.01


def test_the_word_of_a_token_is_that_token_under_the_pointer(disk):
    disk.evaluate("disk.picks.choose(12, false)")
    disk.wait_for_function("disk.root.dataset.settled === 'yes'")
    words, others = disk.evaluate(
        """() => {
          const middles = disk.names.drawn.map(({row, box}) => [row, (box[0] + box[2]) / 2, (box[1] + box[3]) / 2]);
          const others = middles.filter(([row, x, y]) => disk.picks.markAt(x, y) !== row);
          return [middles.every(([row, x, y]) => disk.picks.at(x, y) === row) ? middles.length : 0, others];
        }"""
    )
    assert words > 20 and others  # and by their marks alone some would be other tokens
    row, x, y = others[-1]
    disk.mouse.move(*disk.evaluate("([x, y]) => clientOf(x, y)", [x, y]))
    assert disk.evaluate("disk.card.hovered") == row
    disk.mouse.down()
    disk.mouse.up()
    assert disk.evaluate("[disk.state.selected, disk.card.hovered]") == [row, None]


def test_what_was_measured_is_let_go_by_clear_until_other_tokens_are_named(disk):
    def boxed() -> list[int]:
        return disk.evaluate("disk.state.four")

    four, others = [3, 7, 20, 30], [3, 7, 20, 31]
    ids = disk.evaluate("([a, b]) => [a, b].map((rows) => rows.map((row) => scene.id[row]))", [four, others])
    disk.evaluate("(four) => disk.control({neighbours: null, four})", ids[0])
    disk.wait_for_function("disk.root.dataset.settled === 'yes'")
    assert boxed() == four and "delta" in disk.locator(".chips").inner_text()
    disk.evaluate("disk.picks.clear()")
    disk.evaluate("(four) => disk.control({neighbours: null, four})", ids[0])
    disk.wait_for_function("!disk.chips.element.textContent.includes('delta')")
    assert boxed() == []
    disk.evaluate("(four) => disk.control({neighbours: null, four})", ids[1])
    assert boxed() == others


def test_what_the_legend_hides_is_not_under_the_pointer_and_comes_back_when_it_is_chosen(disk):
    hits, walked, only, said = disk.evaluate(
        """() => {
          const kind = disk.state.paint.value, [item] = disk.state.paint.items;
          disk.legend.isolate([item.code]);
          const hits = Array.from({length: scene.n}, (_, row) => {
            const {x, y} = disk.sight.of(row);
            return disk.picks.at(x, y);
          });
          const walked = [];
          for (let k = 0; k < 12; k++) {
            disk.picks.walk(k);
            walked.push(kind[disk.state.selected] === item.code);
          }
          const shown = hits.every((row) => row === null || kind[row] === item.code);
          const hidden = kind.findIndex((code) => code !== item.code);
          disk.search.take(hidden);
          return [shown && hits.some((row) => row !== null), walked, disk.state.only, disk.voice.element.textContent];
        }"""
    )
    assert hits and all(walked) and only is None and "all groups are shown again" in said


def test_a_token_of_ten_thousand_characters_does_not_widen_the_page(disk):
    wide, whole, texts = disk.evaluate(
        """() => {
          const answer = {id: scene.id[5], nearest: [scene.id[5], scene.id[6]], cosine: [1, .5], kept: [true, false]};
          disk.control({neighbours: answer, pins: {ids: [scene.id[5]], pieces: [scene.text(5)], near: [[scene.id[5]]], left: 0, text: ''}});
          disk.picks.choose(5, false);
          disk.selection.set([5, 6]);
          disk.card.show(5, {x: 10, y: 10});
          disk.search.box.value = 'xxx';
          disk.search.suggest();
          disk.stage.draw(performance.now());
          const texts = [...disk.root.querySelectorAll('td, li, b, h4, .card, .pinned, .live')].map((one) => one.textContent.length);
          const boxes = [document.documentElement, disk.root, ...disk.root.querySelectorAll('.panel, .about, .picked')];
          const wide = boxes.map((one) => one.scrollWidth - one.clientWidth);
          return [Math.max(...wide), m.csv(scene, [5]).includes(scene.text(5)), Math.max(...texts)];
        }"""
    )
    assert wide <= 0 and whole and texts < 600


def test_a_lasso_ends_a_glide_and_takes_what_its_line_encloses(disk):
    middle = disk.evaluate("() => { const {cx, cy} = disk.sight.place(); return clientOf(cx, cy); }")
    disk.evaluate("disk.motion.glide(m.toOrigin(15, 1))")
    disk.wait_for_function("m.offOrigin(disk.state.camera) > 0.5")
    disk.keyboard.down("Shift")
    disk.mouse.move(middle[0] - 200, middle[1] - 200)
    disk.mouse.down()
    assert disk.evaluate("disk.state.gliding === null && m.offOrigin(disk.state.camera) < 15")
    before = disk.evaluate("disk.memory.camera()")
    for x, y in ((200, -200), (200, 200), (-200, 200)):
        disk.mouse.move(middle[0] + x, middle[1] + y, steps=5)
    disk.mouse.up()
    disk.keyboard.up("Shift")
    same, chosen, expected = disk.evaluate(
        """(before) => {
          disk.stage.draw(performance.now());
          const {cx, cy} = disk.sight.place(), rows = Array.from({length: scene.n}, (_, row) => row);
          const inside = rows.filter((row) => Math.max(Math.abs(disk.sight.of(row).x - cx), Math.abs(disk.sight.of(row).y - cy)) < 199);
          return [disk.memory.camera() === before, disk.state.chosen?.rows ?? [], inside];
        }""",
        before,
    )
    assert same and set(expected) <= set(chosen)


def test_no_step_back_is_forgotten(disk):
    steps = disk.evaluate(
        """() => {
          for (let k = 0; k < 500; k++) disk.motion.centre(k % scene.n, false);
          const most = disk.state.past.length;
          for (let k = 0; k < 500; k++) disk.motion.back();
          return [most, disk.state.past.length, m.offOrigin(disk.state.gliding ?? disk.state.camera)];
        }"""
    )
    assert steps == [500, 0, 0]
