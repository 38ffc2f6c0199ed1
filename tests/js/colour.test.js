/* Colourings of a scene: every token's colour and shape, and the legend. */

import assert from "node:assert/strict";
import test from "node:test";
import { onScale, paint, quantileOf, rgb } from "../../hypviz/ui/disk/js/colour.js";
import { SHAPES } from "../../hypviz/ui/disk/js/shapes.js";
import { sceneOf, vectors } from "./reading.js";

const partsOf = (packed) => [packed & 255, (packed >>> 8) & 255, (packed >>> 16) & 255, packed >>> 24];

test("groups have the colours and shapes of their legend, all others stay grey", () => {
  const scene = sceneOf();
  for (const [name, groups] of Object.entries(vectors.scene.groups)) {
    if (!groups.length) continue;
    const found = paint(scene, name);
    for (const [row, code] of vectors.scene.values[name].entries()) {
      if (code === null) {
        assert.deepEqual(partsOf(found.packed[row]).slice(0, 3), rgb("#888888"));
        assert.ok(found.packed[row] >>> 24 < 255 && Number.isNaN(found.value[row]));
        continue;
      }
      const [, colour, shape] = groups[code];
      assert.deepEqual(partsOf(found.packed[row]), [...rgb(colour), 255]);
      assert.equal(SHAPES[found.shape[row]], shape);
      assert.equal(found.value[row], code);
    }
    const counts = new Map(found.items.map((item) => [item.code, item.count]));
    for (const [code] of groups.entries()) assert.equal(counts.get(code) ?? 0, vectors.scene.values[name].filter((v) => v === code).length);
  }
});

test("numbers of a scale are those that Python had, or a step of 254 away", () => {
  const scene = sceneOf();
  for (const name of ["frequency", "norm", "kept", "made up"]) {
    const found = paint(scene, name);
    const known = vectors.scene.values[name].filter((v) => v !== null);
    const [low, high] = [Math.min(...known), Math.max(...known)];
    for (const [row, value] of vectors.scene.values[name].entries()) {
      assert.equal(Number.isNaN(found.value[row]), value === null);
      if (value !== null) assert.ok(Math.abs(found.value[row] - value) <= (high - low) / 500 + 1e-9, name);
    }
    assert.ok(Math.abs(found.scale.low - low) < 0.002 && Math.abs(found.scale.high - high) < 0.002);
    assert.equal(found.items, null);
  }
});

test("what is missing is said, and only there the rest is a crowd", () => {
  const scene = sceneOf();
  const family = paint(scene, "family");
  assert.ok(vectors.scene.values.family.includes(null));
  assert.deepEqual(family.missing, { label: "none", colour: "#888888" });
  assert.equal(family.few, true);
  assert.equal(paint(scene, "kind").missing, null);
  assert.equal(paint(scene, "kind").few, false);
  assert.equal(paint(scene, "kept").few, false);
});

test("a name that the scene does not have is refused", () => {
  assert.throws(() => paint(sceneOf(), "rainbow"), /no colouring rainbow/);
});

test("a scale passes through its stops and straight between them", () => {
  const stops = [
    [0, [0, 0, 0]],
    [0.25, [100, 0, 40]],
    [1, [100, 200, 255]],
  ];
  for (const [at, colour] of stops) assert.deepEqual(onScale(stops, at), colour);
  assert.deepEqual(onScale(stops, 0.125), [50, 0, 20]);
});

test("the highest of a scale stand apart where its colouring says so", () => {
  const n = 200;
  const norms = Float32Array.from({ length: n }, (_, i) => (i === 7 ? Number.NaN : (i * 37) % n));
  const stops = [
    [0, "#000000"],
    [1, "#ff0000"],
  ];
  const colouring = { name: "norm", label: "norm", stops, by_quantile: false, peaks: 0.05, carried: "norm", items: null, missing: "" };
  const words = { colours: { missing: "#888888" } };
  const found = paint({ n, norms, colours: [colouring], words }, "norm");
  const apart = [...norms.keys()].filter((i) => found.packed[i] >>> 24 === 255);
  assert.deepEqual(
    apart.map((i) => norms[i]).sort((a, b) => a - b),
    [...norms]
      .filter((x) => !Number.isNaN(x))
      .sort((a, b) => a - b)
      .slice(-9),
  );
  assert.ok(found.isApart && !found.few);
  assert.ok(!paint({ n, norms, colours: [{ ...colouring, peaks: 0 }], words }, "norm").isApart);
});

test("by quantile as many tokens have each part of a scale, equal ones the same, and the median is said", () => {
  const n = 1000;
  const norms = Float32Array.from({ length: n }, (_, i) => Math.exp(i / 100));
  const stops = [
    [0, "#000000"],
    [1, "#ff0000"],
  ];
  const colouring = { name: "norm", label: "norm", stops, by_quantile: true, carried: "norm", items: null, missing: "" };
  const words = { colours: { missing: "#888888" } };
  const { packed, scale } = paint({ n, norms, colours: [colouring], words }, "norm");
  for (const share of [0.1, 0.5, 0.9]) assert.ok(Math.abs((packed[Math.floor(n * share)] & 255) - 255 * share) <= 1);
  assert.ok(Math.abs(scale.median - Math.exp(5)) < 1);
  assert.equal(quantileOf(Float64Array.from([1, 1, 1, 3]), 1), 1.5 / 4);
  assert.equal(paint({ n, norms, colours: [{ ...colouring, by_quantile: false }], words }, "norm").scale.median, null);
});

test("a scale of any spread has finite numbers and every shade between its ends", () => {
  const stops = [
    [0, "#000000"],
    [1, "#ff0000"],
  ];
  const scale = { name: "x", label: "x", stops, bits: 8, items: null, missing: "none", carried: null, by_quantile: false, knots: null };
  const words = { colours: { missing: "#888888" } };
  const shades = (colouring) => Array.from(paint({ n: 4, colours: [colouring], words }, "x").packed, (ink) => ink & 255);
  for (const range of [
    [-1.7e308, 1.7e308],
    [-Number.MAX_VALUE, Number.MAX_VALUE],
    [-1, 2],
    [1.7e12, 1.7e12 + 4],
  ]) {
    const found = paint({ n: 4, colours: [{ ...scale, range, codes: [0, 127, 254, 255] }], words }, "x");
    assert.ok(Array.from(found.value.subarray(0, 3)).every(Number.isFinite) && Number.isNaN(found.value[3]));
    assert.deepEqual([found.scale.low, found.scale.high], range);
    const [low, middle, high] = shades({ ...scale, range, codes: [0, 127, 254, 255] });
    assert.ok(low === 0 && Math.abs(middle - 128) <= 1 && high === 255, String(range));
  }
  assert.deepEqual(shades({ ...scale, range: [0, 5e-324], codes: [0, 0, 254, 255] }).slice(0, 3), [0, 0, 255]);
  const knots = [-Number.MAX_VALUE, 0, Number.MAX_VALUE];
  const [low, middle, high] = shades({ ...scale, range: null, knots, by_quantile: true, codes: [0, 1, 2, 255] });
  assert.ok(low < middle && middle < high);
});
