/* Where things stand in the picture: its size, the places of all tokens as the camera sees them, and the point under the pointer. */

import { angleOf, move, offOrigin, radiusOf } from "./isometry.js";
import { drawnRadius, project, unproject } from "./projection.js";
import { pointOf } from "./scene.js";

const LEAST = 380; // pixels of the side, where the window is lower than that: then the page is scrolled

const SMALLEST = 260; // where it is narrower too

const NARROW = 720; // pixels of width under which the panel stands below

export const isNarrow = (width) => width < NARROW;

const FILLED = 0.985; // of the side by the disk

const HIT = 6; // pixels of the radius of the largest magnified tokens

/* radius of a token in pixels, by how many there are at most */
const SIZES = [
  [1500, 4.6],
  [6000, 3.7],
  [15000, 2.8],
  [40000, 2.1],
  [80000, 1.6],
  [Infinity, 1],
];

export class Sight {
  constructor(disk) {
    this.disk = disk;
    const { n } = disk.scene;
    this.X = new Float64Array(n);
    this.Y = new Float64Array(n);
    this.S = new Float64Array(n);
    this.wide = 0;
    this.side = 0;
    this.ratio = 1;
    this.grow = 1; // words as large as the picture: a projector in full screen is read from afar
    this.radius = 1;
    this.stretch = 1; // of the magnifier's offsets, where the picture is drawn in another size than that of the page
  }

  /* the picture in a window of this `height`, of which `around` pixels are for other things, and `wide` pixels wide there, with `ratio` pixels
     of the canvas for one of the page: as high as there is room for */
  fit({ wide, around, height }, ratio) {
    const room = height - around;
    this.set({ wide, side: Math.floor(Math.max(SMALLEST, Math.min(wide, Math.max(LEAST, room)))), ratio });
  }

  /* `stretch`: how much larger than on the page the picture is, by which the magnifier moves it farther */
  set({ wide, side, ratio, stretch = 1 }) {
    this.stretch = stretch;
    const size = SIZES.find(([most]) => this.disk.scene.n <= most)[1];
    this.wide = wide;
    this.side = side;
    this.ratio = ratio;
    this.grow = Math.min(1.5, Math.max(1, side / 640));
    this.radius = ratio * size * Math.min(1.35, Math.max(0.75, side / 640));
  }

  /* radius of a token in pixels of the canvas: it grows with the magnifier, in steps, up to what is easily hit */
  get pointRadius() {
    const grown = this.radius * 2 ** (Math.round(2 * Math.log2(this.disk.state.zoom.scale)) / 4);
    return Math.min(Math.max(this.radius, HIT * this.ratio * this.grow), grown);
  }

  project() {
    const { scene, state } = this.disk;
    project(scene, state.camera, state.view, this.reach, this.X, this.Y, this.S);
  }

  get reach() {
    return this.reachFrom(this.disk.state.camera);
  }

  /* the distance on the rim of the native view */
  reachFrom(camera) {
    return Math.max(this.disk.scene.farthest, 1e-6) + offOrigin(camera);
  }

  /* the middle and the radius of the drawn disk, in pixels of the page */
  place() {
    const { zoom } = this.disk.state;
    const { stretch } = this;
    return { cx: this.wide / 2 + stretch * zoom.x, cy: this.side / 2 + stretch * zoom.y, scale: (this.side / 2) * FILLED * zoom.scale };
  }

  /* pixels from the middle at which a distance is drawn, unmagnified */
  drawnAt(distance, camera) {
    return (this.side / 2) * FILLED * drawnRadius(this.disk.state.view, distance, this.reachFrom(camera));
  }

  /* a token, as it was drawn last */
  of(row) {
    const { cx, cy, scale } = this.place();
    return { x: cx + scale * this.X[row], y: cy - scale * this.Y[row] };
  }

  /* a point as the camera sees it */
  at(point) {
    const { cx, cy, scale } = this.place();
    const r = scale * drawnRadius(this.disk.state.view, radiusOf(point), this.reach);
    const angle = angleOf(point);
    return { x: cx + r * Math.cos(angle), y: cy - r * Math.sin(angle) };
  }

  /* the point of a row as the camera sees it */
  seen(row) {
    return move(this.disk.state.camera, pointOf(this.disk.scene, row));
  }

  /* the point under a place of the picture, as a camera sees it */
  under(x, y, camera = this.disk.state.camera) {
    const { cx, cy, scale } = this.place();
    return unproject(this.disk.state.view, (x - cx) / scale, (cy - y) / scale, this.reachFrom(camera));
  }

  isInside(x, y) {
    const { cx, cy, scale } = this.place();
    return Math.hypot(x - cx, y - cy) <= scale;
  }
}
