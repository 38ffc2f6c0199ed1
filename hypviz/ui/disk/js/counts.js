/* How many tokens lie within each distance of the middle of the view, beside the room there: why the rim holds so many. */

import { make } from "./dom.js";
import { areaWithin, countedDistances, countWithin } from "./projection.js";
import { many } from "./text.js";

const WORDS =
  "Room (area) grows like e to the d, so nearly all of it lies near the rim, from wherever one looks. " +
  "Within d of the middle of this view, the circle of radius 1 being 1 ×:";

const HEADS = ["within d", "tokens", "room", "if flat"];

export class Counts {
  constructor(disk) {
    this.disk = disk;
    this.distances = countedDistances(disk.scene.farthest);
    this.within = new Map(); // tokens by distance
    this.cells = [];
    this.element = this.table();
  }

  count() {
    const found = countWithin(this.disk.sight.S, this.distances);
    this.within = new Map(this.distances.map((d, k) => [d, found[k]]));
    for (const [k, count] of found.entries()) this.cells[k].textContent = many(count);
  }

  /* the area of a circle beside a flat one's and the tokens in it */
  table() {
    const number = (tag, text) => make(tag, { class: "number", text });
    this.cells = this.distances.map(() => number("td"));
    const row = (d, k) => {
      const room = number("td", `${many(areaWithin(d) / areaWithin(1))} ×`);
      return make("tr", {}, number("td", String(d)), this.cells[k], room, number("td", `${d * d} ×`));
    };
    const head = make("thead", {}, make("tr", {}, ...HEADS.map((text) => number("th", text))));
    const body = make("tbody", {}, ...this.distances.map(row));
    return make("div", {}, make("p", { class: "small", text: WORDS }), make("table", { class: "still" }, head, body));
  }
}
