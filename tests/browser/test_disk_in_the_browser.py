"""The disk in a real browser: its geometry against mpmath, and everything a person does with it, without a network."""

from __future__ import annotations

import base64
import csv
import json
import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import mpmath
import numpy as np
import pytest

from hypviz.geometry import polar_distance
from hypviz.ui.disk.joining import package_module
from tests.studies.test_disk_scene import make_scene

pytestmark = [pytest.mark.browser, pytest.mark.slow]
MINUTES = 60_000
DISK = "[...globalThis.hypvizDisks.values()].find((spot) => spot.disk).disk"
DRAWN = "[...(globalThis.hypvizDisks ?? new Map()).values()].some((spot) => spot.disk?.stage.frames > 1)"
LOAD = "async (source) => { window.m = await import(URL.createObjectURL(new Blob([source], {type: 'text/javascript'}))); }"
SCENE = (
    "(data) => { const b = Uint8Array.from(atob(data), (s) => s.charCodeAt(0)); window.scene = window.m.readScene(b); window.bytes = b; }"
)
WORDS = {"key": "k", "model": "m", "source": "s", "counted": True, "provenance": "p", "method": "x", "partner": None}
WORDS |= {"colours": {"missing": "#888888", "mark": "#D55E00"}}


@pytest.fixture
def module(page: Any) -> Any:
    """A blank page with the module as `m` and 400 tokens up to rho = 20 as `scene`."""
    page.goto("about:blank")
    page.evaluate(LOAD, package_module("mount"))
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


def exact(camera: dict[str, float], rho: float, theta: float, view: str, reach: float) -> complex:
    """Where a camera with these float64 numbers, taken as exact, shows a point, with 60 digits."""
    with mpmath.workdps(60):
        a, b = mpmath.mpc(camera["ar"], camera["ai"]), mpmath.mpc(camera["br"], camera["bi"])
        z = mpmath.tanh(mpmath.mpf(rho) / 2) * mpmath.expj(mpmath.mpf(theta))
        w = (a * z + b) / (mpmath.conj(b) * z + mpmath.conj(a))
        r = abs(w)
        size = {"poincare": r, "klein": 2 * r / (1 + r * r), "native": 2 * mpmath.atanh(r) / reach}[view]
        return complex(w / r * size)


def apart(p: dict[str, float], q: dict[str, float]) -> float:
    """The hyperbolic distance of two points (cosh(rho/2), sinh(rho/2) e^(i theta)), with 60 digits."""
    with mpmath.workdps(60):
        (zp, cp), (zq, cq) = (
            (mpmath.mpc(x["u"], x["v"]), mpmath.sqrt(1 + mpmath.mpf(x["u"]) ** 2 + mpmath.mpf(x["v"]) ** 2)) for x in (p, q)
        )
        return float(2 * mpmath.asinh(abs(zp * cq - zq * cp)))


@pytest.mark.parametrize("view", ["poincare", "klein", "native"])
def test_a_camera_on_its_way_and_a_turned_one_show_points_where_they_are(module, view):
    cameras = """() => {
      const far = [...Array(scene.n).keys()].sort((a, b) => scene.rho[b] - scene.rho[a]);
      const on = (row) => m.toOrigin(scene.rho[row], scene.theta[row]);
      const path = m.way(on(far[0]), on(far[3]));
      return [path.at(0.01), path.at(0.5), path.at(0.97), m.compose(m.rotation(2.1), on(far[1]))];
    }"""
    found = module.evaluate(
        f"""(view) => ({cameras})().map((camera) => {{
          const X = new Float64Array(scene.n), Y = X.slice(), S = X.slice();
          m.project(scene, camera, view, 60, X, Y, S);
          return {{camera, x: [...X], y: [...Y], rho: [...scene.rho], theta: [...scene.theta]}};
        }})""",
        view,
    )
    for one in found:
        expected = np.array([exact(one["camera"], r, t, view, 60.0) for r, t in zip(one["rho"], one["theta"], strict=True)])
        assert (np.abs(np.array(one["x"]) + 1j * np.array(one["y"]) - expected) * 200.0).max() <= 0.5
    turned, on = found[-1], int(np.argsort(found[-1]["rho"])[-2])  # from the definition: turned after the token has gone to the middle
    expected = [
        seen(r, t, turned["rho"][on], turned["theta"][on], view, 60.0) * np.exp(2.1j)
        for r, t in zip(turned["rho"], turned["theta"], strict=True)
    ]
    assert (np.abs(np.array(turned["x"]) + 1j * np.array(turned["y"]) - expected) * 200.0).max() <= 0.5


