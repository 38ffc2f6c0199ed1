/* The Poincaré disk: one module without dependencies. Mounted by Streamlit with a scene in bytes, steered by small control messages
   through `control`, and started by `standalone` in an exported page. Token text reaches the page through textContent only.

   Isometries are elements of SU(1,1): z -> (a z + b) / (conj(b) z + conj(a)) with |a|^2 - |b|^2 = 1, in float64. Points are kept
   as (cosh(rho/2), sinh(rho/2) e^(i theta)), of which the action is linear, so that nothing is lost far from the origin. */

// ---------------------------------------------------------------------------------------------------------------- scene

/* the header, and where the columns begin */
function readHead(bytes) {
  const size = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(0, true);
  return { head: JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + size))), start: 4 + size };
}

export function readScene(bytes) {
  const decoder = new TextDecoder(), { head, start } = readHead(bytes), n = head.n;
  let at = start;
  const take = (count) => bytes.slice((at += count) - count, at);
  const high = new Uint32Array(take(4 * n).buffer), both = new Uint32Array(take(4 * n).buffer);
  const low = take(n), kinds = take(n), scripts = take(n), ids = take(3 * n);
  const scene = {
    ...head, farthest: head.rho,
    rho: new Float64Array(n), theta: new Float64Array(n),
    c: new Float64Array(n), u: new Float64Array(n), v: new Float64Array(n),
    id: new Uint32Array(n), norms: new Float32Array(n), count: new Float64Array(n),
    kind: new Uint8Array(n), category: new Uint8Array(n), script: new Uint8Array(n), kept: new Uint8Array(n),
  };
  for (let i = 0; i < n; i++) {
    const rho = ((both[i] >>> 12) / 1048575) * head.rho, norm = (both[i] & 4095) / 4095;
    const theta = ((high[i] * 256 + low[i]) / 1099511627776) * 2 * Math.PI;
    scene.rho[i] = rho;
    scene.theta[i] = theta;
    scene.c[i] = Math.cosh(rho / 2);
    scene.u[i] = Math.sinh(rho / 2) * Math.cos(theta);
    scene.v[i] = Math.sinh(rho / 2) * Math.sin(theta);
    scene.id[i] = ids[3 * i] + 256 * ids[3 * i + 1] + 65536 * ids[3 * i + 2];
    scene.norms[i] = head.norm[0] + norm * (head.norm[1] - head.norm[0]);
    scene.kind[i] = kinds[i] >> 4;
    scene.category[i] = kinds[i] & 15;
    scene.script[i] = scripts[i] >> 4;
    scene.kept[i] = scripts[i] & 15;
  }
  const varint = () => {
    let value = 0, shift = 0, byte;
    do {
      byte = bytes[at++];
      value += (byte & 127) * 2 ** shift;
      shift += 7;
    } while (byte & 128);
    return value;
  };
  for (let i = 0; i < n; i++) scene.count[i] = varint(); // each less the next
  for (let i = n - 2; i >= 0; i--) scene.count[i] += scene.count[i + 1];
  const starts = new Uint32Array(n + 1);
  for (let i = 0; i < n; i++) starts[i + 1] = starts[i] + varint();
  const texts = bytes.subarray(at);
  scene.text = (i) => decoder.decode(texts.subarray(starts[i], starts[i + 1]));
  scene.rowOf = new Map();
  for (let i = 0; i < n; i++) scene.rowOf.set(scene.id[i], i);
  return scene;
}

const SIGNS = { " ": "␣", "\n": "⏎", "\t": "⇥", "\r": "␍" };

export function visible(text) {
  return Array.from(text, (s) => SIGNS[s] ?? (/[\p{C}]/u.test(s) ? "\\u" + s.codePointAt(0).toString(16).padStart(4, "0") : s)).join("") || "(empty)";
}

// ----------------------------------------------------------------------------------------------------------- isometries

export const identity = () => ({ ar: 1, ai: 0, br: 0, bi: 0 });

/* first q, then p */
export function compose(p, q) {
  return renormalised({
    ar: p.ar * q.ar - p.ai * q.ai + (p.br * q.br + p.bi * q.bi),
    ai: p.ar * q.ai + p.ai * q.ar + (p.bi * q.br - p.br * q.bi),
    br: p.ar * q.br - p.ai * q.bi + (p.br * q.ar + p.bi * q.ai),
    bi: p.ar * q.bi + p.ai * q.br + (p.bi * q.ar - p.br * q.ai),
  });
}

function renormalised(m) {
  const scale = Math.sqrt(1 + m.br * m.br + m.bi * m.bi) / Math.hypot(m.ar, m.ai);
  return { ar: m.ar * scale, ai: m.ai * scale, br: m.br, bi: m.bi };
}

export const inverse = (m) => ({ ar: m.ar, ai: -m.ai, br: -m.br, bi: -m.bi });

/* how far the middle of the view lies from the layout's own centre */
export const offOrigin = (m) => 2 * Math.asinh(Math.hypot(m.br, m.bi));

export const rotation = (angle) => ({ ar: Math.cos(angle / 2), ai: Math.sin(angle / 2), br: 0, bi: 0 });

/* the translation along a diameter that takes the point at hyperbolic distance d in direction `angle` to the origin */
export function toOrigin(d, angle) {
  return { ar: Math.cosh(d / 2), ai: 0, br: -Math.sinh(d / 2) * Math.cos(angle), bi: -Math.sinh(d / 2) * Math.sin(angle) };
}

/* a point (c, u, v) under m, as a point again */
export function move(m, p) {
  const nr = m.ar * p.u - m.ai * p.v + m.br * p.c, ni = m.ar * p.v + m.ai * p.u + m.bi * p.c;
  const dr = m.br * p.u + m.bi * p.v + m.ar * p.c, di = m.br * p.v - m.bi * p.u - m.ai * p.c;
  const c = Math.hypot(dr, di);
  return { c, u: (nr * dr + ni * di) / c, v: (ni * dr - nr * di) / c };
}

export const pointAt = (x, y) => {
  const c = 1 / Math.sqrt(Math.max(1e-300, 1 - x * x - y * y));
  return { c, u: x * c, v: y * c };
};
export const radiusOf = (p) => 2 * Math.asinh(Math.hypot(p.u, p.v));
export const angleOf = (p) => Math.atan2(p.v, p.u);

/* the translation along their geodesic that takes p to q */
export function transvection(p, q) {
  const away = toOrigin(radiusOf(p), angleOf(p));
  const target = move(away, q);
  return compose(inverse(away), compose(inverse(toOrigin(radiusOf(target), angleOf(target))), away));
}

/* how far from `from` to `to`, and the camera at a share of that way at constant hyperbolic speed */
export function way(from, to) {
  const step = compose(to, inverse(from));
  const turn = 2 * Math.atan2(step.ai, step.ar), d = 2 * Math.asinh(Math.hypot(step.br, step.bi));
  const angle = Math.atan2(-step.bi, -step.br) - turn / 2;
  const whole = Math.atan2(Math.sin(turn), Math.cos(turn));
  return { d, turn: whole, at: (share) => (share >= 1 ? to : compose(rotation(share * whole), compose(toOrigin(share * d, angle), from))) };
}

export function distance(scene, i, j) {
  const radial = Math.sinh((scene.rho[i] - scene.rho[j]) / 2), across = Math.sin((scene.theta[i] - scene.theta[j]) / 2);
  return 2 * Math.asinh(Math.sqrt(radial * radial + Math.sinh(scene.rho[i]) * Math.sinh(scene.rho[j]) * across * across));
}

export function nearestInDisk(scene, row, k) {
  const found = [];
  for (let i = 0; i < scene.n; i++) {
    if (i === row) continue;
    const d = distance(scene, row, i);
    if (found.length < k || d < found[k - 1].d) {
      let at = found.length;
      while (at > 0 && found[at - 1].d > d) at--;
      found.splice(at, 0, { row: i, d });
      if (found.length > k) found.pop();
    }
  }
  return found;
}

// ------------------------------------------------------------------------------------------------------------ projection

export const VIEWS = { poincare: "Poincaré", klein: "Klein", native: "native (r = distance)" };

/* the radius at which a point at hyperbolic distance rho from the middle is drawn */
export function drawnRadius(view, rho, reach) {
  if (view === "native") return rho / reach;
  return view === "klein" ? Math.tanh(rho) : Math.tanh(rho / 2);
}

/* all points as the camera sees them, x and y in units of the drawn disk, and the squared Poincaré radius */
export function project(scene, m, view, reach, X, Y, S) {
  const { c, u, v, n } = scene, { ar, ai, br, bi } = m;
  for (let i = 0; i < n; i++) {
    const C = c[i], U = u[i], V = v[i];
    const nr = ar * U - ai * V + br * C, ni = ar * V + ai * U + bi * C;
    const dr = br * U + bi * V + ar * C, di = br * V - bi * U - ai * C;
    const q = 1 / (dr * dr + di * di), x = (nr * dr + ni * di) * q, y = (ni * dr - nr * di) * q;
    X[i] = x;
    Y[i] = y;
    S[i] = x * x + y * y;
  }
  if (view === "klein") {
    for (let i = 0; i < n; i++) {
      const f = 2 / (1 + S[i]);
      X[i] *= f;
      Y[i] *= f;
    }
  } else if (view === "native") {
    for (let i = 0; i < n; i++) {
      const C = c[i], U = u[i], V = v[i];
      const nr = ar * U - ai * V + br * C, ni = ar * V + ai * U + bi * C, r = Math.sqrt(S[i]);
      const f = r > 0 ? (2 * Math.asinh(Math.sqrt(nr * nr + ni * ni))) / (reach * r) : 0;
      X[i] *= f;
      Y[i] *= f;
    }
  }
}

/* the point of the Poincaré disk under a place of the drawing */
export function unproject(view, x, y, reach) {
  const r = Math.hypot(x, y);
  if (r === 0) return pointAt(0, 0);
  let rho;
  if (view === "native") rho = Math.min(r, 1) * reach;
  else if (view === "klein") rho = Math.atanh(Math.min(r, 0.9999999));
  else rho = 2 * Math.atanh(Math.min(r, 0.99995));
  const h = Math.sinh(rho / 2);
  return { c: Math.cosh(rho / 2), u: (h * x) / r, v: (h * y) / r };
}

// --------------------------------------------------------------------------------------------------------------- colours

const rgb = (hex) => [1, 3, 5].map((k) => parseInt(hex.slice(k, k + 2), 16));
const SHAPES = ["circle", "triangle-up", "square", "diamond", "cross"];

/* colour (r, g, b, a packed) and shape of every token under one of the colourings, and its legend */
export function paint(scene, name) {
  const { n, words } = scene, colours = words.colours;
  const packed = new Uint32Array(n), shape = new Uint8Array(n), value = new Float64Array(n).fill(NaN);
  const grey = rgb(colours.missing), faint = 115;
  const pack = ([r, g, b], a) => ((a << 24) | (b << 16) | (g << 8) | r) >>> 0;
  const named = { kind: ["kind", "kinds"], taxonomy: ["category", "categories"], script: ["script", "scripts"] }[name];
  if (named) {
    const names = scene[named[1]], codes = scene[named[0]];
    const look = name === "script" ? names.map((_, i) => [colours.kind[i % 8][0], SHAPES[Math.floor(i / 8)]]) : colours[name];
    const seen = new Array(names.length).fill(0);
    let missing = 0;
    for (let i = 0; i < n; i++) {
      const known = codes[i] < names.length && look[codes[i]];
      if (known) seen[codes[i]]++;
      else missing++;
      packed[i] = known ? pack(rgb(look[codes[i]][0]), 255) : pack(grey, faint);
      shape[i] = known ? Math.max(0, SHAPES.indexOf(look[codes[i]][1])) : 0;
      value[i] = known ? codes[i] : NaN;
    }
    const items = names.map((label, code) => ({ label, code, colour: look[code]?.[0], shape: look[code]?.[1], count: seen[code] })).filter((item) => item.count);
    return { packed, shape, value, items, missing: missing ? { label: "not in the taxonomy", colour: colours.missing } : null };
  }
  const of = {
    frequency: (i) => (words.counted ? (scene.count[i] > 0 ? Math.log10(scene.count[i]) : NaN) : Math.log10(1 + i)),
    norm: (i) => scene.norms[i],
    "neighbours kept": (i) => (scene.kept[i] > 10 ? NaN : scene.kept[i]),
  }[name];
  let low = Infinity, high = -Infinity, missing = 0;
  for (let i = 0; i < n; i++) {
    value[i] = of(i);
    if (Number.isNaN(value[i])) missing++;
    else (low = Math.min(low, value[i])), (high = Math.max(high, value[i]));
  }
  const stops = colours.scale.map(([at, hex]) => [at, rgb(hex)]);
  for (let i = 0; i < n; i++) {
    packed[i] = Number.isNaN(value[i]) ? pack(grey, faint) : pack(onScale(stops, high > low ? (value[i] - low) / (high - low) : 0.5), 255);
  }
  const label = { frequency: words.counted ? "log10 of the count" : "log10 of the token-id rank (proxy)", norm: "L2 norm of the row", "neighbours kept": `of ${words.neighbours ?? 10} neighbours kept` }[name];
  const absent = { frequency: `not in ${words.source}`, "neighbours kept": "not measured" }[name];
  return { packed, shape, value, scale: { low, high, label, stops: colours.scale }, missing: missing ? { label: absent, colour: colours.missing } : null };
}

