/* The one owner of what a person has made of the disk: parts read its state, ask it for changes, and are told what changed. */

import { identity } from "./isometry.js";

export const UNMAGNIFIED = Object.freeze({ scale: 1, x: 0, y: 0 });

const FIRST = {
  camera: identity(),
  view: "poincare",
  zoom: UNMAGNIFIED,
  gliding: null, // the camera that a movement goes to
  holding: false, // whether the pointer is down
  adrift: false, // whether a drag would go farther out than any token
  past: [], // cameras and rows to go back to
  future: [],
  selected: null, // row
  lost: "", // why the token in the address is not here
  answers: new Map(), // by row: its neighbours in the original space, as the server gave them
  asked: [], // picks told to the server and not yet answered: { at, id }, numbered in order
  heard: null, // the id of its last message
  title: "", // the page's finding
  started: false, // whether the server has spoken
  path: null, // of the pinned text through the layers, as `readPath` gives it
  step: 0, // on it: a layer, or a fraction on the way to the next
  frame: 0, // of a scene that is played: one of its frames, or a fraction on the way to the next
  pinned: [], // rows
  pinNear: new Map(), // by pinned row: rows near it in the original space
  four: [], // rows a, b, c, d that attain the delta of what was measured
  chosen: null, // rows of a lasso or a rectangle, with their mask
  lasso: null, // the line around them, as points of the layout
  lassoing: false,
  only: null, // the codes of what is shown alone, with the mask of its rows
  onlyMask: null,
  plotOpen: false,
};

export class Store {
  #state;
  #watchers = [];

  /* `own`: what this disk begins with beside `FIRST`: colour and paint */
  constructor(own) {
    this.#state = Object.freeze({ ...FIRST, ...own });
  }

  get state() {
    return this.#state;
  }

  /* `act` is called after every change of one of the names */
  watch(names, act) {
    for (const name of names) this.#check(name);
    this.#watchers.push({ names, act });
  }

  change(wanted) {
    const changed = Object.keys(wanted).filter((name) => !Object.is(this.#state[this.#check(name)], wanted[name]));
    if (!changed.length) return;
    this.#state = Object.freeze({ ...this.#state, ...wanted });
    for (const { names, act } of this.#watchers) if (changed.some((name) => names.includes(name))) act();
  }

  #check(name) {
    if (!(name in this.#state)) throw new Error(`The state of the disk has no ${name}.`);
    return name;
  }
}

/* what the server said of the selected token, or null */
export const answerOf = (state) => state.answers.get(state.selected) ?? null;

/* rows that are not dimmed, as a mask: those of the selection, of the groups that are shown alone, or of both; null for all */
export function brightOf({ chosen, only, onlyMask }) {
  if (chosen && only !== null) return onlyMask.map((own, i) => own & chosen.mask[i]);
  return chosen ? chosen.mask : onlyMask;
}
