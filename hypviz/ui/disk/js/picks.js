/* The selected token: chosen here, told to the server, and kept in the address. */

import { neighbourTowards, rowAt } from "./finding.js";

const AGREED = 1500; // milliseconds after which the address should name the token that was picked

export class Picks {
  constructor(disk) {
    this.disk = disk;
    this.agreeing = undefined; // a timer
    this.number = Date.now(); // the number of the last pick told; larger than that of any disk that stood here before
    window.addEventListener("popstate", this.wentBack);
  }

  /* the browser's Back or Forward: the address no longer names the pick because it should not */
  wentBack = () => clearTimeout(this.agreeing);

  /* the id of the selected token, or null */
  get id() {
    const { scene, state } = this.disk;
    return state.selected === null ? null : scene.id[state.selected];
  }

  /* whether the address names the selected token, or none where none is selected */
  get isInAddress() {
    const named = new URL(location.href).searchParams.get("token");
    return named === (this.id === null ? null : String(this.id));
  }

  /* select a row, or none; `tell` the server. A token that the legend hides is shown, with all others */
  choose(row, tell) {
    const { scene, store, state, options, voice, selection, legend } = this.disk;
    const id = row === null ? null : scene.id[row];
    const asked = tell && options.send ? [...state.asked, { at: ++this.number, id }] : state.asked;
    store.change({ selected: row, asked });
    const hidden = row !== null && !selection.takes(row);
    if (hidden) legend.showAll();
    if (row !== null) voice.say(`${voice.sentence(row)}${hidden ? " The legend hid it: all groups are shown again." : ""}`);
    if (!tell) return;
    this.agree(id, 2);
    options.send?.({ pick: id, at: this.number });
  }

  /* where two picks come faster than the server's runs, the address can end at the first one: say the last one again, `more` times */
  agree(id, more) {
    clearTimeout(this.agreeing);
    const { options } = this.disk;
    if (!options.send || !more) return;
    this.agreeing = setTimeout(() => {
      if (this.id !== id || this.isInAddress) return;
      options.send({ pick: id, at: this.number });
      this.agree(id, more - 1);
    }, AGREED);
  }

  /* the row whose word, else whose mark, lies under a place of the picture and that the legend does not hide, or null */
  at(x, y) {
    const named = this.disk.names.at(x, y);
    const isShown = named !== null && (this.disk.state.onlyMask?.[named] ?? true);
    return isShown ? named : this.markAt(x, y);
  }

  markAt(x, y) {
    const { sight, state } = this.disk;
    return rowAt(sight.X, sight.Y, sight.place(), x, y, state.onlyMask);
  }

  /* to a neighbour in a direction, first to the token in the middle */
  walk(direction) {
    const { scene, state, sight } = this.disk;
    if (state.selected === null) {
      const { cx, cy } = sight.place();
      this.choose(this.markAt(cx, cy) ?? Math.max(0, state.onlyMask?.indexOf(1) ?? 0), false);
      return;
    }
    const next = neighbourTowards(scene, state.camera, state.selected, direction, state.onlyMask);
    if (next !== null) this.choose(next, false);
  }

  /* nothing selected, pinned, chosen or boxed, and all groups shown */
  clear() {
    this.disk.selection.set([]);
    this.disk.legend.showAll();
    this.disk.pins.unpin();
    this.disk.measure.dismiss();
    this.choose(null, true);
    this.disk.voice.say("Nothing selected.");
  }

  remove() {
    window.removeEventListener("popstate", this.wentBack);
    clearTimeout(this.agreeing);
  }
}
