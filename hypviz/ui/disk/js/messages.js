/* Messages of the server: the colouring, the neighbours of the selected token and of the one under the mouse, the pinned ones
   and their path. */

import { toOrigin } from "./isometry.js";

export class Messages {
  constructor(disk) {
    this.disk = disk;
  }

  receive({ colour, title, neighbours, heard, look, lost, pins, four, path }) {
    const { store, state, legend, stage } = this.disk;
    if (colour && colour !== state.colour) legend.recolour(colour);
    this.hearPick(neighbours ?? null, heard ?? 0);
    if (look) this.learn(look);
    if (pins) this.disk.pins.show(pins);
    else this.disk.pins.unpin();
    this.disk.measure.show(four);
    this.disk.path.hear(path ?? null);
    store.change({ started: true, title: title ?? state.title, lost: lost ?? "" });
    stage.dirty(true);
  }

  /* the token that the address names, with its neighbours, after the pick number `heard`; it may have changed without us, unless it names
     our token still: then a run of the server had begun before. Of two picks in a moment the server may answer the last one only */
  hearPick(found, heard) {
    const { scene, store, state, picks, motion } = this.disk;
    const id = found ? found.id : null;
    const row = found ? scene.rowOf.get(id) : undefined;
    const asked = state.asked.filter((pick) => pick.at > heard);
    const ours = state.asked.some((pick) => pick.at <= heard && pick.id === id);
    const foreign = !asked.length && !ours && id !== state.heard;
    store.change({ asked, heard: id });
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