function onScale(stops, t) {
  let k = 1;
  while (k < stops.length - 1 && t > stops[k][0]) k++;
  const [a, from] = stops[k - 1], [b, to] = stops[k], s = (t - a) / (b - a);
  return from.map((x, i) => Math.round(x + s * (to[i] - x)));
}

// ---------------------------------------------------------------------------------------------------------------- raster

const LEVELS = 6;

/* alpha masks of every shape at a few sizes; nearer the boundary things are smaller, as they are in the hyperbolic plane */
function sprites(radius) {
  return SHAPES.map((shape) =>
    Array.from({ length: LEVELS }, (_, level) => {
      const r = Math.max(0.9, radius * (0.5 + (0.5 * (level + 1)) / LEVELS)), half = Math.ceil(r + 0.5), side = 2 * half + 1;
      const dx = [], dy = [], alpha = [];
      for (let y = -half; y <= half; y++) {
        for (let x = -half; x <= half; x++) {
          let inside = 0;
          for (let a = 0; a < 16; a++) inside += within(shape, x + ((a % 4) - 1.5) / 4, y + (Math.floor(a / 4) - 1.5) / 4, r);
          if (inside) dx.push(x), dy.push(y), alpha.push(inside / 16);
        }
      }
      return { half, side, dx: Int32Array.from(dx), dy: Int32Array.from(dy), alpha: Float32Array.from(alpha) };
    }),
  );
}

function within(shape, x, y, r) {
  if (shape === "square") return Math.max(Math.abs(x), Math.abs(y)) < 0.88 * r ? 1 : 0;
  if (shape === "diamond") return Math.abs(x) + Math.abs(y) < 1.25 * r ? 1 : 0;
  if (shape === "triangle-up") return y < 0.8 * r && y > -1.1 * r + 2 * Math.abs(x) * 0.95 ? 1 : 0;
  if (shape === "cross") return Math.min(Math.abs(x), Math.abs(y)) < 0.38 * r && Math.max(Math.abs(x), Math.abs(y)) < 1.1 * r ? 1 : 0;
  return x * x + y * y < r * r ? 1 : 0;
}

/* all points into an image: squares of 2 pixels for crowds, smooth shapes otherwise; the most frequent last, on top */
export function raster(image, width, height, X, Y, S, n, packed, shape, place, radius, masks, dim, large) {
  image.fill(0);
  const { cx, cy, scale } = place;
  if (radius < 1.6 && !large) {
    const wide = width - 1, high = height - 1;
    for (let i = n - 1; i >= 0; i--) {
      const x = (cx + scale * X[i]) | 0, y = (cy - scale * Y[i]) | 0;
      if (x >= 0 && y >= 0 && x < wide && y < high) {
        const at = y * width + x, colour = dim && !dim[i] ? (packed[i] & 0xffffff) | 0x28000000 : packed[i] | 0xff000000;
        image[at] = image[at + 1] = image[at + width] = image[at + width + 1] = colour;
      }
    }
    return;
  }
  for (let t = (large ? 2 : 1) * n - 1; t >= 0; t--) {
    const i = t % n, colour = packed[i];
    if (large && t >= n === colour >>> 24 >= 255) continue; // first the grey ones, then the named ones over them
    const px = Math.round(cx + scale * X[i]), py = Math.round(cy - scale * Y[i]);
    const level = Math.min(LEVELS - 1, ((1 - S[i]) * LEVELS) | 0);
    const mask = (large && t < n ? large : masks)[shape[i]][level < 0 ? 0 : level], h = mask.half;
    if (px < h || py < h || px >= width - h || py >= height - h) continue;
    const r = colour & 255, g = (colour >> 8) & 255, b = (colour >> 16) & 255;
    const strength = ((colour >>> 24) / 255) * (dim && !dim[i] ? 0.16 : 1);
    for (let k = 0; k < mask.dx.length; k++) {
      const at = (py + mask.dy[k]) * width + px + mask.dx[k], under = image[at], a = mask.alpha[k] * strength, ua = (under >>> 24) / 255;
      const oa = a + ua * (1 - a), w = oa > 0 ? a / oa : 0;
      image[at] =
        ((Math.round(oa * 255) << 24) |
          (Math.round(b * w + ((under >> 16) & 255) * (1 - w)) << 16) |
          (Math.round(g * w + ((under >> 8) & 255) * (1 - w)) << 8) |
          Math.round(r * w + (under & 255) * (1 - w))) >>> 0;
    }
  }
}

// ----------------------------------------------------------------------------------------------------------------- WebGL

/* a drawing function on the graphics card, or null where there is none worth using; positions come from `project` in float64 */
function makeGL(canvas, anyway) {
  const gl = canvas.getContext("webgl2", { antialias: true, premultipliedAlpha: true, preserveDrawingBuffer: true });
  if (!gl) return null;
  const info = gl.getExtension("WEBGL_debug_renderer_info");
  const renderer = info ? String(gl.getParameter(info.UNMASKED_RENDERER_WEBGL)) : "";
  if (!anyway && /swiftshader|llvmpipe|software|basic render|softpipe/i.test(renderer)) return null; // the loop of `raster` is faster
  const compile = (type, source) => {
    const shader = gl.createShader(type);
    gl.shaderSource(shader, source);
    gl.compileShader(shader);
    return shader;
  };
  const program = gl.createProgram();
  gl.attachShader(program, compile(gl.VERTEX_SHADER, `#version 300 es
    in vec2 at; in vec4 ink; in vec2 look; uniform float radius; out vec4 colour; flat out int form;
    void main() { gl_Position = vec4(at, 0.0, 1.0); gl_PointSize = max(2.0, 2.0 * radius * look.y + 1.0); colour = ink; form = int(look.x); }`));
  gl.attachShader(program, compile(gl.FRAGMENT_SHADER, `#version 300 es
    precision mediump float; in vec4 colour; flat in int form; out vec4 result;
    void main() {
      vec2 p = abs(2.0 * gl_PointCoord - 1.0); vec2 q = 2.0 * gl_PointCoord - 1.0;
      bool inside = form == 2 ? max(p.x, p.y) < 0.85 : form == 3 ? p.x + p.y < 1.1 : form == 1 ? q.y < 0.75 && q.y > -1.0 + 1.8 * p.x
        : form == 4 ? min(p.x, p.y) < 0.36 : dot(p, p) < 1.0;
      if (!inside) discard;
      result = vec4(colour.rgb * colour.a, colour.a);
    }`));
  gl.linkProgram(program);
  if (!gl.getProgramParameter(program, gl.LINK_STATUS)) return null;
  const buffers = ["at", "ink", "look"].map(() => gl.createBuffer());
  let at = new Float32Array(0), ink = new Uint8Array(0), look = new Float32Array(0);
  return (X, Y, S, n, packed, shape, place, radius, width, height, dim, larger) => {
    if (look.length !== 2 * n) (at = new Float32Array(2 * n)), (ink = new Uint8Array(4 * n)), (look = new Float32Array(2 * n));
    for (let t = (larger ? 2 : 1) * n - 1, k = 0; t >= 0; t--) {
      const i = t % n, named = packed[i] >>> 24 >= 255;
      if (larger && t >= n === named) continue; // first the grey ones, then the named ones over them
      at[2 * k] = (2 * (place.cx + place.scale * X[i])) / width - 1;
      at[2 * k + 1] = 1 - (2 * (place.cy - place.scale * Y[i])) / height;
      const colour = packed[i];
      ink[4 * k] = colour & 255;
      ink[4 * k + 1] = (colour >> 8) & 255;
      ink[4 * k + 2] = (colour >> 16) & 255;
      ink[4 * k + 3] = (colour >>> 24) * (dim && !dim[i] ? 0.16 : 1);
      look[2 * k] = shape[i];
      look[2 * k + 1] = (0.5 + 0.5 * (1 - S[i])) * (larger && named ? larger : 1);
      k++;
    }
    gl.viewport(0, 0, width, height);
    gl.clearColor(0, 0, 0, 0);
    gl.clear(gl.COLOR_BUFFER_BIT);
    gl.enable(gl.BLEND);
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
    gl.useProgram(program);
    [[at, 2, gl.FLOAT, false], [ink, 4, gl.UNSIGNED_BYTE, true], [look, 2, gl.FLOAT, false]].forEach(([data, size, type, unit], k) => {
      const where = gl.getAttribLocation(program, ["at", "ink", "look"][k]);
      gl.bindBuffer(gl.ARRAY_BUFFER, buffers[k]);
      gl.bufferData(gl.ARRAY_BUFFER, data, gl.STREAM_DRAW);
      gl.enableVertexAttribArray(where);
      gl.vertexAttribPointer(where, size, type, unit, 0, 0);
    });
    gl.uniform1f(gl.getUniformLocation(program, "radius"), radius);
    gl.drawArrays(gl.POINTS, 0, n);
  };
}

// ---------------------------------------------------------------------------------------------------------------- labels

const LABELS = 90, LOOKED_AT = 5000, FONT = 13;

/* rows whose labels do not collide: `first`, then `then`, then by frequency; through a grid of taken cells */
export function chooseLabels(X, Y, n, width, place, size, first, then, grow = 1, bright = null) {
  const cell = 8 * grow, columns = Math.ceil(size.width / cell), taken = new Uint8Array(columns * (Math.ceil(size.height / cell) + 1));
  const chosen = [], seen = new Set();
  const tryRow = (i, must) => {
    if (seen.has(i)) return;
    seen.add(i);
    const r2 = X[i] * X[i] + Y[i] * Y[i];
    if (!must && (r2 > 0.985 || (bright && !bright[i]))) return;
    const x = place.cx + place.scale * X[i], y = place.cy - place.scale * Y[i] - 12 * grow, w = width(i);
    let left = Math.floor((x - w / 2) / cell), right = Math.floor((x + w / 2) / cell), top = Math.floor(y / cell - 1), bottom = Math.floor(y / cell + 1);
    if (must) {
      const across = Math.max(0, -left) - Math.max(0, right - columns + 1), down = Math.max(0, -top);
      (left += across), (right += across), (top += down), (bottom += down);
    }
    if (left < 0 || top < 0 || right >= columns || bottom * cell >= size.height) return;
    for (let row = top; row <= bottom; row++) for (let k = left; k <= right; k++) if (taken[row * columns + k]) return;
    for (let row = top; row <= bottom; row++) taken.fill(1, row * columns + left, row * columns + right + 1);
    chosen.push(i);
  };
  first.forEach((i) => tryRow(i, true));
  for (const i of then) if (chosen.length < LABELS) tryRow(i, false);
  for (let i = 0; i < Math.min(n, LOOKED_AT) && chosen.length < LABELS; i++) tryRow(i, false);
  return chosen;
}

// --------------------------------------------------------------------------------------------------------------- element

/* in software the graphics library is slower than the plain loops that this asks for */
const CPU = { willReadFrequently: true };

