"""Run in its own process, because HF_ENDPOINT is read at import: does what the JSON on stdin asks and prints JSON lines.

Each request is ``[function, MODEL, revision]``; each answer a record's fields, or ``{"error": class, "text": sentence}``.
"""

from __future__ import annotations

import dataclasses
import json
import sys

from hypviz import models
from hypviz.errors import HypvizError
from hypviz.work import Work


def watched(steps: list[tuple[float, float]]) -> Work:
    """Notes how many bytes of how many were there."""
    return Work(on_report=lambda done, total, text: steps.append((done, total)))


for function, source, revision in json.load(sys.stdin):
    steps: list[tuple[float, float]] = []
    try:
        if function == "estimate":
            record = models.estimate(source, revision=revision)
        elif function == "find":
            record = models.resolve(source, revision=revision, download=False)
        else:
            record = models.resolve(source, revision=revision, work=watched(steps))
        answer = dataclasses.asdict(record) | {"steps": steps}
    except HypvizError as error:
        answer = {"error": type(error).__name__, "text": str(error)}
    print(json.dumps(answer | {"torch": "torch" in sys.modules}))
