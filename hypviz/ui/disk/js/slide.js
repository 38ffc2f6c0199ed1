/* A slide of 1920 x 1080: where the title, the disk, what is said of it and its legend stand; for a picture and for SVG alike. */

export const SLIDE = { wide: 1920, high: 1080, disk: { x: 30, y: 124, side: 900 } };

const TITLES = [40, 34, 28]; // letters in pixels: the largest with which the title takes two lines

const BESIDE = { left: 985, right: 1890, top: 160, bottom: 1010 }; // for words and the legend

const MOST_ITEMS = 120; // of the legend

/* words broken into lines of at most `room` pixels */
export function linesOf(text, room, measure) {
  const lines = [];
  for (const word of text.split(" ")) {
    const longer = lines.length ? `${lines.at(-1)} ${word}` : word;
    if (lines.length && measure(longer) <= room) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}

function titleOf(title, width) {
  const room = SLIDE.wide - 2 * SLIDE.disk.x;
  const broken = (size) => linesOf(title, room, (text) => width(text, size, true));
  const size = TITLES.find((each) => broken(each).length <= 2) ?? TITLES.at(-1);
  return broken(size).map((text, k) => ({ text, x: SLIDE.disk.x, y: 52 + 1.2 * size * k, size, bold: true }));
}

function saidOf(said, width) {
  const size = 22;
  const lines = said.flatMap((text) => linesOf(text, BESIDE.right - BESIDE.left, (part) => width(part, size, false)));
  return lines.map((text, k) => ({ text, x: BESIDE.left, y: BESIDE.top + 30 * k, size, bold: false }));
}

/* the legend in as few columns as it has room for, under `top` */
function legendOf(parts, top) {
  const shown = parts.slice(0, MOST_ITEMS);
  if (parts.length > shown.length) shown.push({ text: `and ${parts.length - shown.length} more groups` });
  const columns = Math.ceil((shown.length * 28) / (BESIDE.bottom - top));
  const rows = Math.ceil(shown.length / columns);
  const step = Math.min(38, (BESIDE.bottom - top) / rows);
  const wide = (BESIDE.right - BESIDE.left) / columns;
  return shown.map((part, k) => ({ ...part, x: BESIDE.left + wide * Math.floor(k / rows), y: top + step * (k % rows) }));
}

/* `title`, lines of `said`, `legend` (text with colour and shape, or with the stops of a ramp) and `provenance` as texts {text, x, y, size,
   bold}, swatches {x, y, colour, shape} by their middles, and ramps {x, y, wide, high, stops}; `width(text, size, bold)` in pixels */
export function slideOf({ title, said, legend, provenance }, width) {
  const words = saidOf(said, width);
  const items = legendOf(legend, words.at(-1).y + 50);
  const small = items.length > 24 ? 19 : 24;
  const texts = items.map(({ text, x, y, stops }) => ({ text, x: x + (stops ? 220 : 30), y, size: small, bold: false }));
  const foot = { text: provenance, x: SLIDE.disk.x, y: SLIDE.high - 22, size: 16, bold: false };
  return {
    texts: [...titleOf(title, width), ...words, ...texts, foot],
    swatches: items.filter(({ shape }) => shape).map(({ colour, shape, x, y }) => ({ colour, shape, x: x + 12, y: y - small / 3 })),
    ramps: items.filter(({ stops }) => stops).map(({ stops, x, y }) => ({ stops, x, y: y - 16, wide: 205, high: 18 })),
  };
}
