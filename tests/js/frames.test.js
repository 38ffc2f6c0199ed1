/* Frames of a played scene: ends that are the frames themselves, and equal parts of every token's geodesic between. */

import assert from "node:assert/strict";
import test from "node:test";
import { stand, walk, wayOf } from "../../hypviz/ui/disk/js/frames.js";
import { pointOf } from "../../hypviz/ui/disk/js/scene.js";
import { apart } from "./reading.js";

const N = 60;

const real = () => new Float64Array(N);

/* frames of made-up places up to rho = 8, the first token at rest and the second at the middle */
function made() {
  const of = (seed) => ({
    rho: Float64Array.from({ length: N }, (_, i) => (i === 1 ? 0 : 8 * Math.abs(Math.sin(seed * (i + 1))))),
    theta: Float64Array.from({ length: N }, (_, i) => 7 * Math.cos(seed * i)),
  });
  const frames = [of(0.7), of(1.9)];
  frames[1].rho[0] = frames[0].rho[0];
  frames[1].theta[0] = frames[0].theta[0];
  return { frames, scene: { n: N, rho: real(), theta: real(), c: real(), u: real(), v: real() } };
}

const pointsAt = (scene) => Array.from({ length: N }, (_, i) => pointOf(scene, i));

test("a token is at each share of the way to its next place, along the geodesic", () => {
  const { frames, scene } = made();
  stand(scene, frames[0]);
  const from = pointsAt(scene);
  stand(scene, frames[1]);
  const to = pointsAt(scene);
  const way = wayOf(frames[0], frames[1]);
  for (const share of [0, 0.25, 0.5, 0.9, 1]) {
    walk(scene, way, share);
    for (const [i, point] of pointsAt(scene).entries()) {
      const whole = apart(from[i], to[i]);
      assert.ok(Math.abs(apart(from[i], point) - share * whole) < 1e-5, `${i} at ${share}`);
      assert.ok(Math.abs(apart(point, to[i]) - (1 - share) * whole) < 1e-5, `${i} at ${share}`);
    }
  }
});

test("a token that does not move stays", () => {
  const { frames, scene } = made();
  walk(scene, wayOf(frames[0], frames[1]), 0.4);
  assert.ok(Math.abs(scene.rho[0] - frames[0].rho[0]) < 1e-9);
});
