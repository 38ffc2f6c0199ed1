/* Everything over the tokens, from the rings up to the words, in the colours of the page. */

import { overlap } from "./boxes.js";
import { drawMark } from "./marks.js";
import { answerOf } from "./store.js";

export class Overlay {
  constructor(disk) {
    this.disk = disk;
  }

  draw() {
    const { rings, arcs, plates, names, sight } = this.disk;
    const pen = this.pen();
    pen.context.setTransform(sight.ratio, 0, 0, sight.ratio, 0, 0);
    pen.context.clearRect(0, 0, sight.wide, sight.side);
    rings.draw(pen);
    arcs.draw(pen);
    this.marks(pen);
    const placed = plates.places(pen);
    const words = rings.words(pen).filter(({ box }) => !placed.some((other) => overlap(other.box, box, 2)));
    names.draw(pen, [...placed, ...words]);
    plates.draw(pen, placed);
    rings.write(pen, words);
  }

  /* the context with the page's colours and letters, and the colour that marks a selection */
  pen() {
    const { root, scene, stage } = this.disk;
    const style = getComputedStyle(root);
    const paper = style.getPropertyValue("--st-background-color") || "#ffffff";
    return { context: stage.context, ink: style.color, paper, mark: scene.words.colours.mark, font: style.fontFamily || "sans-serif" };
  }

  marks({ context, ink, mark }) {
    const { state, sight } = this.disk;
    const answer = answerOf(state);
    for (const row of state.pinned) drawMark(context, sight.of(row), "ring", ink);
    for (const [k, row] of (answer?.nearest ?? []).entries()) drawMark(context, sight.of(row), answer.kept[k] ? "dot" : "diamond", mark);
    if (state.selected !== null) drawMark(context, sight.of(state.selected), "star", mark);
  }
}
