/* Moving the camera: gliding along isometries, there and back again, the origin, the rotation, and the magnifier. */

import { button, focusedIn, hear, make } from "./dom.js";
import { bringToOrigin, compose, identity, rotation, turnOf, way } from "./isometry.js";
import { VIEWS } from "./projection.js";
import { UNMAGNIFIED } from "./store.js";

const MOST_STEPS = 200; // to go back

const LARGEST = 60; // magnification

export class Motion {
  constructor(disk) {
    this.disk = disk;
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
    this.disk.store.change({ view: VIEWS[view] ? view : "poincare" });
  }

  /* to a camera at constant hyperbolic speed, unless another movement begins */
  glide(target) {
    const { store, partner } = this.disk;
    partner.touch();
    const path = way(this.disk.state.camera, target);
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const length = still ? 0 : Math.min(1400, Math.max(250, 260 * (path.d + Math.abs(path.turn))));
    const start = performance.now();
    store.change({ gliding: target });
    const step = () => {
      if (this.disk.state.gliding !== target) return;
      const share = length ? Math.min(1, (performance.now() - start) / length) : 1;
      store.change({ camera: path.at(share) });
      if (share < 1) requestAnimationFrame(step);
      else store.change({ gliding: null });
    };
    step();
  }

  get here() {
    const { state } = this.disk;
    return { camera: state.gliding ?? state.camera, selected: state.selected };
  }

  remember() {
    const { store, state } = this.disk;
    store.change({ past: [...state.past, this.here].slice(-MOST_STEPS), future: [] });
  }

  back() {
    const { state } = this.disk;
    if (state.past.length) this.step(state.past.at(-1), { past: state.past.slice(0, -1), future: [...state.future, this.here] });
  }

  forward() {
    const { state } = this.disk;
    if (state.future.length) this.step(state.future.at(-1), { past: [...state.past, this.here], future: state.future.slice(0, -1) });
  }

  step({ camera, selected }, ways) {
    const { store, state, picks } = this.disk;
    store.change(ways);
    if (selected !== state.selected) picks.choose(selected, true);
    this.glide(camera);
  }

  home() {
    this.remember();
    this.disk.store.change({ zoom: UNMAGNIFIED });
    this.glide(identity());
    this.disk.voice.say("The layout's own centre.");
  }

  north() {
    const { camera } = this.disk.state;
    this.remember();
    this.glide(compose(rotation(-turnOf(camera)), camera));
    this.disk.voice.say("Rotation undone.");
  }

  /* a token into the middle, and selected */
  centre(row, tell = true) {
    const { store, state, sight, picks } = this.disk;
    this.remember();
    store.change({ zoom: UNMAGNIFIED });
    this.glide(compose(bringToOrigin(sight.seen(row)), state.camera));
    picks.choose(row, tell);
  }

  /* the drawing larger around a place of it, by default around the middle */
  magnify(factor, x = 0, y = 0) {
    const { store, state, partner } = this.disk;
    partner.touch();
    const { zoom } = state;
    const scale = Math.min(LARGEST, Math.max(1, zoom.scale * factor));
    const f = scale / zoom.scale;
    store.change({ zoom: scale <= 1 ? UNMAGNIFIED : { scale, x: x - f * (x - zoom.x), y: y - f * (y - zoom.y) } });
  }
}
