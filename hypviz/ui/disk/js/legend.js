/* The legend: the colouring in words and swatches, a group to look at alone, and the choice of another colouring where the page has none. */

import { DRIFT } from "./arcs.js";
import { paint } from "./colour.js";
import { make, refill } from "./dom.js";
import { within } from "./shapes.js";
import { cut, format, many } from "./text.js";

const MANY = 12; // groups: more are folded, where the picture itself names them

const SWATCH = 26; // pixels of its canvas, drawn at half the size

function swatch(colour, shape) {
  const attributes = { width: SWATCH, height: SWATCH, style: "width:13px;height:13px", "aria-hidden": "true" };
  const canvas = make("canvas", attributes);
  const context = canvas.getContext("2d");
  context.fillStyle = colour;
  for (let y = 0; y < SWATCH; y++) {
    for (let x = 0; x < SWATCH; x++) if (within(shape, x - 12.5, y - 12.5, 11)) context.fillRect(x, y, 1, 1);
  }
  return canvas;
}

export class Legend {
  constructor(disk) {
    this.disk = disk;
    this.element = make("div", { class: "legend" });
    this.tools = make("span", {}); // for the group that is looked at alone
    this.buttons = new Map(); // by code
    this.menu = disk.options.menu ? this.makeMenu() : "";
  }

  connect() {
    this.disk.store.watch(["paint"], () => this.draw());
    this.disk.store.watch(["only"], () => this.isolated());
    this.draw();
  }

  makeMenu() {
    const { scene, state } = this.disk;
    const select = make("select", { "aria-label": "Colour by", onchange: () => this.recolour(select.value) });
    for (const { name, help } of scene.colours) {
      select.append(make("option", { value: name, text: `Colour by ${name}`, title: help, selected: name === state.colour }));
    }
    return select;
  }

  recolour(name) {
    this.disk.store.change({ colour: name, paint: paint(this.disk.scene, name), only: null, onlyMask: null });
  }

  draw() {
    const { items, scale, missing } = this.disk.state.paint;
    this.buttons = new Map((items ?? []).map((item) => [item.code, this.itemButton(item)]));
    const { onMiddles } = this.disk.state.paint;
    const buttons = [...this.buttons.values()];
    const parts = onMiddles && buttons.length > MANY ? [this.folded(buttons)] : buttons;
    if (scale) parts.push(...this.ramp(scale));
    if (missing) parts.push(make("span", {}, swatch(missing.colour, "circle"), ` ${missing.label}`));
    if (this.disk.scene.words.partner) parts.push(this.driftLine());
    refill(this.disk.root, this.element, ...parts, this.tools);
  }

  folded(buttons) {
    const summary = make("summary", { text: `${buttons.length} regions, each named where it lies: click one to see only its tokens` });
    return make("details", {}, summary, make("div", { class: "legend" }, ...buttons));
  }

  itemButton({ code, label, colour, shape, count }) {
    const title = `${many(count)} tokens; click to see only these`;
    const isolate = () => this.isolate(code);
    return make("button", { type: "button", title, "aria-pressed": "false", onclick: isolate }, swatch(colour, shape), cut(label));
  }

  ramp({ low, high, label, stops }) {
    const colours = stops.map(([at, hex]) => `${hex} ${100 * at}%`).join(", ");
    const ramp = make("span", { class: "ramp", style: `background:linear-gradient(to right, ${colours})` });
    const word = (text) => make("span", { text });
    return [word(format(low, 1)), ramp, word(format(high, 1)), word(label)];
  }

  driftLine() {
    const line = make("b", { text: "—", style: `color:${DRIFT}` });
    return make("span", {}, line, " to the token's place in the other layout (40 of the named tokens, those selected)");
  }

  /* only the group with this code, or all again */
  isolate(code) {
    const { store, state } = this.disk;
    if (state.only === code) this.showAll();
    else store.change({ only: code, onlyMask: Uint8Array.from(state.paint.value, (value) => (value === code ? 1 : 0)) });
  }

  showAll() {
    this.disk.store.change({ only: null, onlyMask: null });
  }

  /* what can be done with the group that is looked at alone */
  isolated() {
    const { root, state, measure } = this.disk;
    const rows = state.only === null ? [] : Array.from(state.onlyMask.keys()).filter((row) => state.onlyMask[row] === 1);
    refill(root, this.tools, ...measure.buttons(rows));
    this.press();
  }

  press() {
    for (const [code, one] of this.buttons) one.setAttribute("aria-pressed", String(code === this.disk.state.only));
  }
}
