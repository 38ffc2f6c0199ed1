"""The disk's component alone on a blank page: what it draws, says and keeps, without a server."""

from __future__ import annotations

import csv
from itertools import pairwise
from typing import Any
from xml.etree import ElementTree

import mpmath
import numpy as np
import pytest

from hypviz.geometry import polar_distance
from tests.browser.alone import open_alone

pytestmark = [pytest.mark.browser, pytest.mark.slow]
HUGE = ("1e200,0,1e200,0,klein", "1e200,0,0,0,native")


@pytest.fixture
def module(page: Any) -> Any:
    """A blank page with the module as `m` and 400 tokens up to rho = 20 as `scene`, the first of which would be markup."""
    open_alone(page, ("<img src=x onerror=\"document.title='hit'\">", *(f" w{i}" for i in range(399))))
    return page


def test_a_tokens_text_stays_text_and_colours_are_there_for_every_name(module):
    found = module.evaluate(
        """async () => {
          document.body.replaceChildren(document.createElement('div'));
          const disk = new m.Disk(document.body.firstChild, scene, {bytes, colour: 'kind'});
          for (const { name } of scene.colours) disk.legend.recolour(name);
          disk.picks.choose(0, false); disk.card.show(0, {x: 10, y: 10}); disk.search.box.value = 'img'; disk.search.suggest();
          disk.selection.set([0, 1]);
          const words = {said: disk.voice.element.textContent, text: disk.about.element.textContent, csv: m.csv(scene, [0, 1])};
          return {images: document.querySelectorAll('img').length, title: document.title, ...words};
        }"""
    )
    assert found["images"] == 0 and found["title"] != "hit"
    assert "<img" in found["text"] and found["said"] == "2 tokens selected."
    head, *rows = csv.reader(found["csv"].splitlines())
    assert head[:2] == ["token_id", "text"] and len(rows) == 2 and "onerror" in rows[0][1]


@pytest.mark.parametrize(
    "text", ["", "1,0,0", "a,b,c,d,klein", "1,0,1,0,klein", "NaN,0,0,0", "1,0,0,1e9,klein", "1e9,0,1e9,0,klein", *HUGE]
)
def test_a_camera_that_is_none_is_refused(module, text):
    found = module.evaluate(
        """(text) => {
          document.body.replaceChildren(document.createElement('div'));
          const disk = new m.Disk(document.body.firstChild, scene, {bytes}), done = disk.memory.restore(text);
          return {done, camera: Object.values(disk.state.camera).every(Number.isFinite)};
        }""",
        text,
    )
    assert found["camera"] and not found["done"]


def test_the_question_mark_opens_the_keys_as_the_label_says(module):
    module.evaluate(
        "() => { document.body.replaceChildren(document.createElement('div')); new m.Disk(document.body.firstChild, scene, {bytes}); }"
    )
    assert "question mark for keys" in module.get_by_role("application").get_attribute("aria-label")
    module.get_by_role("application").focus()
    module.keyboard.press("?")
    assert module.evaluate("document.querySelector('details').open")


def test_the_tokens_within_each_distance_are_counted_from_wherever_one_looks(module):
    """The counts in the rings and in the table against distances that Python computes from the camera's place."""
    found = module.evaluate(
        """() => {
          document.body.replaceChildren(document.createElement('div'));
          const disk = new m.Disk(document.body.firstChild, scene, {bytes}), out = [];
          for (const row of [null, 7, 390]) {
            if (row !== null) disk.store.change({camera: m.toOrigin(scene.rho[row], scene.theta[row])});
            disk.stage.draw(performance.now());
            disk.counts.count();
            const lines = [...disk.about.element.querySelectorAll('.still tbody tr')];
            const rows = lines.map((tr) => [...tr.children].map((td) => td.textContent));
            out.push([row, [...disk.counts.within], rows]);
          }
          return [out, [...scene.rho], [...scene.theta]];
        }"""
    )
    views, rho, theta = found[0], np.array(found[1]), np.array(found[2])
    for row, counts, table in views:
        there = (0.0, 0.0) if row is None else (float(rho[row]), float(theta[row]))
        d = polar_distance(rho, theta, to_rho=there[0], to_theta=there[1])
        assert [k for k, _ in counts][:3] == [1, 2, 3] and counts[-1][0] == np.ceil(rho.max()) and len(counts) <= 10
        assert [count for _, count in counts] == [int((d <= k * (1 + 1e-9)).sum()) for k, _ in counts]
        assert row is not None or counts[-1][1] == len(rho)  # the outermost one lies within its own distance
        assert [int(cells[1].replace(",", "")) for cells in table] == [count for _, count in counts]
        for (k, _), cells in zip(counts, table, strict=True):
            area = float((mpmath.sinh(mpmath.mpf(k) / 2) / mpmath.sinh(mpmath.mpf(1) / 2)) ** 2)
            assert cells[0] == str(k) and cells[2] == f"{round(area):,} ×" and cells[3] == f"{k * k} ×"


