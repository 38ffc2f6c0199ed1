/* Which tokens get a label: none covers another, through a grid of taken cells. */

const MOST = 90;

const LOOKED_AT = 5000; // of those in sight

const FEW = 60; // in sight: each has its word, beside it where there is no room above

const RIM = 0.985; // squared radius beyond which a label would stand on the boundary

/* cells of 8 pixels (grown with the picture), taken or free */
class Grid {
  constructor({ width, height }, grow) {
    this.cell = 8 * grow;
    this.height = height;
    this.columns = Math.ceil(width / this.cell);
    this.taken = new Uint8Array(this.columns * (Math.ceil(height / this.cell) + 1));
  }

  /* takes the cells under a label with its middle at (x, y) if all are free and inside; `must` moves one that sticks out to the left or top */
  take(x, y, width, must) {
    const box = this.cellsOf(x, y, width);
    if (must) shift(box, Math.max(0, -box.left) - Math.max(0, box.right - this.columns + 1), Math.max(0, -box.top));
    const outside = box.left < 0 || box.top < 0 || box.right >= this.columns || box.bottom * this.cell >= this.height;
    if (outside || !this.isFree(box)) return false;
    for (let row = box.top; row <= box.bottom; row++) this.taken.fill(1, row * this.columns + box.left, row * this.columns + box.right + 1);
    return true;
  }

  /* takes the cells under a box of the picture, of which a part may lie outside */
  block([left, top, right, bottom]) {
    const [first, last] = [Math.max(0, Math.floor(left / this.cell)), Math.min(this.columns - 1, Math.floor(right / this.cell))];
    const lines = this.taken.length / this.columns;
    for (let row = Math.max(0, Math.floor(top / this.cell)); row < Math.min(lines, bottom / this.cell); row++)
      this.taken.fill(1, row * this.columns + first, row * this.columns + last + 1);
  }

  cellsOf(x, y, width) {
    const { cell } = this;
    return {
      left: Math.floor((x - width / 2) / cell),
      right: Math.floor((x + width / 2) / cell),
      top: Math.floor(y / cell - 1),
      bottom: Math.floor(y / cell + 1),
    };
  }

  isFree({ left, right, top, bottom }) {
    for (let row = top; row <= bottom; row++) for (let k = left; k <= right; k++) if (this.taken[row * this.columns + k]) return false;
    return true;
  }
}

function shift(box, across, down) {
  box.left += across;
  box.right += across;
  box.top += down;
  box.bottom += down;
}

/* where a label's middle may stand, from its token's */
function placesFor(width, grow, many) {
  const above = [0, -12 * grow];
  const aside = width / 2 + 8 * grow;
  return many ? [above, [0, 13 * grow], [aside, 0], [-aside, 0]] : [above];
}

/* the rows in sight that are not dimmed, whole words before all others, each by frequency; no more than are looked at */
function rowsInSight({ X, Y, place, size, bright = null, words = null }) {
  const found = [[], []];
  for (let i = 0; i < X.length && found[0].length < LOOKED_AT; i++) {
    if (X[i] * X[i] + Y[i] * Y[i] > RIM || (bright && !bright[i])) continue;
    const x = place.cx + place.scale * X[i];
    const y = place.cy - place.scale * Y[i];
    const kind = words && !words[i] ? 1 : 0;
    if (x >= 0 && x <= size.width && y >= 0 && y <= size.height && found[kind].length < LOOKED_AT) found[kind].push(i);
  }
  return found.flat().slice(0, LOOKED_AT);
}

/* labels that do not collide, as {row, dx, dy}, their middles from their tokens: `first`, then `then`, then those in sight. `sight`: X, Y, place
   {cx, cy, scale} and size {width, height} in pixels, `grow` for larger letters, masks of rows that are not dimmed (`bright`) and that are whole
   words (`words`), and what is `written` already: {row, box}; width(row) in pixels. */
export function chooseLabels(sight, width, first, then) {
  const { X, Y, place, size, grow = 1, bright = null, written = [] } = sight;
  const grid = new Grid(size, grow);
  for (const { box } of written) grid.block(box);
  const inSight = rowsInSight(sight);
  const few = inSight.length < FEW;
  const chosen = [];
  const seen = new Set(written.map(({ row }) => row));
  const tryRow = (row, must) => {
    if (seen.has(row)) return;
    seen.add(row);
    if (!must && (X[row] * X[row] + Y[row] * Y[row] > RIM || (bright && !bright[row]))) return;
    const [x, y, wide] = [place.cx + place.scale * X[row], place.cy - place.scale * Y[row], width(row)];
    const free = placesFor(wide, grow, few).find(([dx, dy]) => grid.take(x + dx, y + dy, wide, must));
    if (free) chosen.push({ row, dx: free[0], dy: free[1] });
  };
  for (const row of first) tryRow(row, true);
  for (const row of [...then, ...inSight]) {
    if (chosen.length >= MOST) break;
    tryRow(row, false);
  }
  return chosen;
}
