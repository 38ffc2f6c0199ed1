/* The boundary, the rings at distances 1, 2 and 3 from the middle with their words, and the layout's own centre. */

import { centre, move } from "./isometry.js";
import { drawnRadius } from "./projection.js";
import { many } from "./text.js";

const RINGS = [1, 2, 3];

const RING = "rgba(128,128,128,.45)";

function circle(context, { cx, cy }, r) {
  context.beginPath();
  context.arc(cx, cy, r, 0, 2 * Math.PI);
  context.stroke();
}

export class Rings {
  constructor(disk) {
    this.disk = disk;
  }

  draw({ context, ink }) {
    const place = this.disk.sight.place();
    context.strokeStyle = "rgba(128,128,128,.8)";
    context.lineWidth = 2;
    circle(context, place, place.scale);
    context.lineWidth = 1;
    context.strokeStyle = RING;
    for (const d of RINGS) circle(context, place, this.drawn(d));
    this.cross(context, ink);
  }

  drawn(d) {
    const { sight, state } = this.disk;
    return sight.place().scale * drawnRadius(state.view, d, sight.reach);
  }

  /* the layout's own centre */
  cross(context, ink) {
    const { x, y } = this.disk.sight.at(move(this.disk.state.camera, centre()));
    context.strokeStyle = ink;
    context.beginPath();
    context.moveTo(x - 6, y);
    context.lineTo(x + 6, y);
    context.moveTo(x, y - 6);
    context.lineTo(x, y + 6);
    context.stroke();
  }

  /* where each ring's distance is written, and how many tokens lie within it: at its lower right, inside the canvas */
  words({ context, font }) {
    const { sight, counts } = this.disk;
    const { cx, cy } = sight.place();
    const size = 12 * sight.grow;
    context.font = `${size}px ${font}`;
    let last = -Infinity; // Klein's rings crowd near the rim: each word stands below the one before
    return RINGS.map((d) => {
      const r = Math.SQRT1_2 * this.drawn(d);
      const text = `d = ${d}: ${many(counts.within.get(d) ?? 0)} tokens`;
      const width = context.measureText(text).width;
      const x = Math.min(cx + r + 2, sight.wide - width - 2);
      const y = Math.max(cy + r + 4, last + size + 3);
      last = y;
      return { text, x, y, box: [x - 2, y - size, x + width + 2, y + 3] };
    });
  }

  write({ context, ink, paper, font }, words) {
    context.font = `${12 * this.disk.sight.grow}px ${font}`;
    context.textAlign = "left";
    context.lineJoin = "round";
    context.lineWidth = 4;
    context.strokeStyle = paper;
    context.fillStyle = ink;
    for (const { text, x, y } of words) {
      context.strokeText(text, x, y);
      context.fillText(text, x, y);
    }
  }
}
