/* Isometries of the disk as elements of SU(1,1): z -> (a z + b) / (conj(b) z + conj(a)) with |a|^2 - |b|^2 = 1, in float64.

   Points are (c, u, v) = (cosh(rho/2), sinh(rho/2) e^(i theta)). */

export const identity = () => ({ ar: 1, ai: 0, br: 0, bi: 0 });

/* first q, then p */
export function compose(p, q) {
  return renormalised({
    ar: p.ar * q.ar - p.ai * q.ai + (p.br * q.br + p.bi * q.bi),
    ai: p.ar * q.ai + p.ai * q.ar + (p.bi * q.br - p.br * q.bi),
    br: p.ar * q.br - p.ai * q.bi + (p.br * q.ar + p.bi * q.ai),
    bi: p.ar * q.bi + p.ai * q.br + (p.bi * q.ar - p.br * q.ai),
  });
}

/* by how much a is too short for |a|^2 - |b|^2 = 1 */
const shortness = (m) => Math.sqrt(1 + m.br * m.br + m.bi * m.bi) / Math.hypot(m.ar, m.ai);

function renormalised(m) {
  const scale = shortness(m);
  return { ar: m.ar * scale, ai: m.ai * scale, br: m.br, bi: m.bi };
}

export const inverse = (m) => ({ ar: m.ar, ai: -m.ai, br: -m.br, bi: -m.bi });

/* how far the middle of the view lies from the layout's own centre */
export const offOrigin = (m) => 2 * Math.asinh(Math.hypot(m.br, m.bi));

/* the angle by which the view is turned, in radians */
export const turnOf = (m) => 2 * Math.atan2(m.ai, m.ar);

export const rotation = (angle) => ({ ar: Math.cos(angle / 2), ai: Math.sin(angle / 2), br: 0, bi: 0 });

/* the translation along a diameter that takes the point at hyperbolic distance d in direction `angle` to the origin */
export function toOrigin(d, angle) {
  return { ar: Math.cosh(d / 2), ai: 0, br: -Math.sinh(d / 2) * Math.cos(angle), bi: -Math.sinh(d / 2) * Math.sin(angle) };
}

/* the same for a point */
export const bringToOrigin = (p) => toOrigin(radiusOf(p), angleOf(p));

/* a point under m, as a point again */
export function move(m, p) {
  const nr = m.ar * p.u - m.ai * p.v + m.br * p.c;
  const ni = m.ar * p.v + m.ai * p.u + m.bi * p.c;
  const dr = m.br * p.u + m.bi * p.v + m.ar * p.c;
  const di = m.br * p.v - m.bi * p.u - m.ai * p.c;
  const c = Math.hypot(dr, di);
  return { c, u: (nr * dr + ni * di) / c, v: (ni * dr - nr * di) / c };
}

export const centre = () => ({ c: 1, u: 0, v: 0 });

/* the point x + iy of the unit disk */
export const pointAt = (x, y) => {
  const c = 1 / Math.sqrt(Math.max(1e-300, 1 - x * x - y * y));
  return { c, u: x * c, v: y * c };
};

export const radiusOf = (p) => 2 * Math.asinh(Math.hypot(p.u, p.v));

export const angleOf = (p) => Math.atan2(p.v, p.u);

const EXACT = 1e-7; // from the middle: a thousandth of a pixel, were the picture 60 times larger

/* the translation that takes a point to the origin, to the last digit of the point */
const straightTo = (p) => ({ ar: p.c, ai: 0, br: -p.u, bi: -p.v });

/* the camera with a point of the layout in the middle, as the translation along their geodesic takes it there from `camera`; its place is the
   point's own, whatever rounding has made of the camera */
export function translatedTo(p, camera) {
  const straight = straightTo(p);
  return compose(rotation(turnOf(compose(camera, inverse(straight)))), straight);
}

/* the same, but not turned where the point lies so far out (some 20) that float64 cannot turn the camera and keep it over the point */
export function centredOn(p, camera) {
  const turned = translatedTo(p, camera);
  return radiusOf(move(turned, p)) < EXACT ? turned : straightTo(p);
}

/* by how much the translation along their geodesic from (rho, theta) to (toRho, toTheta) turns, beside the ways to the origin and from it */
export function turnBetween(rho, theta, toRho, toTheta) {
  const across = (toTheta - theta) / 2;
  const area = 2 * Math.sinh(rho / 2) * Math.sinh(toRho / 2) * Math.sin(across);
  return -2 * Math.atan2(area * Math.cos(across), Math.cosh((rho - toRho) / 2) + area * Math.sin(across));
}

