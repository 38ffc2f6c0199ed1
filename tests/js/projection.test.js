/* The three models of the plane against mpmath, and counts within distances. */

import assert from "node:assert/strict";
import test from "node:test";
import { areaWithin, countedDistances, countWithin, drawnRadius, project, unproject, VIEWS } from "../../hypviz/ui/disk/js/projection.js";
import { apart, cameraOf, columnsOf, vectors } from "./reading.js";

const HALF_A_PIXEL = 0.5 / 200; // in units of a disk that is drawn 400 pixels wide

test("places are right to half a pixel as far out as rho = 20, from any camera", () => {
  for (const { camera, view, points, places } of vectors.projections) {
    const [X, Y, S] = [0, 0, 0].map(() => new Float64Array(points.length));
    project(columnsOf(points), cameraOf(camera), view, vectors.reach, X, Y, S);
    for (const [k, [x, y]] of places.entries()) {
      assert.ok(Math.hypot(X[k] - x, Y[k] - y) <= HALF_A_PIXEL, `${view} from ${camera}: ${points[k]} at ${[X[k], Y[k]]}, not ${[x, y]}`);
    }
  }
});

test("the point under a place is the one that is drawn there", () => {
  for (const { view, x, y, point } of vectors.places) {
    const off = apart(unproject(view, x, y, vectors.reach), point);
    assert.ok(off < 1e-9 + 1e-15 * point.c ** 2, `${view} ${x} ${y}: ${off}`); // what float64 keeps of a point so far out
  }
});

test("a place beyond the rim counts as the rim", () => {
  for (const view of Object.keys(VIEWS)) {
    const { c, u, v } = unproject(view, 3, 4, 20);
    assert.ok(Number.isFinite(c) && Math.abs(Math.atan2(v, u) - Math.atan2(4, 3)) < 1e-12);
  }
});

test("drawn radii grow with the distance and end at the rim", () => {
  for (const view of Object.keys(VIEWS)) {
    const radii = [0, 0.5, 1, 3, 10].map((rho) => drawnRadius(view, rho, 10));
    assert.equal(radii[0], 0);
    assert.ok(radii.every((r, k) => k === 0 || r > radii[k - 1]) && radii.at(-1) <= 1);
  }
});

test("counts are those of the distances", () => {
  const distances = [1, 2, 3, 7];
  const rho = [0, 0.5, 1, 1.5, 2, 2.999999, 3.5, 7, 7.1];
  const found = countWithin(
    Float64Array.from(rho, (r) => Math.tanh(r / 2) ** 2),
    distances,
  );
  assert.deepEqual(
    found,
    distances.map((d) => rho.filter((r) => r <= d).length),
  );
});

test("at most ten distances are counted, from 1 to the farthest token", () => {
  for (const far of [0.5, 3, 3.2, 9.99, 20, 61.5]) {
    const found = countedDistances(far);
    assert.deepEqual(found.slice(0, 3), [1, 2, 3]);
    assert.ok(found.length <= 10 && found.at(-1) === Math.max(3, Math.ceil(far)) && found.every((d, k) => k === 0 || d > found[k - 1]));
  }
});

test("areas grow as those of the hyperbolic plane", () => {
  for (const { d, area } of vectors.areas) assert.ok(Math.abs(areaWithin(d) / area - 1) < 1e-12);
});
