/* The words beside tokens: which ones, each drawn once with its halo, and whose word lies under a place. */

import { overlap } from "./boxes.js";
import { chooseLabels } from "./labels.js";
import { answerOf, brightOf } from "./store.js";
import { visible } from "./text.js";

const FONT = 13;

const MARK = 9; // pixels from the middle of a mark to its edge

const MOST_KEPT = 1500; // drawn words

export class Names {
  constructor(disk) {
    this.disk = disk;
    this.labels = []; // {row, dx, dy}
    this.widths = new Map(); // in pixels, by row, for letters as large as `measured`
    this.measured = 0;
    this.pictures = new Map();
    this.look = ""; // of the pictures
    this.drawn = []; // the words as they stand in the picture
    this.named = []; // rows that a colouring of few names
    this.words = undefined; // the mask of whole words, once it is made
  }

  connect() {
    const name = () => {
      const { value, few } = this.disk.state.paint;
      this.named = few ? Array.from(value.keys()).filter((row) => !Number.isNaN(value[row])) : [];
    };
    this.disk.store.watch(["paint"], name);
    name();
  }

  /* rows that are named before all others */
  first() {
    const { state, trail } = this.disk;
    const near = answerOf(state)?.nearest ?? [];
    return [...(state.selected === null ? [] : [state.selected]), ...trail.rows, ...near, ...state.pinned, ...state.four];
  }

  choose() {
    const { state, sight } = this.disk;
    const pen = this.disk.overlay.pen();
    const size = { width: sight.wide, height: sight.side };
    const view = {
      X: sight.X,
      Y: sight.Y,
      place: sight.place(),
      size,
      grow: sight.grow,
      bright: brightOf(state),
      words: this.wholeWords(),
      written: this.disk.trail.stations(pen),
    };
    const around = [...state.pinNear.values()].flat();
    this.labels = chooseLabels(view, (row) => this.width(row, pen), this.first(), around.length ? around : this.named);
  }

  /* the rows that have a label, the first ones first */
  get chosen() {
    return this.labels.map(({ row }) => row);
  }

  /* a mask of the rows that are whole words, as the colouring by kind tells them; null where the scene has none */
  wholeWords() {
    const { scene } = this.disk;
    const kinds = scene.colours.find(({ name }) => name === "kind");
    const code = kinds?.items?.findIndex(({ label }) => label === "word start") ?? -1;
    if (this.words === undefined) this.words = code < 0 ? null : Uint8Array.from(kinds.codes, (each) => (each === code ? 1 : 0));
    return this.words;
  }

  width(row, { context, font }) {
    const { scene, sight } = this.disk;
    if (this.measured !== sight.grow) this.widths = new Map();
    this.measured = sight.grow;
    if (!this.widths.has(row)) {
      context.font = `${FONT * sight.grow}px ${font}`;
      this.widths.set(row, context.measureText(visible(scene.text(row))).width + 6);
    }
    return this.widths.get(row);
  }

  /* what the rows that are named before all others cover, with their marks, as boxes */
  strongBoxes() {
    const { sight } = this.disk;
    const around = MARK * sight.grow;
    const marks = this.first().map((row) => {
      const { x, y } = sight.of(row);
      return { box: [x - around, y - around, x + around, y + around] };
    });
    return marks.length ? [...marks, ...this.placed([]).filter(({ strong }) => strong)] : [];
  }

  /* the words with the places of their middles on their lines, `strong` the first ones; the others not over what stands in the boxes of
     `covered` */
  placed(covered) {
    const { sight, scene } = this.disk;
    const first = new Set(this.first());
    const found = [];
    for (const { row, dx, dy } of this.labels) {
      const token = sight.of(row);
      const x = token.x + dx;
      const y = token.y + dy + 4 * sight.grow;
      const half = (this.widths.get(row) ?? 0) / 2;
      const box = [x - half, y - 12 * sight.grow, x + half, y + 3];
      const strong = first.has(row);
      if (strong || !covered.some((other) => overlap(other.box, box, 0)))
        found.push({ row, x, y, box, strong, text: visible(scene.text(row)) });
    }
    return found;
  }

  draw(pen, covered) {
    const { ratio, grow } = this.disk.sight;
    this.forgetPictures(pen);
    this.drawn = this.placed(covered);
    for (const { row, x, y, strong } of this.drawn) {
      const picture = this.picture(row, strong, pen);
      const width = picture.width / ratio;
      pen.context.drawImage(picture, x - width / 2, y - 15 * grow, width, picture.height / ratio);
    }
  }

  /* the row whose word lies under a place of the picture, the last drawn first; null where none does */
  at(x, y) {
    return this.drawn.findLast(({ box }) => x >= box[0] && x <= box[2] && y >= box[1] && y <= box[3])?.row ?? null;
  }

  /* those in other colours, sizes or letters, and too many of them */
  forgetPictures({ ink, paper, font }) {
    const { ratio, grow } = this.disk.sight;
    const look = `${ink} ${paper} ${ratio} ${grow} ${font}`;
    if (look !== this.look || this.pictures.size > MOST_KEPT) this.pictures = new Map();
    this.look = look;
  }

  /* a word with its halo, drawn once: text is what costs most where graphics are software */
  picture(row, strong, pen) {
    const key = `${strong ? "b" : ""}${row}`;
    if (!this.pictures.has(key)) this.pictures.set(key, this.paintWord(visible(this.disk.scene.text(row)), strong, pen));
    return this.pictures.get(key);
  }

  paintWord(text, strong, { ink, paper, font }) {
    const { ratio, grow } = this.disk.sight;
    const canvas = document.createElement("canvas");
    const context = canvas.getContext("2d");
    const letters = `${strong ? "bold " : ""}${FONT * grow}px ${font}`;
    context.font = letters;
    canvas.width = Math.ceil((context.measureText(text).width + 8) * ratio);
    canvas.height = Math.ceil(22 * grow * ratio);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.font = letters;
    context.textAlign = "center";
    context.lineJoin = "round";
    context.strokeStyle = paper;
    context.lineWidth = 3;
    context.globalAlpha = 0.85;
    context.strokeText(text, canvas.width / ratio / 2, 15 * grow);
    context.globalAlpha = 1;
    context.fillStyle = ink;
    context.fillText(text, canvas.width / ratio / 2, 15 * grow);
    return canvas;
  }
}
