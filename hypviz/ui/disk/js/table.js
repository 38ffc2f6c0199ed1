/* A table of tokens, each row of which brings its token to the middle. */

import { make } from "./dom.js";
import { visible } from "./text.js";

/* `list` of {row, cells}; `heads` over the cells, which look like `look` */
export function tokenTable(disk, list, heads, look = "number") {
  const head = make("tr", {}, make("th", { text: "token" }), ...heads.map((text) => make("th", { class: look, text })));
  const line = ({ row, cells }) => {
    const texts = cells.map((text) => make("td", { class: look, text }));
    return make("tr", { onclick: () => disk.motion.centre(row) }, make("td", { text: visible(disk.scene.text(row)) }), ...texts);
  };
  return make("table", {}, make("thead", {}, head), make("tbody", {}, ...list.map(line)));
}
