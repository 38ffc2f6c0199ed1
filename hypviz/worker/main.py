"""From the start of the process to its last word: locks, the line, training, and one sentence whatever happens."""

from __future__ import annotations

import logging
import os
import sys
import traceback

from hypviz.errors import HypvizError, Stopped
from hypviz.records.runs import DONE, FAILED, RUNNING, STOPPED, RunSpec
from hypviz.runs.folder import RunFolder
from hypviz.runs.queue import wait_for_turn
from hypviz.store.locks import Lock, try_lock
from hypviz.work import Work
from hypviz.worker.failures import sentence
from hypviz.worker.report import Report

_LOG = logging.getLogger("hypviz.worker")


def run_alone(folder: RunFolder, *, inherited: int | None) -> int:
    """The whole life of a worker; returns the exit code (0 done or stopped, 1 failed, 2 nothing to do)."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", stream=sys.stderr)
    lock = Lock(inherited) if inherited is not None else try_lock(folder.worker_lock)
    if lock is None:
        _LOG.error("run %s already has a worker", folder.run_id)
        return 2
    lock.keep_from_children()
    try:
        with Report(folder) as report:
            return _take_turn(folder, lock, report)
    finally:
        lock.release()


def _take_turn(folder: RunFolder, lock: Lock, report: Report) -> int:
    turn: Lock | None = None
    try:
        spec, watched = folder.read_spec(), _watched(folder)
        turn = wait_for_turn(folder, spec.device, watched)
        if turn is None:
            raise Stopped("Taken out of the line before it started.")
        if spec.processes > 1:
            _become_launcher(folder, spec, report, (lock, turn))
        return train_to_the_end(folder, spec, report, watched)
    except BaseException as error:  # a damaged spec ends here too; the person reads the sentence on the page
        return give_up(error, report)
    finally:
        if turn is not None:
            turn.release()


def join_group(folder: RunFolder) -> int:
    """One of several processes; only the first one reports, and all of them end when the launcher is gone."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", stream=sys.stderr)
    first = os.environ.get("RANK", "0") == "0"
    with Report(folder, silent=not first, parent=os.getppid()) as report:
        return train_to_the_end(folder, folder.read_spec(), report, _watched(folder))


def _watched(folder: RunFolder) -> Work:
    """The work of a run is asked to end by the flag in its folder, which a page, a shell or a signal leaves there."""
    return Work(asked_to_stop=folder.stop_flag.exists)


def train_to_the_end(folder: RunFolder, spec: RunSpec, report: Report, work: Work) -> int:
    """Train, and leave the final state behind."""
    try:
        report.update(state=RUNNING, started_at=report.now(), phase="loading PyTorch")
        if spec.processes == 1:  # those of a group can agree to stop only when they have met
            work.check()
        from hypviz.worker.training import train

        train(folder, spec, report, work)
        report.close(DONE, None)
    except Stopped:
        report.update(step=_kept(folder))
        return give_up(Stopped(_stopped_sentence(report.status.step, spec.steps)), report)
    except BaseException as error:  # whatever ends a training, its record says so in one sentence
        return give_up(error, report)
    return 0


def _kept(folder: RunFolder) -> int:
    """The step of the checkpoint, 0 where there is none."""
    state = folder.read_checkpoint_state()
    return state.step if state is not None else 0


def _stopped_sentence(step: int, steps: int) -> str:
    if step == 0:
        return "Stopped before the first step; nothing was trained yet, and it can be started again."
    return f"Stopped after step {step} of {steps}; what was trained is kept and it can go on."


def give_up(error: BaseException, report: Report) -> int:
    """Close the record as stopped or failed; the traceback goes to the log only."""
    if isinstance(error, Stopped):
        report.close(STOPPED, str(error))
        return 0
    traceback.print_exception(error)
    report.close(FAILED, str(error) if isinstance(error, HypvizError) else sentence(error, report.status.step))
    return 1


def _become_launcher(folder: RunFolder, spec: RunSpec, report: Report, locks: tuple[Lock, ...]) -> None:
    """Replace this process by ``accelerate launch``, which inherits both locks and so lives as this worker did."""
    report.update(phase=f"starting {spec.processes} processes")
    report.pause()
    for lock in locks:
        os.set_inheritable(lock.descriptor, True)
    # --multi_gpu is accelerate's name for torchrun; its --cpu starts a single process unless there is MPI
    shape = ["--num_processes", str(spec.processes), "--num_machines", "1", "--dynamo_backend", "no", "--mixed_precision", "no"]
    command = [sys.executable, "-m", "accelerate.commands.launch", "--multi_gpu", *shape, "--main_process_port", "0"]
    os.execv(sys.executable, [*command, "-m", "hypviz.worker", str(folder.path), "--group"])
