"""The disk in a real browser: its geometry against mpmath, and everything a person does with it, without a network."""

from __future__ import annotations

import base64
import csv
import json
import re
from pathlib import Path
from typing import Any

import mpmath
import numpy as np
import pytest

from hypviz.geometry import polar_distance
from tests.studies.test_disk_scene import make_scene

pytestmark = [pytest.mark.browser, pytest.mark.slow]
MODULE = Path(__file__).resolve().parents[2] / "hypviz" / "ui" / "disk.js"
MINUTES = 60_000
DISK = "[...globalThis.hypvizDisks.values()].find((spot) => spot.disk).disk"
LOAD = "async (source) => { window.m = await import(URL.createObjectURL(new Blob([source], {type: 'text/javascript'}))); }"
SCENE = (
    "(data) => { const b = Uint8Array.from(atob(data), (s) => s.charCodeAt(0)); window.scene = window.m.readScene(b); window.bytes = b; }"
)
COLOURS = {"kind": [["#0072B2", "circle"]] * 8, "taxonomy": [["#0072B2", "circle"]] * 10, "scale": [[0, "#000000"], [1, "#ffffff"]]}
WORDS = {"key": "k", "model": "m", "source": "s", "counted": True, "provenance": "p", "middles": [], "method": "x", "partner": None}
WORDS |= {"colours": COLOURS | {"missing": "#888888", "mark": "#D55E00"}}


@pytest.fixture
def module(page: Any) -> Any:
    """A blank page with the module as `m` and 400 tokens up to rho = 20 as `scene`."""
    page.goto("about:blank")
    page.evaluate(LOAD, MODULE.read_text(encoding="utf-8"))
    text = ("<img src=x onerror=\"document.title='hit'\">", *(f" w{i}" for i in range(399)))
    data = make_scene(400, words=WORDS, text=text).to_bytes()
    page.evaluate(SCENE, base64.b64encode(data).decode())
    return page


def seen(rho: float, theta: float, camera_rho: float, camera_theta: float, view: str, reach: float) -> complex:
    """Where a point lies for a camera on another point, with 60 digits."""
    with mpmath.workdps(60):
        z = mpmath.tanh(mpmath.mpf(rho) / 2) * mpmath.expjpi(mpmath.mpf(theta) / mpmath.pi)
        p = mpmath.tanh(mpmath.mpf(camera_rho) / 2) * mpmath.expjpi(mpmath.mpf(camera_theta) / mpmath.pi)
        w = (z - p) / (1 - mpmath.conj(p) * z)
        r = abs(w)
        if r == 0:
            return 0j
        size = {"poincare": r, "klein": 2 * r / (1 + r * r), "native": 2 * mpmath.atanh(r) / reach}[view]
        return complex(w / r * size)


@pytest.mark.parametrize("view", ["poincare", "klein", "native"])
def test_positions_are_right_to_half_a_pixel_as_far_out_as_rho_20(module, view):
    found = module.evaluate(
        """(view) => {
          const order = [...Array(scene.n).keys()].sort((a, b) => scene.rho[b] - scene.rho[a]);
          const X = new Float64Array(scene.n), Y = X.slice(), S = X.slice();
          return [order[0], order[5], order[200]].map((row) => {
            const camera = m.toOrigin(scene.rho[row], scene.theta[row]);
            m.project(scene, camera, view, 45, X, Y, S);
            return {row, x: [...X], y: [...Y], rho: [...scene.rho], theta: [...scene.theta]};
          });
        }""",
        view,
    )
    for camera in found:
        rho, theta, row = camera["rho"], camera["theta"], camera["row"]
        expected = np.array([seen(r, t, rho[row], theta[row], view, 45.0) for r, t in zip(rho, theta, strict=True)])
        off = np.abs(np.array(camera["x"]) + 1j * np.array(camera["y"]) - expected) * 200.0
        assert off.max() <= 0.5, (row, off.max())


