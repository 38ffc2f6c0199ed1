/* Isometries against mpmath, and the laws of a group. */

import assert from "node:assert/strict";
import test from "node:test";
import {
  centredOn,
  compose,
  distance,
  geodesic,
  identity,
  inverse,
  isometryFrom,
  move,
  nearestInDisk,
  offOrigin,
  pointAt,
  radiusOf,
  rotation,
  toOrigin,
  turnOf,
  way,
} from "../../hypviz/ui/disk/js/isometry.js";
import { pointOf } from "../../hypviz/ui/disk/js/scene.js";
import { apart, cameraOf, columnsOf, draggedTo, randomFrom, sceneOf, vectors } from "./reading.js";

const near = (a, b, off) => assert.ok(Math.abs(a - b) <= off, `${a} is not ${b} to ${off}`);

const det = (m) => m.ar ** 2 + m.ai ** 2 - m.br ** 2 - m.bi ** 2;

test("a way has the length of its path and passes in equal parts", () => {
  for (const { start, end, d, point, shares, seen } of vectors.ways) {
    const path = way(cameraOf(start), cameraOf(end));
    near(path.d, d, 1e-9 * (1 + d));
    const { c, u, v } = columnsOf([point]);
    for (const [k, share] of shares.entries()) assert.ok(apart(move(path.at(share), { c: c[0], u: u[0], v: v[0] }), seen[k]) < 1e-7);
    assert.deepEqual(path.at(1), cameraOf(end));
  }
});

test("the points of a geodesic lie at equal steps", () => {
  for (const { p, q, steps, stops } of vectors.geodesics) {
    for (const [k, point] of geodesic(p, q, steps).entries()) assert.ok(apart(point, stops[k]) < 1e-6);
  }
});

test("distances from columns are those of the points", () => {
  for (const { p, q, d } of vectors.distances) {
    const scene = { rho: [p[0], q[0]], theta: [p[1], q[1]] };
    near(distance(scene, 0, 1), d, 1e-9 * (1 + d));
  }
});

test("the nearest are those of a search by brute force", () => {
  const scene = sceneOf();
  for (const row of [0, 4, 9]) {
    const all = Array.from({ length: scene.n }, (_, i) => i).filter((i) => i !== row);
    const expected = all.sort((a, b) => distance(scene, row, a) - distance(scene, row, b)).slice(0, 4);
    const found = nearestInDisk(scene, row, 4);
    assert.deepEqual(
      found.map((q) => q.row),
      expected,
    );
    assert.deepEqual(
      found.map((q) => q.d),
      expected.map((i) => distance(scene, row, i)),
    );
  }
});

test("composition is associative, has inverses, and keeps the determinant", () => {
  const [p, q, r] = [cameraOf([3, 1, 2]), cameraOf([5, -2, 0.5]), cameraOf([0.25, 0, -3])];
  const left = compose(compose(p, q), r);
  const right = compose(p, compose(q, r));
  for (const name of ["ar", "ai", "br", "bi"]) near(left[name], right[name], 1e-11);
  near(det(left), 1, 1e-10);
  const back = compose(inverse(p), p);
  for (const [name, value] of Object.entries(identity())) near(back[name], value, 1e-13);
});

test("ten thousand small drags leave an isometry that keeps distances", () => {
  for (const start of [
    [0, 0, 0],
    [10, 2, 1],
  ]) {
    const made = cameraOf(start);
    const here = (x, y) => move(inverse(made), pointAt(x, y));
    const [one, other] = [here(0.1, 0.2), here(-0.5, 0.3)];
    const random = randomFrom(7);
    const step = () => random() - 0.5;
    const before = apart(move(made, one), move(made, other));
    let camera = made;
    let moved = 0;
    for (let k = 0; k < 10000; k++) {
      const [x, y] = [1.2 * step(), 1.2 * step()];
      const next = draggedTo(camera, pointAt(x, y), pointAt(x + 0.04 * step(), y + 0.04 * step()));
      if (offOrigin(next) < offOrigin(made) + 3) {
        camera = next;
        moved++;
      }
      near(det(camera), 1, 1e-9);
      if (k % 500 === 499) near(apart(move(camera, one), move(camera, other)), before, 1e-6);
    }
    assert.ok(moved > 9000);
  }
});

test("numbers that are no isometry, or too far out, are refused", () => {
  const far = 30;
  const bad = [
    [],
    [1, 0, 0],
    [1, 0, 1, 0],
    [Number.NaN, 0, 0, 0],
    [1, 0, 0, 1e9],
    [1e200, 0, 1e200, 0],
    [1e9, 0, 1e9, 0],
    [1e200, 0, 0, 0],
  ];
  for (const numbers of bad) assert.equal(isometryFrom(numbers, far), null);
  const camera = cameraOf([20, 1, 2]);
  const read = isometryFrom([camera.ar, camera.ai, camera.br, camera.bi], far);
  for (const name of Object.keys(camera)) near(read[name], camera[name], 1e-12 * Math.abs(camera.ar));
  assert.equal(isometryFrom([camera.ar, camera.ai, camera.br, camera.bi], 19), null);
});

test("a row as a point lies at its distance", () => {
  const scene = sceneOf();
  for (let row = 0; row < scene.n; row++)
    near(2 * Math.asinh(Math.hypot(pointOf(scene, row).u, pointOf(scene, row).v)), scene.rho[row], 1e-9);
});

test("a camera that was written comes back to the last digit, however it was reached", () => {
  let camera = identity();
  for (let step = 0; step < 2000; step++) {
    camera = compose(toOrigin(0.3 + (step % 7) / 5, step * 2.39996), camera);
    if (Math.hypot(camera.br, camera.bi) > 1e4) camera = rotation(step);
    const { ar, ai, br, bi } = camera;
    const numbers = [ar, ai, br, bi].join(",").split(",").map(Number);
    assert.deepEqual(isometryFrom(numbers, 40), camera);
  }
});

test("a token that is centred from anywhere lies in the middle, as far out as rho = 35", () => {
  const random = randomFrom(13);
  for (let k = 0; k < 2000; k++) {
    const [rho, theta] = [35 * random(), 2 * Math.PI * random()];
    const token = move(inverse(toOrigin(rho, theta)), { c: 1, u: 0, v: 0 });
    const camera = centredOn(token, cameraOf([35 * random(), 6 * random(), 6 * random()]));
    near(radiusOf(move(camera, token)), 0, rho < 14 ? 1e-9 : 1e-7);
    near(offOrigin(camera), rho, 1e-9);
  }
});

test("a token is centred by the translation along its geodesic, without a turn of its own", () => {
  const random = randomFrom(17);
  for (let k = 0; k < 200; k++) {
    const camera = cameraOf([4 * random(), 6 * random(), 6 * random()]);
    const token = move(inverse(toOrigin(4 * random(), 6 * random())), { c: 1, u: 0, v: 0 });
    const step = compose(centredOn(token, camera), inverse(camera));
    near(Math.sin(turnOf(step) / 2), 0, 1e-9);
  }
});

test("as far out as 19 a centred token is turned as it was seen", () => {
  const random = randomFrom(23);
  for (let k = 0; k < 200; k++) {
    const camera = cameraOf([3 * random(), 6 * random(), 6 * random()]);
    const token = move(inverse(toOrigin(15 + 4 * random(), 6 * random())), { c: 1, u: 0, v: 0 });
    const step = compose(centredOn(token, camera), inverse(camera));
    near(Math.sin(turnOf(step) / 2), 0, 1e-6);
  }
});
