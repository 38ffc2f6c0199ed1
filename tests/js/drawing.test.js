/* Tokens into pixels and into the columns of a graphics card, and labels that do not cover each other. */

import assert from "node:assert/strict";
import test from "node:test";
import { overlap } from "../../hypviz/ui/disk/js/boxes.js";
import { chooseLabels } from "../../hypviz/ui/disk/js/labels.js";
import { Plates } from "../../hypviz/ui/disk/js/plates.js";
import { raster } from "../../hypviz/ui/disk/js/raster.js";
import { Rings } from "../../hypviz/ui/disk/js/rings.js";
import { LEVELS, SHAPES, sprites } from "../../hypviz/ui/disk/js/shapes.js";
import { openCard } from "../../hypviz/ui/disk/js/webgl.js";
import { randomFrom } from "./reading.js";

const RED = 0xff0000ff;
const BLUE = 0xffff0000;
const GREY = 0x73888888;
const PLACE = { cx: 50, cy: 50, scale: 40 };

const sightOf = (places) => ({
  X: Float64Array.from(places, ([x]) => x),
  Y: Float64Array.from(places, ([, y]) => y),
  S: Float64Array.from(places, ([x, y]) => x * x + y * y),
  place: PLACE,
});

function drawn(places, packed, radius, more = {}) {
  const image = new Uint32Array(100 * 100);
  const ink = {
    packed: Uint32Array.from(packed),
    shape: new Uint8Array(packed.length),
    dim: null,
    masks: sprites(radius),
    large: null,
    strength: 1,
    ...more,
  };
  raster(image, 100, 100, sightOf(places), ink, radius);
  return (x, y) => image[y * 100 + x];
}

test("masks have the areas of their shapes", () => {
  const r = 12;
  const areas = { circle: Math.PI * r * r, square: (2 * 0.88 * r) ** 2 };
  for (const [k, shape] of SHAPES.entries()) {
    const { alpha, dx, dy, half } = sprites(r)[k][LEVELS - 1];
    const area = alpha.reduce((sum, a) => sum + a, 0);
    if (areas[shape]) assert.ok(Math.abs(area / areas[shape] - 1) < 0.02, shape);
    assert.ok(area > 0 && dx.every((x) => Math.abs(x) <= half) && dy.every((y) => Math.abs(y) <= half));
  }
});

test("a token is drawn where it stands, upwards being positive, and smaller near the rim", () => {
  const pixel = drawn(
    [
      [0, 0],
      [0.5, 0.5],
      [0, -0.95],
    ],
    [RED, BLUE, RED],
    6,
  );
  assert.equal(pixel(50, 50), RED);
  assert.equal(pixel(70, 30), BLUE);
  assert.equal(pixel(50, 88), RED);
  assert.equal(pixel(50 + 5, 50), RED);
  assert.equal(pixel(50 + 5, 88), 0);
  assert.equal(pixel(20, 20), 0);
});

test("the most frequent token lies on top, in crowds too", () => {
  for (const radius of [6, 1])
    assert.equal(
      drawn(
        [
          [0, 0],
          [0, 0],
        ],
        [RED, BLUE],
        radius,
      )(50, 50),
      RED,
    );
});

test("the named tokens of a colouring of few lie over the grey ones", () => {
  assert.equal(
    drawn(
      [
        [0, 0],
        [0, 0],
      ],
      [GREY, BLUE],
      3,
      { large: sprites(5) },
    )(50, 50),
    BLUE,
  );
});

test("a dimmed token is faint", () => {
  for (const radius of [6, 1]) {
    const pixel = drawn(
      [
        [0, 0],
        [0.5, 0],
      ],
      [RED, RED],
      radius,
      { dim: Uint8Array.from([1, 0]) },
    );
    assert.ok(pixel(50, 50) >>> 24 === 255 && pixel(70, 50) >>> 24 < 60 && pixel(70, 50) >>> 24 > 0);
  }
});

