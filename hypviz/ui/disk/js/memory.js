/* What a person has made of a disk and the server does not know, to be taken home or found again after another page. */

import { anchorOf, carried, viewpointOf } from "./carrying.js";
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
    const found = viewpointOf(text, farthestView(scene) + 1);
    if (!found) return false;
    store.change({ camera: found.camera });
    motion.setView(found.view);
    this.isRestored = true;
    return true;
  }

  /* rows are those of the scene, the selected token is named by its id */
  keep() {
    const { scene, state, picks } = this.disk;
    const { zoom, past, future, lasso, only, colour, plotOpen, step, frame } = state;
    const chosen = state.chosen?.rows ?? [];
    const { shape, radius } = scene.words;
    const anchor = anchorOf(scene, state.camera);
    const found = { camera: this.camera(), zoom, past, future, selected: picks.id, chosen, lasso, only, colour, plotOpen, step, frame };
    return { ...found, shape, radius, anchor, at: performance.now() };
  }

  /* `left`: what `keep` gave, perhaps of this layout at another radius */
  recall(left) {
    if (!this.restore(left.camera)) return;
    const { scene, store, state, legend, selection } = this.disk;
    const { zoom, plotOpen, chosen, lasso, only, step = 0, frame = 0 } = left;
    const isElsewhere = left.radius !== scene.words.radius;
    const take = (place) => (isElsewhere ? { ...place, camera: carried(scene, place.camera, place.anchor, farthestView(scene)) } : place);
    const { camera } = take({ camera: state.camera, anchor: left.anchor });
    const ways = { past: left.past.map(take), future: left.future.map(take) };
    store.change({ camera, zoom, ...ways, plotOpen, step, frame: Math.min(frame, Math.max(0, scene.frames.length - 1)) });
    if (left.colour === state.colour) legend.isolate(only);
    if (chosen.length) selection.set(chosen, isElsewhere ? null : lasso);
  }
}
