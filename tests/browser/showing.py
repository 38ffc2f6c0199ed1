"""What a page showed when its test failed: a run on another machine leaves nothing else to look at."""

from __future__ import annotations

from collections import deque
from typing import Any

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

MOST_CHARACTERS, MOST_FRAMES = 3_000, 40
LIFE = ("new_session", "script_finished", "auto_rerun", "stop_auto_rerun", "page_info_changed")  # of a run of the script; not its pictures


class Watched:
    """A page's talk with its server: the last messages of either side that begin, end or repeat a run of the script."""

    def __init__(self, page: Any) -> None:
        self._page = page
        self._frames: deque[str] = deque(maxlen=MOST_FRAMES)
        self.errors: list[str] = []  # that no script of the page caught: it may have gone white
        page.on("websocket", self._listen)
        page.on("pageerror", self._failed)

    def told(self) -> str:
        """Address, state of the script, text of the page, and the last messages and errors."""
        state, text = "no page", "nothing: the page is white"
        if self._page.locator("[data-test-script-state]").count():
            state = self._page.locator("[data-test-script-state]").first.get_attribute("data-test-script-state")
            text = self._page.get_by_test_id("stMain").inner_text(timeout=5_000)[:MOST_CHARACTERS]
        return "\n".join((self._page.url, f"script: {state}", text, *self._frames))

    def _failed(self, error: Any) -> None:
        self.errors.append(str(error))
        self._frames.append(f"!! {error}")

    def _listen(self, socket: Any) -> None:
        socket.on("framesent", self._sent)
        socket.on("framereceived", self._received)
        socket.on("close", lambda _: self._frames.append("-- closed"))

    def _sent(self, frame: bytes | str) -> None:
        if isinstance(frame, bytes):
            asked = BackMsg.FromString(frame).rerun_script
            self._frames.append(f"-> {'poll' if asked.is_auto_rerun else 'run'} {asked.fragment_id[:8]} {asked.query_string[:120]}")

    def _received(self, frame: bytes | str) -> None:
        if isinstance(frame, bytes):
            message = ForwardMsg.FromString(frame)
            kind = message.WhichOneof("type")
            if kind in LIFE:
                self._frames.append(f"<- {kind} {str(getattr(message, kind))[:120]!r}")


WATCHED = pytest.StashKey[Watched]()


def tell(item: pytest.Item, report: pytest.TestReport) -> None:
    """Add what the page showed to the report of a test that failed in its body."""
    watched = item.stash.get(WATCHED, None)
    if watched is None or report.when != "call" or not report.failed:
        return
    try:
        report.sections.append(("What the page showed", watched.told()))
    except Exception as error:  # the page may be gone; the test's own failure is what counts
        report.sections.append(("What the page showed", f"nothing could be read: {error}"))
