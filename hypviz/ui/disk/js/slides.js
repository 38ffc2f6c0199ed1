/* "Save for slides": the disk on a slide, dark on white, as a picture 3840 pixels wide and as SVG. */

import { button, make, save } from "./dom.js";
import { SHAPES } from "./shapes.js";
import { SLIDE, slideOf } from "./slide.js";
import { answerOf, brightOf } from "./store.js";
import { pathOf, svgOf } from "./svg.js";
import { many, visible } from "./text.js";

const SHARP = 2; // pixels of the picture for one of the slide: 3840 x 2160

const MOST_OUTLINES = 60000; // points in an SVG: more of them are one image in it

const LIGHT = { "--st-text-color": "#222222", "--st-background-color": "#ffffff", "--st-secondary-background-color": "#f0f2f6" };

const FAINT_SHARE = 0.16; // of a dimmed token's opacity

const hexOf = (colour) => `#${[0, 8, 16].map((k) => ((colour >>> k) & 255).toString(16).padStart(2, "0")).join("")}`;

export class Slides {
  constructor(disk) {
    this.disk = disk;
    const png = button("4K PNG", "Save a slide of 3840 x 2160 pixels, dark on white, with title, legend and provenance", () =>
      this.savePng(),
    );
    const svg = button("SVG", "Save the same slide as outlines and text, to be edited", () => this.saveSvg());
    this.elements = [png, svg];
  }

  savePng() {
    const canvas = this.inPrint(() => this.picture());
    canvas.toBlob((blob) => save(blob, "disk-slide.png"), "image/png");
  }

  saveSvg() {
    save(new Blob([this.svg()], { type: "image/svg+xml;charset=utf-8" }), "disk-slide.svg");
  }

  svg() {
    return this.inPrint(() => {
      const drawn = this.drawn();
      const { ink, font } = this.disk.overlay.pen();
      return svgOf(this.slide(drawn.image !== null), drawn, { title: this.title(), font, ink });
    });
  }

  /* what `act` gives while the disk is drawn in the slide's size and colours */
  inPrint(act) {
    const { root, sight, stage } = this.disk;
    const { side } = SLIDE.disk;
    const kept = Object.keys(LIGHT).map((name) => [name, root.style.getPropertyValue(name)]);
    for (const [name, value] of Object.entries(LIGHT)) root.style.setProperty(name, value);
    try {
      stage.print({ wide: side, side, ratio: SHARP, stretch: side / sight.side });
      return act();
    } finally {
      for (const [name, value] of kept) root.style.setProperty(name, value);
      stage.resize();
    }
  }

  title() {
    return this.disk.state.title || this.disk.picture.what();
  }

  /* the words of the slide; `isImage` where its points are an image */
  slide(isImage) {
    const { scene, state, picture, chips } = this.disk;
    const pen = this.disk.overlay.pen();
    const width = (text, size, bold) => {
      pen.context.font = `${bold ? "bold " : ""}${size}px ${pen.font}`;
      return pen.context.measureText(text).width;
    };
    const selected = state.selected === null ? [] : [`Selected: ${visible(scene.text(state.selected))}`];
    const left = scene.words.partner ? ["Lines to the other layout are left out."] : [];
    const image = isImage ? [`The points in sight are more than ${many(MOST_OUTLINES)}: they are one image, not outlines.`] : [];
    const said = [picture.what(), chips.words().join("; "), ...selected, ...left, ...image];
    return slideOf({ title: this.title(), said, legend: picture.parts(), provenance: scene.words.provenance }, width);
  }

  picture() {
    const { points, stage, overlay } = this.disk;
    const canvas = make("canvas", { width: SHARP * SLIDE.wide, height: SHARP * SLIDE.high });
    const context = canvas.getContext("2d");
    const pen = overlay.pen();
    context.fillStyle = pen.paper;
    context.fillRect(0, 0, canvas.width, canvas.height);
    const { x, y } = SLIDE.disk;
    for (const layer of [points.flat(), stage.over]) context.drawImage(layer, SHARP * x, SHARP * y);
    context.setTransform(SHARP, 0, 0, SHARP, 0, 0);
    this.write(context, this.slide(false), pen);
    return canvas;
  }