const STYLE = `
.hv { --ink: var(--st-text-color, #31333f); --paper: var(--st-background-color, #ffffff); --soft: var(--st-secondary-background-color, #f0f2f6);
  --line: var(--st-border-color, rgba(128,128,128,.35)); --accent: var(--st-primary-color, #0072b2);
  font: 15px/1.4 var(--st-font, system-ui, sans-serif); color: var(--ink); display: grid; grid-template-columns: minmax(0, 1fr) 264px; gap: 16px; outline: none; }
.hv:fullscreen { background: var(--paper); padding: 18px; overflow: auto; font-size: 17px; } .hv:fullscreen .legend { font-size: 17px; }
.hv.narrow { grid-template-columns: minmax(0, 1fr); }
.hv * { box-sizing: border-box; }
.hv .stage { position: relative; width: 100%; touch-action: none; user-select: none; }
.hv canvas.points, .hv canvas.gl, .hv canvas.over { position: absolute; left: 0; top: 0; width: 100%; height: 100%; }
.hv canvas.over { cursor: grab; }
.hv canvas.over.busy { cursor: grabbing; }
.hv canvas.over.lasso { cursor: crosshair; }
.hv:focus-visible .stage { outline: 2px solid var(--accent); outline-offset: 2px; border-radius: 8px; }
.hv .card { position: absolute; pointer-events: none; max-width: 270px; padding: 7px 10px; border-radius: 8px; background: var(--paper); color: var(--ink);
  border: 1px solid var(--line); box-shadow: 0 2px 10px rgba(0,0,0,.22); font-size: 14px; z-index: 3; }
.hv .card b { font-size: 16px; } .hv .card div { opacity: .85; }
.hv .chips { position: absolute; left: 6px; top: 6px; display: flex; flex-direction: column; align-items: flex-start; gap: 4px; max-width: 50%; pointer-events: none; font-size: 13px; }
.hv .chips span { background: var(--soft); border-radius: 10px; padding: 1px 9px; }
.hv .bar { display: flex; flex-wrap: wrap; gap: 6px; align-items: center; margin-bottom: 8px; }
.hv button, .hv select, .hv input { font: inherit; color: var(--ink); background: var(--soft); border: 1px solid var(--line); border-radius: 8px; padding: 4px 9px; }
.hv button { cursor: pointer; } .hv button:hover { border-color: var(--accent); } .hv button[aria-pressed=true] { background: var(--accent); color: var(--paper); }
.hv button:disabled { opacity: .4; cursor: default; }
.hv button:focus-visible, .hv select:focus-visible, .hv input:focus-visible, .hv li:focus-visible { outline: 2px solid var(--accent); outline-offset: 1px; }
.hv input[type=search] { width: 100%; background: var(--paper); }
.hv .hits { list-style: none; margin: 4px 0 0; padding: 0; max-height: 210px; overflow: auto; border: 1px solid var(--line); border-radius: 8px; }
.hv .hits:empty { display: none; }
.hv .hits li { padding: 3px 9px; cursor: pointer; display: flex; justify-content: space-between; } .hv .hits li span { opacity: .7; font-size: 13px; }
.hv .hits li[aria-selected=true], .hv .hits li:hover { background: var(--soft); }
.hv h4 { margin: 12px 0 2px; font-size: 19px; overflow-wrap: anywhere; } .hv p { margin: 3px 0; } .hv .small { font-size: 13.5px; opacity: .85; }
.hv table { border-collapse: collapse; width: 100%; font-size: 14px; margin-top: 4px; }
.hv th { text-align: left; font-weight: 600; border-bottom: 1px solid var(--line); } .hv td, .hv th { padding: 2px 5px; }
.hv td.number, .hv th.number { text-align: right; font-variant-numeric: tabular-nums; }
.hv .pinned { max-height: 190px; overflow: auto; } .hv tbody tr { cursor: pointer; } .hv tbody tr:hover { background: var(--soft); } .hv table.still tr { cursor: default; background: none; }
.hv .legend { display: flex; flex-wrap: wrap; gap: 3px 13px; margin-top: 8px; font-size: 14px; align-items: center; }
.hv .legend button { background: none; border: none; padding: 1px 3px; display: inline-flex; align-items: center; gap: 5px; }
.hv .legend button[aria-pressed=true] { background: var(--soft); color: var(--ink); outline: 1px solid var(--accent); }
.hv .ramp { display: inline-block; width: 210px; height: 11px; border-radius: 5px; }
.hv .hidden { display: none !important; }
.hv .live { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
.hv canvas.plot { width: 100%; height: 190px; display: block; cursor: crosshair; border: 1px solid var(--line); border-radius: 8px; margin-top: 4px; }
.hv details { margin-top: 10px; font-size: 14px; } .hv kbd { background: var(--soft); border: 1px solid var(--line); border-radius: 4px; padding: 0 5px; }
`;

const KEYS = [
  ["drag", "move the plane; the point you hold stays under the cursor"],
  ["click", "bring a token to the middle"],
  ["wheel", "magnifier: enlarges the drawing, does not move the plane"],
  ["shift + drag", "lasso"],
  ["/", "search"],
  ["arrows", "to a neighbour in that direction"],
  ["Enter", "bring the chosen token to the middle"],
  ["Backspace", "back"],
  ["0", "origin, no magnifier"],
  ["N", "undo the rotation"],
  ["F", "full screen"],
  ["?", "this list"],
  ["␣ ⏎", "in a token: a space, a line break"],
  ["Esc", "clear"],
];

function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "text") element.textContent = value;
    else if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value !== false && value != null) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children);
  return element;
}

const overlap = (a, b, room) => a[0] < b[2] + room && a[2] > b[0] - room && a[1] < b[3] + room && a[3] > b[1] - room;
const PLATE_TRIES = [0.84, 0.74, 0.64, 0.54, 0.44, 0.34].flatMap((pull) => [0, 0.16, -0.16, 0.32, -0.32].map((turn) => [pull, turn / pull]));
const turnOf = (angle) => (angle > Math.PI ? angle - 2 * Math.PI : angle);
const format = (x, digits = 2) => (Number.isFinite(x) ? x.toFixed(digits) : "–");
const many = (x) => Math.round(x).toLocaleString("en-US");

/* whether a key belongs to the element that has the focus: all to a text box, its choice by arrows and letters to a select, pressing to a button */
function keptBy(element, key) {
  if (element.closest("input, textarea, [contenteditable]")) return true;
  if (element.closest("select")) return !["/", "?", "Escape", "Backspace"].includes(key);
  return (key === "Enter" || key === " ") && Boolean(element.closest("button, summary, a"));
}

/* the scene and its control are two mounts, so that a search moves kilobytes: they meet here, as do two layouts of one vocabulary */
const MEETING = (globalThis.hypvizDisks ??= new Map());
let leader = null;
const DRIFT = "#2A9DC9"; // a blue that is seen on light and on dark
const PRINTED = 3; // pixels of a saved picture for one on the screen
const RESTING = 350; // milliseconds after which a token under the mouse is looked up
const AGREED = 1500; // milliseconds after which the address should name the token that was picked
const AROUND = 395; // pixels of the page over the disk, and its legend below: so it is seen whole
const BEYOND = 8; // how far past the outermost token one can drag the view

export class Disk {
  constructor(root, scene, options = {}) {
    this.scene = scene;
    this.options = options;
    this.root = root;
    this.camera = identity();
    this.view = "poincare";
    this.zoom = { scale: 1, x: 0, y: 0 };
    this.past = [];
    this.future = [];
    this.selected = null; // row
    this.server = null; // neighbours from the original space
    this.pinned = [];
    this.pinNear = new Map(); // rows near each pinned one in the original space
    this.pinText = ""; // as the address has it
    this.answers = new Map(); // neighbours by row, as the server gave them
    this.asked = []; // ids told to the server and not yet answered
    this.heard = null; // the id of its last message
    this.chosen = null; // rows of a lasso or a brush
    this.labelled = [];
    this.widths = new Map();
    this.labels = new Map();
    this.colour = options.colour ?? "kind";
    this.X = new Float64Array(scene.n);
    this.Y = new Float64Array(scene.n);
    this.S = new Float64Array(scene.n);
    this.build();
    this.recolour(this.colour);
    this.observer = new ResizeObserver(() => this.resize());
    this.observer.observe(root);
    this.resize();
  }

  // the frame

  build() {
    const { root } = this;
    root.className = "hv";
    root.tabIndex = 0;
    root.setAttribute("role", "application");
    root.setAttribute("aria-label", `Poincaré disk with ${many(this.scene.n)} tokens; press / to search, arrows to walk, question mark for keys`);
    this.points = make("canvas", { class: "points" });
    this.glCanvas = make("canvas", { class: "gl" });
    this.over = make("canvas", { class: "over", role: "img", "aria-label": `The vocabulary of ${this.scene.words.model} in the hyperbolic plane` });
    this.card = make("div", { class: "card hidden" });
    this.chips = make("div", { class: "chips" });
    this.live = make("div", { class: "live", "aria-live": "polite", role: "status" });
    this.stage = make("div", { class: "stage" }, this.points, this.glCanvas, this.over, this.chips, this.card);
    this.legend = make("div", { class: "legend" });
    this.panel = make("div", { class: "panel" });
    root.replaceChildren(make("style", { text: STYLE }), make("div", {}, this.stage, this.legend), this.panel, this.live);
    this.buildPanel();
    this.listen();
    try {
      this.gl = this.options.draw === "raster" ? null : makeGL(this.glCanvas, this.options.draw === "webgl" || this.options.trusted);
    } catch {
      this.gl = null;
    }
    // a sleeping laptop may take the card away: the loop goes on
    this.glCanvas.addEventListener("webglcontextlost", () => {
      this.gl = null;
      this.dirty(true);
    });
  }

  buildPanel() {
    const button = (text, title, act) => make("button", { type: "button", text, title, onclick: act });
    this.search = make("input", {
      type: "search", placeholder: "Find a token or an id  ( / )", "aria-label": "Find a token or an id", role: "combobox", "aria-expanded": "false",
      oninput: () => this.suggest(), onkeydown: (event) => this.searchKey(event),
    });
    this.hits = make("ul", { class: "hits", role: "listbox", "aria-label": "Suggestions" });
    this.backButton = button("←", "Back (Backspace)", () => this.goBack());
    this.forwardButton = button("→", "Forward", () => this.goForward());
    this.compass = button("N", "Rotation so far; click to undo it (N)", () => this.north());
    this.viewSelect = make("select", { "aria-label": "Model of the hyperbolic plane", onchange: () => (this.touched(), this.setView(this.viewSelect.value)) });
    for (const [value, text] of Object.entries(VIEWS)) this.viewSelect.append(make("option", { value, text }));
    this.lassoButton = button("Lasso", "Draw around tokens (shift + drag)", () => this.setLasso(!this.lassoing));
    this.plotButton = button("Frequency–norm", "Frequency against norm, linked: drag a rectangle to select", () => this.togglePlot());
    this.plotButton.setAttribute("aria-pressed", "false");
    this.lassoButton.setAttribute("aria-pressed", "false");
    this.about = make("div", { class: "about" });
    this.table = make("div", { class: "picked" });
    this.plot = make("canvas", { class: "plot hidden", role: "img", "aria-label": "Norm against frequency of all tokens, in the colours of the disk" });
    const bar = make("div", { class: "bar" }, this.backButton, this.forwardButton, button("Origin", "The layout's own centre (0)", () => this.home()), this.compass, this.viewSelect, this.lassoButton, this.plotButton);
    const exports = make("div", { class: "bar" }, button("Full screen", "The disk alone, for a projector (F)", () => this.fill()), button("PNG", "Save the picture", () => this.savePicture()));
    if (this.options.send) { // a page at home has neither its own source at hand nor an address to share
      exports.append(button("HTML", "Save this view as one page that needs nothing else", () => this.savePage()), button("Link", "Copy a link to this view", () => this.copyLink()));
    }
    const help = (this.help = make("details", {}, make("summary", { text: "Keys and mouse" })));
    for (const [key, text] of KEYS) help.append(make("p", { class: "small" }, make("kbd", { text: key }), ` ${text}`));
    this.prompt = make("input", { type: "search", placeholder: "Tokenise a text and pin its tokens", "aria-label": "Tokenise a text and pin its tokens", title: "Enter pins, Esc lets go; the text is kept in the address", onkeydown: (event) => this.promptKey(event) });
    this.pins = make("div", { class: "small" });
    const prompt = this.options.send ? make("div", { style: "margin-top:8px" }, this.prompt, this.pins) : this.pins;
    const colours = this.options.colours ? make("select", { "aria-label": "Colour by", onchange: (event) => this.recolour(event.target.value) }) : "";
    for (const name of this.options.colours ?? []) colours.append(make("option", { value: name, text: `Colour by ${name}`, selected: name === this.colour }));
    if (colours) bar.append(colours);
    this.panel.replaceChildren(bar, this.search, this.hits, prompt, this.plot, this.table, this.about, exports, help);
    this.describe();
  }

