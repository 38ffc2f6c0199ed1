/* The names of groups in the picture, where a colouring says where its groups lie: each on a plate on its group's middle or near it, at one of
   two levels. A plate is clicked, or reached by Tab, to go to its group. */

import { overlap } from "./boxes.js";
import { make, refill } from "./dom.js";
import { rowAt } from "./finding.js";
import { anchorIn, homeSpread, isOpen, namesOf, wantedNames } from "./groups.js";
import { offOrigin } from "./isometry.js";
import { cut, many } from "./text.js";

const BACK = 0.86; // opacity of a plate

const PULLS = [0.84, 0.74, 0.64, 0.54, 0.44, 0.34]; // inwards

const ASIDE = [0, 0.16, -0.16, 0.32, -0.32]; // and aside, in radii

const TRIES = PULLS.flatMap((pull) => ASIDE.map((turn) => [pull, turn / pull]));

const SHIFTS = [0, 1, -1, 2, -2]; // heights of a plate by which it stands below its middle, or above

const LARGE = 16; // letters of a wide group's name in pixels

const USUAL = 14;

const LOST = 2.5; // magnification, or distance from the origin, from which on the corner says where one is

const FADING = 160; // milliseconds in which a name comes or goes

const LONGEST_FRAME = 40; // milliseconds that count of a frame that took longer

const placeAt = (x, y, width, height) => ({ x, y, box: [x - width / 2, y - height / 2, x + width / 2, y + height / 2] });

export class Plates {
  constructor(disk) {
    this.disk = disk;
    this.names = { narrow: [], wide: [] };
    this.homes = new Map(); // by view and name: its spread in the whole picture
    this.strengths = new Map(); // by name: {place, strength from 0 to 1}
    this.drawnAt = 0;
    this.placed = [];
    this.around = null; // the label of the group in the middle of the picture
    this.element = make("div", { class: "names" });
  }

  connect() {
    const read = () => {
      this.names = namesOf(this.disk.state.paint);
      this.homes = new Map();
      this.strengths = new Map();
    };
    this.disk.store.watch(["paint"], read);
    read();
  }

  wanted() {
    const { state, sight } = this.disk;
    return wantedNames(this.names, state.only, (name) => isOpen(name, this.home(name), sight, state.zoom.scale));
  }

  home(name) {
    const { scene, state } = this.disk;
    const key = `${state.view} ${name.key}`;
    if (!this.homes.has(key)) this.homes.set(key, homeSpread(scene, state.view, name.sample));
    return this.homes.get(key);
  }

  /* where they stand, so that none covers another or the boxes that are `covered` */
  places({ context, font }, covered = []) {
    const { sight } = this.disk;
    const taken = [];
    for (const name of this.wanted()) {
      const label = cut(name.label);
      const letters = (name.isWide ? LARGE : USUAL) * sight.grow;
      context.font = `bold ${letters}px ${font}`;
      const size = { width: context.measureText(label).width + 1.1 * letters, height: 1.5 * letters };
      const found = this.free(name, size, [...covered, ...taken]);
      if (found) taken.push({ ...found, name, label, letters, row: name.row });
    }
    return taken;
  }

  free(name, size, taken) {
    const tries = this.disk.state.paint.onMiddles ? this.onMiddle(name, size) : this.beside(name.row, size);
    return tries.find(({ box }) => this.isInside(box) && !taken.some((other) => overlap(other.box, box, 2)));
  }

  /* on the middle of the group, or of what is in sight of it, or over or below that; moved in from the edges of the picture */
  onMiddle(name, { width, height }) {
    const { sight } = this.disk;
    const anchor = anchorIn(
      name,
      (row) => sight.of(row),
      ({ x, y }) => this.isInside([x, y, x, y]),
    );
    if (!anchor) return [];
    const inside = Math.min(sight.wide - width / 2 - 1, Math.max(width / 2 + 1, anchor.x));
    return SHIFTS.map((shift) => placeAt(inside, anchor.y + shift * (height + 3), width, height));
  }

  /* the name of the group in the middle of the picture, where it is one of two levels; null at home */
  locate() {
    const { sight, state } = this.disk;
    const isHome = state.zoom.scale < LOST && offOrigin(state.camera) < LOST;
    const isLost = !isHome && this.names.wide.length > 0;
    const row = isLost ? rowAt(sight.X, sight.Y, sight.place(), sight.wide / 2, sight.side / 2, null, Infinity) : null;
    this.around = this.names.narrow.find(({ codes }) => codes[0] === state.paint.value[row])?.label ?? null;
  }

  isInside([left, top, right, bottom]) {
    const { sight } = this.disk;
    return left > 0 && right < sight.wide && top > 0 && bottom < sight.side;
  }

