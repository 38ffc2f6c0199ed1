/* How many tokens lie where, as a picture of small cells: each has the mean colour of its tokens, the stronger the more of them there are, by the
   logarithm of their number; and how much of that picture is seen where tokens stand so far apart. */

export const CELL = 4; // pixels of the page

const FAR = 2.4; // pixels between tokens, if they lay evenly, up to which there is nothing but shading

const NEAR = 4.8; // pixels from which on there are nothing but points

const STEEP = 20; // how many times stronger one token counts in the logarithm: few are seen beside many

const CROWDED = 4; // tokens in a cell that has the full strength, where no cell has more

/* the share of the shading, 1 far off and 0 near, for `n` tokens in a disk of `radius` pixels */
export function shareOfShading(n, radius) {
  const apart = radius * Math.sqrt(Math.PI / Math.max(n, 1));
  const t = Math.min(1, Math.max(0, Math.log(NEAR / apart) / Math.log(NEAR / FAR)));
  return t * t * (3 - 2 * t);
}

const BRIGHT = 25; // parts that a token counts where others are dimmed

const DIM = 4; // and a dimmed one: as strong as it is drawn

const GRAIN = 16; // steps of a count for which a strength is at hand: what the blur makes of whole numbers

const AT_HAND = 1024; // of these

export class Density {
  /* for a picture of this size in pixels, in cells of about `cell` of them */
  constructor(width, height, cell) {
    this.columns = Math.max(1, Math.round(width / cell));
    this.rows = Math.max(1, Math.round(height / cell));
    this.across = this.columns / width; // cells a pixel
    this.down = this.rows / height;
    this.counts = new Int32Array(4 * this.columns * this.rows); // by cell: tokens, and the sums of their red, green and blue, in parts
    this.sums = new Float32Array(this.counts.length); // the same, blurred in its row
    this.none = new Float32Array(4 * this.columns); // a row without tokens
    this.strengths = new Uint8Array(AT_HAND);
  }

  /* into `pixels` (columns x rows), at `share` of the full strength; `sight` and `ink` as `raster` takes them, those that stand apart left out */
  draw(pixels, sight, ink, share) {
    this.counts.fill(0);
    const isOfSome = Boolean(ink.dim || ink.large || ink.larger);
    if (isOfSome) this.addSome(sight, ink);
    else this.addAll(sight, ink.packed);
    this.blurAcross(isOfSome ? 1 / BRIGHT : 1);
    this.resolve(pixels, this.largest(), share);
  }

  addAll({ X, Y, place }, packed) {
    const { counts, columns, rows, across, down } = this;
    const left = place.cx * across;
    const top = place.cy * down;
    const right = place.scale * across;
    const up = place.scale * down;
    for (let i = 0; i < X.length; i++) {
      const x = left + right * X[i];
      const y = top - up * Y[i];
      if (!(x >= 0 && y >= 0 && x < columns && y < rows)) continue;
      const colour = packed[i];
      const at = 4 * ((y | 0) * columns + (x | 0));
      counts[at] += 1;
      counts[at + 1] += colour & 255;
      counts[at + 2] += (colour >> 8) & 255;
      counts[at + 3] += (colour >> 16) & 255;
    }
  }

  /* the same where tokens are dimmed, or those named that a colouring of few names */
  addSome({ X, Y, place }, { packed, dim, large, larger }) {
    const { counts, columns, rows, across, down } = this;
    const isOfFew = Boolean(large || larger);
    for (let i = 0; i < X.length; i++) {
      const x = (place.cx + place.scale * X[i]) * across;
      const y = (place.cy - place.scale * Y[i]) * down;
      const colour = packed[i];
      if (!(x >= 0 && y >= 0 && x < columns && y < rows) || (isOfFew && colour >>> 24 === 255)) continue;
      const weight = dim && !dim[i] ? DIM : BRIGHT;
      const at = 4 * ((y | 0) * columns + (x | 0));
      counts[at] += weight;
      counts[at + 1] += weight * (colour & 255);
      counts[at + 2] += weight * ((colour >> 8) & 255);
      counts[at + 3] += weight * ((colour >> 16) & 255);
    }
  }

  /* every cell becomes half of itself and a quarter of each neighbour in its row; a part counts `part` */
  blurAcross(part) {
    const { counts, sums, columns, rows } = this;
    const wide = 4 * columns;
    const quarter = part / 4;
    for (let start = 0; start < rows * wide; start += wide) {
      const end = start + wide;
      for (let at = start; at < start + 4; at++) sums[at] = quarter * (2 * counts[at] + (columns > 1 ? counts[at + 4] : 0));
      for (let at = start + 4; at < end - 4; at++) sums[at] = quarter * (counts[at - 4] + 2 * counts[at] + counts[at + 4]);
      for (let at = Math.max(start + 4, end - 4); at < end; at++) sums[at] = quarter * (2 * counts[at] + counts[at - 4]);
    }
  }

  /* the largest count, were cells blurred in their columns too; at least that of a crowded cell */
  largest() {
    const { sums, columns, rows } = this;
    const wide = 4 * columns;
    let most = CROWDED;
    for (let at = 0; at < sums.length; at += 4) {
      const above = at >= wide ? sums[at - wide] : 0;
      const below = at < (rows - 1) * wide ? sums[at + wide] : 0;
      const count = 0.25 * (above + below) + 0.5 * sums[at];
      if (count > most) most = count;
    }
    return most;
  }

  /* every cell, blurred in its column too, as a pixel */
  resolve(pixels, most, share) {
    const { sums, strengths, columns, rows, none } = this;
    const wide = 4 * columns;
    const full = (255 * share) / Math.log1p(STEEP * most);
    for (let k = 0; k < AT_HAND; k++) strengths[k] = Math.round(full * Math.log1p((STEEP * k) / GRAIN));
    for (let row = 0, k = 0; row < rows; row++) {
      const here = sums.subarray(row * wide, (row + 1) * wide);
      const above = row ? sums.subarray((row - 1) * wide, row * wide) : none;
      const below = row + 1 < rows ? sums.subarray((row + 1) * wide, (row + 2) * wide) : none;
      for (let at = 0; at < wide; at += 4, k++) {
        const count = 0.25 * (above[at] + below[at]) + 0.5 * here[at];
        if (count === 0) {
          pixels[k] = 0;
          continue;
        }
        const step = (count * GRAIN + 0.5) | 0;
        const alpha = step < AT_HAND ? strengths[step] : (full * Math.log1p(STEEP * count) + 0.5) | 0;
        const quarter = 0.25 / count;
        const red = (quarter * (above[at + 1] + 2 * here[at + 1] + below[at + 1]) + 0.5) | 0;
        const green = (quarter * (above[at + 2] + 2 * here[at + 2] + below[at + 2]) + 0.5) | 0;
        const blue = (quarter * (above[at + 3] + 2 * here[at + 3] + below[at + 3]) + 0.5) | 0;
        pixels[k] = (alpha << 24) | (blue << 16) | (green << 8) | red;
      }
    }
  }
}
