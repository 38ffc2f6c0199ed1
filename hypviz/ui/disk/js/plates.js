/* The name of each group on a plate near its middle, where a colouring says where its groups lie. */

import { overlap } from "./boxes.js";

const PULLS = [0.84, 0.74, 0.64, 0.54, 0.44, 0.34]; // inwards

const ASIDE = [0, 0.16, -0.16, 0.32, -0.32]; // and aside, in radii

const TRIES = PULLS.flatMap((pull) => ASIDE.map((turn) => [pull, turn / pull]));

const BACK = "rgba(45,50,60,.9)";

export class Plates {
  constructor(disk) {
    this.disk = disk;
  }

  /* near its middle, a little inwards or aside, so that none covers another */
  places({ context, font }) {
    const { state, sight } = this.disk;
    const { paint, only } = state;
    const taken = [];
    if (state.selected !== null || state.pinned.length || state.chosen) return taken;
    context.font = `bold ${15 * sight.grow}px ${font}`;
    for (const row of paint.middles) {
      const code = paint.value[row];
      if (only !== null && code !== only) continue;
      const { label } = paint.items.find((item) => item.code === code);
      const found = this.free(row, label, context.measureText(label).width + 14 * sight.grow, taken);
      if (found) taken.push(found);
    }
    return taken;
  }

  free(row, label, width, taken) {
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
    const isInside = (box) => box[0] > 0 && box[2] < sight.wide && box[1] > 0 && box[3] < sight.side;
    return tried.find(({ box }) => isInside(box) && !taken.some((other) => overlap(box, other.box, 3)));
  }

  draw({ context, font }, places) {
    const { sight } = this.disk;
    context.textAlign = "center";
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
