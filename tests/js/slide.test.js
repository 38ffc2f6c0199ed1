/* A slide: every word on it and inside it; and its SVG, in which words are escaped. */

import assert from "node:assert/strict";
import test from "node:test";
import { linesOf, SLIDE, slideOf } from "../../hypviz/ui/disk/js/slide.js";
import { escaped, pathOf, svgOf } from "../../hypviz/ui/disk/js/svg.js";

const width = (text, size, bold) => text.length * size * (bold ? 0.55 : 0.5);

const legendOf = (n) => Array.from({ length: n }, (_, k) => ({ text: `group ${k}`, colour: "#123456", shape: "circle" }));

test("words broken into lines are the same words, and no line is longer than its room but for a single word", () => {
  const text = "a disk of averyveryverylongword and some more of them";
  const lines = linesOf(text, 12, (part) => part.length);
  assert.equal(lines.join(" "), text);
  assert.ok(lines.every((line) => line.length <= 12 || !line.includes(" ")));
});

test("every group is named on the slide, inside it, none over another; more than it can hold are counted", () => {
  for (const n of [1, 11, 31, 80, 120, 400]) {
    const { texts } = slideOf({ title: "t ".repeat(80), said: ["what"], legend: legendOf(n), provenance: "p" }, width);
    const named = texts.filter(({ text }) => text.startsWith("group "));
    assert.equal(named.length, Math.min(n, 120));
    assert.equal(texts.filter(({ text }) => text === `and ${n - 120} more groups`).length, n > 120 ? 1 : 0);
    assert.ok(texts.every(({ x, y }) => x >= 0 && x < SLIDE.wide && y > 0 && y < SLIDE.high));
    assert.equal(new Set(texts.map(({ x, y }) => `${x} ${y}`)).size, texts.length);
    assert.ok(named.every(({ y }) => y < SLIDE.high - 40));
  }
});

test("the words of an SVG are escaped and an image in it stands for points that are too many", () => {
  const bad = `<script>alert("1")</script>&amp;`;
  const slide = slideOf({ title: bad, said: [bad], legend: [{ text: bad, colour: "#123456", shape: "cross" }], provenance: bad }, width);
  const drawn = { place: { cx: 1, cy: 2, scale: 3 }, rings: [1], groups: [], image: "data:,x", lines: [], marks: [], plates: [] };
  const svg = svgOf(slide, { ...drawn, words: [{ text: bad, x: 0, y: 0, size: 9, halo: 3 }] }, { title: bad, font: '"A", b', ink: "#000" });
  assert.ok(!svg.includes("<script") && svg.includes('href="data:,x"') && !svg.includes('id="points"'));
  assert.equal(svg.split("&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&amp;amp;").length, 7);
});

test("outlines close and begin where their shape does", () => {
  for (const shape of ["circle", "triangle-up", "square", "diamond", "cross"]) {
    assert.match(pathOf(shape, 10, 20, 5), /^M-?[\d.]+ -?[\d.]+[-\d. alhv]+z$/);
  }
  assert.equal(pathOf("square", 10, 20, 5), "M5.6 15.6h8.8v8.8h-8.8z");
});

test("what no XML file may hold is a sign of its own in an SVG", () => {
  assert.equal(escaped('a<b>&"\t\n'), "a&lt;b&gt;&amp;&quot;\t\n");
  for (const foreign of ["\u0000", "\u0001", "\u000b", "\u001f", "\ufffe", "\uffff", "\ud800", "\udc00"]) {
    assert.equal(escaped(`a${foreign}b`), "a\ufffdb");
  }
  assert.equal(escaped("🦊\u0085é"), "🦊\u0085é");
});
