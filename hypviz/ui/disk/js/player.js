/* A slider over steps and a button that plays it: gliding from one step to the next, or jumping where motion is to be reduced. */

import { button, make } from "./dom.js";

const GLIDE = 450; // milliseconds from one step to the next

const REST = 350; // on it

const eased = (share) => share * share * (3 - 2 * share);

/* the step after so many milliseconds of playing, a fraction while it glides */
export function stepAfter(from, milliseconds, last, jumps) {
  const whole = Math.floor(milliseconds / (GLIDE + REST));
  const gliding = Math.min(1, (milliseconds - whole * (GLIDE + REST)) / GLIDE);
  return Math.min(last, Math.floor(from) + whole + (jumps ? 0 : eased(gliding)));
}

export class Player {
  /* `name`: of the step in the store; `label` of the slider; `last` step; `says`(step): its words */
  constructor(disk, { name, label, last, says }) {
    this.disk = disk;
    this.name = name;
    this.last = last;
    this.says = says;
    this.isPlaying = false;
    this.button = button("▶", "Play (P)", () => this.toggle(), { "aria-pressed": "false" });
    const bounds = { type: "range", min: 0, max: last, step: 1, "aria-label": label };
    this.slider = make("input", { ...bounds, oninput: () => this.scrub() });
    this.words = make("span", { class: "small" });
    this.element = make("div", { class: "player" }, this.button, this.slider, this.words);
    this.show();
  }

  get step() {
    return this.disk.state[this.name];
  }

  go(step) {
    this.disk.store.change({ [this.name]: step });
    this.show();
  }

  scrub() {
    this.stop();
    this.go(Number(this.slider.value));
  }

  toggle() {
    if (this.isPlaying) this.stop();
    else this.play();
  }

  play() {
    if (this.step >= this.last) this.go(0);
    this.mark(true);
    const jumps = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const from = this.step;
    const start = performance.now();
    const tick = () => {
      if (!this.isPlaying) return;
      this.go(stepAfter(from, performance.now() - start, this.last, jumps));
      if (this.step < this.last) requestAnimationFrame(tick);
      else this.stop();
    };
    requestAnimationFrame(tick);
  }

  /* on a whole step */
  stop() {
    if (!this.isPlaying) return;
    this.mark(false);
    this.go(Math.round(this.step));
  }

  mark(isPlaying) {
    this.isPlaying = isPlaying;
    this.button.setAttribute("aria-pressed", String(isPlaying));
    this.button.textContent = isPlaying ? "❚❚" : "▶";
  }

  show() {
    const whole = Math.round(this.step);
    if (this.slider.value !== String(whole)) this.slider.value = String(whole);
    const said = this.says(whole);
    if (this.words.textContent === said) return;
    this.words.textContent = said;
    this.slider.setAttribute("aria-valuetext", said);
  }
}
