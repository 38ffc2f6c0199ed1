/* Frequency against norm, in the colours of the disk; a rectangle drawn in it selects. */

import { button, make } from "./dom.js";
import { brightOf } from "./store.js";
import { format, many } from "./text.js";

const LEFT = 34; // pixels beside and under the axes

const BELOW = 26;

export class Plot {
  constructor(disk) {
    this.disk = disk;
    const title = "Frequency against norm, linked: drag a rectangle to select";
    this.button = button("Frequency–norm", title, () => this.toggle(), { "aria-pressed": "false" });
    const label = "Norm against frequency of all tokens, in the colours of the disk";
    this.canvas = make("canvas", { class: "plot hidden", role: "img", "aria-label": label });
  }

  connect() {
    const { store } = this.disk;
    store.watch(["plotOpen"], () => this.show());
    store.watch(["paint", "only", "chosen"], () => this.draw());
    this.canvas.addEventListener("pointerdown", (event) => this.brush(event));
  }

  toggle() {
    this.disk.store.change({ plotOpen: !this.disk.state.plotOpen });
  }

  show() {
    const { plotOpen } = this.disk.state;
    this.canvas.classList.toggle("hidden", !plotOpen);
    this.button.setAttribute("aria-pressed", String(plotOpen));
    this.draw();
  }

  /* the share of the horizontal axis at which a row stands; without counts the first rank stands at the right */
  share(row) {
    const { scene } = this.disk;
    const most = Math.log10((scene.words.counted ? scene.count[0] : scene.n) + 1);
    const here = scene.words.counted ? Math.log10(scene.count[row] + 1) : most - Math.log10(row + 1);
    return here / Math.max(most, 1e-9);
  }

  placer(width, height) {
    const { scene } = this.disk;
    const [low, high] = scene.norm;
    const up = (norm) => (norm - low) / Math.max(high - low, 1e-9);
    return (row) => [LEFT + this.share(row) * (width - LEFT - 10), height - BELOW - up(scene.norms[row]) * (height - BELOW - 14)];
  }

  draw() {
    const { canvas } = this;
    const { state, sight, overlay } = this.disk;
    if (!state.plotOpen || !canvas.clientWidth) return;
    const { clientWidth: width, clientHeight: height } = canvas;
    canvas.width = width * sight.ratio;
    canvas.height = height * sight.ratio;
    const context = canvas.getContext("2d");
    context.setTransform(sight.ratio, 0, 0, sight.ratio, 0, 0);
    this.tokens(context, this.placer(width, height));
    const { ink, font } = overlay.pen();
    context.fillStyle = ink;
    context.font = `12px ${font}`;
    this.axes(context, width, height);
  }

  tokens(context, at) {
    const { state, scene } = this.disk;
    const { packed } = state.paint;
    const bright = brightOf(state);
    for (let i = scene.n - 1; i >= 0; i--) {
      const [x, y] = at(i);
      const c = packed[i];
      context.fillStyle = `rgba(${c & 255},${(c >> 8) & 255},${(c >> 16) & 255},${bright && !bright[i] ? 0.12 : 0.85})`;
      context.fillRect(x - 1, y - 1, 2.4, 2.4);
    }
  }

  /* both axes with their ends in numbers */
  axes(context, width, height) {
    const { scene } = this.disk;
    const { counted } = scene.words;
    const [least, most] = counted ? ["0", format(Math.log10(scene.count[0] + 1), 1)] : [many(scene.n), "1"];
    const write = (text, align, x, y) => {
      context.textAlign = align;
      context.fillText(text, x, y);
    };
    write(least, "left", LEFT, height - 8);
    write(most, "right", width - 10, height - 8);
    write(counted ? "log10 (count + 1)" : "rank by token id", "center", LEFT + (width - LEFT - 10) / 2, height - 8);
    write(format(scene.norm[0], 1), "right", LEFT - 3, height - 24);
    write(format(scene.norm[1], 1), "right", LEFT - 3, 22);
    context.save();
    context.translate(14, height / 2);
    context.rotate(-Math.PI / 2);
    write("L2 norm", "center", 0, 0);
    context.restore();
  }

  brush(event) {
    const { canvas } = this;
    const box = canvas.getBoundingClientRect();
    const place = ({ clientX, clientY }) => [clientX - box.left, clientY - box.top];
    const from = place(event);
    canvas.setPointerCapture(event.pointerId);
    const draw = (e) => this.frame(from, place(e));
    const end = (e) => {
      canvas.removeEventListener("pointermove", draw);
      this.take(from, place(e), box);
    };
    canvas.addEventListener("pointermove", draw);
    canvas.addEventListener("pointerup", end, { once: true });
  }

  frame(from, to) {
    this.draw();
    const context = this.canvas.getContext("2d");
    context.strokeStyle = this.disk.scene.words.colours.mark;
    context.strokeRect(from[0], from[1], to[0] - from[0], to[1] - from[1]);
  }

  take(from, to, { width, height }) {
    const { scene, selection } = this.disk;
    const at = this.placer(width, height);
    const between = (value, a, b) => value >= Math.min(a, b) && value <= Math.max(a, b);
    const inside = (row) => {
      const [x, y] = at(row);
      return between(x, from[0], to[0]) && between(y, from[1], to[1]) && selection.takes(row);
    };
    selection.set(Array.from({ length: scene.n }, (_, row) => row).filter(inside), null);
  }
}
