/* Words for people: a token's text with its spaces visible, numbers with a fixed number of digits. */

const SIGNS = { " ": "␣", "\n": "⏎", "\t": "⇥", "\r": "␍" };

function sign(letter) {
  if (letter in SIGNS) return SIGNS[letter];
  return /\p{C}/u.test(letter) ? `\\u${letter.codePointAt(0).toString(16).padStart(4, "0")}` : letter;
}

export function visible(text) {
  return Array.from(text, sign).join("") || "(empty)";
}

export const format = (x, digits = 2) => (Number.isFinite(x) ? x.toFixed(digits) : "–");

export const many = (x) => Math.round(x).toLocaleString("en-US");
