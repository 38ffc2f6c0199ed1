"""Run in a process of its own, because HF_ENDPOINT is read at import: does what each line on stdin asks and answers in lines of JSON.

A line is ``{"cache": folder, "requests": [[function, MODEL, revision], ...]}``; the answer to it a list of a record's fields each, or of
``{"error": class, "text": sentence}``.
"""

from __future__ import annotations

import dataclasses
import json
import os
import sys

from hypviz import models
from hypviz.errors import HypvizError
from hypviz.work import Work


def watched(steps: list[tuple[float, float]]) -> Work:
    """Notes how many bytes of how many were there."""
    return Work(on_report=lambda done, total, text: steps.append((done, total)))


def answered(function: str, source: str, revision: str | None) -> dict[str, object]:
    """The record's fields, or what was refused and how."""
    steps: list[tuple[float, float]] = []
    try:
        if function == "estimate":
            record = models.estimate(source, revision=revision)
        elif function == "find":
            record = models.resolve(source, revision=revision, download=False)
        else:
            record = models.resolve(source, revision=revision, work=watched(steps))
    except HypvizError as error:
        return {"error": type(error).__name__, "text": str(error)}
    return dataclasses.asdict(record) | {"steps": steps}


for line in sys.stdin:
    asked = json.loads(line)
    os.environ["HYPVIZ_CACHE"] = asked["cache"]
    print(json.dumps([answered(*request) | {"torch": "torch" in sys.modules} for request in asked["requests"]]), flush=True)
