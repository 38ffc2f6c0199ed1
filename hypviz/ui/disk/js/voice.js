/* What is said aloud to those who cannot see the picture. */

import { make } from "./dom.js";
import { format, many, visible } from "./text.js";

export class Voice {
  constructor(disk) {
    this.disk = disk;
    this.element = make("div", { class: "live", "aria-live": "polite", role: "status" });
  }

  say(text) {
    this.element.textContent = text;
  }

  /* a token, by its text and by its facts */
  sentence(row) {
    return `${visible(this.disk.scene.text(row))}, token ${this.facts(row)}`;
  }

  facts(row) {
    const { scene } = this.disk;
    const times = scene.count[row] ? `${many(scene.count[row])} times` : "not";
    const count = scene.words.counted ? `, ${times} in ${scene.words.source}` : "";
    return `${scene.id[row]}, rank ${many(row + 1)}${count}, ${format(scene.rho[row])} from the origin.`;
  }
}
