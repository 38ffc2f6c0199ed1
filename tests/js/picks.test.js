/* A pick that the address does not name yet is told again, unless the browser's Back has taken it away. */

import assert from "node:assert/strict";
import test from "node:test";
import { Picks } from "../../hypviz/ui/disk/js/picks.js";

const LONG = 10_000; // milliseconds: every repetition is over

function picked(context) {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  globalThis.window = new EventTarget();
  globalThis.location = { href: "http://host/disk?token=7" };
  const sent = [];
  const state = { selected: 0, asked: [] };
  const disk = {
    scene: { id: [9] },
    state,
    store: { change: (what) => Object.assign(state, what) },
    options: { send: (said) => sent.push(said) },
  };
  Object.assign(disk, { voice: { sentence: String, say() {} }, selection: { takes: () => true } });
  const picks = new Picks(disk);
  picks.choose(0, true);
  return { picks, sent };
}

test("a pick is told again while the address names another token", (context) => {
  const { sent } = picked(context);
  context.mock.timers.tick(LONG);
  assert.ok(sent.length >= 2 && sent.every((said) => said.pick === 9));
});

test("a pick that Back has taken away is not told again", (context) => {
  const { sent } = picked(context);
  window.dispatchEvent(new Event("popstate"));
  context.mock.timers.tick(LONG);
  assert.equal(sent.length, 1);
});

test("a disk that is gone tells nothing", (context) => {
  const { picks, sent } = picked(context);
  picks.remove();
  context.mock.timers.tick(LONG);
  assert.equal(sent.length, 1);
});
