/* The tokens themselves, drawn by the graphics card or by plain loops, whichever is faster here. */

import { CELL, Density, shareOfShading } from "./density.js";
import { make } from "./dom.js";
import { offOrigin } from "./isometry.js";
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
    this.shade = make("canvas", { class: "shade" });
    this.canvases = [this.shade, this.canvas, this.cardCanvas];
    this.isShaded = false; // whether `shade` holds anything
    this.isEmpty = true; // whether the loop's canvas holds nothing
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

  /* the canvases that hold the picture, one over another */
  get layers() {
    return [...(this.isShaded ? [this.shade] : []), this.card ? this.cardCanvas : this.canvas];
  }

  /* the picture as one canvas */
  flat() {
    const { width, height } = this.canvas;
    const canvas = make("canvas", { width, height });
    for (const layer of this.layers) canvas.getContext("2d").drawImage(layer, 0, 0, width, height);
    return canvas;
  }

  resize(width, height) {
    this.density = new Density(width, height, CELL * this.disk.sight.ratio);
    this.shade.width = this.density.columns;
    this.shade.height = this.density.rows;
    this.shadeContext = this.shade.getContext("2d", CPU);
    this.shadeImage = this.shadeContext.createImageData(this.shade.width, this.shade.height);
    this.shadePixels = new Uint32Array(this.shadeImage.data.buffer);
    this.isShaded = false;
    for (const canvas of [this.canvas, this.cardCanvas]) {
      canvas.width = width;
      canvas.height = height;
    }
    this.context = this.canvas.getContext("2d", CPU);
    this.image = this.context.createImageData(width, height);
    this.pixels = new Uint32Array(this.image.data.buffer);
    this.sprites = new Map();
    this.isEmpty = true;
  }

  /* by how much the tokens that stand apart are larger */
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
    const share = this.share();
    this.drawShade(share);
    if (this.card) this.byCard(1 - share);
    else this.byLoop(1 - share);
  }

  /* the share of the shading in the picture: of the whole disk all, less as the magnifier or the way from the origin brings the tokens in the middle
     apart, there by cosh^2 of half the way */
  share() {
    const { scene, sight, state } = this.disk;
    return shareOfShading(scene.n, sight.place().scale * Math.cosh(offOrigin(state.camera) / 2) ** 2);
  }

  /* how many tokens lie where, in the same way whatever draws the points */
  drawShade(share) {
    if (share > 0) {
      this.density.draw(this.shadePixels, this.sight, this.ink(1), share);
      this.shadeContext.putImageData(this.shadeImage, 0, 0);
    } else if (this.isShaded) this.shadeContext.clearRect(0, 0, this.shade.width, this.shade.height);
    this.isShaded = share > 0;
  }

  /* what both ways of drawing and the shading take */
  ink(strength) {
    const { packed, shape, isApart } = this.disk.state.paint;
    return { packed, shape, dim: brightOf(this.disk.state), larger: isApart ? this.larger : 0, strength };
  }

  get sight() {
    const { X, Y, S, ratio, place } = { ...this.disk.sight, place: this.disk.sight.place() };
    return { X, Y, S, place: { cx: place.cx * ratio, cy: place.cy * ratio, scale: place.scale * ratio } };
  }

  byCard(strength) {
    this.card.draw(this.sight, this.ink(strength), this.disk.sight.pointRadius, this.cardCanvas.width, this.cardCanvas.height);
  }

  byLoop(strength) {
    const radius = this.disk.sight.pointRadius;
    const common = this.ink(strength);
    const isEmpty = strength <= 0 && !common.larger;
    if (isEmpty && this.isEmpty) return;
    this.isEmpty = isEmpty;
    const large = common.larger ? this.masksOf(common.larger * radius) : null;
    const ink = { ...common, masks: this.masksOf(radius), large };
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
      this.byCard(1);
      this.card.finish();
    });
    this.race = { card, loop: timed(() => this.byLoop(1)) };
    if (card > this.race.loop) {
      this.card.clear();
      this.card = null;
    } else this.context.clearRect(0, 0, this.canvas.width, this.canvas.height);
  }
}
