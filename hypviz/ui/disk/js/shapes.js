/* The shapes of tokens: what lies inside one, and alpha masks of them at several sizes. */

export const SHAPES = ["circle", "triangle-up", "square", "diamond", "cross"];

export const LEVELS = 6;

const INSIDE = {
  circle: (x, y, r) => x * x + y * y < r * r,
  "triangle-up": (x, y, r) => y < 0.8 * r && y > -1.1 * r + 2 * Math.abs(x) * 0.95,
  square: (x, y, r) => Math.max(Math.abs(x), Math.abs(y)) < 0.88 * r,
  diamond: (x, y, r) => Math.abs(x) + Math.abs(y) < 1.25 * r,
  cross: (x, y, r) => Math.min(Math.abs(x), Math.abs(y)) < 0.38 * r && Math.max(Math.abs(x), Math.abs(y)) < 1.1 * r,
};

/* whether (x, y), y downwards, lies in a shape of radius r around the origin */
export const within = (shape, x, y, r) => INSIDE[shape](x, y, r);

/* the share of a pixel that a shape covers, from 16 places in it */
function cover(shape, x, y, r) {
  let inside = 0;
  for (let a = 0; a < 16; a++) if (within(shape, x + ((a % 4) - 1.5) / 4, y + (Math.floor(a / 4) - 1.5) / 4, r)) inside++;
  return inside / 16;
}

function sprite(shape, r) {
  const half = Math.ceil(r + 0.5);
  const pixels = [];
  for (let y = -half; y <= half; y++) {
    for (let x = -half; x <= half; x++) {
      const alpha = cover(shape, x, y, r);
      if (alpha) pixels.push([x, y, alpha]);
    }
  }
  const column = (k, Kind) => Kind.from(pixels, (pixel) => pixel[k]);
  return { half, dx: column(0, Int32Array), dy: column(1, Int32Array), alpha: column(2, Float32Array) };
}

/* masks of every shape at a few sizes; nearer the boundary things are smaller, as they are in the hyperbolic plane */
export function sprites(radius) {
  const size = (level) => Math.max(0.9, radius * (0.5 + (0.5 * (level + 1)) / LEVELS));
  return SHAPES.map((shape) => Array.from({ length: LEVELS }, (_, level) => sprite(shape, size(level))));
}
