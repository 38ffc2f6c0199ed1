/* Groups by name: which of two levels is named, and the circle that a group fills. */

import assert from "node:assert/strict";
import test from "node:test";
import { anchorIn, circleAround, circleOf, homeSpread, isOpen, namesOf, rowsOf, wantedNames } from "../../hypviz/ui/disk/js/groups.js";
import { identity, move, radiusOf, toOrigin } from "../../hypviz/ui/disk/js/isometry.js";
import { project } from "../../hypviz/ui/disk/js/projection.js";
import { pointOf } from "../../hypviz/ui/disk/js/scene.js";
import { randomFrom } from "./reading.js";

const ITEMS = ["figs", "pears", "saws"].map((label, code) => ({ code, label, colour: "#000000", count: 2 }));
const PAINT = {
  value: Float64Array.from([0, 0, 1, 1, 2, 2]),
  items: ITEMS,
  middles: [2, 0, 4],
  wide: [
    { label: "fruit", colour: "#111111", middle: 1, codes: [0, 1] },
    { label: "saws", colour: "#222222", middle: 4, codes: [2] },
  ],
};

/* points of the plane as the columns of a scene */
function sceneOf(places) {
  const n = places.length;
  const scene = { n, farthest: Math.max(...places.map(([rho]) => rho)), rho: [], theta: [], c: [], u: [], v: [] };
  for (const [rho, theta] of places) {
    scene.rho.push(rho);
    scene.theta.push(theta);
    scene.c.push(Math.cosh(rho / 2));
    scene.u.push(Math.sinh(rho / 2) * Math.cos(theta));
    scene.v.push(Math.sinh(rho / 2) * Math.sin(theta));
  }
  return scene;
}

const labels = (names) => names.map(({ label }) => label);

test("every group has a name, the weightiest first, and wide ones count what is in them", () => {
  const { narrow, wide } = namesOf(PAINT);
  assert.deepEqual(labels(narrow), ["pears", "figs", "saws"]);
  assert.deepEqual(
    wide.map(({ label, count, sample }) => [label, count, sample]),
    [
      ["fruit", 4, [0, 1, 2, 3]],
      ["saws", 2, [4, 5]],
    ],
  );
  assert.deepEqual(namesOf({ value: PAINT.value, items: null, middles: undefined, wide: [] }), { narrow: [], wide: [] });
  assert.deepEqual(rowsOf(PAINT.value, [1, 2]), [2, 3, 4, 5]);
});

test("a name stands on its middle, or amid what is in sight of its group, and nowhere where hardly anything is", () => {
  const place = (row) => ({ x: 10 * row, y: 0 });
  const name = { row: 0, sample: [1, 2, 3, 4, 5, 6] };
  assert.deepEqual(
    anchorIn(name, place, () => true),
    { x: 0, y: 0 },
  );
  assert.deepEqual(
    anchorIn(name, place, ({ x }) => x > 20),
    { x: 45, y: 0 },
  );
  assert.equal(
    anchorIn(name, place, ({ x }) => x > 30),
    null,
  );
});

test("where a wide group is open its own ones are named, and never both", () => {
  const names = namesOf(PAINT);
  assert.deepEqual(labels(wantedNames(names, null, () => false)), ["fruit", "saws"]);
  assert.deepEqual(labels(wantedNames(names, null, ({ label }) => label === "fruit")), ["saws", "pears", "figs"]);
  assert.deepEqual(labels(wantedNames(names, [0], () => false)), ["figs"]);
  assert.deepEqual(labels(wantedNames(names, [0, 1], () => false)), ["fruit"]);
  assert.deepEqual(labels(wantedNames(names, [0, 1], () => true)), ["pears", "figs"]);
  assert.deepEqual(labels(wantedNames({ ...names, wide: [] }, null, () => false)), ["pears", "figs", "saws"]);
});

test("a wide group is closed in the whole picture in every view, and open where it is drawn larger", () => {
  const random = randomFrom(3);
  const places = Array.from({ length: 40 }, () => [1 + 3 * random(), 0.5 + random()]);
  const scene = sceneOf(places);
  const name = { sample: places.map((_, row) => row) };
  for (const view of ["poincare", "klein", "native"]) {
    const [X, Y, S] = [0, 1, 2].map(() => new Float64Array(scene.n));
    project(scene, identity(), view, scene.farthest, X, Y, S);
    const home = homeSpread(scene, view, name.sample);
    assert.equal(isOpen(name, home, { X, Y }, 1), false);
    assert.equal(isOpen(name, home, { X, Y }, 1.69), false);
    assert.equal(isOpen(name, home, { X, Y }, 1.71), true);
  }
});

test("the circle around points holds all of them and is hardly larger than the smallest", () => {
  const random = randomFrom(11);
  for (const far of [0.5, 3, 9]) {
    const around = { rho: far * random(), theta: 6 * random() };
    const back = toOrigin(around.rho, around.theta + Math.PI);
    const points = sceneOf(
      Array.from({ length: 30 }, (_, k) => [k < 12 ? far : far * random(), k < 12 ? (k * Math.PI) / 6 : 6 * random()]),
    );
    const moved = Array.from({ length: 30 }, (_, row) => move(back, pointOf(points, row)));
    const { middle, radius } = circleAround(moved);
    const reach = moved.map((point) => radiusOf(move(toOrigin(radiusOf(middle), Math.atan2(middle.v, middle.u)), point)));
    assert.ok(Math.max(...reach) <= radius + 1e-9);
    assert.ok(radius >= far - 1e-9 && radius <= far * 1.06, `${radius} for ${far}`); // twelve of them lie on a circle of that radius
  }
  const alone = circleAround([{ c: Math.cosh(1), u: Math.sinh(1), v: 0 }]);
  assert.ok(alone.radius < 1e-9 && Math.abs(radiusOf(alone.middle) - 2) < 1e-9);
});

test("a few tokens far from their group do not make it larger", () => {
  const random = randomFrom(7);
  const places = Array.from({ length: 100 }, () => [2 + 0.4 * random(), 0.2 * random()]);
  const scene = sceneOf([...places, [6, 3], [6, -2]]);
  const { radius } = circleOf(
    scene,
    Array.from({ length: 102 }, (_, row) => row),
    0,
  );
  assert.ok(radius < 0.8);
});