def test_pinned_tokens_show_their_neighbours(module):
    found = module.evaluate(
        """() => {
          document.body.replaceChildren(document.createElement('div'));
          const disk = new m.Disk(document.body.firstChild, scene, {bytes}), id = (row) => scene.id[row];
          const pins = { ids: [id(3), id(9), 9999999], pieces: [' w2', ' w8', '?'], near: [[id(20), id(21)], [id(30)], []], left: 4 };
          disk.control({ neighbours: null, pins });
          disk.stage.draw(performance.now());
          const rows = [...disk.pins.list.querySelectorAll('tbody tr')].map((tr) => [...tr.children].map((td) => td.textContent));
          const said = disk.pins.list.textContent;
          disk.picks.clear();
          return [rows, said, disk.state.pinNear.size, disk.pins.list.children.length];
        }"""
    )
    assert (
        found[0] == [["␣w2", "␣w19, ␣w20"], ["␣w8", "␣w29"]] and "(1 not laid out)" in found[1] and "4 more that are not marked" in found[1]
    )
    assert found[2:] == [0, 0]


@pytest.mark.parametrize("colour", ["kind", "norm"])
def test_the_saved_picture_is_drawn_for_print_and_has_its_legend(module, colour):
    found = module.evaluate(
        """async (colour) => {
          document.body.replaceChildren(document.createElement('div'));
          const disk = new m.Disk(document.body.firstChild, scene, {bytes, colour}), before = [disk.stage.over.width, disk.sight.ratio];
          const kept = HTMLCanvasElement.prototype.toBlob, taken = new Promise((done) => {
            HTMLCanvasElement.prototype.toBlob = function () { done(this); };
          });
          disk.picture.save();
          HTMLCanvasElement.prototype.toBlob = kept;
          const canvas = await taken, context = canvas.getContext('2d');
          const differing = (y, h) => {
            const p = context.getImageData(0, y, canvas.width, h).data;
            return p.filter((value, i) => i % 4 === 0 && value !== p[0]).length;
          };
          const after = [disk.stage.over.width, disk.sight.ratio], below = canvas.height - 3 * (26 + 12);
          return [canvas.width / before[0], differing(0, 90), differing(below, 78), after.join() === before.join()];
        }""",
        colour,
    )
    ratio, title, legend, restored = found
    assert ratio == pytest.approx(3, rel=0.01) and title > 100 and legend > 100 and restored


@pytest.mark.parametrize("colour", ["kind", "family", "norm"])
def test_a_slide_as_svg_is_xml_with_every_name_and_nothing_that_runs(module, colour):
    svg, names, title, drawn, before, after = module.evaluate(
        """(colour) => {
          document.body.replaceChildren(document.createElement('div'));
          const disk = new m.Disk(document.body.firstChild, scene, {bytes, colour});
          disk.control({neighbours: null, title: 'A finding <b>& more</b>'});
          disk.motion.centre(0, false);
          const size = () => [disk.stage.over.width, disk.stage.element.style.height, disk.sight.side, disk.root.style.cssText].join();
          const before = size(), svg = disk.slides.svg();
          const names = (disk.state.paint.items ?? []).map(({label}) => label);
          return [svg, names, disk.state.title, disk.scene.n, before, size()];
        }""",
        colour,
    )
    root = ElementTree.fromstring(svg.encode("utf-8"))
    texts = [element.text for element in root.iter("{http://www.w3.org/2000/svg}text")]
    assert set(names) <= set(texts) and title in texts and "p" in texts  # the provenance of the made-up scene
    assert any("onerror" in text for text in texts)  # the selected token's markup stays text
    kinds = {element.tag.split("}")[1] for element in root.iter()}
    assert kinds <= {"svg", "title", "rect", "clipPath", "g", "circle", "path", "text", "linearGradient", "stop"}
    assert not any(name.startswith("on") or name.endswith("href") for element in root.iter() for name in element.attrib)
    outlines = [path.get("d") for path in root.find(".//*[@id='points']")]
    assert 0.5 * drawn < sum(d.count("M") for d in outlines) <= drawn and before == after


