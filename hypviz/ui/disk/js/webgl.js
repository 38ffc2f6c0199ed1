/* All tokens by the graphics card, as sprites; positions come from `project` in float64. */

import { DIMMED } from "./raster.js";

const VERTEX = `#version 300 es
  in vec2 at; in vec4 ink; in vec2 look; uniform float radius; out vec4 colour; flat out int form;
  void main() { gl_Position = vec4(at, 0.0, 1.0); gl_PointSize = max(2.0, 2.0 * radius * look.y + 1.0); colour = ink; form = int(look.x); }`;

const FRAGMENT = `#version 300 es
  precision mediump float; in vec4 colour; flat in int form; out vec4 result;
  void main() {
    vec2 p = abs(2.0 * gl_PointCoord - 1.0); vec2 q = 2.0 * gl_PointCoord - 1.0;
    bool inside = form == 2 ? max(p.x, p.y) < 0.85 : form == 3 ? p.x + p.y < 1.1 : form == 1 ? q.y < 0.75 && q.y > -1.0 + 1.8 * p.x
      : form == 4 ? min(p.x, p.y) < 0.36 : dot(p, p) < 1.0;
    if (!inside) discard;
    result = vec4(colour.rgb * colour.a, colour.a);
  }`;

const SOFTWARE = /swiftshader|llvmpipe|software|basic render|softpipe/i;

const ATTRIBUTES = ["at", "ink", "look"];

/* the card, or null where there is none or (unless `anyway`) where it is software, which is slower than `raster` */
export function openCard(canvas, anyway) {
  const gl = canvas.getContext("webgl2", { antialias: true, premultipliedAlpha: true, preserveDrawingBuffer: true });
  if (!gl) return null;
  const info = gl.getExtension("WEBGL_debug_renderer_info");
  const renderer = info ? String(gl.getParameter(info.UNMASKED_RENDERER_WEBGL)) : "";
  if (!anyway && SOFTWARE.test(renderer)) return null;
  const program = link(gl);
  return gl.getProgramParameter(program, gl.LINK_STATUS) ? new GraphicsCard(gl, program) : null;
}

function link(gl) {
  const program = gl.createProgram();
  for (const [type, source] of [
    [gl.VERTEX_SHADER, VERTEX],
    [gl.FRAGMENT_SHADER, FRAGMENT],
  ]) {
    const shader = gl.createShader(type);
    gl.shaderSource(shader, source);
    gl.compileShader(shader);
    gl.attachShader(program, shader);
  }
  gl.linkProgram(program);
  return program;
}

class GraphicsCard {
  constructor(gl, program) {
    this.gl = gl;
    this.program = program;
    this.buffers = ATTRIBUTES.map(() => gl.createBuffer());
    this.columns = columnsFor(0);
  }

  /* `sight`: X, Y, S and place in pixels; `ink`: packed, shape, dim, how much larger tokens that stand apart are (else 0), and the
     strength of all others */
  draw(sight, ink, radius, width, height) {
    const n = sight.X.length;
    if (this.columns.look.length !== 2 * n) this.columns = columnsFor(n);
    const { gl, program } = this;
    gl.viewport(0, 0, width, height);
    this.clear();
    if (ink.strength <= 0 && !ink.larger) return;
    fillColumns(this.columns, sight, ink, width, height);
    gl.enable(gl.BLEND);
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
    gl.useProgram(program);
    this.send(0, 2, gl.FLOAT, false);
    this.send(1, 4, gl.UNSIGNED_BYTE, true);
    this.send(2, 2, gl.FLOAT, false);
    gl.uniform1f(gl.getUniformLocation(program, "radius"), radius);
    gl.drawArrays(gl.POINTS, 0, n);
  }

  send(k, size, type, unit) {
    const { gl } = this;
    const where = gl.getAttribLocation(this.program, ATTRIBUTES[k]);
    gl.bindBuffer(gl.ARRAY_BUFFER, this.buffers[k]);
    gl.bufferData(gl.ARRAY_BUFFER, this.columns[ATTRIBUTES[k]], gl.STREAM_DRAW);
    gl.enableVertexAttribArray(where);
    gl.vertexAttribPointer(where, size, type, unit, 0, 0);
  }

  clear() {
    this.gl.clearColor(0, 0, 0, 0);
    this.gl.clear(this.gl.COLOR_BUFFER_BIT);
  }

  /* waits until everything is drawn */
  finish() {
    const { gl } = this;
    gl.readPixels(0, 0, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, new Uint8Array(4));
  }
}

const columnsFor = (n) => ({ at: new Float32Array(2 * n), ink: new Uint8Array(4 * n), look: new Float32Array(2 * n) });

/* the most frequent last, on top; with `larger`, first the grey ones, then the named ones over them */
function fillColumns({ at, ink, look }, { X, Y, S, place }, { packed, shape, dim, larger, strength }, width, height) {
  const n = X.length;
  let k = 0;
  for (let t = (larger ? 2 : 1) * n - 1; t >= 0; t--) {
    const i = t % n;
    const colour = packed[i];
    const named = colour >>> 24 >= 255;
    if (larger && t >= n === named) continue;
    at[2 * k] = (2 * (place.cx + place.scale * X[i])) / width - 1;
    at[2 * k + 1] = 1 - (2 * (place.cy - place.scale * Y[i])) / height;
    ink[4 * k] = colour & 255;
    ink[4 * k + 1] = (colour >> 8) & 255;
    ink[4 * k + 2] = (colour >> 16) & 255;
    ink[4 * k + 3] = (colour >>> 24) * (dim && !dim[i] ? DIMMED : 1) * (larger && named ? 1 : strength);
    look[2 * k] = shape[i];
    look[2 * k + 1] = (0.5 + 0.5 * (1 - S[i])) * (larger && named ? larger : 1);
    k++;
  }
}
