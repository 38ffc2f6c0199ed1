/* Messages of the server: the colouring, the neighbours of the selected token and of the one under the mouse, and the pinned ones. */

import { toOrigin } from "./isometry.js";

export class Messages {
  constructor(disk) {
    this.disk = disk;
  }

  receive({ colour, neighbours, look, pins }) {
    const { store, state, legend, stage } = this.disk;
    if (colour && colour !== state.colour) legend.recolour(colour);
    this.hearPick(neighbours ?? null);
    if (look) this.learn(look);
    if (pins) this.disk.pins.show(pins);
    else this.disk.pins.unpin();
    store.change({ started: true });
    stage.dirty(true);
  }

  /* the token that the address names, with its neighbours; it may have changed without us, unless it names our token still: then a run of
     the server had begun before */
  hearPick(found) {
    const { scene, store, state, picks, motion } = this.disk;
    const id = found ? found.id : null;
    const row = found ? scene.rowOf.get(id) : undefined;
    const answered = state.asked.indexOf(id);
    const foreign = answered < 0 && id !== state.heard;
    store.change({ asked: answered < 0 ? state.asked : state.asked.slice(answered + 1), heard: id }); // answers come in order
    if (row !== undefined) this.learn(found);
    if (!state.started) this.begin(id, row ?? null);
    else if (foreign && row === undefined && state.selected !== null && !picks.isInAddress) picks.choose(null, false);
    else if (foreign && row !== undefined && state.selected !== row) motion.centre(row, false);
  }

  learn({ id, nearest, cosine, kept }) {
    const { scene, store, state } = this.disk;
    const row = scene.rowOf.get(id);
    if (row !== undefined) store.change({ answers: new Map(state.answers).set(row, { nearest: scene.rowsOf(nearest), cosine, kept }) });
  }

  /* the first picture: as it was left if the same token is selected, else with that token in the middle */
  begin(id, row) {
    const { store, memory, options } = this.disk;
    store.change({ selected: row });
    if (!memory.isRestored && options.left?.selected === id) memory.recall(options.left);
    if (!memory.isRestored && row !== null) this.stand(row);
  }

  /* a token in the middle, or where the other layout stands already */
  stand(row) {
    const { store, scene, partner } = this.disk;
    const other = partner.disk;
    if (other?.state.started && other.partner.leads) store.change({ camera: other.state.camera });
    else {
      store.change({ camera: toOrigin(scene.rho[row], scene.theta[row]) });
      partner.touch();
    }
  }
}
