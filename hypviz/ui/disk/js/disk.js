/* The disk: its parts, each with one subject, around one store that owns the state. */

import { About } from "./about.js";
import { Arcs } from "./arcs.js";
import { Card } from "./card.js";
import { Chips } from "./chips.js";
import { paint } from "./colour.js";
import { Counts } from "./counts.js";
import { make } from "./dom.js";
import { Home } from "./home.js";
import { Keyboard } from "./keyboard.js";
import { Legend } from "./legend.js";
import { Measure } from "./measure.js";
import { Memory } from "./memory.js";
import { Messages } from "./messages.js";
import { Motion } from "./motion.js";
import { Names } from "./names.js";
import { Overlay } from "./overlay.js";
import { Partner } from "./partner.js";
import { Path } from "./path.js";
import { Picks } from "./picks.js";
import { Picture } from "./picture.js";
import { Pins } from "./pins.js";
import { Plates } from "./plates.js";
import { Play } from "./play.js";
import { Plot } from "./plot.js";
import { Pointer } from "./pointer.js";
import { Points } from "./points.js";
import { Rings } from "./rings.js";
import { Search } from "./search.js";
import { Selection } from "./selection.js";
import { Sight } from "./sight.js";
import { Slides } from "./slides.js";
import { Stage } from "./stage.js";
import { Store } from "./store.js";
import { STYLE } from "./style.js";
import { many } from "./text.js";
import { Trail } from "./trail.js";
import { Visits } from "./visits.js";
import { Voice } from "./voice.js";

/* the parts by name, those first whose elements others hold */
const PARTS = {
  voice: Voice,
  sight: Sight,
  counts: Counts,
  chips: Chips,
  card: Card,
  plates: Plates,
  points: Points,
  stage: Stage,
  names: Names,
  rings: Rings,
  arcs: Arcs,
  trail: Trail,
  overlay: Overlay,
  partner: Partner,
  motion: Motion,
  visits: Visits,
  picks: Picks,
  pointer: Pointer,
  keyboard: Keyboard,
  search: Search,
  legend: Legend,
  play: Play,
  about: About,
  pins: Pins,
  measure: Measure,
  path: Path,
  selection: Selection,
  plot: Plot,
  picture: Picture,
  slides: Slides,
  home: Home,
  memory: Memory,
  messages: Messages,
};

export class Disk {
  /* options: bytes (the scene's own), colour (a colouring's name), send (tells the server), left (what `memory.keep` gave), menu (whether to
     offer the colourings), draw ("raster" or "webgl" for one way only), trusted (whether to take any graphics for a card) */
  constructor(root, scene, options = {}) {
    const colour = options.colour ?? scene.colours[0].name;
    this.root = root;
    this.scene = scene;
    this.options = options;
    this.store = new Store({ colour, paint: paint(scene, colour) });
    this.parts = [];
    for (const [name, Part] of Object.entries(PARTS)) {
      this[name] = new Part(this);
      this.parts.push(this[name]);
    }
    this.build();
    for (const part of this.parts) part.connect?.();
    this.stage.resize();
  }

  get state() {
    return this.store.state;
  }

  /* whether the plane moves neither by itself nor under the pointer */
  get isStill() {
    return !this.state.gliding && !this.state.holding;
  }

  build() {
    const { root, scene, stage, legend, voice, home } = this;
    const keys = "press / to search, arrows to walk, question mark for keys";
    root.className = "hv";
    root.tabIndex = 0;
    root.setAttribute("role", "application");
    root.setAttribute("aria-label", `Poincaré disk with ${many(scene.n)} tokens; ${keys}`);
    stage.element.append(home.corner);
    const picture = make("div", { class: "picture" }, stage.element, legend.element);
    root.replaceChildren(make("style", { text: STYLE }), picture, this.panel(), voice.element);
  }

  panel() {
    const { motion, selection, plot, legend, search, pins, path, play, about, home, keyboard } = this;
    const bar = make("div", { class: "bar" }, ...motion.elements, selection.button, plot.button, legend.menu);
    const exports = make("div", { class: "bar" }, ...home.elements);
    const middle = [play.element, search.box, search.list, pins.element, path.element, plot.canvas, selection.element, about.element];
    return make("div", { class: "panel" }, bar, exports, ...middle, keyboard.help);
  }

  /* a message of the server */
  control(message) {
    this.messages.receive(message);
  }

  /* what is drawn in the page's colours, anew */
  repaint() {
    this.stage.dirty();
    this.plot.draw();
  }

  remove() {
    this.store.change({ gliding: null });
    for (const part of this.parts) part.remove?.();
  }
}
