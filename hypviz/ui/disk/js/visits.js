/* Going to a group by its name: it fills the picture, all other tokens are dimmed, and the way back undoes both. */

import { circleOf, rowsOf } from "./groups.js";
import { centredOn } from "./isometry.js";
import { LARGEST } from "./motion.js";
import { UNMAGNIFIED } from "./store.js";
import { many } from "./text.js";

const COVERED = 0.92; // of the picture by the group

const SMALLEST_DRAWN = 12; // pixels of a group's radius, unmagnified: a single token is not made larger than that

export class Visits {
  constructor(disk) {
    this.disk = disk;
  }

  /* to a name of `namesOf`; to the one that is shown alone, and all are shown again */
  to(name) {
    const { motion, legend, voice } = this.disk;
    motion.remember();
    if (legend.isAlone(name.codes)) {
      legend.showAll();
      voice.say("All groups are shown again.");
      return;
    }
    const { camera, zoom } = this.view(name);
    motion.glide(camera, zoom);
    legend.isolate(name.codes);
    voice.say(`${name.label}: ${many(name.count)} tokens, all others dimmed; Backspace goes back, Esc shows all.`);
  }

  /* the camera and the magnifier under which a group fills the picture */
  view({ codes, row }) {
    const { scene, state, sight } = this.disk;
    const { middle, radius } = circleOf(scene, rowsOf(state.paint.value, codes), row);
    const camera = centredOn(middle, state.camera);
    const drawn = sight.drawnAt(radius, camera);
    const scale = Math.min(LARGEST, (COVERED * Math.min(sight.wide, sight.side)) / 2 / Math.max(drawn, SMALLEST_DRAWN));
    return { camera, zoom: scale > 1 ? { scale, x: 0, y: 0 } : UNMAGNIFIED };
  }
}
