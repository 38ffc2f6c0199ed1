/* The stage: the canvases one over another, and the loop that draws them when something has changed. */

import { make } from "./dom.js";
import { isNarrow } from "./sight.js";

/* in software the graphics library is slower than the plain loops that this asks for */
export const CPU = { willReadFrequently: true };

const RELABELLED = 160; // milliseconds after which words are chosen anew while the plane moves

const LEGEND_LINE = 34; // pixels of the window for a line of the legend

const SHIFTED = 3; // pixels that the page may move the picture down before it is fitted anew

const MOVES = ["camera", "lasso", "adrift", "step", "frame"];

const SHOWS = [
  "view",
  "selected",
  "answers",
  "asked",
  "started",
  "pinned",
  "pinNear",
  "four",
  "path",
  "chosen",
  "paint",
  "only",
  "past",
  "future",
];

export class Stage {
  constructor(disk) {
    this.disk = disk;
    const { model } = disk.scene.words;
    this.over = make("canvas", { class: "over", role: "img", "aria-label": `The vocabulary of ${model} in the hyperbolic plane` });
    this.element = make(
      "div",
      { class: "stage" },
      ...disk.points.canvases,
      this.over,
      disk.plates.element,
      disk.chips.element,
      disk.card.element,
    );
    this.above = 0; // pixels of the page over the picture, when it was fitted
    this.isPrinting = false; // for a file, with nothing of the page over it
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
    store.watch(["zoom", "gliding", "holding"], () => this.dirty(this.disk.isStill)); // a glide magnifies in every frame
    this.observer = new ResizeObserver(() => this.resize());
    this.observer.observe(this.disk.root);
    window.addEventListener("resize", this.fit);
    this.around = new ResizeObserver(() => this.follow());
    for (let at = this.disk.root.parentNode; at && at !== document; at = at.parentNode ?? at.host) {
      if (at instanceof Element) this.around.observe(at);
    }
    store.watch(["started", "heard"], () => this.follow());
  }

  /* fitted anew where the page has moved the picture, as when a line above it goes */
  follow() {
    if (Math.abs(this.top() - this.above) > SHIFTED) this.resize();
  }

  fit = () => this.resize();

  /* pixels from the top of the page to the picture, however far it is scrolled */
  top() {
    let top = this.element.getBoundingClientRect().top;
    const last = document.fullscreenElement ? this.disk.root : null; // in full screen nothing outside of the disk is scrolled
    for (let at = this.element; at && at !== last; at = at.parentNode ?? at.host) top += at.scrollTop ?? 0;
    return top;
  }

  /* pixels for the legend: its first line where the page can be scrolled, a few lines in full screen */
  below() {
    const { element } = this.disk.legend;
    return document.fullscreenElement ? Math.max(LEGEND_LINE, Math.min(3 * LEGEND_LINE, element.offsetHeight + 16)) : LEGEND_LINE;
  }

  resize(sharp) {
    const { root, sight } = this.disk;
    if (!root.clientWidth) return;
    root.classList.toggle("narrow", isNarrow(root.clientWidth));
    this.isPrinting = sharp !== undefined;
    this.above = this.top();
    const room = { wide: this.element.clientWidth, around: this.above + this.below(), height: window.innerHeight };
    sight.fit(room, sharp ?? Math.min(2, window.devicePixelRatio || 1));
    this.spread();
    root.style.setProperty("--tall", `${sight.side}px`);
  }

  /* drawn at once in another size, for a file, with nothing of the page over it; `resize` goes back to the page's */
  print(size) {
    this.isPrinting = true;
    this.disk.sight.set(size);
    this.spread();
    this.draw(performance.now());
  }

  /* the canvases as large as the sight */
  spread() {
    const { sight, points } = this.disk;
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
    const { root, sight, points, names, counts, overlay, chips, partner, plates } = this.disk;
    if (!sight.wide) return;
    const start = performance.now();
    partner.lead(this.relabel);
    sight.project();
    points.draw();
    if (this.relabel || now - this.labelledAt > RELABELLED) {
      this.relabel = false;
      this.labelledAt = now;
      chips.measure();
      plates.locate();
      names.choose();
      counts.count();
    }
    overlay.draw(now);
    chips.draw();
    if (plates.isFading) this.dirty();
    else if (this.disk.isStill && !this.isPrinting) plates.offer();
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
    this.around.disconnect();
    window.removeEventListener("resize", this.fit);
    if (this.frame) cancelAnimationFrame(this.frame);
  }
}
