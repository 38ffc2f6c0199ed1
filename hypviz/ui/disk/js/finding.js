/* Finding tokens: by text or id, by place, inside a drawn line, in a direction; and rows as CSV. */

import { angleOf, bringToOrigin, move, nearestInDisk } from "./isometry.js";
import { NOTHING, pointOf } from "./scene.js";

const REACH = 12; // pixels around the pointer in which a token is found

/* how well a text matches: 0 and 1 the same text, as a word's start (after a space, unless a space is looked for) or as a fragment; 2 and 3 the
   same but for case; 4 but for outer spaces; 5 a beginning; 6 a part; null for none. `text` gives the text that is lowered */
function rankOf(text, lowered, { wanted, lower, bare }) {
  if (!lowered.includes(bare || lower)) return null;
  if (lowered === ` ${lower}` && bare === lower) return text() === ` ${wanted}` ? 0 : 2;
  if (lowered === lower) return text() === wanted ? 1 : 3;
  if (!bare) return 6;
  if (lowered.trim() === bare) return 4;
  return lowered.trim().startsWith(bare) ? 5 : 6;
}

/* rows for a text, best first; that of the id, if the text is one, after those of the same text */
export function findTexts(scene, lowered, wanted, most = 12) {
  const lower = wanted.toLowerCase();
  const sought = { wanted, lower, bare: lower.trim() };
  const found = [[], [], [], [], [], [], []];
  const id = /^#?\d+$/.test(wanted) ? scene.rowOf.get(Number(wanted.replace("#", ""))) : undefined;
  if (id !== undefined) found[2].push(id);
  for (let i = 0; i < scene.n; i++) found[rankOf(() => scene.text(i), lowered[i], sought)]?.push(i);
  return [...new Set(found.flat())].slice(0, most);
}

/* the row nearest to a place of the picture, of those of `mask` if there is one; null where there is none within so many pixels */
export function rowAt(X, Y, { cx, cy, scale }, x, y, mask = null, reach = REACH) {
  let best = reach * reach;
  let found = null;
  for (let i = 0; i < X.length; i++) {
    const dx = cx + scale * X[i] - x;
    const dy = cy - scale * Y[i] - y;
    const d = dx * dx + dy * dy;
    if (d < best && (!mask || mask[i])) {
      best = d;
      found = i;
    }
  }
  return found;
}

/* whether a place lies inside a closed line, by the number of its sides to the right */
export function isInside(line, x, y) {
  let inside = false;
  let before = line.at(-1);
  for (const here of line) {
    const crosses = here[1] > y !== before[1] > y;
    if (crosses && x < ((before[0] - here[0]) * (y - here[1])) / (before[1] - here[1]) + here[0]) inside = !inside;
    before = here;
  }
  return inside;
}

/* the neighbour in a direction as the camera sees it, of those of `mask` if there is one: near, and not far off that direction; null where there
   is none */
export function neighbourTowards(scene, camera, row, direction, mask = null) {
  const away = bringToOrigin(move(camera, pointOf(scene, row)));
  const seen = (other) => angleOf(move(away, move(camera, pointOf(scene, other)))) - direction;
  const off = (angle) => Math.abs(Math.atan2(Math.sin(angle), Math.cos(angle)));
  const near = nearestInDisk(scene, row, 24, mask).map((q) => ({ ...q, off: off(seen(q.row)) }));
  const ahead = near.filter((q) => q.off < Math.PI / 3);
  const best = (ahead.length ? ahead : near).sort((a, b) => a.d * (1 + a.off) - b.d * (1 + b.off));
  return best.length ? best[0].row : null;
}

const signed = (angle) => (angle > Math.PI ? angle - 2 * Math.PI : angle);

/* a text that a spreadsheet takes for text: one ' goes before a text that begins with ' or with a sign that would make it a formula */
export const plain = (text) => (/^['=+\-@\t\r\n]/.test(text) ? `'${text}` : text);

/* rows as a table for a spreadsheet, with texts made `plain`; numbers stay numbers */
export function csv(scene, rows) {
  const quote = (text) => `"${plain(text).replaceAll('"', '""')}"`;
  const line = (i) => [
    scene.id[i],
    quote(scene.text(i)),
    scene.count[i],
    scene.norms[i].toPrecision(4),
    scene.rho[i].toPrecision(6),
    signed(scene.theta[i]).toPrecision(12),
    scene.kept[i] === NOTHING ? "" : scene.kept[i],
  ];
  const head = `token_id,text,count,norm,rho,theta,neighbours_kept_of_${scene.words.neighbours ?? 10}`;
  return `${[head, ...rows.map((i) => line(i).join(","))].join("\r\n")}\r\n`;
}
