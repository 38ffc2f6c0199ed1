/* The legend: the colouring in words and swatches, a group to look at alone, and the choice of another colouring where the page has none. */

import { DRIFT } from "./arcs.js";
import { paint } from "./colour.js";
import { make, refill } from "./dom.js";
import { rowsOf } from "./groups.js";
import { maskOf } from "./scene.js";
import { SHAPES, within } from "./shapes.js";
import { cut, many, rampWords } from "./text.js";

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
    this.buttons = new Map(); // by the codes that each isolates
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
    const { store, scene, state } = this.disk;
    const [past, future] = [state.past, state.future].map((steps) => steps.map((step) => ({ ...step, only: null })));
    store.change({ colour: name, paint: paint(scene, name), only: null, onlyMask: null, past, future });
  }

  draw() {
    const { items, scale, missing, wide } = this.disk.state.paint;
    this.buttons = new Map();
    const wider = wide.map((each) => this.wideButton(each));
    const buttons = (items ?? []).map((item) => this.itemButton([item.code], item));
    const parts = wide.length && buttons.length > MANY ? [this.folded([...wider, ...buttons], wider.length)] : buttons;
    if (scale) parts.push(...this.ramp(scale));
    if (missing) parts.push(make("span", {}, swatch(missing.colour, "circle"), ` ${missing.label}`));
    if (this.disk.scene.words.partner) parts.push(this.driftLine());
    refill(this.disk.root, this.element, ...parts, this.tools);
  }

  folded(buttons, nWide) {
    const text = `${nWide} regions, and ${buttons.length - nWide} in them that are named where they are magnified: click a name to go there`;
    const summary = make("summary", { text });
    return make("details", {}, summary, make("div", { class: "legend" }, ...buttons));
  }

  itemButton(codes, { label, colour, shape, count }) {
    const title = `${many(count)} tokens; click to see only these`;
    const isolate = () => (this.isAlone(codes) ? this.showAll() : this.isolate(codes));
    const one = make("button", { type: "button", title, "aria-pressed": "false", onclick: isolate }, swatch(colour, shape), cut(label));
    this.buttons.set(codes, one);
    return one;
  }

  /* a button for several groups that make one piece */
  wideButton({ codes, label, colour }) {
    const { items } = this.disk.state.paint;
    const count = items.filter(({ code }) => codes.includes(code)).reduce((sum, item) => sum + item.count, 0);
    return this.itemButton(codes, { label, colour, shape: SHAPES[0], count });
  }

  ramp(scale) {
    const { low, high, label } = rampWords(scale);
    const colours = scale.stops.map(([at, hex]) => `${hex} ${100 * at}%`).join(", ");
    const ramp = make("span", { class: "ramp", style: `background:linear-gradient(to right, ${colours})` });
    const word = (text) => make("span", { text });
    return [word(low), ramp, word(high), word(label)];
  }

  driftLine() {
    const line = make("b", { text: "—", style: `color:${DRIFT}` });
    return make("span", {}, line, " to the token's place in the other layout (40 of the named tokens, those selected)");
  }

  /* only the groups with these codes, all for null or for codes that no group has */
  isolate(codes) {
    const { store, state } = this.disk;
    const known = (codes ?? []).filter((code) => state.paint.items?.some((item) => item.code === code));
    if (known.join() === (state.only ?? []).join()) return;
    if (!known.length) this.showAll();
    else store.change({ only: known, onlyMask: maskOf(rowsOf(state.paint.value, known), state.paint.value.length) });
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

  isAlone(codes) {
    return codes.join() === this.disk.state.only?.join();
  }

  /* what is shown alone, in words; null where all is shown */
  get onlyWords() {
    const { only, paint } = this.disk.state;
    if (only === null) return null;
    const found = paint.wide.find(({ codes }) => codes.join() === only.join()) ?? paint.items.find(({ code }) => code === only[0]);
    return cut(found.label, 24);
  }

  press() {
    for (const [codes, one] of this.buttons) one.setAttribute("aria-pressed", String(this.isAlone(codes)));
  }
}
