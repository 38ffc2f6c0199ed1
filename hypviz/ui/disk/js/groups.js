/* The groups of a colouring as names in the picture: which there are, which of two levels is wanted, and the circle that holds a group. */

import { angleOf, compose, inverse, move, radiusOf, toOrigin } from "./isometry.js";
import { drawnRadius } from "./projection.js";
import { pointOf } from "./scene.js";

const OPENED = 1.7; // times larger than in the whole picture, and a wide group gives way to those in it

const SAMPLED = 64; // tokens of a group by which its size and what is seen of it are judged

const SEEN = 4; // of them in sight: a group has its name although its middle is out of sight

const HELD = 400; // tokens of a group around which the circle is looked for

const CORE = 0.85; // of a group's tokens, the nearest to its middle: a few lie elsewhere

const ROUNDS = 60;

/* every `step`-th row so that at most `most` are left */
function thinned(rows, most) {
  const step = Math.ceil(rows.length / most);
  return rows.filter((_, k) => k % step === 0);
}

/* the rows whose code is one of `codes` */
export function rowsOf(value, codes) {
  const wanted = new Set(codes);
  const rows = [];
  for (let i = 0; i < value.length; i++) if (wanted.has(value[i])) rows.push(i);
  return rows;
}

/* names {key, label, colour, row, codes, count, sample, isWide} of a paint's groups where they have a place: `wide` ones, and all others in
   `narrow`, the weightiest first */
export function namesOf({ value, middles, items, wide }) {
  if (!middles?.length) return { narrow: [], wide: [] };
  const itemOf = new Map(items.map((item) => [item.code, item]));
  const rows = new Map(items.map(({ code }) => [code, []]));
  for (let i = 0; i < value.length; i++) rows.get(value[i])?.push(i);
  const narrow = middles.map((row) => {
    const { code, label, colour, count } = itemOf.get(value[row]);
    return { key: `${code}`, label, colour, count, row, codes: [code], sample: thinned(rows.get(code), SAMPLED), isWide: false };
  });
  const wider = wide.map(({ label, colour, middle, codes }) => {
    const own = codes.flatMap((code) => rows.get(code) ?? []);
    return { key: codes.join(), label, colour, count: own.length, row: middle, codes, sample: thinned(own, SAMPLED), isWide: true };
  });
  return { narrow, wide: wider };
}

/* where a name may stand: on its group's middle if that is in sight, else amid those of its tokens that are; null where hardly any are. `of` gives the
   place of a row, `isInside` says whether a place is in sight */
export function anchorIn({ row, sample }, of, isInside) {
  const middle = of(row);
  if (isInside(middle)) return middle;
  const seen = sample.map(of).filter(isInside);
  if (seen.length < SEEN) return null;
  return { x: seen.reduce((sum, { x }) => sum + x, 0) / seen.length, y: seen.reduce((sum, { y }) => sum + y, 0) / seen.length };
}

/* the root of the mean squared distance of places from their mean */
function spread(places) {
  const n = places.length;
  const [x, y] = [0, 1].map((k) => places.reduce((sum, place) => sum + place[k], 0) / n);
  return Math.sqrt(places.reduce((sum, place) => sum + (place[0] - x) ** 2 + (place[1] - y) ** 2, 0) / n);
}

/* the spread of rows in the whole picture, the disk having the radius 1 */
export function homeSpread(scene, view, rows) {
  const reach = Math.max(scene.farthest, 1e-6);
  return spread(
    rows.map((row) => {
      const r = drawnRadius(view, scene.rho[row], reach);
      return [r * Math.cos(scene.theta[row]), r * Math.sin(scene.theta[row])];
    }),
  );
}

/* whether a wide group is drawn so large that those in it are named; `home` is its spread in the whole picture */
export function isOpen({ sample }, home, { X, Y }, magnification) {
  return magnification * spread(sample.map((row) => [X[row], Y[row]])) > OPENED * home;
}

const isWithin = (codes, only) => only === null || codes.every((code) => only.includes(code));

/* the names to be drawn: of a wide group, or of those in it where it is open or only some of them are shown (`only`: codes, null for all) */
export function wantedNames({ narrow, wide }, only, isOpened) {
  const shown = narrow.filter(({ codes }) => isWithin(codes, only));
  if (!wide.length) return shown;
  const closed = wide.filter((each) => isWithin(each.codes, only) && !isOpened(each));
  const covered = new Set(closed.flatMap(({ codes }) => codes));
  return [...closed, ...shown.filter(({ codes }) => !covered.has(codes[0]))];
}

const apart = (p, q) => radiusOf(move(toOrigin(radiusOf(p), angleOf(p)), q));

/* the smallest circle that holds points, but for a per cent: from the first one again and again towards the farthest, by ever smaller shares of the
   way (Arnaudon and Nielsen, On approximating the Riemannian 1-center, 2013) */
export function circleAround(points) {
  let middle = points[0];
  for (let k = 1; k <= ROUNDS; k++) {
    const away = toOrigin(radiusOf(middle), angleOf(middle));
    let far = { u: 0, v: 0, c: 1 };
    for (const point of points) {
      const seen = move(away, point);
      if (seen.c > far.c) far = seen;
    }
    const step = toOrigin(radiusOf(far) / (k + 1), angleOf(far));
    middle = move(compose(inverse(away), inverse(step)), { c: 1, u: 0, v: 0 });
  }
  return { middle, radius: Math.max(...points.map((point) => apart(middle, point))) };
}

/* the circle around a group: its tokens but for those that lie farthest from its middle `row` */
export function circleOf(scene, rows, row) {
  const from = pointOf(scene, row);
  const near = thinned(rows, HELD).map((each) => ({ point: pointOf(scene, each), d: apart(from, pointOf(scene, each)) }));
  near.sort((a, b) => a.d - b.d);
  return circleAround(near.slice(0, Math.max(1, Math.ceil(CORE * near.length))).map(({ point }) => point));
}
