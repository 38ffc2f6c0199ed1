/* Places between two frames of a played scene: every token on its geodesic, at one share of its way. */

import { setPoint } from "./scene.js";

const STRAIGHT = 1e-6; // hyperbolic distance below which a way is as good as straight

/* points on the hyperboloid (cosh rho, sinh rho cos theta, sinh rho sin theta), one column after another */
function onHyperboloid({ rho, theta }) {
  const n = rho.length;
  const found = new Float64Array(3 * n);
  for (let i = 0; i < n; i++) {
    const s = Math.sinh(rho[i]);
    found[3 * i] = Math.cosh(rho[i]);
    found[3 * i + 1] = s * Math.cos(theta[i]);
    found[3 * i + 2] = s * Math.sin(theta[i]);
  }
  return found;
}

/* the distance of each token's two places */
function distances(from, to) {
  return Float64Array.from(from.rho, (rho, i) => {
    const radial = Math.sinh((rho - to.rho[i]) / 2);
    const across = Math.sin((from.theta[i] - to.theta[i]) / 2);
    return 2 * Math.asinh(Math.sqrt(radial * radial + Math.sinh(rho) * Math.sinh(to.rho[i]) * across * across));
  });
}

/* from one frame to another, prepared for `walk` */
export const wayOf = (from, to) => ({ p: onHyperboloid(from), q: onHyperboloid(to), d: distances(from, to) });

/* the scene's tokens at a share of the way, by (sinh((1 - s) d) p + sinh(s d) q) / sinh d */
export function walk(scene, { p, q, d }, share) {
  for (let i = 0; i < scene.n; i++) {
    const far = d[i] > STRAIGHT;
    const whole = far ? Math.sinh(d[i]) : 1;
    const a = far ? Math.sinh((1 - share) * d[i]) / whole : 1 - share;
    const b = far ? Math.sinh(share * d[i]) / whole : share;
    const x = a * p[3 * i + 1] + b * q[3 * i + 1];
    const y = a * p[3 * i + 2] + b * q[3 * i + 2];
    scene.rho[i] = Math.asinh(Math.hypot(x, y));
    scene.theta[i] = Math.atan2(y, x);
    setPoint(scene, i);
  }
}

/* the scene's tokens where a frame has them */
export function stand(scene, { rho, theta }) {
  scene.rho.set(rho);
  scene.theta.set(theta);
  for (let i = 0; i < scene.n; i++) setPoint(scene, i);
}
