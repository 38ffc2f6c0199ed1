/* One answer as text: every token a span with its probability, the part after the first difference marked.
   Called again on every change of data or theme, so it rebuilds what it drew before. Text enters through textContent only. */

const VISIBLE = { "\n": "⏎", "\t": "⇥", " ": "␣" };

function visible(text) {
  return Array.from(text, (sign) => VISIBLE[sign] ?? sign).join("");
}

function tokenSpan(token, index, data) {
  const span = document.createElement("span");
  const first = index === data.from_base;
  const parting = index === data.from_other;
  span.className = [first ? "first" : "", parting ? "parting" : "", token.mark ?? ""].join(" ").trim();
  span.textContent = (first || parting) && token.text.trim() === "" ? visible(token.text) : token.text;
  if (token.probability !== null) {
    span.title = `token ${index + 1}: ${visible(token.text) || "no text"}, probability ${(100 * token.probability).toPrecision(3)} %`;
  }
  return span;
}

function note(text) {
  const span = document.createElement("span");
  span.className = "note";
  span.textContent = text;
  return span;
}

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".answer");
  if (!root || !data) {
    return;
  }
  root.setAttribute("aria-label", data.label);
  root.style.setProperty("--method", data.colour);
  root.classList.toggle("running", data.running);
  const spans = data.tokens.map((token, index) => tokenSpan(token, index, data));
  if (data.ending && !data.tokens.some((token) => token.text.trim() !== "")) {
    spans.push(note("(nothing but white space)"));
  }
  if (data.ending) {
    const ending = note(data.ending);
    const marks = [data.from_base === data.tokens.length ? "first" : "", data.from_other === data.tokens.length ? "parting" : ""];
    ending.className = ["note", ...marks].join(" ").trim();
    spans.push(ending);
  }
  const shared = data.from_base === null ? spans.length : Math.min(data.from_base, data.tokens.length);
  const beyond = document.createElement("span");
  beyond.className = "beyond";
  beyond.append(...spans.slice(shared));
  root.replaceChildren(...spans.slice(0, shared), beyond);
}
