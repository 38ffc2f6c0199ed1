/* Tokens to be measured: the buttons that ask for it, and the four that attain delta, with the two pairs of the largest sum. */

import { button } from "./dom.js";
import { drawMark } from "./marks.js";

const FEWEST = 4; // tokens that have a delta

export class Measure {
  constructor(disk) {
    this.disk = disk;
    this.dismissed = ""; // the ids that a person has cleared away: the page may name them again
  }

  /* asks the server to measure these rows; nothing where there is no server, or where they are too few */
  buttons(rows) {
    const { options, scene } = this.disk;
    const distinct = [...new Set(rows)];
    if (!options.send || distinct.length < FEWEST) return [];
    const ask = () => options.send({ measure: distinct.map((row) => scene.id[row]) });
    return [button("Measure", "Hyperbolicity, dimension and norms of these tokens, beside as many random ones; below the picture", ask)];
  }

  /* the ids a, b, c, d that attain delta, those of them that are laid out; a to b and c to d have the largest sum */
  show(ids) {
    const { scene, store, state } = this.disk;
    const wanted = ids ?? [];
    if (wanted.join() !== this.dismissed) this.dismissed = "";
    const four = this.dismissed ? [] : scene.rowsOf(wanted);
    if (four.join() !== state.four.join()) store.change({ four });
  }

  /* the four let go, until others are named */
  dismiss() {
    const { scene, store, state } = this.disk;
    if (!state.four.length) return;
    this.dismissed = state.four.map((row) => scene.id[row]).join();
    store.change({ four: [] });
  }

  /* what the boxes and the lines between them are; null without them */
  get words() {
    return this.disk.state.four.length < FEWEST ? null : "▢ the four of delta; lines: their farthest pairs";
  }

  /* geodesics of the two pairs */
  lines({ context, ink }) {
    const { state, sight, arcs } = this.disk;
    if (state.four.length < FEWEST) return;
    const [a, b, c, d] = state.four.map((row) => sight.seen(row));
    context.strokeStyle = ink;
    context.lineWidth = 2;
    arcs.arc(context, a, b, 48);
    arcs.arc(context, c, d, 48);
  }

  marks({ context, ink }) {
    const { state, sight } = this.disk;
    for (const row of state.four) drawMark(context, sight.of(row), "box", ink, sight.grow);
  }
}
