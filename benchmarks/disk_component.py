"""How fast the disk moves: frames a second while gliding over a whole vocabulary, and bytes of the first payload.

Two ways of drawing the same scene in one page, in turn: the loop into an image that the component takes where the graphics are
software, and its WebGL2 pass, the baseline. Chromium runs headless and has no graphics card here. ``python
benchmarks/disk_component.py [--tokens 256000] [--chromium PATH]`` prints a table in Markdown.
"""

from __future__ import annotations

import argparse
import base64
import statistics
import sys
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from hypviz.records.disk_scene import DiskScene, SceneColour
from hypviz.records.disk_view import DiskColour, Group
from hypviz.ui.disk.joining import package_module

OPEN = """async ({source, data, draw}) => {
  const module = await import(URL.createObjectURL(new Blob([source], {type: 'text/javascript'})));
  const bytes = Uint8Array.from(atob(data), (sign) => sign.charCodeAt(0));
  const start = performance.now();
  window.scene = window.scene ?? module.readScene(bytes);
  window.readMs = window.readMs ?? performance.now() - start;
  window.mod = module;
  document.body.replaceChildren(document.createElement('div'));
  document.body.firstChild.style.width = '1080px';
  window.disk?.remove();
  window.disk = new module.Disk(document.body.firstChild, window.scene, {bytes, colour: 'kind', draw});
  await new Promise((done) => setTimeout(done, 800));
  return [window.readMs, !!window.disk.points.card];
}"""
GLIDE = """async (row) => {
  const disk = window.disk, times = [], own = [];
  disk.motion.centre(row, false);
  await new Promise((done) => {
    const tick = (now) => {
      times.push(now);
      own.push(disk.stage.milliseconds);
      if (disk.state.gliding) requestAnimationFrame(tick);
      else done();
    };
    requestAnimationFrame(tick);
  });
  disk.store.change({camera: window.mod.identity()});
  return {frames: times.length - 1, ms: times.at(-1) - times[0], own};
}"""


def scene(n: int) -> DiskScene:
    """Tokens uniform in a hyperbolic disk of radius 12, as a layout of a modern vocabulary fills it."""
    rng = np.random.default_rng(0)
    groups = (
        Group(name="word start", label="word start", colour="#0072B2", shape="circle"),
        Group(name="word continuation", label="word continuation", colour="#56B4E9", shape="circle"),
    )
    kind = DiskColour(label="kind of token", values=rng.integers(0, 2, n).astype(np.float64), groups=groups)
    script = DiskColour(label="writing system", values=np.zeros(n), groups=groups[:1])
    taxonomy = DiskColour(label="category", values=np.full(n, np.nan), groups=groups)
    colours = {"kind": kind, "taxonomy": taxonomy, "script": script}
    return DiskScene(
        token_ids=rng.permutation(n),
        text=tuple(f" token{i}" for i in range(n)),
        rho=np.sort(np.arccosh(1.0 + rng.uniform(size=n) * (np.cosh(12.0) - 1.0))),
        theta=rng.uniform(0.0, 2.0 * np.pi, n),
        counts=(1e9 / np.arange(1, n + 1)).astype(np.int64),  # Zipf's law
        norm=rng.uniform(1.0, 2.0, n),
        kept=np.full(n, 15),
        colours=tuple(SceneColour(name=name, label=name, help="", colour=colour) for name, colour in colours.items()),
        words={
            "key": "benchmark",
            "counted": True,
            "source": "made up",
            "model": "made up",
            "provenance": "",
            "colours": {"missing": "#888888", "mark": "#D55E00"},
        },
    )


def measure(page: Any, source: str, data: str, draw: str, rows: list[int]) -> tuple[float, float]:
    """Median frames a second over some glides, and the median milliseconds that a frame takes in the component."""
    page.evaluate(OPEN, {"source": source, "data": data, "draw": draw})
    glides = [page.evaluate(GLIDE, row) for row in rows]
    rates = [1000.0 * g["frames"] / g["ms"] for g in glides]
    return statistics.median(rates), statistics.median(own for g in glides for own in g["own"])


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tokens", type=int, default=256_000)
    parser.add_argument("--chromium", default="/usr/bin/chromium")
    given = parser.parse_args()
    from playwright.sync_api import sync_playwright

    whole = scene(given.tokens)
    packed = whole.to_bytes()
    text = sum(len(t.encode("utf-8")) + 1 for t in whole.text)
    source, data = package_module("mount"), base64.b64encode(packed).decode()
    rows = [given.tokens // 3, given.tokens // 2, 10]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=given.chromium, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1280, "height": 960})
        found: dict[str, list[tuple[float, float]]] = {"raster": [], "webgl": []}
        for _ in range(3):
            for draw in found:
                found[draw].append(measure(page, source, data, draw, rows))
        reading = page.evaluate("window.readMs")
        browser.close()
    print("| what | frames a second | ms a frame in the component |\n|---|---|---|")
    for draw, values in found.items():
        rate, own = (statistics.median(v[k] for v in values) for k in (0, 1))
        print(f"| gliding over {given.tokens:,} tokens, {draw} | {rate:.0f} | {own:.1f} |")
    print(f"\nPayload {len(packed):,} bytes: {(len(packed) - text) / given.tokens:.2f} a token beside its text; read in {reading:.0f} ms.")


if __name__ == "__main__":
    main()
