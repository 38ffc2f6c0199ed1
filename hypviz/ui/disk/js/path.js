/* The pinned text's way through the layers: asked for beside the text, scrubbed and played, with the tokens of every layer in tables. */

import { button, make, refill } from "./dom.js";
import { Player } from "./player.js";
import { format, visible } from "./text.js";

const LENSES = { logit: "as the output layer reads it", cosine: "by the nearest rows" };

const UNREAD = "The layers are still to be read; what is to do for that stands in the corner.";

const percent = (share) => (share >= 0.0995 ? `${format(100 * share, 0)} %` : `${format(100 * share, 1)} %`);

/* what the server said of a path, with rows of the scene; null where it is not there yet */
export function readPath(scene, message) {
  if (!message?.tokens) return null;
  const { tokens, values, at, texts } = message;
  const token = (id, value) => {
    const row = scene.rowOf.get(id) ?? null;
    return { row, value, text: row === null ? (texts[id] ?? "") : scene.text(row) };
  };
  const layers = tokens.map((ids, layer) => ids.map((id, k) => token(id, values[layer][k])));
  return { ...message, layers, rows: scene.rowsOf(at) };
}

export class Path {
  constructor(disk) {
    this.disk = disk;
    this.message = null; // of the server, as it came
    this.said = "null"; // the same as text
    this.isOffered = false; // whether a text is pinned
    this.player = null;
    this.lines = []; // of the table of all layers
    this.scroller = null; // around it
    const title = "Follow the pinned text through the layers of the model, on this map";
    this.toggleButton = button("Path", title, () => this.toggle(), { "aria-pressed": "false" });
    this.position = make("select", { "aria-label": "Token to follow", onchange: () => this.ask() });
    const options = Object.entries(LENSES).map(([value, text]) => make("option", { value, text }));
    this.lens = make("select", { "aria-label": "How a layer is read", onchange: () => this.ask() }, ...options);
    this.bar = make("div", { class: "bar hidden" }, this.toggleButton, this.position, this.lens);
    this.body = make("div");
    this.here = make("div");
    this.element = make("div", { class: "path" }, ...(disk.options.send ? [this.bar] : []), this.body);
  }

  connect() {
    this.disk.store.watch(["path"], () => this.build());
    this.disk.store.watch(["step"], () => this.show());
    this.show();
  }

  get isAsked() {
    return this.message !== null;
  }

  /* the tokens of the pinned text, which may be followed */
  offer(pieces) {
    const chosen = this.position.value;
    const options = pieces.map((piece, k) => make("option", { value: String(k), text: `${k + 1} ${visible(piece, 16)}` }));
    this.position.replaceChildren(make("option", { value: "", text: "last token" }), ...options);
    this.position.value = Number(chosen) < pieces.length ? chosen : "";
    this.isOffered = pieces.length > 0;
    this.showBar();
  }

  /* while there is something to follow, or a path to let go of */
  showBar() {
    this.bar.classList.toggle("hidden", !this.isOffered && !this.isAsked);
  }

  toggle() {
    if (this.isAsked) this.disk.options.send({ path: "" });
    else this.ask();
  }

  ask() {
    const { value } = this.position;
    this.disk.options.send({ path: value === "" ? this.lens.value : `${this.lens.value},${value}` });
  }

  /* what the server says of it: null where none is asked for, without layers where they are still to be read */
  hear(message) {
    const said = JSON.stringify(message);
    if (said === this.said) return;
    this.said = said;
    this.message = message;
    const { store, scene, root } = this.disk;
    const path = readPath(scene, message);
    this.toggleButton.setAttribute("aria-pressed", String(this.isAsked));
    root.classList.toggle("following", path !== null);
    if (message) this.choose(message.asked);
    this.showBar();
    this.player?.stop();
    store.change({ path, step: this.stepOn(path) });
    if (!path) this.build();
  }

  /* the layer at which the person stood before, else the last one */
  stepOn(path) {
    const { step } = this.disk.state;
    if (!path) return this.isAsked ? step : 0;
    const last = path.rows.length - 1;
    return step > 0 && step <= last ? step : last;
  }

  /* the selects as the address has them */
  choose(asked) {
    const [lens, position] = String(asked).split(",");
    if (lens in LENSES) this.lens.value = lens;
    if (position === undefined) this.position.value = "";
    else if ([...this.position.options].some(({ value }) => value === position)) this.position.value = position;
  }

  build() {
    const { root, state } = this.disk;
    const { path } = state;
    this.player?.stop();
    this.player = path ? this.newPlayer(path) : null;
    this.lines = path ? path.layers.map((layer, k) => this.line(layer[0], k)) : [];
    const small = (text) => make("p", { class: "small", text });
    if (!path) refill(root, this.body, ...(this.isAsked ? [small(UNREAD)] : []));
    else
      refill(root, this.body, make("p", { text: path.title }), this.player.element, this.here, this.table(path), ...path.said.map(small));
    this.show();
  }

  newPlayer(path) {
    const last = path.rows.length - 1;
    const says = (layer) => `layer ${layer} of ${last}`;
    return new Player(this.disk, { name: "step", label: "Layer", last, says });
  }

  value({ lens }, value) {
    return lens === "logit" ? percent(value) : format(value);
  }

  /* all layers with the first token of each; a line goes to its layer */
  table(path) {
    const heads = ["layer", path.lens === "logit" ? "most probable" : "nearest row", path.lens === "logit" ? "p" : "cos"];
    const head = make("tr", {}, ...heads.map((text, k) => make("th", { class: k === 1 ? "" : "number", text })));
    this.scroller = make("div", { class: "layers" }, make("table", {}, make("thead", {}, head), make("tbody", {}, ...this.lines)));
    return this.scroller;
  }

  line({ text, value, row }, layer) {
    const { path } = this.disk.state;
    const word = `${visible(text, 24)}${row === null ? " (not laid out)" : ""}`;
    const cells = [make("td", { class: "number", text: String(layer) }), make("td", { text: word })];
    const go = () => this.player.go(layer);
    return make("tr", { onclick: go }, ...cells, make("td", { class: "number", text: this.value(path, value) }));
  }

  /* the tokens of this layer, each of which can be brought to the middle */
  show() {
    const { root, state, partner, motion } = this.disk;
    partner.disk?.store.change({ step: state.step });
    const { path } = state;
    if (!path) return;
    this.player.show();
    const layer = Math.round(state.step);
    for (const [k, line] of this.lines.entries()) line.classList.toggle("here", k === layer);
    this.scroller.scrollTop = this.lines[layer].offsetTop - this.scroller.clientHeight / 2;
    const rows = path.layers[layer].map(({ row, text, value }) => {
      const cells = [make("td", { text: visible(text, 24) }), make("td", { class: "number", text: this.value(path, value) })];
      return row === null ? make("tr", { title: "not laid out" }, ...cells) : make("tr", { onclick: () => motion.centre(row) }, ...cells);
    });
    refill(root, this.here, make("table", {}, make("tbody", {}, ...rows)), make("p", { class: "small", text: this.spread(path, layer) }));
  }

  spread({ lens, spread, chance, layers }, layer) {
    const held = layers[layer].reduce((sum, { value }) => sum + value, 0);
    const whole = lens === "logit" ? `These hold ${percent(held)} of the probability and lie` : "These lie";
    return `${whole} ${format(spread[layer], 1)} from the point on average; two random tokens are ${format(chance, 1)} apart.`;
  }
}
