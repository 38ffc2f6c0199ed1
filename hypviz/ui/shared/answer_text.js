/* One answer as text: every token a span with its probability, the part after the first difference marked, and a table of the tokens.
   Called again on every change of data or theme, so it rebuilds what it drew before. Text enters through textContent only. */

const VISIBLE = { "\n": "⏎", "\t": "⇥", " ": "␣" };

function visible(text) {
  return Array.from(text, (sign) => VISIBLE[sign] ?? sign).join("");
}

/* White space that a mark lies on: visible, and a line end is one in every column. */
function shown(text) {
  return visible(text).replaceAll("⏎", "⏎\n");
}

function isStrong(mark) {
  return /^step[1-4]$/.test(mark ?? "");
}

function partSpan(part) {
  const span = document.createElement("span");
  span.className = part.mark;
  span.textContent = part.text;
  return span;
}

function tokenSpan(token, index, data) {
  const span = document.createElement("span");
  const first = index === data.from_base;
  const parting = index === data.from_other;
  span.className = [first ? "first" : "", parting ? "parting" : "", token.mark ?? ""].join(" ").trim();
  if (token.sign) {
    span.classList.add("note");
    span.textContent = token.sign;
  } else if (token.parts) {
    span.append(...token.parts.map(partSpan));
  } else {
    const isSeen = first || parting || (isStrong(token.mark) && token.text.includes("\n")); // a space has a width of its own
    span.textContent = isSeen && token.text.trim() === "" ? shown(token.text) : token.text;
  }
  if (token.probability !== null) {
    const told = `token ${index + 1}: ${token.sign || visible(token.text) || "no text"}, probability ${(100 * token.probability).toPrecision(3)} %`;
    span.title = token.more ? `${told}\n${token.more}` : told;
  }
  return span;
}

function note(text) {
  const span = document.createElement("span");
  span.className = "note";
  span.textContent = text;
  return span;
}

function cells(kind, texts) {
  const row = document.createElement("tr");
  for (const text of texts) {
    const cell = document.createElement(kind);
    cell.textContent = text;
    row.append(cell);
  }
  return row;
}

function tokenRow(head, texts, token) {
  const row = cells("td", texts);
  for (const [place, heading] of head.entries()) {
    row.children[place].dataset.head = heading; // said before the cell where the list is too narrow for columns
    row.children[place].classList.toggle("likeliest", heading.startsWith("Likeliest"));
  }
  if (token?.mark) {
    row.children[1]?.classList.add(token.mark);
  }
  return row;
}

function fill(details, table, tokens) {
  details.hidden = !table;
  const rows = table ? [cells("th", table.head), ...table.rows.map((texts, index) => tokenRow(table.head, texts, tokens[index]))] : [];
  details.querySelector("table").replaceChildren(...rows);
}

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".answer");
  if (!root || !data) {
    return;
  }
  const details = parentElement.querySelector(".tokens");
  if (details) {
    fill(details, data.table, data.tokens);
  }
  root.setAttribute("aria-label", data.label);
  root.classList.toggle("legend", data.legend === true);
  root.style.setProperty("--method", data.colour);
  root.classList.toggle("running", data.running);
  const spans = data.tokens.map((token, index) => tokenSpan(token, index, data));
  if (data.ending && !data.tokens.some((token) => token.text.trim() !== "")) {
    spans.splice(data.tokens.at(-1)?.sign ? -1 : spans.length, 0, note("(nothing but white space)"));
  }
  if (data.ending && !data.tokens.at(-1)?.sign) {
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
