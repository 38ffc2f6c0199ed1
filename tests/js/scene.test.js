/* A scene that Python packed, read again; the store; and words. */

import assert from "node:assert/strict";
import test from "node:test";
import { maskOf, NOTHING, readHead } from "../../hypviz/ui/disk/js/scene.js";
import { answerOf, brightOf, Store } from "../../hypviz/ui/disk/js/store.js";
import { format, many, visible } from "../../hypviz/ui/disk/js/text.js";
import { sceneOf, vectors } from "./reading.js";

test("every column comes out as it went in", () => {
  const scene = sceneOf();
  const expected = vectors.scene;
  assert.deepEqual([...scene.id], expected.token_ids);
  assert.deepEqual([...scene.count], expected.counts);
  assert.deepEqual([...scene.kept], expected.kept);
  assert.deepEqual(
    Array.from({ length: scene.n }, (_, i) => scene.text(i)),
    expected.text,
  );
  const [low, high] = [Math.min(...expected.norm), Math.max(...expected.norm)];
  for (let i = 0; i < scene.n; i++) {
    const turn = scene.theta[i] - expected.theta[i];
    assert.ok(Math.abs(Math.sin(turn / 2)) < 3e-12 && Math.cos(turn) > 0.9);
    assert.ok(Math.abs(scene.rho[i] - expected.rho[i]) <= scene.farthest / 2 ** 20);
    assert.ok(Math.abs(scene.norms[i] - expected.norm[i]) <= (high - low) / 4096);
  }
});

test("rows are found by their ids, and unknown ids are left out", () => {
  const scene = sceneOf();
  for (let row = 0; row < scene.n; row++) assert.equal(scene.rowOf.get(scene.id[row]), row);
  assert.deepEqual(scene.rowsOf([scene.id[3], 999999, scene.id[0]]), [3, 0]);
});

test("the header is read without the columns", () => {
  const { head } = readHead(Uint8Array.from(Buffer.from(vectors.scene.bytes, "base64")));
  assert.equal(head.words.key, "k");
  assert.equal(head.n, vectors.scene.text.length);
});

test("the store owns its state, tells of what changed only, and knows no other names", () => {
  const store = new Store({ colour: "kind", paint: null });
  const heard = [];
  store.watch(["selected"], () => heard.push("selected"));
  store.watch(["zoom", "view"], () => heard.push("view"));
  store.change({ selected: 3 });
  store.change({ selected: 3 });
  store.change({ view: "klein", selected: null });
  assert.deepEqual(heard, ["selected", "selected", "view"]);
  assert.throws(() => store.change({ selektet: 1 }), /no selektet/);
  assert.throws(() => store.watch(["selektet"], () => {}), /no selektet/);
  assert.throws(() => {
    store.state.selected = 5;
  }, TypeError);
  assert.equal(store.state.selected, null);
});

test("what is bright is chosen, isolated, or both", () => {
  const mask = (...rows) => maskOf(rows, 4);
  assert.equal(brightOf({ chosen: null, only: null, onlyMask: null }), null);
  assert.deepEqual(brightOf({ chosen: { mask: mask(0, 1) }, only: null, onlyMask: null }), mask(0, 1));
  assert.deepEqual(brightOf({ chosen: null, only: 2, onlyMask: mask(1, 3) }), mask(1, 3));
  assert.deepEqual(brightOf({ chosen: { mask: mask(0, 1) }, only: 2, onlyMask: mask(1, 3) }), mask(1));
});

test("an answer is that of the selected token", () => {
  const answers = new Map([[7, "seven"]]);
  assert.equal(answerOf({ answers, selected: 7 }), "seven");
  assert.equal(answerOf({ answers, selected: null }), null);
});

test("what cannot be seen is made visible", () => {
  assert.equal(visible(" a\n\u0007"), "␣a⏎\\u0007");
  assert.equal(visible(""), "(empty)");
  assert.equal(visible("日本 🦊"), "日本␣🦊");
  assert.equal(format(Number.NaN), "–");
  assert.equal(format(1.005, 1), "1.0");
  assert.equal(many(1234567.4), "1,234,567");
  assert.equal(NOTHING, 15);
});