  resize() {
    const width = this.root.clientWidth;
    if (!width) return;
    this.root.classList.toggle("narrow", width < 720);
    const available = width < 720 ? width : width - 280;
    const side = Math.max(260, Math.min(available, Math.max(380, (window.innerHeight || 900) - (document.fullscreenElement || !this.options.send ? 100 : window.innerHeight <= 820 ? AROUND - 60 : AROUND))));
    const ratio = this.sharp ?? Math.min(2, window.devicePixelRatio || 1);
    const grow = Math.min(1.5, Math.max(1, Math.min(side, available) / 640));
    if (grow !== this.grow) this.widths = new Map(); // words as large as the picture: a projector in full screen is read from afar
    this.side = side;
    this.ratio = ratio;
    this.grow = grow;
    this.stage.style.height = `${side}px`;
    this.wide = available;
    for (const canvas of [this.points, this.glCanvas, this.over]) {
      canvas.width = Math.round(available * ratio);
      canvas.height = Math.round(side * ratio);
    }
    this.image = this.points.getContext("2d", CPU).createImageData(this.points.width, this.points.height);
    this.pixels = new Uint32Array(this.image.data.buffer);
    const n = this.scene.n;
    this.radius = ratio * (n <= 1500 ? 4.6 : n <= 6000 ? 3.7 : n <= 15000 ? 2.8 : n <= 40000 ? 2.1 : n <= 80000 ? 1.6 : 1) * Math.min(1.35, Math.max(0.75, side / 640));
    this.masks = sprites(this.radius);
    this.larger = Math.max(1.55, (4.2 * ratio) / this.radius);
    this.large = sprites(this.larger * this.radius);
    this.dirty(true);
  }

  place(zoomed = true) {
    const { scale, x, y } = zoomed ? this.zoom : { scale: 1, x: 0, y: 0 };
    return { cx: this.wide / 2 + x, cy: this.side / 2 + y, scale: (this.side / 2) * 0.965 * scale };
  }

  get reach() {
    return Math.max(this.scene.farthest, 1e-6) + offOrigin(this.camera);
  }

  // drawing

  dirty(labels = false) {
    this.relabel = this.relabel || labels;
    if (this.frame) return;
    this.frame = requestAnimationFrame((now) => {
      this.frame = 0;
      this.draw(now);
    });
  }

  /* what is drawn in the page's colours */
  repaint() {
    this.dirty();
    this.drawPlot();
  }

  draw(now) {
    const start = performance.now();
    const { scene, X, Y, S } = this;
    this.lead();
    project(scene, this.camera, this.view, this.reach, X, Y, S);
    const p = this.place(), k = this.ratio, scaled = { cx: p.cx * k, cy: p.cy * k, scale: p.scale * k };
    const dim = this.bright;
    if (this.gl && !this.race && !this.options.draw) this.choosePass(scaled, dim);
    if (this.gl) this.drawGL(scaled, dim);
    else this.drawRaster(scaled, dim);
    if (this.relabel || now - (this.labelledAt ?? 0) > 160) this.pickLabels(now);
    this.overlay();
    this.milliseconds = performance.now() - start;
    this.frames = (this.frames ?? 0) + 1;
  }

  /* rows that are not dimmed, as a mask: those of the selection, of the group that the legend isolates, or of both; null for all */
  get bright() {
    const { chosen, only, onlyMask } = this;
    if (chosen && only !== undefined) return onlyMask.map((own, i) => own & chosen.mask[i]);
    return chosen ? chosen.mask : only !== undefined ? onlyMask : null;
  }

  /* what a lasso or a rectangle takes: not what the legend hides */
  takes(row) {
    return this.only === undefined || this.onlyMask[row] === 1;
  }

  drawGL(scaled, dim) {
    this.gl(this.X, this.Y, this.S, this.scene.n, this.paint.packed, this.paint.shape, scaled, this.radius, this.glCanvas.width, this.glCanvas.height, dim, this.few ? this.larger : 0);
  }

  drawRaster(scaled, dim) {
    const { width, height } = this.points, { packed, shape } = this.paint;
    raster(this.pixels, width, height, this.X, this.Y, this.S, this.scene.n, packed, shape, scaled, this.radius, this.masks, dim, this.few ? this.large : null);
    this.points.getContext("2d", CPU).putImageData(this.image, 0, 0);
  }

  /* a card may be software under another name: both passes draw this frame, the second time each is timed, and the faster one stays */
  choosePass(scaled, dim) {
    const timed = (pass) => {
      pass();
      const start = performance.now();
      pass();
      return performance.now() - start;
    };
    const pixel = new Uint8Array(4), gl = this.glCanvas.getContext("webgl2");
    const card = timed(() => {
      this.drawGL(scaled, dim);
      gl.readPixels(0, 0, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, pixel); // waits until it is drawn
    });
    this.race = { card, loop: timed(() => this.drawRaster(scaled, dim)) };
    if (card > this.race.loop) {
      this.gl = null;
      gl.clear(gl.COLOR_BUFFER_BIT);
    } else {
      this.points.getContext("2d", CPU).clearRect(0, 0, this.points.width, this.points.height);
    }
  }

  /* two layouts of the same tokens move together; the one that was touched last leads */
  get partner() {
    const disk = this.scene.words.partner ? MEETING.get(this.scene.words.partner)?.disk : null;
    return disk && disk !== this ? disk : null;
  }

  touched() {
    leader = this;
  }

  lead() {
    const { partner } = this;
    if (!partner || leader !== this) return;
    const still = !this.gliding && !this.hold; // then words and counts are chosen anew
    if (still && this.relabel) partner.dirty(true);
    if (partner.camera === this.camera && partner.view === this.view && partner.zoom === this.zoom && partner.selected === this.mate(this.selected)) return;
    partner.camera = this.camera;
    partner.zoom = this.zoom;
    if (partner.view !== this.view) partner.setView(this.view);
    if (partner.selected !== this.mate(this.selected)) partner.choose(this.mate(this.selected), false);
    partner.dirty(still);
  }

  /* the row of the same token in the other layout */
  mate(row) {
    return row === null ? null : (this.partner.scene.rowOf.get(this.scene.id[row]) ?? null);
  }

  drift(context, at) {
    const { partner } = this;
    if (!partner) return;
    const rows = new Set([...this.labelled.slice(0, 40), ...(this.selected !== null ? [this.selected] : []), ...(this.chosen ? this.chosen.rows.slice(0, 200) : [])]);
    context.strokeStyle = DRIFT;
    context.globalAlpha = 0.75;
    context.lineWidth = 1.4;
    for (const row of rows) {
      const other = this.mate(row);
      if (other === null) continue;
      context.beginPath();
      this.geodesic(context, at, move(this.camera, this.pointOf(row)), move(this.camera, partner.pointOf(other)), 12);
      context.stroke();
    }
    context.globalAlpha = 1;
  }

  geodesic(context, at, from, to, steps) {
    const away = toOrigin(radiusOf(from), angleOf(from)), back = inverse(away), target = move(away, to), d = radiusOf(target), angle = angleOf(target);
    for (let s = 0; s <= steps; s++) {
      const half = (d * s) / (2 * steps), h = Math.sinh(half), q = at(move(back, { c: Math.cosh(half), u: h * Math.cos(angle), v: h * Math.sin(angle) }));
      if (s) context.lineTo(q.x, q.y);
      else context.moveTo(q.x, q.y);
    }
  }

  pickLabels(now) {
    const context = this.over.getContext("2d", CPU);
    context.font = `${FONT * this.grow}px ${this.font}`;
    const width = (i) => {
      if (!this.widths.has(i)) this.widths.set(i, context.measureText(visible(this.scene.text(i))).width + 6);
      return this.widths.get(i);
    };
    const first = [...(this.selected !== null ? [this.selected] : []), ...(this.server ? this.server.nearest : []), ...this.pinned];
    const around = [...this.pinNear.values()].flat();
    this.labelled = chooseLabels(this.X, this.Y, this.scene.n, width, this.place(), { width: this.wide, height: this.side }, first, around.length ? around : (this.named ?? []), this.grow, this.bright);
    this.labelledAt = now;
    this.relabel = false;
    this.countWithin();
  }

  /* how many tokens lie within each distance of the middle of the view; what rounding leaves of a distance is 1e-6 */
  countWithin() {
    const { S, scene } = this, { distances } = this, bounds = distances.map((d) => 1 - (1 - 1e-6) / Math.cosh(d / 2) ** 2), within = distances.map(() => 0);
    for (let i = 0; i < scene.n; i++) for (let k = bounds.length - 1; k >= 0 && S[i] <= bounds[k]; k--) within[k]++;
    this.within = new Map(distances.map((d, k) => [d, within[k]]));
    within.forEach((count, k) => this.counts?.[k] && (this.counts[k].textContent = many(count)));
  }

  /* the distances counted: 1, 2 and 3 as the rings, and on as far as the outermost token lies from the layout's centre, in at most 10 rows */
  get distances() {
    const far = Math.max(3, Math.ceil(this.scene.farthest - 1e-6)), step = Math.max(1, Math.ceil((far - 3) / 7)), found = [1, 2, 3];
    for (let d = far; d > 3; d -= step) found.splice(3, 0, d);
    return found;
  }

  get font() {
    return (this.family ??= getComputedStyle(this.root).fontFamily || "sans-serif");
  }

  overlay() {
    const context = this.over.getContext("2d", CPU), style = getComputedStyle(this.root), ink = style.color, paper = style.getPropertyValue("--st-background-color") || "#ffffff";
    const p = this.place(), mark = this.scene.words.colours.mark;
    context.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    context.clearRect(0, 0, this.wide, this.side);
    const at = (q) => this.drawn(q, p);
    context.strokeStyle = "rgba(128,128,128,.8)";
    context.lineWidth = 2;
    context.beginPath();
    context.arc(p.cx, p.cy, p.scale, 0, 2 * Math.PI);
    context.stroke();
    context.lineWidth = 1;
    for (const d of [1, 2, 3]) {
      const r = p.scale * drawnRadius(this.view, d, this.reach);
      context.strokeStyle = "rgba(128,128,128,.45)";
      context.beginPath();
      context.arc(p.cx, p.cy, r, 0, 2 * Math.PI);
      context.stroke();
    }
    const home = at(move(this.camera, { c: 1, u: 0, v: 0 }));
    context.strokeStyle = ink;
    context.beginPath();
    context.moveTo(home.x - 6, home.y);
    context.lineTo(home.x + 6, home.y);
    context.moveTo(home.x, home.y - 6);
    context.lineTo(home.x, home.y + 6);
    context.stroke();
    this.drift(context, at);
    if (this.server && this.selected === this.server.row) this.arcs(context, at, mark);
    this.pinArcs(context, at, ink);
    for (const row of this.pinned) this.mark(context, row, "ring", ink);
    if (this.server) this.server.nearest.forEach((row, i) => this.mark(context, row, this.server.kept[i] ? "dot" : "diamond", mark));
    if (this.selected !== null) this.mark(context, this.selected, "star", mark);
    if (this.lasso) this.outline(context, at, ink);
    const plates = this.platePlaces(context);
    const rings = this.ringPlaces(context, p);
    this.names(context, ink, paper, [...plates.map(({ box }) => box), ...rings.map(({ box }) => box)]);
    this.plates(context, plates);
    this.ringWords(context, rings, ink, paper);
    this.say();
  }

  /* where each ring's distance is written, and how many tokens lie within it: at its lower right, inside the canvas */
  ringPlaces(context, p) {
    const size = 12 * this.grow;
    context.font = `${size}px ${this.font}`;
    let last = -Infinity; // Klein's rings crowd near the rim: each word stands below the one before
    return [1, 2, 3].map((d) => {
      const r = 0.7071 * p.scale * drawnRadius(this.view, d, this.reach), text = `d = ${d}: ${many(this.within?.get(d) ?? 0)} tokens`;
      const width = context.measureText(text).width, x = Math.min(p.cx + r + 2, this.wide - width - 2), y = Math.max(p.cy + r + 4, last + size + 3);
      last = y;
      return { text, x, y, box: [x - 2, y - size, x + width + 2, y + 3] };
    });
  }

  ringWords(context, rings, ink, paper) {
    context.font = `${12 * this.grow}px ${this.font}`;
    context.textAlign = "left";
    context.lineJoin = "round";
    context.lineWidth = 4;
    context.strokeStyle = paper;
    context.fillStyle = ink;
    for (const { text, x, y } of rings) {
      context.strokeText(text, x, y);
      context.fillText(text, x, y);
    }
  }

  drawn(q, p) {
    const rho = radiusOf(q), r = p.scale * drawnRadius(this.view, rho, this.reach), angle = angleOf(q);
    return { x: p.cx + r * Math.cos(angle), y: p.cy - r * Math.sin(angle) };
  }

