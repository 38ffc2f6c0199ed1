/* The picture for paper: the disk drawn anew, with what it shows above and the legend below. */

import { button, make, save } from "./dom.js";
import { viewName } from "./projection.js";
import { within } from "./shapes.js";
import { cut, many, rampWords } from "./text.js";

const PRINTED = 3; // pixels of a saved picture for one on the screen

const ABOVE = 34; // for the title

const LINE = 26; // of the legend

export class Picture {
  constructor(disk) {
    this.disk = disk;
    this.button = button("PNG", "Save the picture", () => this.save());
  }

  save() {
    const { stage } = this.disk;
    stage.resize(PRINTED);
    stage.draw(performance.now());
    const canvas = this.compose();
    stage.resize();
    canvas.toBlob((blob) => save(blob, "disk.png"), "image/png");
  }

  compose() {
    const { stage, points, sight, overlay } = this.disk;
    const lines = this.lines();
    const height = stage.over.height + PRINTED * (ABOVE + LINE * lines.length + 12);
    const canvas = make("canvas", { width: stage.over.width, height });
    const pen = { ...overlay.pen(), context: canvas.getContext("2d") };
    const { context } = pen;
    context.fillStyle = pen.paper;
    context.fillRect(0, 0, canvas.width, canvas.height);
    for (const layer of [points.flat(), stage.over]) context.drawImage(layer, 0, ABOVE * PRINTED);
    context.setTransform(PRINTED, 0, 0, PRINTED, 0, 0);
    this.title(pen);
    for (const [k, line] of lines.entries()) this.drawLine(pen, line, ABOVE + sight.side + LINE * k + 16);
    return canvas;
  }

  title({ context, ink, font }) {
    const { sight } = this.disk;
    context.fillStyle = ink;
    context.textAlign = "center";
    context.font = `bold 15px ${font}`;
    context.fillText(this.what(), sight.wide / 2, 21, sight.wide - 16);
  }

  /* what is drawn, in one line */
  what() {
    const { scene, state } = this.disk;
    const { model, method, radius } = scene.words;
    return `${model}: ${many(scene.n)} tokens, ${method}, R = ${radius}, ${viewName(state.view)} disk`;
  }

  /* the parts of the legend: a swatch, or a ramp where there are stops, and text */
  parts() {
    const { items, scale, missing } = this.disk.state.paint;
    const parts = (items ?? []).map(({ colour, shape, label }) => ({ colour, shape, text: cut(label) }));
    if (scale) {
      const { low, high, label } = rampWords(scale);
      parts.push({ stops: scale.stops, text: `${low} to ${high} ${label}` });
    }
    if (missing) parts.push({ colour: missing.colour, shape: "circle", text: missing.label });
    return parts;
  }

  /* these broken into lines as wide as the picture */
  lines() {
    const { sight, overlay } = this.disk;
    const { context, font } = overlay.pen();
    context.font = `13px ${font}`;
    const lines = [[]];
    let used = 0;
    for (const part of this.parts()) {
      const width = context.measureText(part.text).width + (part.stops ? 150 : 34);
      if (used && used + width > sight.wide - 16) {
        lines.push([]);
        used = 0;
      }
      lines.at(-1).push({ ...part, width });
      used += width;
    }
    return lines;
  }

  drawLine({ context, ink, font }, line, y) {
    let x = (this.disk.sight.wide - line.reduce((sum, part) => sum + part.width, 0)) / 2;
    context.textAlign = "left";
    context.font = `13px ${font}`;
    for (const part of line) {
      const wide = part.stops ? this.ramp(context, part.stops, x, y) : this.swatch(context, part, x, y);
      context.fillStyle = ink;
      context.fillText(part.text, x + wide + 5, y);
      x += part.width;
    }
  }

  ramp(context, stops, x, y) {
    const ramp = context.createLinearGradient(x, 0, x + 120, 0);
    for (const [at, hex] of stops) ramp.addColorStop(at, hex);
    context.fillStyle = ramp;
    context.fillRect(x, y - 10, 120, 10);
    return 120;
  }

  swatch(context, { colour, shape }, x, y) {
    const side = 14 * PRINTED;
    const isIn = (u, v) => within(shape, u - side / 2 + 0.5, v - side / 2 + 0.5, 5.5 * PRINTED);
    const pixel = 1 / PRINTED;
    context.fillStyle = colour;
    for (let v = 0; v < side; v++) {
      for (let u = 0; u < side; u++) if (isIn(u, v)) context.fillRect(Math.round(x) + u * pixel, y - 12 + v * pixel, pixel, pixel);
    }
    return 14;
  }
}