  write(context, { texts, swatches, ramps }, { ink, font }) {
    for (const { stops, x, y, wide, high } of ramps) {
      context.fillStyle = context.createLinearGradient(x, 0, x + wide, 0);
      for (const [at, hex] of stops) context.fillStyle.addColorStop(at, hex);
      context.fillRect(x, y, wide, high);
    }
    for (const { colour, shape, x, y } of swatches) {
      context.fillStyle = colour;
      context.fill(new Path2D(pathOf(shape, x, y, 9)));
    }
    context.fillStyle = ink;
    context.textAlign = "left";
    for (const { text, x, y, size, bold } of texts) {
      context.font = `${bold ? "bold " : ""}${size}px ${font}`;
      context.fillText(text, x, y);
    }
  }

  /* the disk as `svgOf` takes it */
  drawn() {
    const { sight, rings, plates, overlay, trail } = this.disk;
    const pen = overlay.pen();
    const { placed, words, stations } = overlay.layOut(pen);
    const inSight = this.inSight();
    return {
      place: sight.place(),
      rings: rings.radii(),
      groups: inSight.length > MOST_OUTLINES ? [] : this.groups(inSight),
      image: inSight.length > MOST_OUTLINES ? this.disk.points.flat().toDataURL("image/png") : null,
      lines: [...(this.disk.state.paint.onMiddles ? [] : plates.lines(placed)), ...trail.outlines()],
      marks: this.marks(pen),
      plates: placed.map(({ box, name }) => ({ box, colour: name.colour })),
      words: [
        ...this.names(pen, [...placed, ...words]),
        ...this.groupNames(placed),
        ...this.ringWords(words),
        ...this.stationWords(stations),
      ],
    };
  }

  /* rows whose place is in the picture, the most frequent last */
  inSight() {
    const { sight } = this.disk;
    const { cx, cy, scale } = sight.place();
    const found = [];
    for (let i = sight.X.length - 1; i >= 0; i--) {
      const [x, y] = [cx + scale * sight.X[i], cy - scale * sight.Y[i]];
      if (x >= 0 && y >= 0 && x <= sight.wide && y <= sight.side) found.push(i);
    }
    return found;
  }

  /* their outlines by colour: first the grey ones, where a colouring names few */
  groups(rows) {
    const { sight, state, points } = this.disk;
    const { packed, shape, few } = state.paint;
    const bright = brightOf(state);
    const groups = new Map();
    for (const i of rows) {
      const named = few && packed[i] >>> 24 === 255;
      const key = `${packed[i]} ${bright && !bright[i]}`;
      if (!groups.has(key)) {
        const opacity = ((packed[i] >>> 24) / 255) * (bright && !bright[i] ? FAINT_SHARE : 1);
        groups.set(key, { colour: hexOf(packed[i]), opacity: Math.round(100 * opacity) / 100, named, outlines: [] });
      }
      const { x, y } = sight.of(i);
      const r = (sight.pointRadius / sight.ratio) * (1 - 0.5 * sight.S[i]) * (named ? points.larger : 1);
      groups.get(key).outlines.push(pathOf(SHAPES[shape[i]], x, y, Math.max(0.6, r)));
    }
    const order = [...groups.values()].sort((a, b) => a.named - b.named);
    return order.map(({ colour, opacity, outlines }) => ({ colour, opacity, d: outlines.join("") }));
  }

  names({ font }, covered) {
    const { names, sight } = this.disk;
    const size = 13 * sight.grow;
    return names.placed(covered).map(({ text, x, y, strong }) => ({ text, x, y, size, bold: strong, middle: true, halo: 3, font }));
  }

  groupNames(placed) {
    return placed.map(({ label, x, y, letters }) => ({ text: label, x, y: y + letters / 3, size: letters, bold: true, middle: true }));
  }

  ringWords(words) {
    const size = 12 * this.disk.sight.grow;
    return words.map(({ text, x, y }) => ({ text, x, y, size, halo: 4 }));
  }

  stationWords(stations) {
    const size = 13 * this.disk.sight.grow;
    return stations.map(({ text, x, y }) => ({ text, x, y, size, bold: true, halo: 4 }));
  }

  marks({ ink, mark }) {
    const { state, sight } = this.disk;
    const answer = answerOf(state);
    const at = (row, form, r) => pathOf(form, sight.of(row).x, sight.of(row).y, r);
    const pinned = state.pinned.map((row) => ({ d: at(row, "circle", 7), stroke: ink }));
    const near = (answer?.nearest ?? []).map((row, k) =>
      answer.kept[k] ? { d: at(row, "circle", 5), fill: mark } : { d: at(row, "diamond", 6), stroke: mark },
    );
    const selected = state.selected === null ? [] : [{ d: at(state.selected, "diamond", 8), fill: mark }];
    return [...pinned, ...near, ...selected];
  }
}
