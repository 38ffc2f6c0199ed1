/* Everything over the tokens, from the rings up to the words, in the colours of the page. */

import { drawMark } from "./marks.js";
import { answerOf } from "./store.js";

export class Overlay {
  constructor(disk) {
    this.disk = disk;
  }

  draw(now) {
    const { rings, arcs, trail, plates, names, chips, sight } = this.disk;
    const pen = this.pen();
    pen.context.setTransform(sight.ratio, 0, 0, sight.ratio, 0, 0);
    pen.context.clearRect(0, 0, sight.wide, sight.side);
    rings.draw(pen);
    arcs.draw(pen);
    this.marks(pen);
    trail.draw(pen);
    const { placed, words, stations } = this.layOut(pen);
    const shown = plates.shown(placed, now);
    names.draw(pen, [...shown.map(({ place }) => place), ...words, ...chips.boxes()]);
    plates.draw(pen, shown);
    rings.write(pen, words);
    trail.write(pen, stations);
  }

  /* where the stations of a path have their words; where the names of groups stand, clear of those and of the marks and words of what is selected,
     pinned or boxed; and the words of the rings where they cross none of them */
  layOut(pen) {
    const { plates, rings, chips, names, trail } = this.disk;
    const stations = trail.stations(pen);
    const covered = [...chips.boxes(), ...stations];
    const placed = plates.places(pen, [...covered, ...names.strongBoxes()]);
    return { stations, placed, words: rings.words(pen, [...placed, ...covered]) };
  }

  /* the context with the page's colours and letters, and the colour that marks a selection */
  pen() {
    const { root, scene, stage } = this.disk;
    const style = getComputedStyle(root);
    const paper = style.getPropertyValue("--st-background-color") || "#ffffff";
    return { context: stage.context, ink: style.color, paper, mark: scene.words.colours.mark, font: style.fontFamily || "sans-serif" };
  }

  /* how large the marks of the selected token and its neighbours are: small where these stand close, so that none covers another */
  markSize() {
    const { state, sight, about } = this.disk;
    if (state.selected === null) return sight.grow;
    const near = about.nearOf(state.selected).at(-1);
    if (!near) return sight.grow;
    const [a, b] = [sight.of(state.selected), sight.of(near.row)];
    return sight.grow * Math.min(1.2, Math.max(0.5, Math.hypot(a.x - b.x, a.y - b.y) / 100));
  }

  marks({ context, ink, mark }) {
    const { state, sight } = this.disk;
    const answer = answerOf(state);
    const size = this.markSize();
    this.disk.measure.marks({ context, ink });
    for (const row of state.pinned) drawMark(context, sight.of(row), "ring", ink, sight.grow);
    for (const [k, row] of (answer?.nearest ?? []).entries())
      drawMark(context, sight.of(row), answer.kept[k] ? "dot" : "diamond", mark, size);
    if (state.selected !== null) drawMark(context, sight.of(state.selected), "star", mark, size);
  }
}
