/* Words for people: signs for spaces, and an end to long tokens. */

import assert from "node:assert/strict";
import test from "node:test";
import { cut, rampWords, visible } from "../../hypviz/ui/disk/js/text.js";

test("spaces and control characters are signs", () => {
  assert.equal(visible(" a\n\u0007"), "␣a⏎\\u0007");
  assert.equal(visible(""), "(empty)");
});

test("a long token is cut with an ellipsis, and never inside a letter", () => {
  for (const letter of ["x", "é", "😀"]) {
    for (const count of [1, 47, 48]) assert.equal(visible(letter.repeat(count)), letter.repeat(count));
    for (const count of [49, 97, 10000]) assert.equal(visible(letter.repeat(count)), `${letter.repeat(47)}…`);
  }
  assert.equal(cut("abcdef", 3), "ab…");
});

test("the ends of a ramp have as many digits as tell them apart, and no more than people read", () => {
  const ends = (low, high) => {
    const words = rampWords({ low, high, label: "x", median: null });
    return [words.low, words.high, words.label];
  };
  assert.deepEqual(ends(0, 10), ["0.0", "10.0", "x"]);
  assert.deepEqual(ends(0.001, 0.0042), ["0.0010", "0.0042", "x"]);
  assert.deepEqual(ends(-3.5, 26919.2), ["-3", "26,919", "x"]);
  assert.deepEqual(ends(0.123, 0.123), ["0.12", "0.12", "x"]);
  assert.deepEqual(ends(0, 0), ["0.0", "0.0", "x"]);
  assert.deepEqual(ends(-1.7e308, 1.7e308), ["-1.70e+308", "1.70e+308", "x"]);
  assert.deepEqual(ends(0, 5e-324), ["0.00e+0", "4.94e-324", "x"]);
  assert.deepEqual(ends(Infinity, -Infinity), ["–", "–", "x"]); // of a scale without a number
  assert.equal(rampWords({ low: 0, high: 0.004, label: "x", median: 0.0015 }).label, "x, by quantile: half lie below 0.0015");
  assert.equal(rampWords({ low: 0, high: 40, label: "x", median: 1.234 }).label, "x, by quantile: half lie below 1.23");
  assert.ok(rampWords({ low: 0, high: 1, label: "x".repeat(9999), median: null }).label.length < 60);
});
