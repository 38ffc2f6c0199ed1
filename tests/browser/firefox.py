"""Firefox as Debian ships it, driven over WebDriver BiDi: enough of the protocol to open a page, ask it, and use its mouse and keys.

Playwright drives only a Firefox of its own. https://w3c.github.io/webdriver-bidi names the commands.
"""

from __future__ import annotations

import base64
import json
import re
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from websockets.sync.client import ClientConnection, connect

LISTENS = re.compile(r"WebDriver BiDi listening on (ws://\S+)")
QUIET = {
    "app.update.auto": False,
    "browser.shell.checkDefaultBrowser": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "toolkit.telemetry.enabled": False,
}
PATIENCE = 180.0  # seconds


class FirefoxPage:
    """One window; every call waits for its answer and raises `RuntimeError` for what Firefox refuses."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket, self._number = socket, 0
        self.call("session.new", capabilities={})
        self._context = self.call("browsingContext.getTree")["contexts"][0]["context"]

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        """The result of one command."""
        self._number += 1
        self._socket.send(json.dumps({"id": self._number, "method": method, "params": params}))
        while True:
            answer = json.loads(self._socket.recv(timeout=PATIENCE))
            if answer.get("id") != self._number:
                continue
            if answer["type"] == "error":
                raise RuntimeError(f"{method}: {answer['error']}: {answer['message']}")
            return answer["result"]

    def resize(self, width: int, height: int) -> None:
        """The size of what is seen, in CSS pixels."""
        self.call("browsingContext.setViewport", context=self._context, viewport={"width": width, "height": height})

    def goto(self, url: str) -> None:
        """Open an address and wait until it is loaded."""
        self.call("browsingContext.navigate", context=self._context, url=url, wait="complete")

    def evaluate(self, expression: str) -> Any:
        """The value of an expression or a promise, as JSON carries it."""
        wrapped = f"Promise.resolve({expression}).then((value) => JSON.stringify(value ?? null))"
        found = self.call("script.evaluate", expression=wrapped, target={"context": self._context}, awaitPromise=True)
        if found["type"] == "exception":
            raise RuntimeError(found["exceptionDetails"]["text"])
        return json.loads(found["result"]["value"])

    def wait_for(self, expression: str) -> None:
        """Ask until the expression is true; `TimeoutError` says what never was."""
        end = time.monotonic() + PATIENCE
        while not self.evaluate(f"(() => {{ try {{ return !!({expression}); }} catch {{ return false; }} }})()"):
            if time.monotonic() > end:
                raise TimeoutError(expression)
            time.sleep(0.1)

    def click(self, x: float, y: float) -> None:
        """With the left button, at a place of what is seen."""
        move = {"type": "pointerMove", "x": round(x), "y": round(y)}
        self._act("pointer", [move, {"type": "pointerDown", "button": 0}, {"type": "pointerUp", "button": 0}])

    def drag(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        """The left button down at one place and up at another."""
        first, last = ({"type": "pointerMove", "x": round(x), "y": round(y), "duration": 80} for x, y in (start, end))
        self._act("pointer", [first, {"type": "pointerDown", "button": 0}, last, {"type": "pointerUp", "button": 0}])

    def wheel(self, x: float, y: float, up: int) -> None:
        """Turn the wheel away from oneself by so many pixels."""
        self._act("wheel", [{"type": "scroll", "x": round(x), "y": round(y), "deltaX": 0, "deltaY": -up}])

    def type(self, text: str) -> None:
        """Press the keys of a text; ``\\ue007`` is Enter."""
        self._act("key", [{"type": kind, "value": sign} for sign in text for kind in ("keyDown", "keyUp")])

    def screenshot(self, path: Path) -> None:
        """What is seen, as PNG."""
        found = self.call("browsingContext.captureScreenshot", context=self._context)
        path.write_bytes(base64.b64decode(found["data"]))

    def _act(self, kind: str, actions: list[dict[str, Any]]) -> None:
        self.call("input.performActions", context=self._context, actions=[{"type": kind, "id": kind, "actions": actions}])


@contextmanager
def firefox(binary: str, profile: Path) -> Iterator[FirefoxPage]:
    """A fresh Firefox without a window, closed at the end."""
    lines = "\n".join(f"user_pref({json.dumps(name)}, {json.dumps(value)});" for name, value in QUIET.items())
    (profile / "user.js").write_text(lines, encoding="utf-8")
    command = [binary, "--headless", "--no-remote", "--profile", str(profile), "--remote-debugging-port", "0"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
    try:
        assert process.stderr is not None
        address = next(found.group(1) for line in process.stderr if (found := LISTENS.search(line)))
        with connect(f"{address}/session", max_size=None) as socket:
            yield FirefoxPage(socket)
    finally:
        process.kill()
        process.wait()