  arcs(context, at, mark) {
    const from = move(this.camera, this.pointOf(this.selected));
    context.strokeStyle = mark;
    this.server.nearest.forEach((row, i) => {
      context.lineWidth = this.server.kept[i] ? 2 : 1.2;
      context.setLineDash(this.server.kept[i] ? [] : [4, 4]);
      context.beginPath();
      this.geodesic(context, at, from, move(this.camera, this.pointOf(row)), 32);
      context.stroke();
    });
    context.setLineDash([]);
  }

  /* from every pinned token to its nearest in the original space */
  pinArcs(context, at, ink) {
    context.strokeStyle = ink;
    context.lineWidth = 1;
    context.globalAlpha = 0.6;
    for (const [row, near] of this.pinNear) {
      if (row === undefined) continue;
      const from = move(this.camera, this.pointOf(row));
      for (const other of near) {
        context.beginPath();
        this.geodesic(context, at, from, move(this.camera, this.pointOf(other)), 16);
        context.stroke();
      }
    }
    context.globalAlpha = 1;
  }

  mark(context, row, form, colour) {
    const p = this.place(), x = p.cx + p.scale * this.X[row], y = p.cy - p.scale * this.Y[row];
    context.strokeStyle = colour;
    context.fillStyle = colour;
    context.lineWidth = 2;
    context.beginPath();
    if (form === "star") {
      for (let k = 0; k < 10; k++) {
        const r = k % 2 ? 4 : 9, angle = (Math.PI * k) / 5 - Math.PI / 2;
        context.lineTo(x + r * Math.cos(angle), y + r * Math.sin(angle));
      }
      context.closePath();
      context.fill();
    } else if (form === "diamond") {
      context.moveTo(x, y - 7);
      context.lineTo(x + 7, y);
      context.lineTo(x, y + 7);
      context.lineTo(x - 7, y);
      context.closePath();
      context.stroke();
    } else {
      context.arc(x, y, form === "dot" ? 5 : 7, 0, 2 * Math.PI);
      if (form === "dot") context.fill();
      else context.stroke();
    }
  }

  names(context, ink, paper, covered) {
    const p = this.place(), g = this.grow, first = new Set([this.selected, ...(this.server ? this.server.nearest : []), ...this.pinned]);
    for (const i of this.labelled) {
      const x = p.cx + p.scale * this.X[i], y = p.cy - p.scale * this.Y[i] - 8 * g, half = (this.widths.get(i) ?? 0) / 2;
      if (!first.has(i) && covered.some((box) => overlap(box, [x - half, y - 12 * g, x + half, y + 3], 0))) continue;
      const picture = this.label(i, first.has(i), ink, paper);
      context.drawImage(picture, x - picture.width / this.ratio / 2, y - 15 * g, picture.width / this.ratio, picture.height / this.ratio);
    }
  }

  /* a label with its halo, drawn once: text is what costs most where graphics are software */
  label(i, strong, ink, paper) {
    const key = `${strong ? "b" : ""}${i}`, g = this.grow, look = `${ink} ${paper} ${this.ratio} ${g} ${this.font}`;
    if (look !== this.look || this.labels.size > 1500) {
      this.labels = new Map();
      this.look = look;
    }
    if (!this.labels.has(key)) {
      const text = visible(this.scene.text(i)), font = `${strong ? "bold " : ""}${FONT * g}px ${this.font}`;
      const canvas = document.createElement("canvas"), context = canvas.getContext("2d");
      context.font = font;
      canvas.width = Math.ceil((context.measureText(text).width + 8) * this.ratio);
      canvas.height = Math.ceil(22 * g * this.ratio);
      context.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
      context.font = font;
      context.textAlign = "center";
      context.lineJoin = "round";
      context.strokeStyle = paper;
      context.lineWidth = 3;
      context.globalAlpha = 0.85;
      context.strokeText(text, canvas.width / this.ratio / 2, 15 * g);
      context.globalAlpha = 1;
      context.fillStyle = ink;
      context.fillText(text, canvas.width / this.ratio / 2, 15 * g);
      this.labels.set(key, canvas);
    }
    return this.labels.get(key);
  }

  /* where the name of each category stands: near its middle, a little inwards or aside, so that none covers another */
  platePlaces(context) {
    const p = this.place(), taken = [];
    if (!this.paint.items || this.colour !== "taxonomy" || this.selected !== null || this.pinned.length || this.chosen) return taken;
    const g = this.grow;
    context.font = `bold ${15 * g}px ${this.font}`;
    for (const row of this.scene.words.middles) {
      if (this.only !== undefined && this.scene.category[row] !== this.only) continue;
      const label = this.scene.categories[this.scene.category[row]], w = context.measureText(label).width + 14 * g;
      const r = p.scale * Math.hypot(this.X[row], this.Y[row]), angle = Math.atan2(this.Y[row], this.X[row]);
      const found = PLATE_TRIES.map(([pull, turn]) => {
        const x = p.cx + pull * r * Math.cos(angle + turn), y = p.cy - pull * r * Math.sin(angle + turn);
        return { label, row, x, y, box: [x - w / 2, y - 12 * g, x + w / 2, y + 12 * g] };
      }).find(({ box }) => box[0] > 0 && box[2] < this.wide && box[1] > 0 && box[3] < this.side && !taken.some((t) => overlap(box, t.box, 3)));
      if (found) taken.push(found);
    }
    return taken;
  }

  plates(context, plates) {
    const p = this.place();
    context.textAlign = "center";
    context.font = `bold ${15 * this.grow}px ${this.font}`;
    for (const { row, x, y } of plates) {
      context.strokeStyle = "rgba(128,128,128,.95)";
      context.lineWidth = 1.5;
      context.beginPath();
      context.moveTo(p.cx + p.scale * this.X[row], p.cy - p.scale * this.Y[row]);
      context.lineTo(x, y);
      context.stroke();
    }
    for (const { label, x, y, box } of plates) {
      context.fillStyle = "rgba(45,50,60,.9)";
      context.beginPath();
      context.roundRect(box[0], box[1], box[2] - box[0], box[3] - box[1], 5);
      context.fill();
      context.fillStyle = "#fff";
      context.fillText(label, x, y + 5 * this.grow);
    }
  }

  outline(context, at, ink) {
    context.strokeStyle = ink;
    context.setLineDash([5, 4]);
    context.beginPath();
    this.lasso.forEach((q, i) => {
      const { x, y } = at(move(this.camera, q));
      if (i) context.lineTo(x, y);
      else context.moveTo(x, y);
    });
    context.closePath();
    context.stroke();
    context.setLineDash([]);
  }

  say() {
    const { words, n } = this.scene, shown = words.vocabulary > n ? `showing ${many(n)} of ${many(words.vocabulary)}` : many(n);
    const chips = [words.partner ? words.method : `${VIEWS[this.view].split(" ")[0]}, ${shown} tokens`];
    if (this.zoom.scale > 1.001) chips.push(`magnifier ${this.zoom.scale.toFixed(1)} × (0 ends it)`);
    const off = offOrigin(this.camera);
    if (this.adrift) chips.push("no token lies farther out: drag back, or press 0");
    if (off > 0.01) chips.push(`${off.toFixed(2)} from the origin`);
    const said = chips.join("|");
    if (said !== this.said) {
      this.said = said;
      this.chips.replaceChildren(...chips.map((text) => make("span", { text })));
    }
    const turn = (2 * Math.atan2(this.camera.ai, this.camera.ar) * 180) / Math.PI, degrees = Math.round(((turn + 540) % 360) - 180);
    this.compass.textContent = `N ${degrees}°`;
    for (const [button, ways] of [[this.backButton, this.past], [this.forwardButton, this.future]]) {
      if (!ways.length && button === this.focused) this.hear();
      button.disabled = !ways.length;
    }
  }

  pointOf(row) {
    return { c: this.scene.c[row], u: this.scene.u[row], v: this.scene.v[row] };
  }

  // moving

  glide(target, done) {
    this.touched();
    const path = way(this.camera, target), still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const length = still ? 0 : Math.min(1400, Math.max(250, 260 * (path.d + Math.abs(path.turn))));
    const start = performance.now();
    this.gliding = target;
    const step = () => {
      if (this.gliding !== target) return;
      const share = length ? Math.min(1, (performance.now() - start) / length) : 1;
      this.camera = path.at(share);
      this.zoomTowards(share);
      if (share < 1) {
        this.dirty();
        requestAnimationFrame(step);
      } else {
        this.gliding = null;
        this.dirty(true);
        done?.();
      }
    };
    step();
  }

  zoomTowards(share) {
    if (share >= 1 && this.zoom.scale <= 1.001) this.zoom = { scale: 1, x: 0, y: 0 };
  }

  remember() {
    this.past.push({ camera: this.gliding ?? this.camera, selected: this.selected });
    if (this.past.length > 200) this.past.shift();
    this.future = [];
  }

  goBack() {
    this.step(this.past, this.future);
  }

  goForward() {
    this.step(this.future, this.past);
  }

  step(from, to) {
    const state = from.pop();
    if (!state) return;
    to.push({ camera: this.gliding ?? this.camera, selected: this.selected });
    if (state.selected !== this.selected) this.choose(state.selected, true);
    this.glide(state.camera);
  }

  home() {
    this.remember();
    this.zoom = { scale: 1, x: 0, y: 0 };
    this.glide(identity());
    this.announce("The layout's own centre.");
  }

  north() {
    this.remember();
    const turn = 2 * Math.atan2(this.camera.ai, this.camera.ar);
    this.glide(compose(rotation(-turn), this.camera));
    this.announce("Rotation undone.");
  }

  centre(row, tell = true) {
    this.remember();
    const q = move(this.camera, this.pointOf(row));
    this.zoom = { scale: 1, x: 0, y: 0 };
    this.glide(compose(toOrigin(radiusOf(q), angleOf(q)), this.camera));
    this.choose(row, tell);
  }

  choose(row, tell) {
    this.selected = row;
    this.server = this.answers.get(row) ?? null;
    const id = row === null ? null : this.scene.id[row];
    if (tell && this.options.send && id !== this.heard) this.asked.push(id);
    if (tell) this.agree(id, 2);
    this.near = row === null ? null : nearestInDisk(this.scene, row, 10);
    this.describe();
    if (row !== null) this.announce(this.sentence(row));
    if (tell) this.options.send?.({ pick: id });
    this.dirty(true);
  }

  /* where two picks come faster than the server's runs, the address can end at the first one: say the last one again, `more` times */
  agree(id, more) {
    clearTimeout(this.agreeing);
    if (!this.options.send || !more) return;
    this.agreeing = setTimeout(() => {
      const here = this.selected === null ? null : this.scene.id[this.selected];
      if (here !== id || new URL(location.href).searchParams.get("token") === (id === null ? null : String(id))) return;
      this.options.send({ pick: id });
      this.agree(id, more - 1);
    }, AGREED);
  }

  setView(view) {
    this.view = VIEWS[view] ? view : "poincare";
    this.viewSelect.value = this.view;
    this.dirty(true);
  }

  // colours

  recolour(name) {
    this.colour = name;
    this.paint = paint(this.scene, name);
    this.only = undefined;
    this.named = [];
    this.few = this.paint.items && this.paint.missing !== null; // names for a few, grey for the crowd
    if (name === "taxonomy") for (let i = 0; i < this.scene.n; i++) if (this.scene.category[i] < this.scene.categories.length) this.named.push(i);
    this.drawLegend();
    this.drawPlot();
    this.dirty(true);
  }

  drawLegend() {
    const { items, scale, missing } = this.paint;
    const swatch = (colour, shape) => {
      const canvas = make("canvas", { width: 26, height: 26, style: "width:13px;height:13px", "aria-hidden": "true" }), context = canvas.getContext("2d");
      context.fillStyle = colour;
      for (let y = 0; y < 26; y++) for (let x = 0; x < 26; x++) if (within(shape ?? "circle", x - 12.5, y - 12.5, 11)) context.fillRect(x, y, 1, 1);
      return canvas;
    };
    const parts = [];
    for (const item of items ?? []) {
      const button = make("button", { type: "button", title: `${many(item.count)} tokens; click to see only these`, "aria-pressed": "false", onclick: () => this.isolate(item, button) });
      button.append(swatch(item.colour, item.shape), item.label);
      parts.push(button);
    }
    if (scale) {
      const ramp = make("span", { class: "ramp", style: `background:linear-gradient(to right, ${scale.stops.map(([at, hex]) => `${hex} ${100 * at}%`).join(", ")})` });
      parts.push(make("span", { text: format(scale.low, 1) }), ramp, make("span", { text: format(scale.high, 1) }), make("span", { text: scale.label }));
    }
    if (missing) parts.push(make("span", {}, swatch(missing.colour), ` ${missing.label}`));
    if (this.scene.words.partner) {
      const line = make("b", { text: "—", style: `color:${DRIFT}` });
      parts.push(make("span", {}, line, " to the token's place in the other layout (40 of the named tokens, those selected)"));
    }
    this.refill(this.legend, ...parts);
  }

