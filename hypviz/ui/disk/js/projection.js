/* From the hyperbolic plane to the drawn disk and back, in three models of the plane. */

import { pointAt } from "./isometry.js";

export const VIEWS = { poincare: "Poincaré", klein: "Klein", native: "native (r = distance)" };

/* the model's name without what it says of the radius */
export const viewName = (view) => VIEWS[view].split(" ")[0];

/* the radius at which a point at hyperbolic distance rho from the middle is drawn; `reach` is the one drawn on the rim of the native view */
export function drawnRadius(view, rho, reach) {
  if (view === "native") return rho / reach;
  return view === "klein" ? Math.tanh(rho) : Math.tanh(rho / 2);
}

/* all points as the camera m sees them: X and Y in units of the drawn disk, and S, the squared Poincaré radius */
export function project(scene, m, view, reach, X, Y, S) {
  const { c, u, v, n } = scene;
  const { ar, ai, br, bi } = m;
  for (let i = 0; i < n; i++) {
    const C = c[i];
    const U = u[i];
    const V = v[i];
    const nr = ar * U - ai * V + br * C;
    const ni = ar * V + ai * U + bi * C;
    const dr = br * U + bi * V + ar * C;
    const di = br * V - bi * U - ai * C;
    const q = 1 / (dr * dr + di * di);
    const x = (nr * dr + ni * di) * q;
    const y = (ni * dr - nr * di) * q;
    X[i] = x;
    Y[i] = y;
    S[i] = x * x + y * y;
  }
  if (view === "klein") toKlein(n, X, Y, S);
  else if (view === "native") toNative(scene, m, reach, X, Y, S);
}

function toKlein(n, X, Y, S) {
  for (let i = 0; i < n; i++) {
    const f = 2 / (1 + S[i]);
    X[i] *= f;
    Y[i] *= f;
  }
}

/* the distance from the numerator, which keeps it where the Poincaré radius rounds to 1 */
function toNative(scene, m, reach, X, Y, S) {
  const { c, u, v, n } = scene;
  const { ar, ai, br, bi } = m;
  for (let i = 0; i < n; i++) {
    const nr = ar * u[i] - ai * v[i] + br * c[i];
    const ni = ar * v[i] + ai * u[i] + bi * c[i];
    const r = Math.sqrt(S[i]);
    const f = r > 0 ? (2 * Math.asinh(Math.sqrt(nr * nr + ni * ni))) / (reach * r) : 0;
    X[i] *= f;
    Y[i] *= f;
  }
}

/* the distance from the middle that is drawn at radius r; places outside the disk count as its rim */
function distanceAt(view, r, reach) {
  if (view === "native") return Math.min(r, 1) * reach;
  return view === "klein" ? Math.atanh(Math.min(r, 0.9999999)) : 2 * Math.atanh(Math.min(r, 0.99995));
}

/* the point of the plane under a place of the drawing */
export function unproject(view, x, y, reach) {
  const r = Math.hypot(x, y);
  if (r === 0) return pointAt(0, 0);
  const half = distanceAt(view, r, reach) / 2;
  const h = Math.sinh(half);
  return { c: Math.cosh(half), u: (h * x) / r, v: (h * y) / r };
}

/* the distances within which tokens are counted: 1, 2 and 3 as the rings, and on to the farthest token from the layout's centre, at most 10 */
export function countedDistances(farthest) {
  const far = Math.max(3, Math.ceil(farthest - 1e-6));
  const step = Math.max(1, Math.ceil((far - 3) / 7));
  const beyond = [];
  for (let d = far; d > 3; d -= step) beyond.unshift(d);
  return [1, 2, 3, ...beyond];
}

/* how many of the squared Poincaré radii lie within each of the rising distances; what rounding leaves of a distance is 1e-6 */
export function countWithin(S, distances) {
  const bounds = distances.map((d) => 1 - (1 - 1e-6) / Math.cosh(d / 2) ** 2);
  const within = distances.map(() => 0);
  for (let i = 0; i < S.length; i++) for (let k = bounds.length - 1; k >= 0 && S[i] <= bounds[k]; k--) within[k]++;
  return within;
}

/* the area of a circle of hyperbolic radius d, the curvature being -1 */
export const areaWithin = (d) => 4 * Math.PI * Math.sinh(d / 2) ** 2;
