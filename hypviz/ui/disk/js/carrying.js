/* A view taken elsewhere: read from the text of a link, and carried from one layout to the same layout at another radius, where the token
   nearest to the middle stays where it is seen. */

import { cameraWith, grip } from "./drag.js";
import { angleOf, isometryFrom, middleRow, move, offOrigin, radiusOf } from "./isometry.js";
import { VIEWS } from "./projection.js";
import { pointOf } from "./scene.js";

const HOME = 0.01; // from the layout's own centre: a view that stays there

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/* the camera, no farther from the layout's centre than `limit`, and the view that a text stands for: four numbers and a name, without which it
   is the first; null for any other text, which the page says in words by the same rule */
export function viewpointOf(text, limit) {
  const parts = String(text).split(",");
  const [numbers, view = "poincare"] = [parts.slice(0, 4), parts[4]];
  if (parts.length > 5 || !numbers.every((part) => NUMBER.test(part)) || !Object.hasOwn(VIEWS, view)) return null;
  const camera = isometryFrom(numbers.map(Number), limit);
  return camera && { camera, view };
}

/* what to remember of a camera: the token nearest to the middle, and where it is seen */
export function anchorOf(scene, camera) {
  const row = middleRow(scene, camera);
  const seen = move(camera, pointOf(scene, row));
  return { row, rho: radiusOf(seen), theta: angleOf(seen) };
}

/* the camera that shows the token of an anchor where it was seen, turned as little as possible from `camera`; the camera itself at home, and
   where it would look from farther out than `limit` */
export function carried(scene, camera, { row, rho, theta }, limit) {
  if (offOrigin(camera) < HOME || row >= scene.n) return camera;
  const found = cameraWith(grip(pointOf(scene, row), camera), rho, theta);
  return offOrigin(found) <= limit ? found : camera;
}
