/* Which tokens get a label: none covers another, through a grid of taken cells. */

const MOST = 90;

const LOOKED_AT = 5000; // of the most frequent

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

/* rows whose labels do not collide: `first`, then `then`, then by frequency. `sight`: X, Y, place {cx, cy, scale} and size {width, height} in
   pixels, `grow` for larger letters, `bright` the mask of rows that are not dimmed; width(row) in pixels. */
export function chooseLabels({ X, Y, place, size, grow = 1, bright = null }, width, first, then) {
  const grid = new Grid(size, grow);
  const chosen = [];
  const seen = new Set();
  const tryRow = (i, must) => {
    if (seen.has(i)) return;
    seen.add(i);
    if (!must && (X[i] * X[i] + Y[i] * Y[i] > RIM || (bright && !bright[i]))) return;
    if (grid.take(place.cx + place.scale * X[i], place.cy - place.scale * Y[i] - 12 * grow, width(i), must)) chosen.push(i);
  };
  for (const i of first) tryRow(i, true);
  for (const i of then) if (chosen.length < MOST) tryRow(i, false);
  for (let i = 0; i < Math.min(X.length, LOOKED_AT) && chosen.length < MOST; i++) tryRow(i, false);
  return chosen;
}
