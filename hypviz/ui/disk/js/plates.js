/* The name of each group, where a colouring says where its groups lie: on a plate near its middle, or in large letters on it. */

import { overlap } from "./boxes.js";
import { cut } from "./text.js";

const PULLS = [0.84, 0.74, 0.64, 0.54, 0.44, 0.34]; // inwards

const ASIDE = [0, 0.16, -0.16, 0.32, -0.32]; // and aside, in radii

const TRIES = PULLS.flatMap((pull) => ASIDE.map((turn) => [pull, turn / pull]));

const BACK = "rgba(45,50,60,.9)";

const LARGE = 17; // letters of the weightiest groups' names in pixels

const LARGEST_FEW = 8; // of them

const USUAL = 15;

export class Plates {
  constructor(disk) {
    this.disk = disk;
  }

  /* near its middle, a little inwards or aside, so that none covers another or the boxes that are `covered` */
  places({ context, font }, covered = []) {
    const { state, sight } = this.disk;
    const { paint, only } = state;
    const taken = [];
    if (state.selected !== null || state.pinned.length || state.chosen) return taken;
    for (const [k, row] of paint.middles.entries()) {
      const code = paint.value[row];
      if (only !== null && code !== only) continue;
      const label = cut(paint.items.find((item) => item.code === code).label);
      const letters = (paint.onMiddles && k < LARGEST_FEW ? LARGE : USUAL) * sight.grow;
      context.font = `bold ${letters}px ${font}`;
      const found = this.free(row, label, context.measureText(label).width + 14 * sight.grow, [...covered, ...taken]);
      if (found) taken.push({ ...found, letters });
    }
    return taken;
  }

  free(row, label, width, taken) {
    return this.disk.state.paint.onMiddles ? this.onMiddle(row, label, width, taken) : this.beside(row, label, width, taken);
  }

  /* on the middle itself, if it is in sight and free */
  onMiddle(row, label, width, taken) {
    const { sight } = this.disk;
    const { x, y } = sight.of(row);
    const half = 11 * sight.grow;
    const box = [x - width / 2, y - half, x + width / 2, y + half];
    return this.isInside(box) && !taken.some((other) => overlap(box, other.box, 3)) ? { label, row, x, y, box } : undefined;
  }

  isInside([left, top, right, bottom]) {
    const { sight } = this.disk;
    return left > 0 && right < sight.wide && top > 0 && bottom < sight.side;
  }

  beside(row, label, width, taken) {
    const { sight } = this.disk;
    const { cx, cy, scale } = sight.place();
    const r = scale * Math.hypot(sight.X[row], sight.Y[row]);
    const angle = Math.atan2(sight.Y[row], sight.X[row]);
    const half = 12 * sight.grow;
    const tried = TRIES.map(([pull, turn]) => {
      const x = cx + pull * r * Math.cos(angle + turn);
      const y = cy - pull * r * Math.sin(angle + turn);
      return { label, row, x, y, box: [x - width / 2, y - half, x + width / 2, y + half] };
    });
    return tried.find(({ box }) => this.isInside(box) && !taken.some((other) => overlap(box, other.box, 3)));
  }

  draw(pen, places) {
    pen.context.textAlign = "center";
    if (this.disk.state.paint.onMiddles) this.drawLetters(pen, places);
    else this.drawPlates(pen, places);
  }

  /* from each name to its middle, as a path */
  lines(places) {
    return places.map(({ row, x, y }) => {
      const from = this.disk.sight.of(row);
      return `M${from.x.toFixed(1)} ${from.y.toFixed(1)}L${x.toFixed(1)} ${y.toFixed(1)}`;
    });
  }

  drawLetters({ context, ink, paper, font }, places) {
    const { sight } = this.disk;
    context.lineJoin = "round";
    context.strokeStyle = paper;
    context.fillStyle = ink;
    for (const { label, x, y, letters } of places) {
      context.font = `bold ${letters}px ${font}`;
      context.lineWidth = 5 * sight.grow;
      context.strokeText(label, x, y + letters / 3);
      context.fillText(label, x, y + letters / 3);
    }
  }

  drawPlates({ context, font }, places) {
    const { sight } = this.disk;
    context.font = `bold ${15 * sight.grow}px ${font}`;
    context.strokeStyle = "rgba(128,128,128,.95)";
    context.lineWidth = 1.5;
    for (const { row, x, y } of places) {
      const from = sight.of(row);
      context.beginPath();
      context.moveTo(from.x, from.y);
      context.lineTo(x, y);
      context.stroke();
    }
    for (const { label, x, y, box } of places) {
      context.fillStyle = BACK;
      context.beginPath();
      context.roundRect(box[0], box[1], box[2] - box[0], box[3] - box[1], 5);
      context.fill();
      context.fillStyle = "#fff";
      context.fillText(label, x, y + 5 * sight.grow);
    }
  }
}
