/* The keys of the disk, heard wherever the focus is in the component but for what that place needs itself; and the list of them. */

import { make } from "./dom.js";

const HELP = [
  ["drag", "move the plane; the point you hold stays under the cursor"],
  ["click", "bring a token to the middle and its neighbours apart; on a name: go to its group and show only that"],
  ["wheel, two fingers", "magnifier: enlarges the drawing there, does not move the plane"],
  ["shift + drag", "lasso"],
  ["/", "search"],
  ["Tab", "to the names in the picture, Enter goes there"],
  ["arrows", "to a neighbour in that direction"],
  ["Enter", "bring the chosen token to the middle"],
  ["Backspace", "back"],
  ["0", "origin, no magnifier"],
  ["P", "play the path, or the tables one after another, or stop"],
  ["N", "undo the rotation"],
  ["F", "full screen"],
  ["?", "this list"],
  ["␣ ⏎", "in a token: a space, a line break"],
  ["Esc", "clear"],
];

const LARGER = 1.4;

const ACTS = {
  "/": ({ search }) => search.box.focus(),
  Enter: ({ motion, state }) => state.selected !== null && motion.centre(state.selected),
  Backspace: ({ motion }) => motion.back(),
  0: ({ motion }) => motion.home(),
  n: ({ motion }) => motion.north(),
  f: ({ home }) => home.fill(),
  p: ({ path, play }) => (path.player ?? play.player)?.toggle(),
  "?": ({ keyboard }) => keyboard.toggleHelp(),
  Escape: ({ picks }) => picks.clear(),
  "+": ({ motion }) => motion.magnify(LARGER),
  "-": ({ motion }) => motion.magnify(1 / LARGER),
  ArrowLeft: ({ picks }) => picks.walk(Math.PI),
  ArrowRight: ({ picks }) => picks.walk(0),
  ArrowUp: ({ picks }) => picks.walk(Math.PI / 2),
  ArrowDown: ({ picks }) => picks.walk(-Math.PI / 2),
};

const actOf = (key) => ACTS[key] ?? (/^[NFP]$/.test(key) ? ACTS[key.toLowerCase()] : undefined);

const isShortcut = (event) => event.ctrlKey || event.metaKey || event.altKey;

/* whether a key belongs to the element that has the focus: all to a text box, moving to a slider, its choice by arrows and letters to a select, pressing to a button */
function keptBy(element, key) {
  if (element.closest("input[type=range]")) return /^(Arrow|Page|Home|End)/.test(key);
  if (element.closest("input, textarea, [contenteditable]")) return true;
  if (element.closest("select")) return !["/", "?", "Escape", "Backspace"].includes(key);
  return (key === "Enter" || key === " ") && Boolean(element.closest("button, summary, a"));
}

export class Keyboard {
  constructor(disk) {
    this.disk = disk;
    this.help = make("details", {}, make("summary", { text: "Keys and mouse" }));
    for (const [key, text] of HELP) this.help.append(make("p", { class: "small" }, make("kbd", { text: key }), ` ${text}`));
    this.slash = (event) => this.onPage(event);
  }

  connect() {
    this.disk.root.addEventListener("keydown", (event) => this.onDisk(event));
    document.addEventListener("keydown", this.slash);
  }

  onDisk(event) {
    event.stopPropagation(); // Streamlit has keys of its own
    if (isShortcut(event) || keptBy(event.target, event.key)) return;
    const act = actOf(event.key);
    if (!act) return;
    event.preventDefault();
    if (this.disk.pointer.isDrawing && event.key !== "Escape") return;
    this.disk.partner.touch();
    act(this.disk);
  }

  /* the search is found from anywhere on the page */
  onPage(event) {
    const typing = event.composedPath()[0]?.closest?.("input, textarea, select, [contenteditable], .hv");
    if (event.key !== "/" || isShortcut(event) || typing || !this.disk.partner.isFirst) return;
    event.preventDefault();
    this.disk.search.box.focus();
  }

  toggleHelp() {
    this.help.open = !this.help.open;
  }

  remove() {
    document.removeEventListener("keydown", this.slash);
  }
}
