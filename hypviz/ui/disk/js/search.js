/* The search: suggestions while typing, arrows among them, Enter takes one. */

import { hear, make } from "./dom.js";
import { findTexts } from "./finding.js";
import { visible } from "./text.js";

const NONE = "No token here contains that; the tokenizer may split it, so try a shorter piece or pin the text below.";

export class Search {
  constructor(disk) {
    this.disk = disk;
    this.box = make("input", {
      type: "search",
      placeholder: "Find a token or an id  ( / )",
      "aria-label": "Find a token or an id",
      role: "combobox",
      "aria-expanded": "false",
      oninput: () => this.suggest(),
      onkeydown: (event) => this.key(event),
    });
    this.list = make("ul", { class: "hits", role: "listbox", "aria-label": "Suggestions" });
    this.lowered = null; // all texts, once they were needed
    this.rows = [];
    this.at = 0; // among them
  }

  find(wanted) {
    const { scene } = this.disk;
    this.lowered ??= Array.from({ length: scene.n }, (_, i) => scene.text(i).toLowerCase());
    return findTexts(scene, this.lowered, wanted);
  }

  suggest() {
    const wanted = this.box.value;
    this.rows = wanted ? this.find(wanted) : [];
    this.at = 0;
    this.box.setAttribute("aria-expanded", String(this.rows.length > 0));
    this.list.replaceChildren(...this.rows.map((row, i) => this.item(row, i)));
    if (!wanted || this.rows.length) return;
    this.list.replaceChildren(make("li", { text: NONE }));
    this.disk.voice.say(NONE);
  }

  item(row, i) {
    const { scene } = this.disk;
    const words = [make("b", { text: visible(scene.text(row)) }), make("span", { text: `id ${scene.id[row]}` })];
    return make("li", { role: "option", "aria-selected": String(i === 0), onclick: () => this.take(row) }, ...words);
  }

  key(event) {
    event.stopPropagation();
    if (event.key === "Enter" && this.rows.length) this.take(this.rows[this.at]);
    else if (event.key === "Escape") this.empty();
    else if ((event.key === "ArrowDown" || event.key === "ArrowUp") && this.rows.length) {
      event.preventDefault();
      this.go(event.key === "ArrowDown" ? 1 : -1);
    }
  }

  go(step) {
    const { rows } = this;
    this.at = (this.at + step + rows.length) % rows.length;
    for (const [i, item] of [...this.list.children].entries()) item.setAttribute("aria-selected", String(i === this.at));
    this.disk.voice.say(this.disk.voice.sentence(rows[this.at]));
  }

  empty() {
    this.box.value = "";
    this.suggest();
    hear(this.disk.root);
  }

  take(row) {
    this.empty();
    this.disk.stage.element.scrollIntoView({ block: "nearest" });
    this.disk.motion.centre(row);
  }
}
