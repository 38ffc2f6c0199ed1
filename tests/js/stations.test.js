/* The words at the stations of a path: each stands, none covers another, and they keep what is taken free. */

import assert from "node:assert/strict";
import test from "node:test";
import { overlap } from "../../hypviz/ui/disk/js/boxes.js";
import { chooseLabels } from "../../hypviz/ui/disk/js/labels.js";
import { importantFirst, numbersOf, placedWords } from "../../hypviz/ui/disk/js/stations.js";

const ROOM = { wide: 640, side: 540 };

const LETTERS = { high: 15, grow: 1, taken: [] };

/* 31 stations about one place, as where a path hardly moves, or lie in a corner */
const crowd = (x, y) =>
  Array.from({ length: 31 }, (_, k) => ({
    x: x + 6 * Math.cos(5 * k),
    y: y + 6 * Math.sin(3 * k),
    width: 40 + ((17 * k) % 70),
    must: k < 3,
  }));

test("layers that stand at one token share its number", () => {
  assert.deepEqual(
    [...numbersOf([4, 4, 4, 7, 4, 9, 9])],
    [
      [4, "0–2, 4"],
      [7, "3"],
      [9, "5–6"],
    ],
  );
  assert.deepEqual([...numbersOf([5])], [[5, "0"]]);
  assert.deepEqual([...numbersOf([5, 1, 5, 1, 5, 5])][0], [5, "0 … 4–5"]);
});

test("the last, the first and the present station come before all others, each once", () => {
  assert.deepEqual(importantFirst([8, 3, 3, 5, 8, 9], 3), [9, 8, 5, 3]);
  assert.deepEqual(importantFirst([2], 0), [2]);
});

test("of a crowd of stations every one has its words, none over another", () => {
  const found = placedWords(crowd(320, 270), ROOM, LETTERS);
  assert.ok(found.every((one) => one !== null));
  for (const [k, { box }] of found.entries()) {
    assert.ok(box[0] >= 0 && box[1] >= 0 && box[2] <= ROOM.wide && box[3] <= ROOM.side);
    for (const other of found.slice(0, k)) assert.ok(!overlap(other.box, box, 0));
  }
});

test("words that must stand do so where nothing is free, inside the picture; the others are left out", () => {
  const all = [0, 0, ROOM.wide, ROOM.side];
  const found = placedWords(crowd(20, 20), ROOM, { ...LETTERS, taken: [all] });
  assert.deepEqual(
    found.map((one) => one !== null),
    crowd(20, 20).map(({ must }) => must),
  );
  for (const { box } of found.slice(0, 3)) assert.ok(box[0] >= 0 && box[1] >= 0);
});

test("a station alone has its words beside it, one outside of the picture has none", () => {
  const [near, outside] = placedWords([...crowd(320, 270).slice(0, 1), { x: -3, y: 9, width: 40, must: true }], ROOM, LETTERS);
  assert.equal(near.isFar, false);
  assert.equal(outside, null);
});

test("labels leave the words of stations free and do not say a station twice", () => {
  const sight = { X: [0, 0.01, 0.3], Y: [0, 0, 0], place: { cx: 320, cy: 270, scale: 250 }, size: { width: 640, height: 540 } };
  const rows = (written) => chooseLabels({ ...sight, written }, () => 40, [0, 1, 2], []).map(({ row }) => row);
  assert.deepEqual(rows([]), [0, 1, 2]);
  assert.deepEqual(rows([{ row: 0, box: [0, 0, 1, 1] }]), [1, 2]);
  assert.deepEqual(rows([{ row: 0, box: [220, 170, 500, 300] }]), []);
});
