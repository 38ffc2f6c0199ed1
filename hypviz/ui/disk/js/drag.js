/* Where a drag takes the camera: the held point under the pointer again, in whichever view, no farther out than a limit. */

import { angleOf, compose, inverse, move, offOrigin, radiusOf, rotation, toOrigin, translatedTo, turnBetween } from "./isometry.js";
import { drawnRadius, unproject } from "./projection.js";

const PIECES = 64; // of the distances in which a change of sign is looked for

const HALVINGS = 60; // more than float64 has digits

const STOPS = 24; // to find how far towards the pointer a drag may go

/* what a press takes hold of: a point of the layout, where `camera` shows it, and the camera that has it in the middle */
export function grip(point, camera) {
  const seen = move(camera, point);
  return { point, rho: radiusOf(seen), theta: angleOf(seen), middle: translatedTo(point, camera) };
}

/* the camera that shows the held point at a distance and an angle, translated along the geodesic from where it was held; by way of the middle,
   because the translation itself loses digits far out */
export const cameraWith = ({ rho, theta, middle }, distance, angle) =>
  compose(inverse(toOrigin(distance, angle)), compose(rotation(turnBetween(rho, theta, distance, angle)), middle));

/* the middle of ever smaller halves of [low, high] in which `f` changes sign */
function bisect(f, low, high) {
  const isBelow = f(low) < 0;
  let [a, b] = [low, high];
  for (let k = 0; k < HALVINGS; k++) {
    const middle = (a + b) / 2;
    if (f(middle) < 0 === isBelow) a = middle;
    else b = middle;
  }
  return (a + b) / 2;
}

/* the camera of the native view, whose scale depends on the camera: at distance s in the pointer's direction the point is drawn where the
   pointer is if s = r (farthest + offOrigin(camera(s))). Of several such distances the one nearest to where the point `stands` */
function nativeCamera(hold, { r, angle }, { farthest, limit, stands }) {
  const inside = Math.min(1, r);
  const at = (s) => cameraWith(hold, s, angle);
  const miss = (s) => s - inside * (farthest + offOrigin(at(s)));
  const last = inside * (farthest + limit); // beyond it the camera is farther out than `limit`
  if (last === 0) return offOrigin(at(0)) > limit ? null : at(0);
  let best = null;
  let before = { s: 0, miss: miss(0) };
  for (let k = 1; k <= PIECES; k++) {
    const here = { s: (k * last) / PIECES, miss: miss((k * last) / PIECES) };
    const away = Math.max(before.s - stands, stands - here.s, 0);
    if (before.miss < 0 !== here.miss < 0 && !(best?.away <= away)) best = { away, low: before.s, high: here.s };
    before = here;
  }
  return best && at(bisect(miss, best.low, best.high));
}

/* the camera with the held point at a place of the drawing, null where it would look from farther out than `limit` */
function cameraAt(view, hold, place, bounds) {
  if (view === "native") return nativeCamera(hold, { r: Math.hypot(place.x, place.y), angle: Math.atan2(place.y, place.x) }, bounds);
  const point = unproject(view, place.x, place.y, bounds.farthest);
  const camera = cameraWith(hold, radiusOf(point), angleOf(point));
  return offOrigin(camera) > bounds.limit ? null : camera;
}

/* the camera of a drag, and whether it is `adrift`: stopped on the way to the pointer, where it would come to look from farther out than `limit`.
   `hold` is a grip; `now` the present camera; `place` the pointer's, in units of the drawn disk; `farthest` the outermost token's distance */
export function dragged(view, hold, now, place, { farthest, limit }) {
  const seen = move(now, hold.point);
  const stands = radiusOf(seen);
  const bounds = { farthest, limit, stands };
  const whole = cameraAt(view, hold, place, bounds);
  if (whole) return { camera: whole, adrift: false };
  const r = drawnRadius(view, stands, farthest + offOrigin(now));
  const [x, y] = [r * Math.cos(angleOf(seen)), r * Math.sin(angleOf(seen))];
  let [camera, low, high] = [now, 0, 1];
  for (let k = 0; k < STOPS; k++) {
    const share = (low + high) / 2;
    const found = cameraAt(view, hold, { x: x + share * (place.x - x), y: y + share * (place.y - y) }, bounds);
    if (found) [camera, low] = [found, share];
    else high = share;
  }
  return { camera, adrift: true };
}