def test_a_slide_is_3840_pixels_wide_and_dark_on_white_in_a_dark_page_too(module):
    size, corner, ink, restored = module.evaluate(
        """async () => {
          document.body.replaceChildren(document.createElement('div'));
          const root = document.body.firstChild;
          root.style.setProperty('--st-background-color', '#101010');
          root.style.setProperty('--st-text-color', '#fafafa');
          const disk = new m.Disk(root, scene, {bytes});
          const kept = HTMLCanvasElement.prototype.toBlob, taken = new Promise((done) => {
            HTMLCanvasElement.prototype.toBlob = function () { done(this); };
          });
          disk.slides.savePng();
          HTMLCanvasElement.prototype.toBlob = kept;
          const canvas = await taken, context = canvas.getContext('2d');
          const title = context.getImageData(0, 0, 3840, 200).data;
          let dark = 0;
          for (let i = 0; i < title.length; i += 4) dark += title[i] < 80;
          return [[canvas.width, canvas.height], [...context.getImageData(3800, 2100, 1, 1).data], dark,
            root.style.getPropertyValue('--st-background-color') === '#101010' && !disk.stage.isPrinting];
        }"""
    )
    assert size == [3840, 2160] and corner == [255, 255, 255, 255] and ink > 1000 and restored


def test_the_faster_way_of_drawing_stays(module):
    """`trusted` takes the graphics at their word, as on a machine whose software calls itself a card."""
    race, card, drawn, both = module.evaluate(
        """async () => {
          document.body.replaceChildren(document.createElement('div'));
          const disk = new m.Disk(document.body.firstChild, scene, {bytes, trusted: true});
          while (!disk.stage.frames) await new Promise(requestAnimationFrame);
          const filled = (canvas) => {
            const copy = document.createElement('canvas');
            copy.width = canvas.width, copy.height = canvas.height;
            const context = copy.getContext('2d');
            context.drawImage(canvas, 0, 0);
            return context.getImageData(0, 0, copy.width, copy.height).data.some((value) => value > 0);
          };
          const { race, card, canvas, cardCanvas } = disk.points;
          return [race, card !== null, disk.stage.frames > 0, [filled(cardCanvas), filled(canvas)]];
        }"""
    )
    assert race["card"] > 0 and race["loop"] > 0 and drawn
    assert card == (race["card"] <= race["loop"]) and both == [card, not card]


@pytest.mark.parametrize("colour", ["kind", "family"])
def test_both_ways_of_drawing_show_the_same_picture(module, colour):
    """Colours averaged over squares of 24 pixels, the card's pass beside the loop's, over white."""
    apart, ink = module.evaluate(
        """async (colour) => {
          const squares = async (draw) => {
            document.body.replaceChildren(document.createElement('div'));
            const disk = new m.Disk(document.body.firstChild, scene, {bytes, colour, draw});
            while (!disk.stage.frames) await new Promise(requestAnimationFrame);
            const shown = disk.points.card ? disk.points.cardCanvas : disk.points.canvas, copy = document.createElement('canvas');
            copy.width = shown.width, copy.height = shown.height;
            const context = copy.getContext('2d'), found = [];
            context.fillStyle = '#fff';
            context.fillRect(0, 0, copy.width, copy.height);
            context.drawImage(shown, 0, 0);
            for (let y = 0; y + 24 <= copy.height; y += 24) for (let x = 0; x + 24 <= copy.width; x += 24) {
              const p = context.getImageData(x, y, 24, 24).data, sum = [0, 0, 0];
              for (let i = 0; i < p.length; i++) if (i % 4 < 3) sum[i % 4] += p[i] / 576;
              found.push(...sum);
            }
            return [found, disk.points.card !== null];
          };
          const [card, isCard] = await squares('webgl'), [loop, other] = await squares('raster');
          if (!isCard || other) throw new Error('not the two ways');
          return [Math.max(...card.map((value, i) => Math.abs(value - loop[i]))), Math.max(...loop.map((value) => 255 - value))];
        }""",
        colour,
    )
    assert ink > 30 and apart < 0.35 * ink


