"""Run in its own process, because HF_ENDPOINT is read at import: does what the JSON on stdin asks and prints JSON lines.

Each request is ``[function, MODEL, revision]``; each answer a record's fields, or ``{"error": class, "text": sentence}``.
"""

from __future__ import annotations

import dataclasses
import json
import sys

from hypviz import models
from hypviz.errors import HypvizError

for function, source, revision in json.load(sys.stdin):
    steps: list[tuple[int, int]] = []
    try:
        if function == "estimate":
            record = models.estimate(source, revision=revision)
        elif function == "find":
            record = models.resolve(source, revision=revision, download=False)
        else:
            record = models.resolve(source, revision=revision, progress=lambda done, total, text, steps=steps: steps.append((done, total)))
        answer = dataclasses.asdict(record) | {"steps": steps}
    except HypvizError as error:
        answer = {"error": type(error).__name__, "text": str(error)}
    print(json.dumps(answer | {"torch": "torch" in sys.modules}))
