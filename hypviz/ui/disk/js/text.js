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

const MOST_DIGITS = 6; // behind the point, and the largest number that is written out on a ramp

const LARGEST_PLAIN = 1e9;

export const format = (x, digits = 2) => (Number.isFinite(x) ? x.toFixed(digits) : "–");

export const many = (x) => Math.round(x).toLocaleString("en-US");

/* the ends of a ramp and what it shows, in as many digits as tell the ends apart; `median` where its colours go by quantile, else null */
export function rampWords({ low, high, label, median }) {
  const spread = high - low || Math.abs(high);
  const digits = spread ? Math.max(spread < 1000 ? 1 : 0, 1 - Math.floor(Math.log10(spread))) : 1;
  const isPlain = digits <= MOST_DIGITS && Math.max(Math.abs(low), Math.abs(high)) < LARGEST_PLAIN;
  const plain = (x, least) => (spread < 1000 ? format(x, Math.max(least, digits)) : many(x));
  const word = (x, least) => (isPlain || !Number.isFinite(x) ? plain(x, least) : x.toExponential(2));
  const half = median === null ? "" : `, by quantile: half lie below ${word(median, 2)}`;
  return { low: word(low, 1), high: word(high, 1), label: `${cut(label)}${half}` };
}