def test_an_isolated_group_keeps_only_its_own_words(module):
    labels, bright, everything = module.evaluate(
        """() => {
          document.body.replaceChildren(document.createElement('div'));
          const disk = new m.Disk(document.body.firstChild, scene, {bytes, colour: 'kind'}), item = disk.state.paint.items[0];
          disk.stage.draw(performance.now());
          const everything = disk.names.chosen.length;
          disk.legend.isolate([item.code]);
          disk.stage.draw(performance.now());
          return [disk.names.chosen.map((i) => disk.state.paint.value[i]), item.code, everything];
        }"""
    )
    assert everything > len(labels) > 0 and set(labels) == {bright}


@pytest.mark.parametrize("view", ["poincare", "klein", "native"])
def test_the_words_of_the_rings_do_not_cover_each_other(module, view):
    boxes, wide = module.evaluate(
        """(view) => {
          document.body.replaceChildren(document.createElement('div'));
          const disk = new m.Disk(document.body.firstChild, scene, {bytes});
          disk.motion.setView(view);
          disk.stage.draw(performance.now());
          return [disk.rings.words(disk.overlay.pen()).map(({box}) => box), disk.sight.wide];
        }""",
        view,
    )
    assert len(boxes) == 3 and all(box[2] <= wide for box in boxes)
    assert all(upper[3] <= lower[1] + 1 for upper, lower in pairwise(boxes))


def test_a_lasso_takes_only_what_the_legend_shows_and_goes_home_with_its_line(module):
    chosen, own, kinds, recalled = module.evaluate(
        """() => {
          document.body.replaceChildren(document.createElement('div'));
          const disk = new m.Disk(document.body.firstChild, scene, {bytes, colour: 'kind'});
          const item = disk.state.paint.items[0], p = disk.sight.place();
          disk.legend.isolate([item.code]);
          disk.stage.draw(performance.now());
          const line = [[-0.9, -0.9], [0.9, -0.9], [0.9, 0.9], [-0.9, 0.9]].map(([x, y]) => m.pointAt(x / 2, y / 2));
          disk.store.change({lasso: line});
          disk.selection.enclose([[-1, -1], [1, -1], [1, 1], [-1, 1]].map(([x, y]) => [p.cx + x * p.scale, p.cy + y * p.scale]));
          const memory = JSON.parse(JSON.stringify(disk.memory.keep()));
          document.body.replaceChildren(document.createElement('div'));
          const other = new m.Disk(document.body.firstChild, scene, {bytes, colour: 'kind'});
          other.memory.recall(memory);
          const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);
          const recalled = same(other.state.lasso, disk.state.lasso) && same(other.state.chosen.rows, disk.state.chosen.rows)
            && same(other.state.only, [item.code]);
          return [disk.state.chosen.rows, item.code, disk.state.chosen.rows.map((i) => disk.state.paint.value[i]), recalled];
        }"""
    )
    assert chosen and set(kinds) == {own} and recalled


def test_a_card_that_goes_away_leaves_the_picture(module):
    drawn = module.evaluate(
        """async () => {
          document.body.replaceChildren(document.createElement('div'));
          const disk = new m.Disk(document.body.firstChild, scene, {bytes, draw: 'webgl'});
          while (!disk.stage.frames) await new Promise(requestAnimationFrame);
          const before = disk.points.card !== null, seen = disk.stage.frames;
          disk.points.cardCanvas.getContext('webgl2').getExtension('WEBGL_lose_context').loseContext();
          while (disk.stage.frames === seen) await new Promise(requestAnimationFrame);
          return [before, disk.points.card === null, disk.points.pixels.some((pixel) => pixel > 0)];
        }"""
    )
    assert drawn == [True, True, True]


