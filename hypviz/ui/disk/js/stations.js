/* The words at the stations of a path: the layers that stand at a token with the token's word, placed so that none covers another. */

import { overlap } from "./boxes.js";

const REACHES = [7, 18, 32, 48, 64, 80, 98, 116, 136, 158, 182, 208]; // pixels from a station to its words, the nearest ones first

const LINED = 12; // from this far on a line leads from the station to its words

/* sides on which words stand: left edge (-1 ends at the station, 0 is centred, 1 begins there) and down (1 below, 0 level, -1 above) */
const SIDES = [
  [1, 1],
  [-1, 1],
  [1, -1],
  [-1, -1],
  [1, 0],
  [-1, 0],
  [0, 1],
  [0, -1],
];

/* which layers stand at each row: row -> "0–3, 7", of more than two runs the first and the last: "0–3 … 12" */
export function numbersOf(rows) {
  const found = new Map();
  let first = 0;
  for (const [layer, row] of rows.entries()) {
    if (layer && rows[layer - 1] !== row) first = layer;
    if (rows[layer + 1] === row) continue;
    found.set(row, [...(found.get(row) ?? []), first === layer ? `${layer}` : `${first}–${layer}`]);
  }
  const told = (runs) => (runs.length > 2 ? `${runs[0]} … ${runs.at(-1)}` : runs.join(", "));
  return new Map([...found].map(([row, runs]) => [row, told(runs)]));
}

/* the rows of a path, each once, those first whose words must stand: the last, the first, and that of this layer */
export function importantFirst(rows, layer) {
  return [...new Set([rows.at(-1), rows[0], rows[layer], ...rows.toReversed()])];
}

/* the boxes in which words may stand around a station, the nearest first */
function boxesAround({ x, y, width }, high, grow) {
  return REACHES.flatMap((reach) =>
    SIDES.map(([across, down]) => {
      const away = reach * grow;
      const left = across > 0 ? x + away : across < 0 ? x - away - width : x - width / 2;
      const middle = y + down * (away * (across ? 0.7 : 1) + high / 2);
      return { box: [left, middle - high / 2, left + width, middle + high / 2], isFar: reach > LINED };
    }),
  );
}

/* the box moved into the picture */
function movedIn([left, top, right, bottom], { wide, side }) {
  const across = Math.max(0, -left) - Math.max(0, right - wide);
  const down = Math.max(0, -top) - Math.max(0, bottom - side);
  return [left + across, top + down, right + across, bottom + down];
}

/* a box for the words of each station {x, y, width} in a picture {wide, side}, the most important stations first: {box, isFar}, null for one
   that lies outside of the picture, and where nothing is free, but for those that `must` stand; no box covers another or one of `taken` */
export function placedWords(stations, room, { high, grow, taken }) {
  const full = [...taken];
  const isInside = ([left, top, right, bottom]) => left >= 0 && top >= 0 && right <= room.wide && bottom <= room.side;
  return stations.map((station) => {
    const { x, y, must } = station;
    if (!isInside([x, y, x, y])) return null;
    const tried = boxesAround(station, high, grow);
    const free = tried.find(({ box }) => isInside(box) && !full.some((other) => overlap(other, box, 1)));
    const found = free ?? (must ? { box: movedIn(tried[0].box, room), isFar: false } : null);
    if (found) full.push(found.box);
    return found;
  });
}
