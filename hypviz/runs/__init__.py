"""Fine-tunes as folders: create, start, watch, stop, resume, delete. Nothing but the run folder lies between a page and a worker.

A run is ``<store>/runs/<run_id>/`` with spec.json, problems.jsonl, status.json, plan.json, resources.json, metrics.jsonl, probe.json,
start.json, calibration.json, log.txt, adapter/<method>/ and checkpoint/.
The worker is its own process in its own session; it waits for its turn by itself, so that neither a page nor a server is needed.
Importing this package loads neither torch nor PEFT. Does not train: that is `hypviz.worker`.
"""

from hypviz.runs.lifecycle import create, delete, resume, start, stop
from hypviz.runs.reading import before_first_step, get, layers, list_runs, metrics, shipped, tail

__all__ = ["before_first_step", "create", "delete", "get", "layers", "list_runs", "metrics", "resume", "shipped", "start", "stop", "tail"]
