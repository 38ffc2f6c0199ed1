/* Finding tokens: by text or id, by place, inside a drawn line, in a direction; and rows as CSV. */

import { angleOf, bringToOrigin, move, nearestInDisk } from "./isometry.js";
import { NOTHING, pointOf } from "./scene.js";

const REACH = 12; // pixels around the pointer in which a token is found

/* rows for a text, best first: the id or the same text, the same but for case, for outer spaces, a beginning, a part */
export function findTexts(scene, lowered, wanted, most = 12) {
  const lower = wanted.toLowerCase();
  const bare = lower.trim();
  const rank = (i) => {
    const text = lowered[i];
    if (!text.includes(bare || lower)) return null;
    if (text === lower) return scene.text(i) === wanted ? 0 : 1;
    if (!bare) return 4;
    if (text.trim() === bare) return 2;
    return text.trim().startsWith(bare) ? 3 : 4;
  };
  const found = [[], [], [], [], []];
  const id = /^#?\d+$/.test(wanted) ? scene.rowOf.get(Number(wanted.replace("#", ""))) : undefined;
  if (id !== undefined) found[1].push(id);
  for (let i = 0; i < scene.n; i++) found[rank(i)]?.push(i);
  return [...new Set(found.flat())].slice(0, most);
}

/* the row nearest to a place of the picture, null where there is none within reach */
export function rowAt(X, Y, { cx, cy, scale }, x, y) {
  let best = REACH * REACH;
  let found = null;
  for (let i = 0; i < X.length; i++) {
    const dx = cx + scale * X[i] - x;
    const dy = cy - scale * Y[i] - y;
    const d = dx * dx + dy * dy;
    if (d < best) {
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

/* the neighbour in a direction as the camera sees it: near, and not far off that direction; null where there is none */
export function neighbourTowards(scene, camera, row, direction) {
  const away = bringToOrigin(move(camera, pointOf(scene, row)));
  const seen = (other) => angleOf(move(away, move(camera, pointOf(scene, other)))) - direction;
  const off = (angle) => Math.abs(Math.atan2(Math.sin(angle), Math.cos(angle)));
  const near = nearestInDisk(scene, row, 24).map((q) => ({ ...q, off: off(seen(q.row)) }));
  const ahead = near.filter((q) => q.off < Math.PI / 3);
  const best = (ahead.length ? ahead : near).sort((a, b) => a.d * (1 + a.off) - b.d * (1 + b.off));
  return best.length ? best[0].row : null;
}

const signed = (angle) => (angle > Math.PI ? angle - 2 * Math.PI : angle);

/* rows as a table for a spreadsheet */
export function csv(scene, rows) {
  const quote = (text) => `"${text.replaceAll('"', '""')}"`;
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
