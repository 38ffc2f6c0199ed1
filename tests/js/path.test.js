/* A path through the layers: its reading, its player's steps, and the point on the way between two layers. */

import assert from "node:assert/strict";
import test from "node:test";
import { geodesic, pointBetween } from "../../hypviz/ui/disk/js/isometry.js";
import { readPath } from "../../hypviz/ui/disk/js/path.js";
import { stepAfter } from "../../hypviz/ui/disk/js/player.js";
import { pointOf } from "../../hypviz/ui/disk/js/scene.js";
import { apart, sceneOf } from "./reading.js";

test("a message is read with the rows of its tokens and the texts of those that are not drawn", () => {
  const scene = sceneOf();
  const [first, second] = [scene.id[3], scene.id[5]];
  const stranger = 2 ** 24 - 1;
  const message = {
    asked: "logit",
    tokens: [[first], [stranger]],
    values: [[0.5], [0.25]],
    at: [first, second],
    texts: { [stranger]: "x" },
  };
  const path = readPath(scene, message);
  assert.deepEqual(path.rows, [3, 5]);
  assert.deepEqual(path.layers, [[{ row: 3, value: 0.5, text: scene.text(3) }], [{ row: null, value: 0.25, text: "x" }]]);
  assert.equal(readPath(scene, { asked: "logit" }), null);
  assert.equal(readPath(scene, null), null);
});

test("played steps never go back, rest on whole layers, end at the last, and jump where motion is to be reduced", () => {
  let before = 2;
  for (let at = 0; at <= 8000; at += 7) {
    const step = stepAfter(2, at, 6, false);
    assert.ok(step >= before && step <= 6);
    before = step;
    assert.ok(Number.isInteger(stepAfter(2, at, 6, true)));
  }
  assert.equal(before, 6);
  assert.equal(stepAfter(2, 700, 6, false), 3);
});

test("the point at a share of the way lies on the geodesic and has its ends", () => {
  const scene = sceneOf();
  for (const [a, b] of [
    [0, 1],
    [2, 9],
    [4, 4],
  ]) {
    const [from, to] = [pointOf(scene, a), pointOf(scene, b)];
    const points = geodesic(from, to, 8);
    for (let k = 1; k < 8; k++) assert.ok(apart(pointBetween(from, to, k / 8), points[k]) < 1e-6);
    assert.equal(pointBetween(from, to, 0), from);
    assert.equal(pointBetween(from, to, 1), to);
  }
});
