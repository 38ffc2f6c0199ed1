/* The stage: the canvases one over another, and the loop that draws them when something has changed. */

import { make } from "./dom.js";

/* in software the graphics library is slower than the plain loops that this asks for */
export const CPU = { willReadFrequently: true };

const RELABELLED = 160; // milliseconds after which words are chosen anew while the plane moves

const MOVES = ["camera", "lasso", "adrift"];

const SHOWS = ["view", "zoom", "selected", "answers", "asked", "started", "pinned", "pinNear", "chosen", "paint", "only", "past", "future"];

export class Stage {
  constructor(disk) {
    this.disk = disk;
    const { model } = disk.scene.words;
    this.over = make("canvas", { class: "over", role: "img", "aria-label": `The vocabulary of ${model} in the hyperbolic plane` });
    this.element = make("div", { class: "stage" }, ...disk.points.canvases, this.over, disk.chips.element, disk.card.element);
    this.frame = 0; // the pending one
    this.frames = 0; // drawn so far
    this.relabel = true;
    this.labelledAt = 0;
    this.milliseconds = 0; // that the last one took
    this.context = this.over.getContext("2d", CPU);
  }

  connect() {
    const { store } = this.disk;
    store.watch(MOVES, () => this.dirty());
    store.watch(SHOWS, () => this.dirty(true));
    store.watch(["gliding", "holding"], () => this.dirty(this.disk.isStill));
    this.observer = new ResizeObserver(() => this.resize());
    this.observer.observe(this.disk.root);
  }

  resize(sharp) {
    const { root, sight, points } = this.disk;
    if (!root.clientWidth) return;
    root.classList.toggle("narrow", sight.fit(root.clientWidth, sharp));
    this.element.style.height = `${sight.side}px`;
    const [width, height] = [Math.round(sight.wide * sight.ratio), Math.round(sight.side * sight.ratio)];
    points.resize(width, height);
    this.over.width = width;
    this.over.height = height;
    this.dirty(true);
  }

  /* draw with the next frame; `labels` to choose words and counts anew */
  dirty(labels = false) {
    this.relabel = this.relabel || labels;
    this.disk.root.dataset.settled = "no";
    if (this.frame) return;
    this.frame = requestAnimationFrame((now) => {
      this.frame = 0;
      this.draw(now);
    });
  }

  draw(now) {
    const { root, sight, points, names, counts, overlay, chips, partner } = this.disk;
    if (!sight.wide) return;
    const start = performance.now();
    partner.lead(this.relabel);
    sight.project();
    points.draw();
    if (this.relabel || now - this.labelledAt > RELABELLED) {
      this.relabel = false;
      this.labelledAt = now;
      names.choose();
      counts.count();
    }
    overlay.draw();
    chips.draw();
    this.milliseconds = performance.now() - start;
    this.frames += 1;
    root.dataset.settled = this.isSettled ? "yes" : "no";
  }

  /* nothing moves, the server has answered everything, and a second disk is there if there is to be one */
  get isSettled() {
    const { state, isStill, partner } = this.disk;
    return state.started && isStill && !state.asked.length && !this.frame && partner.isThere;
  }

  remove() {
    this.observer.disconnect();
    if (this.frame) cancelAnimationFrame(this.frame);
  }
}
