/* The magnifier: what is under the cursor stays there, it goes back to nothing without a jump, and neighbours come apart. */

import assert from "node:assert/strict";
import test from "node:test";
import { magnificationFor, magnified, zoomBetween } from "../../hypviz/ui/disk/js/motion.js";
import { turned } from "../../hypviz/ui/disk/js/pointer.js";
import { UNMAGNIFIED } from "../../hypviz/ui/disk/js/store.js";
import { randomFrom } from "./reading.js";

const HALF = 300;

/* the place of the picture at which a place of the unmagnified drawing is drawn */
const drawn = (zoom, p) => ({ x: zoom.x + zoom.scale * p.x, y: zoom.y + zoom.scale * p.y });

const under = (zoom, p) => ({ x: (p.x - zoom.x) / zoom.scale, y: (p.y - zoom.y) / zoom.scale });

test("what is under the cursor stays there while it is magnified, and the enlarged disk keeps covering the picture", () => {
  const random = randomFrom(11);
  let zoom = UNMAGNIFIED;
  for (let k = 0; k < 200; k++) {
    const at = { x: HALF * (2 * random() - 1), y: HALF * (2 * random() - 1) };
    const point = under(zoom, at);
    const factor = 1 + 0.1 * random();
    const next = magnified(zoom, factor, at, at, HALF);
    const there = drawn(next, point);
    assert.ok(Math.hypot(there.x - at.x, there.y - at.y) < 1e-6);
    zoom = k % 20 === 19 ? UNMAGNIFIED : next;
  }
});

test("it never leaves 1 to 60, and nears nothing without a jump", () => {
  let zoom = magnified(UNMAGNIFIED, 1e9, { x: 200, y: -100 }, { x: 200, y: -100 }, HALF);
  assert.equal(zoom.scale, 60);
  for (let last = zoom; zoom !== UNMAGNIFIED; last = zoom) {
    zoom = magnified(zoom, 0.98, { x: -250, y: 250 }, { x: -250, y: 250 }, HALF);
    assert.ok(zoom.scale >= 1 && Math.abs(zoom.x) <= HALF * (zoom.scale - 1) + 1e-9);
    if (zoom === UNMAGNIFIED) assert.ok(Math.hypot(last.x, last.y) < 0.03 * HALF);
  }
});

test("two fingers take with them what is under their middle", () => {
  const zoom = magnified(UNMAGNIFIED, 4, { x: 20, y: 10 }, { x: 20, y: 10 }, HALF);
  const moved = magnified(zoom, 1.5, { x: 20, y: 10 }, { x: 60, y: -30 }, HALF);
  const there = drawn(moved, under(zoom, { x: 20, y: 10 }));
  assert.ok(Math.hypot(there.x - 60, there.y + 30) < 1e-9);
});

test("between two magnifiers the way begins at one and ends at the other, and the scale grows by equal ratios", () => {
  const [a, b] = [{ scale: 2, x: 30, y: -50 }, UNMAGNIFIED];
  assert.deepEqual(zoomBetween(a, b, 0), a);
  assert.equal(zoomBetween(a, b, 1), b);
  assert.ok(Math.abs(zoomBetween(a, { scale: 32, x: 0, y: 0 }, 0.5).scale - 8) < 1e-12);
});

test("the tenth neighbour comes 100 pixels away where 1 to 60 allows it", () => {
  assert.equal(magnificationFor(25), 4);
  assert.equal(magnificationFor(400), 1);
  assert.equal(magnificationFor(0), 60);
});

test("a wheel that counts lines turns as far as one that counts pixels, and a touchpad's pinch farther", () => {
  assert.equal(turned({ deltaY: 3, deltaMode: 1 }), 99);
  assert.equal(turned({ deltaY: 100, deltaMode: 0 }), 100);
  assert.equal(turned({ deltaY: -5, deltaMode: 0, ctrlKey: true }), -30);
});
