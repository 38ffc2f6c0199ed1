/* Finding tokens by text, place, line and direction; and the table for a spreadsheet. */

import assert from "node:assert/strict";
import test from "node:test";
import { csv, findTexts, isInside, neighbourTowards, rowAt } from "../../hypviz/ui/disk/js/finding.js";
import { angleOf, identity, nearestInDisk } from "../../hypviz/ui/disk/js/isometry.js";
import { pointOf } from "../../hypviz/ui/disk/js/scene.js";
import { randomFrom, sceneOf, vectors } from "./reading.js";

function found(wanted, texts, ids = texts.map((_, i) => 100 + i)) {
  const scene = { n: texts.length, text: (i) => texts[i], rowOf: new Map(ids.map((id, row) => [id, row])) };
  const lowered = texts.map((text) => text.toLowerCase());
  return findTexts(scene, lowered, wanted).map((row) => texts[row]);
}

test("the best match comes first", () => {
  const texts = [" Dog", "dog", " dog", "dogs", " hotdog", "cat"];
  assert.deepEqual(found("dog", texts), [" dog", "dog", " Dog", "dogs", " hotdog"]);
  assert.equal(found(" dog", texts)[0], " dog");
  assert.deepEqual(found("DOG", texts).slice(0, 3), [" Dog", " dog", "dog"]);
  assert.deepEqual(found(" dog", texts).slice(0, 2), [" dog", " Dog"]);
  assert.deepEqual(found("bird", texts), []);
  assert.deepEqual(found(" ", ["a b", " ", "x"]), [" ", "a b"]);
  assert.deepEqual(found("#103", texts), ["dogs"]);
  assert.deepEqual(found("103", ["x", "103", "a103", "y"]), ["103", "y", "a103"]);
});

test("at most twelve are offered", () => {
  assert.equal(
    found(
      "a",
      Array.from({ length: 50 }, (_, i) => `a${i}`),
    ).length,
    12,
  );
});

test("the token under the pointer is the nearest within reach", () => {
  const place = { cx: 100, cy: 100, scale: 100 };
  assert.equal(rowAt([0, 0.05, -0.5], [0, 0, 0.5], place, 104, 101), 1);
  assert.equal(rowAt([0, 0.05, -0.5], [0, 0, 0.5], place, 52, 49), 2);
  assert.equal(rowAt([0, 0.05, -0.5], [0, 0, 0.5], place, 150, 150), null);
});

test("what a mask leaves out is neither found under the pointer nor walked to", () => {
  const place = { cx: 100, cy: 100, scale: 100 };
  assert.equal(rowAt([0, 0.05], [0, 0], place, 100, 100, [0, 1]), 1);
  assert.equal(rowAt([0, 0.05], [0, 0], place, 100, 100, [0, 0]), null);
  const scene = sceneOf();
  for (let row = 0; row < scene.n; row++) {
    const mask = Uint8Array.from({ length: scene.n }, (_, i) => (i % 3 === 1 ? 1 : 0));
    for (const direction of [0, 1, 2, 3, 4, 5]) {
      const next = neighbourTowards(scene, identity(), row, direction, mask);
      assert.ok(next !== row && next % 3 === 1, `${row} to ${next}`);
    }
  }
});

test("inside a line is what a winding of angles says", () => {
  const line = [
    [0, 0],
    [10, 2],
    [4, 4],
    [9, 9],
    [1, 8],
  ];
  const random = randomFrom(11);
  for (let k = 0; k < 500; k++) {
    const [x, y] = [12 * random() - 1, 12 * random() - 1];
    const angles = line.map(([a, b]) => Math.atan2(b - y, a - x));
    const turn = angles.reduce((sum, angle, i) => {
      const step = angles[(i + 1) % angles.length] - angle;
      return sum + Math.atan2(Math.sin(step), Math.cos(step));
    }, 0);
    assert.equal(isInside(line, x, y), Math.abs(turn) > Math.PI, `${[x, y]}`);
  }
});

test("a walk goes to a near token in its direction", () => {
  const scene = sceneOf();
  for (let row = 0; row < scene.n; row++) {
    const next = neighbourTowards(scene, identity(), row, 0);
    assert.ok(next !== null && next !== row);
    assert.ok(nearestInDisk(scene, row, 24).some((q) => q.row === next));
  }
  const points = [
    [0, 0],
    [1, 0],
    [1, Math.PI / 2],
    [1, Math.PI],
    [3, 0.01],
  ];
  const small = { n: 5, rho: points.map(([r]) => r), theta: points.map(([, t]) => t) };
  small.c = points.map(([r]) => Math.cosh(r / 2));
  small.u = points.map(([r, t]) => Math.sinh(r / 2) * Math.cos(t));
  small.v = points.map(([r, t]) => Math.sinh(r / 2) * Math.sin(t));
  for (const [direction, expected] of [
    [0, 1],
    [Math.PI / 2, 2],
    [Math.PI, 3],
  ]) {
    const next = neighbourTowards(small, identity(), 0, direction);
    assert.equal(next, expected);
    assert.ok(Math.abs(angleOf(pointOf(small, next)) - direction) < 1e-9);
  }
});

test("a table holds ids, texts as they are, and empty cells for what was not measured", () => {
  const scene = sceneOf();
  const [head, first, second] = csv(scene, [0, 1]).split("\r\n");
  assert.equal(head, "token_id,text,count,norm,rho,theta,neighbours_kept_of_10");
  assert.ok(first.startsWith(`${vectors.scene.token_ids[0]},"<b>a</b>",${vectors.scene.counts[0]},`));
  for (const [line, row] of [
    [first, 0],
    [second, 1],
  ]) {
    const cells = line.split(",");
    assert.equal(cells.at(-1), vectors.scene.kept[row] === 15 ? "" : String(vectors.scene.kept[row]));
    assert.ok(Math.abs(Number(cells.at(-2))) <= Math.PI);
  }
  const quoted = { ...scene, text: () => 'say "a", b' };
  assert.ok(csv(quoted, [0]).includes(',"say ""a"", b",'));
});

test("no text reaches a spreadsheet as a formula, and each can be had back", () => {
  const texts = ["=1+1", "+", "-2", "@SUM(A1)", "\t=1", "\r=1", "'s", "''", " =1", "a=b", "", "10"];
  const scene = { ...sceneOf() };
  for (const text of texts) {
    scene.text = () => text;
    const cell = csv(scene, [0])
      .split(/\r\n(?=\d)/)[1]
      .match(/^\d+,"((?:[^"]|"")*)",/)[1];
    assert.ok(!/^[=+\-@\t\r]/.test(cell), text);
    assert.equal(cell.startsWith("'") ? cell.slice(1) : cell, text);
  }
});
