/* What is said of the selected token: its facts, and its neighbours in the original space or, until they are known, in the disk. */

import { make, refill } from "./dom.js";
import { distance, nearestInDisk } from "./isometry.js";
import { NOTHING } from "./scene.js";
import { answerOf } from "./store.js";
import { tokenTable } from "./table.js";
import { format, visible } from "./text.js";

const BEFORE = "Drag the disk: every movement is an isometry, so no distance changes. Click a token to bring it to the middle.";

const UNKEPT = "Dashed lines and diamonds: neighbours that the disk does not keep";

const WHOLE = 300; // letters of the selected token, the most that are shown

const small = (text) => make("p", { class: "small", text });

export class About {
  constructor(disk) {
    this.disk = disk;
    this.element = make("div", { class: "about" });
    this.near = { row: null, found: [] }; // in the disk
  }

  connect() {
    this.disk.store.watch(["frame"], () => this.forget());
    this.disk.store.watch(["selected", "answers", "asked", "lost"], () => this.draw());
    this.draw();
  }

  /* what was near in the disk, where tokens have moved */
  forget() {
    this.near = { row: null, found: [] };
    if (this.disk.play.isWhole) this.draw();
  }

  draw() {
    const { root, state, counts } = this.disk;
    const { selected, lost } = state;
    const parts = selected === null ? [...(lost ? [make("p", { class: "lost", text: lost })] : []), small(BEFORE)] : this.told(selected);
    refill(root, this.element, ...parts, counts.element);
  }

  told(row) {
    return [...this.facts(row), ...this.neighbours(row)];
  }

  facts(row) {
    const { scene, voice } = this.disk;
    const n = scene.words.neighbours ?? 10;
    const kept = scene.kept[row] === NOTHING ? "" : `The disk keeps ${scene.kept[row]} of its ${n} nearest neighbours.`;
    const words = `Token ${voice.facts(row)} Norm ${format(scene.norms[row], 3)}.`;
    return [make("h4", { text: visible(scene.text(row), WHOLE) }), small(words), make("p", { text: kept })];
  }

  neighbours(row) {
    const { scene, state } = this.disk;
    const answer = answerOf(state);
    if (answer) return this.inOriginalSpace(row, answer);
    const waiting = state.asked.some((pick) => pick.id === scene.id[row])
      ? [small("Looking up its neighbours in the original space…")]
      : [];
    const near = this.nearOf(row).map((q) => ({ row: q.row, cells: [format(q.d, 2)] }));
    return [...waiting, small("Nearest in the disk"), tokenTable(this.disk, near, ["d"])];
  }

  inOriginalSpace(row, { nearest, cosine, kept }) {
    const { scene } = this.disk;
    const cells = (r, k) => [format(distance(scene, row, r)), format(cosine[k]), kept[k] ? "✓" : ""];
    const list = nearest.map((r, k) => ({ row: r, cells: cells(r, k) }));
    const title = "Nearest in the original space, by the cosine of the centred rows";
    const key = kept.every(Boolean) ? [] : [small(UNKEPT)];
    return [small(title), tokenTable(this.disk, list, ["d", "cos", "kept"]), ...key];
  }

  nearOf(row) {
    if (this.near.row !== row) this.near = { row, found: nearestInDisk(this.disk.scene, row, 10) };
    return this.near.found;
  }
}
