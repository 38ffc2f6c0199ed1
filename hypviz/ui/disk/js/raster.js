/* All tokens into an image, by plain loops: what draws where no graphics card is worth using.

   `sight` holds X, Y, S (as `project` gives them) and place {cx, cy, scale} in pixels; `ink` holds packed colours, shapes, the mask `dim` of
   what is not dimmed (null for all), `masks` (sprites), `large`, larger ones for tokens that stand apart (else null), and the
   `strength` of all others, 1 unless the shading of `density` is seen too. */

import { LEVELS } from "./shapes.js";

export const DIMMED = 0.16; // the strength of a dimmed token

const CROWD = 1.6; // radius in pixels under which tokens are squares of 2 pixels

/* the most frequent last, on top */
export function raster(image, width, height, sight, ink, radius) {
  image.fill(0);
  if (ink.strength <= 0 && !ink.large) return;
  if (radius < CROWD && !ink.large) squares(image, width, height, sight, ink);
  else if (ink.large) {
    if (ink.strength > 0) pass(image, width, height, sight, ink, ink.masks, (colour) => colour >>> 24 < 255);
    pass(image, width, height, sight, { ...ink, strength: 1 }, ink.large, (colour) => colour >>> 24 === 255); // over the grey ones
  } else pass(image, width, height, sight, ink, ink.masks, null);
}

function squares(image, width, height, { X, Y, place }, { packed, dim, strength }) {
  const { cx, cy, scale } = place;
  const [strong, faint] = [Math.round(255 * strength) << 24, Math.round(255 * DIMMED * strength) << 24];
  const wide = width - 1;
  const high = height - 1;
  for (let i = X.length - 1; i >= 0; i--) {
    const x = (cx + scale * X[i]) | 0;
    const y = (cy - scale * Y[i]) | 0;
    if (x < 0 || y < 0 || x >= wide || y >= high) continue;
    const at = y * width + x;
    const colour = (packed[i] & 0xffffff) | (dim && !dim[i] ? faint : strong);
    image[at] = colour;
    image[at + 1] = colour;
    image[at + width] = colour;
    image[at + width + 1] = colour;
  }
}

function pass(image, width, height, { X, Y, S, place }, { packed, shape, dim, strength }, masks, wanted) {
  const { cx, cy, scale } = place;
  for (let i = X.length - 1; i >= 0; i--) {
    const colour = packed[i];
    if (wanted && !wanted(colour)) continue;
    const px = Math.round(cx + scale * X[i]);
    const py = Math.round(cy - scale * Y[i]);
    const level = Math.max(0, Math.min(LEVELS - 1, ((1 - S[i]) * LEVELS) | 0));
    const mask = masks[shape[i]][level];
    const h = mask.half;
    if (px < h || py < h || px >= width - h || py >= height - h) continue;
    stamp(image, width, py * width + px, mask, colour, dim && !dim[i] ? DIMMED * strength : strength);
  }
}

/* a mask in one colour over what is there */
function stamp(image, width, middle, { dx, dy, alpha }, colour, share) {
  const r = colour & 255;
  const g = (colour >> 8) & 255;
  const b = (colour >> 16) & 255;
  const strength = ((colour >>> 24) / 255) * share;
  for (let k = 0; k < dx.length; k++) {
    const at = middle + dy[k] * width + dx[k];
    const under = image[at];
    const a = alpha[k] * strength;
    const ua = (under >>> 24) / 255;
    const oa = a + ua * (1 - a);
    const w = oa > 0 ? a / oa : 0;
    image[at] =
      ((Math.round(oa * 255) << 24) |
        (Math.round(b * w + ((under >> 16) & 255) * (1 - w)) << 16) |
        (Math.round(g * w + ((under >> 8) & 255) * (1 - w)) << 8) |
        Math.round(r * w + (under & 255) * (1 - w))) >>>
      0;
  }
}
