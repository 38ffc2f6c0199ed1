/* A slide and a drawn disk as SVG: the text of the file, in which every word is escaped and nothing runs. */

import { SLIDE } from "./slide.js";

const ESCAPED = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

const FOREIGN = /[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu; // to XML 1.0, of which no file may hold it

export const escaped = (text) =>
  String(text)
    .replaceAll(FOREIGN, "\ufffd")
    .replaceAll(/[&<>"]/g, (sign) => ESCAPED[sign]);

const short = (x) => String(Math.round(10 * x) / 10);

const PATHS = {
  circle: (x, y, r) =>
    `M${short(x - r)} ${short(y)}a${short(r)} ${short(r)} 0 1 0 ${short(2 * r)} 0a${short(r)} ${short(r)} 0 1 0 ${short(-2 * r)} 0z`,
  "triangle-up": (x, y, r) => `M${short(x)} ${short(y - 1.1 * r)}l${short(r)} ${short(1.9 * r)}h${short(-2 * r)}z`,
  square: (x, y, r) => `M${short(x - 0.88 * r)} ${short(y - 0.88 * r)}h${short(1.76 * r)}v${short(1.76 * r)}h${short(-1.76 * r)}z`,
  diamond: (x, y, r) => {
    const k = short(1.25 * r);
    return `M${short(x)} ${short(y - 1.25 * r)}l${k} ${k}l-${k} ${k}l-${k} -${k}z`;
  },
  cross: (x, y, r) => {
    const [a, b] = [0.38 * r, 1.1 * r];
    const [thick, arm] = [short(2 * a), short(b - a)];
    const down = `h${thick}v${arm}h${arm}v${thick}h-${arm}v${arm}h-${thick}v-${arm}h-${arm}v-${thick}h${arm}z`;
    return `M${short(x - a)} ${short(y - b)}${down}`;
  },
};

/* the outline of a token's shape of radius r */
export const pathOf = (shape, x, y, r) => PATHS[shape](x, y, r);

const attributes = (values) =>
  Object.entries(values)
    .map(([name, value]) => ` ${name}="${escaped(typeof value === "number" ? short(value) : value)}"`)
    .join("");

const tag = (name, values, content = "") =>
  content ? `<${name}${attributes(values)}>${content}</${name}>` : `<${name}${attributes(values)}/>`;

/* a word {text, x, y, size, bold, middle, halo} */
function wordTag({ text, x, y, size, bold, middle, halo, fill }) {
  const weight = bold ? { "font-weight": "bold" } : {};
  const anchor = middle ? { "text-anchor": "middle" } : {};
  const around = halo ? { stroke: "#ffffff", "stroke-width": halo, "stroke-linejoin": "round", "paint-order": "stroke" } : {};
  return tag("text", { x, y, "font-size": size, ...weight, ...anchor, ...around, ...(fill ? { fill } : {}) }, escaped(text));
}

const circleTag = ({ cx, cy, r }, values) => tag("circle", { cx, cy, r, fill: "none", ...values });

function plateTag({ box: [left, top, right, bottom], colour }) {
  const [width, height] = [right - left, bottom - top];
  return tag("rect", {
    x: left,
    y: top,
    width,
    height,
    rx: height / 2,
    fill: "#ffffff",
    "fill-opacity": ".86",
    stroke: colour,
    "stroke-width": 2,
  });
}

const groupTag = ({ colour, opacity, d }) => tag("path", { fill: colour, ...(opacity < 1 ? { "fill-opacity": String(opacity) } : {}), d });

function rampTags({ stops, x, y, wide, high }, k) {
  const inks = stops.map(([at, hex]) => tag("stop", { offset: String(at), "stop-color": hex })).join("");
  return tag("linearGradient", { id: `ramp${k}` }, inks) + tag("rect", { x, y, width: wide, height: high, fill: `url(#ramp${k})` });
}

/* the disk: boundary, rings, groups of points {colour, opacity, d} or one `image` of them, lines, marks {d, fill, stroke}, plates and words */
function diskOf({ place, rings, groups, image, lines, marks, plates, words }) {
  const { side } = SLIDE.disk;
  return [
    circleTag({ ...place, r: place.scale }, { stroke: "#888888", "stroke-width": 2 }),
    ...rings.map((r) => circleTag({ ...place, r }, { stroke: "#888888", "stroke-opacity": ".45" })),
    image ? tag("image", { width: side, height: side, href: image }) : tag("g", { id: "points" }, groups.map(groupTag).join("\n") || " "),
    ...lines.map((d) => tag("path", { d, fill: "none", stroke: "#888888", "stroke-width": 1.5 })),
    ...marks.map(({ d, fill, stroke }) => tag("path", { d, fill: fill ?? "none", stroke: stroke ?? "none", "stroke-width": 2 })),
    ...plates.map(plateTag),
    ...words.map(wordTag),
  ].join("\n");
}

/* the file: `slide` as `slideOf` gives it, `drawn` as `diskOf` takes it, `title` for those who cannot see it, `font` as in a style sheet */
export function svgOf(slide, drawn, { title, font, ink }) {
  const { wide, high, disk } = SLIDE;
  const box = { x: 0, y: 0, width: disk.side, height: disk.side };
  const size = { width: wide, height: high, viewBox: `0 0 ${wide} ${high}` };
  const parts = [
    tag("title", {}, escaped(title)),
    tag("rect", { width: wide, height: high, fill: "#ffffff" }),
    tag("clipPath", { id: "box" }, tag("rect", box)),
    tag("g", { id: "disk", transform: `translate(${disk.x} ${disk.y})`, "clip-path": "url(#box)" }, diskOf(drawn)),
    ...slide.ramps.map(rampTags),
    ...slide.swatches.map(({ colour, shape, x, y }) => tag("path", { fill: colour, d: pathOf(shape, x, y, 9) })),
    ...slide.texts.map(wordTag),
  ];
  const all = { xmlns: "http://www.w3.org/2000/svg", ...size, "font-family": font, fill: ink, role: "img" };
  return `<?xml version="1.0" encoding="UTF-8"?>\n${tag("svg", all, `\n${parts.join("\n")}\n`)}\n`;
}
