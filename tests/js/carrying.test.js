/* A view taken to the same layout at another radius. */

import assert from "node:assert/strict";
import test from "node:test";
import { anchorOf, carried, viewpointOf } from "../../hypviz/ui/disk/js/carrying.js";
import { angleOf, compose, middleRow, move, offOrigin, radiusOf, rotation, toOrigin, turnOf } from "../../hypviz/ui/disk/js/isometry.js";
import { pointOf } from "../../hypviz/ui/disk/js/scene.js";
import { randomFrom, vectors } from "./reading.js";

/* the same layout at a radius, as columns of a scene */
function layoutAt(radius) {
  const random = randomFrom(21);
  const n = 300;
  const scene = { n, c: [], u: [], v: [] };
  for (let i = 0; i < n; i++) {
    const [rho, theta] = [radius * Math.sqrt(random()), 2 * Math.PI * random()];
    scene.c.push(Math.cosh(rho / 2));
    scene.u.push(Math.sinh(rho / 2) * Math.cos(theta));
    scene.v.push(Math.sinh(rho / 2) * Math.sin(theta));
  }
  return scene;
}

test("the row nearest to the middle is that of a search by brute force", () => {
  const scene = layoutAt(5);
  const camera = compose(rotation(0.5), toOrigin(2, 1));
  const seen = Array.from({ length: scene.n }, (_, row) => radiusOf(move(camera, pointOf(scene, row))));
  assert.equal(middleRow(scene, camera), seen.indexOf(Math.min(...seen)));
});

test("the token in the middle stays where it is seen, whatever the radius becomes", () => {
  const [before, after] = [layoutAt(4), layoutAt(7)];
  for (const [d, angle] of [
    [1, 0.2],
    [2.5, -2],
    [3.8, 1.5],
  ]) {
    const camera = compose(rotation(0.7), toOrigin(d, angle));
    const anchor = anchorOf(before, camera);
    const found = carried(after, camera, anchor, 15);
    const seen = move(found, pointOf(after, anchor.row));
    assert.ok(Math.abs(radiusOf(seen) - anchor.rho) < 1e-9 && Math.abs(angleOf(seen) - anchor.theta) < 1e-7);
    const turn = turnOf(found) - turnOf(camera);
    assert.ok(Math.abs(Math.atan2(Math.sin(turn), Math.cos(turn))) < 1.6);
  }
});

test("at home a view stays there, and none goes farther out than it may", () => {
  const scene = layoutAt(9);
  const turned = rotation(1);
  assert.equal(carried(scene, turned, anchorOf(layoutAt(4), turned), 17), turned);
  const camera = toOrigin(3.9, 0);
  const found = carried(scene, camera, anchorOf(layoutAt(4), camera), 4);
  assert.ok(offOrigin(found) <= 4);
});

test("a link's point of view is four numbers of an isometry and a view, and any other text is none", () => {
  for (const { text, farthest, there } of vectors.viewpoints) {
    const found = viewpointOf(text, farthest + 9);
    assert.equal(found !== null, there, text);
    if (there) assert.equal(found.view, text.split(",")[4] ?? "poincare");
  }
});