def test_the_layout_reaches_the_browser_to_half_a_pixel(module):
    scene = make_scene(400, words=WORDS)
    rho, theta = (np.array(module.evaluate(f"[...scene.{name}]")) for name in ("rho", "theta"))
    for i in np.argsort(scene.rho)[-20:]:  # seen from the point itself, where an error is largest
        assert abs(seen(rho[i], theta[i], scene.rho[i], scene.theta[i], "poincare", 1.0)) * 200.0 <= 0.5


def test_isometries_compose_glide_and_stay_isometries(module):
    found = module.evaluate(
        """() => {
          const p = {c: Math.cosh(1.5), u: Math.sinh(1.5) * Math.cos(0.4), v: Math.sinh(1.5) * Math.sin(0.4)}, q = m.pointAt(-0.3, 0.6);
          const there = m.move(m.transvection(p, q), p), gap = (a, b) => m.radiusOf(m.move(m.toOrigin(m.radiusOf(a), m.angleOf(a)), b));
          const from = m.compose(m.rotation(2.5), m.toOrigin(3, 1)), to = m.compose(m.rotation(-1), m.toOrigin(5, -2));
          const path = m.way(from, to);
          const middle = (c) => { const i = m.inverse(c); return m.move(i, {c: 1, u: 0, v: 0}); };
          const stops = [0, 0.25, 0.5, 0.75, 1].map((s) => middle(path.at(s)));
          const steps = stops.slice(1).map((x, k) => gap(stops[k], x));
          let camera = m.identity(), state = 7;
          const random = () => ((state = (state * 48271) % 2147483647) / 2147483647) * 1.2 - 0.6;
          const somewhere = () => m.pointAt(random(), random());
          const a = m.pointAt(0.1, 0.2), b = m.pointAt(-0.5, 0.3), before = gap(a, b);
          const turned = m.compose(m.rotation(0.3), m.toOrigin(2, 1));
          for (let k = 0; k < 10000; k++) {
            const next = m.compose(m.transvection(somewhere(), somewhere()), camera);
            if (m.offOrigin(next) < 20) camera = next;
          }
          const back = m.compose(m.inverse(from), from);
          const norm = camera.ar ** 2 + camera.ai ** 2 - camera.br ** 2 - camera.bi ** 2;
          return {there: [there.u - q.u, there.v - q.v], steps, d: path.d, back, norm, size: camera.ar ** 2 + camera.ai ** 2,
            end: [path.at(1).ar - to.ar, path.at(1).br - to.br], near: gap(m.move(turned, a), m.move(turned, b)) - before};
        }"""
    )
    assert np.allclose(found["there"], 0, atol=1e-12) and np.allclose(found["end"], 0, atol=1e-12)
    assert np.allclose(found["steps"], found["d"] / 4, rtol=1e-9)
    assert abs(found["norm"] - 1) <= 1e-9 * found["size"] and abs(found["near"]) < 1e-12
    assert found["back"] == pytest.approx({"ar": 1, "ai": 0, "br": 0, "bi": 0}, abs=1e-12)


def test_a_tokens_text_stays_text_and_colours_are_there_for_every_name(module):
    found = module.evaluate(
        """async () => {
          document.body.replaceChildren(document.createElement('div'));
          const disk = new m.Disk(document.body.firstChild, scene, {bytes, colour: 'kind'});
          for (const name of ['kind', 'taxonomy', 'script', 'frequency', 'norm', 'neighbours kept']) disk.recolour(name);
          disk.choose(0, false); disk.showCard(0, {x: 10, y: 10}); disk.search.value = 'img'; disk.suggest();
          disk.setChosen([0, 1], Uint8Array.from({length: scene.n}, (_, i) => +(i < 2)));
          await new Promise((done) => setTimeout(done, 300));
          const words = {said: disk.live.textContent, text: disk.about.textContent, csv: disk.csv([0, 1])};
          return {images: document.querySelectorAll('img').length, title: document.title, ...words};
        }"""
    )
    assert found["images"] == 0 and found["title"] != "hit"
    assert "<img" in found["text"] and found["said"] == "2 tokens selected."
    head, *rows = csv.reader(found["csv"].splitlines())
    assert head[:2] == ["token_id", "text"] and len(rows) == 2 and "onerror" in rows[0][1]


