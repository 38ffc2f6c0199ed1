/* Lines in the plane: geodesics to the neighbours of the selected and the pinned tokens, to places in the other layout, and the lasso's line. */

import { geodesic, move } from "./isometry.js";
import { pointOf } from "./scene.js";
import { answerOf } from "./store.js";

export const DRIFT = "#2A9DC9"; // a blue that is seen on light and on dark

export class Arcs {
  constructor(disk) {
    this.disk = disk;
  }

  draw({ context, ink, mark }) {
    const { state } = this.disk;
    this.drift(context);
    const answer = answerOf(state);
    if (answer) this.toNeighbours(context, mark, answer);
    if (!state.path) this.ofPins(context, ink);
    this.disk.measure.lines({ context, ink });
    if (state.lasso) this.outline(context, ink, state.lasso);
  }

  arc(context, from, to, steps) {
    context.beginPath();
    for (const point of geodesic(from, to, steps)) {
      const { x, y } = this.disk.sight.at(point);
      context.lineTo(x, y);
    }
    context.stroke();
  }

  /* solid to those that the disk keeps among its nearest */
  toNeighbours(context, mark, { nearest, kept }) {
    const { sight, state } = this.disk;
    const from = sight.seen(state.selected);
    context.strokeStyle = mark;
    for (const [k, row] of nearest.entries()) {
      context.lineWidth = kept[k] ? 2 : 1.2;
      context.setLineDash(kept[k] ? [] : [4, 4]);
      this.arc(context, from, sight.seen(row), 32);
    }
    context.setLineDash([]);
  }

  /* from every pinned token to its nearest in the original space */
  ofPins(context, ink) {
    const { sight, state } = this.disk;
    context.strokeStyle = ink;
    context.lineWidth = 1;
    context.globalAlpha = 0.6;
    for (const [row, near] of state.pinNear) for (const other of near) this.arc(context, sight.seen(row), sight.seen(other), 16);
    context.globalAlpha = 1;
  }

  /* to the same token in the other layout: of named tokens, and of those that are selected */
  drift(context) {
    const { state, sight, names, partner } = this.disk;
    const other = partner.disk;
    if (!other) return;
    context.strokeStyle = DRIFT;
    context.globalAlpha = 0.75;
    context.lineWidth = 1.4;
    for (const row of new Set([...names.chosen.slice(0, 40), ...this.picked()])) {
      const mate = partner.mate(row);
      if (mate !== null) this.arc(context, sight.seen(row), move(state.camera, pointOf(other.scene, mate)), 12);
    }
    context.globalAlpha = 1;
  }

  picked() {
    const { selected, chosen } = this.disk.state;
    return [...(selected === null ? [] : [selected]), ...(chosen ? chosen.rows.slice(0, 200) : [])];
  }

  outline(context, ink, lasso) {
    const { sight, state } = this.disk;
    context.strokeStyle = ink;
    context.setLineDash([5, 4]);
    context.beginPath();
    for (const point of lasso) {
      const { x, y } = sight.at(move(state.camera, point));
      context.lineTo(x, y);
    }
    context.closePath();
    context.stroke();
    context.setLineDash([]);
  }
}
