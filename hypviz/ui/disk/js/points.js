/* The tokens themselves, drawn by the graphics card or by plain loops, whichever is faster here. */

import { make } from "./dom.js";
import { raster } from "./raster.js";
import { sprites } from "./shapes.js";
import { CPU } from "./stage.js";
import { brightOf } from "./store.js";
import { openCard } from "./webgl.js";

export class Points {
  constructor(disk) {
    this.disk = disk;
    this.canvas = make("canvas", { class: "points" });
    this.cardCanvas = make("canvas", { class: "gl" });
    this.canvases = [this.canvas, this.cardCanvas];
    this.card = null;
    this.race = null; // what each way took, in milliseconds
  }

  connect() {
    const { draw, trusted } = this.disk.options;
    try {
      this.card = draw === "raster" ? null : openCard(this.cardCanvas, draw === "webgl" || trusted);
    } catch {
      this.card = null;
    }
    // a sleeping laptop may take the card away: the loop goes on
    this.cardCanvas.addEventListener("webglcontextlost", () => {
      this.card = null;
      this.disk.stage.dirty(true);
    });
  }

  /* the canvas that holds the picture */
  get shown() {
    return this.card ? this.cardCanvas : this.canvas;
  }

  resize(width, height) {
    for (const canvas of this.canvases) {
      canvas.width = width;
      canvas.height = height;
    }
    this.context = this.canvas.getContext("2d", CPU);
    this.image = this.context.createImageData(width, height);
    this.pixels = new Uint32Array(this.image.data.buffer);
    this.sprites = new Map();
  }

  /* by how much the named tokens of a colouring of few are larger */
  get larger() {
    const { pointRadius, ratio } = this.disk.sight;
    return Math.max(1.55, (4.2 * ratio) / pointRadius);
  }

  /* masks of this radius, made once for a size of the picture */
  masksOf(radius) {
    if (!this.sprites.has(radius)) this.sprites.set(radius, sprites(radius));
    return this.sprites.get(radius);
  }

  draw() {
    if (this.card && !this.race && !this.disk.options.draw) this.chooseWay();
    if (this.card) this.byCard();
    else this.byLoop();
  }

  get sight() {
    const { X, Y, S, ratio, place } = { ...this.disk.sight, place: this.disk.sight.place() };
    return { X, Y, S, place: { cx: place.cx * ratio, cy: place.cy * ratio, scale: place.scale * ratio } };
  }

  byCard() {
    const { state, sight } = this.disk;
    const { packed, shape, few } = state.paint;
    const ink = { packed, shape, dim: brightOf(state), larger: few ? this.larger : 0 };
    this.card.draw(this.sight, ink, sight.pointRadius, this.cardCanvas.width, this.cardCanvas.height);
  }

  byLoop() {
    const { state, sight } = this.disk;
    const { packed, shape, few } = state.paint;
    const radius = sight.pointRadius;
    const large = few ? this.masksOf(this.larger * radius) : null;
    const ink = { packed, shape, dim: brightOf(state), masks: this.masksOf(radius), large };
    raster(this.pixels, this.canvas.width, this.canvas.height, this.sight, ink, radius);
    this.context.putImageData(this.image, 0, 0);
  }

  /* a card may be software under another name: both draw this frame, the second time each is timed, and the faster one stays */
  chooseWay() {
    const timed = (pass) => {
      pass();
      const start = performance.now();
      pass();
      return performance.now() - start;
    };
    const card = timed(() => {
      this.byCard();
      this.card.finish();
    });
    this.race = { card, loop: timed(() => this.byLoop()) };
    if (card > this.race.loop) {
      this.card.clear();
      this.card = null;
    } else this.context.clearRect(0, 0, this.canvas.width, this.canvas.height);
  }
}
