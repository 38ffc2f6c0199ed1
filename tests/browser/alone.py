"""The disk's module on a blank page, with a made-up scene."""

from __future__ import annotations

import base64
from typing import Any

from hypviz.ui.disk.joining import package_module
from tests.studies.disk.test_scene import make_scene

LOAD = """async ([source, data]) => {
  window.m = await import(URL.createObjectURL(new Blob([source], {type: 'text/javascript'})));
  window.bytes = Uint8Array.from(atob(data), (sign) => sign.charCodeAt(0));
  window.scene = window.m.readScene(window.bytes);
}"""
WORDS = {"key": "k", "model": "m", "source": "s", "counted": True, "provenance": "p", "method": "x", "partner": None}
WORDS |= {"colours": {"missing": "#888888", "mark": "#D55E00"}}


def open_alone(page: Any, text: tuple[str, ...], **fields: Any) -> None:
    """A blank page with the module as `m`, and a token of `scene` for each text, in `bytes` too; `fields` as `make_scene` has."""
    page.goto("about:blank")
    data = make_scene(len(text), words=WORDS, text=text, **fields).to_bytes()
    page.evaluate(LOAD, [package_module("mount"), base64.b64encode(data).decode()])
