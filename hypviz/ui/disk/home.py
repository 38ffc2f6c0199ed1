"""The disk as one page that needs no server: the template of ``js/page.js`` with the component's module and a scene in it."""

from __future__ import annotations

import base64
import json
import re
from typing import Any

from hypviz.records.disk_scene import DiskScene
from hypviz.ui.disk.joining import package_module, package_source

_TEMPLATE = re.compile(r"export const PAGE = `(.*?)`;", re.DOTALL)
_PLACE = re.compile(r"\{\{(\w+)\}\}")


def page_at_home(scene: bytes, colour: str, title: str, *, path: dict[str, Any] | None = None) -> str:
    """The page of `scene` (a `DiskScene` as bytes) under one of its colourings, in a light theme.

    `title` is the finding, `path` a path through the layers as the component is told of it.
    """
    template = _TEMPLATE.search(package_source("page"))
    assert template is not None, "js/page.js holds the template"
    values = {
        "theme": "",
        "source": package_module("mount").replace("</script", r"<\/script"),
        "scene": base64.b64encode(scene).decode("ascii"),
        "state": _in_script({"message": {"colour": colour, "title": title, "path": path}, "memory": None}),
        "line": _in_script(DiskScene.words_in(scene)["provenance"]),
        "script": "script",
    }
    return _PLACE.sub(lambda place: values[place.group(1)], template.group(1))


def _in_script(value: object) -> str:
    return json.dumps(value, ensure_ascii=False).replace("<", r"\u003c")
