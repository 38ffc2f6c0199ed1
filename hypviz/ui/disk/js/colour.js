/* Colours: from a colouring, as the scene describes it, to the colour and shape of every token and to its legend.

   A colouring has `items` (label, colour, shape) for the codes of its groups, or `stops` of a scale for its values. These are codes of its own
   column, or numbers that the scene carries anyway. */

import { NOTHING } from "./scene.js";
import { SHAPES } from "./shapes.js";

const OPAQUE = 255; // of tokens that stand apart: of the few that a colouring names, or of the highest of a scale; or of all

const AMONG = 254; // of the others of a scale that has highest ones

const FAINT = 115; // opacity of what a colouring says nothing of

export const rgb = (hex) => [1, 3, 5].map((k) => Number.parseInt(hex.slice(k, k + 2), 16));

const pack = ([r, g, b], a) => ((a << 24) | (b << 16) | (g << 8) | r) >>> 0;

const CARRIED = {
  norm: (scene, i) => scene.norms[i],
  kept: (scene, i) => (scene.kept[i] === NOTHING ? Number.NaN : scene.kept[i]),
  "log10 count": (scene, i) => (scene.count[i] > 0 ? Math.log10(scene.count[i]) : Number.NaN),
  "log10 rank": (_scene, i) => Math.log10(1 + i),
};

function colouringOf(scene, name) {
  const found = scene.colours.find((colouring) => colouring.name === name);
  if (!found) throw new Error(`The scene has no colouring ${name}.`);
  return found;
}

/* the number at a share of the way, also where the way is longer than a number can be */
const between = ([low, high], share) => low * (1 - share) + high * share;

/* the code or number behind each token's colour, NaN where there is none */
function valuesOf(scene, { codes, bits, items, range, carried, knots }) {
  if (carried) return Float64Array.from({ length: scene.n }, (_, i) => CARRIED[carried](scene, i));
  const nothing = 2 ** bits - 1;
  const number = (code) => (knots ? knots[code] : between(range, code / (nothing - 1)));
  const value = items ? (code) => code : number;
  return Float64Array.from(codes, (code) => (code === nothing ? Number.NaN : value(code)));
}

/* packed colours (r, g, b, a in 32 bits), shapes, values and legend of one colouring; `few` where most tokens are of none of its groups, `isApart`
   where opaque tokens are drawn larger, over the shading */
export function paint(scene, name) {
  const colouring = colouringOf(scene, name);
  const value = valuesOf(scene, colouring);
  const grey = scene.words.colours.missing;
  const legend = value.some(Number.isNaN) ? { label: colouring.missing, colour: grey } : null;
  const none = pack(rgb(grey), FAINT);
  const look = colouring.items ? paintGroups(colouring, value, none) : paintScale(colouring, value, none);
  const few = Boolean(colouring.items) && legend !== null;
  return {
    ...look,
    value,
    missing: legend,
    few,
    isApart: few || colouring.peaks > 0,
    middles: colouring.middles,
    wide: colouring.wide ?? [],
    onMiddles: Boolean(colouring.on_middles),
  };
}

function paintGroups({ items }, value, none) {
  const inks = items.map(({ colour }) => pack(rgb(colour), OPAQUE));
  const forms = items.map(({ shape }) => SHAPES.indexOf(shape));
  const packed = Uint32Array.from(value, (code) => inks[code] ?? none);
  const shape = Uint8Array.from(value, (code) => forms[code] ?? 0);
  const counts = new Array(items.length).fill(0);
  for (const code of value) if (!Number.isNaN(code)) counts[code]++;
  const seen = items.map((item, code) => ({ ...item, code, count: counts[code] })).filter(({ count }) => count);
  return { packed, shape, items: seen, scale: null };
}

function paintScale({ stops, label, by_quantile: byQuantile, peaks }, value, none) {
  const [low, high] = rangeOf(value);
  const inks = stops.map(([at, hex]) => [at, rgb(hex)]);
  const known = byQuantile || peaks ? value.filter((x) => !Number.isNaN(x)).sort() : [];
  const half = Number.isFinite(high - low) ? 1 : 0.5;
  const linear = (x) => (high > low ? (x * half - low * half) / (high * half - low * half) : 0.5);
  const share = byQuantile ? (x) => quantileOf(known, x) : linear;
  const apart = peaks ? known[Math.ceil((1 - peaks) * known.length)] : low; // none where so few are known
  const packed = Uint32Array.from(value, (x) => (Number.isNaN(x) ? none : pack(onScale(inks, share(x)), x >= apart ? OPAQUE : AMONG)));
  const median = byQuantile && known.length ? known[known.length >> 1] : null;
  return { packed, shape: new Uint8Array(value.length), items: null, scale: { low, high, label, stops, median } };
}

/* how many of the rising numbers are smaller than x */
function smallerThan(known, x, orEqual) {
  let [low, high] = [0, known.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (known[middle] < x || (orEqual && known[middle] === x)) low = middle + 1;
    else high = middle;
  }
  return low;
}

/* the share of the rising numbers that are smaller than x, and half of those that are equal */
export const quantileOf = (known, x) => (smallerThan(known, x, false) + smallerThan(known, x, true)) / 2 / known.length;

function rangeOf(value) {
  let low = Infinity;
  let high = -Infinity;
  for (const x of value) {
    if (x < low) low = x;
    if (x > high) high = x;
  }
  return [low, high];
}

/* the colour at a share t of a scale, between the stops around it */
export function onScale(stops, t) {
  let k = 1;
  while (k < stops.length - 1 && t > stops[k][0]) k++;
  const [a, from] = stops[k - 1];
  const [b, to] = stops[k];
  const s = (t - a) / (b - a);
  return from.map((x, i) => Math.round(x + s * (to[i] - x)));
}