/* a graphics card that writes down what it is sent */
function pretended(renderer) {
  const sent = [];
  const gl = new Proxy(
    { sent },
    {
      get(target, name) {
        if (name === "sent") return target.sent;
        if (name === "getExtension") return () => ({ UNMASKED_RENDERER_WEBGL: "renderer" });
        if (name === "getParameter") return () => renderer;
        if (name === "getProgramParameter") return () => true;
        if (name === "bufferData") return (_kind, data) => sent.push(data.slice());
        return name === name.toUpperCase() ? name : () => ({});
      },
    },
  );
  return { gl, canvas: { getContext: () => gl } };
}

test("the card gets places in its own units, the most frequent last", () => {
  const { gl, canvas } = pretended("A real card");
  const ink = {
    packed: Uint32Array.from([RED, BLUE]),
    shape: Uint8Array.from([0, 2]),
    dim: Uint8Array.from([1, 0]),
    larger: 0,
    strength: 1,
  };
  openCard(canvas, false).draw(
    sightOf([
      [0, 0],
      [0.5, -0.25],
    ]),
    ink,
    3,
    100,
    100,
  );
  const [at, colours, look] = gl.sent;
  assert.deepEqual(
    [...at].map((x) => Math.round(100 * x) / 100),
    [0.4, -0.2, 0, 0],
  );
  assert.deepEqual([...colours], [0, 0, 255, 40, 255, 0, 0, 255]);
  assert.deepEqual([look[0], look[2], look[3]], [2, 0, 1]);
});

test("software that calls itself so is no card, unless it is asked for", () => {
  const { canvas } = pretended("ANGLE (Google, Vulkan 1.3.0 (SwiftShader Device))");
  assert.equal(openCard(canvas, false), null);
  assert.ok(openCard(canvas, true));
  assert.equal(openCard({ getContext: () => null }, true), null);
});

test("labels do not cover each other, and those that must come first", () => {
  const random = randomFrom(5);
  const places = Array.from({ length: 400 }, () => [1.4 * random() - 0.7, 1.4 * random() - 0.7]);
  const widths = places.map(() => 20 + 60 * random());
  const { X, Y } = sightOf(places);
  const view = { X, Y, place: { cx: 300, cy: 300, scale: 280 }, size: { width: 600, height: 600 } };
  const rows = chooseLabels(view, (i) => widths[i], [250], [40]).map(({ row }) => row);
  assert.deepEqual(rows.slice(0, 2), [250, 40]);
  assert.ok(rows.length > 20 && rows.length <= 90);
  const boxes = rows.map((i) => {
    const [x, y] = [300 + 280 * X[i], 300 - 280 * Y[i] - 12];
    return [x - widths[i] / 2, y - 6, x + widths[i] / 2, y + 6];
  });
  for (const [a, one] of boxes.entries()) for (const other of boxes.slice(a + 1)) assert.ok(!overlap(one, other, 0));
  const bright = Uint8Array.from(places, (_, i) => i % 2);
  assert.ok(chooseLabels({ ...view, bright }, (i) => widths[i], [], []).every(({ row }) => row % 2 === 1));
});

test("a label that must stand is moved inside, on the left too", () => {
  const { X, Y } = sightOf([[-0.99, 0]]);
  const view = { X, Y, place: { cx: 100, cy: 100, scale: 100 }, size: { width: 200, height: 200 } };
  assert.deepEqual(
    chooseLabels(view, () => 60, [0], []).map(({ row }) => row),
    [0],
  );
  assert.deepEqual(
    chooseLabels(view, () => 260, [], []),
    [],
  );
});

test("whole words come before pieces, whatever their frequency, and what is out of sight has no label", () => {
  const { X, Y } = sightOf([
    [0, 0],
    [0.01, 0],
    [3, 0],
  ]);
  const view = { X, Y, place: { cx: 100, cy: 100, scale: 100 }, size: { width: 200, height: 200 } };
  const crowd = {
    ...view,
    X: new Float64Array(70).fill(0),
    Y: new Float64Array(70).fill(0),
    words: new Uint8Array(70).fill(0, 0, 69).fill(1, 69),
  };
  assert.deepEqual(
    chooseLabels(crowd, () => 30, [], []).map(({ row }) => row),
    [69],
  );
  const far = { ...view, place: { cx: 300, cy: 100, scale: 100 } };
  assert.deepEqual(
    chooseLabels(far, () => 30, [], []),
    [],
  );
});