@pytest.fixture
def disk(page: Any, app_url: str) -> Any:
    """The Disk page of the bundled model, drawn."""
    page.goto(f"{app_url}/disk?model=bundled", timeout=3 * MINUTES)
    page.wait_for_function(f"globalThis.hypvizDisks && {DISK}.frames > 1", timeout=3 * MINUTES)
    page.locator("canvas.over").scroll_into_view_if_needed()
    return page


def settle(page: Any) -> None:
    page.wait_for_timeout(150)
    page.wait_for_function(f"!{DISK}.gliding && !{DISK}.frame")


def place_of(page: Any, row: int) -> tuple[float, float]:
    """The window's coordinates of a token."""
    x, y = page.evaluate(
        f"(row) => {{ const d = {DISK}, p = d.place(); return [p.cx + p.scale * d.X[row], p.cy - p.scale * d.Y[row]]; }}", row
    )
    box = page.locator("canvas.over").bounding_box()
    return box["x"] + x, box["y"] + y


def drag(page: Any, start: tuple[float, float], *stops: tuple[float, float], key: str | None = None) -> None:
    if key:
        page.keyboard.down(key)
    page.mouse.move(*start)
    page.mouse.down()
    for stop in stops:
        page.mouse.move(*stop, steps=5)
    page.mouse.up()
    if key:
        page.keyboard.up(key)


def test_dragging_clicking_searching_and_keys(disk):
    page = disk
    box = page.locator("canvas.over").bounding_box()
    middle = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)

    row = page.evaluate(f"{DISK}.pick({DISK}.place().cx + 60, {DISK}.place().cy + 120) ?? 3")
    held, goal = place_of(page, row), (middle[0] + 40, middle[1] - 90)
    drag(page, held, goal)
    settle(page)
    assert np.hypot(*np.subtract(place_of(page, row), goal)) <= 1.0  # the token under the cursor stayed there

    page.keyboard.press("Backspace")
    settle(page)
    assert page.evaluate(f"Math.hypot({DISK}.camera.br, {DISK}.camera.bi)") < 1e-9

    page.keyboard.press("/")
    page.keyboard.type("dogs")
    page.keyboard.press("Enter")
    page.get_by_text("Nearest in the original space").wait_for()
    settle(page)
    token = page.evaluate(f"{DISK}.scene.id[{DISK}.selected]")
    page.wait_for_url(re.compile(f"token={token}"))
    assert np.hypot(*np.subtract(place_of(page, page.evaluate(f"{DISK}.selected")), middle)) <= 1.0
    assert page.evaluate("[...globalThis.hypvizDisks.values()].map((spot) => spot.mounts)") == [1]
    table = page.locator(".about tbody tr")
    assert table.count() == 10
    places = page.evaluate(f"[{DISK}.selected, ...{DISK}.server.nearest].map((i) => [{DISK}.scene.rho[i], {DISK}.scene.theta[i]])")
    (rho, theta), others = places[0], np.array(places[1:])
    expected = polar_distance(others[:, 0], others[:, 1], to_rho=rho, to_theta=theta)
    assert [float(line.locator("td").nth(1).inner_text()) for line in table.all()] == pytest.approx(expected, abs=0.051)

    for key in ("ArrowLeft", "ArrowUp", "ArrowRight", "ArrowDown"):
        page.keyboard.press(key)
    assert page.evaluate(f"{DISK}.selected !== null && {DISK}.live.textContent.length > 20")
    for key in ("r", "c", "n", "0"):
        page.keyboard.press(key)
    settle(page)
    assert page.get_by_role("dialog").count() == 0
    assert page.evaluate(f"Math.hypot({DISK}.camera.br, {DISK}.camera.bi)") < 1e-9

    drag(
        page, (middle[0] - 90, middle[1] - 90), *((middle[0] + x, middle[1] + y) for x, y in ((90, -90), (90, 90), (-90, 90))), key="Shift"
    )
    page.get_by_text(re.compile(r"^\d[\d,]* tokens selected$")).wait_for()
    with page.expect_download() as taken:
        page.get_by_role("button", name="CSV", exact=True).click()
    rows = list(csv.DictReader(Path(taken.value.path()).read_text(encoding="utf-8").splitlines()))
    assert rows and {"token_id", "text", "rho", "theta"} <= rows[0].keys()
    page.locator("canvas.over").hover()
    page.evaluate(f"{DISK}.root.focus()")
    page.keyboard.press("Escape")
    page.wait_for_url(lambda url: "token=" not in url)
    assert page.evaluate(f"{DISK}.chosen === null && {DISK}.selected === null")


