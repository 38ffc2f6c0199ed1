"""The disk on its page in a real browser: everything a person does with it, without a network."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from hypviz.geometry import polar_distance
from tests.browser.acting import at_rest
from tests.browser.conftest import ROOT

pytestmark = [pytest.mark.browser, pytest.mark.slow]
MINUTES = 60_000
DISK = "[...(globalThis.hypvizDisks ?? new Map()).values()].find((spot) => spot.disk).disk"
DRAWN = "[...(globalThis.hypvizDisks ?? new Map()).values()].some((spot) => spot.disk?.stage.frames > 1)"


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
    assert page.evaluate("[...(globalThis.hypvizDisks ?? new Map()).values()].map((spot) => spot.mounts)") == [1]
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


class Frames:
    """The frames of the page's connection: those that came, run by run of the script, and the lengths of those that went."""

    def __init__(self, page: Any) -> None:
        self.page = page
        self.largest = 0
        self.run: list[bytes] | None = None  # that of the run under way, None for one that began before `clear`
        self.ended: list[list[bytes]] = []
        self.went: list[int] = []
        page.on("websocket", self._listen)

    def _listen(self, socket: Any) -> None:
        socket.on("framereceived", self._received)
        socket.on("framesent", lambda frame: self.went.append(len(frame)))

    def _received(self, frame: bytes | str) -> None:
        self.largest = max(self.largest, len(frame))
        if isinstance(frame, str):
            return
        kind = ForwardMsg.FromString(frame).WhichOneof("type")
        if kind == "new_session":
            self.run = []
        if self.run is not None:
            self.run.append(frame)
            if kind == "script_finished":
                self.ended.append(self.run)

    def clear(self) -> None:
        self.ended, self.went, self.run = [], [], None

    def of_a_run(self, saying: str = "") -> int:
        """Bytes of the first run of the script begun and ended since `clear` in which some frame says that."""
        for _ in range(MINUTES // 20):
            for run in self.ended:
                if any(saying.encode() in frame for frame in run):
                    return sum(len(frame) for frame in run)
            self.page.wait_for_timeout(20)
        pytest.fail(f"no run of the script has ended within a minute that says {saying!r}: {[list(map(len, run)) for run in self.ended]}")

    def told(self) -> list[tuple[str | None, int, list[int]]]:
        """Kind, length and place of every message of the first run that has ended: what was sent although it had not changed."""
        messages = [(ForwardMsg.FromString(frame), len(frame)) for frame in self.ended[0]]
        return [(message.WhichOneof("type"), size, list(message.metadata.delta_path)) for message, size in messages if size > 100]


def test_a_click_selects_and_moves_kilobytes(page, app_url):
    frames = Frames(page)
    page.goto(f"{app_url}/disk?model=bundled", timeout=3 * MINUTES)
    page.get_by_text("Measured on every drawn token").wait_for(timeout=3 * MINUTES)
    page.locator(".hv[data-settled=yes]").wait_for()
    page.locator("[data-test-script-state=notRunning]").wait_for()
    scene = page.evaluate(f"{DISK}.options.bytes.length")
    assert frames.largest > scene  # so frames are what is counted here

    page.locator("canvas.over").scroll_into_view_if_needed()
    row = page.evaluate(
        f"""(() => {{ const d = {DISK}, p = d.sight.place();
          const places = [...d.sight.X.keys()].map((i) => [p.cx + p.scale * d.sight.X[i], p.cy - p.scale * d.sight.Y[i]]);
          const isBare = ([x, y], i) => d.plates.at(x, y) === null && d.picks.at(x, y) === i;
          return places.findIndex((place, i) => d.sight.S[i] < 0.6 && isBare(place, i)); }})()"""
    )
    frames.clear()
    page.mouse.click(*place_of(page, row))
    page.mouse.move(3, 3)  # where the disk comes to rest, nothing is under the mouse that the server would be asked for
    page.get_by_text("Nearest in the original space").wait_for()
    page.wait_for_url(re.compile(f"token={page.evaluate(f'{DISK}.scene.id[{row}]')}(&|$)"))
    assert 0 < frames.of_a_run(str(page.evaluate(f"{DISK}.picks.number"))) <= 10_000
    assert page.evaluate(f"{DISK}.state.selected") == row and page.locator(".about table:not(.still) tbody tr").count() == 10
    assert str(page.evaluate(f"{DISK}.scene.id[{row}]")) in page.evaluate(f"{DISK}.voice.element.textContent")

    settle(page)
    frames.clear()  # the same token once more changes nothing
    page.evaluate(f"{DISK}.options.send({{pick: {DISK}.scene.id[{row}]}})")
    assert 0 < frames.of_a_run() <= 5_000

    frames.clear()
    page.evaluate(f"{DISK}.root.focus()")
    for key in ("r", "c"):
        page.keyboard.press(key)
    page.evaluate("new Promise(requestAnimationFrame)")
    assert not frames.went and page.get_by_role("dialog").count() == 0  # Streamlit's own keys do nothing in the disk
    page.evaluate(f"{DISK}.root.blur()")
    page.keyboard.press("r")  # and outside of it they run the whole page
    assert frames.went and 0 < frames.of_a_run() <= 12_000, frames.told()  # with controls that no longer say what the first run set
    at_rest(page)
    frames.clear()
    page.keyboard.press("r")
    assert 0 < frames.of_a_run() - len(str(ROOT)) <= 5_000, frames.told()  # Streamlit names the project's folder
    assert page.evaluate("[...(globalThis.hypvizDisks ?? new Map()).values()].map((spot) => spot.mounts)") == [1]


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
    page.wait_for_function(f"{DISK}.state.pinned.length === 0")


def test_the_browsers_back_goes_to_the_token_before(disk):
    page = disk
    for row in (40, 60):
        page.evaluate(f"{DISK}.motion.centre({row})")
        answered(page, row)
        page.wait_for_url(re.compile(f"token={page.evaluate(f'{DISK}.scene.id[{row}]')}"))
    page.go_back()
    page.wait_for_url(re.compile(f"token={page.evaluate(f'{DISK}.scene.id[40]')}"))
    page.wait_for_function(f"{DISK}.state.selected === 40")


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


def test_the_card_under_the_mouse_learns_the_neighbours_in_the_original_space(disk):
    page = disk
    row = page.evaluate(
        f"""(() => {{ const d = {DISK}, {{width, height}} = {{width: d.sight.wide, height: d.sight.side}};
          const isBare = ({{x, y}}) => x > 150 && x < width - 150 && y > 150 && y < height - 90 && d.plates.at(x, y) === null;
          return [...d.sight.X.keys()].find((i) => isBare(d.sight.of(i))); }})()"""
    )
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


def test_the_slash_finds_the_search_of_the_left_one_of_two_disks(page, app_url):
    page.goto(f"{app_url}/disk?model=bundled&beside=hyperbolic-umap", timeout=3 * MINUTES)
    two_disks(page)
    page.keyboard.press("/")
    page.keyboard.type("dogs")
    disks = "[...(globalThis.hypvizDisks ?? new Map()).values()].filter((s) => s.disk).map((s) => s.disk)"
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
    disks = "[...(globalThis.hypvizDisks ?? new Map()).values()].filter((s) => s.disk).map((s) => s.disk)"
    shown = page.evaluate(f"{disks}.map((disk) => [[...disk.counts.within], disk.sight.S.length, [...disk.sight.S]])")
    assert len(shown) == 2 and shown[0][0] != shown[1][0]
    for counts, n, squared in shown:
        d = 2 * np.arctanh(np.sqrt(np.array(squared)))
        assert [count for _, count in counts] == [int((d <= k + 1e-6).sum()) for k, _ in counts] and 3900 < n < 4096


def test_the_page_of_its_own_draws_without_the_server_or_a_network(disk, tmp_path):
    with disk.expect_download() as taken:
        disk.get_by_role("button", name="Page", exact=True).click()
    home = tmp_path / "disk.html"
    taken.value.save_as(home)
    names = disk.evaluate(f"{DISK}.scene.colours.map(({{name}}) => name)")
    asked: list[str] = []
    other = disk.context.browser.new_context(offline=True).new_page()
    other.on("request", lambda request: asked.append(request.url))
    other.goto(home.as_uri())
    other.wait_for_selector(".hv[data-settled=yes]")
    assert not [url for url in asked if url.startswith("http")]
    assert "4,096" in other.locator(".chips").inner_text() and "bundled@" in other.locator("#line").inner_text()
    menu = other.get_by_role("combobox", name="Colour by")
    assert menu.locator("option").evaluate_all("(options) => options.map((option) => option.value)") == names
    menu.select_option("frequency")
    assert "log10 of the count" in other.locator(".legend").inner_text()
    other.context.close()


WORDS_FOR_NONE = "Nothing is drawn here"


def test_where_the_script_does_not_run_the_page_says_so_and_offers_the_picture_otherwise(page, app_url):
    page.add_init_script(
        """const make = URL.createObjectURL;
        URL.createObjectURL = (blob) => (/javascript/.test(blob.type) ? 'blob:kept-back' : make.call(URL, blob));"""
    )
    page.goto(f"{app_url}/disk?model=bundled", timeout=3 * MINUTES)
    page.get_by_text(WORDS_FOR_NONE).wait_for(timeout=3 * MINUTES)
    for name in ("Page", "Data"):
        with page.expect_download() as taken:
            page.get_by_role("button", name=name, exact=True).click()
        assert Path(taken.value.path()).stat().st_size > 100_000


def test_where_the_script_runs_those_words_are_not_seen(disk):
    assert disk.get_by_text(WORDS_FOR_NONE).count() == 1 and not disk.get_by_text(WORDS_FOR_NONE).is_visible()


def test_tokens_of_a_lasso_are_measured_and_their_four_boxed(disk):
    page = disk
    page.evaluate(f"{DISK}.selection.set([30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40])")
    page.get_by_role("button", name="Measure", exact=True).click()
    page.wait_for_url(re.compile("measured=[0-9a-f]{64}"))
    page.wait_for_function(f"{DISK}.state.four.length === 4", timeout=MINUTES)
    assert set(page.evaluate(f"{DISK}.state.four")) <= set(range(30, 41))
    page.get_by_test_id("stPlotlyChart").wait_for()
    page.get_by_role("button", name="Close").first.click()
    page.wait_for_url(lambda url: "measured=" not in url)
    page.wait_for_function(f"{DISK}.state.four.length === 0")


def test_what_stands_in_the_popover_is_what_was_drawn(disk):
    """However many runs there were before it is opened: the browser makes its controls only then."""
    page = disk
    for colour in ("norm", "script"):  # a run each that says nothing of the other controls
        page.get_by_role("combobox", name="Colour by").click()
        page.get_by_role("option", name=colour, exact=True).click()
        page.wait_for_url(re.compile(f"colour={colour}"))
        at_rest(page)
    page.get_by_role("button", name="More").click()
    shown = [page.get_by_role("combobox", name=re.compile(name)) for name in ("How many of the", "Frequencies from", "Rows of")]
    shown[0].wait_for()
    assert [each.input_value() for each in shown] == ["all", "bundled", "input"]
    page.get_by_role("combobox", name="Own columns").click()
    page.get_by_role("option", name="a file of your own").click()
    page.wait_for_url(re.compile("columns=upload"))
    at_rest(page)
    assert [each.input_value() for each in shown] == ["all", "bundled", "input"] and "tokens=" not in page.url
