/* The boundary, the rings at distances 1, 2 and 3 from the middle with their words, and the layout's own centre. */

import { overlap } from "./boxes.js";
import { centre, move } from "./isometry.js";
import { drawnRadius } from "./projection.js";
import { many } from "./text.js";

const RINGS = [1, 2, 3];

const EDGE = 0.6; // opacity of the boundary

const FAINT_RING = 0.32; // and of the rings

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
    context.strokeStyle = ink;
    context.globalAlpha = EDGE;
    context.lineWidth = 2;
    circle(context, place, place.scale);
    context.lineWidth = 1;
    context.globalAlpha = FAINT_RING;
    for (const r of this.radii()) circle(context, place, r);
    context.globalAlpha = 1;
    this.cross(context, ink);
  }

  radii() {
    return RINGS.map((d) => this.drawn(d));
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

  /* where each ring's distance is written, and how many tokens lie within it: at its lower right, else in another corner of it, inside the
     picture and clear of the boxes that are `taken` */
  words({ context, font }, taken = []) {
    const { sight, counts } = this.disk;
    const { cx, cy } = sight.place();
    const size = 12 * sight.grow;
    context.font = `${size}px ${font}`;
    const words = [];
    let last = -Infinity; // Klein's rings crowd near the rim: each word stands below the one before
    for (const d of RINGS) {
      const r = Math.SQRT1_2 * this.drawn(d);
      const text = `d = ${d}: ${many(counts.within.get(d) ?? 0)} tokens`;
      const width = context.measureText(text).width;
      const right = Math.min(cx + r + 2, sight.wide - width - 2);
      const left = Math.max(cx - r - width - 2, 2);
      const low = Math.max(cy + r + 4, last + size + 3);
      const tried = [
        [right, low],
        [left, low],
        [right, cy - r],
        [left, cy - r],
      ].map(([x, y]) => ({ text, x, y, box: [x - 2, y - size, x + width + 2, y + 3] }));
      last = low;
      const found = tried.find(({ box }) => this.isFree(box, [...taken, ...words]));
      if (found) words.push(found);
    }
    return words;
  }

  isFree(box, taken) {
    const { sight } = this.disk;
    const isInside = box[0] >= 0 && box[2] <= sight.wide + 2 && box[1] >= 0 && box[3] <= sight.side;
    return isInside && !taken.some((other) => overlap(other.box, box, 1));
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