@pytest.mark.parametrize(
    ("start", "end"), [((3, 1, 2.5), (5, -2, -1)), ((0, 0, 0), (8, 1, 0.5)), ((4, 2, 1), (4, 2, -2)), ((12, 0.3, 0), (12, 3, 0))]
)
def test_a_way_has_constant_speed_and_ends_at_its_target(module, start, end):
    found = module.evaluate(
        """([start, end]) => {
          const camera = ([d, angle, turn]) => m.compose(m.rotation(turn), m.toOrigin(d, angle)), from = camera(start), to = camera(end);
          const path = m.way(from, to), middle = (c) => m.move(m.inverse(c), {c: 1, u: 0, v: 0});
          const stops = [0, 0.25, 0.5, 0.75, 1].map((s) => middle(path.at(s)));
          return {d: path.d, stops, target: middle(to), almost: path.at(1 - 1e-12), to};
        }""",
        [start, end],
    )
    stops = found["stops"]
    whole = apart(stops[0], found["target"])
    assert found["d"] == pytest.approx(whole, rel=1e-6, abs=1e-9)
    assert [apart(p, q) for p, q in pairwise(stops)] == pytest.approx([whole / 4] * 4, rel=1e-6, abs=1e-6)
    assert apart(stops[-1], found["target"]) < 1e-9
    almost, to = (np.array([camera[name] for name in ("ar", "ai", "br", "bi")]) for camera in (found["almost"], found["to"]))
    assert min(np.abs(almost - to).max(), np.abs(almost + to).max()) <= 1e-7 * np.abs(to).max()  # m and -m are one isometry


def test_a_transvection_takes_a_point_to_another_along_their_geodesic(module):
    found = module.evaluate(
        """() => [[0.1, 0.2, -0.5, 0.3], [0.9, 0, -0.9, 0.1], [0, 0, 0.6, 0.6], [0.3, 0.3, 0.3, 0.3]].map(([a, b, c, d]) => {
          const p = m.pointAt(a, b), q = m.pointAt(c, d), t = m.transvection(p, q), there = m.move(t, p);
          const back = m.compose(m.inverse(t), t);
          return {p, q, there, twice: m.move(t, q), back: [back.ar, back.ai, back.br, back.bi]};
        })"""
    )
    for one in found:
        assert apart(one["there"], one["q"]) < 1e-12 and one["back"] == pytest.approx([1, 0, 0, 0], abs=1e-12)
        d = apart(one["p"], one["q"])  # on one geodesic, p to q and q to its image add up
        assert apart(one["p"], one["twice"]) == pytest.approx(2 * d, abs=1e-9)


@pytest.mark.parametrize("start", ["m.identity()", "m.compose(m.rotation(1), m.toOrigin(10, 2))"])
def test_ten_thousand_small_drags_leave_an_isometry(module, start):
    found = module.evaluate(
        """(start) => {
          const made = eval(start), here = (x, y) => m.move(m.inverse(made), m.pointAt(x, y));
          const one = here(0.1, 0.2), other = here(-0.5, 0.3);
          let camera = made, state = 7, norm = 0, moved = 0;
          const random = () => (state = (state * 48271) % 2147483647) / 2147483647 - 0.5, pairs = [];
          for (let k = 0; k < 10000; k++) {
            const x = 1.2 * random(), y = 1.2 * random();
            const next = m.compose(m.transvection(m.pointAt(x, y), m.pointAt(x + 0.04 * random(), y + 0.04 * random())), camera);
            if (m.offOrigin(next) < m.offOrigin(made) + 3) { camera = next; moved++; }
            norm = Math.max(norm, Math.abs(camera.ar ** 2 + camera.ai ** 2 - camera.br ** 2 - camera.bi ** 2 - 1));
            if (k % 500 === 499) pairs.push([m.move(camera, one), m.move(camera, other)]);
          }
          return {norm, moved, pairs, before: [m.move(made, one), m.move(made, other)]};
        }""",
        start,
    )
    assert found["moved"] > 9_000 and found["norm"] <= 1e-9
    assert [apart(*pair) for pair in found["pairs"]] == pytest.approx([apart(*found["before"])] * 20, abs=1e-6)


def test_a_tokens_text_stays_text_and_colours_are_there_for_every_name(module):
    found = module.evaluate(
        """async () => {
          document.body.replaceChildren(document.createElement('div'));
          const disk = new m.Disk(document.body.firstChild, scene, {bytes, colour: 'kind'});
          for (const { name } of scene.colours) disk.legend.recolour(name);
          disk.picks.choose(0, false); disk.card.show(0, {x: 10, y: 10}); disk.search.box.value = 'img'; disk.search.suggest();
          disk.selection.set([0, 1]);
          const words = {said: disk.voice.element.textContent, text: disk.about.element.textContent, csv: m.csv(scene, [0, 1])};
          return {images: document.querySelectorAll('img').length, title: document.title, ...words};
        }"""
    )
    assert found["images"] == 0 and found["title"] != "hit"
    assert "<img" in found["text"] and found["said"] == "2 tokens selected."
    head, *rows = csv.reader(found["csv"].splitlines())
    assert head[:2] == ["token_id", "text"] and len(rows) == 2 and "onerror" in rows[0][1]


HUGE = [pytest.param(text) for text in ("1e200,0,1e200,0,klein", "1e200,0,0,0,native")]