/* how far from `from` to `to`, the turn on the way, and the camera at a share of it at constant hyperbolic speed */
export function way(from, to) {
  const step = compose(to, inverse(from));
  const d = offOrigin(step);
  const turn = Math.atan2(Math.sin(turnOf(step)), Math.cos(turnOf(step)));
  const angle = Math.atan2(-step.bi, -step.br) - turnOf(step) / 2;
  const at = (share) => (share >= 1 ? to : compose(rotation(share * turn), compose(toOrigin(share * d, angle), from)));
  return { d, turn, at };
}

/* the geodesic between two points, by the share of its length */
function along(from, to) {
  const away = bringToOrigin(from);
  const back = inverse(away);
  const target = move(away, to);
  const d = radiusOf(target);
  const angle = angleOf(target);
  return (share) => {
    const half = (d * share) / 2;
    const h = Math.sinh(half);
    return move(back, { c: Math.cosh(half), u: h * Math.cos(angle), v: h * Math.sin(angle) });
  };
}

/* `steps` + 1 points of the geodesic between two points */
export function geodesic(from, to, steps) {
  const at = along(from, to);
  return Array.from({ length: steps + 1 }, (_, s) => at(s / steps));
}

/* the point at a share of the way from one point to another; at the ends these themselves */
export const pointBetween = (from, to, share) => (share <= 0 ? from : share >= 1 ? to : along(from, to)(share));

/* sinh^2 of half the distance of two rows of a scene: it grows with the distance */
function nearness(scene, i, j) {
  const radial = Math.sinh((scene.rho[i] - scene.rho[j]) / 2);
  const across = Math.sin((scene.theta[i] - scene.theta[j]) / 2);
  return radial * radial + Math.sinh(scene.rho[i]) * Math.sinh(scene.rho[j]) * across * across;
}

const distanceOf = (near) => 2 * Math.asinh(Math.sqrt(near));

/* the hyperbolic distance of two rows of a scene */
export const distance = (scene, i, j) => distanceOf(nearness(scene, i, j));

const ROUNDING = 8 * Number.EPSILON; // of a difference of two products, with room

/* the k rows nearest to a row, with their distances d, nearest first; only those of `mask`, if there is one. A difference of products of the
   points' columns, sinh of half the distance but for rounding, passes over all that cannot be among them */
export function nearestInDisk(scene, row, k, mask = null) {
  const { c, u, v, n } = scene;
  const [C, U, V] = [c[row], u[row], v[row]];
  const found = [];
  let bound = Infinity; // of sinh of half the distance
  for (let i = 0; i < n; i++) {
    const x = u[i] * C - U * c[i];
    const y = v[i] * C - V * c[i];
    const most = bound + ROUNDING * C * c[i];
    if (x * x + y * y > most * most || i === row || (mask && !mask[i])) continue;
    const near = nearness(scene, row, i);
    if (found.length === k && near >= found[k - 1].near) continue;
    let at = found.length;
    while (at > 0 && found[at - 1].near > near) at--;
    found.splice(at, 0, { row: i, near });
    if (found.length > k) found.pop();
    if (found.length === k) bound = Math.sqrt(found[k - 1].near);
  }
  return found.map(({ row: other, near }) => ({ row: other, d: distanceOf(near) }));
}

/* the row that a camera shows nearest to the middle */
export function middleRow({ c, u, v, n }, { ar, ai, br, bi }) {
  let found = 0;
  let least = Infinity;
  for (let i = 0; i < n; i++) {
    const x = ar * u[i] - ai * v[i] + br * c[i];
    const y = ar * v[i] + ai * u[i] + bi * c[i];
    const near = x * x + y * y;
    if (near < least) [found, least] = [i, near];
  }
  return found;
}

/* an isometry read from four numbers, null where they are none or it looks from farther out than `farthest` */
export function isometryFrom(numbers, farthest) {
  const [ar, ai, br, bi] = numbers;
  if (numbers.length !== 4 || !numbers.every((x) => Math.abs(x) < 1e12)) return null;
  const size = ar * ar + ai * ai;
  if (Math.abs(size - br * br - bi * bi - 1) > 1e-9 * (1 + size)) return null;
  if (offOrigin({ br, bi }) > farthest) return null;
  const given = { ar, ai, br, bi }; // what a disk has written is given back to the last digit
  return Math.abs(shortness(given) - 1) < 8 * Number.EPSILON ? given : renormalised(given);
}