  isolate(item, button) {
    const same = this.only === item.code;
    this.only = same ? undefined : item.code;
    this.onlyMask = Uint8Array.from(this.paint.value, (v) => (v === item.code ? 1 : 0));
    this.drawPlot();
    for (const other of this.legend.querySelectorAll("button")) other.setAttribute("aria-pressed", String(other === button && !same));
    this.dirty(true);
  }

  // words

  sentence(row) {
    const { scene } = this, count = scene.words.counted ? `, ${scene.count[row] ? `${many(scene.count[row])} times` : `not`} in ${scene.words.source}` : "";
    return `${visible(scene.text(row))}, token ${scene.id[row]}, rank ${many(row + 1)}${count}, ${format(scene.rho[row])} from the origin.`;
  }

  announce(text) {
    this.live.textContent = text;
  }

  describe() {
    const { scene, selected: row } = this;
    if (row === null) {
      this.refill(this.about, make("p", { class: "small", text: "Drag the disk: every movement is an isometry, so no distance changes. Click a token to bring it to the middle." }), this.room());
      return;
    }
    const kept = scene.kept[row] <= 10 ? `The disk keeps ${scene.kept[row]} of its ${scene.words.neighbours ?? 10} nearest neighbours.` : "";
    const parts = [make("h4", { text: visible(scene.text(row)) }), make("p", { class: "small", text: this.sentence(row).replace(/^.*?, token/, "Token") + ` Norm ${format(scene.norms[row], 3)}.` }), make("p", { text: kept })];
    if (this.server && this.server.row === row) {
      const nearest = this.server.nearest.map((r, i) => ({ row: r, cells: [format(distance(scene, row, r)), format(this.server.cosine[i]), this.server.kept[i] ? "✓" : ""] }));
      parts.push(make("p", { class: "small", text: "Nearest in the original space, by the cosine of the centred rows" }), this.rows(nearest, ["d", "cos", "kept"]));
    } else if (this.asked.includes(scene.id[row])) parts.push(make("p", { class: "small", text: "Looking up its neighbours in the original space…" }));
    if (!this.server && this.near) parts.push(make("p", { class: "small", text: "Nearest in the disk" }), this.rows(this.near.map((q) => ({ row: q.row, cells: [format(q.d, 2)] })), ["d"]));
    this.refill(this.about, ...parts, this.room());
  }

  /* why the rim holds so many: the area of a circle of radius d is 4 pi sinh^2(d/2), here beside a flat one's and the tokens in it */
  room() {
    const area = (d) => 4 * Math.PI * Math.sinh(d / 2) ** 2, head = make("tr", {}, ...["within d", "tokens", "room", "if flat"].map((text) => make("th", { class: "number", text })));
    this.counts = this.distances.map(() => make("td", { class: "number" }));
    const body = this.distances.map((d, k) => make("tr", {}, make("td", { class: "number", text: String(d) }), this.counts[k], make("td", { class: "number", text: `${many(area(d) / area(1))} ×` }), make("td", { class: "number", text: `${d * d} ×` })));
    const words = "Room (area) grows like e to the d, so nearly all of it lies near the rim, from wherever one looks. Within d of the middle of this view, the circle of radius 1 being 1 ×:";
    this.countWithin();
    return make("div", {}, make("p", { class: "small", text: words }), make("table", { class: "still" }, make("thead", {}, head), make("tbody", {}, ...body)));
  }

  /* the box follows the address when that changes, and leaves alone what is being typed */
  showPinText(text) {
    if (text === this.pinText) return;
    this.pinText = text;
    if (this.prompt !== this.root.getRootNode().activeElement) this.prompt.value = text;
  }

  promptKey(event) {
    event.stopPropagation();
    if (event.key !== "Enter" && event.key !== "Escape") return;
    event.preventDefault();
    if (event.key === "Escape") {
      this.unpin();
      this.prompt.value = "";
      this.root.focus({ preventScroll: true });
    }
    this.typed = this.prompt.value.length;
    this.options.send?.({ prompt: this.prompt.value });
  }

  showPins({ ids, pieces, left, text, cut }) {
    this.showPinText(text ?? "");
    const lost = ids.length - this.pinned.length;
    const words = `${pieces.map(visible).join(" ")}${lost ? ` (${lost} not laid out)` : ""}${left ? ` and ${left} more that are not marked` : ""}${cut || this.typed > text?.length ? `; only the first ${text.length} characters are kept` : ""}`;
    const seen = [...new Set(this.pinned)].map((row) => ({ row, cells: [this.nearWords(row)] }));
    this.pins.replaceChildren(make("p", { class: "small", text: words }), make("div", { class: "pinned" }, this.rows(seen, ["nearest in the original space"], "")));
  }

  nearWords(row) {
    return (this.pinNear.get(row) ?? []).map((near) => visible(this.scene.text(near))).join(", ");
  }

  rows(list, heads, look = "number") {
    const head = make("tr", {}, make("th", { text: "token" }), ...heads.map((text) => make("th", { class: look, text })));
    const body = make("tbody");
    for (const { row, cells } of list) {
      body.append(make("tr", { onclick: () => this.centre(row) }, make("td", { text: visible(this.scene.text(row)) }), ...cells.map((text) => make("td", { class: look, text }))));
    }
    return make("table", {}, make("thead", {}, head), body);
  }

  // mouse