def test_a_click_moves_kilobytes(page, app_url):
    frames: list[int] = []
    page.on("websocket", lambda socket: socket.on("framereceived", lambda frame: frames.append(len(frame))))
    page.goto(f"{app_url}/disk?model=bundled", timeout=3 * MINUTES)
    page.wait_for_function(f"globalThis.hypvizDisks && {DISK}.frames > 1", timeout=3 * MINUTES)
    page.wait_for_timeout(1500)
    page.evaluate(f"{DISK}.centre(40)")
    page.get_by_text("Nearest in the original space").wait_for()
    page.wait_for_timeout(1000)
    frames.clear()
    page.evaluate(f"{DISK}.centre(60)")
    page.wait_for_function(f"{DISK}.server && {DISK}.server.row === 60")
    page.wait_for_timeout(1000)
    assert sum(frames) <= 10_000, frames
    assert page.evaluate("[...globalThis.hypvizDisks.values()].map((spot) => spot.mounts)") == [1]


def test_a_view_can_be_taken_home(disk, tmp_path):
    page = disk
    page.evaluate(f"{DISK}.centre({DISK}.find('cats')[0])")
    page.get_by_text("Nearest in the original space").wait_for()
    settle(page)
    page.get_by_role("combobox", name="Model of the hyperbolic plane").select_option("klein")
    state = page.evaluate(f"{DISK}.state()")
    with page.expect_download() as taken:
        page.get_by_role("button", name="PNG", exact=True).click()
    assert Path(taken.value.path()).read_bytes()[:4] == b"\x89PNG"
    with page.expect_download() as taken:
        page.get_by_role("button", name="HTML", exact=True).click()
    home = tmp_path / "disk.html"
    taken.value.save_as(home)
    expected = page.evaluate(f"[{DISK}.scene.n, {DISK}.colour, {DISK}.scene.id[{DISK}.selected]]")
    address = page.url

    asked: list[str] = []
    other = page.context.browser.new_context().new_page()
    other.on("request", lambda request: asked.append(request.url))
    other.goto(home.as_uri())
    other.wait_for_selector("canvas.over")
    other.wait_for_timeout(500)
    assert not [url for url in asked if url.startswith("http")]
    assert json.dumps(expected[0]) in other.locator(".chips").inner_text().replace(",", "")
    assert other.locator(".about h4").inner_text().endswith("cats") and other.locator(".about tbody tr").count() == 10
    assert other.get_by_role("combobox", name="Colour by").input_value() == expected[1]

    other.goto(f"{address}&camera={state}", timeout=3 * MINUTES)
    other.wait_for_function(f"globalThis.hypvizDisks && {DISK}.frames > 1 && {DISK}.selected !== null", timeout=3 * MINUTES)
    *numbers, view = other.evaluate(f"{DISK}.state()").split(",")
    assert view == "klein" and [float(x) for x in numbers] == pytest.approx([float(x) for x in state.split(",")[:4]], rel=1e-12)
    assert other.evaluate(f"{DISK}.scene.id[{DISK}.selected]") == expected[2]
