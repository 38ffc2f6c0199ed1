/* The same tokens in one table after another: moved along geodesics, scrubbed by a slider or played; those that moved can be selected. */

import { button, make } from "./dom.js";
import { stand, walk, wayOf } from "./frames.js";
import { Player } from "./player.js";
import { many } from "./text.js";

export class Play {
  constructor(disk) {
    this.disk = disk;
    this.ways = new Map(); // by the number of the frame that they begin at
    const { frames } = disk.scene;
    this.player = frames.length
      ? new Player(disk, { name: "frame", label: "Table", last: frames.length - 1, says: (k) => frames[k].label })
      : null;
    this.element = make("div", { class: "play" }, ...(this.player ? this.parts() : []));
  }

  connect() {
    this.disk.store.watch(["frame"], () => this.move());
  }

  get isWhole() {
    return Number.isInteger(this.disk.state.frame);
  }

  parts() {
    const { words } = this.disk.scene;
    this.step = make("p", { class: "small" });
    this.movedButton = button("Select those that moved", "The tokens that move farther than the noise, here", () => this.select());
    this.say();
    return [
      this.player.element,
      this.step,
      this.movedButton,
      make("details", {}, make("summary", { text: "How" }), make("p", { text: words.how })),
    ];
  }

  /* the step that ends at this frame, the first one at the start */
  get arrived() {
    return Math.max(1, Math.ceil(this.disk.state.frame));
  }

  say() {
    this.step.textContent = this.disk.scene.words.steps[this.arrived - 1];
  }

  select() {
    const { moved } = this.disk.scene.frames[this.arrived];
    const rows = Array.from(moved.keys()).filter((row) => moved[row]);
    this.disk.selection.set(rows, null);
    if (!rows.length) this.disk.chips.tell(`none of ${many(moved.length)} tokens moves farther than the noise`);
  }

  /* every token to its place in this frame, or on its way */
  move() {
    const { scene, state, stage } = this.disk;
    if (!this.player) return;
    const low = Math.floor(state.frame);
    if (this.isWhole) stand(scene, scene.frames[low]);
    else walk(scene, this.way(low), state.frame - low);
    this.player.show();
    this.say();
    stage.dirty(this.isWhole);
  }

  way(low) {
    const { frames } = this.disk.scene;
    if (!this.ways.has(low)) this.ways = new Map([[low, wayOf(frames[low], frames[low + 1])]]);
    return this.ways.get(low);
  }
}
