/* The card under the mouse; where it rests, the server is asked for the neighbours in the original space, which are not in the scene. */

import { make } from "./dom.js";
import { nearestInDisk } from "./isometry.js";
import { NOTHING } from "./scene.js";
import { format, many, visible } from "./text.js";

const RESTING = 350; // milliseconds after which a token under the mouse is looked up

const MOST_WORDS = 5;

export class Card {
  constructor(disk) {
    this.disk = disk;
    this.element = make("div", { class: "card hidden" });
    this.hovered = null; // row
    this.looking = undefined; // a timer
  }

  connect() {
    this.disk.store.watch(["answers"], () => this.hovered !== null && this.fill(this.hovered));
  }

  /* the card of a row beside a place of the picture */
  show(row, at) {
    if (row === null) {
      this.hide();
      return;
    }
    const { element } = this;
    const { sight } = this.disk;
    if (row !== this.hovered) {
      this.hovered = row;
      this.fill(row);
      this.lookUp(row);
    }
    element.classList.remove("hidden");
    const left = at.x > sight.wide / 2 ? at.x - element.offsetWidth - 14 : at.x + 14;
    element.style.left = `${Math.max(0, left)}px`;
    element.style.top = `${Math.max(0, Math.min(at.y + 12, sight.side - element.offsetHeight))}px`;
  }

  hide() {
    this.element.classList.add("hidden");
    this.hovered = null;
  }

  fill(row) {
    const lines = this.lines(row).map((text) => make("div", { text }));
    this.element.replaceChildren(make("b", { text: visible(this.disk.scene.text(row)) }), ...lines);
  }

  lines(row) {
    const { scene, state } = this.disk;
    const { words } = scene;
    const texts = (rows) =>
      rows
        .slice(0, MOST_WORDS)
        .map((r) => visible(scene.text(r)))
        .join("  ");
    const lines = [
      `token ${scene.id[row]}, rank ${many(row + 1)}`,
      `norm ${format(scene.norms[row], 3)}, ρ = ${format(scene.rho[row], 2)}`,
    ];
    if (words.counted) lines.push(scene.count[row] ? `${many(scene.count[row])} times in ${words.source}` : `not in ${words.source}`);
    if (scene.kept[row] !== NOTHING) lines.push(`${scene.kept[row]} of ${words.neighbours ?? 10} neighbours kept here`);
    lines.push(`near here: ${texts(nearestInDisk(scene, row, MOST_WORDS).map((q) => q.row))}`);
    const known = state.answers.get(row);
    if (known) lines.push(`near in the original space: ${texts(known.nearest)}`);
    return lines;
  }

  lookUp(row) {
    clearTimeout(this.looking);
    const { scene, options } = this.disk;
    if (!options.send || this.disk.state.answers.has(row)) return;
    this.looking = setTimeout(() => {
      if (this.hovered !== row || !this.disk.isStill) return;
      if (this.disk.state.asked.length)
        this.lookUp(row); // a run with the address of before would answer
      else options.send({ look: scene.id[row] });
    }, RESTING);
  }

  remove() {
    clearTimeout(this.looking);
  }
}
