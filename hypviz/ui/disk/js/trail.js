/* The path through the layers in the plane: geodesics from layer to layer with the words of their stations, the point of this layer, and its
   other tokens. */

import { onScale, rgb } from "./colour.js";
import { geodesic, pointBetween } from "./isometry.js";
import { importantFirst, numbersOf, placedWords } from "./stations.js";
import { visible } from "./text.js";

const LAYERS_INK = [
  [0, rgb("#2A9DC9")],
  [1, rgb("#C9308A")],
]; // from the first layer to the last, seen on light and on dark

const AHEAD = 0.25; // opacity of what is still to come

const WORD_LETTERS = 24; // letters of a station's word

const inkAt = (share) => `rgb(${onScale(LAYERS_INK, share).join(",")})`;

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
    this.dots(pen, path);
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

  /* the stations whose words stand in the picture: {row, text, x, y, box, isFar}, x and y being where the words begin on their line */
  stations({ context, font }) {
    const { state, scene, sight, chips } = this.disk;
    const { path } = state;
    if (!path) return [];
    const numbers = numbersOf(path.rows);
    const must = new Set([path.rows.at(-1), path.rows[0], path.rows[this.layer]]);
    context.font = this.letters(font);
    const wanted = importantFirst(path.rows, this.layer).map((row) => {
      const text = `${numbers.get(row)} ${visible(scene.text(row), WORD_LETTERS)}`;
      return { row, text, width: context.measureText(text).width, must: must.has(row), ...sight.of(row) };
    });
    const taken = chips.boxes().map(({ box }) => box);
    const found = placedWords(wanted, sight, { high: 15 * sight.grow, grow: sight.grow, taken });
    return wanted.flatMap(({ row, text }, k) => {
      if (!found[k]) return [];
      const { box, isFar } = found[k];
      return [{ row, text, x: box[0], y: box[3] - 4 * sight.grow, box, isFar }];
    });
  }

  letters(font) {
    return `bold ${13 * this.disk.sight.grow}px ${font}`;
  }

  /* the words over all others */
  write({ context, ink, paper, font }, stations) {
    context.save();
    context.font = this.letters(font);
    context.textAlign = "left";
    context.lineJoin = "round";
    for (const { text, x, y } of stations) {
      context.lineWidth = 4;
      context.strokeStyle = paper;
      context.fillStyle = ink;
      context.strokeText(text, x, y);
      context.fillText(text, x, y);
    }
    context.restore();
  }

  /* a dot at each station, and a line to words that stand far from it */
  dots(pen, { rows }) {
    const { context, ink } = pen;
    const { sight } = this.disk;
    const last = Math.max(1, rows.length - 1);
    context.strokeStyle = ink;
    context.lineWidth = 1;
    for (const { row, box, isFar } of this.stations(pen)) {
      if (!isFar) continue;
      const { x, y } = sight.of(row);
      context.beginPath();
      context.moveTo(x, y);
      context.lineTo(Math.min(box[2], Math.max(box[0], x)), Math.min(box[3], Math.max(box[1], y)));
      context.stroke();
    }
    for (const row of new Set(rows)) this.dot(pen, sight.of(row), 3.5 * sight.grow, inkAt(rows.indexOf(row) / last));
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
