/* The path through the layers in the plane: geodesics from layer to layer with their numbers, the point of this layer, and its other tokens. */

import { overlap } from "./boxes.js";
import { onScale, rgb } from "./colour.js";
import { geodesic, pointBetween } from "./isometry.js";

const LAYERS_INK = [
  [0, rgb("#2A9DC9")],
  [1, rgb("#C9308A")],
]; // from the first layer to the last, seen on light and on dark

const AHEAD = 0.25; // opacity of what is still to come

const inkAt = (share) => `rgb(${onScale(LAYERS_INK, share).join(",")})`;

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

export class Trail {
  constructor(disk) {
    this.disk = disk;
  }

  /* rows whose words are written: those on the way, and the tokens of this layer */
  get rows() {
    const { path } = this.disk.state;
    if (!path) return [];
    const here = path.layers[this.layer].map(({ row }) => row).filter((row) => row !== null);
    return [...new Set([...path.rows, ...here])];
  }

  get layer() {
    return Math.round(this.disk.state.step);
  }

  draw(pen) {
    const { path, step } = this.disk.state;
    if (!path) return;
    const { sight } = this.disk;
    const seen = path.rows.map((row) => sight.seen(row));
    const { context } = pen;
    context.save();
    this.legs(pen, seen, step);
    this.others(pen, seen[this.layer]);
    this.numbers(pen, path);
    const [low, high] = [Math.floor(step), Math.ceil(step)];
    this.dot(pen, sight.at(pointBetween(seen[low], seen[high], step - low)), 7 * sight.grow, inkAt(step / Math.max(1, seen.length - 1)));
    context.restore();
  }

  /* every leg faintly, and what is behind the point in full */
  legs({ context, paper }, seen, step) {
    const { rows } = this.disk.state.path;
    const last = Math.max(1, seen.length - 1);
    context.lineCap = "round";
    for (let layer = 1; layer < seen.length; layer++) {
      if (rows[layer] === rows[layer - 1]) continue;
      const done = Math.min(1, Math.max(0, step - layer + 1));
      context.globalAlpha = AHEAD;
      this.line(context, seen[layer - 1], seen[layer], inkAt(layer / last), 1.5);
      if (!done) continue;
      const reached = pointBetween(seen[layer - 1], seen[layer], done);
      context.globalAlpha = 0.85;
      this.line(context, seen[layer - 1], reached, paper, 5.5);
      context.globalAlpha = 1;
      this.line(context, seen[layer - 1], reached, inkAt(layer / last), 2.8);
    }
    context.globalAlpha = 1;
  }

  line(context, from, to, colour, width) {
    context.strokeStyle = colour;
    context.lineWidth = width * this.disk.sight.grow;
    context.beginPath();
    for (const { x, y } of this.places(from, to)) context.lineTo(x, y);
    context.stroke();
  }

  places(from, to) {
    return geodesic(from, to, 24).map((point) => this.disk.sight.at(point));
  }

  /* the other tokens of this layer, each with a line from the point and as much area as it has probability */
  others(pen, from) {
    const { context, ink } = pen;
    const { sight, state } = this.disk;
    const { path } = state;
    for (const { row, value } of path.layers[this.layer]) {
      if (row === null || row === path.rows[this.layer]) continue;
      context.globalAlpha = 0.7;
      context.setLineDash([2, 4]);
      this.line(context, from, sight.seen(row), ink, 1);
      context.setLineDash([]);
      this.dot(pen, sight.of(row), (2.5 + (path.lens === "logit" ? 9 * Math.sqrt(value) : 2)) * sight.grow, ink);
    }
    context.globalAlpha = 1;
  }

  dot({ context, paper }, { x, y }, radius, colour) {
    context.beginPath();
    context.arc(x, y, radius, 0, 2 * Math.PI);
    context.fillStyle = colour;
    context.fill();
    context.strokeStyle = paper;
    context.lineWidth = 1.5;
    context.stroke();
  }

  /* the layers at each token of the way, the last ones first, where they cover no others */
  numbers(pen, path) {
    const { context, ink, paper, font } = pen;
    const { sight } = this.disk;
    const last = Math.max(1, path.rows.length - 1);
    context.font = `bold ${12 * sight.grow}px ${font}`;
    context.textAlign = "left";
    context.lineJoin = "round";
    const taken = [];
    for (const [row, text] of [...numbersOf(path.rows)].reverse()) {
      this.dot(pen, sight.of(row), 3.5 * sight.grow, inkAt(path.rows.indexOf(row) / last));
      const found = this.besides(row, context.measureText(text).width).find(({ box }) => !taken.some((other) => overlap(other, box, 1)));
      if (!found) continue;
      taken.push(found.box);
      context.lineWidth = 4;
      context.strokeStyle = paper;
      context.fillStyle = ink;
      context.strokeText(text, found.x, found.y);
      context.fillText(text, found.x, found.y);
    }
  }

  /* where a number may stand beside its token: below right, below left, above right, above left, inside the picture */
  besides(row, width) {
    const { sight } = this.disk;
    const { x, y } = sight.of(row);
    const [aside, high] = [7 * sight.grow, 12 * sight.grow];
    const tried = [
      [x + aside, y + high + 2],
      [x - aside - width, y + high + 2],
      [x + aside, y - 4],
      [x - aside - width, y - 4],
    ];
    return tried
      .map(([left, low]) => ({ x: left, y: low, box: [left, low - high, left + width, low + 2] }))
      .filter(({ box }) => box[0] > 0 && box[2] < sight.wide);
  }

  /* what a drawing of outlines has of it: the lines behind the point, as paths */
  outlines() {
    const { state, sight } = this.disk;
    if (!state.path) return [];
    const seen = state.path.rows.slice(0, this.layer + 1).map((row) => sight.seen(row));
    const number = (value) => value.toFixed(1);
    return seen.slice(1).map((to, k) => {
      const places = this.places(seen[k], to).map(({ x, y }) => `${number(x)} ${number(y)}`);
      return `M${places.join("L")}`;
    });
  }
}
