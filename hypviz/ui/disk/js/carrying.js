/* A view of one layout taken to the same layout at another radius: the token nearest to the middle stays where it is seen. */

import { cameraWith, grip } from "./drag.js";
import { angleOf, middleRow, move, offOrigin, radiusOf } from "./isometry.js";
import { pointOf } from "./scene.js";

const HOME = 0.01; // from the layout's own centre: a view that stays there

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
