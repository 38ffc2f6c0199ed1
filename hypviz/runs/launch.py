"""Starting the worker of a run as a process that nothing here can take down with it."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

from hypviz.errors import HypvizError
from hypviz.runs.folder import RunFolder
from hypviz.store import cache_root
from hypviz.store.locks import Lock


def spawn(folder: RunFolder, lock: Lock) -> None:
    """Start ``python -m hypviz.worker`` in its own session; it inherits the worker lock, so there is no moment without one."""
    command = [sys.executable, "-m", "hypviz.worker", str(folder.path), "--lock", str(lock.descriptor)]
    try:
        with open(folder.log, "ab") as log:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C, a closed terminal or a stopped server do not reach it
                pass_fds=(lock.descriptor,),
                cwd=folder.path,
                env=_environment(),
            )
    except OSError as error:
        raise HypvizError(
            f"The training process could not be started ({error.strerror}); free some memory or disk space and try again."
        ) from error
    threading.Thread(target=process.wait, name=f"reap-{folder.run_id}", daemon=True).start()  # leaves no zombie behind


def _environment() -> dict[str, str]:
    """The caller's environment with this copy of hypviz importable and the store at the same place from any folder.

    One core is left to the page and the browser: threads that wait for each other on busy cores made a step fifteen times slower.
    oneDNN keeps what it has compiled for every shape of a product that it meets, 1,024 of them unless told otherwise: with batches of
    ever other lengths 15 MB more after every part of a step. Those of a few lengths are enough.
    """
    package_parent = str(Path(__file__).resolve().parents[2])
    paths = [package_parent, *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
    return {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(paths),
        "PYTHONUNBUFFERED": "1",
        "HYPVIZ_CACHE": str(cache_root().resolve()),
        "TOKENIZERS_PARALLELISM": "false",
        "HF_HUB_DISABLE_PROGRESS_BARS": "1",
        "OMP_NUM_THREADS": os.environ.get("OMP_NUM_THREADS", str(max(1, (os.cpu_count() or 2) - 1))),
        "ONEDNN_PRIMITIVE_CACHE_CAPACITY": os.environ.get("ONEDNN_PRIMITIVE_CACHE_CAPACITY", "64"),
        "OMP_WAIT_POLICY": os.environ.get("OMP_WAIT_POLICY", "PASSIVE"),
    }