  listen() {
    const { over } = this;
    over.addEventListener("pointerdown", (event) => this.down(event));
    over.addEventListener("pointermove", (event) => this.hover(event));
    over.addEventListener("pointerup", (event) => this.up(event));
    over.addEventListener("pointercancel", () => (this.hold = null));
    over.addEventListener("pointerleave", () => this.showCard(null));
    over.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    this.root.addEventListener("keydown", (event) => this.key(event));
    this.slash = (event) => {
      const typing = event.composedPath()[0]?.closest?.("input, textarea, select, [contenteditable], .hv");
      if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || typing || !this.isFirst) return;
      event.preventDefault();
      this.search.focus();
    };
    document.addEventListener("keydown", this.slash);
    this.plot.addEventListener("pointerdown", (event) => this.brush(event));
  }

  /* of two disks the one that was touched last, or the left one, hears the keys of the page */
  get isFirst() {
    const { partner } = this;
    if (!partner) return true;
    return leader === this || (leader !== partner && this.root.getBoundingClientRect().left <= partner.root.getBoundingClientRect().left);
  }

  where(event) {
    const box = this.over.getBoundingClientRect(), p = this.place();
    const x = ((event.clientX - box.left) * this.wide) / box.width, y = ((event.clientY - box.top) * this.side) / box.height;
    return { x, y, q: unproject(this.view, (x - p.cx) / p.scale, (p.cy - y) / p.scale, this.reach), inside: Math.hypot(x - p.cx, y - p.cy) <= p.scale };
  }

  down(event) {
    if (event.button) return;
    const at = this.where(event);
    this.touched();
    this.root.focus({ preventScroll: true });
    this.over.setPointerCapture(event.pointerId);
    const lasso = event.shiftKey || this.lassoing;
    this.hold = { ...at, camera: this.camera, reach: this.reach, moved: false, lasso, trail: lasso ? [[at.x, at.y]] : null };
    if (lasso) this.lasso = [move(inverse(this.camera), at.q)];
  }

  hover(event) {
    const at = this.where(event), { hold } = this;
    if (!hold) {
      this.showCard(this.pick(at.x, at.y), at);
      return;
    }
    if (!hold.moved && Math.hypot(at.x - hold.x, at.y - hold.y) < 4) return;
    if (!hold.moved && !hold.lasso && hold.inside) {
      this.remember();
      this.gliding = null;
      hold.camera = this.camera;
    }
    hold.moved = true;
    this.card.classList.add("hidden");
    this.over.classList.add("busy");
    if (hold.lasso) {
      hold.trail.push([at.x, at.y]);
      this.lasso.push(move(inverse(this.camera), at.q));
    } else if (hold.inside) {
      const camera = compose(transvection(hold.q, at.q), hold.camera);
      this.adrift = offOrigin(camera) > this.scene.farthest + BEYOND;
      if (!this.adrift) {
        this.camera = camera;
        if (this.view === "native") this.settleNative(hold, at);
      }
    }
    this.dirty();
  }

  /* the native view's scale depends on the camera: a few steps put the held point under the cursor */
  settleNative(hold, at) {
    const p = this.place();
    for (let k = 0; k < 8; k++) {
      const q = unproject("native", (at.x - p.cx) / p.scale, (p.cy - at.y) / p.scale, this.reach);
      this.camera = compose(transvection(hold.q, q), hold.camera);
    }
  }

  up(event) {
    const { hold } = this;
    this.hold = null;
    this.adrift = false;
    this.over.classList.remove("busy");
    if (!hold) return;
    if (hold.lasso && hold.moved) this.enclose(hold.trail);
    else if (hold.lasso) this.lasso = this.chosen ? this.lasso : null;
    else if (!hold.moved) {
      const at = this.where(event), row = this.pick(at.x, at.y);
      if (row !== null) this.centre(row);
    }
    this.dirty(true);
  }

  pick(x, y) {
    const p = this.place(), { X, Y } = this;
    let best = 12 * 12, found = null;
    for (let i = 0; i < this.scene.n; i++) {
      const dx = p.cx + p.scale * X[i] - x, dy = p.cy - p.scale * Y[i] - y, d = dx * dx + dy * dy;
      if (d < best) (best = d), (found = i);
    }
    return found;
  }

  showCard(row, at) {
    if (row === null) {
      this.card.classList.add("hidden");
      this.hovered = null;
      return;
    }
    const { scene } = this;
    if (row !== this.hovered) {
      this.hovered = row;
      this.fillCard(row);
      this.lookUp(row);
    }
    this.card.classList.remove("hidden");
    const left = at.x > this.wide / 2 ? at.x - this.card.offsetWidth - 14 : at.x + 14;
    this.card.style.left = `${Math.max(0, left)}px`;
    this.card.style.top = `${Math.max(0, Math.min(at.y + 12, this.side - this.card.offsetHeight))}px`;
  }

  fillCard(row) {
    const { scene } = this, words = (rows) => rows.slice(0, 5).map((r) => visible(scene.text(r))).join("  ");
    const lines = [`token ${scene.id[row]}, rank ${many(row + 1)}`, `norm ${format(scene.norms[row], 3)}, ρ = ${format(scene.rho[row], 2)}`];
    if (scene.words.counted) lines.push(scene.count[row] ? `${many(scene.count[row])} times in ${scene.words.source}` : `not in ${scene.words.source}`);
    if (scene.kept[row] <= 10) lines.push(`${scene.kept[row]} of ${scene.words.neighbours ?? 10} neighbours kept here`);
    lines.push(`near here: ${words(nearestInDisk(scene, row, 5).map((q) => q.row))}`);
    const known = this.answers.get(row);
    if (known) lines.push(`near in the original space: ${words(known.nearest)}`);
    this.card.replaceChildren(make("b", { text: visible(scene.text(row)) }), ...lines.map((text) => make("div", { text })));
  }

  /* where the mouse rests, the server is asked for the neighbours in the original space, which are not in the scene */
  lookUp(row) {
    clearTimeout(this.looking);
    if (!this.options.send || this.answers.has(row)) return;
    this.looking = setTimeout(() => {
      if (this.hovered === row && !this.hold && !this.gliding) this.options.send({ look: this.scene.id[row] });
    }, RESTING);
  }

  wheel(event) {
    if (!(event.ctrlKey || event.metaKey || this.root.contains(this.root.getRootNode().activeElement))) return; // let the page scroll until the disk is in use
    if (this.zoom.scale <= 1 && event.deltaY > 0) return; // nothing to make smaller: the page scrolls on
    event.preventDefault();
    this.touched();
    const at = this.where(event), factor = Math.exp(-event.deltaY * 0.0015), scale = Math.min(60, Math.max(1, this.zoom.scale * factor)), f = scale / this.zoom.scale;
    const cx = this.wide / 2, cy = this.side / 2;
    this.zoom = scale <= 1 ? { scale: 1, x: 0, y: 0 } : { scale, x: at.x - cx - f * (at.x - cx - this.zoom.x), y: at.y - cy - f * (at.y - cy - this.zoom.y) };
    this.dirty(true);
  }

  // selections

  setLasso(on) {
    this.lassoing = on;
    this.lassoButton.setAttribute("aria-pressed", String(on));
    this.over.classList.toggle("lasso", on);
  }

  enclose(trail) {
    const p = this.place(), mask = new Uint8Array(this.scene.n), rows = [];
    for (let i = 0; i < this.scene.n; i++) {
      const x = p.cx + p.scale * this.X[i], y = p.cy - p.scale * this.Y[i];
      let inside = false;
      for (let a = 0, b = trail.length - 1; a < trail.length; b = a++) {
        const [xa, ya] = trail[a], [xb, yb] = trail[b];
        if (ya > y !== yb > y && x < ((xb - xa) * (y - ya)) / (yb - ya) + xa) inside = !inside;
      }
      if (inside && this.takes(i)) (mask[i] = 1), rows.push(i);
    }
    this.setChosen(rows, mask);
    this.setLasso(false);
  }

  setChosen(rows, mask) {
    this.chosen = rows.length ? { rows, mask } : null;
    if (!rows.length) this.lasso = null;
    this.announce(`${many(rows.length)} tokens selected.`);
    this.drawTable();
    this.drawPlot();
    this.dirty(true);
  }

  drawTable() {
    if (!this.chosen) {
      this.refill(this.table);
      return;
    }
    const { rows } = this.chosen, { scene } = this;
    const shown = rows.slice(0, 60).map((row) => ({ row, cells: [scene.words.counted ? many(scene.count[row]) : many(row + 1), format(scene.norms[row]), format(scene.rho[row])] }));
    const save = make("button", { type: "button", text: "CSV", title: "All selected tokens as CSV", onclick: () => this.saveTable() });
    const clear = make("button", { type: "button", text: "Clear", onclick: () => this.setChosen([], null) });
    this.refill(this.table, make("h4", { text: `${many(rows.length)} tokens selected` }), make("div", { class: "bar" }, save, clear), this.rows(shown, [scene.words.counted ? "count" : "rank", "norm", "ρ"]));
    if (rows.length > shown.length) this.table.append(make("p", { class: "small", text: `and ${many(rows.length - shown.length)} more in the CSV` }));
  }

  csv(rows) {
    const { scene } = this, quote = (text) => `"${text.replaceAll('"', '""')}"`;
    const lines = rows.map((i) => [scene.id[i], quote(scene.text(i)), scene.count[i], scene.norms[i].toPrecision(4), scene.rho[i].toPrecision(6), turnOf(scene.theta[i]).toPrecision(12), scene.kept[i] <= 10 ? scene.kept[i] : ""].join(","));
    return [`token_id,text,count,norm,rho,theta,neighbours_kept_of_${scene.words.neighbours ?? 10}`, ...lines].join("\r\n") + "\r\n";
  }

  // frequency against norm

  togglePlot() {
    const hidden = this.plot.classList.toggle("hidden");
    this.plotButton.setAttribute("aria-pressed", String(!hidden));
    this.drawPlot();
  }

  plotPlace(width, height) {
    const { scene } = this, counted = scene.words.counted, top = counted ? Math.log10(scene.count[0] + 1) : Math.log10(scene.n + 1);
    const [low, high] = scene.norm;
    return (i) => {
      const f = (counted ? Math.log10(scene.count[i] + 1) : Math.log10(scene.n + 1) - Math.log10(i + 1)) / Math.max(top, 1e-9);
      return [34 + f * (width - 44), height - 26 - ((scene.norms[i] - low) / Math.max(high - low, 1e-9)) * (height - 40)];
    };
  }

  drawPlot() {
    const { plot } = this;
    if (!plot || plot.classList.contains("hidden") || !plot.clientWidth) return;
    const k = this.ratio || 1, width = plot.clientWidth, height = plot.clientHeight, context = plot.getContext("2d"), at = this.plotPlace(width, height);
    plot.width = width * k;
    plot.height = height * k;
    context.setTransform(k, 0, 0, k, 0, 0);
    const ink = getComputedStyle(this.root).color, { packed } = this.paint, { bright } = this;
    for (let i = this.scene.n - 1; i >= 0; i--) {
      const [x, y] = at(i), c = packed[i];
      context.fillStyle = `rgba(${c & 255},${(c >> 8) & 255},${(c >> 16) & 255},${bright && !bright[i] ? 0.12 : 0.85})`;
      context.fillRect(x - 1, y - 1, 2.4, 2.4);
    }
    context.fillStyle = ink;
    context.font = `12px ${this.font}`;
    this.plotAxes(context, width, height);
  }

  /* both axes with their ends in numbers; without counts the first rank stands at the right, where the most frequent would */
  plotAxes(context, width, height) {
    const { scene } = this, counted = scene.words.counted, [low, high] = scene.norm, middle = 34 + (width - 44) / 2;
    const ends = counted ? ["0", format(Math.log10(scene.count[0] + 1), 1)] : [many(scene.n), "1"];
    context.textAlign = "left";
    context.fillText(ends[0], 34, height - 8);
    context.textAlign = "right";
    context.fillText(ends[1], width - 10, height - 8);
    context.textAlign = "center";
    context.fillText(counted ? "log10 (count + 1)" : "rank by token id", middle, height - 8);
    context.textAlign = "right";
    context.fillText(format(low, 1), 31, height - 24);
    context.fillText(format(high, 1), 31, 22);
    context.save();
    context.translate(14, height / 2);
    context.rotate(-Math.PI / 2);
    context.textAlign = "center";
    context.fillText("L2 norm", 0, 0);
    context.restore();
  }

  brush(event) {
    const box = this.plot.getBoundingClientRect(), from = [event.clientX - box.left, event.clientY - box.top];
    this.plot.setPointerCapture(event.pointerId);
    const draw = (e) => {
      const to = [e.clientX - box.left, e.clientY - box.top];
      this.drawPlot();
      const context = this.plot.getContext("2d");
      context.strokeStyle = this.scene.words.colours.mark;
      context.strokeRect(from[0], from[1], to[0] - from[0], to[1] - from[1]);
    };
    const end = (e) => {
      this.plot.removeEventListener("pointermove", draw);
      const to = [e.clientX - box.left, e.clientY - box.top], at = this.plotPlace(box.width, box.height), mask = new Uint8Array(this.scene.n), rows = [];
      const [x0, x1] = [Math.min(from[0], to[0]), Math.max(from[0], to[0])], [y0, y1] = [Math.min(from[1], to[1]), Math.max(from[1], to[1])];
      for (let i = 0; i < this.scene.n; i++) {
        const [x, y] = at(i);
        if (x >= x0 && x <= x1 && y >= y0 && y <= y1 && this.takes(i)) (mask[i] = 1), rows.push(i);
      }
      this.lasso = null;
      this.setChosen(rows, mask);
    };
    this.plot.addEventListener("pointermove", draw);
    this.plot.addEventListener("pointerup", end, { once: true });
  }

  // search

  get lowered() {
    this.texts ??= Array.from({ length: this.scene.n }, (_, i) => this.scene.text(i).toLowerCase());
    return this.texts;
  }

  find(wanted, most = 12) {
    const { scene } = this, lower = wanted.toLowerCase(), bare = lower.trim(), found = [[], [], [], [], [], []];
    if (/^#?\d+$/.test(wanted) && scene.rowOf.has(Number(wanted.replace("#", "")))) found[1].push(scene.rowOf.get(Number(wanted.replace("#", ""))));
    for (let i = 0; i < scene.n; i++) {
      const text = this.lowered[i];
      if (!text.includes(bare || lower)) continue;
      const own = text.trim();
      if (text === lower) found[scene.text(i) === wanted ? 0 : 1].push(i);
      else if (own === bare && bare) found[2].push(i);
      else if (own.startsWith(bare) && bare) found[3].push(i);
      else found[4].push(i);
    }
    return [...new Set(found.flat())].slice(0, most);
  }

  suggest() {
    const wanted = this.search.value, rows = wanted ? this.find(wanted) : [];
    this.hitRows = rows;
    this.hitAt = 0;
    this.search.setAttribute("aria-expanded", String(rows.length > 0));
    this.hits.replaceChildren(...rows.map((row, i) => make("li", { role: "option", "aria-selected": String(i === 0), onclick: () => this.take(row) }, make("b", { text: visible(this.scene.text(row)) }), make("span", { text: `id ${this.scene.id[row]}` }))));
    if (wanted && !rows.length) {
      const words = "No token here contains that; the tokenizer may split it, so try a shorter piece or pin the text below.";
      this.hits.replaceChildren(make("li", { text: words }));
      this.announce(words);
    }
  }

  searchKey(event) {
    event.stopPropagation();
    const { hitRows: rows = [] } = this;
    if (event.key === "Enter" && rows.length) this.take(rows[this.hitAt]);
    else if (event.key === "Escape") {
      this.search.value = "";
      this.suggest();
      this.root.focus({ preventScroll: true });
    } else if ((event.key === "ArrowDown" || event.key === "ArrowUp") && rows.length) {
      event.preventDefault();
      this.hitAt = (this.hitAt + (event.key === "ArrowDown" ? 1 : rows.length - 1)) % rows.length;
      [...this.hits.children].forEach((item, i) => item.setAttribute("aria-selected", String(i === this.hitAt)));
      this.announce(this.sentence(rows[this.hitAt]));
    }
  }

  take(row) {
    this.search.value = "";
    this.suggest();
    this.root.focus({ preventScroll: true });
    this.stage.scrollIntoView({ block: "nearest" });
    this.centre(row);
  }

  // keys

  get focused() {
    return this.root.getRootNode().activeElement;
  }

  /* the disk itself takes the focus, so that keys are heard */
  hear() {
    this.root.focus({ preventScroll: true });
  }

  /* new content in `parent`; a focus that would go with the old one stays in the component */
  refill(parent, ...children) {
    const held = parent.contains(this.focused);
    parent.replaceChildren(...children);
    if (held) this.hear();
  }

  /* the keys of the disk are heard wherever the focus is in the component, but for what that place needs itself */
  key(event) {
    event.stopPropagation(); // Streamlit has keys of its own
    if (event.ctrlKey || event.metaKey || event.altKey || keptBy(event.target, event.key)) return;
    const act = {
      "/": () => this.search.focus(),
      Enter: () => this.selected !== null && this.centre(this.selected),
      Backspace: () => this.goBack(),
      0: () => this.home(),
      n: () => this.north(),
      N: () => this.north(),
      F: () => this.fill(),
      Escape: () => this.clear(),
      "?": () => (this.help.open = !this.help.open),
      f: () => this.fill(),
      "+": () => this.magnify(1.4),
      "-": () => this.magnify(1 / 1.4),
      ArrowLeft: () => this.walk(Math.PI),
      ArrowRight: () => this.walk(0),
      ArrowUp: () => this.walk(Math.PI / 2),
      ArrowDown: () => this.walk(-Math.PI / 2),
    }[event.key];
    if (!act) return;
    event.preventDefault();
    this.touched();
    act();
  }

  magnify(factor) {
    this.touched();
    const scale = Math.min(60, Math.max(1, this.zoom.scale * factor)), f = scale / this.zoom.scale;
    this.zoom = scale <= 1 ? { scale: 1, x: 0, y: 0 } : { scale, x: this.zoom.x * f, y: this.zoom.y * f };
    this.dirty(true);
  }

  walk(direction) {
    if (this.selected === null) {
      const p = this.place();
      const row = this.pick(p.cx, p.cy) ?? 0;
      this.choose(row, false);
      return;
    }
    const from = move(this.camera, this.pointOf(this.selected)), away = toOrigin(radiusOf(from), angleOf(from));
    const near = nearestInDisk(this.scene, this.selected, 24).map((q) => ({ ...q, angle: angleOf(move(away, move(this.camera, this.pointOf(q.row)))) }));
    const off = (q) => Math.abs(Math.atan2(Math.sin(q.angle - direction), Math.cos(q.angle - direction)));
    const ahead = near.filter((q) => off(q) < Math.PI / 3);
    const next = (ahead.length ? ahead : near).sort((a, b) => a.d * (1 + off(a)) - b.d * (1 + off(b)))[0];
    if (next) this.choose(next.row, false);
  }

  unpin() {
    this.pinned = [];
    this.pinNear = new Map();
    this.pins.replaceChildren();
    this.showPinText("");
  }

  clear() {
    this.setChosen([], null);
    this.unpin();
    this.choose(null, true);
    this.announce("Nothing selected.");
  }

  // taking it home

  state() {
    const { ar, ai, br, bi } = this.camera;
    return `${[ar, ai, br, bi].join(",")},${this.view}`; // every digit counts far out
  }

  /* what a person has made of this disk and the server does not know; rows are those of the scene */
  memory() {
    const open = !this.plot.classList.contains("hidden"), selected = this.selected === null ? null : this.scene.id[this.selected];
    return { camera: this.state(), zoom: this.zoom, past: this.past, future: this.future, selected, chosen: this.chosen?.rows ?? [], lasso: this.lasso, only: this.only ?? null, colour: this.colour, plot: open };
  }

  recall({ camera, zoom, past, future, chosen, lasso, only, colour, plot }) {
    this.restored = this.restore(camera);
    if (!this.restored) return;
    Object.assign(this, { zoom, past, future });
    const item = colour === this.colour && this.paint.items?.find(({ code }) => code === only);
    if (item) this.isolate(item, [...this.legend.querySelectorAll("button")][this.paint.items.indexOf(item)]);
    if (plot && this.plot.classList.contains("hidden")) this.togglePlot();
    if (chosen.length) {
      const mask = new Uint8Array(this.scene.n);
      for (const row of chosen) mask[row] = 1;
      this.lasso = lasso;
      this.setChosen(chosen, mask);
    }
  }

  restore(text) {
    const parts = String(text).split(","), [ar, ai, br, bi] = parts.slice(0, 4).map(Number);
    if (![ar, ai, br, bi].every((x) => Math.abs(x) < 1e12) || Math.abs(ar * ar + ai * ai - br * br - bi * bi - 1) > 1e-9 * (1 + ar * ar + ai * ai)) return false;
    if (offOrigin({ br, bi }) > this.scene.farthest + BEYOND + 1) return false; // farther out than one can drag
    this.camera = renormalised({ ar, ai, br, bi });
    this.setView(parts[4]);
    return true;
  }

  fill() {
    if (document.fullscreenElement) document.exitFullscreen();
    else this.root.requestFullscreen?.();
  }

  /* the disk drawn anew for paper, with what it shows above and the legend below */
  savePicture() {
    this.sharp = PRINTED;
    this.resize();
    this.draw(performance.now());
    const k = PRINTED, { words } = this.scene, style = getComputedStyle(this.root), lines = this.legendLines();
    const canvas = make("canvas", { width: this.over.width, height: this.over.height + k * (34 + 26 * lines.length + 12) }), context = canvas.getContext("2d");
    context.fillStyle = style.getPropertyValue("--st-background-color") || "#ffffff";
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.drawImage(this.gl ? this.glCanvas : this.points, 0, 34 * k);
    context.drawImage(this.over, 0, 34 * k);
    context.setTransform(k, 0, 0, k, 0, 0);
    context.fillStyle = style.color;
    context.textAlign = "center";
    context.font = `bold 15px ${this.font}`;
    context.fillText(`${words.model}: ${many(this.scene.n)} tokens, ${words.method}, R = ${words.radius}, ${VIEWS[this.view].split(" ")[0]} disk`, this.wide / 2, 21, this.wide - 16);
    lines.forEach((line, row) => this.drawLegendLine(context, line, 34 + this.side + 26 * row + 16));
    this.sharp = undefined;
    this.resize();
    canvas.toBlob((blob) => save(blob, "disk.png"), "image/png");
  }

  /* what the legend says, broken into lines as wide as the picture: [colour, shape, text], a ramp where the colour is a list of stops */
  legendLines() {
    const { items, scale, missing } = this.paint, context = this.over.getContext("2d", CPU);
    const parts = (items ?? []).map((item) => [item.colour, item.shape, item.label]);
    if (scale) parts.push([scale.stops, "ramp", `${format(scale.low, 1)} to ${format(scale.high, 1)} ${scale.label}`]);
    if (missing) parts.push([missing.colour, "circle", missing.label]);
    context.font = `13px ${this.font}`;
    const lines = [[]];
    let used = 0;
    for (const [colour, shape, text] of parts) {
      const width = context.measureText(text).width + (shape === "ramp" ? 150 : 34);
      if (used && used + width > this.wide - 16) lines.push([]), (used = 0);
      lines.at(-1).push({ colour, shape, text, width });
      used += width;
    }
    return lines;
  }

  drawLegendLine(context, line, y) {
    let x = (this.wide - line.reduce((sum, part) => sum + part.width, 0)) / 2;
    context.textAlign = "left";
    context.font = `13px ${this.font}`;
    const ink = context.fillStyle;
    for (const { colour, shape, text, width } of line) {
      const wide = shape === "ramp" ? 120 : 14;
      if (shape === "ramp") {
        const ramp = context.createLinearGradient(x, 0, x + wide, 0);
        for (const [at, hex] of colour) ramp.addColorStop(at, hex);
        context.fillStyle = ramp;
        context.fillRect(x, y - 10, wide, 10);
      } else {
        context.fillStyle = colour;
        const k = PRINTED, side = 14 * k;
        for (let v = 0; v < side; v++) for (let u = 0; u < side; u++) if (within(shape ?? "circle", u - side / 2 + 0.5, v - side / 2 + 0.5, 5.5 * k)) context.fillRect(Math.round(x) + u / k, y - 12 + v / k, 1 / k, 1 / k);
      }
      context.fillStyle = ink;
      context.fillText(text, x + wide + 5, y);
      x += width;
    }
  }

  saveTable() {
    save(new Blob([this.csv(this.chosen.rows)], { type: "text/csv;charset=utf-8" }), "disk-selection.csv");
  }

  async savePage() {
    const source = await (await fetch(import.meta.url)).text();
    save(new Blob([page(source, this)], { type: "text/html;charset=utf-8" }), "disk.html");
  }

  async copyLink() {
    const address = new URL(location.href);
    if (this.selected !== null) address.searchParams.set("token", this.scene.id[this.selected]);
    address.searchParams.set("camera", this.state());
    let told = "Link to this view copied.";
    try {
      await navigator.clipboard.writeText(address.href);
    } catch {
      history.replaceState(null, "", address);
      told = "The address bar now holds the link to this view.";
    }
    this.announce(told);
    this.chips.append(make("span", { text: told }));
    this.said = null;
  }

  // messages from the server

  control(message) {
    if (message.colour && message.colour !== this.colour) this.recolour(message.colour);
    const found = message.neighbours, row = found ? this.scene.rowOf.get(found.id) : undefined;
    const learn = (at, answer) => this.answers.set(at, { row: at, nearest: rowsOf(answer.nearest), cosine: answer.cosine, kept: answer.kept });
    const rowsOf = (ids) => ids.map((id) => this.scene.rowOf.get(id)).filter((r) => r !== undefined);
    const id = found ? found.id : null, answered = this.asked.indexOf(id), foreign = answered < 0 && id !== this.heard;
    if (answered >= 0) this.asked.splice(0, answered + 1); // answers come in order
    this.heard = id;
    if (row !== undefined) {
      const first = !this.started;
      if (first) this.selected = row;
      if (first) this.begin(id, row);
      if (!first && foreign && this.selected !== row) this.centre(row, false); // the address changed without us
      learn(row, found);
      this.server = this.answers.get(this.selected) ?? null;
    } else if (!this.started) this.begin(null, null);
    else if (foreign && this.selected !== null) this.choose(null, false);
    const looked = message.look ? this.scene.rowOf.get(message.look.id) : undefined;
    if (looked !== undefined) {
      learn(looked, message.look);
      if (this.hovered === looked) this.fillCard(looked);
    }
    if (!message.pins) {
      this.unpin();
    } else {
      this.pinned = rowsOf(message.pins.ids);
      this.pinNear = new Map(message.pins.ids.map((pin, k) => [this.scene.rowOf.get(pin), rowsOf(message.pins.near?.[k] ?? [])]));
      this.showPins(message.pins);
    }
    this.started = true;
    this.describe();
    this.dirty(true);
  }

  /* the first picture: as it was left if the same token is selected, else with that token in the middle */
  begin(id, row) {
    if (!this.restored && this.left?.selected === id) this.recall(this.left);
    if (!this.restored && row !== null) this.stand(row);
  }

  /* a token in the middle, or where the other layout stands already */
  stand(row) {
    const { partner } = this;
    if (partner && partner.started && leader === partner) {
      this.camera = partner.camera;
      return;
    }
    this.camera = toOrigin(this.scene.rho[row], this.scene.theta[row]);
    this.touched();
  }

  remove() {
    document.removeEventListener("keydown", this.slash);
    clearTimeout(this.agreeing);
    clearTimeout(this.looking);
    this.observer.disconnect();
    this.gliding = null;
    if (this.frame) cancelAnimationFrame(this.frame);
  }
}

