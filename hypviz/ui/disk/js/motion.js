/* Moving the camera: gliding along isometries, there and back again, the origin, the rotation, and the magnifier. */

import { anchorOf } from "./carrying.js";
import { button, focusedIn, hear, make } from "./dom.js";
import { centredOn, compose, identity, rotation, turnOf, way } from "./isometry.js";
import { VIEWS } from "./projection.js";
import { pointOf } from "./scene.js";
import { UNMAGNIFIED } from "./store.js";

export const LARGEST = 60; // magnification

const NEIGHBOURS = 10; // of a token in the middle: the picture is magnified until the last of them lies

const SPACE = 100; // pixels away

/* `zoom` magnified `factor` times so that the place `from`, in pixels from the middle of the picture, comes to `to`; the enlarged disk does not
   leave a picture of half the size `half` on any side */
export function magnified(zoom, factor, from, to, half) {
  const scale = Math.min(LARGEST, zoom.scale * factor);
  if (scale <= 1) return UNMAGNIFIED;
  const f = scale / zoom.scale;
  const most = half * (scale - 1);
  const within = (x) => Math.min(most, Math.max(-most, x));
  return { scale, x: within(to.x - f * (from.x - zoom.x)), y: within(to.y - f * (from.y - zoom.y)) };
}

/* from one magnifier to another, at `share` of the way */
export function zoomBetween(from, to, share) {
  if (share >= 1) return to;
  const scale = from.scale * (to.scale / from.scale) ** share;
  const along = (a, b) => scale * ((1 - share) * (a / from.scale) + share * (b / to.scale));
  return { scale, x: along(from.x, to.x), y: along(from.y, to.y) };
}

/* the magnification under which `pixels` of the unmagnified drawing are as many as is wanted */
export const magnificationFor = (pixels) => Math.min(LARGEST, Math.max(1, SPACE / Math.max(pixels, 1e-9)));

export class Motion {
  constructor(disk) {
    this.disk = disk;
    this.goal = null;
    this.backButton = button("←", "Back (Backspace)", () => this.back());
    this.forwardButton = button("→", "Forward", () => this.forward());
    this.originButton = button("Origin", "The layout's own centre (0)", () => this.home());
    this.compass = button("N", "Rotation so far; click to undo it (N)", () => this.north());
    const options = Object.entries(VIEWS).map(([value, text]) => make("option", { value, text }));
    this.viewSelect = make("select", { "aria-label": "Model of the hyperbolic plane", onchange: () => this.choseView() }, ...options);
    this.elements = [this.backButton, this.forwardButton, this.originButton, this.compass, this.viewSelect];
  }

  connect() {
    const { store } = this.disk;
    store.watch(["camera"], () => this.showTurn());
    store.watch(["past", "future"], () => this.showSteps());
    store.watch(["view"], () => {
      this.viewSelect.value = this.disk.state.view;
    });
    this.showTurn();
    this.showSteps();
  }

  showTurn() {
    const degrees = Math.round(((((turnOf(this.disk.state.camera) * 180) / Math.PI + 540) % 360) + 360) % 360) - 180;
    this.compass.textContent = `N ${degrees}°`;
  }

  showSteps() {
    const { root, state } = this.disk;
    this.allow(root, this.backButton, state.past.length > 0);
    this.allow(root, this.forwardButton, state.future.length > 0);
  }

  /* a button that is switched off hands its focus to the disk */
  allow(root, one, isPossible) {
    if (!isPossible && focusedIn(root) === one) hear(root);
    one.disabled = !isPossible;
  }

  choseView() {
    this.disk.partner.touch();
    this.setView(this.viewSelect.value);
  }

  setView(view) {
    this.disk.store.change({ view });
  }

  /* to a camera at constant hyperbolic speed, unless another movement begins, and to a magnifier unless a hand is on it */
  glide(target, zoom = this.disk.state.zoom) {
    const { store, partner } = this.disk;
    partner.touch();
    const path = way(this.disk.state.camera, target);
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const length = still ? 0 : Math.min(1400, Math.max(250, 260 * (path.d + Math.abs(path.turn))));
    const start = performance.now();
    const first = this.disk.state.zoom;
    let last = first;
    this.goal = zoom; // of the movement under way, null once a hand has taken the magnifier
    store.change({ gliding: target });
    const step = () => {
      if (this.disk.state.gliding !== target) return;
      const share = length ? Math.min(1, (performance.now() - start) / length) : 1;
      if (this.disk.state.zoom !== last) this.goal = null;
      last = this.goal ? zoomBetween(first, zoom, share) : this.disk.state.zoom;
      store.change({ camera: path.at(share), zoom: last });
      if (share < 1) requestAnimationFrame(step);
      else store.change({ gliding: null });
    };
    step();
  }

  get here() {
    const { state } = this.disk;
    const zoom = state.gliding && this.goal ? this.goal : state.zoom;
    const camera = state.gliding ?? state.camera;
    return { camera, anchor: anchorOf(this.disk.scene, camera), zoom, selected: state.selected, only: state.only };
  }

  remember() {
    const { store, state } = this.disk;
    store.change({ past: [...state.past, this.here], future: [] });
  }

  back() {
    const { state } = this.disk;
    if (state.past.length) this.step(state.past.at(-1), { past: state.past.slice(0, -1), future: [...state.future, this.here] });
  }

  forward() {
    const { state } = this.disk;
    if (state.future.length) this.step(state.future.at(-1), { past: [...state.past, this.here], future: state.future.slice(0, -1) });
  }

  step({ camera, zoom = UNMAGNIFIED, selected, only = null }, ways) {
    const { store, state, picks, legend } = this.disk;
    store.change(ways);
    if (selected !== state.selected) picks.choose(selected, true);
    legend.isolate(only);
    this.glide(camera, zoom);
  }

  home() {
    this.remember();
    this.glide(identity(), UNMAGNIFIED);
    this.disk.voice.say("The layout's own centre.");
  }

  north() {
    const { camera } = this.disk.state;
    this.remember();
    this.glide(compose(rotation(-turnOf(camera)), camera));
    this.disk.voice.say("Rotation undone.");
  }

  /* a token into the middle, magnified until its neighbours stand apart, and selected */
  centre(row, tell = true) {
    const { scene, state, picks } = this.disk;
    this.remember();
    const target = centredOn(pointOf(scene, row), state.camera);
    this.glide(target, this.apart(row, target));
    picks.choose(row, tell);
  }

  /* the magnifier under which the last of a token's nearest stands as far away as is wanted, with that token in the middle */
  apart(row, camera) {
    const { sight, about } = this.disk;
    const farthest = about.nearOf(row).at(NEIGHBOURS - 1)?.d;
    if (farthest === undefined) return UNMAGNIFIED;
    const scale = magnificationFor(sight.drawnAt(farthest, camera));
    return scale > 1 ? { scale, x: 0, y: 0 } : UNMAGNIFIED;
  }

  /* the drawing larger around a place of it, by default around the middle */
  magnify(factor, x = 0, y = 0) {
    this.pinch(factor, { x, y }, { x, y });
  }

  /* the drawing larger, and the place `from` moved to `to` */
  pinch(factor, from, to) {
    const { store, state, partner, sight } = this.disk;
    partner.touch();
    store.change({ zoom: magnified(state.zoom, factor, from, to, sight.wide / 2) });
  }
}
