/* What a model reads: a span for every token, special ones framed, line ends shown and kept.
   Called again on every change of data or theme, so it rebuilds what it drew before. Text enters through textContent only. */

function tokenSpan(token, index) {
  const span = document.createElement("span");
  span.className = ["token", token.part, token.special ? "special" : ""].join(" ").trim();
  span.textContent = token.text.replaceAll("\n", "⏎\n");
  span.title = `token ${index + 1}${token.special ? ", special" : ""}${token.part === "read" ? "" : `, ${token.part}`}`;
  return span;
}

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".read");
  if (!root || !data) {
    return;
  }
  root.setAttribute("aria-label", data.label);
  root.replaceChildren(...data.tokens.map(tokenSpan));
}