function save(blob, name) {
  const address = URL.createObjectURL(blob), link = make("a", { href: address, download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 10000);
}

function toBase64(bytes) {
  let text = "";
  for (let i = 0; i < bytes.length; i += 32768) text += String.fromCharCode(...bytes.subarray(i, i + 32768));
  return btoa(text);
}

/* one page with the module, the scene and the view in it */
function page(source, disk) {
  const style = getComputedStyle(disk.root), vary = (name) => `${name}: ${style.getPropertyValue(name) || "initial"};`;
  const theme = ["--st-text-color", "--st-background-color", "--st-secondary-background-color", "--st-primary-color"].map(vary).join(" ");
  const found = disk.server, ids = (rows) => rows.map((r) => disk.scene.id[r]);
  const message = { colour: disk.colour, neighbours: found ? { id: disk.scene.id[found.row], nearest: ids(found.nearest), cosine: found.cosine, kept: found.kept } : null };
  if (disk.pinned.length) message.pins = { ids: ids(disk.pinned), pieces: disk.pinned.map((r) => disk.scene.text(r)), near: disk.pinned.map((r) => ids(disk.pinNear.get(r) ?? [])) };
  const state = JSON.stringify({ message, memory: disk.memory() }).replaceAll("<", "\\u003c");
  const body = source.replaceAll("</script", "<\\/script");
  return `<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Poincaré disk</title>
<style>:root { ${theme} } body { margin: 18px; background: var(--st-background-color); color: var(--st-text-color); font-family: system-ui, sans-serif; }</style>
<div id="disk"></div><p id="line" style="opacity:.8;font-size:14px"></p>
<script type="module">${body}
standalone(document.getElementById("disk"), "${toBase64(disk.options.bytes)}", ${state});
document.getElementById("line").textContent = ${JSON.stringify(disk.scene.words.provenance).replaceAll("<", "\\u003c")};
</script></html>`;
}

const COLOURS = ["kind", "taxonomy", "script", "frequency", "norm", "neighbours kept"];

export function standalone(root, base64, { message, memory }) {
  const bytes = Uint8Array.from(atob(base64), (sign) => sign.charCodeAt(0));
  const disk = new Disk(root, readScene(bytes), { bytes, colour: message.colour, colours: COLOURS });
  disk.recall(memory);
  disk.control(message);
  return disk;
}

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".hypviz-disk");
  if (!root || !data) return undefined;
  const bytes = data instanceof Uint8Array ? data : new Uint8Array(data);
  const name = readHead(bytes).head.words.key, spot = MEETING.get(name) ?? {};
  MEETING.set(name, spot);
  if (spot.disk && spot.root === root) {
    spot.disk.repaint(); // the same scene once more, perhaps in another theme
    return undefined;
  }
  const scene = readScene(bytes);
  spot.disk?.remove();
  root.replaceChildren();
  const send = (message) => (spot.send ?? ((m) => setTriggerValue("said", m)))(message);
  spot.root = root;
  spot.disk = new Disk(root.appendChild(document.createElement("div")), scene, { bytes, colour: spot.message?.colour ?? "kind", send });
  spot.mounts = (spot.mounts ?? 0) + 1;
  spot.disk.left = spot.left;
  const camera = new URL(location.href).searchParams.get("camera");
  if (camera) spot.disk.restored = spot.disk.restore(camera);
  if (spot.message) spot.disk.control(spot.message);
  spot.disk.partner?.dirty(true); // which drew no drift while it was alone
  return () => {
    spot.left = spot.disk?.memory();
    spot.disk?.remove();
    spot.disk = spot.root = spot.message = undefined;
  };
}
