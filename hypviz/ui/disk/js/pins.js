/* A text whose tokens are pinned: its box, and the pinned tokens with what is near them in the original space. */

import { focusedIn, hear, make } from "./dom.js";
import { tokenTable } from "./table.js";
import { visible } from "./text.js";

export class Pins {
  constructor(disk) {
    this.disk = disk;
    this.box = make("input", {
      type: "search",
      placeholder: "Tokenise a text and pin its tokens",
      "aria-label": "Tokenise a text and pin its tokens",
      title: "Enter pins, Esc lets go; the text is kept in the address",
      onkeydown: (event) => this.key(event),
    });
    this.list = make("div", { class: "small" });
    this.element = disk.options.send ? make("div", { style: "margin-top:8px" }, this.box, this.list) : this.list;
    this.text = ""; // as the address has it
    this.typed = 0; // characters that were sent
  }

  key(event) {
    event.stopPropagation();
    if (event.key !== "Enter" && event.key !== "Escape") return;
    event.preventDefault();
    if (event.key === "Escape") {
      this.unpin();
      this.box.value = "";
      hear(this.disk.root);
    }
    this.typed = this.box.value.length;
    this.disk.options.send?.({ prompt: this.box.value });
  }

  unpin() {
    this.disk.store.change({ pinned: [], pinNear: new Map() });
    this.list.replaceChildren();
    this.disk.path.offer([]);
    this.disk.path.hear(null);
    this.showText("");
  }

  /* what the server made of the text: ids, pieces, ids near each, how many are left out, the text, and whether it was cut */
  show(pins) {
    const { scene, store } = this.disk;
    const pinned = scene.rowsOf(pins.ids);
    const near = pins.ids.map((id, k) => [scene.rowOf.get(id), scene.rowsOf(pins.near?.[k] ?? [])]);
    store.change({ pinned, pinNear: new Map(near.filter(([row]) => row !== undefined)) });
    this.showText(pins.text ?? "");
    const list = [...new Set(pinned)].map((row) => ({ row, cells: [this.nearWords(row)] }));
    const table = make("div", { class: "pinned" }, tokenTable(this.disk, list, ["nearest in the original space"], ""));
    this.disk.path.offer(pins.pieces);
    const bar = make("div", { class: "bar" }, ...this.disk.measure.buttons(pinned));
    this.list.replaceChildren(make("p", { class: "small", text: this.words(pins, pins.ids.length - pinned.length) }), bar, table);
  }

  words({ pieces, left, text, cut }, lost) {
    const parts = [pieces.map((piece) => visible(piece)).join(" ")];
    if (lost) parts.push(` (${lost} not laid out)`);
    if (left) parts.push(` and ${left} more that are not marked`);
    if (cut || this.typed > text?.length) parts.push(`; only the first ${text.length} characters are kept`);
    return parts.join("");
  }

  nearWords(row) {
    const { scene, state } = this.disk;
    return (state.pinNear.get(row) ?? []).map((near) => visible(scene.text(near))).join(", ");
  }

  /* the box follows the address when that changes, and leaves alone what is being typed */
  showText(text) {
    if (text === this.text) return;
    this.text = text;
    if (this.box !== focusedIn(this.disk.root)) this.box.value = text;
  }
}
