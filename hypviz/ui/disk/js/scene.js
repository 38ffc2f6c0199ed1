/* The scene: a vocabulary in bytes, as `hypviz/records/disk_scene.py` describes them, into columns.

   Points are kept as (cosh(rho/2), sinh(rho/2) e^(i theta)), of which an isometry is linear, so that nothing is lost far from the origin. */

export const NOTHING = 15; // in four bits: no value

const RADIUS_STEPS = 2 ** 20 - 1;
const NORM_STEPS = 2 ** 12 - 1;
const ANGLE_STEPS = 2 ** 40;

/* the header, and where the columns begin */
export function readHead(bytes) {
  const size = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(0, true);
  return { head: JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + size))), start: 4 + size };
}

/* reads one thing after another */
class Reader {
  constructor(bytes, at) {
    this.bytes = bytes;
    this.at = at;
  }

  take(count) {
    this.at += count;
    return this.bytes.slice(this.at - count, this.at);
  }

  /* seven bits a byte, the lowest first; the high bit says that more follow */
  varint() {
    let value = 0;
    let size = 1;
    let byte = 128;
    while (byte & 128) {
      byte = this.bytes[this.at++];
      value += (byte & 127) * size;
      size *= 128;
    }
    return value;
  }
}

function emptyColumns(n) {
  const real = () => new Float64Array(n);
  return { rho: real(), theta: real(), c: real(), u: real(), v: real(), norms: new Float32Array(n), id: new Uint32Array(n) };
}

/* the point (rho, theta) as (cosh(rho/2), sinh(rho/2) e^(i theta)) */
export function setPoint(scene, i) {
  const half = scene.rho[i] / 2;
  scene.c[i] = Math.cosh(half);
  scene.u[i] = Math.sinh(half) * Math.cos(scene.theta[i]);
  scene.v[i] = Math.sinh(half) * Math.sin(scene.theta[i]);
}

function readPlaces(scene, reader, n) {
  const high = new Uint32Array(reader.take(4 * n).buffer);
  const both = new Uint32Array(reader.take(4 * n).buffer);
  const low = reader.take(n);
  const ids = reader.take(3 * n);
  const [least, most] = scene.norm;
  for (let i = 0; i < n; i++) {
    scene.rho[i] = ((both[i] >>> 12) / RADIUS_STEPS) * scene.farthest;
    scene.theta[i] = ((high[i] * 256 + low[i]) / ANGLE_STEPS) * 2 * Math.PI;
    scene.norms[i] = least + ((both[i] & NORM_STEPS) / NORM_STEPS) * (most - least);
    scene.id[i] = ids[3 * i] + 256 * ids[3 * i + 1] + 65536 * ids[3 * i + 2];
    setPoint(scene, i);
  }
}

/* the frames, the first of which is the layout itself: label, places as rho and theta, and a mask of the rows that moved on the way there */
function readFrames(scene, reader, n) {
  const labels = scene.frames ?? [];
  const frames = labels.map((label) => {
    const high = new Uint32Array(reader.take(4 * n).buffer);
    const both = new Uint32Array(reader.take(4 * n).buffer);
    const low = reader.take(n);
    const rho = Float64Array.from(both, (word) => ((word >>> 12) / RADIUS_STEPS) * scene.farthest);
    const theta = Float64Array.from(high, (word, i) => ((word * 256 + low[i]) / ANGLE_STEPS) * 2 * Math.PI);
    return { label, rho, theta, moved: Uint8Array.from(both, (word) => word & 1) };
  });
  const own = { label: scene.words.first, rho: scene.rho.slice(), theta: scene.theta.slice(), moved: new Uint8Array(n) };
  scene.frames = frames.length ? [own, ...frames] : [];
}

/* columns of four bits, two to a byte, the first in the upper half */
function readNibbles(reader, n, count) {
  const found = [];
  for (let k = 0; k < count; k += 2) {
    const pairs = reader.take(n);
    found.push(pairs.map((byte) => byte >> 4));
    if (k + 1 < count) found.push(pairs.map((byte) => byte & 15));
  }
  return found;
}

/* how many of the neighbours are kept, and the codes of every colouring that has a column of its own */
function readCodes(scene, reader, n) {
  const small = scene.colours.filter(({ bits }) => bits === 4);
  const [kept, ...columns] = readNibbles(reader, n, small.length + 1);
  scene.kept = kept;
  for (const [k, colouring] of small.entries()) colouring.codes = columns[k];
  for (const colouring of scene.colours) if (colouring.bits === 8) colouring.codes = reader.take(n);
}

/* each count less the next, the last one itself */
function readCounts(reader, n) {
  const count = new Float64Array(n);
  for (let i = 0; i < n; i++) count[i] = reader.varint();
  for (let i = n - 2; i >= 0; i--) count[i] += count[i + 1];
  return count;
}

function readTexts(reader, n) {
  const starts = new Uint32Array(n + 1);
  for (let i = 0; i < n; i++) starts[i + 1] = starts[i] + reader.varint();
  const texts = reader.bytes.subarray(reader.at);
  const decoder = new TextDecoder();
  return (i) => decoder.decode(texts.subarray(starts[i], starts[i + 1]));
}

/* all columns: n, farthest, rho, theta, c, u, v, norms, id, kept, count, colours, frames, text(row), rowOf (by id), rowsOf(ids), and the words
   of the header */
export function readScene(bytes) {
  const { head, start } = readHead(bytes);
  const n = head.n;
  const scene = { ...head, farthest: head.rho, ...emptyColumns(n) };
  const reader = new Reader(bytes, start);
  readPlaces(scene, reader, n);
  readFrames(scene, reader, n);
  readCodes(scene, reader, n);
  scene.count = readCounts(reader, n);
  scene.text = readTexts(reader, n);
  scene.rowOf = new Map();
  for (let i = 0; i < n; i++) scene.rowOf.set(scene.id[i], i);
  scene.rowsOf = (tokens) => tokens.map((id) => scene.rowOf.get(id)).filter((row) => row !== undefined);
  return scene;
}

export const pointOf = (scene, row) => ({ c: scene.c[row], u: scene.u[row], v: scene.v[row] });

/* rows as a mask of zeros and ones */
export function maskOf(rows, n) {
  const mask = new Uint8Array(n);
  for (const row of rows) mask[row] = 1;
  return mask;
}
