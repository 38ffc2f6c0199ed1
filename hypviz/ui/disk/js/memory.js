/* What a person has made of a disk and the server does not know, to be taken home or found again after another page. */

import { isometryFrom } from "./isometry.js";
import { farthestView } from "./pointer.js";

export class Memory {
  constructor(disk) {
    this.disk = disk;
    this.isRestored = false;
  }

  /* the point of view, as a link has it: every digit counts far out */
  camera() {
    const { camera, view } = this.disk.state;
    return `${[camera.ar, camera.ai, camera.br, camera.bi].join(",")},${view}`;
  }

  /* back to such a point of view; false where it is none */
  restore(text) {
    const { scene, store, motion } = this.disk;
    const parts = String(text).split(",");
    const camera = isometryFrom(parts.slice(0, 4).map(Number), farthestView(scene) + 1);
    if (!camera) return false;
    store.change({ camera });
    motion.setView(parts[4]);
    this.isRestored = true;
    return true;
  }

  /* rows are those of the scene, the selected token is named by its id */
  keep() {
    const { state, picks } = this.disk;
    const { zoom, past, future, lasso, only, colour, plotOpen } = state;
    const chosen = state.chosen?.rows ?? [];
    return { camera: this.camera(), zoom, past, future, selected: picks.id, chosen, lasso, only, colour, plotOpen };
  }

  recall({ camera, zoom, past, future, chosen, lasso, only, colour, plotOpen }) {
    if (!this.restore(camera)) return;
    const { store, state, legend, selection } = this.disk;
    store.change({ zoom, past, future, plotOpen });
    if (only !== null && colour === state.colour && state.paint.items?.some(({ code }) => code === only)) legend.isolate(only);
    if (chosen.length) selection.set(chosen, lasso);
  }
}
