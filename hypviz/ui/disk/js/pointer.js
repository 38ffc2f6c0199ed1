/* The pointer on the picture: drags that are isometries, clicks, the lasso, the wheel. */

import { focusedIn, hear } from "./dom.js";
import { dragged, grip } from "./drag.js";
import { inverse, move } from "./isometry.js";

const BEYOND = 8; // how far past the outermost token one can drag the view

const STILL = 4; // pixels within which a press is a click

const STEPS = [1, 33, 400]; // pixels of a wheel that counts pixels, lines or pages

const PINCHED = 6; // two fingers on a touchpad turn a wheel that is so many times finer

/* by how many pixels a wheel has turned */
export const turned = ({ deltaY, deltaMode, ctrlKey }) =>
  deltaY * STEPS[deltaMode ?? 0] * (ctrlKey && !deltaMode && Math.abs(deltaY) < 50 ? PINCHED : 1);

/* how far from the layout's centre a view may be */
export const farthestView = (scene) => scene.farthest + BEYOND;

export class Pointer {
  constructor(disk) {
    this.disk = disk;
    this.hold = null; // where and how the pointer went down
    this.fingers = new Map(); // on the picture, by pointer: their places
  }

  connect() {
    const { over } = this.disk.stage;
    over.addEventListener("pointerdown", (event) => this.down(event));
    over.addEventListener("pointermove", (event) => this.move(event));
    over.addEventListener("pointerup", (event) => this.up(event));
    over.addEventListener("pointercancel", (event) => this.lift(event) || this.release());
    over.addEventListener("pointerleave", () => this.disk.card.hide());
    over.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    this.disk.store.watch(["lassoing"], () => over.classList.toggle("lasso", this.disk.state.lassoing));
    this.disk.store.watch(["camera", "zoom", "view"], () => this.isDrawing && this.letGo());
  }

  /* the place of an event in the picture */
  where(event) {
    const { stage, sight } = this.disk;
    const box = stage.over.getBoundingClientRect();
    return { x: ((event.clientX - box.left) * sight.wide) / box.width, y: ((event.clientY - box.top) * sight.side) / box.height };
  }

  down(event) {
    if (event.button) return;
    const { root, stage, sight, state, store, partner } = this.disk;
    const at = this.where(event);
    partner.touch();
    hear(root);
    stage.over.setPointerCapture(event.pointerId);
    if (event.pointerType === "touch" && this.lay(event.pointerId, at)) return;
    const trail = event.shiftKey || state.lassoing ? [[at.x, at.y]] : null;
    if (trail) this.stand();
    this.hold = { ...at, grip: this.take(at), inside: sight.isInside(at.x, at.y), moved: false, trail };
    store.change({ holding: true, lasso: trail ? [this.hold.grip.point] : state.lasso });
  }

  /* a line is drawn around what stands still: a movement ends where it is, and the places of the tokens are those of its last camera */
  stand() {
    const { store, sight } = this.disk;
    store.change({ gliding: null });
    sight.project();
  }

  /* whether a line is being drawn, during which wheel and keys move nothing */
  get isDrawing() {
    return Boolean(this.hold?.trail);
  }

  /* the line being drawn is of a picture that has moved: it ends, and selects nothing */
  letGo() {
    const { store, voice } = this.disk;
    this.release();
    store.change({ lasso: null, lassoing: false });
    voice.say("The picture moved; the line around tokens is gone. Draw it again.");
  }

  /* hold of what lies under a place of the picture */
  take({ x, y }) {
    const { sight, state } = this.disk;
    return grip(move(inverse(state.camera), sight.under(x, y)), state.camera);
  }

  move(event) {
    const at = this.where(event);
    if (this.pinch(event.pointerId, at)) return;
    const { hold } = this;
    const { card, picks, plates, stage } = this.disk;
    if (!hold) {
      const isName = plates.at(at.x, at.y) !== null;
      stage.over.classList.toggle("names", isName);
      card.show(isName ? null : picks.at(at.x, at.y), at);
      return;
    }
    if (!hold.moved && Math.hypot(at.x - hold.x, at.y - hold.y) < STILL) return;
    if (!hold.moved) this.begin(hold);
    if (hold.trail) this.draw(hold.trail, at);
    else if (hold.inside) this.drag(hold, at);
  }