@pytest.mark.parametrize(
    "text", ["", "1,0,0", "a,b,c,d,klein", "1,0,1,0,klein", "NaN,0,0,0", "1,0,0,1e9,klein", "1e9,0,1e9,0,klein", *HUGE]
)
def test_a_camera_that_is_none_is_refused(module, text):
    found = module.evaluate(
        """(text) => {
          document.body.replaceChildren(document.createElement('div'));
          const disk = new m.Disk(document.body.firstChild, scene, {bytes}), done = disk.memory.restore(text);
          return {done, camera: Object.values(disk.state.camera).every(Number.isFinite)};
        }""",
        text,
    )
    assert found["camera"] and not found["done"]


def test_the_question_mark_opens_the_keys_as_the_label_says(module):
    module.evaluate(
        "() => { document.body.replaceChildren(document.createElement('div')); new m.Disk(document.body.firstChild, scene, {bytes}); }"
    )
    assert "question mark for keys" in module.get_by_role("application").get_attribute("aria-label")
    module.get_by_role("application").focus()
    module.keyboard.press("?")
    assert module.evaluate("document.querySelector('details').open")


@pytest.fixture
def disk(page: Any, app_url: str) -> Any:
    """The Disk page of the bundled model, drawn."""
    page.goto(f"{app_url}/disk?model=bundled", timeout=3 * MINUTES)
    page.wait_for_function(DRAWN, timeout=3 * MINUTES)
    page.get_by_text("Measured on every drawn token").wait_for()  # the last thing on the page
    page.locator("canvas.over").scroll_into_view_if_needed()
    return page


def settle(page: Any) -> None:
    """Wait until nothing moves, everything is drawn and the server has answered what it was asked."""
    page.wait_for_function(f"{DISK}.root.dataset.settled === 'yes'")


def answered(page: Any, row: int) -> None:
    """Wait until the token is selected and its neighbours in the original space are there."""
    page.wait_for_function(f"{DISK}.state.selected === {row} && {DISK}.state.answers.has({row})")


def two_disks(page: Any) -> None:
    """Wait until two disks that know of each other stand beside each other and nothing else is drawn or on its way."""
    page.wait_for_function(
        """() => {
          const disks = [...(globalThis.hypvizDisks ?? new Map()).values()].filter((spot) => spot.disk).map((spot) => spot.disk);
          return document.querySelector('[data-test-script-state=notRunning]') && disks.length === 2
            && disks.every((disk) => disk.scene.words.partner && disk.root.dataset.settled === 'yes');
        }""",
        timeout=2 * MINUTES,
    )


