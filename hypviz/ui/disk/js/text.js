/* Words for people: a token's text with its spaces visible, numbers with a fixed number of digits. */

const SIGNS = { " ": "␣", "\n": "⏎", "\t": "⇥", "\r": "␍" };

function sign(letter) {
  if (letter in SIGNS) return SIGNS[letter];
  return /\p{C}/u.test(letter) ? `\\u${letter.codePointAt(0).toString(16).padStart(4, "0")}` : letter;
}

const LONGEST = 48; // letters of a token in the picture and in tables

/* a text of which no more than so many letters are shown, the last one then an ellipsis */
export function cut(text, most = LONGEST) {
  const letters = Array.from(text.slice(0, 2 * most + 2)); // a letter is one or two of a string's units
  return letters.length > most ? `${letters.slice(0, most - 1).join("")}…` : text;
}

/* a token for people: its spaces and control characters as signs, cut after `most` letters */
export function visible(text, most = LONGEST) {
  return Array.from(cut(text, most), sign).join("") || "(empty)";
}

export const format = (x, digits = 2) => (Number.isFinite(x) ? x.toFixed(digits) : "–");

/* what a ramp shows; `median` where its colours go by quantile, else null */
export const scaleWords = (label, median) => (median === null ? label : `${label}, by quantile: half lie below ${format(median)}`);

export const many = (x) => Math.round(x).toLocaleString("en-US");
