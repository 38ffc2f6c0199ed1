/* Shading where tokens are many: how strong it is and in which colour, and how it gives way to points. */

import assert from "node:assert/strict";
import test from "node:test";
import { Density, shareOfShading } from "../../hypviz/ui/disk/js/density.js";
import { randomFrom } from "./reading.js";

const RED = 0xff0000ff;
const BLUE = 0xffff0000;
const GREY = 0x73888888;

/* the cells of a picture of 60 x 60 pixels in cells of 3, for places in cells */
function shaded(places, packed, { share = 1, ...more } = {}) {
  const density = new Density(60, 60, 3);
  const pixels = new Uint32Array(density.columns * density.rows);
  const X = Float64Array.from(places, ([x]) => x + 0.5);
  const Y = Float64Array.from(places, ([, y]) => -y - 0.5);
  const ink = { packed: Uint32Array.from(packed), dim: null, larger: 0, ...more };
  density.draw(pixels, { X, Y, place: { cx: 0, cy: 0, scale: 3 } }, ink, share);
  const at = (x, y) => pixels[y * density.columns + x];
  return { at, alpha: (x, y) => at(x, y) >>> 24, pixels };
}

const some = (n, place) => Array.from({ length: n }, () => place);

test("strength follows the logarithm of how many there are", () => {
  const counts = [1, 4, 16, 64, 256];
  const places = counts.flatMap((n, k) => some(n, [2 + 4 * k, 10]));
  const { alpha } = shaded(places, new Array(places.length).fill(RED));
  const found = counts.map((_, k) => alpha(2 + 4 * k, 10));
  assert.equal(found.at(-1), 255);
  const expected = counts.map((n) => (255 * Math.log1p((20 * n) / 4)) / Math.log1p((20 * 256) / 4)); // a quarter stays in the cell itself
  for (const [k, value] of found.entries()) assert.ok(Math.abs(value - expected[k]) <= 1, `${value} for ${expected[k]}`);
  assert.equal(alpha(2, 13), 0);
});

test("the colour is the mean of the tokens there", () => {
  const { at } = shaded([...some(3, [5, 5]), [5, 5]], [RED, RED, RED, BLUE]);
  assert.deepEqual([at(5, 5) & 255, (at(5, 5) >>> 8) & 255, (at(5, 5) >>> 16) & 255], [191, 0, 64]);
});

test("dimmed tokens count little, and the named ones of a colouring of few not at all", () => {
  const places = [...some(40, [4, 4]), ...some(40, [12, 12])];
  const dim = Uint8Array.from(places, ([x]) => (x === 4 ? 1 : 0));
  const { alpha } = shaded(places, new Array(80).fill(RED), { dim });
  assert.ok(alpha(12, 12) > 0 && alpha(12, 12) < alpha(4, 4) - 40);
  const few = shaded(places, [...new Array(40).fill(RED), ...new Array(40).fill(GREY)], { larger: 2 });
  assert.ok(few.alpha(4, 4) === 0 && few.alpha(12, 12) === 255);
});

test("what lies outside of the picture is left out, and shares make it fainter", () => {
  const { pixels } = shaded(
    [
      [-1, 3],
      [3, -1],
      [20, 3],
      [3, 20],
      [Number.NaN, 3],
    ],
    new Array(5).fill(RED),
  );
  assert.ok(pixels.every((pixel) => pixel === 0));
  const [whole, half] = [1, 0.5].map((share) => shaded(some(50, [8, 8]), new Array(50).fill(RED), { share }).alpha(8, 8));
  assert.ok(whole === 255 && Math.abs(half - 127.5) <= 1);
});

test("all tokens weigh as much as there are of them, wherever they lie", () => {
  const random = randomFrom(9);
  const density = new Density(300, 200, 3);
  const n = 5000;
  const X = Float64Array.from({ length: n }, () => 10 + 280 * random());
  const Y = Float64Array.from({ length: n }, () => -10 - 180 * random());
  const ink = { packed: new Uint32Array(n).fill(RED), dim: null, larger: 0 };
  density.draw(new Uint32Array(density.columns * density.rows), { X, Y, place: { cx: 0, cy: 0, scale: 1 } }, ink, 1);
  let sum = 0;
  for (let k = 0; k < density.sums.length; k += 4) sum += density.sums[k];
  assert.ok(Math.abs(sum - n) < 0.01);
  assert.ok(density.largest() < n / 10);
});

test("shading gives way to points without a jump as the picture is magnified, the later the more tokens there are", () => {
  for (const n of [1000, 49152, 256000]) {
    let before = shareOfShading(n, 250);
    for (let scale = 1; scale <= 60; scale *= 1.02) {
      const share = shareOfShading(n, 250 * scale);
      assert.ok(share <= before && before - share < 0.06);
      before = share;
    }
    assert.equal(before, 0);
  }
  assert.equal(shareOfShading(1000, 250), 0);
  assert.equal(shareOfShading(49152, 250), 1);
  assert.ok(shareOfShading(256000, 700) > shareOfShading(49152, 700));
  assert.equal(shareOfShading(0, 250), 0);
});
