/* Words for people: signs for spaces, and an end to long tokens. */

import assert from "node:assert/strict";
import test from "node:test";
import { cut, visible } from "../../hypviz/ui/disk/js/text.js";

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
