/* Two layouts of the same tokens move together; the one that was touched last leads. */

import { spots } from "./meeting.js";

let leader = null;

export class Partner {
  constructor(disk) {
    this.own = disk;
  }

  /* the other one, null where there is none */
  get disk() {
    const { partner } = this.own.scene.words;
    const disk = partner ? spots().get(partner)?.disk : null;
    return disk && disk !== this.own ? disk : null;
  }

  /* whether nobody is still to come */
  get isThere() {
    return !this.own.scene.words.partner || this.disk !== null;
  }

  touch() {
    leader = this.own;
  }

  get leads() {
    return leader === this.own;
  }

  /* of two disks the one that was touched last, or the left one, hears the keys of the page */
  get isFirst() {
    const other = this.disk;
    if (!other || this.leads) return true;
    const left = ({ root }) => root.getBoundingClientRect().left;
    return leader !== other && left(this.own) <= left(other);
  }

  /* the other one follows, and chooses its words anew where this one does and nothing moves */
  lead(relabel) {
    const other = this.disk;
    if (!other || !this.leads) return;
    const { camera, zoom, view, selected } = this.own.state;
    const still = this.own.isStill;
    if (still && relabel) other.stage.dirty(true);
    const row = this.mate(selected);
    const there = other.state;
    if (there.camera === camera && there.zoom === zoom && there.view === view && there.selected === row) return;
    other.store.change({ camera, zoom, view });
    if (there.selected !== row) other.picks.choose(row, false);
    other.stage.dirty(still);
  }

  /* the row of the same token in the other layout */
  mate(row) {
    return row === null ? null : (this.disk.scene.rowOf.get(this.own.scene.id[row]) ?? null);
  }
}
