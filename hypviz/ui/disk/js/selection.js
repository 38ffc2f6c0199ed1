/* The tokens that a lasso or a rectangle took: their table, and CSV. */

import { button, make, refill, save } from "./dom.js";
import { csv, isInside } from "./finding.js";
import { maskOf } from "./scene.js";
import { tokenTable } from "./table.js";
import { format, many } from "./text.js";

const SHOWN = 60;

export class Selection {
  constructor(disk) {
    this.disk = disk;
    this.button = button("Lasso", "Draw around tokens (shift + drag)", () => this.toggle(), { "aria-pressed": "false" });
    this.element = make("div", { class: "picked" });
  }

  connect() {
    this.disk.store.watch(["chosen"], () => this.draw());
    this.disk.store.watch(["lassoing"], () => this.button.setAttribute("aria-pressed", String(this.disk.state.lassoing)));
  }

  toggle() {
    this.disk.store.change({ lassoing: !this.disk.state.lassoing });
  }

  /* whether a token can be taken: not what the legend hides */
  takes(row) {
    const { only, onlyMask } = this.disk.state;
    return only === null || onlyMask[row] === 1;
  }

  /* all tokens inside a line of places in the picture */
  enclose(trail) {
    const { scene, sight, store } = this.disk;
    const inside = (row) => {
      const { x, y } = sight.of(row);
      return isInside(trail, x, y) && this.takes(row);
    };
    this.set(Array.from({ length: scene.n }, (_, row) => row).filter(inside));
    store.change({ lassoing: false });
  }

  /* select these rows, or none; a line around them is kept only if `lasso` says so */
  set(rows, lasso = this.disk.state.lasso) {
    const { scene, store, voice } = this.disk;
    store.change(rows.length ? { chosen: { rows, mask: maskOf(rows, scene.n) }, lasso } : { chosen: null, lasso: null });
    voice.say(`${many(rows.length)} tokens selected.`);
  }

  draw() {
    const { root, scene, state } = this.disk;
    if (!state.chosen) {
      refill(root, this.element);
      return;
    }
    const { rows } = state.chosen;
    const { counted } = scene.words;
    const cells = (row) => [many(counted ? scene.count[row] : row + 1), format(scene.norms[row]), format(scene.rho[row])];
    const list = rows.slice(0, SHOWN).map((row) => ({ row, cells: cells(row) }));
    const table = tokenTable(this.disk, list, [counted ? "count" : "rank", "norm", "ρ"]);
    const bar = make(
      "div",
      { class: "bar" },
      this.csvButton(),
      ...this.disk.measure.buttons(rows),
      button("Clear", undefined, () => this.set([])),
    );
    const more = rows.length > SHOWN ? [make("p", { class: "small", text: `and ${many(rows.length - SHOWN)} more in the CSV` })] : [];
    refill(root, this.element, make("h4", { text: `${many(rows.length)} tokens selected` }), bar, table, ...more);
  }

  csvButton() {
    const { scene } = this.disk;
    const act = () => save(new Blob([csv(scene, this.disk.state.chosen.rows)], { type: "text/csv;charset=utf-8" }), "disk-selection.csv");
    return button("CSV", "All selected tokens as CSV", act);
  }
}
