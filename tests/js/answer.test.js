/* The text of an answer on a page made by hand: which span or cell has which mark, text and hover. */

import assert from "node:assert/strict";
import test from "node:test";
import draw from "../../hypviz/ui/shared/answer_text.js";

class Element {
  constructor() {
    this.children = [];
    this.own = "";
    this.className = "";
    this.dataset = {};
    this.style = { setProperty: () => {} };
    this.classList = {
      add: (name) => (this.className = `${this.className} ${name}`.trim()),
      toggle: (name, on) => (this.className = on ? `${this.className} ${name}`.trim() : this.className),
    };
  }
  set textContent(text) {
    this.own = text;
  }
  get textContent() {
    return this.own + this.children.map((child) => child.textContent).join("");
  }
  append(...children) {
    this.children.push(...children);
  }
  replaceChildren(...children) {
    this.children = children;
  }
  setAttribute() {}
  querySelector() {
    return this.table;
  }
}

function drawn(tokens, more = {}) {
  globalThis.document = { createElement: () => new Element() };
  const [root, details] = [new Element(), new Element()];
  details.table = new Element();
  const data = {
    label: "Answer",
    colour: "#000",
    tokens,
    from_base: null,
    from_other: null,
    ending: "",
    running: false,
    table: null,
    ...more,
  };
  draw({ data, parentElement: { querySelector: (name) => (name === ".answer" ? root : details) } });
  const spans = root.children.flatMap((child) => (child.className === "beyond" ? child.children : [child]));
  return { spans, rows: details.table.children };
}

const END = { text: "", probability: 0.04, more: "KL to the base (nats): 3.3", mark: "step4", sign: "∎ end" };

test("the sign of the end is the end token: its colour, its hover, and its colour in the list", () => {
  const table = {
    head: ["No.", "Token", "Likeliest for Base"],
    rows: [
      ["1", "“31”", "a"],
      ["2", "∎ end", "b"],
    ],
  };
  const { spans, rows } = drawn([{ text: "31", probability: 0.5, mark: "step0" }, END], { ending: "∎ end", table });
  assert.deepEqual(
    spans.map((span) => span.textContent),
    ["31", "∎ end"],
  );
  assert.equal(spans[1].className, "step4 note");
  assert.match(spans[1].title, /^token 2: ∎ end, probability 4.00 %\nKL to the base \(nats\): 3.3$/);
  assert.deepEqual(
    rows[2].children.map((cell) => cell.className),
    ["", "step4", "likeliest"],
  );
  assert.equal(rows[1].children[2].dataset.head, "Likeliest for Base");
});

test("where answers part at the end token, its sign is marked; an ending without a token stands after the last one", () => {
  const { spans } = drawn(
    [
      { text: "31", probability: 0.5 },
      { ...END, mark: "" },
    ],
    { ending: "∎ end", from_base: 1, from_other: 1 },
  );
  assert.equal(spans[1].className, "first parting note");
  const cut = drawn([{ text: " ", probability: 0.5 }], { ending: "… (token limit)" }).spans;
  assert.deepEqual(
    cut.map((span) => span.textContent),
    [" ", "(nothing but white space)", "… (token limit)"],
  );
  assert.equal(drawn([END], { ending: "∎ end" }).spans[1].textContent, "∎ end");
});

test("a marked line end is seen and still ends the line, as it does where it is not marked", () => {
  const line = { text: "\n", probability: 0.5 };
  const texts = (more, mark) => drawn([{ ...line, mark }], more).spans.map((span) => span.textContent);
  assert.deepEqual(texts({}), ["\n"]);
  assert.deepEqual(texts({}, "step0"), ["\n"]);
  assert.deepEqual(texts({}, "step3"), ["⏎\n"]);
  assert.equal(drawn([{ text: " ", probability: 0.5, mark: "step3" }]).spans[0].textContent, " ");
  assert.deepEqual(texts({ from_base: 0 }), ["⏎\n"]);
  assert.deepEqual(texts({ from_other: 0 }), ["⏎\n"]);
});
