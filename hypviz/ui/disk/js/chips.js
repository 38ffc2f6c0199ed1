/* Words in the corner of the picture: the model of the plane, the magnifier, how far off the middle is. */

import { make } from "./dom.js";
import { offOrigin } from "./isometry.js";
import { viewName } from "./projection.js";
import { cut, many } from "./text.js";

export class Chips {
  constructor(disk) {
    this.disk = disk;
    this.element = make("div", { class: "chips" });
    this.said = null;
    this.covered = []; // boxes of the picture
  }

  /* what the page lays over the picture, as boxes that its words leave free; a saved picture has nothing over it */
  boxes() {
    return this.disk.stage.isPrinting ? [] : this.covered;
  }

  measure() {
    const { corner } = this.disk.home;
    const box = (one, by) => {
      const [left, top] = [by.offsetLeft + one.offsetLeft, by.offsetTop + one.offsetTop];
      return { box: [left, top, left + one.offsetWidth, top + one.offsetHeight] };
    };
    this.covered = [
      ...[...this.element.children].map((one) => box(one, this.element)),
      ...[...corner.children].map((one) => box(one, corner)),
    ];
  }

  draw() {
    const words = this.words();
    const said = [...words, this.disk.legend.onlyWords].join("|");
    if (said === this.said) return;
    this.said = said;
    this.element.replaceChildren(...words.map((text) => make("span", { text })), ...this.onlyButton());
    if (this.disk.isStill) this.disk.stage.dirty(true); // what stands in the picture leaves them free
  }

  words() {
    const { scene, state } = this.disk;
    const { words, n } = scene;
    const shown = words.vocabulary > n ? `showing ${many(n)} of ${many(words.vocabulary)}` : many(n);
    const chips = [words.partner ? words.method : `${viewName(state.view)}, ${shown} tokens`];
    if (state.zoom.scale > 1.001) chips.push(`magnifier ${state.zoom.scale.toFixed(1)} × (0 ends it)`);
    if (state.adrift) chips.push("no token lies farther out: drag back, or press 0");
    if (this.disk.plates.around) chips.push(`in ${cut(this.disk.plates.around, 28)}`);
    if (this.disk.measure.words) chips.push(this.disk.measure.words);
    const off = offOrigin(state.camera);
    if (off > 0.01) chips.push(`${off.toFixed(2)} from the origin`);
    return chips;
  }

  /* what is shown alone, to be clicked for all */
  onlyButton() {
    const { legend } = this.disk;
    const text = `only ${legend.onlyWords} ×`;
    return legend.onlyWords === null
      ? []
      : [make("button", { type: "button", text, title: "Show all (Esc)", onclick: () => legend.showAll() })];
  }

  /* one more, until the others change */
  tell(text) {
    this.element.append(make("span", { text }));
    this.said = null;
  }
}