  /* the press is no click */
  begin(hold) {
    const { store, stage, motion, card } = this.disk;
    if (!hold.trail && hold.inside) {
      motion.remember();
      store.change({ gliding: null });
      hold.grip = this.take(hold);
    }
    hold.moved = true;
    card.hide();
    stage.over.classList.add("busy");
  }

  draw(trail, { x, y }) {
    const { store, state, sight } = this.disk;
    trail.push([x, y]);
    store.change({ lasso: [...state.lasso, move(inverse(state.camera), sight.under(x, y))] });
  }

  /* the held point under the pointer again */
  drag(hold, { x, y }) {
    const { store, scene, sight, state } = this.disk;
    const { cx, cy, scale } = sight.place();
    const place = { x: (x - cx) / scale, y: (cy - y) / scale };
    const bounds = { farthest: Math.max(scene.farthest, 1e-6), limit: farthestView(scene) };
    store.change(dragged(state.view, hold.grip, state.camera, place, bounds));
  }

  up(event) {
    if (this.lift(event)) return;
    const { hold } = this;
    this.release();
    if (!hold) return;
    const { store, state, selection } = this.disk;
    if (hold.trail && hold.moved) selection.enclose(hold.trail);
    else if (hold.trail) store.change({ lasso: state.chosen ? state.lasso : null });
    else if (!hold.moved) this.click(this.where(event));
  }

  /* to the group whose name lies there, else to the token */
  click({ x, y }) {
    const { card, picks, motion, plates, visits } = this.disk;
    card.hide();
    const name = plates.at(x, y);
    const row = name ? null : picks.at(x, y);
    if (name) visits.to(name);
    else if (row !== null) motion.centre(row);
  }

  /* one more finger on the picture; true from the second on: they magnify, and drag nothing */
  lay(id, at) {
    this.fingers.set(id, at);
    if (this.fingers.size < 2) return false;
    this.hold = null;
    this.disk.card.hide();
    this.disk.store.change({ holding: true, lasso: this.disk.state.chosen ? this.disk.state.lasso : null, adrift: false });
    return true;
  }

  /* a finger off the picture; true while it was one of several, or the last of them */
  lift({ pointerId }) {
    const wasThere = this.fingers.delete(pointerId);
    if (!wasThere || this.hold) return false;
    if (!this.fingers.size) this.release();
    return true;
  }

  /* what lies under two fingers stays under them: larger as they part, and moved along */
  pinch(id, at) {
    if (this.hold || !this.fingers.has(id)) return false;
    const before = [...this.fingers.values()];
    this.fingers.set(id, at);
    const after = [...this.fingers.values()];
    if (before.length < 2) return true;
    const { sight, motion } = this.disk;
    const middle = ([a, b]) => ({ x: (a.x + b.x - sight.wide) / 2, y: (a.y + b.y - sight.side) / 2 });
    const span = ([a, b]) => Math.max(1, Math.hypot(a.x - b.x, a.y - b.y));
    motion.pinch(span(after) / span(before), middle(before), middle(after));
    return true;
  }

  release() {
    this.hold = null;
    this.disk.stage.over.classList.remove("busy");
    this.disk.store.change({ holding: false, adrift: false });
  }

  /* the magnifier; the page scrolls until the disk is in use, and on where there is nothing to make smaller */
  wheel(event) {
    const { root, state, sight, motion } = this.disk;
    if (!(event.ctrlKey || event.metaKey || root.contains(focusedIn(root)))) return;
    if (state.zoom.scale <= 1 && event.deltaY > 0) return;
    event.preventDefault();
    if (this.isDrawing) return;
    const at = this.where(event);
    motion.magnify(Math.exp(-turned(event) * 0.0015), at.x - sight.wide / 2, at.y - sight.side / 2);
  }
}