def test_a_run_that_began_before_the_address_changed_takes_no_selection_away(module):
    """The server's word of nothing deselects where the address names nothing, and not where it names the selected token still."""
    kept, gone = module.evaluate(
        """() => {
          document.body.replaceChildren(document.createElement('div'));
          const disk = new m.Disk(document.body.firstChild, scene, {bytes, send: () => undefined}), found = [];
          const answer = {id: scene.id[7], nearest: [scene.id[8]], cosine: [0.5], kept: [true]};
          Object.defineProperty(disk.picks, 'isInAddress', {get: () => window.named, configurable: true});
          for (window.named of [true, false]) {
            disk.control({neighbours: null});
            disk.picks.choose(7, true);
            disk.control({neighbours: answer, heard: disk.picks.number});
            disk.control({neighbours: null, heard: disk.picks.number});
            found.push(disk.state.selected);
          }
          return found;
        }"""
    )
    assert kept == 7 and gone is None


def test_nothing_is_looked_up_while_a_pick_is_unanswered(module):
    said = module.evaluate(
        """async () => {
          document.body.replaceChildren(document.createElement('div'));
          const said = [], send = (message) => said.push(Object.keys(message)[0]);
          const disk = new m.Disk(document.body.firstChild, scene, {bytes, send});
          const waits = [], later = window.setTimeout;
          window.setTimeout = (act, ms) => (ms === 350 ? waits.push(act) : later(act, ms));
          disk.control({neighbours: null});
          disk.card.show(5, {x: 10, y: 10});
          disk.picks.choose(7, true);
          waits.shift()();
          const before = [...said];
          disk.control({neighbours: {id: scene.id[7], nearest: [], cosine: [], kept: []}, heard: disk.picks.number});
          waits.shift()();
          window.setTimeout = later;
          return [before, said];
        }"""
    )
    assert said == [["pick"], ["pick", "look"]]


def test_of_two_picks_in_a_moment_the_answer_to_the_last_one_is_enough(module):
    """The server may run once for both; an older word, of a run that had begun before, changes nothing and leaves the disk waiting."""
    found = module.evaluate(
        """() => {
          document.body.replaceChildren(document.createElement('div'));
          const disk = new m.Disk(document.body.firstChild, scene, {bytes, send: () => undefined}), found = [];
          const answer = (row) => ({id: scene.id[row], nearest: [], cosine: [], kept: []});
          const note = () => found.push([disk.state.selected, disk.state.asked.length]);
          disk.control({neighbours: null});
          disk.picks.choose(7, true);
          disk.control({neighbours: answer(7), heard: disk.picks.number});
          disk.picks.choose(5, true);
          disk.picks.choose(7, true);
          note();
          disk.control({neighbours: answer(5), heard: disk.picks.number - 1});
          note();
          disk.control({neighbours: answer(7), heard: disk.picks.number});
          note();
          disk.picks.choose(5, true);
          disk.picks.choose(7, true);
          disk.control({neighbours: answer(7), heard: disk.picks.number});
          note();
          disk.control({neighbours: answer(3), heard: disk.picks.number});
          note();
          return found;
        }"""
    )
    assert found == [[7, 2], [7, 1], [7, 0], [7, 0], [3, 0]]


def test_a_view_goes_along_to_the_same_layout_at_another_radius_and_to_no_other(module):
    found = module.evaluate(
        """() => {
          const open = (left) => {
            document.body.replaceChildren(document.createElement('div'));
            const disk = new m.Disk(document.body.firstChild, scene, {bytes, left});
            disk.control({neighbours: null});
            return disk;
          };
          const first = open();
          first.store.change({camera: m.compose(m.rotation(0.5), m.toOrigin(2, 1)), zoom: {scale: 3, x: 5, y: 7}, view: 'klein'});
          first.motion.remember();
          first.selection.set([3, 5, 8]);
          const left = {...first.memory.keep(), shape: 'same', radius: 99};
          globalThis.hypvizDisks = new Map([['a', {left}], ['b', {left: {...left, at: left.at - 1, radius: 1}}], ['c', {}]]);
          const second = open(m.leftOf('same')), {row, rho, theta} = left.anchor;
          const seen = m.move(second.state.camera, m.pointOf(scene, row));
          const {view, zoom, chosen, past} = second.state;
          globalThis.hypvizDisks = undefined;
          return [view, zoom.scale, chosen.rows, past.length, Math.abs(m.radiusOf(seen) - rho), Math.abs(m.angleOf(seen) - theta)];
        }"""
    )
    assert found[:4] == ["klein", 3, [3, 5, 8], 1] and found[4] < 1e-9 and found[5] < 1e-7
    assert module.evaluate("() => { globalThis.hypvizDisks = undefined; return m.leftOf('other') === undefined && !m.leftOf(null); }")
