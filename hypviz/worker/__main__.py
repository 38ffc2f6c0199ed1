"""The command line of the worker."""

from __future__ import annotations

import argparse
import signal
import sys
import warnings
from pathlib import Path
from types import FrameType

from hypviz.runs.folder import RunFolder
from hypviz.worker.main import join_group, run_alone


def main(arguments: list[str] | None = None) -> int:
    """Parse, and ask politely: SIGINT and SIGTERM stop the run after its current step."""
    parser = argparse.ArgumentParser(prog="python -m hypviz.worker", description="Train the run that a run folder describes.")
    parser.add_argument("run_dir", type=Path, help="the folder with spec.json and problems.jsonl")
    parser.add_argument("--lock", type=int, default=None, help="descriptor of the worker lock, inherited from the starter")
    parser.add_argument("--group", action="store_true", help="be one of several processes started by accelerate launch")
    given = parser.parse_args(arguments)
    folder = RunFolder(path=given.run_dir.resolve())

    def ask_to_stop(_: int, __: FrameType | None) -> None:
        folder.stop_flag.touch()

    warnings.filterwarnings("ignore", category=FutureWarning, module="transformers|peft")  # the libraries' talk to each other
    if given.group:
        return join_group(folder)  # here SIGTERM is the launcher's word that another process of the group failed
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, ask_to_stop)
    return run_alone(folder, inherited=given.lock)


if __name__ == "__main__":
    sys.exit(main())