test("where few are in sight each has its word, beside its token where there is no room above", () => {
  const { X, Y } = sightOf([
    [0, 0],
    [0.12, 0],
    [0.24, 0],
  ]);
  const view = { X, Y, place: { cx: 300, cy: 300, scale: 280 }, size: { width: 600, height: 600 } };
  const labels = chooseLabels(view, () => 50, [], []);
  assert.deepEqual(
    labels.map(({ row }) => row),
    [0, 1, 2],
  );
  assert.deepEqual(
    labels.map(({ dy }) => dy),
    [-12, 13, -12],
  );
});

/* where the names of groups stand in a picture of 600 x 600 */
function placesOf(paint, at, changes = {}, covered = []) {
  const state = { paint, view: "poincare", zoom: { scale: 1 }, only: null, selected: null, pinned: [], chosen: null, ...changes };
  globalThis.document = { createElement: () => ({ setAttribute: () => undefined, append: () => undefined }) };
  const plates = new Plates({ state, store: { watch: () => undefined }, sight: { of: at, grow: 1, wide: 600, side: 600 } });
  plates.connect();
  return plates.places({ context: { measureText: (text) => ({ width: 8 * text.length }) }, font: "serif" }, covered);
}

test("a region's name stands on its middle, the weightier first, and gives way to none", () => {
  const { X, Y } = sightOf([
    [0, 0],
    [0.02, 0],
    [0.5, 0.5],
  ]);
  const at = (row) => ({ x: 300 + 280 * X[row], y: 300 - 280 * Y[row] });
  const items = ["peaches", "stickers", "names"].map((label, code) => ({ label, code }));
  const paint = { value: [0, 1, 2], items, middles: [1, 0, 2], wide: [], onMiddles: true };
  const places = placesOf(paint, at);
  assert.deepEqual(
    places.map(({ label }) => label),
    ["stickers", "peaches", "names"],
  );
  assert.deepEqual([places[0].x, places[0].y, places[2].x, places[2].y], [at(1).x, at(1).y, at(2).x, at(2).y]);
  assert.equal(places[1].x, at(0).x); // moved below or above the first one
  assert.ok(Math.abs(places[1].y - at(0).y) > 10);
  for (const [k, one] of places.entries()) for (const other of places.slice(k + 1)) assert.ok(!overlap(one.box, other.box, 0));
  assert.deepEqual(
    placesOf(paint, at, { only: [0] }).map(({ label }) => label),
    ["peaches"],
  );
  assert.equal(placesOf(paint, at, { selected: 2, pinned: [0] }).length, 3); // what is selected moves the view, and names say where one is
  assert.deepEqual(placesOf(paint, at, {}, [{ box: [0, 0, 600, 600] }]), []);
});

test("the words of the rings cross nothing that is taken, and go to another corner of their ring or are left out", () => {
  const sight = { wide: 600, side: 600, grow: 1, reach: 4, place: () => ({ cx: 300, cy: 300, scale: 290 }) };
  const rings = new Rings({ sight, counts: { within: new Map() }, state: { view: "poincare" } });
  const pen = { context: { measureText: (text) => ({ width: 6 * text.length }) }, font: "serif" };
  const lower = rings.words(pen);
  assert.ok(lower.length === 3 && lower.every(({ x, y }) => x > 300 && y > 300));
  const half = [{ box: [300, 300, 600, 600] }];
  const elsewhere = rings.words(pen, half);
  assert.ok(elsewhere.length === 3 && elsewhere.every(({ box }) => !overlap(box, half[0].box, 0)));
  for (const [k, one] of elsewhere.entries()) for (const other of elsewhere.slice(k + 1)) assert.ok(!overlap(one.box, other.box, 0));
  assert.deepEqual(rings.words(pen, [{ box: [0, 0, 600, 600] }]), []);
});