def place_of(page: Any, row: int) -> tuple[float, float]:
    """The window's coordinates of a token."""
    x, y = page.evaluate(
        f"(row) => {{ const d = {DISK}, p = d.sight.place(); return [p.cx + p.scale * d.sight.X[row], p.cy - p.scale * d.sight.Y[row]]; }}",
        row,
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

    row = page.evaluate(f"{DISK}.picks.at({DISK}.sight.place().cx + 60, {DISK}.sight.place().cy + 120) ?? 3")
    held, goal = place_of(page, row), (middle[0] + 40, middle[1] - 90)
    drag(page, held, goal)
    settle(page)
    assert np.hypot(*np.subtract(place_of(page, row), goal)) <= 1.0  # the token under the cursor stayed there

    page.keyboard.press("Backspace")
    settle(page)
    assert page.evaluate(f"Math.hypot({DISK}.state.camera.br, {DISK}.state.camera.bi)") < 1e-9

    page.keyboard.press("/")
    page.keyboard.type("dogs")
    page.keyboard.press("Enter")
    page.get_by_text("Nearest in the original space").wait_for()
    settle(page)
    token = page.evaluate(f"{DISK}.scene.id[{DISK}.state.selected]")
    page.wait_for_url(re.compile(f"token={token}"))
    assert np.hypot(*np.subtract(place_of(page, page.evaluate(f"{DISK}.state.selected")), middle)) <= 1.0
    assert page.evaluate("[...globalThis.hypvizDisks.values()].map((spot) => spot.mounts)") == [1]
    table = page.locator(".about table:not(.still) tbody tr")
    assert table.count() == 10
    places = page.evaluate(
        f"""(() => {{ const d = {DISK}, row = d.state.selected;
          return [row, ...d.state.answers.get(row).nearest].map((i) => [d.scene.rho[i], d.scene.theta[i]]); }})()"""
    )
    (rho, theta), others = places[0], np.array(places[1:])
    expected = polar_distance(others[:, 0], others[:, 1], to_rho=rho, to_theta=theta)
    assert [float(line.locator("td").nth(1).inner_text()) for line in table.all()] == pytest.approx(expected, abs=0.051)

    for key in ("ArrowLeft", "ArrowUp", "ArrowRight", "ArrowDown"):
        page.keyboard.press(key)
    assert page.evaluate(f"{DISK}.state.selected !== null && {DISK}.voice.element.textContent.length > 20")
    for key in ("n", "0"):
        page.keyboard.press(key)
    settle(page)
    assert page.evaluate(f"Math.hypot({DISK}.state.camera.br, {DISK}.state.camera.bi)") < 1e-9

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
    assert page.evaluate(f"{DISK}.state.chosen === null && {DISK}.state.selected === null")


def test_a_click_selects_and_moves_kilobytes(page, app_url):
    came: list[int] = []
    went: list[int] = []

    def listen(socket: Any) -> None:
        socket.on("framereceived", lambda frame: came.append(len(frame)))
        socket.on("framesent", lambda frame: went.append(len(frame)))

    def quiet() -> None:
        """Wait until no frame has come for a second."""
        before = -1
        while len(came) != before:
            before = len(came)
            page.wait_for_timeout(1000)

    page.on("websocket", listen)
    page.goto(f"{app_url}/disk?model=bundled", timeout=3 * MINUTES)
    page.wait_for_function(DRAWN, timeout=3 * MINUTES)
    quiet()
    scene = page.evaluate(f"{DISK}.options.bytes.length")
    assert max(came) > scene  # so frames are what is counted here

    page.locator("canvas.over").scroll_into_view_if_needed()
    row = page.evaluate(
        f"""(() => {{ const d = {DISK}, p = d.sight.place();
          const there = (i) => d.picks.at(p.cx + p.scale * d.sight.X[i], p.cy - p.scale * d.sight.Y[i]);
          return [...d.sight.X.keys()].find((i) => d.sight.S[i] < 0.6 && there(i) === i); }})()"""
    )
    came.clear()
    page.mouse.click(*place_of(page, row))
    page.get_by_text("Nearest in the original space").wait_for()
    page.wait_for_url(re.compile(f"token={page.evaluate(f'{DISK}.scene.id[{row}]')}(&|$)"))
    quiet()
    assert page.evaluate(f"{DISK}.state.selected") == row and page.locator(".about table:not(.still) tbody tr").count() == 10
    assert 0 < sum(came) <= 10_000, came
    assert str(page.evaluate(f"{DISK}.scene.id[{row}]")) in page.evaluate(f"{DISK}.voice.element.textContent")

    came.clear()  # the same token once more changes nothing
    page.evaluate(f"{DISK}.options.send({{pick: {DISK}.scene.id[{row}]}})")
    quiet()
    assert 0 < sum(came) <= 5_000, came

    went.clear()
    page.evaluate(f"{DISK}.root.focus()")
    for key in ("r", "c"):
        page.keyboard.press(key)
    quiet()
    assert not went and page.get_by_role("dialog").count() == 0  # Streamlit's own keys do nothing in the disk
    came.clear()
    page.evaluate(f"{DISK}.root.blur()")
    page.keyboard.press("r")  # and outside of it they run the whole page
    quiet()
    assert went and 0 < sum(came) <= 5_000 < scene, (sum(came), sorted(came))
    assert page.evaluate("[...globalThis.hypvizDisks.values()].map((spot) => spot.mounts)") == [1]


def test_an_emptied_pin_text_lets_go_of_its_tokens(disk):
    page = disk
    text = page.get_by_role("searchbox", name="Tokenise a text and pin its tokens")
    text.fill("the dogs")
    text.press("Enter")
    page.wait_for_function(f"{DISK}.state.pinned.length > 0")
    page.wait_for_url(re.compile("pin=the"))
    text.fill("")
    text.press("Enter")
    page.wait_for_url(lambda url: "pin=" not in url)
    page.wait_for_function(f"{DISK}.state.pinned.length === 0", timeout=3000)


def test_the_browsers_back_goes_to_the_token_before(disk):
    page = disk
    for row in (40, 60):
        page.evaluate(f"{DISK}.motion.centre({row})")
        answered(page, row)
        page.wait_for_url(re.compile(f"token={page.evaluate(f'{DISK}.scene.id[{row}]')}"))
    page.go_back()
    page.wait_for_url(re.compile(f"token={page.evaluate(f'{DISK}.scene.id[40]')}"))
    page.wait_for_function(f"{DISK}.state.selected === 40", timeout=3000)


def test_a_token_left_and_taken_again_has_its_neighbours(disk):
    page = disk
    for row in (40, 50):
        page.evaluate(f"{DISK}.motion.centre({row})")
        answered(page, row)
    page.evaluate(f"{DISK}.root.focus()")
    page.keyboard.press("ArrowRight")
    page.evaluate(f"{DISK}.motion.centre(50)")  # what the server has already said
    answered(page, 50)


def test_a_walk_by_arrows_promises_no_answer_that_nobody_asked_for(disk):
    page = disk
    page.evaluate(f"{DISK}.root.focus()")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    settle(page)
    assert not page.evaluate(f"{DISK}.state.asked.length || {DISK}.about.element.textContent.includes('Looking up')")
    assert page.evaluate(f"{DISK}.state.selected !== null")


def test_a_view_can_be_taken_home(disk, tmp_path):
    page = disk
    page.evaluate(f"{DISK}.motion.centre({DISK}.search.find('cats')[0])")
    page.get_by_text("Nearest in the original space").wait_for()
    settle(page)
    page.get_by_role("combobox", name="Model of the hyperbolic plane").select_option("klein")
    state = page.evaluate(f"{DISK}.memory.camera()")
    with page.expect_download() as taken:
        page.get_by_role("button", name="PNG", exact=True).click()
    assert Path(taken.value.path()).read_bytes()[:4] == b"\x89PNG"
    with page.expect_download() as taken:
        page.get_by_role("button", name="HTML", exact=True).click()
    home = tmp_path / "disk.html"
    taken.value.save_as(home)
    expected = page.evaluate(f"[{DISK}.scene.n, {DISK}.state.colour, {DISK}.scene.id[{DISK}.state.selected]]")
    address = page.url

    asked: list[str] = []
    other = page.context.browser.new_context().new_page()
    other.on("request", lambda request: asked.append(request.url))
    other.context.set_offline(True)
    other.goto(home.as_uri())
    other.wait_for_selector(".hv[data-settled=yes]")
    assert not [url for url in asked if url.startswith("http")]
    assert json.dumps(expected[0]) in other.locator(".chips").inner_text().replace(",", "")
    assert other.locator(".about h4").inner_text().endswith("cats") and other.locator(".about table:not(.still) tbody tr").count() == 10
    assert other.get_by_role("combobox", name="Colour by").input_value() == expected[1]

    other.context.set_offline(False)
    other.goto(f"{address}&camera={state}", timeout=3 * MINUTES)
    other.wait_for_function(f"{DRAWN} && {DISK}.state.selected !== null", timeout=3 * MINUTES)
    *numbers, view = other.evaluate(f"{DISK}.memory.camera()").split(",")
    assert view == "klein" and [float(x) for x in numbers] == pytest.approx([float(x) for x in state.split(",")[:4]], rel=1e-12)
    assert other.evaluate(f"{DISK}.scene.id[{DISK}.state.selected]") == expected[2]


def test_the_tokens_within_each_distance_are_counted_from_wherever_one_looks(module):
    """The counts in the rings and in the table against distances that Python computes from the camera's place."""
    found = module.evaluate(
        """() => {
          document.body.replaceChildren(document.createElement('div'));
          const disk = new m.Disk(document.body.firstChild, scene, {bytes}), out = [];
          for (const row of [null, 7, 390]) {
            if (row !== null) disk.store.change({camera: m.toOrigin(scene.rho[row], scene.theta[row])});
            disk.stage.draw(performance.now());
            disk.counts.count();
            const lines = [...disk.about.element.querySelectorAll('.still tbody tr')];
            const rows = lines.map((tr) => [...tr.children].map((td) => td.textContent));
            out.push([row, [...disk.counts.within], rows]);
          }
          return [out, [...scene.rho], [...scene.theta]];
        }"""
    )
    views, rho, theta = found[0], np.array(found[1]), np.array(found[2])
    for row, counts, table in views:
        there = (0.0, 0.0) if row is None else (float(rho[row]), float(theta[row]))
        d = polar_distance(rho, theta, to_rho=there[0], to_theta=there[1])
        assert [k for k, _ in counts][:3] == [1, 2, 3] and counts[-1][0] == np.ceil(rho.max()) and len(counts) <= 10
        assert [count for _, count in counts] == [int((d <= k * (1 + 1e-9)).sum()) for k, _ in counts]
        assert row is not None or counts[-1][1] == len(rho)  # the outermost one lies within its own distance
        assert [int(cells[1].replace(",", "")) for cells in table] == [count for _, count in counts]
        for (k, _), cells in zip(counts, table, strict=True):
            area = float((mpmath.sinh(mpmath.mpf(k) / 2) / mpmath.sinh(mpmath.mpf(1) / 2)) ** 2)
            assert cells[0] == str(k) and cells[2] == f"{round(area):,} ×" and cells[3] == f"{k * k} ×"


def test_pinned_tokens_show_their_neighbours(module):
    found = module.evaluate(
        """() => {
          document.body.replaceChildren(document.createElement('div'));
          const disk = new m.Disk(document.body.firstChild, scene, {bytes}), id = (row) => scene.id[row];
          const pins = { ids: [id(3), id(9), 9999999], pieces: [' w2', ' w8', '?'], near: [[id(20), id(21)], [id(30)], []], left: 4 };
          disk.control({ neighbours: null, pins });
          disk.stage.draw(performance.now());
          const rows = [...disk.pins.list.querySelectorAll('tbody tr')].map((tr) => [...tr.children].map((td) => td.textContent));
          const said = disk.pins.list.textContent;
          disk.picks.clear();
          return [rows, said, disk.state.pinNear.size, disk.pins.list.children.length];
        }"""
    )
    assert (
        found[0] == [["␣w2", "␣w19, ␣w20"], ["␣w8", "␣w29"]] and "(1 not laid out)" in found[1] and "4 more that are not marked" in found[1]
    )
    assert found[2:] == [0, 0]


@pytest.mark.parametrize("colour", ["kind", "norm"])
def test_the_saved_picture_is_drawn_for_print_and_has_its_legend(module, colour):
    found = module.evaluate(
        """async (colour) => {
          document.body.replaceChildren(document.createElement('div'));
          const disk = new m.Disk(document.body.firstChild, scene, {bytes, colour}), before = [disk.stage.over.width, disk.sight.ratio];
          const kept = HTMLCanvasElement.prototype.toBlob, taken = new Promise((done) => {
            HTMLCanvasElement.prototype.toBlob = function () { done(this); };
          });
          disk.picture.save();
          HTMLCanvasElement.prototype.toBlob = kept;
          const canvas = await taken, context = canvas.getContext('2d');
          const differing = (y, h) => {
            const p = context.getImageData(0, y, canvas.width, h).data;
            return p.filter((value, i) => i % 4 === 0 && value !== p[0]).length;
          };
          const after = [disk.stage.over.width, disk.sight.ratio], below = canvas.height - 3 * (26 + 12);
          return [canvas.width / before[0], differing(0, 90), differing(below, 78), after.join() === before.join()];
        }""",
        colour,
    )
    ratio, title, legend, restored = found
    assert ratio == pytest.approx(3, rel=0.01) and title > 100 and legend > 100 and restored


def test_picks_there_and_back_leave_the_address_on_the_last_one(disk):
    page = disk
    page.evaluate(f"{DISK}.motion.centre(40)")
    answered(page, 40)
    page.wait_for_url(re.compile(f"token={page.evaluate(f'{DISK}.scene.id[40]')}"))
    for wait in (5, 30, 60):
        page.evaluate(
            f"new Promise((done) => {{ {DISK}.motion.centre(60); setTimeout(() => {{ {DISK}.motion.centre(40); done(); }}, {wait}); }})"
        )
        page.wait_for_function(f"{DISK}.state.heard === {DISK}.scene.id[40] && !{DISK}.state.asked.length")  # the server's last word
        assert page.evaluate(f"{DISK}.state.selected") == 40
        page.wait_for_url(re.compile(f"token={page.evaluate(f'{DISK}.scene.id[40]')}"))


def test_the_faster_way_of_drawing_stays(module):
    """`trusted` takes the graphics at their word, as on a machine whose software calls itself a card."""
    race, card, drawn, both = module.evaluate(
        """async () => {
          document.body.replaceChildren(document.createElement('div'));
          const disk = new m.Disk(document.body.firstChild, scene, {bytes, trusted: true});
          while (!disk.stage.frames) await new Promise(requestAnimationFrame);
          const filled = (canvas) => {
            const copy = document.createElement('canvas');
            copy.width = canvas.width, copy.height = canvas.height;
            const context = copy.getContext('2d');
            context.drawImage(canvas, 0, 0);
            return context.getImageData(0, 0, copy.width, copy.height).data.some((value) => value > 0);
          };
          const { race, card, canvas, cardCanvas } = disk.points;
          return [race, card !== null, disk.stage.frames > 0, [filled(cardCanvas), filled(canvas)]];
        }"""
    )
    assert race["card"] > 0 and race["loop"] > 0 and drawn
    assert card == (race["card"] <= race["loop"]) and both == [card, not card]


@pytest.mark.parametrize("colour", ["kind", "family"])
def test_both_ways_of_drawing_show_the_same_picture(module, colour):
    """Colours averaged over squares of 24 pixels, the card's pass beside the loop's, over white."""
    apart, ink = module.evaluate(
        """async (colour) => {
          const squares = async (draw) => {
            document.body.replaceChildren(document.createElement('div'));
            const disk = new m.Disk(document.body.firstChild, scene, {bytes, colour, draw});
            while (!disk.stage.frames) await new Promise(requestAnimationFrame);
            const shown = disk.points.card ? disk.points.cardCanvas : disk.points.canvas, copy = document.createElement('canvas');
            copy.width = shown.width, copy.height = shown.height;
            const context = copy.getContext('2d'), found = [];
            context.fillStyle = '#fff';
            context.fillRect(0, 0, copy.width, copy.height);
            context.drawImage(shown, 0, 0);
            for (let y = 0; y + 24 <= copy.height; y += 24) for (let x = 0; x + 24 <= copy.width; x += 24) {
              const p = context.getImageData(x, y, 24, 24).data, sum = [0, 0, 0];
              for (let i = 0; i < p.length; i++) if (i % 4 < 3) sum[i % 4] += p[i] / 576;
              found.push(...sum);
            }
            return [found, disk.points.card !== null];
          };
          const [card, isCard] = await squares('webgl'), [loop, other] = await squares('raster');
          if (!isCard || other) throw new Error('not the two ways');
          return [Math.max(...card.map((value, i) => Math.abs(value - loop[i]))), Math.max(...loop.map((value) => 255 - value))];
        }""",
        colour,
    )
    assert ink > 30 and apart < 0.35 * ink


def test_the_card_under_the_mouse_learns_the_neighbours_in_the_original_space(disk):
    page = disk
    row = page.evaluate(f"{DISK}.picks.at({DISK}.sight.place().cx + 60, {DISK}.sight.place().cy + 120) ?? 3")
    page.mouse.move(*place_of(page, row))
    page.wait_for_function(f"{DISK}.card.element.textContent.includes('near in the original space: ')")
    asked, nearest = page.evaluate(f"[{DISK}.card.hovered, {DISK}.state.answers.get({DISK}.card.hovered).nearest]")
    card = page.evaluate(f"{DISK}.card.element.textContent")
    names = page.evaluate(f"{nearest[:5]}.map((r) => {DISK}.scene.text(r).replaceAll(' ', '␣'))")
    assert card.endswith("near in the original space: " + "  ".join(names)) and asked is not None
    assert page.evaluate(f"{DISK}.state.selected === null") and "token=" not in page.url
    page.mouse.move(2, 2)
    assert page.evaluate(f"{DISK}.card.element.classList.contains('hidden') && {DISK}.card.hovered === null")


def test_coming_back_from_another_page_finds_the_disk_as_it_was_left(disk):
    page = disk
    page.evaluate(f"{DISK}.motion.centre(40)")
    page.wait_for_url(re.compile(f"token={page.evaluate(f'{DISK}.scene.id[40]')}"))
    settle(page)
    middle = page.evaluate(f"(({{ cx, cy }}) => [cx, cy])({DISK}.sight.place())")
    box = page.locator("canvas.over").bounding_box()
    middle = (box["x"] + middle[0], box["y"] + middle[1])
    drag(page, middle, (middle[0] + 50, middle[1] + 70))
    page.get_by_role("combobox", name="Model of the hyperbolic plane").select_option("klein")
    page.get_by_role("button", name="Frequency–norm").click()
    page.evaluate(f"{DISK}.selection.set([3, 5, 8])")
    settle(page)
    left = page.evaluate(f"[{DISK}.memory.camera(), {DISK}.state.past.length, {DISK}.state.selected]")
    page.get_by_role("link", name="Layers").click()
    page.get_by_role("heading", name="Layers").wait_for()
    page.wait_for_function("![...globalThis.hypvizDisks.values()].some((spot) => spot.disk)")
    page.get_by_role("link", name="Disk").click()
    page.wait_for_function(f"{DRAWN} && {DISK}.state.started", timeout=MINUTES)
    settle(page)
    assert page.evaluate(f"[{DISK}.memory.camera(), {DISK}.state.past.length, {DISK}.state.selected]") == left and "klein" in left[0]
    assert page.evaluate(f"{DISK}.state.chosen.rows") == [3, 5, 8] and page.locator("canvas.plot").is_visible()


def test_an_isolated_group_keeps_only_its_own_words(module):
    labels, bright, everything = module.evaluate(
        """() => {
          document.body.replaceChildren(document.createElement('div'));
          const disk = new m.Disk(document.body.firstChild, scene, {bytes, colour: 'kind'}), item = disk.state.paint.items[0];
          disk.stage.draw(performance.now());
          const everything = disk.names.chosen.length;
          disk.legend.isolate(item.code);
          disk.stage.draw(performance.now());
          return [disk.names.chosen.map((i) => disk.state.paint.value[i]), item.code, everything];
        }"""
    )
    assert everything > len(labels) > 0 and set(labels) == {bright}


def test_the_slash_finds_the_search_of_the_left_one_of_two_disks(page, app_url):
    page.goto(f"{app_url}/disk?model=bundled&beside=hyperbolic-umap", timeout=3 * MINUTES)
    two_disks(page)
    page.keyboard.press("/")
    page.keyboard.type("dogs")
    disks = "[...globalThis.hypvizDisks.values()].filter((s) => s.disk).map((s) => s.disk)"
    left = f"{disks}.sort((a, b) => a.root.getBoundingClientRect().left - b.root.getBoundingClientRect().left)"
    assert page.evaluate(f"{left}.map((disk) => disk.search.box.value)") == ["dogs", ""]
    assert page.evaluate(f"{left}[1].scene.words.partner === {left}[0].scene.words.key")


def test_the_pinned_text_stands_in_its_box_to_be_corrected(page, app_url):
    page.goto(f"{app_url}/disk?model=bundled&pin=the%20dogs", timeout=3 * MINUTES)
    page.wait_for_function(f"{DRAWN} && {DISK}.state.pinned.length > 0", timeout=MINUTES)
    box = page.get_by_role("searchbox", name="Tokenise a text and pin its tokens")
    assert box.input_value() == "the dogs"
    page.evaluate(f"{DISK}.root.focus()")
    page.keyboard.press("Escape")
    page.wait_for_url(lambda url: "pin=" not in url)
    assert box.input_value() == ""
    box.fill("half a sen")  # typed and not yet pinned: a click in the disk does not take it away
    page.evaluate(f"{DISK}.root.focus()")
    page.evaluate(f"{DISK}.motion.centre(40)")
    answered(page, 40)
    assert box.input_value() == "half a sen"
    box.fill("dog " * 100)
    box.press("Enter")
    page.get_by_text("only the first 300 characters are kept").wait_for()
    box.press("Escape")
    page.wait_for_url(lambda url: "pin=" not in url)
    page.wait_for_function(f"{DISK}.state.pinned.length === 0")
    assert box.input_value() == "" and page.evaluate(f"{DISK}.pins.list.textContent") == ""


def test_of_two_disks_both_count_what_they_show(page, app_url):
    page.goto(f"{app_url}/disk?model=bundled&beside=hyperbolic-umap", timeout=3 * MINUTES)
    two_disks(page)
    page.get_by_text("On the left:").wait_for()
    canvas = page.locator("canvas.over").last
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    middle = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    drag(page, middle, (middle[0] + 60, middle[1] + 30), (middle[0] + 90, middle[1] - 20))
    two_disks(page)
    disks = "[...globalThis.hypvizDisks.values()].filter((s) => s.disk).map((s) => s.disk)"
    shown = page.evaluate(f"{disks}.map((disk) => [[...disk.counts.within], disk.sight.S.length, [...disk.sight.S]])")
    assert len(shown) == 2 and shown[0][0] != shown[1][0]
    for counts, n, squared in shown:
        d = 2 * np.arctanh(np.sqrt(np.array(squared)))
        assert [count for _, count in counts] == [int((d <= k + 1e-6).sum()) for k, _ in counts] and n == 4096


@pytest.mark.parametrize("view", ["poincare", "klein", "native"])
def test_the_words_of_the_rings_do_not_cover_each_other(module, view):
    boxes, wide = module.evaluate(
        """(view) => {
          document.body.replaceChildren(document.createElement('div'));
          const disk = new m.Disk(document.body.firstChild, scene, {bytes});
          disk.motion.setView(view);
          disk.stage.draw(performance.now());
          return [disk.rings.words(disk.overlay.pen()).map(({box}) => box), disk.sight.wide];
        }""",
        view,
    )
    assert len(boxes) == 3 and all(box[2] <= wide for box in boxes)
    assert all(upper[3] <= lower[1] + 1 for upper, lower in pairwise(boxes))


def test_a_lasso_takes_only_what_the_legend_shows_and_goes_home_with_its_line(module):
    chosen, own, kinds, recalled = module.evaluate(
        """() => {
          document.body.replaceChildren(document.createElement('div'));
          const disk = new m.Disk(document.body.firstChild, scene, {bytes, colour: 'kind'});
          const item = disk.state.paint.items[0], p = disk.sight.place();
          disk.legend.isolate(item.code);
          disk.stage.draw(performance.now());
          const line = [[-0.9, -0.9], [0.9, -0.9], [0.9, 0.9], [-0.9, 0.9]].map(([x, y]) => m.pointAt(x / 2, y / 2));
          disk.store.change({lasso: line});
          disk.selection.enclose([[-1, -1], [1, -1], [1, 1], [-1, 1]].map(([x, y]) => [p.cx + x * p.scale, p.cy + y * p.scale]));
          const memory = JSON.parse(JSON.stringify(disk.memory.keep()));
          document.body.replaceChildren(document.createElement('div'));
          const other = new m.Disk(document.body.firstChild, scene, {bytes, colour: 'kind'});
          other.memory.recall(memory);
          const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);
          const recalled = same(other.state.lasso, disk.state.lasso) && same(other.state.chosen.rows, disk.state.chosen.rows)
            && other.state.only === item.code;
          return [disk.state.chosen.rows, item.code, disk.state.chosen.rows.map((i) => disk.state.paint.value[i]), recalled];
        }"""
    )
    assert chosen and set(kinds) == {own} and recalled


def test_a_card_that_goes_away_leaves_the_picture(module):
    drawn = module.evaluate(
        """async () => {
          document.body.replaceChildren(document.createElement('div'));
          const disk = new m.Disk(document.body.firstChild, scene, {bytes, draw: 'webgl'});
          while (!disk.stage.frames) await new Promise(requestAnimationFrame);
          const before = disk.points.card !== null, seen = disk.stage.frames;
          disk.points.cardCanvas.getContext('webgl2').getExtension('WEBGL_lose_context').loseContext();
          while (disk.stage.frames === seen) await new Promise(requestAnimationFrame);
          return [before, disk.points.card === null, disk.points.pixels.some((pixel) => pixel > 0)];
        }"""
    )
    assert drawn == [True, True, True]
