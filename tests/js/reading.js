/* The vectors that `vectors.py` wrote, and how far apart two points of the disk are. */

import { readFileSync } from "node:fs";
import { cameraWith, grip } from "../../hypviz/ui/disk/js/drag.js";
import { angleOf, compose, inverse, move, radiusOf, rotation, toOrigin } from "../../hypviz/ui/disk/js/isometry.js";
import { readScene } from "../../hypviz/ui/disk/js/scene.js";

export const vectors = JSON.parse(readFileSync(new URL("./vectors.json", import.meta.url), "utf8"));

export const sceneOf = () => readScene(Uint8Array.from(Buffer.from(vectors.scene.bytes, "base64")));

/* a camera from (distance, direction, turn) */
export const cameraOf = ([d, angle, turn]) => compose(rotation(turn), toOrigin(d, angle));

/* the camera after a drag that takes hold of p and ends at q, both as `camera` sees them */
export const draggedTo = (camera, p, q) => cameraWith(grip(move(inverse(camera), p), camera), radiusOf(q), angleOf(q));

/* the hyperbolic distance of two points (c, u, v) that lie near each other */
export function apart(p, q) {
  const u = p.u * q.c - q.u * p.c;
  const v = p.v * q.c - q.v * p.c;
  return 2 * Math.asinh(Math.hypot(u, v));
}

/* the columns that `project` reads, for points (rho, theta) */
export function columnsOf(points) {
  const of = (value) => Float64Array.from(points, value);
  return {
    n: points.length,
    c: of(([rho]) => Math.cosh(rho / 2)),
    u: of(([rho, theta]) => Math.sinh(rho / 2) * Math.cos(theta)),
    v: of(([rho, theta]) => Math.sinh(rho / 2) * Math.sin(theta)),
  };
}

/* numbers that are the same every time */
export function randomFrom(seed) {
  let state = seed;
  return () => {
    state = (state * 48271) % 2147483647;
    return state / 2147483647;
  };
}