  beside(row, { width, height }) {
    const { sight } = this.disk;
    const { cx, cy, scale } = sight.place();
    const r = scale * Math.hypot(sight.X[row], sight.Y[row]);
    const angle = Math.atan2(sight.Y[row], sight.X[row]);
    return TRIES.map(([pull, turn]) =>
      placeAt(cx + pull * r * Math.cos(angle + turn), cy - pull * r * Math.sin(angle + turn), width, height),
    );
  }

  /* what is drawn of them at this moment, as {place, strength}: those that stand here, and those that go as long as they cover none of these */
  shown(placed, now) {
    const { stage } = this.disk;
    const { isPrinting } = stage;
    const isAtOnce = isPrinting || matchMedia("(prefers-reduced-motion: reduce)").matches;
    const step = isAtOnce ? 1 : Math.min(LONGEST_FRAME, Math.max(0, now - this.drawnAt)) / FADING;
    const before = this.strengths;
    const here = new Map(placed.map((place) => [place.name.key, place]));
    const strengths = new Map();
    for (const [key, place] of here) strengths.set(key, { place, strength: Math.min(1, (before.get(key)?.strength ?? 0) + step) });
    for (const [key, { place, strength }] of before) {
      const isGoing = !here.has(key) && strength > step && !placed.some((other) => overlap(other.box, place.box, 0));
      if (isGoing) strengths.set(key, { place, strength: strength - step });
    }
    if (isPrinting) return [...strengths.values()];
    this.strengths = strengths;
    this.placed = placed;
    this.drawnAt = now;
    return [...strengths.values()];
  }

  /* whether some name is still coming or going */
  get isFading() {
    const here = new Set(this.placed.map(({ name }) => name.key));
    return [...this.strengths].some(([key, { strength }]) => strength < 1 || !here.has(key));
  }

  draw(pen, shown) {
    const { context } = pen;
    context.textAlign = "center";
    const each = (act) => {
      for (const { place, strength } of shown) {
        context.globalAlpha = strength;
        act(place);
      }
      context.globalAlpha = 1;
    };
    if (!this.disk.state.paint.onMiddles) each((place) => this.line(pen, place));
    each((place) => this.plate(pen, place));
  }

  /* from a name to its middle */
  line({ context }, { row, x, y, name }) {
    const from = this.disk.sight.of(row);
    context.strokeStyle = name.colour;
    context.lineWidth = 1.5;
    context.beginPath();
    context.moveTo(from.x, from.y);
    context.lineTo(x, y);
    context.stroke();
  }

  plate({ context, ink, paper, font }, { x, y, box, label, letters, name }) {
    const strength = context.globalAlpha;
    context.beginPath();
    context.roundRect(box[0], box[1], box[2] - box[0], box[3] - box[1], (box[3] - box[1]) / 2);
    context.globalAlpha = strength * BACK;
    context.fillStyle = paper;
    context.fill();
    context.globalAlpha = strength;
    context.strokeStyle = name.colour;
    context.lineWidth = name.isWide ? 2.5 : 1.5;
    context.stroke();
    context.fillStyle = ink;
    context.font = `bold ${letters}px ${font}`;
    context.fillText(label, x, y + letters / 3);
  }

  /* from each name to its middle, as a path */
  lines(places) {
    return places.map(({ row, x, y }) => {
      const from = this.disk.sight.of(row);
      return `M${from.x.toFixed(1)} ${from.y.toFixed(1)}L${x.toFixed(1)} ${y.toFixed(1)}`;
    });
  }

  /* the name under a place of the picture, or null */
  at(x, y) {
    const found = this.placed.find(({ box }) => x >= box[0] && x <= box[2] && y >= box[1] && y <= box[3]);
    return found?.name ?? null;
  }

  /* a button over each name, for keys and for those who hear the page; the pointer goes through it to the picture */
  offer() {
    const { root, visits } = this.disk;
    const keys = this.placed.map(({ name }) => name.key).join(" ");
    if (keys !== this.element.dataset.keys) {
      this.element.dataset.keys = keys;
      const one = ({ name }) =>
        make("button", {
          type: "button",
          "aria-label": `${name.label}: ${many(name.count)} tokens; go there and show only these`,
          onclick: () => visits.to(name),
        });
      refill(root, this.element, ...this.placed.map(one));
    }
    for (const [k, { box }] of this.placed.entries()) {
      const [left, top, right, bottom] = box.map((each) => Math.round(each));
      this.element.children[k].style.cssText = `left:${left}px;top:${top}px;width:${right - left}px;height:${bottom - top}px`;
    }
  }
}
